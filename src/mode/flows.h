#ifndef MODE_FLOWS_H
#define MODE_FLOWS_H

#include "mode/places.h"
#include "open/demux.h"

/*
 * Room for those who send datagrams, each of which has a program or a connection of its own. They
 * have no end: the one that has been silent longest gives way to others.
 */
struct flows {
	struct demux demux;
	struct places *places;
	bool told_full, told_lost; /* that some gave way; that a datagram was lost */
	int64_t told_failure;      /* when it was last said why one could not begin */
};

/*
 * Makes room for one session more, which takes so many descriptors. False when there is none; then,
 * if *again is set, not before that time.
 */
bool flows_make_room(struct flows *, int descriptors, int64_t *again);

/* Whether it is to be said that a session could not begin: now and then, since each datagram tries.
 */
bool flows_tell_failure(struct flows *);

#endif
