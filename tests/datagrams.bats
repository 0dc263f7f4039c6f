#!/usr/bin/env bats
# Datagrams: their boundaries, their sizes, and who is heard.

# shellcheck disable=SC2154 # run sets stderr and stderr_lines
load helpers
load network

# What "domain" says; PEER, peer.py's words before the port or path; and of a unix socket exactly how
# long a message may be.
way() { # DOMAIN
	domain "$1"
	PEER=("${FLAG[@]}" connect "${THERE[@]}")
	[[ $1 != unixgram ]] || MAX=$(python3 -c '
import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
print(s.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) - 32)')
}

# Listens for COUNT datagrams, which are then sent to "${TO[@]}".
receiver() {
	listen server -W "$1" "${LISTEN[@]}" </dev/null
	TO=("${CONNECT[@]}" "$PORT")
}

# --- Sizes

whole() {
	way "$1"
	random "${2:-$MAX}" data
	receiver 1
	run -0 strait -q 0 "${TO[@]}" <data
	finish server
	cmp data server.out
}

# @domain: udp=UDP over IPv4 | udp6=UDP over IPv6
@test "@domain: 1 byte arrives" { whole @domain 1; }
@test "UDP over IPv4: 1472 bytes arrive in one piece" { whole udp 1472; }
@test "UDP over IPv4: 1473 bytes arrive in one piece" { whole udp 1473; }
@test "UDP over IPv4: 8193 bytes arrive in one piece" { whole udp 8193; }
@test "UDP over IPv4: 16384 bytes arrive in one piece" { whole udp 16384; }
@test "@domain: 16385 bytes arrive in one piece" { whole @domain 16385; }
@test "UDP over IPv4: 65507 bytes, the limit, arrive in one piece" { whole udp 65507; }
@test "UDP over IPv6: 65507 bytes arrive in one piece" { whole udp6 65507; }
@test "UDP over IPv6: 65527 bytes, the limit, arrive in one piece" { whole udp6 65527; }
@test "unix datagrams: 1 byte arrives" { whole unixgram 1; }
@test "unix datagrams: 16385 bytes arrive in one piece" { whole unixgram 16385; }
@test "unix datagrams: 65536 bytes arrive in one piece" { whole unixgram 65536; }
@test "unix datagrams: what the kernel allows at most arrives in one piece" { whole unixgram; }

# A reply of the longest size comes back in one piece.
long_reply() {
	way "$1"
	random "$MAX" server.in
	listen server -W 1 "${LISTEN[@]}"
	strait -W 1 -q "$LIMIT" "${CONNECT[@]}" "$PORT" <<<question >got
	finish server
	cmp server.in got
}

@test "@domain: the longest reply comes back in one piece" { long_reply @domain; }
@test "unix datagrams: the longest reply comes back in one piece" { long_reply unixgram; }

# Runs a command with a seqpacket message of SIZE bytes, from ./data, as its input.
with_message() {
	timeout -k 1 "$LIMIT" python3 -c '
import socket, subprocess, sys
ours, given = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 19)
ours.send(open("data", "rb").read())
ours.shutdown(socket.SHUT_WR)
sys.exit(subprocess.call(sys.argv[1:], stdin=given))' "$@"
}

# What is too long is refused by status, with the limit in the line, and nothing of it is sent.
too_long() {
	way "$1"
	random $((MAX + $2)) data
	receiver 1
	if [[ ${3:-} == message ]]; then
		run -2 --separate-stderr with_message "${STRAIT[@]}" "${TO[@]}"
	else
		run -2 --separate-stderr strait "${TO[@]}" <data
	fi
	assert_regex "$stderr" "^strait: .*message too long: the limit is $MAX bytes.*$"
	assert_equal "${#stderr_lines[@]}" 1
	# The receiver waits for its first datagram still.
	run -0 strait -q 0 "${TO[@]}" <<<hello
	finish server
	assert_equal "$(<server.out)" hello
}

@test "@domain: a file one byte over the limit is refused" { too_long @domain 1; }
@test "UDP over IPv4: a large file is refused" { too_long udp 1000000; }
@test "unix datagrams: a file one byte over the limit is refused" { too_long unixgram 1; }
@test "@domain: a message one byte over the limit is refused" { too_long @domain 1 message; }
@test "UDP over IPv4: a message far over the limit is refused" { too_long udp 100000 message; }
@test "unix datagrams: a message one byte over the limit is refused" { too_long unixgram 1 message; }

@test "the longest message of standard input arrives in one piece" {
	way udp
	random "$MAX" data
	receiver 1
	run -0 with_message "${STRAIT[@]}" -q 0 "${TO[@]}"
	finish server
	cmp data server.out
}

@test "input from a pipe is cut at the limit" {
	needs strace
	way udp
	random 65536 data
	receiver 2
	# The pipe is full before it is read: the first read could take more than the limit.
	mkfifo pipe
	exec {both}<>pipe
	exec {from}<pipe
	exec {to}>pipe
	exec {both}>&-
	cat data >&"$to"
	exec {to}>&-
	run -0 timeout "$LIMIT" strace -f -qq -e trace=sendmsg,sendmmsg -o trace -- \
		"${STRAIT[@]}" -q 0 "${TO[@]}" <&"$from"
	finish server
	cmp data server.out
	assert_equal "$(grep -Eo '(sendmsg.* = |msg_len=)(65507|29)\b' trace |
		grep -Eo '[0-9]+$' | xargs)" '65507 29'
}

# --- Boundaries

# Datagrams that wait together for a receiver who can't run meanwhile.
together() {
	way "$1"
	receiver 5
	kill -STOP "$(pid_of server)"
	run -0 python3 "$TESTS/peer.py" "${PEER[@]}" "$PORT" send:one send: send:three send: send:14
	kill -CONT "$(pid_of server)"
	finish server
	assert_equal "$(<server.out)" onethree14
}

@test "UDP: datagrams that come together are all there" { together udp; }
@test "unix datagrams: datagrams that come together are all there" { together unixgram; }

apart() {
	run -0 timeout -k 1 "$LIMIT" python3 "$TESTS/near.py" together "$1" "${STRAIT[@]}" 3>&-
}
@test "datagrams that come together are not glued in a socket that keeps boundaries" { apart seqpacket; }
@test "datagrams that come together are not glued in a pipe that keeps packets" { apart packets; }

@test "to a file, datagrams that come together go in one write" {
	needs strace
	needs_linux_build
	way udp
	start server strace -f -qq -e trace=writev -o trace -- \
		"${STRAIT[@]}" -v -l -W 3 "${LISTEN[@]}" </dev/null
	eventually listening server
	pid=$(pgrep -P "$(pid_of server)")
	kill -STOP "$pid"
	run -0 python3 "$TESTS/peer.py" "${PEER[@]}" "$PORT" send:one send:three send:fourteen
	kill -CONT "$pid"
	finish server
	assert_equal "$(<server.out)" onethreefourteen
	run -0 grep -c 'writev(1, .* = 16$' trace
	assert_output 1
}

@test "one read of standard input is one datagram" {
	way udp
	peer server -u listen 127.0.0.1 0 message touch:first message touch:second
	mkfifo pipe
	exec {keep}<>pipe
	start client "${STRAIT[@]}" -u -q 0 127.0.0.1 "$PORT" <pipe
	echo -n one >&"$keep"
	eventually test -e first
	echo -n two >&"$keep"
	eventually test -e second
	finish server
	assert_equal "$(<server.out)" 'one
two'
}

@test "an empty datagram does not end the listener, and counts for -W" {
	way udp
	receiver 3
	run -0 python3 "$TESTS/peer.py" -u connect 127.0.0.1 "$PORT" send:one send: send:three
	finish server
	assert_equal "$(<server.out)" onethree
}

@test "an empty datagram first does not end the listener" {
	way unixgram
	receiver 2
	run -0 python3 "$TESTS/peer.py" -Uu connect socket send: send:two
	finish server
	assert_equal "$(<server.out)" two
}

@test "an empty datagram does not end a client" {
	peer server -u listen 127.0.0.1 0 message send: send:two
	run -0 strait -u -W 2 -q "$LIMIT" 127.0.0.1 "$PORT" <<<hello
	assert_output two
	finish server
}

@test "no input is no datagram" {
	way udp
	receiver 1
	run -0 strait -q 0 "${TO[@]}" </dev/null
	run -0 strait -q 0 "${TO[@]}" <<<hello
	finish server
	assert_equal "$(<server.out)" hello
}

# --- Who is heard

@test "a listener on all addresses hears and answers at the one its peer uses" {
	# Replies from 127.0.0.1, which the route prefers, would mean nothing to this peer.
	needs_linux_build
	echo reply >server.in
	listen server -u -W 3 0
	run -0 python3 "$TESTS/peer.py" -u connect 127.0.0.2 "$PORT" \
		send:one message send:two send:three
	assert_output reply
	finish server
	assert_equal "$(<server.out)" onetwothree
}

@test "a listener hears its first peer alone" {
	way udp
	receiver 2
	start first python3 "$TESTS/peer.py" -u connect 127.0.0.1 "$PORT" send:one await:go send:two
	eventually grep -q one server.out
	run python3 "$TESTS/peer.py" -u connect 127.0.0.1 "$PORT" send:other
	touch go
	finish first
	finish server
	assert_equal "$(<server.out)" onetwo
}

@test "a listener hears its first peer alone, though another one's datagram waits already" {
	way udp
	receiver 2
	kill -STOP "$(pid_of server)"
	start first python3 "$TESTS/peer.py" "${PEER[@]}" "$PORT" send:one touch:sent \
		await:go send:two
	eventually test -e sent
	run -0 python3 "$TESTS/peer.py" "${PEER[@]}" "$PORT" send:other
	kill -CONT "$(pid_of server)"
	touch go
	finish first
	finish server
	assert_equal "$(<server.out)" onetwo
}

leaves_others() {
	way "$1"
	receiver 3
	kill -STOP "$(pid_of server)"
	run -0 python3 "$TESTS/peer.py" "${PEER[@]}" "$PORT" send:1 send:2 send:3 send:4 send:5
	kill -CONT "$(pid_of server)"
	finish server
	assert_equal "$(<server.out)" 123
}

@test "UDP: -W ends after so many datagrams, and leaves the others" { leaves_others udp; }
@test "unix datagrams: -W ends after so many datagrams, and leaves the others" { leaves_others unixgram; }

@test "a client hears nobody but whom it talks to" {
	peer server -u listen 127.0.0.1 0 message await:go send:reply
	start client "${STRAIT[@]}" -u -W 1 -q "$LIMIT" 127.0.0.1 "$PORT" <<<hello
	eventually grep -q hello server.out
	# Its port, by which a stranger would reach it.
	port=$((16#$(awk -v "to=$(printf '0100007F:%04X' "$PORT")" \
		'$3 == to { split($2, a, ":"); print a[2] }' /proc/net/udp)))
	run python3 "$TESTS/peer.py" -u connect 127.0.0.1 "$port" send:stranger
	touch go
	finish client
	assert_equal "$(<client.out)" reply
}

# --- Refused

closed_port() {
	PORT=$(python3 -c "
import socket
s = socket.socket(socket.AF_INET6 if ':' in '$1' else socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('$1', 0))
print(s.getsockname()[1])")
}

port_refused() {
	closed_port "$1"
	run -1 --separate-stderr strait -u "$1" "$PORT" <<<hello
	assert_output ''
	assert_regex "$stderr" "^strait: .*$1 $PORT: Connection refused"
	assert_equal "${#stderr_lines[@]}" 1
}

# @family: 127.0.0.1=IPv4 | ::1=IPv6
@test "UDP over @family: a closed port is told, status 1" { port_refused @family; }

@test "UDP: a peer that has gone is told, status 1, while input goes on" {
	mkfifo pipe
	exec {keep}<>pipe
	peer server -u listen 127.0.0.1 0 message
	start client "${STRAIT[@]}" -u 127.0.0.1 "$PORT" <pipe
	echo one >&"$keep"
	finish server
	echo two >&"$keep"
	finish client 1
	assert_said client "^strait: .*127\.0\.0\.1 $PORT: Connection refused"
}

@test "unix datagrams: a peer that has gone is told, status 1" {
	mkfifo pipe
	exec {keep}<>pipe
	peer server -Uu listen socket message
	start client "${STRAIT[@]}" -U -u socket <pipe
	echo one >&"$keep"
	finish server
	echo two >&"$keep"
	finish client 1
	assert_said client '^strait: .*socket: Connection refused'
}

# --- What is lost

# A listener that can't run while 20000 datagrams come, most of which find no room. WORDS: its -v.
overrun() {
	way udp
	start server "${STRAIT[@]}" "$@" -u -l -w 1 127.0.0.1 0 </dev/null
	eventually listening server
	kill -STOP "$(pid_of server)"
	run -0 python3 -c '
import socket, sys
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(20000):
    sock.sendto(bytes(1000), ("127.0.0.1", int(sys.argv[1])))' "$PORT"
	kill -CONT "$(pid_of server)"
}

@test "with -v, datagrams that found no room are told" {
	needs_linux_build
	overrun -v
	eventually test -s server.status
	assert_said server '^strait: [0-9]+ datagrams lost so far: they came faster'
	lost=$(awk '/datagrams lost/ { print $2 }' server.err | tail -1)
	assert [ "$lost" -gt 0 ]
	assert_equal $((lost + $(stat -c %s server.out) / 1000)) 20000
}

@test "without -v, nothing is said of datagrams that found no room" {
	overrun
	eventually test -s server.status
	run grep lost server.err
	assert_failure
}

# --- Several addresses of one name

# Who is asked at localhost is heard, although only ADDRESS has somebody there, and not the first one.
asks_on() { # ADDRESS ARGS...
	network
	PEER=(-u)
	[[ $1 == 127.* ]] || PEER=(-u6)
	start server "${IN_US[@]}" python3 "$TESTS/peer.py" "${PEER[@]}" listen "$1" 0 message message send:answer
	eventually listening server
	printf 'one\ntwo\n' >question
	run -0 --separate-stderr strait -v -u --lines "${@:2}" localhost "$PORT" <question
	assert_output answer
	finish server
	assert_equal "$(<server.out)" 'one
two'
}

@test "-u: a name's next address is tried when the first one refuses, with all that was said" {
	asks_on 127.0.0.1
	assert_regex "$stderr" 'strait: connect to localhost [0-9]+ \(::1\): Connection refused'
}
@test "-u: a name's next address is tried from the same port" {
	free_port
	asks_on 127.0.0.1 -p "$FREE"
}
@test "-u: a name that refuses at all of its addresses has refused" {
	network
	free_port
	run -1 --separate-stderr strait -u localhost "$FREE" <<<hello
	assert_regex "$stderr" '^strait: .*Connection refused'
	assert_equal "${#stderr_lines[@]}" 1
}
@test "-u: who has answered and then refuses is not left for another address" {
	network
	start server "${IN_US[@]}" python3 "$TESTS/peer.py" -u6 listen ::1 0 message send:answer
	eventually listening server
	start other "${IN_US[@]}" python3 "$TESTS/peer.py" -u listen 127.0.0.1 "$PORT" message
	mkfifo us.in
	exec {keep}<>us.in
	start us "${STRAIT[@]}" -u localhost "$PORT"
	echo one >&"$keep"
	finish server
	eventually grep -q answer us.out
	echo two >&"$keep"
	finish us 1
	exec {keep}>&-
	refute [ -s other.out ]
}
@test "-u: nobody talks to itself" {
	local host
	free_port
	for host in 127.0.0.1 ::1 localhost; do
		run -1 --separate-stderr strait -u -p "$FREE" "$host" "$FREE" <<<hello
		assert_output ''
		assert_regex "$stderr" 'Connection refused'
	done
}

# --- What the network says, and not the peer

# The other network has a host, 203.0.113.9, behind a link with room for 1000 bytes at a time.
narrow_network() {
	networks
	"${IN_THEM[@]}" ip link add far type veth peer name farther
	"${IN_THEM[@]}" ip addr add 203.0.113.1/24 dev far
	"${IN_THEM[@]}" ip link set far mtu 1000 up
	"${IN_THEM[@]}" ip link set farther up
	"${IN_THEM[@]}" ip neigh add 203.0.113.9 lladdr 02:00:00:00:00:01 dev far
	"${IN_THEM[@]}" sysctl -qw net.ipv4.ip_forward=1 || skip "needs forwarding"
	"${IN_US[@]}" ip route add 203.0.113.0/24 via 192.0.2.2
}

@test "a datagram that is too long for a link on the way ends nothing" {
	narrow_network
	mkfifo us.in
	exec {keep}<>us.in
	start us "${STRAIT[@]}" -v -u -q 0 203.0.113.9 9
	head -c 1400 /dev/zero >&"$keep"
	eventually assert_said us 'strait: .*203.0.113.9.*Message too long; continuing'
	for _ in 1 2 3; do
		head -c 1400 /dev/zero >&"$keep"
		moment
	done
	refute [ -e us.status ]
	kill "$(pid_of us)"
	finish us 143
	refute grep 'limit' us.err
}

# Answers to them are turned away on their side, with ICMP of TYPE.
turned_away() { # FAMILY ADDRESS TYPE TOLD
	needs_linux_build
	needs nft
	networks
	listen us -u -W 2 "$2" 0
	"${IN_THEM[@]}" nft "add table inet t
		add chain inet t in { type filter hook input priority 0; }
		add rule inet t in udp sport $PORT reject with $1 type $3" || skip "needs netfilter"
	start them "${IN_THEM[@]}" python3 "$TESTS/peer.py" "${PEER[@]}" connect "$2" "$PORT" send:one await:go send:two
	eventually grep -q one us.out
	printf 'answer' >&"$SILENCE"
	eventually assert_said us "$4; continuing"
	touch go
	finish them
	finish us
	assert_equal "$(<us.out)" onetwo
}

@test "a listener's peer whose host or network cannot be reached for a while is heard again" {
	silent_input
	PEER=(-u)
	turned_away icmp 192.0.2.1 host-unreachable 'No route to host'
}
@test "a listener's peer whose network cannot be reached for a while is heard again" {
	silent_input
	PEER=(-u)
	turned_away icmp 192.0.2.1 net-unreachable 'Network is unreachable'
}
@test "a listener's peer whose host turns a packet away for a while is heard again, IPv6" {
	silent_input
	PEER=(-u6)
	turned_away icmpv6 2001:db8::1 admin-prohibited 'Permission denied'
}
@test "a listener's peer that refuses has refused" {
	needs nft
	networks
	silent_input
	listen us -u 192.0.2.1 0
	start them "${IN_THEM[@]}" python3 "$TESTS/peer.py" -u connect 192.0.2.1 "$PORT" send:one
	eventually grep -q one us.out
	finish them
	printf 'answer' >&"$SILENCE"
	finish us 1
	assert_complained us '.*Connection refused.*'
}
