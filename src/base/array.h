#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Makes *array, a pointer to room elements of this size in memory from malloc, hold at least need
 * of them; new ones are of zeroes. False with errno, and all as it was, when memory is short.
 */
bool array_grow(void *array, size_t *room, size_t need, size_t size);

#endif
