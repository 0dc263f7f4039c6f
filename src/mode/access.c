#include "mode/access.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "net/resolve.h"

/* A list that is longer than this is no list that anybody wrote. */
#define FILE_MAX ((size_t)16 << 20)

/* A name stands for each of its addresses. */
static bool
add_name(
    struct acl *acl, const struct options *o, const char *what, const char *name, struct error *err)
{
	const struct lookup lookup = {
	    .host = name, .family = AF_UNSPEC, .type = SOCK_STREAM, .numeric = o->numeric};
	struct addresses found;
	struct error failure;

	if (!resolve(&found, &lookup, &failure))
		return error_set(err, failure.fault, "%s: %s", what, failure.text);
	for (size_t i = 0; i < found.count; i++)
		if (!acl_add_address(acl, &found.list[i]))
			return error_errno(err, FAULT_LOCAL, "memory");
	return true;
}

static bool
add_word(struct acl *acl, const struct options *o, const char *what, const char *word, size_t len,
    struct error *err)
{
	struct acl_entry entry;
	char name[256];
	const char *why;

	if (!acl_parse(&entry, word, len, &why))
		return error_set(err, FAULT_LOCAL, "%s: %.*s: %s", what,
		    len < sizeof(name) ? (int)len : (int)sizeof(name), word, why);
	if (entry.kind != ACL_NAME)
		return acl_add(acl, &entry) || error_errno(err, FAULT_LOCAL, "memory");
	snprintf(name, sizeof(name), "%.*s", (int)len, word);
	return add_name(acl, o, what, name, err);
}

static bool
add_text(
    struct acl *acl, const struct options *o, const char *what, const char *text, struct error *err)
{
	const char *word;
	size_t len;

	while (acl_word(&text, &word, &len))
		if (!add_word(acl, o, what, word, len, err))
			return false;
	return true;
}

/* Reads a whole text of at most FILE_MAX bytes. */
static bool
read_text(FILE *file, char *text, const char *what, struct error *err)
{
	const size_t len = fread(text, 1, FILE_MAX, file);

	text[len] = '\0';
	if (ferror(file))
		return error_errno(err, FAULT_LOCAL, "%s", what);
	if (len == FILE_MAX || strlen(text) != len)
		return error_set(err, FAULT_LOCAL, "%s: is no list of addresses", what);
	return true;
}

static bool
add_file(struct acl *acl, const struct options *o, const char *option, const char *name,
    struct error *err)
{
	char what[256];
	FILE *file = fopen(name, "re");
	char *text = file != NULL ? malloc(FILE_MAX + 1) : NULL;
	bool added = false;

	snprintf(what, sizeof(what), "%sfile %s", option, name);
	if (text == NULL)
		error_errno(err, FAULT_LOCAL, "%s", what);
	else
		added = read_text(file, text, what, err) && add_text(acl, o, what, text, err);
	if (file != NULL)
		fclose(file);
	free(text);
	return added;
}

bool
access_open(struct access *access, const struct options *o, struct error *err)
{
	*access = (struct access){0};
	for (size_t i = 0; i < o->access_count; i++) {
		const struct access_rule *rule = &o->access[i];
		struct acl *acl = rule->deny ? &access->deny : &access->allow;
		const char *what = rule->deny ? "--deny" : "--allow";

		access->restricted = access->restricted || !rule->deny;
		if (rule->file ? !add_file(acl, o, what, rule->text, err)
			       : !add_text(acl, o, what, rule->text, err))
			return false;
	}
	return true;
}

void
access_close(struct access *access)
{
	acl_free(&access->allow);
	acl_free(&access->deny);
}

/* Who is at the other end of a unix connection (unix(7), SO_PEERCRED). */
static bool
find_user(int fd, const struct peer *peer, uint32_t *uid)
{
#ifdef SO_PEERCRED
	struct ucred user;
	socklen_t len = sizeof(user);

	if (fd != -1 && address_family(&peer->address) == AF_UNIX &&
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &user, &len) == 0) {
		*uid = user.uid;
		return true;
	}
#else
	(void)fd;
	(void)peer;
	(void)uid;
#endif
	return false;
}

const char *
access_refusal(const struct access *access, int fd, const struct peer *peer)
{
	uint32_t uid = 0;
	bool known;

	if (!access->restricted && access->deny.count == 0)
		return NULL;
	known = find_user(fd, peer, &uid);
	if (acl_match(&access->deny, &peer->address, known, uid))
		return "denied";
	if (access->restricted && !acl_match(&access->allow, &peer->address, known, uid))
		return "not allowed";
	return NULL;
}
