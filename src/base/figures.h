#ifndef BASE_FIGURES_H
#define BASE_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

/* What the kernel knows of a TCP connection. */
struct tcp_figures {
	bool known;
	int64_t rtt;          /* smoothed round-trip time, in nanoseconds; 0: not measured */
	uint64_t retransmits; /* segments sent again, in all */
	uint32_t mss;         /* the most bytes that one segment sent carries */
	char congestion[16];  /* the algorithm of congestion control; empty: not known */
};

/* The figures of one conversation (--stats). Times are in nanoseconds; negative: there was none. */
struct figures {
	uint64_t sent, received; /* bytes that have crossed the peer's socket */
	bool messages;           /* message boundaries were kept; how many messages: */
	uint64_t messages_sent, messages_received;
	bool datagrams; /* messages may have been lost; how many came too fast, if known: */
	uint64_t lost;
	int64_t duration; /* since the connection was made */
	int64_t look_up;  /* how long it took to look the name up, */
	int64_t connect;  /* and to connect */
	struct tcp_figures tcp;
};

#endif
