#include "choice.h"

#include <string.h>

static struct {
	enum { SEARCH, SEED, REPEAT } way;
	unsigned char path[CHOICE_MAX], counts[CHOICE_MAX];
	size_t made, length;    /* choices of this run; those that are set */
	size_t depth, branches; /* of a search */
	size_t calm;            /* with a seed: so many choices are made by it */
	uint64_t seed, state;
} own;

static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/* splitmix64: seeds that follow each other give sequences that have nothing in common. */
static uint64_t
draw(void)
{
	uint64_t z = own.state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* What ends a run, and what breaks it, come later than the rest. */
static unsigned
drawn(unsigned count, unsigned common)
{
	const uint64_t n = draw();
	unsigned pick = (unsigned)((n >> 16) % (n % 16 == 0 ? count : common));

	if (pick == 0 && (n >> 8) % 4 != 0)
		pick = (unsigned)((n >> 32) % common);
	return pick;
}

static unsigned
make(unsigned count, unsigned common, bool searched)
{
	const size_t at = own.made;
	unsigned pick = 0;

	if (at == CHOICE_MAX)
		return 0;
	if (own.way == SEED)
		pick = at < own.calm ? drawn(count, common) : 0;
	else if (at < own.length)
		pick = own.path[at];
	/* A path that was changed may have led elsewhere. */
	if (pick >= count)
		pick = 0;
	own.branches += searched && count > 1;
	own.path[at] = (unsigned char)pick;
	own.counts[at] = searched && own.branches <= own.depth ? (unsigned char)count : 1;
	own.made++;
	return pick;
}

unsigned
choice(unsigned count, unsigned common)
{
	return make(count, common, true);
}

unsigned
choice_rare(unsigned count)
{
	return make(count, 1, false);
}

void
choice_search(size_t depth)
{
	own.way = SEARCH;
	own.depth = depth;
	own.length = 0;
}

bool
choice_next(void)
{
	size_t i = own.made;

	while (i > 0 && own.path[i - 1] + 1 >= own.counts[i - 1])
		i--;
	if (i == 0)
		return false;
	own.path[i - 1]++;
	own.length = i;
	return true;
}

void
choice_seed(uint64_t seed)
{
	own.way = SEED;
	own.seed = seed;
}

bool
choice_path(const char *text)
{
	own.way = REPEAT;
	for (own.length = 0; text[own.length] != '\0'; own.length++) {
		const char *digit = strchr(digits, text[own.length]);

		if (digit == NULL || own.length == CHOICE_MAX)
			return false;
		own.path[own.length] = (unsigned char)(digit - digits);
	}
	return true;
}

void
choice_text(char text[CHOICE_MAX + 1])
{
	size_t length = own.made;

	while (length > 0 && own.path[length - 1] == 0)
		length--;
	for (size_t i = 0; i < length; i++)
		text[i] = digits[own.path[i]];
	text[length] = '\0';
}

void
choice_begin(void)
{
	own.made = own.branches = 0;
	own.state = own.seed;
	if (own.way == SEED)
		own.calm = 5 + draw() % (CHOICE_MAX / 4);
}
