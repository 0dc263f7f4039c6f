#!/usr/bin/env bats
# What breaks is said in one line, with an exit status that tells whose fault it was, and what had
# been delivered before stays delivered.

load helpers

MOVED='\([0-9]+ bytes sent, [0-9]+ received\)$'
LOST="(Connection reset by peer|Broken pipe) $MOVED"

# The peer breaks off, and strait is left with the way this begins.
broken_off() {
	finish us 1
	assert_complained us ".*: $LOST"
}

idle_reset() {
	silent_input
	meet "$1" tcp send:abc await:go reset
	eventually test -s us.out
	touch go
	broken_off
	assert_said us '\(0 bytes sent, 3 received\)'
	assert_equal "$(<us.out)" abc
}

# @role: listen=listening | connect=connected
@test "@role, idle: a reset is told, and what came before it is kept" { idle_reset @role; }

reset_behind_data() {
	silent_input
	meet "$1" tcp send:abc reset
	broken_off
	assert_said us '\(0 bytes sent, 3 received\)'
	assert_equal "$(<us.out)" abc
}

@test "@role: a reset right behind the last byte does not take it along" { reset_behind_data @role; }

reset_after_input() {
	printf hello >us.in
	meet "$1" tcp recv:5 rest send:abc reset
	broken_off
	assert_said us '\(5 bytes sent, 3 received\)'
	assert_equal "$(<us.out)" abc
}

@test "@role: a reset after the end of input is told" { reset_after_input @role; }

# The peer has all that was sent, and the conversation still has no end.
reset_when_all_is_sent() {
	printf hello >us.in
	meet "$1" tcp recv:5 rest await:go reset
	eventually grep -q hello them.out
	touch go
	broken_off
	assert_said us '\(5 bytes sent, 0 received\)'
}

@test "@role: a reset instead of a reply is told" { reset_when_all_is_sent @role; }

busy_sending() {
	ln -s /dev/zero us.in
	meet "$1" tcp recv:1000000 reset
	broken_off
}

@test "@role, busy sending: a reset is told" { busy_sending @role; }

busy_receiving() {
	silent_input
	random 3000000 data
	meet "$1" tcp file:data reset
	broken_off
	cmp -n "$(stat -c %s us.out)" data us.out
	assert_said us "\(0 bytes sent, $(stat -c %s us.out) received\)"
}

@test "@role, busy receiving: a reset is told" { busy_receiving @role; }

busy_both_ways() {
	ln -s /dev/zero us.in
	meet "$1" tcp flood recv:1000000 reset
	broken_off
}

@test "@role, busy both ways: a reset is told" { busy_both_ways @role; }

# The peer takes nothing, until there is no room left on the way to it.
stuffed() {
	truncate -s 64M us.in
	meet "$1" "$2" send:abc await:go "$3"
	eventually input_stands_still "$(pid_of us)"
	touch go
	broken_off
	assert_equal "$(<us.out)" abc
	assert_said us ' 3 received\)'
}

@test "@role, the way to the peer stuffed: a reset is told" { stuffed @role tcp reset; }
@test "@role, the way to the peer stuffed: a close is told" { stuffed @role tcp close; }
@test "unix, @role, the way to the peer stuffed: a close is told" { stuffed @role unix close; }

# We are told of the break by a write that fails, with more to read: more than one read takes where
# the way there has room for it, while of TCP the window of a slow reader can be small.
comes_with_the_break() {
	local last=60000
	[[ $2 == tcp ]] || last=150000
	random 4000000 first
	random "$last" second
	truncate -s 64M us.in
	meet "$1" "$2" file:first await:go file:second "${@:3}"
	local pid
	pid=$(pid_of us)
	eventually cmp -s first us.out
	eventually input_stands_still "$pid"
	kill -STOP "$pid"
	touch go
	finish them
	kill -CONT "$pid"
	broken_off
	cmp <(cat first second) us.out
	assert_said us " $((4000000 + last)) received\)"
}

@test "@role: what comes with the reset is kept while we send" { comes_with_the_break @role tcp acked reset; }
@test "unix, @role: what comes with the close is kept while we send" { comes_with_the_break @role unix close; }

# Nobody reads standard output: what can't be written can't be saved, but it must not hang.
stuck() {
	silent_input
	stuck_output
	meet "$1" "$2" "${@:3}" fill await:go reset
	eventually grep -q filled them.err
	touch go
	broken_off
	dd bs=65536 iflag=nonblock <&"$DAM" >got 2>/dev/null || :
	assert [ -s got ]
	assert_equal "$(tr -d f <got)" ''
}

@test "@role, standard output stuck: a reset is told" { stuck @role tcp; }
@test "listening, standard output stuck, half-closed: a reset is told" {
	: >us.in
	stuck_output
	meet listen tcp fill rest await:go reset
	eventually grep -q filled them.err
	touch go
	broken_off
}

# The peer finishes, and resets while there is still something for it.
reset_after_its_end() {
	truncate -s 64M us.in
	meet "$1" tcp send:abc shut recv:1000 await:go reset
	eventually input_stands_still "$(pid_of us)"
	touch go
	broken_off
	assert_equal "$(<us.out)" abc
}

@test "@role: a peer that finishes and then resets while we send is told" { reset_after_its_end @role; }

# On unix sockets a close with unread data is a reset.
closes_with_unread_data() {
	printf hello >us.in
	meet "$1" unix send:abc recv:1 await:go close
	eventually grep -q h them.out
	eventually test -s us.out
	touch go
	finish us 1
	assert_complained us ".*: Connection reset by peer \(5 bytes sent, 3 received\)$"
	assert_equal "$(<us.out)" abc
}

seqpacket_closes_with_unread_data() {
	silent_input
	meet "$1" seqpacket send:abc queued close
	echo hello >us.in
	finish us 1
	assert_complained us ".*: Connection reset by peer \(6 bytes sent, 3 received\)$"
	assert_equal "$(<us.out)" abc
}

@test "unix, @role: a peer that closes and leaves what we sent unread is told" { closes_with_unread_data @role; }
@test "seqpacket, @role: a peer that closes and leaves what we sent unread is told" { seqpacket_closes_with_unread_data @role; }

# A peer that closes while we go on sending.
closes_early() {
	ln -s /dev/zero us.in
	meet "$1" "$2" send:abc recv:100000 close
	broken_off
	assert_equal "$(<us.out)" abc
}

@test "@role: a peer that closes in the middle of what we send is told" { closes_early @role tcp; }
@test "unix, @role: a peer that closes in the middle of what we send is told" { closes_early @role unix; }

no_space() {
	silent_input
	ln -s /dev/full us.out
	meet "$1" "$2" send:abc rest
	finish us 5
	assert_complained us "write to standard output: No space left on device \(0 bytes sent, 0 received\)$"
}

@test "@role: a full disk is told" { no_space @role tcp; }
@test "unix, @role: a full disk is told" { no_space @role unix; }
@test "a full disk is nothing to somebody who has nothing to write" {
	ln -s /dev/full us.out
	meet connect tcp rest
	finish us
	finish them
}
@test "datagrams: a full disk is told" {
	ln -s /dev/full us.out
	listen us -u 127.0.0.1 0 </dev/null
	peer them -u connect 127.0.0.1 "$PORT" send:abc
	finish us 5
	assert_complained us 'write to standard output: No space left on device'
}

@test "a file that may not grow is told" {
	random 100000 data
	wires '>us.file'
	ulimit -f 8
	meet connect tcp file:data rest
	finish us 5
	assert_complained us 'write to standard output: File too large'
	cmp -n 8192 data us.file
}

a_directory() {
	mkdir us.in
	meet "$1" "$2" send:abc rest
	finish us 5
	assert_complained us "read from standard input: Is a directory \(0 bytes sent, [03] received\)$"
}

@test "listening: a directory as standard input is told, and the peer gets no clean end" {
	a_directory listen tcp
	finish them 1
	assert_said them 'Connection reset by peer'
}
@test "connected: a directory as standard input is told, and the peer gets no clean end" {
	a_directory connect tcp
	finish them 1
	assert_said them 'Connection reset by peer'
}
@test "unix, @role: a directory as standard input is told" { a_directory @role unix; }

# A shell of its own, so that nobody but head(1) has the other end of standard output.
three_bytes_of() {
	bash -c '
		mkfifo silence && exec 9<>silence
		"$@" <silence 9<&- | head -c 3
		exit "${PIPESTATUS[0]}"' _ timeout -k 1 "$LIMIT" "$@" 3>&-
}

@test "connected: a reader of standard output that has gone is told, by name" {
	peer them listen 127.0.0.1 0 send:abc rest
	run -5 --separate-stderr three_bytes_of "${STRAIT[@]}" 127.0.0.1 "$PORT"
	assert_output abc
	# shellcheck disable=SC2154 # bats sets it
	assert_equal "$stderr" "strait: write to standard output: Broken pipe (0 bytes sent, 3 received)"
}

# A port on which nobody answers, and which nobody else can get meanwhile: PORT.
deaf_port() {
	start deaf python3 -c '
import socket, sys, time
sock = socket.socket(socket.AF_INET, getattr(socket, sys.argv[1]))
sock.bind(("127.0.0.1", 0))
if sock.type == socket.SOCK_DGRAM:
    sock.connect(sock.getsockname())  # hears itself alone
print("Bound on", *sock.getsockname(), file=sys.stderr, flush=True)
time.sleep(60)' "$1"
	eventually listening deaf
}

@test "TCP: connection refused is told with the host and the port" {
	deaf_port SOCK_STREAM
	run -1 strait 127.0.0.1 "$PORT" </dev/null
	assert_output "strait: connect to 127.0.0.1 $PORT: Connection refused"
}

@test "UDP: a refusal is told, also while idle" {
	deaf_port SOCK_DGRAM
	silent_input
	echo hello >&"$SILENCE"
	start us "${STRAIT[@]}" -u 127.0.0.1 "$PORT"
	finish us 1
	assert_complained us '.*: Connection refused \(6 bytes sent, 0 received\)$'
}

@test "UDP: a refusal of the last datagram is told" {
	deaf_port SOCK_DGRAM
	run -1 strait -u 127.0.0.1 "$PORT" <<<hello
	assert_output --regexp '^strait: .*: Connection refused \(6 bytes sent, 0 received\)$'
}

@test "a unix socket that nobody listens on refuses" {
	for type in SOCK_STREAM SOCK_DGRAM SOCK_SEQPACKET; do
		python3 -c "import socket; socket.socket(socket.AF_UNIX, socket.$type).bind('$type')"
	done
	run -1 strait -U SOCK_STREAM </dev/null
	assert_output "strait: connect to SOCK_STREAM: Connection refused"
	run -1 strait -U --seqpacket SOCK_SEQPACKET </dev/null
	assert_output "strait: connect to SOCK_SEQPACKET: Connection refused"
	run -1 strait -u -U SOCK_DGRAM </dev/null
	assert_output "strait: connect to SOCK_DGRAM: Connection refused"
}

@test "a unix socket that isn't there is something local" {
	run -2 strait -U nowhere </dev/null
	assert_output "strait: connect to nowhere: No such file or directory"
	run -2 strait -u -U nowhere </dev/null
	assert_output "strait: connect to nowhere: No such file or directory"
	run -2 strait -l -U nowhere/socket </dev/null
	assert_output "strait: listen on nowhere/socket: No such file or directory"
}

@test "unix datagrams: a peer that has gone is told" {
	listen us -u -U socket </dev/null
	silent_input
	mkfifo later
	exec {words}<>later
	start client bash -c 'exec "$@" <later '"$words<&-" _ "${STRAIT[@]}" -u -U socket
	echo one >&"$words"
	eventually grep -q one us.out
	kill -KILL "$(pid_of us)"
	finish us 137
	echo two >&"$words"
	finish client 1
	assert_complained client '.*: Connection refused \(4 bytes sent, 0 received\)$'
}

@test "a port in use is something local" {
	listen us 127.0.0.1 0 </dev/null
	run -2 strait -l 127.0.0.1 "$PORT" </dev/null
	assert_output "strait: listen on 127.0.0.1 $PORT: Address already in use"
	listen datagrams -u 127.0.0.1 0 </dev/null
	run -2 strait -u -l 127.0.0.1 "$PORT" </dev/null
	assert_output "strait: listen on 127.0.0.1 $PORT: Address already in use"
}
