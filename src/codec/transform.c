#include "codec/transform.h"

size_t
transforms_growth(const struct transform *first)
{
	size_t growth = 1;

	for (const struct transform *t = first; t != NULL; t = t->next)
		growth *= t->growth;
	return growth;
}

struct outbox *
transforms_answers(const struct transform *first)
{
	for (const struct transform *t = first; t != NULL; t = t->next)
		if (t->answers != NULL)
			return t->answers;
	return NULL;
}

/*
 * The last transform writes to out. Each one before it writes only as far before its input as it
 * needs to not overtake it, which leaves room for those that follow.
 */
size_t
transforms_apply(struct transform *first, char *out, char *in, size_t len)
{
	for (struct transform *t = first; t != NULL; t = t->next) {
		char *to = t->next == NULL ? out : in - (t->growth - 1) * len;

		len = t->apply(t, to, in, len);
		in = to;
	}
	return len;
}
