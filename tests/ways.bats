#!/usr/bin/env bats
# The twelve ways, and seqpacket: every byte arrives, both ways, and both sides exit 0.
# SIZE is larger in `make check-big`.

load helpers

SIZE=${SIZE:-$((4 << 20))}

# Listens and connects as "WAY" says: sets LISTEN and CONNECT to the words of either side.
way() {
	case $1 in
	ipv4) LISTEN=(-4 127.0.0.1 0) CONNECT=(-4 127.0.0.1) ;;
	ipv6) LISTEN=(-6 ::1 0) CONNECT=(-6 ::1) ;;
	unix) LISTEN=(-U socket) CONNECT=(-U) ;;
	seqpacket) LISTEN=(-U --seqpacket socket) CONNECT=(-U --seqpacket) ;;
	esac
}

to_listener() {
	way "$1"
	random "$SIZE" data
	listen server "${LISTEN[@]}" </dev/null
	run -0 strait "${CONNECT[@]}" "$PORT" <data
	finish server
	cmp data server.out
}

from_listener() {
	way "$1"
	random "$SIZE" server.in
	listen server "${LISTEN[@]}"
	strait "${CONNECT[@]}" "$PORT" </dev/null >got
	finish server
	cmp server.in got
}

both_ways() {
	way "$1"
	random "$SIZE" server.in
	random "$SIZE" data
	listen server "${LISTEN[@]}"
	strait "${CONNECT[@]}" "$PORT" <data >got
	finish server
	cmp data server.out
	cmp server.in got
}

# @domain: ipv4=TCP over IPv4 | ipv6=TCP over IPv6 | unix=unix stream | seqpacket=unix seqpacket
@test "@domain: a file goes to the listener" { to_listener @domain; }
@test "@domain: a file comes from the listener" { from_listener @domain; }
@test "@domain: files go both ways at once" { both_ways @domain; }

request_and_reply() {
	echo the reply >server.in
	listen server -u -W 1 "${@:2}"
	run -0 strait -u -W 1 -q "$LIMIT" "$1" ${3:+"$2"} "$PORT" <<<"the request"
	assert_output "the reply"
	finish server
	assert_equal "$(<server.out)" "the request"
}

@test "UDP over IPv4: a request and its reply" { request_and_reply -4 127.0.0.1 0; }
@test "UDP over IPv6: a request and its reply" { request_and_reply -6 ::1 0; }
@test "unix datagrams: a request and its reply" {
	echo the reply >server.in
	listen server -u -U -W 1 socket
	run -0 strait -u -U -W 1 -q "$LIMIT" socket <<<"the request"
	assert_output "the reply"
	finish server
	assert_equal "$(<server.out)" "the request"
	nothing_left
}
