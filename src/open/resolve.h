#ifndef OPEN_RESOLVE_H
#define OPEN_RESOLVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "base/error.h"
#include "net/loop.h"

#define ADDRESSES_MAX 32 /* of one name; more are left out, and counted */

struct addresses {
	size_t count;
	size_t left_out;
	struct address list[ADDRESSES_MAX];
};

/* What to look for. The texts must outlive the look-up. */
struct lookup {
	const char *host; /* a name, a number, a number in brackets; NULL: every local address */
	uint16_t port;
	int family;   /* AF_UNSPEC, AF_INET or AF_INET6 */
	int type;     /* SOCK_STREAM or SOCK_DGRAM */
	bool numeric; /* ask nobody */
};

/*
 * Looks up the addresses with getaddrinfo(3), in its order, each once. Blocks while a name server
 * is asked. With a NULL host: the wildcard addresses, IPv6 first. Fails with FAULT_NAME.
 */
bool resolve(struct addresses *out, const struct lookup *, struct error *);

/*
 * The same of a host that is not NULL; hands all of the addresses to take, with arg, one after the
 * other and however many they are. False also when take fails, with FAULT_LOCAL and errno as it has
 * left it.
 */
bool resolve_all(const struct lookup *, bool (*take)(void *arg, const struct address *), void *arg,
    struct error *);

/* A look-up of which the loop does not have to wait. */
struct resolver {
	struct task task;
	struct loop *loop;
	struct resolver_job *job; /* shared with the thread that asks */
	int64_t deadline;
	const char *host;
	void (*done)(void *arg, const struct addresses *, const struct error *);
	void *arg;
};

/*
 * Starts a look-up. done is called once, from the loop or (for a numeric host) at once: with the
 * addresses, or with NULL and an error, FAULT_TIME once the clock has reached deadline. The
 * lookup's host must outlive the resolver. Returns false, with done not called, when it could not
 * be started.
 */
bool resolver_start(struct resolver *, struct loop *, const struct lookup *, int64_t deadline,
    void (*done)(void *, const struct addresses *, const struct error *), void *arg,
    struct error *);

/* Ends a look-up that is under way; done is not called. Harmless after its end. */
void resolver_stop(struct resolver *);

#endif
