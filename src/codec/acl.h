#ifndef CODEC_ACL_H
#define CODEC_ACL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"

/*
 * Lists of whom to admit: addresses, networks ("10.0.0.0/8", "10.0.0.0/255.0.0.0", "2001:db8::/32",
 * "fe80::1%eth0" is refused), users of unix sockets ("uid:1000"), and names, which the caller looks
 * up.
 */

enum acl_kind { ACL_NETWORK, ACL_UID, ACL_NAME };

struct acl_entry {
	enum acl_kind kind;
	struct address network; /* its bits behind prefix are 0 */
	unsigned int prefix;    /* how many bits of the address count */
	bool had_host;          /* it was written with bits behind those that count */
	uint32_t uid;
};

struct acl {
	struct acl_entry *entries;
	size_t count, room;
};

/*
 * Takes the next word from *text (blanks, newlines, with or without CR, and commas separate; '#'
 * begins a comment that lasts to the end of the line). False at the end of the text; else *word and
 * *len, and *text is moved behind it.
 */
bool acl_word(const char **text, const char **word, size_t *len);

/*
 * What a word means. An IPv4-mapped IPv6 address or network of at least /96 is one of IPv4. False
 * with *why a short static text ("invalid address", "invalid prefix", "invalid mask", "prefix too
 * long", "prefix too short", "invalid uid", "invalid name"): names are of letters, digits, '-', '_'
 * and
 * '.', at most 255 bytes, and what looks like a number ("10.0.0", "0x7f000001") or has ':' or '/'
 * is no name. An ACL_NAME is the word itself; the entry has nothing of it.
 */
bool acl_parse(struct acl_entry *out, const char *word, size_t len, const char **why);

/* Adds an entry (a network or a uid). False with errno ENOMEM. */
bool acl_add(struct acl *, const struct acl_entry *);
/* Adds a single IP address, as names are looked up to. Its port and scope don't count. */
bool acl_add_address(struct acl *, const struct address *);
void acl_free(struct acl *);

/*
 * Whether somebody is on the list. An IPv4-mapped IPv6 address counts as IPv4, and is in no network
 * of IPv6, not even in "::/0". has_uid: it is a unix peer whose user is known.
 */
bool acl_match(const struct acl *, const struct address *, bool has_uid, uint32_t uid);

#endif
