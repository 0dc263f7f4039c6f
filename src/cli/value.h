#ifndef CLI_VALUE_H
#define CLI_VALUE_H

#include "base/error.h"
#include "cli/table.h"
#include "mode/options.h"

/*
 * Puts the value of an option where its row of the table says; NULL where it has none. Texts are
 * kept as they are. False with err (FAULT_LOCAL): the option, the value and what is allowed.
 */
bool value_store(struct options *, const struct option_row *, const char *value, struct error *);

#endif
