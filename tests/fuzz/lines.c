/* Lines in a byte stream, without and with their newlines. */
#include "messages.h"

static void
expect(struct decoded *d, enum framing framing, const char *stream, size_t len, size_t max)
{
	const size_t newline = framing == FRAMING_TEXT;
	size_t start = 0;

	d->end = SPLIT_TOO_LONG;
	for (size_t i = 0; i < len; i++) {
		const size_t size = i - start + (stream[i] != '\n' || newline);

		if (size > max)
			return;
		if (stream[i] != '\n')
			continue;
		decoded_add(d, stream + start, size);
		d->complete = start = i + 1;
	}
	d->end = SPLIT_DONE;
	if (start < len)
		decoded_add(d, stream + start, len - start);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_messages(FRAMING_LINES, data, size, expect);
	check_messages(FRAMING_TEXT, data, size, expect);
	return 0;
}
