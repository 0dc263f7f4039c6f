#!/usr/bin/env bats
# Listening: where, what is said about it, and who is served.

# shellcheck disable=SC2154 # run sets stderr and stderr_lines
load helpers
load network

# The lines of the listener NAME that say where it listens.
places() {
	grep -E '^(Listening|Bound) on ' "$1.err"
}

# Waits until NAME listens, started without -v.
started() {
	start server "${STRAIT[@]}" -l "$@" </dev/null
	eventually listening server
}

# --- On both families

both_families() {
	listen server "$@" </dev/null
	eventually both_said
	assert_equal "$(places server | LC_ALL=C sort)" "$WORD on 0.0.0.0 $PORT
$WORD on :: $PORT"
}

both_said() {
	(($(places server | wc -l) == 2))
}

@test "without an address it listens on IPv4 and IPv6, on the same port" {
	WORD=Listening
	both_families 0
	refute [ "$PORT" = 0 ]
}
@test "without an address it is bound for datagrams on IPv4 and IPv6, on the same port" {
	WORD=Bound
	both_families -u 0
}

comes_in() {
	listen server 0 <<<welcome
	run -0 strait "$1" "$PORT" <<<hello
	assert_output welcome
	finish server
	assert_equal "$(<server.out)" hello
	assert_said server "^Connection received on $2 [0-9]+$"
}

@test "a client over IPv4 comes in, its address is printed unmapped" { comes_in 127.0.0.1 127.0.0.1; }
@test "a client over IPv6 comes in" { comes_in ::1 ::1; }

comes_in_by_datagram() {
	listen server -u -W 1 0 </dev/null
	run -0 strait -u -q 0 "$1" "$PORT" <<<hello
	finish server
	assert_equal "$(<server.out)" hello
	assert_said server "^Connection received on $2 [0-9]+$"
}

@test "a datagram over IPv4 comes in, its sender is printed unmapped" {
	comes_in_by_datagram 127.0.0.1 127.0.0.1
}
@test "a datagram over IPv6 comes in" { comes_in_by_datagram ::1 ::1; }

one_family() {
	listen server "$1" 0 </dev/null
	assert_equal "$(places server)" "Listening on $2 $PORT"
	run -1 strait "$3" "$PORT" </dev/null
	assert_output --partial 'Connection refused'
	run -0 strait "$4" "$PORT" </dev/null
	finish server
}

@test "-4 listens on IPv4 alone" { one_family -4 0.0.0.0 ::1 127.0.0.1; }
@test "-6 listens on IPv6 alone" { one_family -6 :: 127.0.0.1 ::1; }

# --- Which port

picked() {
	started "$@"
	assert_said server '^Listening on .* [1-9][0-9]*$'
	run -0 strait 127.0.0.1 "$PORT" </dev/null
	finish server
}

@test "says which port it has picked, without -v: port 0" { picked 0; }
@test "says which port it has picked, without -v: no port" { picked; }
@test "says which port it has picked, without -v: an address alone" { picked 127.0.0.1; }
@test "says which port it has picked, without -v: -p 0" { picked -p 0; }
@test "says which port it has picked, without -v: -s alone" { picked -s 127.0.0.1; }
@test "says which port it has picked, without -v: -s and an operand" { picked -s 127.0.0.1 0; }
@test "says which port it has picked for datagrams, without -v" {
	started -u -W 1
	assert_said server '^Bound on .* [1-9][0-9]*$'
}

# Somebody may take the free port before we do: then another one.
free_port_works() {
	local try
	for try in 1 2 3; do
		rm -f server.*
		free_port
		start server "${STRAIT[@]}" -v "${@//PORT/$FREE}" </dev/null
		eventually settled
		grep -q ' on ' server.err && [[ ! -e server.status ]] && return
		echo "try $try: $(<server.err)" >&2
	done
	return 1
}

settled() {
	[[ -s server.err || -e server.status ]]
}

given_port() {
	local place=$1
	shift
	free_port_works "$@"
	assert_said server "^Listening on $place $FREE$"
	run -0 strait 127.0.0.1 "$FREE" </dev/null
	finish server
}

@test "one operand of digits is the port" { given_port 0.0.0.0 -l PORT; }
@test "a host and a port" { given_port 127.0.0.1 -l 127.0.0.1 PORT; }
@test "a name and a port" { given_port 127.0.0.1 -4 -l localhost PORT; }
# As Debian's hosts file does, the network's has localhost for both families: asked for IPv4, glibc
# gives 127.0.0.1 twice.
named_twice() { # OPTION ADDRESS [LINE of the hosts file]
	network "${@:3}"
	listen bound "$1" -u localhost 0 </dev/null
	assert_equal "$(places bound)" "Bound on $2 $PORT"
	listen server "$1" localhost 0 </dev/null
	assert_equal "$(places server)" "Listening on $2 $PORT"
	run -0 strait localhost "$PORT" </dev/null
	finish server
}

@test "a name that stands for an IPv4 address twice is listened on once" { named_twice -4 127.0.0.1; }
@test "a name that stands for an IPv6 address twice is listened on once" { named_twice -6 ::1 '::1 localhost'; }
@test "-p is the port" { given_port 0.0.0.0 -l -p PORT; }
@test "-p is the port, the operand the address" { given_port 127.0.0.1 -l -p PORT 127.0.0.1; }
@test "-s is the address, the operand the port" { given_port 127.0.0.1 -l -s 127.0.0.1 PORT; }
@test "-s is the address, -p the port" { given_port 127.0.0.1 -l -s 127.0.0.1 -p PORT; }

@test "a given port is not said without -v" {
	free_port
	start server "${STRAIT[@]}" -l 127.0.0.1 "$FREE" </dev/null
	eventually strait 127.0.0.1 "$FREE" </dev/null 2>/dev/null
	finish server
	assert_equal "$(<server.err)" ''
}

@test "one operand that is a service name is the port" {
	[[ -e /etc/services ]] && getent services discard/tcp >/dev/null || skip "needs /etc/services"
	# Whoever may not have this port is told so by its number.
	start server "${STRAIT[@]}" -v -l discard </dev/null
	eventually settled
	assert_said server ' on (::|0\.0\.0\.0) 9(:|$)'
}
@test "a port over 65535 is refused" { refused 2 -l 65536 '^strait: port 65536: .*see strait --help'; }
@test "a port that is not decimal is refused" { refused 2 -l localhost 0x50 '^strait: port 0x50: '; }
@test "-p takes no port over 65535" { refused 2 -l -p 65536 '65536: .*see strait --help'; }
@test "a port given twice is refused" { refused 2 -l -p 4000 127.0.0.1 4001 '4000.*4001'; }
@test "an address given twice is refused" {
	refused 2 -l -s 127.0.0.1 127.0.0.2 4001 '127\.0\.0\.1.*127\.0\.0\.2'
}
@test "an address that is not this machine's is refused by name" {
	refused 2 -l 192.0.2.1 0 '192\.0\.2\.1'
}
@test "a name that is not known is status 3" {
	run -3 strait -l nowhere.invalid 0 </dev/null
	assert_output --partial nowhere
}

# --- Who else is there

taken() {
	listen server "$@" 0 </dev/null
	refused 2 -l "${@:1:$#-1}" "$PORT" "^strait: .* $PORT: Address already in use$"
	refused 2 -l "$@" "$PORT" "^strait: .* $PORT: Address already in use$"
	refute [ -e server.status ]
}

@test "a second listener on a TCP port is told so" { taken 127.0.0.1; }
@test "a second listener on a TCP port is told so over IPv6" { taken ::1; }
@test "a second listener on a UDP port is told so" { taken -u 127.0.0.1; }
@test "a second listener on a UDP port is told so over IPv6" { taken -u ::1; }
@test "a port that is taken on IPv4 alone is taken" {
	listen server 127.0.0.1 0 </dev/null
	refused 2 -l "$PORT" "^strait: .*$PORT: Address already in use$"
}

@test "a port can be listened on again at once after a conversation" {
	# The listener finishes first, so that TIME_WAIT is on its side.
	listen server 127.0.0.1 0 <<<bye
	run -0 python3 "$TESTS/peer.py" connect 127.0.0.1 "$PORT" rest shut
	finish server
	rm server.*
	start server "${STRAIT[@]}" -v -l 127.0.0.1 "$PORT" </dev/null
	eventually settled
	assert_said server '^Listening on'
	run -0 strait 127.0.0.1 "$PORT" </dev/null
	finish server
}

# --- Who is served

@test "-v says when it listens and who has come" {
	listen server 127.0.0.1 0 </dev/null
	run -0 strait 127.0.0.1 "$PORT" </dev/null
	finish server
	assert_equal "$(sed 's/ [0-9]*$/ N/' server.err)" "Listening on 127.0.0.1 N
Connection received on 127.0.0.1 N"
}

@test "one client is served, a second one is refused" {
	mkfifo silence
	exec {silence}<>silence
	listen server 0 <&"$silence"
	start client "${STRAIT[@]}" 127.0.0.1 "$PORT" <&"$silence"
	eventually assert_said server '^Connection received'
	run -1 strait 127.0.0.1 "$PORT" </dev/null
	assert_output --partial 'Connection refused'
	run -1 strait ::1 "$PORT" </dev/null
	assert_output --partial 'Connection refused'
	refute [ -e server.status ]
}

@test "a client that has gone before it was accepted does not end the listener" {
	needs strace
	# The first client's accept fails as it does where the kernel tells of aborted connections.
	start server strace -f -qq -o /dev/null -e inject=accept4,accept:error=ECONNABORTED:when=1 -- \
		"${STRAIT[@]}" -v -l 127.0.0.1 0 </dev/null
	eventually listening server
	run -0 strait 127.0.0.1 "$PORT" <<<hello
	finish server
	assert_equal "$(<server.out)" hello
}

@test "a client that resets at once is a broken conversation, not a crash" {
	listen server 127.0.0.1 0 </dev/null
	run -0 python3 "$TESTS/peer.py" connect 127.0.0.1 "$PORT" send:hello reset
	finish server 1
	assert_said server '^strait: .*Connection reset by peer'
}

# --- What was handed over, and not asked for

# Sockets of a service manager, for a listener without --inherit. LISTEN_PID is its own pid.
handed_over() { # ARGS...
	# shellcheck disable=SC2016 # expanded by that shell
	start us bash -c 'LISTEN_FDS=2 LISTEN_PID=$$ exec "$@"' us "${STRAIT[@]}" "$@" </dev/null
}

@test "sockets that were handed over, and nobody asked for, are told of once" {
	handed_over -l --wait 0.1 127.0.0.1 0
	finish us 4
	assert_equal "$(grep LISTEN_FDS us.err)" \
		"strait: LISTEN_FDS=2: sockets were handed over, but only --inherit uses them"
}
@test "sockets that were handed over are nothing to who connects" {
	free_port
	handed_over 127.0.0.1 "$FREE"
	finish us 1
	assert_complained us connect
}
@test "sockets that were handed over to another process are not told of" {
	LISTEN_FDS=2 LISTEN_PID=1 start us "${STRAIT[@]}" -l --wait 0.1 127.0.0.1 0 </dev/null
	finish us 4
	assert_complained us 'timed out'
}
