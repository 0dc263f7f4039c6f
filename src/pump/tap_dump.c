#include "pump/tap_dump.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "codec/hexdump.h"
#include "codec/visible.h"
#include "net/end.h"

/* How many bytes are made text at once: whole lines. */
#define DUMPED (256 * HEXDUMP_BYTES)

/* The longest name that is shown whole. */
#define NAME ((size_t)512)
#define HEADER (VISIBLE_GROWTH * NAME + 128)

/* How ECMA-48 sets colours: green for what is sent, cyan for what is received. */
#define COLOUR_SENT "\033[32m"
#define COLOUR_RECEIVED "\033[36m"
#define COLOUR_NONE "\033[m"

/* The address of the peer, or its name. */
static void
peer_text(const struct tap_dump *d, char out[static VISIBLE_GROWTH * NAME + 1])
{
	const struct peer *peer = d->of.peer;
	int fd;

	if (d->of.end->ops->peer != NULL)
		peer = d->of.end->ops->peer(d->of.end, !d->sent, &fd);
	if (peer->address.len > 0 && address_named(&peer->address))
		address_text(out, &peer->address);
	else
		out[visible_text(out, d->of.name, strnlen(d->of.name, NAME))] = '\0';
}

/* Writes the header of a block of len bytes to out, which has room for HEADER. */
static size_t
make_header(const struct tap_dump *d, char *out, size_t len)
{
	const char *colour = d->sent ? COLOUR_SENT : COLOUR_RECEIVED;
	char name[VISIBLE_GROWTH * NAME + 1], time[CLOCK_TEXT];

	peer_text(d, name);
	return (size_t)snprintf(out, HEADER, "%s%c %s %s %zu byte%s %s %s%s\n",
	    d->colours ? colour : "", d->sent ? '>' : '<', clock_text(time, clock_wall()),
	    d->sent ? "sent" : "received", len, len == 1 ? "" : "s", d->sent ? "to" : "from", name,
	    d->colours ? COLOUR_NONE : "");
}

/* Moves up to room bytes from the pieces to out. Returns how many. */
static size_t
take(struct tap_dump *d, char *out, size_t room)
{
	struct iovec *piece = d->pieces, *end = d->pieces + d->count;
	size_t used = 0, len;

	for (; piece < end && used < room; piece += piece->iov_len == 0) {
		len = piece->iov_len < room - used ? piece->iov_len : room - used;
		memcpy(out + used, piece->iov_base, len);
		piece->iov_base = (char *)piece->iov_base + len;
		piece->iov_len -= len;
		used += len;
	}
	return used;
}

/* Writes the pieces as a block. The header and the first lines are written together. */
static void
dump_seen(struct tap *tap)
{
	struct tap_dump *d = (struct tap_dump *)tap;
	char data[DUMPED], text[HEADER + DUMPED / HEXDUMP_BYTES * HEXDUMP_LINE];
	size_t used = make_header(d, text, end_length(d->pieces, d->count)), len;

	do {
		len = take(d, data, DUMPED);
		used += hexdump(text + used, d->offset, data, len);
		outfile_put(d->file, text, used);
		d->offset += len;
		used = 0;
	} while (len == DUMPED);
	d->count = 0;
}

static void
dump_saw(struct tap *tap, const char *data, size_t len)
{
	struct tap_dump *d = (struct tap_dump *)tap;

	if (d->count == DUMP_PIECES)
		dump_seen(tap);
	d->pieces[d->count++] = (struct iovec){(char *)(uintptr_t)data, len};
	d->begun = true;
}

static void
dump_answered(struct tap *tap, const char *data, size_t len)
{
	dump_saw(tap, data, len);
	dump_seen(tap);
}

/* An empty message is a block, too. */
static void
dump_message_end(struct tap *tap)
{
	struct tap_dump *d = (struct tap_dump *)tap;

	if (!d->begun)
		dump_seen(tap);
	d->begun = false;
}

static bool
dump_has_room(const struct tap *tap)
{
	return outfile_has_room(((const struct tap_dump *)tap)->file);
}

struct tap *
tap_dump_init(
    struct tap_dump *d, struct outfile *file, const struct dump_of *of, bool sent, bool colours)
{
	/* So that each datagram has its sender. */
	if (of->end->ops->peer != NULL)
		of->end->singly = true;
	*d = (struct tap_dump){
	    .tap = {.needs_bytes = true,
		.saw = dump_saw,
		.seen = dump_seen,
		.answered = dump_answered,
		.message_end = dump_message_end,
		.has_room = dump_has_room},
	    .file = file,
	    .of = *of,
	    .sent = sent,
	    .colours = colours && file->terminal,
	};
	return &d->tap;
}
