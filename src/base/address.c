#include "base/address.h"

#define LIBBSD_OPENBSD_VIS /* chooses between two versions of strnvis(3), unused here */

#include <bsd/string.h>
#include <bsd/vis.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#define PATH_OFFSET offsetof(struct sockaddr_un, sun_path)
#define PATH_SIZE sizeof(((struct sockaddr_un *)0)->sun_path)

int
address_family(const struct address *address)
{
	return address->to.any.sa_family;
}

struct address
address_unmapped(const struct address *address)
{
	struct address plain = {.len = sizeof(plain.to.ip4)};

	if (address_family(address) != AF_INET6 ||
	    !IN6_IS_ADDR_V4MAPPED(&address->to.ip6.sin6_addr))
		return *address;
	plain.to.ip4.sin_family = AF_INET;
	plain.to.ip4.sin_port = address->to.ip6.sin6_port;
	memcpy(&plain.to.ip4.sin_addr, &address->to.ip6.sin6_addr.s6_addr[12], 4);
	return plain;
}

static char *
local_text(char buf[static ADDRESS_TEXT], const struct address *address)
{
	const char *name = address->to.local.sun_path;
	size_t len = address->len > PATH_OFFSET ? address->len - PATH_OFFSET : 0;

	len = len < PATH_SIZE ? len : PATH_SIZE;

	if (!address_named(address)) {
		strlcpy(buf, "(unnamed)", ADDRESS_TEXT);
	} else if (name[0] == '\0') {
		buf[0] = '@';
		strvisx(buf + 1, name + 1, len - 1, VIS_OCTAL | VIS_CSTYLE | VIS_NL | VIS_TAB);
	} else {
		strvisx(buf, name, strnlen(name, len), VIS_OCTAL | VIS_CSTYLE | VIS_NL | VIS_TAB);
	}
	return buf;
}

char *
address_host(char buf[static ADDRESS_TEXT], const struct address *address)
{
	const struct address plain = address_unmapped(address);

	if (address_family(address) == AF_UNIX)
		return local_text(buf, address);
	if (getnameinfo(&plain.to.any, plain.len, buf, ADDRESS_TEXT, NULL, 0, NI_NUMERICHOST) != 0)
		strlcpy(buf, "(unknown)", ADDRESS_TEXT);
	return buf;
}

char *
address_text(char buf[static ADDRESS_TEXT], const struct address *address)
{
	size_t used;

	address_host(buf, address);
	if (address_family(address) != AF_UNIX) {
		used = strlen(buf);
		snprintf(buf + used, ADDRESS_TEXT - used, " %u", address_port(address));
	}
	return buf;
}

uint16_t
address_port(const struct address *address)
{
	switch (address_family(address)) {
	case AF_INET:
		return ntohs(address->to.ip4.sin_port);
	case AF_INET6:
		return ntohs(address->to.ip6.sin6_port);
	default:
		return 0;
	}
}

void
address_set_port(struct address *address, uint16_t port)
{
	if (address_family(address) == AF_INET)
		address->to.ip4.sin_port = htons(port);
	else if (address_family(address) == AF_INET6)
		address->to.ip6.sin6_port = htons(port);
}

void
address_received(struct address *address, socklen_t len)
{
	/* For a path of the maximum length, Linux counts a NUL that is not in sun_path. */
	address->len = len < sizeof(address->to.local) ? len : sizeof(address->to.local);
	if (len == 0) {
		address->to.any.sa_family = AF_UNIX;
		address->len = PATH_OFFSET;
	}
}

bool
address_equal(const struct address *a, const struct address *b)
{
	return a->len == b->len && memcmp(&a->to, &b->to, a->len) == 0;
}

/* FNV-1a, <http://www.isthe.com/chongo/tech/comp/fnv/>. */
uint32_t
address_hash(const struct address *address)
{
	const unsigned char *bytes = (const unsigned char *)&address->to;
	uint32_t hash = UINT32_C(2166136261);

	for (socklen_t i = 0; i < address->len; i++)
		hash = (hash ^ bytes[i]) * UINT32_C(16777619);
	return hash;
}

bool
address_named(const struct address *address)
{
	return address_family(address) != AF_UNIX || address->len > PATH_OFFSET;
}

bool
address_local(struct address *out, const char *path, size_t *max)
{
	const size_t len = strlen(path);
	const bool abstract = path[0] == '@';

	*max = PATH_SIZE;
#if !defined(__linux__) || defined(PORTABLE)
	if (abstract) {
		*max = 0;
		return false;
	}
#endif
	if (len == 0 || len > PATH_SIZE || (abstract && len == 1))
		return false;
	memset(out, 0, sizeof(*out));
	out->to.local.sun_family = AF_UNIX;
	memcpy(out->to.local.sun_path, path, len);
	if (abstract)
		out->to.local.sun_path[0] = '\0';
	/* A path that fills sun_path needs no NUL; in an abstract name it would be part of it. */
	out->len = (socklen_t)(PATH_OFFSET + len + (!abstract && len < PATH_SIZE));
	return true;
}
