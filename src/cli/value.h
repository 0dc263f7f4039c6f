#ifndef CLI_VALUE_H
#define CLI_VALUE_H

#include "base/error.h"
#include "cli/table.h"
#include "mode/options.h"

/*
 * Stores the value of an option (NULL: none) in the field that its row names. Strings are not
 * copied. On failure err (FAULT_LOCAL) has the option, the value and what is expected.
 */
bool value_store(struct options *, const struct option_row *, const char *value, struct error *);

#endif
