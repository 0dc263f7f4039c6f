#ifndef OPEN_RESOLVE_H
#define OPEN_RESOLVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "base/error.h"
#include "net/loop.h"

#define ADDRESSES_MAX 32 /* per name; further ones are dropped, and counted */

struct addresses {
	size_t count;
	size_t left_out;
	struct address list[ADDRESSES_MAX];
};

/* What to look up. The texts must outlive the look-up. */
struct lookup {
	const char
	    *host; /* a name, or an address, perhaps in brackets; NULL: the wildcard addresses */
	uint16_t port;
	int family;   /* AF_UNSPEC, AF_INET or AF_INET6 */
	int type;     /* SOCK_STREAM or SOCK_DGRAM */
	bool numeric; /* only numbers: ask no name server */
};

/*
 * Looks up addresses with getaddrinfo(3), in its order, each once. Blocks while a name server is
 * asked. With a NULL host: the wildcard addresses, IPv6 first. False with FAULT_NAME.
 */
bool resolve(struct addresses *out, const struct lookup *, struct error *);

/*
 * The same for a host that is not NULL, without a limit: calls take, with arg, for each address.
 * False also if take fails: FAULT_LOCAL, with the errno that take has set.
 */
bool resolve_all(const struct lookup *, bool (*take)(void *arg, const struct address *), void *arg,
    struct error *);

/* A look-up in a thread, so that the loop goes on. */
struct resolver {
	struct task task;
	struct loop *loop;
	struct resolver_job *job; /* shared with the thread */
	int64_t deadline;
	const char *host;
	void (*done)(void *arg, const struct addresses *, const struct error *);
	void *arg;
};

/*
 * Starts a look-up. done is called once, from the loop, or at once for a numeric host: with the
 * addresses, or with NULL and an error (FAULT_TIME when the deadline has passed). The host must
 * outlive the resolver. False if it could not be started; done is not called then.
 */
bool resolver_start(struct resolver *, struct loop *, const struct lookup *, int64_t deadline,
    void (*done)(void *, const struct addresses *, const struct error *), void *arg,
    struct error *);

/* Cancels a look-up; done is not called. Does nothing if it has ended. */
void resolver_stop(struct resolver *);

#endif
