#include "mode/mode.h"

int
mode_run(const struct options *o)
{
	if (o->scan)
		return scan(o);
	return o->listen ? serve(o) : dial(o);
}
