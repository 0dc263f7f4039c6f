#ifndef SERVICE_RECORD_FILES_H
#define SERVICE_RECORD_FILES_H

#include <bsd/sys/queue.h>

#include "base/event.h"
#include "net/outfile.h"
#include "pump/tap_dump.h"
#include "pump/tap_log.h"

struct record_of;
struct recording_rules;

enum record_file { FILE_DUMP, FILE_BOTH, FILE_SENT, FILE_RECEIVED, FILE_CAPTURE, RECORD_FILES };

/* The files that the records of all peers are written to. */
struct files {
	struct outfile files[RECORD_FILES];
	bool plain; /* no colours */
	struct observer *observer;
	LIST_HEAD(, record_files) records; /* those that are told when there is room again */
};

/* Whether the rules name a file. */
bool files_wanted(const struct recording_rules *);

/*
 * Opens the files. They are truncated only if all are open and none is another one's, or standard
 * input, output or error, and when the loop runs. False with FAULT_LOCAL; needs files_close in
 * either case.
 */
bool files_open(struct files *, const struct recording_rules *, struct loop *, struct observer *,
    struct error *);

/*
 * Writes what is left, and closes the files. patient: waits for a file that does not take it as
 * long as it takes something. False with FAULT_STANDARD and the first failure of a file, which was
 * told to the observer. Does nothing if zeroed.
 */
bool files_close(struct files *, bool patient, struct error *);

/* The taps that write one peer's data to the files. */
struct record_files {
	LIST_ENTRY(record_files) link;
	struct task *task; /* NULL: not started */
	struct tap_dump dumps[2];
	struct tap_log both[2], one[2];
};

/*
 * Starts them, and adds the taps to the lists of what is sent to the peer and received from it.
 */
void record_files_start(struct record_files *, struct files *, const struct record_of *,
    struct tap **sent, struct tap **received);

/* Does nothing if zeroed. */
void record_files_stop(struct record_files *);

#endif
