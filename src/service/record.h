#ifndef SERVICE_RECORD_H
#define SERVICE_RECORD_H

#include "base/event.h"
#include "net/loop.h"
#include "net/peer.h"
#include "pump/tap.h"
#include "pump/tap_capture.h"
#include "service/record_digest.h"
#include "service/record_files.h"

/*
 * What is kept of the data that crosses the sockets of peers: files, digests. A recording is what
 * all peers share, a record is one peer's. Sent is what was written to the peer, received what was
 * read from it, both as it crossed the socket.
 */

/* What the user has asked for. Texts must outlive the recording; NULL: not asked for. */
struct recording_rules {
	const char *hex_dump, *output, *output_sent, *output_received, *pcap; /* files */
	bool append;                             /* to these files, but for a capture */
	bool plain;                              /* no colours */
	const struct outfile_standard *standard; /* for the file "-" */
	struct digest_rules digest;
};

struct recording {
	struct recording_rules rules;
	struct observer *observer;
	struct files files;
	struct digests digests;
	struct capture_file capture;
};

/* Whether anything is to be recorded. */
bool recording_wanted(const struct recording_rules *);

/*
 * Opens the files, and what computes digests. The loop, which writes what a file does not take at
 * once, and the observer must outlive it. False with FAULT_LOCAL. Needs recording_close in either
 * case.
 */
bool recording_open(struct recording *, const struct recording_rules *, struct loop *,
    struct observer *, struct error *);

/*
 * Writes what is left, and closes the files. patient: a file that takes nothing now is waited for.
 * False with FAULT_STANDARD if a file does not have everything: the observer was told of the error
 * before. Does nothing if zeroed.
 */
bool recording_close(struct recording *, bool patient, struct error *);

/* The peer that a record is about. */
struct record_of {
	const char *name; /* outlives the record */
	int fd;           /* its socket */
	int type;
	const struct peer *peer; /* outlives the record, like the end */
	struct end *end;         /* made of the socket */
	bool listens;            /* the peer has connected; else strait has */
	struct task *task; /* reads and writes the socket: it is told when a tap has room again */
};

struct record;

/* A new record; NULL with FAULT_LOCAL. */
struct record *record_new(struct recording *, const struct record_of *, struct error *);

/* The taps for what is sent to the peer, and for what is received from it. NULL record: none. */
struct tap *record_sent(struct record *);
struct tap *record_received(struct record *);

/*
 * For those who have no lanes. These call the taps: so many bytes of the parts were sent or
 * received; there will be no more; do all have room? NULL record: nothing is done, and there is
 * room.
 */
void record_saw(struct record *, bool sent, const struct iovec *parts, size_t bytes);
void record_ended(struct record *, bool broken);
bool record_has_room(struct record *);

/*
 * To be called when no more bytes cross: tells the observer what the record has to report. False
 * with FAULT_PEER if what was received is not what was expected, or with FAULT_LOCAL. NULL: nothing
 * to do.
 */
bool record_end(struct record *, struct error *);

/* To be called before the socket is closed. NULL: nothing to do. */
void record_free(struct record *);

#endif
