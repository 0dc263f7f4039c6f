#include "mode/json_line.h"

#include <errno.h>
#include <stdio.h>

#include "base/clock.h"

/* What sockets and files fail with; strerrorname_np(3) is not everywhere. */
#define NAMED(number)                                                                              \
	{                                                                                          \
		number, #number                                                                    \
	}
static const struct {
	int number;
	const char *name;
} names[] = {
    NAMED(EACCES),
    NAMED(EADDRINUSE),
    NAMED(EADDRNOTAVAIL),
    NAMED(EAFNOSUPPORT),
    NAMED(EAGAIN),
    NAMED(EALREADY),
    NAMED(EBADF),
    NAMED(EBUSY),
    NAMED(ECONNABORTED),
    NAMED(ECONNREFUSED),
    NAMED(ECONNRESET),
    NAMED(EDESTADDRREQ),
    NAMED(EDQUOT),
    NAMED(EEXIST),
    NAMED(EFBIG),
    NAMED(EHOSTDOWN),
    NAMED(EHOSTUNREACH),
    NAMED(EINTR),
    NAMED(EINVAL),
    NAMED(EIO),
    NAMED(EISCONN),
    NAMED(EISDIR),
    NAMED(ELOOP),
    NAMED(EMFILE),
    NAMED(EMSGSIZE),
    NAMED(ENAMETOOLONG),
    NAMED(ENETDOWN),
    NAMED(ENETRESET),
    NAMED(ENETUNREACH),
    NAMED(ENFILE),
    NAMED(ENOBUFS),
    NAMED(ENODEV),
    NAMED(ENOENT),
    NAMED(ENOEXEC),
    NAMED(ENOMEM),
    NAMED(ENOPROTOOPT),
    NAMED(ENOSPC),
    NAMED(ENOSYS),
    NAMED(ENOTCONN),
    NAMED(ENOTDIR),
    NAMED(ENOTSOCK),
    NAMED(ENXIO),
    NAMED(EOPNOTSUPP),
    NAMED(EPERM),
    NAMED(EPIPE),
    NAMED(EPROTO),
    NAMED(EPROTONOSUPPORT),
    NAMED(EPROTOTYPE),
    NAMED(EROFS),
    NAMED(ETIMEDOUT),
    NAMED(ETXTBSY),
};

void
json_line_errno(struct json_line *line, int number)
{
	char text[16];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].number == number) {
			json_string(&line->json, "errno", names[i].name);
			return;
		}
	snprintf(text, sizeof(text), "%d", number);
	json_string(&line->json, "errno", text);
}

void
json_line_begin(struct json_line *line, const char *event)
{
	char time[CLOCK_TEXT];

	json_begin(&line->json, line->buf, sizeof(line->buf));
	json_number(&line->json, "v", JSON_VERSION);
	json_string(&line->json, "time", clock_text(time, clock_wall()));
	json_string(&line->json, "event", event);
}

void
json_line_error(struct json_line *line, const char *name, const struct error *error)
{
	json_number(&line->json, "status", (uint64_t)error->fault);
	if (error->fault == FAULT_NONE)
		return;
	if (error->number != 0)
		json_line_errno(line, error->number);
	json_string(&line->json, name, error->text);
}

size_t
json_line_end(struct json_line *line)
{
	return json_end(&line->json);
}
