/* Frames in a byte stream. */
#include <arpa/inet.h>

#include "messages.h"

static void
expect(struct decoded *d, enum framing framing, const char *stream, size_t len, size_t max)
{
	uint32_t size;

	(void)framing;
	while (len - d->complete >= FRAMING_MARK) {
		memcpy(&size, stream + d->complete, FRAMING_MARK);
		size = ntohl(size);
		d->end = size > max ? SPLIT_TOO_LONG : SPLIT_MORE;
		if (size > max || size > len - d->complete - FRAMING_MARK)
			return;
		decoded_add(d, stream + d->complete + FRAMING_MARK, size);
		d->complete += FRAMING_MARK + size;
	}
	d->end = d->complete < len ? SPLIT_MORE : SPLIT_DONE;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_messages(FRAMING_FRAMES, data, size, expect);
	return 0;
}
