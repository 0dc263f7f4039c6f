#include "mode/mode.h"

int
mode_run(const struct options *o)
{
	return o->listen ? serve(o) : dial(o);
}
