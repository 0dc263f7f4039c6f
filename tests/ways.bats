#!/usr/bin/env bats
# The twelve ways, and seqpacket: every byte arrives, both ways, and both sides exit 0.
# SIZE is larger in `make check-big`.

load helpers

SIZE=${SIZE:-$((4 << 20))}

to_listener() {
	domain "$1"
	random "$SIZE" data
	listen server "${LISTEN[@]}" </dev/null
	run -0 strait "${CONNECT[@]}" "$PORT" <data
	finish server
	cmp data server.out
}

from_listener() {
	domain "$1"
	random "$SIZE" server.in
	listen server "${LISTEN[@]}"
	strait "${CONNECT[@]}" "$PORT" </dev/null >got
	finish server
	cmp server.in got
}

both_ways() {
	domain "$1"
	random "$SIZE" server.in
	random "$SIZE" data
	listen server "${LISTEN[@]}"
	strait "${CONNECT[@]}" "$PORT" <data >got
	finish server
	cmp data server.out
	cmp server.in got
}

# @domain: tcp=TCP over IPv4 | tcp6=TCP over IPv6 | unix=unix stream | seqpacket=unix seqpacket
@test "@domain: a file goes to the listener" { to_listener @domain; }
@test "@domain: a file comes from the listener" { from_listener @domain; }
@test "@domain: files go both ways at once" { both_ways @domain; }

request_and_reply() {
	domain "$1"
	echo the reply >server.in
	listen server -W 1 "${LISTEN[@]}"
	run -0 strait -W 1 -q "$LIMIT" "${CONNECT[@]}" "$PORT" <<<"the request"
	assert_output "the reply"
	finish server
	assert_equal "$(<server.out)" "the request"
	nothing_left
}

# @domain: udp=UDP over IPv4 | udp6=UDP over IPv6 | unixgram=unix datagrams
@test "@domain: a request and its reply" { request_and_reply @domain; }
