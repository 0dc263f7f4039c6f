#include "mode/json_line.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

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

/* The present time as RFC 3339 has it. */
static void
add_time(struct json_line *line)
{
	char text[64];
	struct timespec now;
	struct tm tm;
	size_t used;

	clock_gettime(CLOCK_REALTIME, &now);
	if (gmtime_r(&now.tv_sec, &tm) == NULL)
		tm = (struct tm){.tm_year = 70, .tm_mday = 1};
	used = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + used, sizeof(text) - used, ".%06ldZ", now.tv_nsec / 1000);
	json_string(&line->json, "time", text);
}

void
json_line_begin(struct json_line *line, const char *event)
{
	json_begin(&line->json, line->buf, sizeof(line->buf));
	json_number(&line->json, "v", JSON_VERSION);
	add_time(line);
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
