#include "codec/transform.h"

/* The most that one transform writes for len bytes. */
static size_t
most(const struct transform *t, size_t len)
{
	return t->growth * (t->carry + len);
}

size_t
transforms_size(const struct transform *first, size_t len)
{
	for (const struct transform *t = first; t != NULL; t = t->next)
		len = most(t, len);
	return len;
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
transforms_apply(struct transform *first, char *out, char *in, size_t len, bool last)
{
	for (struct transform *t = first; t != NULL; t = t->next) {
		char *to = t->next == NULL ? out : in - (most(t, len) - len);

		len = t->apply(t, to, in, len);
		if (last && t->end != NULL)
			len += t->end(t, to + len);
		in = to;
	}
	return len;
}
