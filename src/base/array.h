#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Grows an array to at least need elements of this size. array is the address of the pointer to it
 * (memory from malloc, or NULL), *room is how many elements it has now. New elements are zeroed.
 * False with errno when memory is short; nothing is changed then.
 */
bool array_grow(void *array, size_t *room, size_t need, size_t size);

#endif
