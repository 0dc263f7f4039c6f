#!/usr/bin/env bats
# Unix sockets: paths and abstract names, what is in the way, and what is left behind.

# shellcheck disable=SC2153,SC2154 # silent_input sets SILENCE; run sets stderr and stderr_lines
load helpers

KINDS=(unix unixgram seqpacket)

# A domain, and what ends a listener after one message, and a client.
kind() { # DOMAIN
	ONE=() END=()
	domain "$1"
	! is_datagrams "$1" || ONE=(-W 1) END=(-q 0)
}

# One message goes to the listener "server", who ends with it.
served() {
	run -0 strait "${WAY[@]}" "${END[@]}" "$1" <<<hello
	finish server
	assert_equal "$(<server.out)" hello
}

works() {
	kind "$1"
	listen server "${WAY[@]}" "${ONE[@]}" "$2" </dev/null
	served "$2"
}

# A name of so many signs.
long() {
	printf "%.0s$2" $(seq "$1")
}


# --- Names

full_path() {
	needs_linux_build
	works "$1" "$(long 108 p)"
	nothing_left
}

# @kind: unix=stream | unixgram=datagrams | seqpacket
@test "@kind: a path of 108 bytes works" { full_path @kind; }

too_long() {
	needs_linux_build
	refused 2 "$@" "$(long 109 p)" "^strait: p{109}: .*108.* \(see strait --help\)$"
	nothing_left
	run find . -name 'p*'
	assert_output ''
}

@test "a path of 109 bytes is refused by name, listening" { too_long -U -l; }
@test "a path of 109 bytes is refused by name, connecting" { too_long -U; }
@test "a path of 109 bytes is refused by name, for datagrams" { too_long -U -u; }

abstract() {
	needs_linux_build
	works "$1" "@strait-test-$BATS_SUITE_TEST_NUMBER-$$-$RANDOM"
	run find . -name '*strait-test*'
	assert_output ''
}

@test "@kind: an abstract name works, and is no file" { abstract @kind; }
@test "an abstract name of 108 bytes works" {
	needs_linux_build
	works unix "@$(long 107 a | tail -c 80)$(printf '%027d' "$BASHPID")"
}
@test "an abstract name of 109 bytes is refused by name" {
	needs_linux_build
	refused 2 -U -l "@$(long 108 a)" '^strait: @a{108}: .*108'
}
@test "an abstract name that is taken is told so" {
	needs_linux_build
	local name="@strait-test-$BATS_SUITE_TEST_NUMBER-$$-$RANDOM"
	kind unix
	listen server -U "$name" </dev/null
	refused 2 -l -U "$name" "^strait: .*$name: Address already in use$"
	served "$name"
}
@test "a build without abstract names says so" {
	is_portable_build || skip "this build has them"
	refused 2 -U @name '^strait: @name: this build does not support abstract names'
}
@test "the empty path is refused" { refused 2 -U '' '^strait: .*empty.*see strait --help'; }
@test "a path that is not there is named, status 2" {
	refused 2 -U nowhere '^strait: .*nowhere: No such file or directory$'
}
@test "a directory that is not there is named, status 2" {
	refused 2 -U -l no/where '^strait: .*no/where: No such file or directory$'
}
@test "nobody behind a path is status 1" {
	kind unix
	stale path
	run -1 strait -U path </dev/null
	assert_output 'strait: connect to path: Connection refused'
}
# A path where a socket of another type is: which, and what to say instead. Nobody is disturbed: who
# comes after that is served.
other_type() { # THEIRS LINE ARGS...
	kind "$1"
	listen server "${LISTEN[@]}" </dev/null
	is_portable_build && [[ $1 != unixgram ]] && set -- "$1" "$UNKNOWN" "${@:3}"
	refused 2 "${@:3}" "^strait: connect to (unix:)?socket: Protocol wrong type for socket: $2$"
	[[ $(grep -c '^Connection' server.err) == 0 ]]
	run -0 strait "${WAY[@]}" "${END[@]}" socket <<<hello
	eventually grep -q hello server.out
}
UNKNOWN='it is a stream or seqpacket socket: leave out -u, and try with and without --seqpacket'

@test "datagrams at a path of a stream" { other_type unix 'it is a stream socket: leave out -u' -U -u socket; }
@test "datagrams at a path of seqpackets" { other_type seqpacket 'it is a seqpacket socket: use --seqpacket' -U -u socket; }
@test "a stream at a path of datagrams" { other_type unixgram 'it is a datagram socket: use -u' -U socket; }
@test "a stream at a path of seqpackets" { other_type seqpacket 'it is a seqpacket socket: use --seqpacket' -U socket; }
@test "seqpackets at a path of a stream" { other_type unix 'it is a stream socket: leave out --seqpacket' -U --seqpacket socket; }
@test "seqpackets at a path of datagrams" { other_type unixgram 'it is a datagram socket: use -u' -U --seqpacket socket; }
@test "a path of another type: -v says it once" { other_type unixgram 'it is a datagram socket: use -u' -v -U socket; }
@test "a path of another type: -z says it with -v" { other_type unixgram 'it is a datagram socket: use -u' -zv -U socket; }
@test "a path of another type: --retry does not wait for another one" { other_type unixgram 'it is a datagram socket: use -u' -U --retry=1h socket; }
@test "a path of another type that has no room for clients" {
	is_portable_build && skip "this build does not look"
	peer them -Q full full await:never
	eventually listening them
	refused 2 -U full '^strait: .*: it is a seqpacket socket: use --seqpacket$'
}
@test "a relay to a path of another type" {
	listen them -U -u socket </dev/null
	listen us --to unix:socket 127.0.0.1 0 </dev/null
	run -1 strait 127.0.0.1 "$PORT" </dev/null
	finish us 2
	assert_complained us 'connect to unix:socket: Protocol wrong type for socket: it is a datagram socket: use unixgram:PATH$'
}
@test "a path that begins with a dash goes behind --" {
	listen server -U -- -path </dev/null
	run -0 strait -U -- -path </dev/null
	finish server
	nothing_left
}
@test "control characters of a path stay out of the messages" {
	refused 2 -U $'no\nwhere\e[1m' 'No such file or directory$'
	[[ $stderr != *$'\e'* ]]
}

# --- What is in the way

left_alone() {
	refused 2 "${WAY[@]}" -l path '^strait: .*path: .*not a socket$'
}

for_all_kinds() {
	for name in "${KINDS[@]}"; do
		kind "$name"
		"$@"
	done
}

@test "a regular file is left alone" {
	echo precious >path
	for_all_kinds left_alone
	assert_equal "$(<path)" precious
}
@test "a directory is left alone" {
	mkdir path
	for_all_kinds left_alone
	assert [ -d path ]
}
@test "a named pipe is left alone" {
	mkfifo path
	for_all_kinds left_alone
	assert [ -p path ]
}
@test "a symbolic link to a file is left alone" {
	echo precious >file
	ln -s file path
	for_all_kinds left_alone
	assert [ -L path ]
	assert_equal "$(<file)" precious
}
@test "a symbolic link to nothing is left alone" {
	ln -s nowhere path
	for_all_kinds left_alone
	assert [ -L path ]
	refute [ -e nowhere ]
}
@test "a symbolic link to a stale socket is left alone" {
	kind unix
	stale socket
	ln -s socket path
	for_all_kinds left_alone
	assert [ -S socket ]
	assert [ -L path ]
}

# A socket file whose maker has gone.
stale() {
	python3 "$TESTS/launch.py" stale "$DOMAIN" "$1"
	assert [ -S "$1" ]
}

replaced() {
	kind "$1"
	stale path
	works "${2:-$1}" path
	nothing_left
}

@test "@kind: a stale socket is replaced" { replaced @kind; }
@test "a stale socket of another kind is replaced" { replaced unixgram unix; }

undisturbed() {
	kind "$1"
	listen server "${WAY[@]}" "${ONE[@]}" path </dev/null
	for name in "${KINDS[@]}"; do
		kind "$name"
		refused 2 "${WAY[@]}" -l path '^strait: .*path: Address already in use$'
	done
	refute [ -e server.status ]
	kind "$1"
	served path
}

@test "@kind: a live listener keeps its path, and serves its one client" { undisturbed @kind; }

full() {
	peer other "$1" full path await:never
	eventually listening other
	for name in "${KINDS[@]}"; do
		kind "$name"
		refused 2 "${WAY[@]}" -l path '^strait: .*path: Address already in use$'
	done
	assert [ -S path ]
}

@test "stream: a listener with no room for clients keeps its path" { full -U; }
@test "seqpacket: a listener with no room for clients keeps its path" { full -Q; }

@test "datagrams: a receiver who has a peer already keeps its path" {
	peer other -Uu listen path recv:5 rest
	kind unixgram
	mkfifo silence
	exec {silence}<>silence
	start client "${STRAIT[@]}" -U -u path <&"$silence"
	echo hello >&"$silence"
	eventually grep -q hello other.out
	refused 2 -U -u -l path '^strait: .*path: Address already in use$'
}

# --- What is left behind

removed() {
	kind "$1"
	listen server "${WAY[@]}" path </dev/null
	assert [ -S path ]
	kill "-$2" "$(pid_of server)"
	finish server "$3"
	nothing_left
}

@test "datagrams: the path is removed on SIGTERM" { removed unixgram TERM 143; }
@test "seqpacket: the path is removed on SIGINT" { removed seqpacket INT 130; }

at_the_end() {
	works "$1" path
	nothing_left
}

@test "@kind: the path is removed at the end" { at_the_end @kind; }

@test "a file that has taken the path's place is not removed" {
	listen server -U path </dev/null
	echo precious >file
	mv file path
	kill -TERM "$(pid_of server)"
	finish server 143
	assert_equal "$(<path)" precious
}
@test "another listener that has taken the path's place is not removed" {
	kind unix
	listen other -U path </dev/null
	rm path
	listen server -U path </dev/null
	kill -TERM "$(pid_of other)"
	finish other 143
	served path
}
@test "a path that somebody has removed is no error" {
	kind unixgram
	listen server "${WAY[@]}" "${ONE[@]}" path </dev/null
	ln path other
	rm path
	served other
}

# --- Datagrams

# A datagram client in a conversation that goes on: its reply directory is DIRECTORY.
client() {
	mkfifo silence
	exec {silence}<>silence
	peer server -Uu listen path recv:5 send:reply rest
	start client "${STRAIT[@]}" -U -u path <&"$silence"
	echo hello >&"$silence"
	eventually grep -q reply client.out
	DIRECTORY=$(echo strait.*)
	assert [ -d "$DIRECTORY" ]
}

@test "a datagram client is answered in a directory that is private" {
	client
	assert_equal "$(stat -c %a "$DIRECTORY")" 700
}
@test "a datagram client's directory is gone after SIGTERM" {
	client
	kill -TERM "$(pid_of client)"
	finish client 143
	run find . -name 'strait.*'
	assert_output ''
}
@test "a datagram client's directory is gone at the end" {
	peer server -Uu listen path recv:6 send:reply
	run -0 strait -U -u -W 1 -q "$LIMIT" path <<<hello
	assert_output reply
	run find . -name 'strait.*'
	assert_output ''
}
@test "a datagram client's directory is gone after a failure" {
	run -2 strait -U -u nowhere <<<hello
	run find . -name 'strait.*'
	assert_output ''
}
@test "a datagram client whose TMPDIR is too long for a socket takes /tmp" {
	TMPDIR=$PWD/$(long 108 t)
	mkdir "$TMPDIR"
	works unixgram path
}

@test "a sender without a name is heard, not answered, and that is said once" {
	listen server -U -u -W 3 path <<<reply
	run -0 python3 "$TESTS/peer.py" -Uun connect path send:one send:two send:three
	finish server
	assert_equal "$(<server.out)" onetwothree
	assert_equal "$(grep -c '^strait: ' server.err)" 1
	assert_said server '^strait: .*cannot be answered'
}
@test "a sender who addresses each datagram is heard with all of them" {
	listen server -U -u -W 2 path </dev/null
	python3 -c '
import socket
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"one", "path")'
	eventually grep -q one server.out
	python3 -c '
import socket
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"two", "path")'
	finish server
	assert_equal "$(<server.out)" onetwo
	nothing_left
}

# A path that fills its field to the last byte.
answers_full_path() { # ARGS...
	local path
	path=$(long 108 x)
	silent_input
	listen us -U -u "$@" socket
	rm us.in
	start them "${STRAIT[@]}" -U -u -W 1 -q "$LIMIT" -s "$path" socket <<<question
	eventually grep -q question us.out
	echo answer >&"$SILENCE"
	finish them
	assert_equal "$(<them.out)" answer
}
@test "a datagram client at the longest path is answered" { answers_full_path; }
@test "-k: a datagram client at the longest path is answered" { answers_full_path -k; }

# --- Descriptors that a peer passes

COUNTS=(1 2 6 52 253 1 253)

# What came with NAME's descriptors is in FILE, and none of them is strait's.
nothing_planted() { # NAME FILE
	local pid
	pid=$(pid_of "$1")
	eventually size_is "$2" "${#COUNTS[@]}"
	assert_equal "$(find "/proc/$pid/fd" -lname '*/planted*' | wc -l)" 0
}
size_is() {
	[[ -e $1 ]] && (($(stat -c %s "$1") == $2))
}

# A peer of the same kind that passes descriptors, and stays.
planter() { # connect|listen PATH
	[[ ${FLAG[*]} != -Uu ]] || FLAG=(-Uun)
	peer them "${FLAG[@]}" "$@" "${COUNTS[@]/#/plant:}" await:never </dev/null
}

# A server with OPTIONs, and what somebody says who passes it descriptors: in FILE, unless in its output.
plant() { # KIND FILE OPTION...
	kind "$1"
	needs_linux_build
	silent_input
	listen us "${WAY[@]}" "${@:3}" socket
	rm us.in
	planter connect socket
	nothing_planted us "$2"
}

# @case: unix=stream's | unixgram=datagram's | seqpacket=seqpacket message's
@test "a @case descriptors are not taken" { plant @case us.out; }
@test "-k: a @case descriptors are not taken" { plant @case us.out -k; }

planted_in_programs() {
	local kind
	for kind in $1; do
		mkdir "$kind"
		cd "$kind" || return
		plant "$kind" got -k "${@:2}" --sh-exec 'exec cat >got'
		cd .. || return
	done
}
@test "descriptors are not taken where a program is served through a pipe" { planted_in_programs "${KINDS[*]}" -q "$LIMIT"; }
@test "descriptors are not taken where a program is served" {
	planted_in_programs unixgram
}

@test "descriptors are not taken where messages are relayed" {
	local kind
	for kind in "${KINDS[@]}"; do
		mkdir "$kind"
		cd "$kind" || return
		kind "$kind"
		listen sink "${WAY[@]}" target </dev/null
		plant "$kind" sink.out -k --to unix:target
		cd .. || return
	done
}

@test "descriptors are not taken in rooms" {
	kind unix
	listen us "${WAY[@]}" --broker socket
	start hearer "${STRAIT[@]}" "${WAY[@]}" -d socket
	eventually grep -q received us.err
	planter connect socket
	nothing_planted us hearer.out
}

@test "descriptors are not taken by who connects" {
	local kind
	for kind in unix seqpacket; do
		kind "$kind"
		planter listen "$kind"
		start us "${STRAIT[@]}" "${WAY[@]}" -d "$kind" </dev/null
		nothing_planted us us.out
		rm us.* them.*
	done
}

@test "descriptors are not taken by a socket that was handed over, and that asks for more" {
	local kind
	needs_linux_build
	for kind in unixgram seqpacket; do
		start us python3 "$TESTS/launch.py" curious "$kind" "${STRAIT[@]}" -v -l -k --inherit=3 </dev/null
		eventually listening us
		kind "$kind"
		planter connect "$PORT"
		nothing_planted us us.out
		run find "/proc/$(pid_of us)/fd" -lname '*pidfd*'
		assert_output ''
		rm us.* them.*
	done
}
