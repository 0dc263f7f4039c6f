#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>

/* Keys of options that have no letter. */
enum {
	KEY_NONE = 0,
	KEY_SEQPACKET = 256,
	KEY_NO_SHUTDOWN,
	KEY_WAIT,
	KEY_IDLE_TIMEOUT,
	KEY_SEND_ONLY,
	KEY_INTERFACE,
	KEY_NODELAY,
	KEY_KEEPALIVE,
	KEY_USER_TIMEOUT,
	KEY_CONGESTION,
	KEY_MARK,
	KEY_MPTCP,
	KEY_FASTOPEN,
	KEY_BACKLOG,
	KEY_MULTICAST,
	KEY_MULTICAST_TTL,
	KEY_MULTICAST_LOOP,
	KEY_MODE,
	KEY_PROBE,
	KEY_RETRY,
	KEY_LINES,
	KEY_FRAMES,
	KEY_DATAGRAM_SIZE,
	KEY_MAX_CONNS,
	KEY_SH_EXEC,
	KEY_TO,
	KEY_BROKER,
	KEY_CHAT,
	KEY_ALLOW,
	KEY_ALLOWFILE,
	KEY_DENY,
	KEY_DENYFILE,
	KEY_INHERIT,
	KEY_PROGRESS,
	KEY_SIZE,
	KEY_STATS,
	KEY_DIGEST,
	KEY_EXPECT,
	KEY_HEX_DUMP,
	KEY_OUTPUT,
	KEY_OUTPUT_SENT,
	KEY_OUTPUT_RECEIVED,
	KEY_APPEND_OUTPUT,
	KEY_PCAP,
	KEY_JSON,
	KEY_VISIBLE,
	KEY_RATE,
	KEY_RATE_IN,
	KEY_RATE_OUT,
	KEY_TRACE,
	KEY_COMPLETION,
	KEY_VERSION,
	KEY_REFUSED, /* all rows of TYPE_REFUSED that have a name */
};

enum option_type {
	TYPE_FLAG,        /* bool: set to true */
	TYPE_COUNT,       /* int: one more each time */
	TYPE_NUMBER,      /* long long: min to max */
	TYPE_SIZE,        /* long long of bytes: min to max */
	TYPE_DURATION,    /* int64_t of nanoseconds: min to max; may be negative if min is */
	TYPE_PERIOD,      /* the same; without a value it is CLOCK_NEVER */
	TYPE_CLASS,       /* long long: a traffic class */
	TYPE_PERMISSIONS, /* long long */
	TYPE_TEXT,        /* const char *: at least min bytes */
	TYPE_CHOICE,      /* const char *: one of the words of argument, separated by '|' */
	TYPE_WORD,        /* the same; without a value it is "", which means the first word */
	TYPE_COMMAND,     /* const char *: a program and its arguments */
	TYPE_ACCESS,      /* adds an access rule; min is its kind, see below */
	TYPE_DESCRIPTOR,  /* long long; without a value it is INHERIT_MANAGED */
	/*
	 * An option of other tools that is not supported, or whose meaning differs between them:
	 * help says which. A name also matches all longer names that begin with it.
	 */
	TYPE_REFUSED,
};

enum option_group {
	GROUP_TALK,
	GROUP_END,
	GROUP_WAYS,
	GROUP_SERVE,
	GROUP_WATCH,
	GROUP_SOCKET,
	GROUP_ABOUT,
	GROUP_COUNT,
	GROUP_NONE /* not shown */
};

/* What completions offer for a value, apart from the words of a TYPE_CHOICE or TYPE_WORD. */
enum option_values {
	VALUES_NONE,
	VALUES_FILES,
	VALUES_COMMANDS,
	VALUES_INTERFACES,
	VALUES_CONGESTION,
	VALUES_SERVICES,
	VALUES_COUNT
};

/* The most keys that an option can need or exclude. */
#define KEYS 10

/* One row of the table of options. */
struct option_row {
	int key;          /* a letter, or one of the keys above */
	const char *name; /* the long name, or NULL */
	enum option_type type;
	size_t offset;        /* into struct options */
	const char *argument; /* the name of the value in help; NULL: takes no value */
	enum option_values values;
	long long min, max;
	short needs[KEYS];     /* requires one of these */
	short needs_too[KEYS]; /* and one of these */
	short excludes[KEYS];  /* cannot be combined with these; stated in one of the two rows */
	enum option_group group;
	const char *help; /* may have several lines */
};

/*
 * The master copy of the options: getopt's strings, the checks, the help and the completions are
 * made from it, and the manual is tested against it. Ends with a row whose key is KEY_NONE.
 */
extern const struct option_row option_table[];

/* The headings of the groups, in the order of the help. */
extern const char *const option_groups[GROUP_COUNT];

/* The values of min for TYPE_ACCESS. */
enum { ACCESS_ALLOW, ACCESS_ALLOWFILE, ACCESS_DENY, ACCESS_DENYFILE };

/* Whether an option's value is optional. */
bool option_may_lack_value(const struct option_row *);

/* Whether help and completions show a row. */
bool option_shown(const struct option_row *);

/* The row of a key, or NULL. */
const struct option_row *option_find(int key);

/* The spelling of an option in messages: "-w", or "--wait" if it has no letter. Returns buf. */
char *option_spelling(char buf[static 32], const struct option_row *);

#endif
