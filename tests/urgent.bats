#!/usr/bin/env bats
# shellcheck disable=SC2034 # meet uses ARGS
# Urgent data (send(2) with MSG_OOB): the byte arrives where it was sent, and so does all that comes
# behind it, whether the stream is spliced or copied.

load helpers

suits() {
	[[ $(uname -s) == Linux ]] || skip "urgent data differs from system to system"
	random $(((2 << 20) + 321)) before
	random 100000 behind
	cat before <(printf '!') behind >expected
}

# The end comes at once.
carries() { # ROLE DOMAIN SINK
	local ARGS=(-d)
	[[ $3 == file ]] || wires '> >(exec cat)'
	meet "$1" "$2" file:before 'urgent:!' file:behind shut
	finish us
	finish them
	eventually arrived
}

# The end comes only when all of it has been seen to arrive.
arrived() { cmp -s expected us.out; }
carries_before_the_end() { # ROLE DOMAIN SINK
	local ARGS=(-d)
	[[ $3 == file ]] || wires '> >(exec cat)'
	meet "$1" "$2" file:before 'urgent:!' file:behind await:seen shut
	eventually arrived
	touch seen
	finish us
	finish them
}

@test "TCP, listening: urgent data and what follows it go to a file" { carries listen tcp file; }
@test "TCP, listening: urgent data and what follows it go to a file before the end comes" { carries_before_the_end listen tcp file; }
@test "TCP, listening: urgent data and what follows it go to a pipe" { carries listen tcp pipe; }
@test "TCP, listening: urgent data and what follows it go to a pipe before the end comes" { carries_before_the_end listen tcp pipe; }
@test "TCP, connected: urgent data and what follows it go to a file" { carries connect tcp file; }
@test "TCP, connected: urgent data and what follows it go to a file before the end comes" { carries_before_the_end connect tcp file; }
@test "TCP, connected: urgent data and what follows it go to a pipe" { carries connect tcp pipe; }
@test "TCP, connected: urgent data and what follows it go to a pipe before the end comes" { carries_before_the_end connect tcp pipe; }
@test "unix, listening: urgent data and what follows it go to a file" { carries listen unix file; }
@test "unix, listening: urgent data and what follows it go to a file before the end comes" { carries_before_the_end listen unix file; }
@test "unix, listening: urgent data and what follows it go to a pipe" { carries listen unix pipe; }
@test "unix, listening: urgent data and what follows it go to a pipe before the end comes" { carries_before_the_end listen unix pipe; }
@test "unix, connected: urgent data and what follows it go to a file" { carries connect unix file; }
@test "unix, connected: urgent data and what follows it go to a file before the end comes" { carries_before_the_end connect unix file; }
@test "unix, connected: urgent data and what follows it go to a pipe" { carries connect unix pipe; }
@test "unix, connected: urgent data and what follows it go to a pipe before the end comes" { carries_before_the_end connect unix pipe; }

# A relay passes it on in line.
relayed() { # DOMAIN
	peer backend -U listen target "${@:2}"
	ARGS=(--to unix:target)
	meet listen "$1" file:before 'urgent:!' file:behind shut
	finish backend
	finish us
	finish them
	cmp expected backend.out
}
@test "TCP: a relay carries urgent data and what follows it" { relayed tcp rest; }
@test "unix: a relay carries urgent data and what follows it" { relayed unix rest; }

# A socket on standard input, blocking as most are: its other side sends with urgent data.
from_socket() { # KIND ROLE
	local STRAIT=(python3 "$TESTS/near.py" urgent "$1" "${STRAIT[@]}")
	meet "$2" tcp rest
	finish us
	finish them
	cmp expected them.out
}
@test "a TCP socket on standard input, listening: urgent data goes out with the rest" { from_socket tcp listen; }
@test "a TCP socket on standard input, connected: urgent data goes out with the rest" { from_socket tcp connect; }
@test "a unix socket on standard input, connected: urgent data goes out with the rest" { from_socket unix connect; }

# A program gets it like everything else.
@test "a program behind pipes gets urgent data and what follows it" {
	ARGS=(--idle-timeout 1m --sh-exec 'cat >got')
	meet listen tcp file:before 'urgent:!' file:behind shut
	finish us
	finish them
	cmp expected got
}
