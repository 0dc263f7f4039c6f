#ifndef SERVICE_TALK_H
#define SERVICE_TALK_H

#include "service/conversation.h"
#include "service/service.h"

/* A client with a conversation: what services have in common that carry bytes. */
struct talk {
	struct client client;
	struct conversation conversation;
};

/* Begins the conversation with a client; done is called with the client. */
void talk_prepare(struct client *, void (*done)(void *arg, const struct error *));

/* Starts it, once its near side is given. False with err; it is to be stopped then, too. */
bool talk_begin(struct client *, struct error *);

/* As struct service says. */
bool talk_may_drop(struct client *);
void talk_drop(struct client *, const struct error *);
void talk_stop(struct client *);
bool talk_counts(const struct client *, uint64_t *sent, uint64_t *received);

#endif
