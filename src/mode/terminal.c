#include "mode/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define COLUMNS_USUAL 80

bool
terminal_redraws(void)
{
	const char *type = getenv("TERM");

	return isatty(STDERR_FILENO) && (type == NULL || strcmp(type, "dumb") != 0);
}

size_t
terminal_columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == -1 || size.ws_col == 0)
		return COLUMNS_USUAL;
	return size.ws_col;
}

bool
terminal_is_ours(void)
{
	const pid_t foreground = tcgetpgrp(STDERR_FILENO);

	/* There is none on a terminal that does not control this session. */
	return foreground <= 0 || foreground == getpgrp();
}

bool
terminal_is(int fd)
{
	struct stat this, that;

	/* There is only one that controls this session; /dev/tty is another device for it. */
	if (tcgetsid(fd) != -1 && tcgetsid(STDERR_FILENO) != -1)
		return true;
	return isatty(fd) && isatty(STDERR_FILENO) && fstat(fd, &this) == 0 &&
	       fstat(STDERR_FILENO, &that) == 0 && this.st_rdev == that.st_rdev;
}
