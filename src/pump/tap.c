#include "pump/tap.h"

void
taps_add(struct tap **first, struct tap *tap)
{
	if (tap == NULL)
		return;
	tap->next = *first;
	*first = tap;
}

static void
tap_saw(struct tap *tap, const struct iovec *parts, size_t bytes)
{
	size_t len = bytes;

	if (parts == NULL) {
		tap->saw(tap, NULL, bytes);
		return;
	}
	for (; bytes > 0; bytes -= len, parts++) {
		len = bytes < parts->iov_len ? bytes : parts->iov_len;
		if (len > 0)
			tap->saw(tap, parts->iov_base, len);
	}
	if (tap->seen != NULL && len > 0)
		tap->seen(tap);
}

void
taps_saw(struct tap *first, const struct iovec *parts, size_t bytes)
{
	for (struct tap *tap = first; tap != NULL; tap = tap->next)
		tap_saw(tap, parts, bytes);
}

void
taps_answered(struct tap *first, const char *data, size_t len)
{
	for (struct tap *tap = first; tap != NULL; tap = tap->next)
		if (tap->answered != NULL)
			tap->answered(tap, data, len);
}

void
taps_message_end(struct tap *first)
{
	for (struct tap *tap = first; tap != NULL; tap = tap->next)
		if (tap->message_end != NULL)
			tap->message_end(tap);
}

void
taps_ended(struct tap *first, bool broken)
{
	for (struct tap *tap = first; tap != NULL; tap = tap->next)
		if (tap->ended != NULL)
			tap->ended(tap, broken);
}

bool
taps_have_room(const struct tap *first)
{
	for (const struct tap *tap = first; tap != NULL; tap = tap->next)
		if (tap->has_room != NULL && !tap->has_room(tap))
			return false;
	return true;
}

bool
taps_need_bytes(const struct tap *first)
{
	for (const struct tap *tap = first; tap != NULL; tap = tap->next)
		if (tap->needs_bytes)
			return true;
	return false;
}
