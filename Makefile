# strait: make, make check, make install. V=1 shows the commands.

VERSION = 0.1.0
PREFIX = /usr/local
BINDIR = $(PREFIX)/bin
DATADIR = $(PREFIX)/share
CFLAGS = -O2 -g
PKG_CONFIG = pkg-config
BUILD = build

WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes
BSD_CFLAGS != $(PKG_CONFIG) --cflags libbsd 2>/dev/null
BSD_LIBS != $(PKG_CONFIG) --libs libbsd 2>/dev/null || echo -lbsd

STRAIT_CFLAGS = -std=c17 -D_GNU_SOURCE -Isrc -pthread $(WARNINGS) $(BSD_CFLAGS) \
	-DSTRAIT_VERSION='"$(VERSION)"' -DSTRAIT_SYSTEM='"$(SYSTEM)"'
SYSTEM != uname -s
# PORTABLE=1: nothing that Linux alone has.
STRAIT_CFLAGS += $(if $(PORTABLE),-DPORTABLE)
# SANITIZE=address,undefined
STRAIT_CFLAGS += $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer)

SOURCES = $(wildcard src/*.c src/*/*.c)
OBJECTS = $(SOURCES:src/%.c=$(BUILD)/%.o)
Q = $(if $(V),,@)

strait: $(OBJECTS)
	@echo "  LD $@"
	$(Q)$(CC) $(STRAIT_CFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $(OBJECTS) $(BSD_LIBS)

$(BUILD)/%.o: src/%.c
	@mkdir -p $(@D)
	@echo "  CC $<"
	$(Q)$(CC) $(STRAIT_CFLAGS) $(CFLAGS) $(CPPFLAGS) -MMD -MP -c -o $@ $<

-include $(OBJECTS:.o=.d)
