#ifndef MODE_JSON_PRINTER_H
#define MODE_JSON_PRINTER_H

#include "base/event.h"

/*
 * Makes this an observer that writes each event as a JSON object on a line of standard error,
 * whatever -v says. say_json was called before.
 */
void json_printer_init(struct observer *);

#endif
