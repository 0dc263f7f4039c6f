#include "codec/telnet.h"

#include <string.h>

/* RFC 854, "TELNET command structure". */
enum { SE = 240, SB = 250, WILL = 251, WONT = 252, DO = 253, DONT = 254, IAC = 255 };

static void
answer(struct telnet *t, unsigned char option)
{
	const unsigned char text[] = {IAC, t->asked == DO ? WONT : DONT, option};
	struct outbox *box = t->transform.answers;

	if (box->closed || box->size - box->end < sizeof(text))
		return;
	memcpy(box->data + box->end, text, sizeof(text));
	box->end += sizeof(text);
}

/* The byte after IAC. Returns whether it is data. */
static bool
command(struct telnet *t, unsigned char c)
{
	t->state = TELNET_DATA;
	if (c == DO || c == WILL) {
		t->asked = c;
		t->state = TELNET_ASKED;
	} else if (c == DONT || c == WONT) {
		t->state = TELNET_TOLD;
	} else if (c == SB) {
		t->state = TELNET_SUB;
	}
	return c == IAC;
}

/* Processes one byte. Returns whether it is data. */
static bool
take(struct telnet *t, unsigned char c)
{
	switch (t->state) {
	case TELNET_DATA:
		if (c == IAC)
			t->state = TELNET_COMMAND;
		return c != IAC;
	case TELNET_COMMAND:
		return command(t, c);
	case TELNET_ASKED:
		answer(t, c);
		t->state = TELNET_DATA;
		break;
	case TELNET_TOLD:
		t->state = TELNET_DATA;
		break;
	case TELNET_SUB:
		if (c == IAC)
			t->state = TELNET_SUB_COMMAND;
		break;
	case TELNET_SUB_COMMAND:
		t->state = c == SE ? TELNET_DATA : TELNET_SUB;
		break;
	}
	return false;
}

static size_t
telnet_apply(struct transform *transform, char *out, const char *in, size_t len)
{
	struct telnet *t = (struct telnet *)transform;
	size_t used = 0;

	if (outbox_empty(t->transform.answers))
		t->transform.answers->start = t->transform.answers->end = 0;
	for (size_t i = 0; i < len; i++)
		if (take(t, (unsigned char)in[i]))
			out[used++] = in[i];
	return used;
}

void
telnet_start(struct telnet *t, struct outbox *answers)
{
	*t = (struct telnet){.transform = {.apply = telnet_apply, .growth = 1, .answers = answers}};
}
