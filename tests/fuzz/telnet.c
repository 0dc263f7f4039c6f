/*
 * Telnet's negotiation: the same data and the same answers wherever a text is cut, and no answer
 * too many for the outbox.
 */
#include "codec/telnet.h"

#include "fuzz.h"

enum { SE = 240, SB = 250, WILL = 251, WONT = 252, DO = 253, DONT = 254, IAC = 255 };

struct outcome {
	size_t len, answers_len;
	char data[TEXT_MAX], answers[TEXT_MAX];
};

/* How many bytes the command takes that begins at in. */
static size_t
command_len(const uint8_t *in, size_t len)
{
	size_t i = 2;

	if (len < 2 || in[1] < SB || in[1] == IAC)
		return len < 2 ? len : 2;
	if (in[1] != SB)
		return len < 3 ? len : 3;
	while (i < len && !(in[i] == IAC && i + 1 < len && in[i + 1] == SE))
		i += in[i] == IAC ? 2 : 1;
	return i + 2 < len ? i + 2 : len;
}

/* The same with all of the text at hand. */
static void
expect(struct outcome *o, const uint8_t *in, size_t len)
{
	for (size_t i = 0, used = 1; i < len; i += used, used = 1) {
		if (in[i] != IAC) {
			o->data[o->len++] = (char)in[i];
			continue;
		}
		used = command_len(in + i, len - i);
		if (used == 2 && in[i + 1] == IAC)
			o->data[o->len++] = (char)IAC;
		if (used == 3 && (in[i + 1] == DO || in[i + 1] == WILL)) {
			o->answers[o->answers_len++] = (char)IAC;
			o->answers[o->answers_len++] = (char)(in[i + 1] == DO ? WONT : DONT);
			o->answers[o->answers_len++] = (char)in[i + 2];
		}
	}
}

/* As a lane does, which sends the answers to a piece before it takes the next one. */
static void
take_pieces(struct outcome *o, const char *in, const struct cuts *cuts)
{
	struct telnet telnet;
	struct outbox box = {0};
	size_t at = 0, len;

	telnet_start(&telnet, &box);
	for (size_t i = 0; i < cuts->count; at = cuts->ends[i++]) {
		len = cuts->ends[i] - at;
		box =
		    (struct outbox){.data = malloc(len + TELNET_CARRY), .size = len + TELNET_CARRY};
		o->len += apply_in_lane(&telnet.transform, o->data + o->len, in + at, len);
		assert(box.end <= len + TELNET_CARRY && box.end % 3 == 0);
		memcpy(o->answers + o->answers_len, box.data, box.end);
		o->answers_len += box.end;
		free(box.data);
	}
}

static bool
equal(const struct outcome *a, const struct outcome *b)
{
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0 &&
	       a->answers_len == b->answers_len &&
	       memcmp(a->answers, b->answers, a->answers_len) == 0;
}

/* An outbox of size bytes that nobody empties: it has the first answers, whole ones. */
static void
check_full(const struct outcome *expected, const char *in, const struct cuts *cuts, size_t size)
{
	struct outbox box = {.data = malloc(size), .size = size};
	const size_t room = size / 3 * 3;
	struct telnet telnet;
	size_t at = 0, len = 0;
	char out[TEXT_MAX];

	telnet_start(&telnet, &box);
	for (size_t i = 0; i < cuts->count; at = cuts->ends[i++])
		len += apply_apart(&telnet.transform, out + len, in + at, cuts->ends[i] - at);
	assert(len == expected->len && memcmp(out, expected->data, len) == 0);
	assert(box.end == (expected->answers_len < room ? expected->answers_len : room));
	assert(memcmp(box.data, expected->answers, box.end) == 0);
	free(box.data);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *in = (const char *)data + SIZES;
	const size_t len = size - SIZES;
	struct outcome expected = {0}, whole = {0}, pieces = {0};
	struct cuts cuts = {.count = 1, .ends = {len}};

	if (size < SIZES || len > TEXT_MAX)
		return 0;
	expect(&expected, data + SIZES, len);
	take_pieces(&whole, in, &cuts);
	assert(equal(&whole, &expected));
	assert(whole.answers_len <= len);
	cuts_from(&cuts, data, len);
	take_pieces(&pieces, in, &cuts);
	assert(equal(&pieces, &expected));
	check_full(&expected, in, &cuts, data[0] % 16u);
	return 0;
}
