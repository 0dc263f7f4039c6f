#include "open/connection.h"

#include <sys/socket.h>

#include "net/descriptor.h"
#include "net/tcp_info.h"

void
connection_init(struct connection *c, int fd, int type, const struct peer *peer, const char *name)
{
	*c =
	    (struct connection){.fd = fd, .type = type, .peer = *peer, .name = name, .owned = true};
}

void
connection_init_flow(
    struct connection *c, struct demux *demux, int fd, const struct peer *peer, const char *name)
{
	connection_init(c, fd, SOCK_DGRAM, peer, name);
	c->owned = false;
	flow_open(&c->own.flow, demux, fd, peer, name);
	c->end = &c->own.flow.datagram.end;
}

void
connection_init_any(struct connection *c, struct end *end)
{
	*c = (struct connection){
	    .fd = -1, .type = SOCK_DGRAM, .name = end->in_name, .any_sender = true, .end = end};
}

bool
connection_is_ip(const struct connection *c)
{
	return !c->any_sender && address_family(&c->peer.address) != AF_UNIX;
}

bool
connection_is_plain_socket(const struct connection *c)
{
	return c->owned && !c->any_sender && c->end == NULL;
}

void
connection_release_end(struct connection *c)
{
	if (c->end != &c->own.stream.end || c->type != SOCK_STREAM || end_ready(c->end))
		return;
	stream_release(&c->own.stream);
	c->end = NULL;
}

size_t
connection_unread(const struct connection *c)
{
	const bool pushed = c->end != NULL && c->type == SOCK_STREAM;

	return (c->owned ? (size_t)socket_unread(c->fd) : 0) +
	       (pushed ? c->own.stream.pushed.end - c->own.stream.pushed.start : 0);
}

bool
connection_unanswerable(const struct connection *c)
{
	return c->type == SOCK_DGRAM && !c->any_sender && !address_named(&c->peer.address);
}

struct end *
connection_end(struct connection *c)
{
	if (c->end != NULL)
		return c->end;
	if (c->type == SOCK_STREAM) {
		stream_open(&c->own.stream, c->fd, connection_is_ip(c), c->name);
		c->end = &c->own.stream.end;
		return c->end;
	}
	if (c->type == SOCK_DGRAM)
		datagram_open(&c->own.datagram, c->fd, c->selective, &c->peer, c->name);
	else
		seqpacket_open(&c->own.datagram, c->fd, c->name);
	c->end = &c->own.datagram.end;
	return c->end;
}

void
connection_close(struct connection *c, bool abandon)
{
	if (c->figures != NULL && c->name != NULL && c->type == SOCK_STREAM && connection_is_ip(c))
		tcp_info_read(c->figures, c->fd);
	if (c->end != NULL)
		c->end->ops->close(c->end, abandon);
	else if (c->name != NULL && abandon)
		(void)socket_abandon(c->fd);
	else if (c->name != NULL)
		(void)descriptor_close(c->fd);
	c->end = NULL;
	c->name = NULL;
	c->fd = -1;
}
