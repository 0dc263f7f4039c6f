#include "base/event.h"

void
event_tell(struct observer *observer, struct event event)
{
	observer->observe(observer, &event);
}
