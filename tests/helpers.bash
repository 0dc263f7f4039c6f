# Shared by all tests. Each test runs in a directory of its own, $PWD.
#
#   strait ARGS...             in the foreground, under the time limit
#   start NAME COMMAND...      in the background: NAME.out, NAME.err, and NAME.status at its end;
#                              its input is NAME.in if there is such a file, else the caller's
#   listen NAME ARGS...        start strait -l, and wait until it listens: sets PORT
#   peer NAME ARGS...          start peer.py (see there); sets PORT if it listens
#   finish NAME [STATUS]       wait for its end, and check its exit status (0)
#   eventually COMMAND...      until it succeeds; fails after LIMIT seconds
#
# A file may define suits, which skips all of its tests where they make no sense.

bats_require_minimum_version 1.5.0

# What bats_load_library does, without a process for each of the libraries' files: it is done again
# for every test.
load_library() { # NAME
	local places place file
	IFS=: read -ra places <<<"$BATS_LIB_PATH"
	for place in "${places[@]}"; do
		[[ -d $place/$1/src ]] || continue
		# shellcheck disable=SC1090
		for file in "$place/$1"/src/*.bash; do source "$file"; done
		return
	done
	echo "there is no $1 in $BATS_LIB_PATH" >&2
	exit 1
}
load_library bats-support
load_library bats-assert

TESTS=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
ROOT=${TESTS%/*}
# What is tested; may be several words, such as valgrind and its options.
# (bats loads this twice, and arrays are not inherited.)
export STRAIT_WORDS=${STRAIT_WORDS:-${STRAIT:-$ROOT/strait}}
read -ra STRAIT <<<"$STRAIT_WORDS"
# Seconds after which a command is taken to hang. Slower builds are given more.
LIMIT=${LIMIT:-20}

# shellcheck source=tests/domains.bash
source "$TESTS/domains.bash"

setup() {
	if [[ $BATS_TEST_DESCRIPTION =~ (^| )@[a-z] ]]; then
		echo "rows are written out first: tests/run.sh [-f REGEX] FILE" >&2
		return 1
	fi
	cd "$BATS_TEST_TMPDIR" || return
	export HOME=$PWD TMPDIR=$PWD LC_ALL=C.UTF-8
	export PATH=/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin:/usr/local/bin
	STARTED=()
	note_only_failures
	if declare -F suits >/dev/null; then suits; fi
}

# bats notes every line that runs, to tell which one has failed, and takes more time for that than most
# tests take. To note it when a line fails (ERR) is enough.
note_only_failures() {
	set +T
	trap 'bats_error_trap; note_failure; trap - DEBUG' ERR
}
note_failure() {
	bats_capture_stack_trace
	# shellcheck disable=SC2034 # bats asks for it
	BATS_DEBUG_LAST_STACK_TRACE_IS_VALID=1
}

teardown() {
	local pid
	for pid in "${STARTED[@]}"; do
		kill -KILL -- "-$pid" 2>/dev/null || :
	done
}

strait() {
	timeout -k 1 "$LIMIT" "${STRAIT[@]}" "$@" 3>&-
}

# A moment, without a process: nothing ever comes from a pipe to oneself.
exec {QUIET}<> <(:)
moment() {
	read -rt 0.01 -u "$QUIET" || :
}

now_ms() {
	echo $((${EPOCHREALTIME/./} / 1000))
}

# What has happened since clock_start took so many milliseconds at least, and less than LIMIT, where
# the build is not slow.
clock_start() {
	CLOCK=$(now_ms)
}
assert_took() { # LEAST [LIMIT]
	local ms=$(($(now_ms) - CLOCK))
	echo "took $ms ms" >&2
	((ms >= $1)) || return
	[[ -z ${2:-} || -n ${SLOW:-} ]] || ((ms < $2))
}

eventually() {
	local deadline=$((SECONDS + LIMIT + 1))
	until "$@"; do
		if ((SECONDS >= deadline)); then
			echo "never came true: $*" >&2
			return 1
		fi
		moment
	done
}

# A process group of its own, so that teardown leaves nothing running.
start() {
	local name=$1
	shift
	if [[ -e $name.in ]]; then
		exec {input}<"$name.in"
	else
		exec {input}<&0
	fi
	set -m
	(
		set +e
		timeout --foreground -k 1 "$LIMIT" "$@" <&"$input" >"$name.out" 2>"$name.err"
		echo $? >"$name.status"
	) 3>&- &
	set +m
	STARTED+=($!)
	disown # bash need not tell that teardown has killed it
	printf -v "PID_$name" %d "$!"
	exec {input}<&-
}

# The first child of a process, in CHILD. Linux's kernel knows; elsewhere all processes are looked at.
has_child() { # PID
	CHILD=
	if [[ -e /proc/$1/task/$1/children ]]; then
		read -r CHILD _ <"/proc/$1/task/$1/children" || :
	else
		CHILD=$(pgrep -P "$1" | head -n 1)
	fi 2>/dev/null
	[[ -n $CHILD ]]
}

# The process of a started command itself, below the shell and timeout(1) that mind it.
pid_of() {
	local name=PID_$1
	eventually has_grandchild "${!name}"
	echo "$CHILD"
}

has_grandchild() {
	has_child "$1" && has_child "$CHILD"
}

# Clock ticks of processor time that a process has taken, in all.
ticks() {
	local stat
	read -ra stat <"/proc/$1/stat"
	echo $((stat[13] + stat[14]))
}

# A second, and not a process in it.
a_second() {
	read -rt 1 <> <(:) || :
}

# The port, or the path, of the first "Listening on" or "Bound on" line.
listening() {
	local line
	while read -r line; do
		if [[ $line =~ ^(Listening|Bound)\ on\ .*$ ]]; then
			PORT=${line##* }
			return 0
		fi
		if [[ $line =~ '"event":"listening"'.*'"'(port|path)'":"'?([^,\"]+) ]]; then
			PORT=${BASH_REMATCH[2]}
			return 0
		fi
	done <"$1.err"
	return 1
}

listen() {
	local name=$1
	shift
	start "$name" "${STRAIT[@]}" -v -l "$@"
	eventually listening "$name"
}

peer() {
	local name=$1
	shift
	start "$name" python3 -I -S "$TESTS/peer.py" "$@"
	if [[ " ${*:1:2} " == *" listen "* ]]; then
		eventually listening "$name"
	fi
}

finish() {
	eventually test -s "$1.status" || { cat "$1.err" >&2; return 1; }
	if [[ $(<"$1.status") != "${2:-0}" ]]; then
		echo "$1: status $(<"$1.status"), not ${2:-0}; it said:" >&2
		cat "$1.err" >&2
		return 1
	fi
}

# COUNT bytes that differ from call to call, into FILE.
random() {
	head -c "$1" /dev/urandom >"$2"
}

# Nothing that strait makes is left in this directory's tree.
nothing_left() {
	run find . -name 'strait.*' -o -type s
	assert_output ''
}

# A line of standard error, as a regular expression.
assert_said() {
	grep -Eq -- "$2" "$1.err" || {
		echo "$1 did not say '$2', but:" >&2
		cat "$1.err" >&2
		return 1
	}
}

needs() {
	command -v "$1" >/dev/null || skip "needs $1"
	[[ $1 != strace || -z ${SLOW:-} ]] || skip "strace cannot look through what strait runs under"
}

is_portable_build() {
	strait --version | grep -q portable
}

# Where something is tested that Linux alone has, and a portable build leaves out.
needs_linux_build() {
	[[ $(uname -s) == Linux ]] || skip "Linux has this"
	! is_portable_build || skip "a portable build does without this"
}

# For tests of one strait, "us", against one peer.py, "them".

# Lets us in ROLE (listen, connect) and them, taking STEPs, meet over DOMAIN (see domains.bash). The
# options in ARGS are ours. What strait reads and writes is us.in and us.out, see start.
meet() { # ROLE DOMAIN STEP...
	domain "$2"
	if [[ $1 == listen ]]; then
		listen us "${ARGS[@]}" "${LISTEN[@]}"
		peer them "${FLAG[@]}" connect "${THERE[@]}" "$PORT" "${@:3}"
	else
		peer them "${FLAG[@]}" listen "${HERE[@]}" "${@:3}"
		start us "${STRAIT[@]}" "${ARGS[@]}" "${CONNECT[@]}" "$PORT"
	fi
}

# An input that says nothing and does not end; an output that nobody reads: pipes both.
silent_input() {
	mkfifo us.in
	# shellcheck disable=SC2034 # held open
	exec {SILENCE}<>us.in
}
stuck_output() {
	mkfifo us.out
	# shellcheck disable=SC2034 # held open
	exec {DAM}<>us.out
}

# How far strait, a process id, has read its input, if that is a file; whether it stands still.
input_read() {
	awk '/^pos/ { print $2 }' "/proc/$1/fdinfo/0"
}
input_stands_still() {
	local before now
	before=$(input_read "$1") || return
	for _ in 1 2 3 4 5; do moment; done
	now=$(input_read "$1") || return
	((before > 0 && before == now))
}

# Exactly one line of what NAME has said is a complaint, and it is this regular expression.
assert_complained() {
	assert_said "$1" "^strait: $2"
	if (($(grep -c '^strait: ' "$1.err") != 1)); then
		echo "$1 said more than one line:" >&2
		cat "$1.err" >&2
		return 1
	fi
}

# What a shell is to add to our command: redirections, more of a pipeline.
wires() {
	STRAIT=(bash -c "exec \"\$@\" $1" strait "${STRAIT[@]}")
}

# A peer.py, "feeder", whose STEPs are our input, and one, "reader", whose STEPs read our output.
# Both are pipes, and nobody else holds them open.
feed() {
	mkfifo us.in
	start feeder bash -c 'exec "$@" >us.in' feeder python3 "$TESTS/peer.py" pipe "$@"
}
read_by() {
	mkfifo output
	start reader bash -c 'exec "$@" <output' reader python3 "$TESTS/peer.py" pipe "$@"
	wires '>output'
}

# strait ARGS... ends with STATUS, and all it says is one line that matches LINE.
refused() { # STATUS ARGS... LINE
	run "-$1" --separate-stderr strait "${@:2:$#-2}" </dev/null
	assert_output ''
	# shellcheck disable=SC2154 # run sets it
	assert_equal "${#stderr_lines[@]}" 1
	assert_regex "${stderr_lines[0]}" "${*: -1}"
}

# A port that nobody has, and that nobody gets who lets the system choose: FREE.
# shellcheck disable=SC2034 # it is said
free_port() {
	FREE=$(python3 -c '
import random, socket
while True:
    port = random.randrange(10000, 30000)
    try:
        for family in socket.AF_INET, socket.AF_INET6:
            for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM:
                socket.socket(family, kind).bind(("", port))
        break
    except OSError:
        pass
print(port)')
}

# A reader and a writer of frames, as anybody would write them.
#   frames write TEXT...   "@N" is N bytes of anything
#   frames read            the messages' lengths and contents (what is long: its digest)
FRAMES='
import hashlib, os, sys
def messages(file):
    while mark := file.read(4):
        data = file.read(int.from_bytes(mark, "big"))
        yield f"{len(data)} {data!r}" if len(data) < 100 else f"{len(data)} {hashlib.md5(data).hexdigest()}"
if sys.argv[1] == "read":
    print(*messages(sys.stdin.buffer), sep="\n")
for text in sys.argv[2:]:
    data = os.urandom(int(text[1:])) if text[:1] == "@" else text.encode()
    sys.stdout.buffer.write(len(data).to_bytes(4, "big") + data)
'
frames() {
	python3 -c "$FRAMES" "$@"
}
