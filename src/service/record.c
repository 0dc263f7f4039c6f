#include "service/record.h"

#include <stdlib.h>
#include <unistd.h>

#include "net/descriptor.h"

struct record {
	struct recording *recording;
	const char *name;
	struct record_files files;
	struct record_digest digest;
	struct capture capture;
	struct tap *sent, *received;
};

bool
recording_wanted(const struct recording_rules *r)
{
	return files_wanted(r) || r->digest.kind != DIGEST_NONE;
}

/* Begins the capture. It is not text, and not to be mixed with anything. */
static bool
open_capture(struct recording *r, struct error *err)
{
	struct outfile *file = &r->files.files[FILE_CAPTURE];

	for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
		if (file->fd == -1 || descriptor_same(file->fd, fd))
			return error_set(err, FAULT_LOCAL,
			    "--pcap %s: a capture cannot be mixed with standard %s", r->rules.pcap,
			    fd == STDOUT_FILENO && file->fd != -1 ? "output" : "error");
	return capture_file_start(&r->capture, file, err);
}

bool
recording_open(struct recording *r, const struct recording_rules *rules, struct loop *loop,
    struct observer *observer, struct error *err)
{
	*r = (struct recording){.rules = *rules, .observer = observer};
	if (rules->digest.kind != DIGEST_NONE &&
	    !digests_open(&r->digests, rules->digest.kind, err))
		return false;
	return files_open(&r->files, rules, loop, observer, err) &&
	       (rules->pcap == NULL || open_capture(r, err));
}

bool
recording_close(struct recording *r, bool patient, struct error *err)
{
	digests_close(&r->digests);
	capture_file_stop(&r->capture);
	return files_close(&r->files, patient, err);
}

/* Adds the taps that write to the capture. */
static void
start_capture(struct record *r, const struct record_of *of)
{
	const struct capture_of what = {.fd = of->fd,
	    .type = of->type,
	    .peer = of->peer,
	    .listens = of->listens,
	    .end = of->end};

	capture_start(&r->capture, &r->recording->capture, &what);
	taps_add(&r->sent, &r->capture.sent);
	taps_add(&r->received, &r->capture.received);
}

struct record *
record_new(struct recording *recording, const struct record_of *of, struct error *err)
{
	struct record *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		error_errno(err, FAULT_LOCAL, "memory");
		return NULL;
	}
	r->recording = recording;
	r->name = of->name;
	record_files_start(&r->files, &recording->files, of, &r->sent, &r->received);
	if (recording->rules.pcap != NULL)
		start_capture(r, of);
	if (record_digest_start(&r->digest, &recording->rules.digest, &recording->digests, err)) {
		taps_add(&r->sent, record_digest_sent(&r->digest));
		taps_add(&r->received, record_digest_received(&r->digest));
		return r;
	}
	record_free(r);
	return NULL;
}

struct tap *
record_sent(struct record *r)
{
	return r != NULL ? r->sent : NULL;
}

struct tap *
record_received(struct record *r)
{
	return r != NULL ? r->received : NULL;
}

void
record_saw(struct record *r, bool sent, const struct iovec *parts, size_t bytes)
{
	taps_saw(sent ? record_sent(r) : record_received(r), parts, bytes);
}

void
record_ended(struct record *r, bool broken)
{
	taps_ended(record_received(r), broken);
	taps_ended(record_sent(r), broken);
}

bool
record_has_room(struct record *r)
{
	return taps_have_room(record_sent(r)) && taps_have_room(record_received(r));
}

bool
record_end(struct record *r, struct error *err)
{
	return r == NULL || record_digest_end(&r->digest, r->name, r->recording->observer, err);
}

void
record_free(struct record *r)
{
	if (r == NULL)
		return;
	capture_end(&r->capture);
	record_files_stop(&r->files);
	record_digest_free(&r->digest);
	free(r);
}
