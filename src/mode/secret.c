#include "mode/secret.h"

#include <bsd/readpassphrase.h>
#include <bsd/string.h>
#include <stdlib.h>
#include <string.h>

bool
secret_get(char out[static SECRET_MAX], size_t max, const char *variable, const char *prompt,
    const char *what, struct error *err)
{
	char *value = getenv(variable);
	size_t len;

	if (value == NULL && readpassphrase(prompt, out, SECRET_MAX, RPP_REQUIRE_TTY) == NULL)
		return error_set(err, FAULT_LOCAL,
		    "%s: there is neither %s in the environment nor a terminal to ask for it", what,
		    variable);
	len = value != NULL ? strlcpy(out, value, SECRET_MAX) : strlen(out);
	/* Erases it: /proc/PID/environ shows this memory. */
	if (value != NULL)
		explicit_bzero(value, strlen(value));
	unsetenv(variable);
	if (len == 0 || len > max)
		return error_set(
		    err, FAULT_LOCAL, "%s: %s: expected 1 to %zu bytes", what, variable, max);
	return true;
}
