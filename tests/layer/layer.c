/*
 * Layers for tests only. Each side sends the other one a line, "HELLO client" or "HELLO server",
 * and the conversation begins when both have come. The environment says which layers there are,
 * each a letter: LAYERS_OUT on the connections that are made, LAYERS_IN on those that are accepted.
 *
 *   l  exchanges the lines
 *   f  fails once the other side's line has come
 *   h  reads, and waits for more than ever comes
 *   b  cannot begin
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/parse.h"
#include "open/layer.h"

#define LAYERS_MAX 8

/* Reads are this large, so that what follows the line is read with it. */
#define PIECE 4096

struct line {
	const struct layer *layer;
	struct connection *connection;
	const char *hello, *expected;
	size_t sent, len;
	char heard[PIECE];
};

static void *
line_start(const struct layer *layer, struct connection *connection, enum layer_role role,
    struct error *err)
{
	struct line *line = calloc(1, sizeof(*line));
	const bool client = role == LAYER_CLIENT;

	if (line == NULL || layer->name[0] == 'b') {
		free(line);
		error_set(err, FAULT_LOCAL, "it cannot begin");
		return NULL;
	}
	line->layer = layer;
	line->connection = connection;
	line->hello = client ? "HELLO client\n" : "HELLO server\n";
	line->expected = client ? "HELLO server\n" : "HELLO client\n";
	return line;
}

static enum layer_step
failed(const struct end *end, struct error *err)
{
	error_set(err, FAULT_PEER, "%s", end_error_text(end));
	return LAYER_FAILED;
}

static enum layer_step
send_line(struct line *line, struct error *err)
{
	struct end *end = connection_end(line->connection);
	const struct iovec part = {.iov_base = (void *)(uintptr_t)(line->hello + line->sent),
	    .iov_len = strlen(line->hello) - line->sent};
	size_t put = 0;

	switch (end->ops->write(end, &part, 1, &put)) {
	case IO_DONE:
		line->sent += put;
		return line->hello[line->sent] == '\0' ? LAYER_DONE : LAYER_WRITE;
	case IO_FAILED:
		return failed(end, err);
	default:
		return LAYER_WRITE;
	}
}

/* The other side's line has come, and perhaps more, which is given back. */
static enum layer_step
check_line(struct line *line, struct error *err)
{
	const size_t size = strlen(line->expected);
	const size_t more = line->len - size;

	if (memcmp(line->heard, line->expected, size) != 0) {
		error_set(err, FAULT_PEER, "this is not the line that it waits for");
		return LAYER_FAILED;
	}
	if (line->layer->name[0] == 'f') {
		error_set(err, FAULT_PEER, "it has been told to fail");
		return LAYER_FAILED;
	}
	if (more > 0 && !end_push_back(connection_end(line->connection), line->heard + size, more))
		return failed(connection_end(line->connection), err);
	return LAYER_DONE;
}

static enum layer_step
line_step(void *state, struct error *err)
{
	struct line *line = state;
	struct end *end = connection_end(line->connection);
	size_t got = 0;

	if (line->hello[line->sent] != '\0' && send_line(line, err) != LAYER_DONE)
		return err->fault != FAULT_NONE ? LAYER_FAILED : LAYER_WRITE;
	switch (end->ops->read(end, line->heard + line->len, PIECE - line->len, &got)) {
	case IO_DONE:
		break;
	case IO_END:
		error_set(err, FAULT_PEER, "the other side has closed the connection");
		return LAYER_FAILED;
	case IO_FAILED:
		return failed(end, err);
	default:
		return LAYER_READ;
	}
	if (line->layer->name[0] == 'h')
		return LAYER_READ;
	line->len += got;
	return line->len < strlen(line->expected) ? LAYER_READ : check_line(line, err);
}

static const struct layer kinds[] = {
    {"line", line_start, line_step, free},
    {"failing", line_start, line_step, free},
    {"hanging", line_start, line_step, free},
    {"bad", line_start, line_step, free},
};

/* The layers that a variable asks for; NULL: none. */
static const struct layer *const *
layers_of(const struct layer *list[static LAYERS_MAX + 1], const char *variable)
{
	const char *text = getenv(variable);
	size_t count = 0;

	for (; text != NULL && *text != '\0' && count < LAYERS_MAX; text++)
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			if (kinds[i].name[0] == *text)
				list[count++] = &kinds[i];
	list[count] = NULL;
	return count > 0 ? list : NULL;
}

bool __real_options_parse(struct options *, int argc, char *argv[], struct error *);
bool __wrap_options_parse(struct options *, int argc, char *argv[], struct error *);

/* The options' own parser, and then the layers. */
bool
__wrap_options_parse(struct options *o, int argc, char *argv[], struct error *err)
{
	static const struct layer *in[LAYERS_MAX + 1], *out[LAYERS_MAX + 1];

	if (!__real_options_parse(o, argc, argv, err))
		return false;
	o->layers_in = layers_of(in, "LAYERS_IN");
	o->layers_out = layers_of(out, "LAYERS_OUT");
	return true;
}
