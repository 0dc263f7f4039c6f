# strait: make, make check, make install. V=1 shows the commands.

VERSION = 0.1.0
PREFIX = /usr/local
BINDIR = $(PREFIX)/bin
DATADIR = $(PREFIX)/share
MANDIR = $(DATADIR)/man
CFLAGS = -O2 -g
PKG_CONFIG = pkg-config
INSTALL = install

# Where a build goes: those of the checks have places of their own.
BUILD = build
PROGRAM = strait

WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes
BSD_CFLAGS = $(shell $(PKG_CONFIG) --cflags libbsd 2>/dev/null)
BSD_LIBS = $(shell $(PKG_CONFIG) --libs libbsd 2>/dev/null || echo -lbsd)
# libmd comes with libbsd, and computes digests where libcrypto is missing.
MD_LIBS = $(shell $(PKG_CONFIG) --libs libmd 2>/dev/null || echo -lmd)
# OpenSSL's libcrypto is loaded when it is needed. CRYPTO=0 leaves it out, CRYPTO=1 insists on it.
CRYPTO = $(shell $(PKG_CONFIG) --exists libcrypto 2>/dev/null && echo 1)
CRYPTO_CFLAGS = $(if $(filter-out 0,$(CRYPTO)),-DCRYPTO $(shell $(PKG_CONFIG) --cflags libcrypto 2>/dev/null))
# Before glibc 2.34 dlopen(3) is in a library of its own; BSD systems have none.
DL_LIBS = $(if $(and $(CRYPTO_CFLAGS),$(filter Linux,$(shell uname -s))),-ldl)
LIBS = $(MD_LIBS) $(BSD_LIBS) $(DL_LIBS)
# PORTABLE=1 leaves out what Linux alone has; SANITIZE=address,undefined.
FEATURES = $(if $(PORTABLE),-DPORTABLE)
FEATURES += $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer)
ALL_CFLAGS = -std=c17 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Isrc -pthread $(WARNINGS) $(FEATURES) $(BSD_CFLAGS) $(CRYPTO_CFLAGS) $(CFLAGS)

SOURCES = $(wildcard src/*.c src/*/*.c)
OBJECTS = $(SOURCES:src/%.c=$(BUILD)/%.o)
# LAYER_TEST=1: connections begin with the layers of tests/layer, which are added to the options.
LAYER_OBJECT = $(if $(LAYER_TEST),$(BUILD)/layer.o)
UNIT_SOURCES = $(wildcard tests/unit/*.c)
UNIT_TESTS = $(UNIT_SOURCES:tests/unit/%.c=$(BUILD)/unit/%)
# What unit tests are linked with: all but main.
UNITS = $(filter-out $(BUILD)/main.o,$(OBJECTS))
COMMA = ,
Q = $(if $(V),,@)
SAY = @echo " "

all: $(PROGRAM)

$(PROGRAM): $(OBJECTS) $(LAYER_OBJECT)
	$(SAY) LD $@
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $(if $(LAYER_TEST),-Wl$(COMMA)--wrap=options_parse) -o $@ \
	    $(OBJECTS) $(LAYER_OBJECT) $(LIBS)

# With "make deps ..." nothing is compiled before the compiler is there.
$(OBJECTS): $(BUILD)/%.o: src/%.c | $(filter deps,$(MAKECMDGOALS))
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) $(ALL_CFLAGS) $(CPPFLAGS) -DSTRAIT_VERSION='"$(VERSION)"' -MMD -MP -c -o $@ $<

$(LAYER_OBJECT): tests/layer/layer.c
	$(SAY) CC $<
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(UNIT_TESTS): $(BUILD)/unit/%: tests/unit/%.c $(UNITS)
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -o $@ $< $(UNITS) $(LIBS) -lcmocka

-include $(OBJECTS:.o=.d) $(LAYER_OBJECT:.o=.d) $(UNIT_TESTS:=.d)

include tests/targets.mk

install: $(PROGRAM)
	$(INSTALL) -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(MANDIR)/man1 $(COMPLETION_DIRS:%=$(DESTDIR)%)
	$(INSTALL) -m 755 $(PROGRAM) $(DESTDIR)$(BINDIR)/strait
	$(INSTALL) -m 644 man/strait.1 $(DESTDIR)$(MANDIR)/man1/strait.1
	./$(PROGRAM) --completion bash > $(DESTDIR)$(BASH_COMPLETION)
	./$(PROGRAM) --completion zsh > $(DESTDIR)$(ZSH_COMPLETION)
	./$(PROGRAM) --completion fish > $(DESTDIR)$(FISH_COMPLETION)

BASH_COMPLETION = $(DATADIR)/bash-completion/completions/strait
ZSH_COMPLETION = $(DATADIR)/zsh/site-functions/_strait
FISH_COMPLETION = $(DATADIR)/fish/vendor_completions.d/strait.fish
COMPLETION_DIRS = $(dir $(BASH_COMPLETION) $(ZSH_COMPLETION) $(FISH_COMPLETION))

uninstall:
	rm -f $(DESTDIR)$(BINDIR)/strait $(DESTDIR)$(MANDIR)/man1/strait.1 \
	    $(DESTDIR)$(BASH_COMPLETION) $(DESTDIR)$(ZSH_COMPLETION) $(DESTDIR)$(FISH_COMPLETION)

format:
	clang-format -i src/*.c src/*/*.[ch] tests/*/*.[ch]

clean:
	rm -rf build strait

.PHONY: all install uninstall format clean
