#ifndef BENCH_REQUEST_H
#define BENCH_REQUEST_H

/* See web.c. */
#define REQUEST_SIZE 64

#endif
