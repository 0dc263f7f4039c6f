/* Any bytes at any offset: what a reader of the lines finds there is what was dumped. */
#include "codec/hexdump.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

/* Reads the offset and the bytes of a line. Returns how many bytes there are. */
static size_t
read_line(const char *line, uint64_t *offset, unsigned char bytes[HEXDUMP_BYTES])
{
	char *at;
	size_t count = 0;

	*offset = strtoull(line, &at, 16);
	assert(at - line >= 8 && at[0] == ' ' && at[1] == ' ');
	for (at++; at[0] == ' ' && at[1] != ' '; at += 3) {
		unsigned int byte;

		assert(count < HEXDUMP_BYTES && sscanf(at + 1, "%2x", &byte) == 1);
		bytes[count++] = (unsigned char)byte;
	}
	assert(strchr(line, '|') == strchr(line, ' ') + 2 + 3 * HEXDUMP_BYTES + 1);
	return count;
}

static void
check_text(const char *line, const unsigned char *bytes, size_t count)
{
	const char *text = strchr(line, '|') + 1;

	for (size_t i = 0; i < count; i++)
		assert(text[i] == (bytes[i] > 0x1f && bytes[i] < 0x7f ? (char)bytes[i] : '.'));
	assert(strncmp(text + count, "|\n", 2) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t len = size - sizeof(uint64_t);
	uint64_t offset, shown;
	unsigned char bytes[HEXDUMP_BYTES];
	size_t at = 0, used, count;
	char *out, *line;

	if (size < sizeof(offset))
		return 0;
	memcpy(&offset, data, sizeof(offset));
	offset >>= data[0] % 64;
	/* Without a byte too many. */
	out = malloc(hexdump_size(len));
	used = hexdump(out, offset, (const char *)data + sizeof(offset), len);
	assert(used <= hexdump_size(len));
	line = malloc(used + 1);
	memcpy(line, out, used);
	line[used] = '\0';
	free(out);
	for (out = line; *line != '\0'; line = strchr(line, '\n') + 1, at += count) {
		count = read_line(line, &shown, bytes);
		assert(shown == offset + at && count > 0 && count <= len - at);
		assert(memcmp(bytes, data + sizeof(offset) + at, count) == 0);
		check_text(line, bytes, count);
	}
	assert(at == len);
	free(out);
	return 0;
}
