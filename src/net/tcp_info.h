#ifndef NET_TCP_INFO_H
#define NET_TCP_INFO_H

#include "base/figures.h"

/*
 * Asks the kernel about a TCP socket, which may have been reset already. Not known for a socket of
 * another kind, and on systems where there is no way to ask. Keeps errno.
 */
void tcp_info_read(struct tcp_figures *out, int fd);

#endif
