#include "base/traffic.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Code points are in the upper six bits. */
#define DSCP(n) ((n) << 2)

static const struct {
	const char *name;
	int value;
} classes[] = {
    /* RFC 1349, with the values of <netinet/ip.h> and nc. */
    {"lowdelay", 0x10},
    {"throughput", 0x08},
    {"reliability", 0x04},
    {"lowcost", 0x02},
    /* RFC 791. */
    {"netcontrol", 0xe0},
    {"inetcontrol", 0xc0},
    {"critical", 0xa0},
    {"cs0", DSCP(0)},
    {"cs1", DSCP(8)},
    {"cs2", DSCP(16)},
    {"cs3", DSCP(24)},
    {"cs4", DSCP(32)},
    {"cs5", DSCP(40)},
    {"cs6", DSCP(48)},
    {"cs7", DSCP(56)},
    {"af11", DSCP(10)},
    {"af12", DSCP(12)},
    {"af13", DSCP(14)},
    {"af21", DSCP(18)},
    {"af22", DSCP(20)},
    {"af23", DSCP(22)},
    {"af31", DSCP(26)},
    {"af32", DSCP(28)},
    {"af33", DSCP(30)},
    {"af41", DSCP(34)},
    {"af42", DSCP(36)},
    {"af43", DSCP(38)},
    {"va", DSCP(44)},
    {"ef", DSCP(46)},
    {"le", DSCP(1)},
};

static bool
is_number(const char *text)
{
	const bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *digits = text + (hex ? 2 : 0);
	const size_t len = strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789");

	return len > 0 && len <= 3 && digits[len] == '\0';
}

bool
traffic_class_parse(long long *out, const char *text)
{
	long value;

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (strcasecmp(text, classes[i].name) == 0) {
			*out = classes[i].value;
			return true;
		}
	if (!is_number(text))
		return false;
	value = strtol(text, NULL, text[1] == 'x' || text[1] == 'X' ? 16 : 10);
	if (value > 255)
		return false;
	*out = value;
	return true;
}

const char *
traffic_class_name(size_t i)
{
	return i < sizeof(classes) / sizeof(classes[0]) ? classes[i].name : NULL;
}
