#include "net/pass.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* Sockets of other domains would send the byte and silently drop the descriptor. */
static bool
is_local(int fd)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);

	return getsockname(fd, (struct sockaddr *)&address, &len) == 0 &&
	       address.ss_family == AF_UNIX;
}

bool
pass_descriptor(int fd, struct error *err)
{
	_Alignas(struct cmsghdr) unsigned char control[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec byte = {.iov_base = "", .iov_len = 1};
	const struct msghdr message = {
	    .msg_iov = &byte,
	    .msg_iovlen = 1,
	    .msg_control = control,
	    .msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = (struct cmsghdr *)control;
	const int flags = fcntl(fd, F_GETFL);

	if (!is_local(STDOUT_FILENO))
		return error_set(err, FAULT_STANDARD,
		    "pass the socket over standard output: it is not a unix socket");
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	if (flags == -1 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) == -1)
		return error_errno(err, FAULT_STANDARD, "pass the socket over standard output");
	while (sendmsg(STDOUT_FILENO, &message, MSG_NOSIGNAL) == -1)
		if (errno != EINTR)
			return error_errno(
			    err, FAULT_STANDARD, "pass the socket over standard output");
	return true;
}
