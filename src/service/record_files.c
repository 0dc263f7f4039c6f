#include "service/record_files.h"

#include <unistd.h>

#include "base/clock.h"
#include "service/record.h"

/* How long a file that takes nothing is waited for at the end. */
#define PATIENCE (10 * CLOCK_S)

enum { SENT, RECEIVED };

/* The name of each file; NULL: not wanted. */
static const char *
name_of(const struct recording_rules *rules, int file)
{
	const char *const names[RECORD_FILES] = {
	    [FILE_DUMP] = rules->hex_dump,
	    [FILE_BOTH] = rules->output,
	    [FILE_SENT] = rules->output_sent,
	    [FILE_RECEIVED] = rules->output_received,
	    [FILE_CAPTURE] = rules->pcap,
	};

	return names[file];
}

/* Whether a file is open, and nothing has failed. */
static bool
is_open(const struct outfile *file)
{
	return file->loop != NULL && file->error.fault == FAULT_NONE;
}

bool
files_wanted(const struct recording_rules *rules)
{
	for (int i = 0; i < RECORD_FILES; i++)
		if (name_of(rules, i) != NULL)
			return true;
	return false;
}

/* Reports a failure; and lets all peers be read again, or no longer. */
static void
file_changed(void *arg, struct outfile *file)
{
	struct files *f = arg;
	struct record_files *r;

	if (file->error.fault != FAULT_NONE)
		event_tell(f->observer,
		    (struct event){
			.kind = EVENT_UNWRITTEN, .name = file->name, .error = &file->error});
	LIST_FOREACH(r, &f->records, link)
		loop_changed(r->task);
}

/* Whether a file would destroy the data of another one, or of a standard descriptor. */
static bool
is_alone(const struct files *f, int number, struct error *err)
{
	static const char *const standard[] = {
	    "standard input", "standard output", "standard error"};
	const struct outfile *file = &f->files[number];

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (outfile_is_also(file, fd))
			return error_set(
			    err, FAULT_LOCAL, "%s: this file is %s", file->name, standard[fd]);
	for (int i = 0; i < number; i++)
		if (is_open(&f->files[i]) && outfile_is_also(file, f->files[i].fd))
			return error_set(
			    err, FAULT_LOCAL, "%s: this file is to be written twice", file->name);
	return true;
}

bool
files_open(struct files *f, const struct recording_rules *rules, struct loop *loop,
    struct observer *observer, struct error *err)
{
	*f = (struct files){.plain = rules->plain, .observer = observer};
	LIST_INIT(&f->records);
	for (int i = 0; i < RECORD_FILES; i++) {
		const char *name = name_of(rules, i);
		const bool append = rules->append && i != FILE_CAPTURE;

		if (name != NULL && (!outfile_open(&f->files[i], name, append, rules->standard,
					 loop, file_changed, f, err) ||
					!is_alone(f, i, err)))
			return false;
	}
	for (int i = 0; i < RECORD_FILES; i++)
		if (is_open(&f->files[i]))
			outfile_truncate(&f->files[i]);
	return true;
}

bool
files_close(struct files *f, bool patient, struct error *err)
{
	struct error error;
	bool complete = true;

	for (int i = 0; i < RECORD_FILES; i++)
		if (!outfile_close(&f->files[i], patient ? PATIENCE : 0, &error)) {
			if (complete)
				*err = error;
			complete = false;
		}
	return complete;
}

void
record_files_start(struct record_files *r, struct files *f, const struct record_of *of,
    struct tap **sent, struct tap **received)
{
	const struct dump_of dumped = {.name = of->name, .peer = of->peer, .end = of->end};
	struct tap **const lists[] = {[SENT] = sent, [RECEIVED] = received};
	struct outfile *const ones[] = {
	    [SENT] = &f->files[FILE_SENT], [RECEIVED] = &f->files[FILE_RECEIVED]};
	struct outfile *dump = &f->files[FILE_DUMP], *both = &f->files[FILE_BOTH];

	for (int i = SENT; i <= RECEIVED; i++) {
		if (is_open(dump))
			taps_add(lists[i],
			    tap_dump_init(&r->dumps[i], dump, &dumped, i == SENT, !f->plain));
		if (is_open(both))
			taps_add(lists[i], tap_log_init(&r->both[i], both));
		if (is_open(ones[i]))
			taps_add(lists[i], tap_log_init(&r->one[i], ones[i]));
	}
	r->task = of->task;
	LIST_INSERT_HEAD(&f->records, r, link);
}

void
record_files_stop(struct record_files *r)
{
	if (r->task == NULL)
		return;
	LIST_REMOVE(r, link);
	r->task = NULL;
}
