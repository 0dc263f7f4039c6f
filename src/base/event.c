#include "base/event.h"

#include <stddef.h>

bool
event_wanted(const struct observer *observer, int level)
{
	return observer != NULL && level <= observer->level;
}

void
event_tell(struct observer *observer, struct event event)
{
	observer->observe(observer, &event);
}
