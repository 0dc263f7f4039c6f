#include "mode/access.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "open/resolve.h"

/* A longer file is not an access list. */
#define FILE_MAX ((size_t)16 << 20)

static bool
add_address(void *acl, const struct address *address)
{
	return acl_add_address(acl, address);
}

/* A name stands for all of its addresses: if one were missing, --deny would let it in. */
static bool
add_name(
    struct acl *acl, const struct options *o, const char *what, const char *name, struct error *err)
{
	const struct lookup lookup = {
	    .host = name, .family = AF_UNSPEC, .type = SOCK_STREAM, .numeric = o->numeric};
	struct error failure;

	return resolve_all(&lookup, add_address, acl, &failure) ||
	       error_set(err, failure.fault, "%s: %s", what, failure.text);
}

/* The text of one list. */
struct list {
	struct acl *acl;
	char *text;
	char what[256]; /* for messages */
	struct observer *observer;
};

/* Whether find_user can work for the peers of this server. */
static bool
knows_users(const struct options *o)
{
#ifdef SO_PEERCRED
	return (o->local || o->inherited_local) && !o->datagrams;
#else
	(void)o;
	return false;
#endif
}

static bool
add_word(const struct list *list, const struct options *o, bool check, const char *word, size_t len,
    struct error *err)
{
	struct acl_entry entry;
	char name[256], host[ADDRESS_TEXT], meaning[ADDRESS_TEXT + 8];
	const char *why;

	snprintf(name, sizeof(name), "%.*s", (int)len, word);
	if (!acl_parse(&entry, word, len, &why))
		return error_set(err, FAULT_LOCAL, "%s: %s: %s", list->what, name, why);
	if (entry.kind == ACL_UID && !knows_users(o))
		return error_set(err, FAULT_LOCAL,
		    "%s: %s: users are known only for connections to a unix socket", list->what,
		    name);
	if (check)
		return true;
	if (entry.had_host) {
		snprintf(meaning, sizeof(meaning), "%s/%u", address_host(host, &entry.network),
		    entry.prefix);
		event_tell(list->observer,
		    (struct event){
			.kind = EVENT_RULE, .name = list->what, .text = name, .meaning = meaning});
	}
	if (entry.kind == ACL_NAME)
		return add_name(list->acl, o, list->what, name, err);
	return acl_add(list->acl, &entry) || error_errno(err, FAULT_LOCAL, "memory");
}

/* Adds the words of a list, or, with check, only checks them. */
static bool
add_list(const struct list *list, const struct options *o, bool check, struct error *err)
{
	const char *text = list->text, *word;
	size_t len;

	while (acl_word(&text, &word, &len))
		if (!add_word(list, o, check, word, len, err))
			return false;
	return true;
}

/* Reads a file of less than FILE_MAX bytes; the text must be freed. NULL with err. */
static char *
read_file(const char *name, const char *what, struct error *err)
{
	FILE *file = fopen(name, "re");
	char *text = file != NULL ? malloc(FILE_MAX + 1) : NULL;
	const size_t len = text != NULL ? fread(text, 1, FILE_MAX, file) : 0;
	bool good = false;

	if (text != NULL)
		text[len] = '\0';
	if (text == NULL || ferror(file))
		error_errno(err, FAULT_LOCAL, "%s", what);
	else if (len == FILE_MAX || strlen(text) != len)
		error_set(err, FAULT_LOCAL, "%s: not a list of addresses", what);
	else
		good = true;
	if (file != NULL)
		fclose(file);
	if (good)
		return text;
	free(text);
	return NULL;
}

static bool
read_list(
    struct list *list, struct access *access, const struct access_rule *rule, struct error *err)
{
	const char *option = rule->deny ? "--deny" : "--allow";

	list->acl = rule->deny ? &access->deny : &access->allow;
	if (rule->file) {
		snprintf(list->what, sizeof(list->what), "%sfile %s", option, rule->text);
		list->text = read_file(rule->text, list->what, err);
		return list->text != NULL;
	}
	snprintf(list->what, sizeof(list->what), "%s", option);
	list->text = strdup(rule->text);
	return list->text != NULL || error_errno(err, FAULT_LOCAL, "memory");
}

/* Checks all lists before any name is looked up. */
static bool
add_lists(struct access *access, struct list *lists, const struct options *o, struct error *err)
{
	bool good = true;

	for (size_t i = 0; i < o->access_count && good; i++) {
		access->restricted = access->restricted || !o->access[i].deny;
		good = read_list(&lists[i], access, &o->access[i], err) &&
		       add_list(&lists[i], o, true, err);
	}
	for (size_t i = 0; i < o->access_count && good; i++)
		good = add_list(&lists[i], o, false, err);
	return good;
}

bool
access_open(
    struct access *access, const struct options *o, struct observer *observer, struct error *err)
{
	struct list *lists = calloc(o->access_count + 1, sizeof(*lists));
	bool added;

	*access = (struct access){0};
	if (lists == NULL)
		return error_errno(err, FAULT_LOCAL, "memory");
	for (size_t i = 0; i < o->access_count; i++)
		lists[i].observer = observer;
	added = add_lists(access, lists, o, err);
	for (size_t i = 0; i < o->access_count; i++)
		free(lists[i].text);
	free(lists);
	return added;
}

void
access_close(struct access *access)
{
	acl_free(&access->allow);
	acl_free(&access->deny);
}

/* The user of the process that has connected to a unix socket (unix(7), SO_PEERCRED). */
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
