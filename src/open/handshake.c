#include "open/handshake.h"

#include "base/clock.h"

/* Begins the next layer. False with err. */
static bool
begin_layer(struct handshake *h, struct error *err)
{
	h->state = (*h->layers)->start(*h->layers, h->connection, h->role, err);
	h->due = true;
	return h->state != NULL;
}

static void
end_layer(struct handshake *h)
{
	if (h->state != NULL)
		(*h->layers)->stop(h->state);
	h->state = NULL;
}

/* Steps the layers as far as they go without waiting. */
static enum layer_step
step_layers(struct handshake *h, struct error *err)
{
	enum layer_step step;

	while ((step = (*h->layers)->step(h->state, err)) == LAYER_DONE) {
		end_layer(h);
		h->layers++;
		if (*h->layers == NULL)
			return LAYER_DONE;
		if (!begin_layer(h, err))
			return LAYER_FAILED;
	}
	return step;
}

static size_t
handshake_want(struct task *task, struct pollfd *fds, size_t room, int64_t *deadline)
{
	const struct handshake *h = (const struct handshake *)task;
	const struct end *end = connection_end(h->connection);
	const bool reads = h->step == LAYER_READ;

	*deadline = h->due || (reads && end_ready(end)) ? 0 : h->deadline;
	if (room > 0)
		fds[0] = reads ? end_poll_in(end) : end_poll_out(end);
	if (room > 0 && h->due)
		fds[0].fd = -1;
	return 1;
}

static void
handshake_serve(struct task *task, const struct pollfd *fds, size_t count)
{
	struct handshake *h = (struct handshake *)task;
	const bool late =
	    !h->due && (count == 0 || fds[0].revents == 0) && h->deadline <= clock_now();
	struct error inner = {.fault = FAULT_NONE}, error = {.fault = FAULT_NONE};

	h->due = false;
	if (late)
		error_set(&inner, FAULT_TIME, "timed out");
	else
		h->step = step_layers(h, &inner);
	if (!late && (h->step == LAYER_READ || h->step == LAYER_WRITE))
		return;
	if (inner.fault != FAULT_NONE) {
		error_set(&error, inner.fault, "%s: %s: %s", h->connection->name,
		    (*h->layers)->name, inner.text);
		error.number = inner.number;
	}
	handshake_stop(h);
	if (error.fault == FAULT_NONE)
		connection_lay_bare(h->connection);
	h->done(h->arg, &error);
}

bool
handshake_start(struct handshake *h, struct loop *loop, struct connection *connection,
    const struct layer *const *layers, enum layer_role role, int64_t deadline,
    void (*done)(void *, const struct error *), void *arg, struct error *err)
{
	*h = (struct handshake){
	    .task = {.want = handshake_want, .serve = handshake_serve},
	    .connection = connection,
	    .layers = layers,
	    .role = role,
	    .deadline = deadline,
	    .done = done,
	    .arg = arg,
	};
	if (!begin_layer(h, err))
		return false;
	h->loop = loop;
	if (loop_add(loop, &h->task, err))
		return true;
	handshake_stop(h);
	return false;
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
