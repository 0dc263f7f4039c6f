/*
 * Members with any bytes as their strings, in a buffer of any size: what comes out is one JSON
 * object on a line, in valid UTF-8, and nothing is written behind the buffer.
 */
#include "codec/json.h"

#include "../unit/valid_json.h"
#include "fuzz.h"

/* The first bytes of an input are the size of the buffer, and how long each string is. */
#define HEAD 3

static size_t
write_line(char *buf, size_t size, const uint8_t *data, size_t len, size_t piece)
{
	bool open = false;
	struct json j;

	json_begin(&j, buf, size);
	for (size_t i = 0, count = 0; i < len; i += piece, count++) {
		const size_t rest = len - i < piece ? len - i : piece;

		if (data[i] % 16 == 0)
			json_number(&j, open ? NULL : "number", data[i]);
		else if (data[i] % 16 == 1)
			json_seconds(&j, open ? NULL : "seconds", (int64_t)data[i] << data[i] % 50);
		else if (data[i] % 16 == 2 && !open)
			open = json_array(&j, "list");
		else if (data[i] % 16 == 3 && open)
			json_array_end(&j), open = false;
		json_bytes(&j, open ? NULL : "text", (const char *)data + i, rest);
	}
	if (open)
		json_array_end(&j);
	return json_end(&j);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t room, used;
	char *buf;

	if (size < HEAD)
		return 0;
	room = JSON_MIN + data[0] + 256u * (data[1] % 16u);
	buf = malloc(room);
	used = write_line(buf, room, data + HEAD, size - HEAD, data[2] + 1u);
	assert(used <= room);
	assert(is_json(buf, used));
	assert(memchr(buf, '\n', used) == NULL);
	free(buf);
	return 0;
}
