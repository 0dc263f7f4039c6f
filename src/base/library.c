#include "base/library.h"

#include <dlfcn.h>
#include <string.h>

bool
library_open(struct library *library, const char *soname, struct error *err)
{
	/* What is not called need not be resolved: large libraries load in half the time. */
	library->handle = dlopen(soname, RTLD_LAZY | RTLD_LOCAL);
	return library->handle != NULL || error_set(err, FAULT_LOCAL, "%s", dlerror());
}

bool
library_find(const struct library *library, const char *name, void *function, struct error *err)
{
	void *address = dlsym(library->handle, name);

	if (address == NULL)
		return error_set(err, FAULT_LOCAL, "%s", dlerror());
	/* ISO C converts no pointer to an object into one to a function. */
	memcpy(function, &address, sizeof(address));
	return true;
}

void
library_close(struct library *library)
{
	if (library->handle != NULL)
		(void)dlclose(library->handle);
	library->handle = NULL;
}
