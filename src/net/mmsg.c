#include "net/mmsg.h"

#include <stddef.h>

#if defined(MSG_WAITFORONE) && !defined(PORTABLE)

int
mmsg_receive(int fd, struct mmsghdr *batch, unsigned int count)
{
	return recvmmsg(fd, batch, count, 0, NULL);
}

int
mmsg_send(int fd, struct mmsghdr *batch, unsigned int count)
{
	return sendmmsg(fd, batch, count, MSG_NOSIGNAL);
}

#else

static int
one_message(ssize_t n, struct mmsghdr *message)
{
	message->msg_len = (unsigned int)n;
	return n == -1 ? -1 : 1;
}

int
mmsg_receive(int fd, struct mmsghdr *batch, unsigned int count)
{
	(void)count;
	return one_message(recvmsg(fd, &batch[0].msg_hdr, 0), &batch[0]);
}

int
mmsg_send(int fd, struct mmsghdr *batch, unsigned int count)
{
	(void)count;
	return one_message(sendmsg(fd, &batch[0].msg_hdr, MSG_NOSIGNAL), &batch[0]);
}

#endif
