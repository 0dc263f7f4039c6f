#!/usr/bin/env bats
# COUNT clients (500) that come, say something and go within a minute: with every service and in
# every domain all are served. COUNT=10000 make check-many is the whole of it.

load helpers

export COUNT=${COUNT:-500}
# (bats loads this twice.)
export MOST=${MOST:-$((LIMIT * 4))}
LIMIT=$MOST

suits() {
	ulimit -n "$(ulimit -Hn)"
}

# strait -lk ARG... in DOMAIN: sets PORT. What comes out is "us.out".
serves() { # DOMAIN ARG...
	domain "$1"
	silent_input
	listen us -k "${@:2}" "${LISTEN[@]}"
}

heard() { # FILE
	[[ $(sort -u "$1" 2>/dev/null | wc -l) == "$COUNT" ]]
}

# All of them, with nobody refused, and the server is still there.
all_are_heard() { # DOMAIN FILE
	clock_start
	timeout -k 1 "$LIMIT" python3 "$TESTS/clients.py" visit "$1" "$PORT" "$COUNT" 3>&-
	eventually heard "$2"
	assert_took 0 60000
	run ! grep '^strait: refused' us.err
	refute [ -e us.status ]
}

plain() {
	serves "$1" "${@:2}"
	all_are_heard "$1" us.out
}
# @domain: tcp | tcp6 | unix | seqpacket
@test "plain, @domain: all are served" { plain @domain; }

program() {
	serves "$1" "${@:2}" --sh-exec "cat >>\"$PWD/got\"; exec tail -f /dev/null"
	all_are_heard "$1" got
}
# @domain: tcp | unix | seqpacket
@test "a program that does not end, @domain: all are served" { program @domain; }
@test "a program that does not end, behind pipes, tcp: all are served" { program tcp --idle-timeout 10m; }

relay() {
	start backend python3 "$TESTS/listeners.py" keep target got
	eventually test -S target
	serves "$1" --to unixstream:target
	all_are_heard "$1" got
}
# @domain: tcp | tcp6 | unix | seqpacket
@test "a relay whose target keeps its side open, @domain: all are served" { relay @domain; }

room() {
	serves "$1" --broker
	peer ear connect 127.0.0.1 "$PORT" rest
	eventually assert_said us 'Connection received'
	all_are_heard "$1" ear.out
}
@test "a room, tcp: all are heard" { room tcp; }

# Each sends from a socket of its own, and is answered.
sessions() {
	serves "$1" "${@:2}"
	clock_start
	run -0 timeout -k 1 "$LIMIT" python3 "$TESTS/clients.py" askers "$1" "$PORT" "$COUNT" 3>&-
	assert_took 0 60000
}
# @domain: udp | unixgram
@test "sessions with a program, @domain: all are answered" { sessions @domain -e cat; }
@test "sessions of a relay, udp: all are answered" {
	start echo "${STRAIT[@]}" -v -lku -e cat 127.0.0.1 0
	eventually listening echo
	sessions udp --to "127.0.0.1:$PORT"
}
