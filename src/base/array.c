#include "base/array.h"

#include <stdlib.h>
#include <string.h>

bool
array_grow(void *array, size_t *room, size_t need, size_t size)
{
	size_t more = *room > 0 ? *room : need;
	char *elements;

	if (need <= *room)
		return true;
	while (more < need)
		more *= 2;
	memcpy(&elements, array, sizeof(elements));
	elements = reallocarray(elements, more, size);
	if (elements == NULL)
		return false;
	memset(elements + *room * size, 0, (more - *room) * size);
	memcpy(array, &elements, sizeof(elements));
	*room = more;
	return true;
}
