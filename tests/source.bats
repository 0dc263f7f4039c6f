#!/usr/bin/env bats
# -p and -s: where a connection comes from, as the peer sees it, and where strait listens.

# run sets stderr and others; domain and listen set what they say.
# shellcheck disable=SC2030,SC2031,SC2153,SC2154
load helpers
load network
load settings

# A peer in DOMAIN sees that we come from ADDRESS when we say ARGS.
comes_from() { # DOMAIN ADDRESS ARGS...
	domain "$1"
	if is_datagrams "$1"; then
		look US them receive "${LOOK[@]}" 1 "${HERE[@]}"
	else
		look US them accept "${LOOK[@]}" 1 "${HERE[@]}"
	fi
	run -0 strait "${WAY[@]}" --send-only "${@:3}" "${THERE[@]}" "$PORT" <<<hello
	assert_output ''
	finish them
	assert_seen them "from $2$"
}

from_port() { # DOMAIN ADDRESS ARGS... -- the port is behind ARGS
	free_port
	comes_from "$1" "$2 $FREE" "${@:3}" "$FREE"
}

# @domain: tcp=TCP over IPv4 | udp=UDP over IPv4
@test "-p: @domain comes from that port" { from_port @domain 127.0.0.1 -p; }
# @domain: tcp6=TCP over IPv6 | udp6=UDP over IPv6
@test "-p: @domain comes from that port" { from_port @domain ::1 -p; }
@test "--source-port is -p" { from_port tcp 127.0.0.1 --source-port; }
@test "-p: a service's name will do" {
	network
	comes_from tcp '127.0.0.1 80' -p http
}
@test "-p 0: any port" { comes_from tcp '127.0.0.1 [1-9][0-9]*' -p 0; }
# @domain: tcp=TCP over IPv4 | udp=UDP over IPv4
@test "-s: @domain comes from that address" { comes_from @domain '127.0.0.2 [0-9]+' -s 127.0.0.2; }
@test "--source is -s" { comes_from tcp '127.0.0.2 [0-9]+' --source 127.0.0.2; }
@test "-s: a name will do" { comes_from tcp '127.0.0.1 [0-9]+' -4 -s localhost; }
# @domain: tcp=TCP | udp=UDP
@test "-s and -p: @domain comes from that address and port" { from_port @domain 127.0.0.3 -s 127.0.0.3 -p; }

# A second IPv6 address, which only a network of one's own has.
second_ipv6() {
	network
	"${IN_US[@]}" ip -6 addr add 2001:db8::7/128 dev lo nodad
}

@test "-s: TCP over IPv6 comes from that address" {
	second_ipv6
	comes_from tcp6 '2001:db8::7 [0-9]+' -s 2001:db8::7
}
@test "-s: UDP over IPv6 comes from that address" {
	second_ipv6
	from_port udp6 2001:db8::7 -s 2001:db8::7 -p
}
@test "-s: an IPv6 address may stand in brackets" {
	comes_from tcp6 '::1 [0-9]+' -s '[::1]'
}

# The host has addresses of both families, and listens on both.
chosen_family() { # ADDRESS
	network '127.0.0.1 two.test' '::1 two.test'
	listen server 0 </dev/null
	run -0 strait -s "$1" two.test "$PORT" </dev/null
	assert_output ''
	finish server
	assert_said server "^Connection received on $1 "
}

# @family: 127.0.0.1=IPv4 | ::1=IPv6
@test "-s: of a host with both families the one of the address is taken, @family" { chosen_family @family; }
@test "-s: an address of a family that the host has not is refused by name" {
	refused 2 -s ::1 127.0.0.1 9 '^strait: -s ::1: .*127.0.0.1.*family'
	refused 2 -u -s 127.0.0.1 ::1 9 '^strait: -s 127.0.0.1: .*::1.*family'
}

@test "-p: a port may be used again right after a connection from it" {
	free_port
	for _ in 1 2 3; do
		comes_from tcp "127.0.0.1 $FREE" -p "$FREE"
		rm them.*
	done
}

# A port that somebody has is refused by name.
in_use() { # DOMAIN ADDRESS
	domain "$1"
	look US them "$([[ $1 == tcp* ]] && echo accept || echo receive)" "${LOOK[@]}" 1 "${HERE[@]}"
	refused 2 "${WAY[@]}" -p "$PORT" -s "$2" "$2" 9 "^strait: bind to $2 $PORT: Address already in use$"
}

# @domain: tcp=TCP over IPv4 | udp=UDP over IPv4
@test "-p: @domain: a port in use is refused by name" { in_use @domain 127.0.0.1; }
# @domain: tcp6=TCP over IPv6 | udp6=UDP over IPv6
@test "-p: @domain: a port in use is refused by name" { in_use @domain ::1; }

not_ours() {
	refused 2 "$@" 9 '^strait: bind to (192.0.2.99|2001:db8::99): Cannot assign requested address$'
}

@test "-s: an address that is not ours is refused by name" {
	not_ours -s 192.0.2.99 127.0.0.1
	not_ours -u -s 192.0.2.99 127.0.0.1
	not_ours -s 2001:db8::99 ::1
	refused 2 -l -s 192.0.2.99 9 '^strait: listen on 192.0.2.99 9: Cannot assign requested address$'
}
@test "-s: a name that does not resolve is status 3" {
	refused 3 -s no.such.name.invalid 127.0.0.1 9 '^strait: .*no.such.name.invalid'
	refused 3 -n -s localhost 127.0.0.1 9 '^strait: .*localhost'
}
@test "-p: what is no port is refused" {
	local port
	for port in 65536 -1 x 0x50 '' 1-2 1,2; do
		refused 2 -p "$port" 127.0.0.1 9 "^strait: -p '?$port'?: .*see strait --help"
	done
}

@test "-r: connects, from a port that the system chooses" {
	comes_from tcp '127.0.0.1 [1-9][0-9]*' -r
}

# --- -p and -s where we listen

heard_at() { # ADDRESS ARGS... -- the port is behind ARGS
	free_port
	listen us "${@:2}" "$FREE" </dev/null
	assert_said us "^(Listening|Bound) on $1 $FREE$"
	assert_equal "$("${IN_US[@]}" ss -tulnH "sport = :$FREE" | wc -l)" 1
}

@test "-l -p: that port" {
	heard_at 0.0.0.0 -4 -p
	run -0 strait 127.0.0.1 "$FREE" <<<hello
	finish us
	assert_equal "$(<us.out)" hello
}
@test "-l -s -p: that address and port alone" {
	heard_at 127.0.0.2 -s 127.0.0.2 -p
	run -1 strait 127.0.0.1 "$FREE" </dev/null
	run -0 strait 127.0.0.2 "$FREE" </dev/null
	finish us
}
@test "-l -s -p: over IPv6" {
	heard_at ::1 -s ::1 -p
	run -0 strait ::1 "$FREE" </dev/null
	finish us
}
@test "-l -u -s -p: that address and port alone" {
	heard_at 127.0.0.2 -u -W 1 -s 127.0.0.2 -p
	run -0 strait -u --send-only 127.0.0.2 "$FREE" <<<hello
	finish us
	assert_equal "$(<us.out)" hello
}
@test "-l -s and a port behind it" { heard_at 127.0.0.2 -s 127.0.0.2; }
@test "-l: a port or an address given twice is refused" {
	refused 2 -l -p 1 2 '^strait: .*the port was given twice: 1 and 2 \(see strait --help\)$'
	refused 2 -l -s ::1 127.0.0.1 2 '^strait: .*the address was given twice'
}

# --- -U -s: the path that we come from

from_path() { # DOMAIN ARGS...
	comes_from "$1" ./name -s ./name "${@:2}"
	refute [ -e name ]
}

@test "-U -s: the peer of a stream sees the path, which is removed" { from_path unix; }
@test "-U -s: the peer of datagrams sees the path, which is removed" { from_path unixgram; }
@test "-U -s: the peer of seqpacket sees the path, which is removed" { from_path seqpacket; }
@test "-U -s: an abstract name" {
	needs_linux_build
	local name="strait-test-$BATS_SUITE_TEST_NUMBER-$$-$RANDOM"
	comes_from unix "@$name" -s "@$name"
}
@test "-lU -s: the path to listen on" {
	listen us -U -s name </dev/null
	assert_equal "$PORT" name
	run -0 strait -U name <<<hello
	finish us
	assert_equal "$(<us.out)" hello
	nothing_left
}
@test "-lU -s: a path given twice is refused" {
	refused 2 -lU -s name other '^strait: .*the path was given twice: name and other'
}

# The name is there as long as we are, and not after a signal.
name_removed() { # DOMAIN
	silent_input
	domain "$1"
	peer them "${FLAG[@]}" listen "${HERE[@]}" await:never
	start us "${STRAIT[@]}" "${WAY[@]}" -s name "${THERE[@]}" "$PORT"
	eventually test -S name
	kill -TERM "$(pid_of us)"
	finish us 143
	refute [ -e name ]
}

@test "-U -s: the path of a stream is removed on SIGTERM" { name_removed unix; }
@test "-U -s: the path of datagrams is removed on SIGTERM" { name_removed unixgram; }
@test "-U -s: the path of seqpacket is removed on SIGTERM" { name_removed seqpacket; }

name_left_alone() { # DOMAIN
	domain "$1"
	echo precious >name
	peer them "${FLAG[@]}" listen "${HERE[@]}" await:never
	refused 2 "${WAY[@]}" -s name "${THERE[@]}" "$PORT" '^strait: bind to name: .*not a socket$'
	assert_equal "$(<name)" precious
}

@test "-U -s: a file at the path of a stream is left alone" { name_left_alone unix; }
@test "-U -s: a file at the path of datagrams is left alone" { name_left_alone unixgram; }
@test "-U -s: a file at the path of seqpacket is left alone" { name_left_alone seqpacket; }
@test "-U -s: a socket that lives is left alone" {
	listen other -U name </dev/null
	listen us -U path </dev/null
	refused 2 -U -s name path '^strait: bind to name: Address already in use$'
	run -0 strait -U name <<<hello
	finish other
	assert_equal "$(<other.out)" hello
}
@test "-U -s: a stale socket makes room" {
	python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("name")'
	from_path unix
}
@test "-U -s: where nobody listens the path is removed all the same" {
	refused 2 -U -s name nowhere 'No such file'
	nothing_left
}
@test "-U -s: a path that is too long is refused by name" {
	needs_linux_build
	local long
	long=$(printf '%.0sx' {1..109})
	refused 2 -U -s "$long" path '^strait: x{109}: .*108'
}
