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

# @domain: tcp=TCP | unix
# @role: listen=listening | connect=connected
@test "@domain, @role: urgent data and what follows it go to a file" { carries @role @domain file; }
@test "@domain, @role: urgent data and what follows it go to a file before the end comes" { carries_before_the_end @role @domain file; }
@test "@domain, @role: urgent data and what follows it go to a pipe" { carries @role @domain pipe; }
@test "@domain, @role: urgent data and what follows it go to a pipe before the end comes" { carries_before_the_end @role @domain pipe; }

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
@test "@domain: a relay carries urgent data and what follows it" { relayed @domain rest; }

# A socket on standard input, blocking as most are: its other side sends with urgent data.
from_socket() { # KIND ROLE
	local STRAIT=(python3 "$TESTS/near.py" urgent "$1" "${STRAIT[@]}")
	meet "$2" tcp rest
	finish us
	finish them
	cmp expected them.out
}
@test "a TCP socket on standard input, @role: urgent data goes out with the rest" { from_socket tcp @role; }
@test "a unix socket on standard input, connected: urgent data goes out with the rest" { from_socket unix connect; }

# A program gets it like everything else.
@test "a program behind pipes gets urgent data and what follows it" {
	ARGS=(--idle-timeout 1m --sh-exec 'cat >got')
	meet listen tcp file:before 'urgent:!' file:behind shut
	finish us
	finish them
	cmp expected got
}
