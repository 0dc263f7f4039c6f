#ifndef CODEC_ACL_H
#define CODEC_ACL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"

/*
 * Access lists: addresses, networks ("10.0.0.0/8", "10.0.0.0/255.0.0.0", "2001:db8::/32"), users of
 * unix sockets ("uid:1000"), and host names, which the caller looks up. Addresses with a scope
 * ("fe80::1%eth0") are rejected.
 */

enum acl_kind { ACL_NETWORK, ACL_UID, ACL_NAME };

struct acl_entry {
	enum acl_kind kind;
	struct address network; /* bits after the prefix are 0 */
	unsigned int prefix;    /* in bits */
	bool had_host;          /* bits after the prefix were not 0 in the text */
	uint32_t uid;
};

struct acl {
	struct acl_entry *entries;
	size_t count, room;
};

/*
 * Sets *word and *len to the next word of *text, and moves *text past it; false at the end of the
 * text. Blanks, newlines (with or without CR) and commas separate words; '#' begins a comment that
 * ends with the line.
 */
bool acl_word(const char **text, const char **word, size_t *len);

/*
 * Parses a word. An IPv4-mapped IPv6 address, or such a network of at least /96, becomes IPv4. A
 * name has letters, digits, '-', '_' and '.', and at most 255 bytes; a word that looks like a
 * number
 * ("10.0.0", "0x7f000001") or contains ':' or '/' is not a name. Of an ACL_NAME the entry holds
 * only the kind: the name is the word. On failure *why is a short static text ("invalid address",
 * "invalid prefix", "invalid mask", "prefix too long", "prefix too short", "invalid uid", "invalid
 * name").
 */
bool acl_parse(struct acl_entry *out, const char *word, size_t len, const char **why);

/* Adds an entry (a network or a uid). On failure errno is ENOMEM. */
bool acl_add(struct acl *, const struct acl_entry *);
/* Adds a single IP address, such as one of a name. Its port and scope are ignored. */
bool acl_add_address(struct acl *, const struct address *);
void acl_free(struct acl *);

/*
 * Whether a peer is on the list. An IPv4-mapped IPv6 address is treated as IPv4, and matches no
 * IPv6 network, not even "::/0". has_uid: uid is the user of a unix peer.
 */
bool acl_match(const struct acl *, const struct address *, bool has_uid, uint32_t uid);

#endif
