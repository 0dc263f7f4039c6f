/*
 * Any command line at all is taken or refused: one way or the other with all that the rest of the
 * program relies on, and the same way each time.
 */
#include <getopt.h>
#include <string.h>

#include "base/clock.h"
#include "cli/parse.h"
#include "fuzz.h"

#define WORDS_MAX 32

/* argv, each word in a space of its own; NUL and newline end a word. */
struct words {
	int count;
	char **list;
};

static void
words_add(struct words *words, const char *word, size_t len)
{
	char *copy = malloc(len + 1);

	memcpy(copy, word, len);
	copy[len] = '\0';
	words->list[words->count++] = copy;
}

static void
words_make(struct words *words, const char *text, size_t len)
{
	size_t start = 0;

	words->count = 0;
	words->list = calloc(WORDS_MAX + 2, sizeof(words->list[0]));
	words_add(words, "strait", strlen("strait"));
	for (size_t i = 0; i < len && words->count <= WORDS_MAX; i++)
		if (text[i] == '\0' || text[i] == '\n') {
			words_add(words, text + start, i - start);
			start = i + 1;
		}
	if (start < len && words->count <= WORDS_MAX)
		words_add(words, text + start, len - start);
	/* Just as long as it is. */
	words->list = realloc(words->list, ((size_t)words->count + 1) * sizeof(words->list[0]));
	words->list[words->count] = NULL;
}

static void
words_free(struct words *words)
{
	for (int i = 0; i < words->count; i++)
		free(words->list[i]);
	free(words->list);
}

/* Whether text points into one of the words. */
static bool
is_of(const struct words *words, const char *text)
{
	for (int i = 0; i < words->count; i++)
		if (text >= words->list[i] && text <= words->list[i] + strlen(words->list[i]))
			return true;
	return false;
}

static bool
parse(struct options *o, const struct words *words, struct error *err)
{
	memset(err, 0x5a, sizeof(*err));
	optind = 0;
	opterr = 1;
	return options_parse(o, words->count, words->list, err);
}

/* The message is one line, and blames the command line. */
static void
check_refused(const struct error *err)
{
	const size_t len = strnlen(err->text, sizeof(err->text));

	/* A host that -n, -4 or -6 rules out is a name that is not resolved. */
	assert(err->fault == FAULT_LOCAL || err->fault == FAULT_NAME);
	assert(len > 0 && len < sizeof(err->text));
	assert(strchr(err->text, '\n') == NULL);
}

static void
check_texts(const struct options *o, const struct words *words)
{
	const char *const texts[] = {o->host, o->source, o->source_port, o->path, o->probe,
	    o->settings.interface, o->settings.congestion, o->settings.multicast.text,
	    o->settings.multicast_loop};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert(texts[i] == NULL || is_of(words, texts[i]));
}

static void
check_place(const struct options *o)
{
	if (o->local) {
		assert(o->path != NULL && *o->path != '\0');
		return;
	}
	assert(o->listen || o->host != NULL);
	assert(o->port != NULL);
	assert(o->port_count > 0 && (!o->listen || o->port_count == 1));
	assert(o->listen || o->port_number > 0);
}

static void
check_ranges(const struct options *o)
{
	assert(o->wait == DURATION_UNSET || o->wait >= CLOCK_MS);
	assert(o->idle == DURATION_UNSET || o->idle >= CLOCK_MS);
	assert(o->timeout == DURATION_UNSET || o->timeout >= CLOCK_MS);
	assert(o->timeout == DURATION_UNSET || ((o->wait > 0 || o->listen) && o->idle > 0));
	assert(o->retry == DURATION_UNSET || o->retry >= CLOCK_MS);
	assert(o->delay >= 0 && o->messages >= 0 && o->datagram_size >= 0);
}

/* What excludes each other, and what makes no sense alone. */
static void
check_together(const struct options *o)
{
	assert(!o->ipv4 || !o->ipv6);
	assert(!o->local || o->to.text != NULL || (!o->ipv4 && !o->ipv6));
	assert(!o->seqpacket || (o->local && !o->datagrams));
	assert(!o->lines || !o->frames);
	assert(!o->lines || o->datagrams || o->seqpacket || o->to.text != NULL);
	assert(!o->recv_only || !o->send_only);
	assert(!o->scan || (!o->listen && !o->pass && !o->telnet && !o->frames));
	assert(o->probe == NULL || (o->scan && o->datagrams));
	assert(!o->telnet || (!o->datagrams && !o->seqpacket && !o->frames));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct options options, again;
	struct error error, error_again;
	struct words words;
	bool taken;

	if (size > TEXT_MAX)
		return 0;
	words_make(&words, (const char *)data, size);
	taken = parse(&options, &words, &error);
	assert(taken == parse(&again, &words, &error_again));
	if (!taken) {
		check_refused(&error);
		assert(strcmp(error.text, error_again.text) == 0);
	} else if (!options.help && !options.version && options.completion == NULL) {
		check_texts(&options, &words);
		check_place(&options);
		check_ranges(&options);
		check_together(&options);
	}
	words_free(&words);
	return 0;
}
