#ifndef SERVICE_TALK_H
#define SERVICE_TALK_H

#include "service/conversation.h"
#include "service/service.h"

/* A client with a conversation: shared by the services that carry bytes. */
struct talk {
	struct client client;
	struct conversation conversation;
};

/* Sets up the conversation with a client, and its far side; done is called with the client. */
void talk_prepare(struct client *, void (*done)(void *arg, const struct error *));

/* Starts it once its near side is set. False with err; talk_stop is needed then, too. */
bool talk_begin(struct client *, struct error *);

/* See struct service. */
bool talk_may_drop(struct client *);
void talk_drop(struct client *, const struct error *);
void talk_stop(struct client *);
bool talk_counts(const struct client *, uint64_t *sent, uint64_t *received);
void talk_measure(const struct client *, struct figures *);

#endif
