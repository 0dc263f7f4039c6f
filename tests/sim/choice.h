#ifndef SIM_CHOICE_H
#define SIM_CHOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Where a run could go on in several ways. A run is the sequence of its choices, its path: a
 * search makes all of them to a depth, a seed makes some, and a path repeats a run. Choice 0 is
 * always one that lets the run end, and is taken where a path ends.
 */

/* The longest path; all behind it is 0. */
#define CHOICE_MAX 1000

/* One of count; those behind the first common ones are not so likely with a seed. */
unsigned choice(unsigned count, unsigned common);

/* The same where a search takes 0: what only seeds and paths try. */
unsigned choice_rare(unsigned count);

/* All runs whose first depth choices are anything, the first of them first. */
void choice_search(size_t depth);
bool choice_next(void);

void choice_seed(uint64_t seed);

/* A path as text, its zeroes at the end left out. False: that is none. */
bool choice_path(const char *text);
void choice_text(char text[CHOICE_MAX + 1]);

/* Begins a run with the choices that are set: the same again. */
void choice_begin(void);

#endif
