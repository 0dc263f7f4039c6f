#include "open/handshake.h"

#include "base/clock.h"

static void
end_layer(struct handshake *h)
{
	if (h->state != NULL)
		(*h->layers)->stop(h->state);
	h->state = NULL;
}

/* Steps the layers until one has to wait, one fails or all are done. */
static enum layer_step
step_layers(struct handshake *h, struct error *err)
{
	enum layer_step step;

	for (; *h->layers != NULL; h->layers++) {
		const struct layer *layer = *h->layers;

		if (h->state == NULL)
			h->state = layer->start(layer, h->connection, h->role, err);
		step = h->state != NULL ? layer->step(h->state, err) : LAYER_FAILED;
		if (step != LAYER_DONE)
			return step;
		end_layer(h);
	}
	return LAYER_DONE;
}

static size_t
handshake_want(struct task *task, struct pollfd *fds, size_t room, int64_t *deadline)
{
	const struct handshake *h = (const struct handshake *)task;
	const struct end *end = connection_end(h->connection);
	const bool reads = h->step == LAYER_READ;

	*deadline = !h->begun || (reads && end_ready(end)) ? 0 : h->deadline;
	if (room > 0)
		fds[0] = reads ? end_poll_in(end) : end_poll_out(end);
	return 1;
}

static void
handshake_serve(struct task *task, const struct pollfd *fds, size_t count)
{
	struct handshake *h = (struct handshake *)task;
	struct error inner = {.fault = FAULT_PEER, .text = "failed"}, error = {.fault = FAULT_NONE};

	(void)fds;
	(void)count;
	h->begun = true;
	h->step = step_layers(h, &inner);
	if (h->step == LAYER_READ || h->step == LAYER_WRITE) {
		if (clock_now() < h->deadline)
			return;
		error_set(&inner, FAULT_TIME, "timed out");
	}
	if (h->step != LAYER_DONE) {
		error_set(&error, inner.fault, "%s: %s: %s", h->connection->name,
		    (*h->layers)->name, inner.text);
		error.number = inner.number;
	}
	handshake_stop(h);
	if (error.fault == FAULT_NONE)
		connection_release_end(h->connection);
	h->done(h->arg, &error);
}

bool
handshake_start(struct handshake *h, struct loop *loop, struct connection *connection,
    const struct layer *const *layers, enum layer_role role, int64_t deadline,
    void (*done)(void *, const struct error *), void *arg, struct error *err)
{
	*h = (struct handshake){
	    .task = {.want = handshake_want, .serve = handshake_serve},
	    .loop = loop,
	    .connection = connection,
	    .layers = layers,
	    .role = role,
	    .deadline = deadline,
	    .done = done,
	    .arg = arg,
	};
	if (!loop_add(loop, &h->task, err))
		h->loop = NULL;
	return h->loop != NULL;
}

void
handshake_stop(struct handshake *h)
{
	if (h->loop == NULL)
		return;
	loop_remove(h->loop, &h->task);
	end_layer(h);
	h->loop = NULL;
}
