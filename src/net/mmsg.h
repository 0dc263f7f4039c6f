#ifndef NET_MMSG_H
#define NET_MMSG_H

#include <sys/socket.h>

#ifndef MSG_WAITFORONE
struct mmsghdr {
	struct msghdr msg_hdr;
	unsigned int msg_len;
};
#endif

/*
 * recvmmsg(2) and sendmmsg(2): several messages in one call. Without these calls, one message is
 * received or sent. Returns how many were; -1 with errno.
 */
int mmsg_receive(int fd, struct mmsghdr *batch, unsigned int count);
int mmsg_send(int fd, struct mmsghdr *batch, unsigned int count);

#endif
