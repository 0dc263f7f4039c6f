# The targets that check strait, and that install what a check needs.

DEPS = gcc libc6-dev libbsd-dev libmd-dev libssl-dev pkg-config
DEPS_CHECK = bats bats-support bats-assert libcmocka-dev python3 parallel procps util-linux \
	netbase netcat-openbsd ncat socat iproute2 systemd nftables strace valgrind clang clang-format \
	universal-ctags binutils mandoc shellcheck bash-completion zsh fish libclang-rt-dev \
	jq python3-jsonschema

# Real servers for one-liners to talk to: installing them may start them.
DEPS_SERVERS = openssh-server openssh-client redis-server redis-tools memcached haproxy rsyslog \
	python3-aiosmtpd busybox

# What reads the captures that strait writes.
DEPS_CAPTURES = tshark tcpdump xxd

# Says what is missing and installs it; what only tests need, when these are to be made.
deps:
	@tests/deps.sh $(DEPS) $(if $(filter check%,$(MAKECMDGOALS)),$(DEPS_CHECK)) \
	    $(if $(filter check-more,$(MAKECMDGOALS)),$(DEPS_SERVERS) $(DEPS_CAPTURES))

demo: $(PROGRAM)
	@tests/demo.sh ./$(PROGRAM)

# How many tests at once: most of them wait.
JOBS = 12
SERVING = $(addprefix tests/,commands.bats crowds.bats finished.bats inherit.bats relays.bats rooms.bats serving.bats)
# As important as the quick ones, and too much for two minutes.
SLOWER = $(addprefix tests/,descriptors.bats idle.bats)
# What shows or keeps a conversation: a part of it runs with other builds, too.
RECORDING = $(addprefix tests/,digest.bats json.bats recording.bats visible.bats)
WATCHING = $(RECORDING) $(addprefix tests/,pcap.bats progress.bats rate.bats stats.bats trace.bats)
MORE = $(SERVING) $(SLOWER) $(WATCHING) $(addprefix tests/,lint.bats matrix.bats multicast.bats oneliners.bats retry.bats \
	scan.bats settings.bats source.bats splice.bats tcp.bats)
MANY_TESTS = $(sort $(wildcard tests/*-many.bats))
LONG = tests/faults.bats tests/layers.bats tests/huge.bats tests/short.bats $(MANY_TESTS) $(MORE)
QUICK = $(filter-out $(LONG),$(sort $(wildcard tests/*.bats)))
RUN = JOBS=$(JOBS) tests/run.sh

# Of the command line more than of what follows: one build is enough (its parser is fuzzed with the
# sanitizers). And what waits most of the time is not run again on a slow build.
ONCE = $(addprefix tests/,house.bats listening.bats options.bats ports.bats)
WAITING = $(addprefix tests/,connecting.bats idle.bats timeouts.bats)

# The quick suite.
check: $(PROGRAM) $(UNIT_TESTS)
	@STRAIT=$(CURDIR)/$(PROGRAM) $(RUN) $(UNIT_TESTS) $(QUICK)

# What goes further: every option everywhere, serving and watching in all ways, splicing, settings of
# sockets, nc's one-liners.
check-more: $(PROGRAM)
	@STRAIT=$(CURDIR)/$(PROGRAM) $(RUN) $(MORE)

# Very many ports, lines and frames.
check-many: $(PROGRAM)
	@STRAIT=$(CURDIR)/$(PROGRAM) JOBS=2 tests/run.sh $(MANY_TESTS)

# The quick suite with other builds, in places of their own.
check-asan:
	@$(MAKE) BUILD=build/asan PROGRAM=build/asan/strait SANITIZE=address,undefined \
	    CFLAGS='-O1 -g' JOBS=$(JOBS) SLOW=1 LIMIT=60 \
	    QUICK='$(filter-out $(ONCE) $(WAITING) %/inherit.bats,$(QUICK) $(SLOWER) $(SERVING) $(RECORDING)) tests/splice.bats' check

check-portable:
	@$(MAKE) BUILD=build/portable PROGRAM=build/portable/strait PORTABLE=1 JOBS=$(JOBS) \
	    QUICK='$(filter-out $(ONCE),$(QUICK) $(SLOWER)) $(addprefix tests/,progress.bats rate.bats recording.bats)' check

# All streams copied: those tests for which that makes a difference.
COPY = $(addprefix tests/,ends.bats splice.bats ways.bats)

check-copy:
	@STRAIT_NO_SPLICE=1 $(MAKE) JOBS=$(JOBS) QUICK='$(COPY)' check

check-valgrind: $(PROGRAM)
	@SLOW=1 LIMIT=120 STRAIT="valgrind -q --error-exitcode=99 --leak-check=full \
	    --show-leak-kinds=definite --errors-for-leak-kinds=definite $(CURDIR)/$(PROGRAM)" $(RUN) $(QUICK)

# The transfers, larger.
check-big: $(PROGRAM)
	@SIZE=$$((64 << 20)) LIMIT=60 STRAIT=$(CURDIR)/$(PROGRAM) JOBS=4 tests/run.sh \
	    tests/ways.bats tests/peers.bats

# Each system call fails once.
check-faults: $(PROGRAM)
	@STRAIT=$(CURDIR)/$(PROGRAM) $(RUN) tests/faults.bats

# What comes before a conversation: tests have layers of their own, in a build of its own.
check-layers:
	@$(MAKE) BUILD=build/layer PROGRAM=build/layer/strait LAYER_TEST=1 QUICK=tests/layers.bats \
	    UNIT_TESTS= check

# A build without libcrypto, in which libmd computes digests.
check-libmd:
	@$(MAKE) BUILD=build/libmd PROGRAM=build/libmd/strait CRYPTO=0 JOBS=$(JOBS) QUICK=tests/digest.bats \
	    UNIT_TESTS=build/libmd/unit/digest check

# Splices fail, or fall short.
check-splice: $(PROGRAM) $(BUILD)/splice.so
	@STRAIT=$(CURDIR)/$(PROGRAM) $(RUN) tests/short.bats

$(BUILD)/splice.so: tests/preload/splice.c | $(filter deps,$(MAKECMDGOALS))
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) $(ALL_CFLAGS) -fPIC -shared -o $@ $<

# SIZE bytes, 20 GiB unless it is set, through every way that is spliced; a disk for twice as many.
check-huge: $(PROGRAM)
	@STRAIT=$(CURDIR)/$(PROGRAM) JOBS=1 tests/run.sh tests/huge.bats

# Fuzzers look for inputs that break what they check, each for so many seconds.
SECONDS = 10
FUZZERS = $(patsubst tests/fuzz/%.c,$(BUILD)/%,$(wildcard tests/fuzz/*.c))

check-fuzz:
	@$(MAKE) CC=clang BUILD=$(BUILD)/fuzz SANITIZE=fuzzer-no-link,address,undefined \
	    CFLAGS='-O1 -g' SECONDS=$(SECONDS) fuzz

# The second half of check-fuzz: its build has a place of its own.
fuzz: $(FUZZERS)
	@tests/fuzz/run.sh $(SECONDS) $(FUZZERS)

# What is kept of inputs is what reaches something that no other one does. To take new ones in, put
# them into tests/fuzz/corpus/NAME first.
fuzz-minimize:
	@$(MAKE) CC=clang BUILD=$(BUILD)/fuzz SANITIZE=fuzzer-no-link,address,undefined CFLAGS='-O1 -g' minimize

minimize: $(FUZZERS)
	@tests/fuzz/minimize.sh $(FUZZERS)

$(FUZZERS): $(BUILD)/%: tests/fuzz/%.c $(UNITS)
	$(SAY) CC $<
	$(Q)$(CC) $(ALL_CFLAGS) -fsanitize=fuzzer -MMD -MP -o $@ $< $(UNITS) $(LIBS)

-include $(FUZZERS:=.d)

# The pump between ends that act a script, without a kernel: what can happen, for so many seconds.
SIM_SECONDS = 60
SIM_OBJECTS = $(filter-out $(BUILD)/pump/tap_%.o,$(filter $(addprefix $(BUILD)/,base/% codec/% pump/% net/end.o),$(OBJECTS)))
SIM_WRAPS = clock_now splice read recv malloc calloc realloc free

check-sim: $(BUILD)/sim
	@SIM_SECONDS=$(SIM_SECONDS) $(RUN) $<

# Not beside the program's objects, which the checks of the house look at.
SIM_TESTS = $(patsubst tests/sim/%.c,$(BUILD)/unit/sim/%.o,$(wildcard tests/sim/*.c))

$(SIM_TESTS): $(BUILD)/unit/sim/%.o: tests/sim/%.c | $(filter deps,$(MAKECMDGOALS))
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

-include $(SIM_TESTS:.o=.d)

$(BUILD)/sim: $(SIM_TESTS) $(SIM_OBJECTS)
	$(SAY) LD $@
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(SIM_WRAPS:%=-Wl,--wrap=%) $(LIBS)

# Each bug that is kept there is planted, and has to be found.
check-bugs:
	@$(RUN) tests/sim/bugs.sh

# No compiler warns.
check-warnings:
	@$(MAKE) CC=gcc BUILD=build/gcc PROGRAM=build/gcc/strait CFLAGS='-O2 -Werror'
	@$(MAKE) CC=clang BUILD=build/clang PROGRAM=build/clang/strait CFLAGS='-O2 -Werror'
	@$(MAKE) CC=clang BUILD=build/clang-portable PROGRAM=build/clang-portable/strait PORTABLE=1 \
	    CFLAGS='-O2 -Werror'

# strait beside other tools: tests/bench/bench.py says what can be set. Another strait than the
# one that is built here: STRAIT=path.
DEPS_BENCH = netcat-openbsd ncat socat haproxy iperf3 gnuplot-nox python3
HELPERS = $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/*.c))

deps-bench:
	@tests/deps.sh $(DEPS) $(DEPS_BENCH)

bench: $(if $(STRAIT),,$(PROGRAM)) $(HELPERS)
	@STRAIT=$(or $(STRAIT),$(CURDIR)/$(PROGRAM)) HELPERS=$(CURDIR)/$(BUILD)/bench \
	    python3 -B tests/bench/bench.py

$(OBJECTS) $(HELPERS): | $(filter deps-bench,$(MAKECMDGOALS))

$(HELPERS): $(BUILD)/bench/%: tests/bench/%.c $(wildcard tests/bench/*.h)
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $<

# The same of serving: tests/bench/serving.py.
bench-serving: $(if $(STRAIT),,$(PROGRAM)) $(HELPERS)
	@STRAIT=$(or $(STRAIT),$(CURDIR)/$(PROGRAM)) HELPERS=$(CURDIR)/$(BUILD)/bench \
	    python3 -B tests/bench/serving.py

# Servers of all kinds, and clients that do what they like: tests/soak.py says what can be set.
soak: $(PROGRAM)
	@STRAIT=$(CURDIR)/$(PROGRAM) python3 -B tests/soak.py

export SLOW LIMIT BUILD
.PHONY: deps demo check check-more check-many check-asan check-portable check-valgrind check-big check-faults \
	check-copy check-layers check-libmd check-splice check-huge check-sim check-bugs check-fuzz fuzz fuzz-minimize minimize check-warnings deps-bench bench bench-serving soak
