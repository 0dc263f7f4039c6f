#!/usr/bin/env bats
# -z of all the ports there are, and of many that are silent: what is open is found, and nothing else.

# shellcheck disable=SC2154 # run sets stderr and stderr_lines
load helpers
load network

# A slow machine is given its time.
LIMIT=$((LIMIT * 6))

# All ports are silent but those that are open.
silent_ports() {
	filter "tcp flags & (syn | ack) == syn tcp dport != { $(paste -sd , open) } drop"
}

# A network in which COUNT random ports between FIRST and LAST are open at HOST: ./open has their
# numbers. No port has a name.
open_ports() { # HOST COUNT FIRST LAST
	mkdir etc
	: >etc/services
	network
	"${IN_US[@]}" ip addr add 2001:db8::1/128 dev lo nodad
	mkfifo forever
	exec {FOREVER}<>forever
	start them "${IN_US[@]}" python3 "$TESTS/listeners.py" some "$@" <&"$FOREVER"
	eventually opened
	[[ ! -e them.status ]] || skip "$(<them.err)"
}
opened() {
	listening them || [[ -e them.status ]]
}

# Exactly the open ports are told, in order.
assert_found() { # HOST FILE
	sed -E "s/^Connection to $1 ([0-9]+) port \[tcp\/\*\] succeeded!$/\1/" "$2" >found
	diff open found | head -n 20
	cmp open found
}

all_ports() { # HOST COUNT ANOTHER
	open_ports "$1" "$2" 1 65535
	strait -z -v "$1" 1-65535 </dev/null 2>said
	assert_found "$1" said
	needs nc.openbsd
	# From another address nc can't meet itself, which it would call an open port.
	timeout "$LIMIT" "${IN_US[@]}" nc.openbsd -s "$3" -z -v -n "$1" 1-65535 </dev/null 2>&1 |
		grep succeeded >theirs
	cmp said theirs
}
@test "IPv4: of all ports, the 3 that are open are found" { all_ports 127.0.0.1 3 127.0.0.2; }
@test "IPv6: of all ports, the 3 that are open are found" { all_ports ::1 3 2001:db8::1; }
@test "IPv4: of all ports, the 3000 that are open are found" { all_ports 127.0.0.1 3000 127.0.0.2; }
@test "IPv6: of all ports, the 3000 that are open are found" { all_ports ::1 3000 2001:db8::1; }

@test "of all ports, in random order, the 3000 that are open are found" {
	open_ports 127.0.0.1 3000 1 65535
	strait -z -v -r 127.0.0.1 1-65535 </dev/null 2>said
	sort -n -k 4 said >sorted
	assert_found 127.0.0.1 sorted
	run ! cmp -s said sorted
}

# The others are silent. So many at once are waited for that it does not take long.
among_silent() { # HOST COUNT LAST SECONDS
	open_ports "$1" "$2" 1 "$3"
	silent_ports
	clock_start
	strait -z -v -w 1 "$1" "1-$3" </dev/null 2>said
	assert_took 0 $(($4 * 1000))
	assert_found "$1" said
}
# @family: 127.0.0.1=IPv4 | ::1=IPv6
@test "@family: 3 open ports among 1000 silent ones are found" { among_silent @family 3 1003 6; }
@test "@family: 3000 open ports among 1000 silent ones are found" { among_silent @family 3000 4000 6; }

@test "1000 silent ports are status 4, within three seconds" {
	open_ports 127.0.0.1 1 2000 2000
	silent_ports
	clock_start
	run -4 strait -z -w 1 127.0.0.1 1-1000 </dev/null
	assert_took 1000 3000
	assert_output ''
}
