#include "base/clock.h"
#include "run.h"

/* The kinds of ends there are. */
#define MUCH ((size_t)40000)
#define LITTLE ((size_t)200)
#define LONGEST ((size_t)300)
#define STDIO .reader = true, .much = MUCH
#define PIPES .reader = true, .much = MUCH, .bare = true, .pipe = true
#define FILES .much = MUCH, .whole = true, .piece = (size_t)1 << 20
#define TEXTS .reader = true, .much = LITTLE
#define TCP .socket = true, .acks = true, .low_water = true, .bare = true, .much = MUCH
#define TCP_TEXTS .socket = true, .acks = true, .much = LITTLE
#define UNIX .socket = true, .bare = true, .much = MUCH
#define UDP                                                                                        \
	.socket = true, .endless = true, .messages = true, .much = LONGEST, .send_max = LONGEST,   \
	.receive_max = LONGEST
#define SEQPACKET                                                                                  \
	.socket = true, .messages = true, .divisible = true, .much = LONGEST, .send_max = LONGEST, \
	.receive_max = LONGEST
#define NEVER .idle = -1, .quit = -1, .input_timeout = -1
#define RELAY NEVER, .near_is_peer = true

const struct conversation conversations[] = {
    {"copy", {STDIO}, {TCP}, .rules = {NEVER, .copy = true}},
    {"copy-waiting", {STDIO, .waits = true}, {TCP, .waits = true}, .rules = {NEVER, .copy = true}},
    {"straight", {PIPES}, {TCP}, .rules = {NEVER}},
    {"straight-unix", {PIPES, .waits = true}, {UNIX}, .rules = {NEVER}},
    {"pipe", {STDIO, .bare = true}, {TCP}, .rules = {NEVER}},
    {"file", {FILES}, {TCP}, .rules = {NEVER}},
    {"terminal", {STDIO}, {TCP}, .rules = {NEVER, .near_follows = true}},
    {"one-way", {PIPES}, {UNIX}, .rules = {NEVER, .one_way = true}},
    {"begin", {PIPES}, {TCP}, .rules = {.idle = -1, .quit = -1, .input_timeout = 10 * CLOCK_S}},
    {"hold", {STDIO}, {TCP}, .rules = {NEVER, .hold = true}},
    {"send-only", {STDIO}, {TCP}, .rules = {NEVER, .sent_is_all = true}},
    {"quit", {STDIO}, {TCP}, .rules = {.idle = -1, .quit = 5 * CLOCK_S, .input_timeout = -1}},
    {"idle", {STDIO}, {TCP}, .rules = {.idle = 3 * CLOCK_S, .quit = -1, .input_timeout = -1}},
    {"child", {PIPES, .careless = true}, {TCP}, .rules = {NEVER}},
    {"shared", {STDIO, .unpolled = true}, {TCP}, .rules = {NEVER}, .leaves = true},
    {"leaving", {PIPES}, {TCP}, .rules = {NEVER}, .leaves = true},
    {"relay-copy", {TCP}, {TCP}, .rules = {RELAY, .copy = true}},
    {"relay", {TCP}, {TCP}, .rules = {RELAY}},
    {"relay-unix", {UNIX}, {TCP}, .rules = {RELAY}, .leaves = true},
    {"relay-idle", {UNIX}, {UNIX},
	.rules =
	    {.idle = 3 * CLOCK_S, .quit = 5 * CLOCK_S, .input_timeout = -1, .near_is_peer = true}},
    {"tapped", {PIPES}, {TCP}, .rules = {NEVER, .tapped = true}},
    {"closing", {STDIO}, {TCP, .slow = true}, .rules = {NEVER}},
    {"relay-closing", {UNIX, .slow = true}, {TCP, .slow = true}, .rules = {RELAY}},
    {"crlf", {TEXTS}, {TCP_TEXTS}, CONTENTS_LINES, .rules = {NEVER, .crlf = true}},
    {"delay", {TEXTS}, {TCP_TEXTS}, CONTENTS_LINES, .rules = {NEVER, .delay = CLOCK_S}},
    {"telnet", {TEXTS}, {TCP_TEXTS}, CONTENTS_LINES, CONTENTS_TELNET,
	.rules = {NEVER, .telnet = true}},
    {"telnet-all", {TEXTS, .waits = true}, {TCP_TEXTS, .waits = true}, CONTENTS_LINES,
	CONTENTS_TELNET,
	.rules = {.idle = 5 * CLOCK_S,
	    .quit = -1,
	    .input_timeout = -1,
	    .hold = true,
	    .crlf = true,
	    .telnet = true,
	    .delay = CLOCK_S}},
    {"udp", {STDIO}, {UDP},
	.rules = {.idle = -1, .quit = CLOCK_S, .input_timeout = -1, .datagrams = true}},
    {"udp-idle", {FILES}, {UDP},
	.rules = {.idle = 2 * CLOCK_S, .quit = CLOCK_S, .input_timeout = -1, .datagrams = true}},
    {"udp-skip_too_long", {UDP}, {UDP},
	.rules = {.idle = 3 * CLOCK_S,
	    .quit = CLOCK_S,
	    .input_timeout = -1,
	    .datagrams = true,
	    .skip_too_long = true,
	    .near_datagrams = true,
	    .near_is_peer = true}},
    {"udp-lines", {TEXTS, .marks = MARKS_LINES}, {UDP}, CONTENTS_LINES,
	.rules = {.idle = -1, .quit = CLOCK_S, .input_timeout = -1, .datagrams = true}},
    {"udp-crlf", {TEXTS}, {UDP}, CONTENTS_LINES,
	.rules =
	    {.idle = -1, .quit = CLOCK_S, .input_timeout = -1, .datagrams = true, .crlf = true}},
    {"udp-delay", {TEXTS, .marks = MARKS_TEXT}, {UDP}, CONTENTS_LINES,
	.rules = {.idle = -1,
	    .quit = CLOCK_S,
	    .input_timeout = -1,
	    .datagrams = true,
	    .delay = CLOCK_S}},
    {"udp-some", {TEXTS}, {UDP},
	.rules =
	    {.idle = -1, .quit = CLOCK_S, .input_timeout = -1, .datagrams = true, .messages = 2}},
    {"udp-unanswered", {STDIO}, {UDP},
	.rules = {.idle = -1,
	    .quit = CLOCK_S,
	    .input_timeout = -1,
	    .datagrams = true,
	    .far_unanswered = true}},
    {"seqpacket", {STDIO}, {SEQPACKET}, .rules = {NEVER}},
    {"seqpacket-lines", {TEXTS, .marks = MARKS_LINES}, {SEQPACKET}, CONTENTS_LINES,
	.rules = {NEVER, .crlf = true}},
    {"seqpacket-frames", {TEXTS, .marks = MARKS_FRAMES}, {SEQPACKET}, CONTENTS_FRAMES,
	.rules = {NEVER}},
    {"seqpacket-relay", {SEQPACKET}, {SEQPACKET}, .rules = {RELAY}},
    {"seqpacket-udp", {SEQPACKET}, {UDP},
	.rules = {.idle = -1,
	    .quit = CLOCK_S,
	    .input_timeout = -1,
	    .datagrams = true,
	    .near_is_peer = true}},
    {"frames", {TEXTS, .marks = MARKS_FRAMES}, {TCP_TEXTS, .marks = MARKS_FRAMES}, CONTENTS_FRAMES,
	CONTENTS_FRAMES, .rules = {NEVER}},
    {"frames-some", {TEXTS, .marks = MARKS_LINES}, {TCP_TEXTS, .marks = MARKS_FRAMES},
	CONTENTS_LINES, CONTENTS_FRAMES, .rules = {NEVER, .messages = 2}},
    {"limit", {STDIO}, {TCP}, .rules = {NEVER, .copy = true, .rate = 20000}},
    {"limit-straight", {PIPES}, {TCP}, .rules = {NEVER, .rate = 100000}},
    {"limit-splice", {UNIX}, {TCP}, .rules = {RELAY, .rate = 100000}, .leaves = true},
    {"limit-shared", {STDIO, .unpolled = true}, {TCP}, .rules = {NEVER, .rate = 20000},
	.leaves = true},
    {"limit-one-way", {PIPES}, {UNIX}, .rules = {NEVER, .one_way = true, .rate = 100000}},
    {"limit-idle", {TEXTS}, {TCP_TEXTS},
	.rules = {.idle = CLOCK_S / 2, .quit = 5 * CLOCK_S, .input_timeout = -1, .rate = 1}},
    {"limit-crlf", {TEXTS}, {TCP_TEXTS}, CONTENTS_LINES,
	.rules = {NEVER, .crlf = true, .rate = 100}},
    {"limit-udp", {TEXTS}, {UDP},
	.rules = {.idle = 2 * CLOCK_S,
	    .quit = CLOCK_S,
	    .input_timeout = -1,
	    .datagrams = true,
	    .rate = 100}},
    {"limit-frames", {TEXTS, .marks = MARKS_FRAMES}, {TCP_TEXTS, .marks = MARKS_FRAMES},
	CONTENTS_FRAMES, CONTENTS_FRAMES, .rules = {NEVER, .rate = 100}},
    {"frames-relay", {TCP_TEXTS, .marks = MARKS_FRAMES}, {SEQPACKET}, CONTENTS_FRAMES,
	.rules = {RELAY}},
};

const size_t conversations_count = sizeof(conversations) / sizeof(conversations[0]);
