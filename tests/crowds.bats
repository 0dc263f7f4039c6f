#!/usr/bin/env bats
# -k with datagrams, standard input and output: everybody is heard, and who was heard last is
# answered.

# shellcheck disable=SC2154 # run sets stderr and stderr_lines
load helpers

# How to get to a crowd of DOMAIN, for strait and, PEER, for peer.py: from a socket without a name
# ("nameless"), or by another address of this host.
way() { # DOMAIN | nameless | ADDRESS
	case $1 in
	nameless) PEER=(-Uun connect) ;;
	127.*) PEER=(-u connect "$1") ;;
	*)
		domain "$1"
		PEER=("${FLAG[@]}" connect "${THERE[@]}")
		;;
	esac
}

# Serves a crowd of DOMAIN with ARGS; its name is "us".
gather() { # DOMAIN ARGS...
	way "$1"
	listen us -k "${@:2}" "${LISTEN[@]}"
}

# One of them, who takes STEPs.
somebody() { # NAME STEP...
	start "$1" python3 "$TESTS/peer.py" "${PEER[@]}" "$PORT" "${@:2}"
}

# Somebody sends TEXT from a socket of his own, and goes.
calls() { # TEXT
	run -0 python3 "$TESTS/peer.py" "${PEER[@]}" "$PORT" "send:$1"
}

has_heard() { # TEXT...
	[[ $(<us.out) == *"$1"* ]]
}

# The server's input is what the test says; without this there is none.
speaker() {
	silent_input
}
say() { # TEXT
	printf '%s\n' "$1" >&"$SILENCE"
}

still_serves() {
	calls 'Hello?'
	eventually has_heard 'Hello?'
}

# It has done what there was to do, and stands still.
rests() {
	[[ -n ${SLOW:-} ]] || eventually stands_still "$(pid_of us)"
}
stands_still() {
	local before after
	before=$(ticks "$1")
	for _ in {1..30}; do moment; done
	after=$(ticks "$1")
	((after - before <= 1))
}

# --- Everybody is heard

# In the order in which they spoke.
all_are_heard() {
	gather "$1" </dev/null
	somebody one send:a touch:a await:b send:c touch:c
	somebody two await:a send:b touch:b await:c send:d touch:d
	somebody three await:d send:e
	eventually has_heard e
	assert_equal "$(<us.out)" abcde
}

# @domain: udp=UDP over IPv4 | udp6=UDP over IPv6
@test "@domain: all are heard, in the order in which they speak" { all_are_heard @domain; }
@test "unix datagrams: all are heard, in the order in which they speak" { all_are_heard unixgram; }

# Twenty who speak at the same time, five lines each: nothing is lost, and each is in order.
many_at_once() {
	local n lines
	gather "$1" --lines </dev/null
	python3 -c '
import socket, sys, threading
family, where = (socket.AF_UNIX, sys.argv[1]) if len(sys.argv) == 2 else (
    socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, (sys.argv[1], int(sys.argv[2])))
def speak(name):
    sock = socket.socket(family, socket.SOCK_DGRAM)
    for n in range(5):
        sock.sendto(f"{name} {n}".encode(), where)
threads = [threading.Thread(target=speak, args=[name]) for name in range(20)]
for thread in threads: thread.start()
for thread in threads: thread.join()' "${PEER[@]:2}" "$PORT"
	eventually lines_are us.out 100
	for n in {0..19}; do
		lines=$(grep "^$n " us.out | xargs)
		assert_equal "$lines" "$n 0 $n 1 $n 2 $n 3 $n 4"
	done
}
lines_are() {
	(($(wc -l <"$1") == $2))
}

@test "@domain: twenty who speak at once are all heard" { many_at_once @domain; }
@test "unix datagrams: twenty who speak at once are all heard" { many_at_once unixgram; }

@test "both families are heard on one port" {
	listen us -k -u 0 </dev/null
	way udp
	calls four
	eventually has_heard four
	way udp6
	calls six
	eventually has_heard foursix
	way udp
	calls four
	eventually has_heard foursixfour
}

whole() {
	gather "$1" -W 3 </dev/null
	random "$MAX" one
	random "$MAX" two
	run -0 python3 "$TESTS/peer.py" "${PEER[@]}" "$PORT" file:one
	eventually size_is us.out "$MAX"
	run -0 python3 "$TESTS/peer.py" "${PEER[@]}" "$PORT" send: file:two
	finish us
	cmp <(cat one two) us.out
}
size_is() {
	(($(stat -c %s "$1") == $2))
}

@test "@domain: the longest datagrams, and an empty one, are heard" { whole @domain; }
@test "unix datagrams: long ones, and an empty one, are heard" { whole unixgram; }

@test "an empty datagram, from the first or another one, ends nothing" {
	gather udp </dev/null
	calls ''
	calls ''
	still_serves
}

@test "--lines: each datagram is a line, whoever has sent it" {
	gather udp --lines -W 3 </dev/null
	calls one
	calls two
	calls three
	finish us
	assert_equal "$(<us.out)" 'one
two
three'
}

@test "--frames: each datagram is a frame, whoever has sent it" {
	gather udp --frames -W 3 </dev/null
	calls one
	calls ''
	calls three
	finish us
	run -0 frames read <us.out
	assert_output "3 b'one'
0 b''
5 b'three'"
}

@test "datagrams that come together are received in one call" {
	needs strace
	needs_linux_build
	way udp
	start us strace -f -qq -e trace=recvmmsg -o trace -- \
		"${STRAIT[@]}" -v -k -l -W 33 "${LISTEN[@]}" </dev/null
	eventually listening us
	calls first
	eventually has_heard first
	pid=$(pgrep -P "$(pid_of us)")
	kill -STOP "$pid"
	for _ in 1 2; do
		# shellcheck disable=SC2046
		run -0 python3 "$TESTS/peer.py" "${PEER[@]}" "$PORT" $(printf 'send:%d ' {1..16})
	done
	kill -CONT "$pid"
	finish us
	assert [ "$(grep -o ' = [0-9]*$' trace | sort -t = -k 2 -n | tail -1 | cut -c 4-)" -ge 16 ]
}

# --- Who was heard last is answered

last_is_answered() {
	speaker
	gather "$1"
	somebody one send:one message touch:got message touch:again send:-more message
	eventually has_heard one
	say 1
	eventually test -e got
	say 2
	eventually test -e again
	eventually has_heard one-more
	somebody two send:-two message
	eventually has_heard two
	say 3
	finish two
	assert_equal "$(<two.out)" 3
	somebody three send:three touch:three message
	eventually has_heard three
	say 4
	finish three
	assert_equal "$(<three.out)" 4
	assert [ ! -e one.status ]
}

@test "@domain: input goes to the one heard last" { last_is_answered @domain; }
@test "unix datagrams: input goes to the one heard last" { last_is_answered unixgram; }

@test "who speaks again is answered again" {
	speaker
	gather udp
	somebody one send:one message await:go send:three message
	eventually has_heard one
	say 1
	somebody two send:two message
	eventually has_heard two
	say 2
	finish two
	touch go
	eventually has_heard three
	say 3
	finish one
	assert_equal "$(xargs <one.out) $(xargs <two.out)" '1 3 2'
}

@test "input goes to the one heard last, whatever his family" {
	speaker
	listen us -k -u 0
	way udp
	somebody four send:four message await:go send:again message
	eventually has_heard four
	say 1
	way udp6
	somebody six send:six message
	eventually has_heard six
	say 2
	finish six
	touch go
	eventually has_heard again
	say 3
	finish four
	assert_equal "$(xargs <four.out) $(xargs <six.out)" '1 3 2'
}

@test "after a peer over IPv6, one over IPv4 is sent no more than IPv4 takes" {
	speaker
	listen us -k -u 0
	way udp6
	calls six
	eventually has_heard six
	way udp
	somebody four send:four message
	eventually has_heard four
	# The pipe is full before it is read: one read could take more.
	kill -STOP "$(pid_of us)"
	head -c 65536 /dev/zero >&"$SILENCE"
	kill -CONT "$(pid_of us)"
	finish four
	assert_equal "$(stat -c %s four.out)" 65508 # with a newline
	still_serves
}

@test "nc, ncat and socat are heard and answered" {
	speaker
	gather udp
	local n=0 name
	for name in nc ncat socat; do
		case $name in
		nc) them=(nc.openbsd -u -W 1 127.0.0.1 "$PORT") ;;
		ncat) them=(ncat -u -i "$LIMIT" 127.0.0.1 "$PORT") ;;
		socat) them=(socat - "UDP4:127.0.0.1:$PORT") ;;
		esac
		command -v "${them[0]}" >/dev/null || continue
		mkfifo "$name.in"
		exec {wire}<>"$name.in"
		start "$name" "${them[@]}"
		echo "from $name" >&"$wire"
		eventually has_heard "from $name"
		say "to $name"
		eventually grep -qx "to $name" "$name.out"
		n=$((n + 1))
	done
	((n)) || skip 'needs nc.openbsd, ncat or socat'
}

@test "straits are heard and answered, over UDP and unix sockets" {
	local way
	for way in udp udp6 unixgram; do
		mkdir "$way"
		cd "$way" || return
		speaker
		gather "$way"
		start them "${STRAIT[@]}" "${CONNECT[@]}" -W 1 -q "$LIMIT" "$PORT" <<<"from $way"
		eventually has_heard "from $way"
		say "to $way"
		finish them
		assert_equal "$(<them.out)" "to $way"
		cd .. || return
	done
}

@test "who asks at 127.0.0.2 is answered from there, and who asks at 127.0.0.3, from there" {
	needs_linux_build
	speaker
	listen us -k -u 0
	way 127.0.0.2
	somebody two send:two message await:go send:again message
	eventually has_heard two
	say 2
	way 127.0.0.3
	somebody three send:three message
	eventually has_heard three
	say 3
	finish three
	touch go
	eventually has_heard again
	say 2
	finish two
	assert_equal "$(xargs <two.out) $(xargs <three.out)" '2 2 3'
}

@test "who asks at two addresses from one socket is answered from the one he asked last" {
	needs_linux_build
	speaker
	listen us -k -u 0
	start asker python3 -c '
import socket, sys, time
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.settimeout(20)
for host in "127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.2":
    sock.sendto(host.encode() + b"\n", (host, int(sys.argv[1])))
    print("asked", host, "answered from", sock.recvfrom(100)[1][0], flush=True)' "$PORT"
	for n in 1 2 3 4; do
		eventually lines_are us.out "$n"
		say "$n"
	done
	finish asker
	assert_equal "$(<asker.out)" 'asked 127.0.0.1 answered from 127.0.0.1
asked 127.0.0.2 answered from 127.0.0.2
asked 127.0.0.3 answered from 127.0.0.3
asked 127.0.0.2 answered from 127.0.0.2'
}

@test "--lines: each line is a datagram to the one heard last" {
	speaker
	gather udp --lines
	somebody one send:one message message message
	eventually has_heard one
	printf 'a\n\nc\n' >&"$SILENCE"
	finish one
	assert_equal "$(<one.out)" 'a

c'
}

@test "-C and -i: what goes to the one heard last is CRLF, line by line" {
	speaker
	gather udp -C -i 20ms
	somebody one send:one message message
	eventually has_heard one
	printf 'a\nb\n' >&"$SILENCE"
	finish one
	assert_equal "$(od -An -c <one.out | tr -d ' \n')" 'a\r\n\nb\r\n\n'
}

# --- Who cannot be answered

@test "a unix peer without a name is heard, and not answered" {
	speaker
	gather unixgram
	way nameless
	calls nameless
	eventually has_heard nameless
	say lost
	rests
	way unixgram
	somebody named send:named message touch:found message
	eventually has_heard named
	say found
	eventually test -e found
	# Then the one heard last who has a name is answered.
	way nameless
	still_serves
	say again
	finish named
	assert_equal "$(xargs <named.out)" 'found again'
}

@test "UDP: who was heard last and has gone is nobody else's trouble" {
	speaker
	gather udp
	calls gone
	eventually has_heard gone
	# The first is refused; that is told to who sends the second.
	for n in 1 2 3; do
		say "$n"
		moment
	done
	rests
	still_serves
	somebody one send:present message
	eventually has_heard present
	say hello
	finish one
	assert_equal "$(<one.out)" hello
}

@test "unix datagrams: who was heard last and has gone, with his path or without, is nobody else's trouble" {
	local left
	speaker
	gather unixgram
	for left in stale removed; do
		run -0 python3 -c '
import os, socket, sys
sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
sock.bind("his-" + sys.argv[1])
sock.sendto(sys.argv[1].encode(), "socket")
if sys.argv[1] == "removed":
    os.remove("his-removed")' "$left"
		eventually has_heard "$left"
		for n in 1 2 3; do
			say "$n"
			moment
		done
		rests
		rm -f his-*
	done
	somebody one send:present message
	eventually has_heard present
	say hello
	finish one
	assert_equal "$(<one.out)" hello
}

@test "unix datagrams: who takes his time gets all that is for him, in order" {
	speaker
	# There is room for a few at a time.
	gather unixgram --lines -O 4096
	# shellcheck disable=SC2046
	somebody slow send:slow $(printf 'message %.0s' {1..300})
	eventually has_heard slow
	seq 300 >&"$SILENCE"
	finish slow
	cmp slow.out <(seq 300)
}

# Their queue is full, or, while they are connected to us, what we may have under way is all theirs.
reads_nothing() { # KIND
	speaker
	gather unixgram --lines
	start stuck python3 -c '
import socket, sys, time
sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
sock.bind("")
if sys.argv[1] == "connected":
    sock.connect("socket")
sock.sendto(b"stuck", "socket")
time.sleep(60)' "$1"
	eventually has_heard stuck
	# More than the pipe holds: it would take for ever if what he does not take were kept for him.
	timeout "$LIMIT" seq 20000 >&"$SILENCE"
	eventually input_is_read
	eventually rests
	still_serves
}
# Whether nothing is left in the pipe on standard input.
input_is_read() {
	python3 -c 'import array, fcntl, sys, termios
unread = array.array("i", [0])
fcntl.ioctl(int(sys.argv[1]), termios.FIONREAD, unread)
sys.exit(unread[0] != 0)' "$SILENCE"
}

@test "unix datagrams: what somebody does not read is lost, and he keeps nobody from being heard" { reads_nothing unconnected; }
@test "unix datagrams: the same of who is connected" { reads_nothing connected; }
@test "unix datagrams: who reads nothing does not keep the next one from being answered" {
	reads_nothing unconnected
	# shellcheck disable=SC2046
	somebody other send:other $(printf 'message %.0s' {1..300})
	eventually has_heard other
	say hello
	eventually grep -qx hello other.out
}

# --- Input, and how it ends

@test "input is not read before somebody was heard" {
	speaker
	gather udp
	say early
	for _ in 1 2 3 4 5; do moment; done
	run -0 python3 -c '
import fcntl, os, struct, sys, termios
print(*struct.unpack("i", fcntl.ioctl(0, termios.FIONREAD, bytes(4))))' <&"$SILENCE"
	assert_output 6
	somebody one send:one message
	finish one
	assert_equal "$(<one.out)" early
}

@test "a file on standard input is one datagram, for the first alone" {
	echo 'the file' >us.in
	gather udp
	somebody one send:one message
	finish one
	assert_equal "$(<one.out)" 'the file'
	somebody two send:two quiet:0.2
	finish two
	has_heard onetwo
}

@test "a file that is too long for a datagram ends the server, with status 2" {
	random 65508 us.in
	gather udp
	calls one
	finish us 2
	assert_complained us '.*message too long: the limit is 65507 bytes'
}

@test "the end of input does not end the server" {
	feed await:one.heard send:bye
	gather udp
	somebody one send:one message
	eventually has_heard one
	touch one.heard
	finish one
	finish feeder
	rests
	still_serves
	assert [ ! -e us.status ]
}

@test "-d: input is not read, and all are heard" {
	speaker
	say unheard
	gather udp -d -W 2
	somebody one send:one quiet:0.2
	finish one
	calls two
	finish us
	assert_equal "$(<us.out)" onetwo
	read -rt "$LIMIT" -u "$SILENCE" line
	assert_equal "$line" unheard
}

@test "--send-only: what is said is thrown away, input goes to the one heard last" {
	feed await:one.sent send:1 await:two.sent send:2
	gather udp --send-only
	somebody one send:one message touch:one.done
	# It is heard before what comes is read, since nothing is sent before.
	touch one.sent
	finish one
	somebody two send:two touch:two.heard message
	eventually test -e two.heard
	calls three
	assert_equal "$(<one.out)" 1
	touch two.sent
	finish feeder
	finish us
	assert_equal "$(<us.out)" ''
}

@test "-W ends after so many, whoever has sent them" {
	gather udp -W 3 </dev/null
	calls one
	calls two
	assert [ ! -e us.status ]
	calls three
	finish us
	assert_equal "$(<us.out)" onetwothree
}

@test "-W leaves what came later" {
	gather udp -W 3 </dev/null
	kill -STOP "$(pid_of us)"
	run -0 python3 "$TESTS/peer.py" "${PEER[@]}" "$PORT" send:1 send:2
	run -0 python3 "$TESTS/peer.py" "${PEER[@]}" "$PORT" send:3 send:4
	kill -CONT "$(pid_of us)"
	finish us
	assert_equal "$(<us.out)" 123
}

ends_in_silence() { # OPTION
	gather udp "$1" 200ms </dev/null
	# It counts from the first one on.
	for _ in {1..30}; do moment; done
	assert [ ! -e us.status ]
	clock_start
	calls one
	finish us
	assert_took 150
	assert_equal "$(<us.out)" one
}

@test "-w ends it when nobody says anything for so long" { ends_in_silence -w; }
@test "--idle-timeout ends it when nobody says anything for so long" { ends_in_silence --idle-timeout; }
@test "-q ends it when nobody says anything for so long after the end of input" { ends_in_silence -q; }

@test "-w, while there is input still, is a time-out: status 4" {
	speaker
	gather udp -w 100ms
	calls one
	finish us 4
	assert_complained us '.*(timed out|neither side).*'
}

@test "stdout's reader has gone: the server ends, with status 5, also while it is idle" {
	read_by await:go
	gather udp </dev/null
	touch go
	finish us 5
	assert_complained us 'write to standard output: Broken pipe.*'
}

@test "stdout's reader has gone, after somebody was heard: status 5" {
	read_by expect:one await:go
	gather udp </dev/null
	calls one
	touch go
	finish us 5
	assert_complained us 'write to standard output: Broken pipe.*'
}

@test "an output that is not read keeps nobody from being answered, and does not spin" {
	speaker
	stuck_output
	gather udp
	random 60000 data
	# More than strait takes in, so that some wait in the socket.
	# shellcheck disable=SC2046
	run -0 python3 "$TESTS/peer.py" "${PEER[@]}" "$PORT" $(printf 'file:data %.0s' {1..200})
	rests
	somebody one send:one message await:never
	say hello
	rests
}

signalled() { # SIGNAL STATUS
	gather unixgram </dev/null
	calls one
	eventually has_heard one
	kill "-$1" "$(pid_of us)"
	finish us "$2"
	nothing_left
}

@test "SIGTERM ends it, and removes its path" { signalled TERM 143; }
@test "SIGINT ends it, and removes its path" { signalled INT 130; }
@test "SIGHUP ends it, and removes its path" { signalled HUP 129; }
@test "SIGTERM removes the path also before anybody was heard" {
	gather unixgram </dev/null
	kill -TERM "$(pid_of us)"
	finish us 143
	nothing_left
}
@test "-W: the path is there until the end, and not after it" {
	gather unixgram -W 2 </dev/null
	calls one
	eventually has_heard one
	assert [ -S socket ]
	calls two
	finish us
	nothing_left
}

# --- What is lost

# FLOOD: so many datagrams for each HOST, to a server that cannot run meanwhile.
FLOOD='
import socket, sys
for host in sys.argv[2:]:
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    for _ in range(20000):
        sock.sendto(bytes(1000), (host, int(sys.argv[1])))'

@test "with -v, what has found no room is told, of all sockets together" {
	needs_linux_build
	listen us -k -u -w 1 0 </dev/null
	kill -STOP "$(pid_of us)"
	run -0 python3 -c "$FLOOD" "$PORT" 127.0.0.1 ::1
	kill -CONT "$(pid_of us)"
	finish us
	assert_said us '^strait: [0-9]+ datagrams lost so far: they came faster'
	lost=$(awk '/datagrams lost/ { print $2 }' us.err | tail -1)
	assert [ "$lost" -gt 0 ]
	assert_equal $((lost + $(stat -c %s us.out) / 1000)) 40000
}

@test "with -v, all are told of once: as a connection of the first" {
	gather udp </dev/null
	calls one
	calls two
	eventually has_heard onetwo
	assert_equal "$(grep -c '^Connection received on 127.0.0.1 [0-9]*$' us.err)" 1
	assert_equal "$(grep -c . us.err)" 2
}

# --- Who may speak

# strait from ADDRESS says TEXT.
from() { # ADDRESS TEXT
	run -0 strait -u -s "$1" -q 0 "${@:3}" 127.0.0.1 "$PORT" <<<"$2"
}

@test "--deny: who is denied is not heard, first or later" {
	gather udp --deny 127.0.0.2,127.0.1.0/24 </dev/null
	from 127.0.0.2 denied
	from 127.0.1.9 denied
	from 127.0.0.1 one
	eventually has_heard one
	from 127.0.0.2 denied
	from 127.0.0.3 two
	eventually has_heard two
	from 127.0.1.1 denied
	from 127.0.0.1 three
	eventually has_heard three
	assert_equal "$(xargs <us.out)" 'one two three'
	assert_said us '^strait: refused 127\.0\.0\.2 [0-9]+: denied$'
}

@test "--deny: input goes to the one heard last who is not denied" {
	speaker
	gather udp --deny 127.0.0.2
	somebody one send:one message
	eventually has_heard one
	from 127.0.0.2 denied
	# What is sent now comes behind it.
	rests
	say hello
	finish one
	assert_equal "$(<one.out)" hello
	refute has_heard denied
}

@test "--allow: nobody else is heard" {
	gather udp --allow 127.0.0.2 </dev/null
	from 127.0.0.1 other
	from 127.0.0.2 one
	eventually has_heard one
	from 127.0.0.1 other
	from 127.0.0.2 two
	eventually has_heard two
	assert_equal "$(xargs <us.out)" 'one two'
	assert_said us '^strait: refused 127\.0\.0\.1 [0-9]+: not allowed$'
}

@test "--allow: one family, of a listener on both" {
	listen us -k -u --allow ::1 0 </dev/null
	way udp
	calls four
	way udp6
	calls six
	eventually has_heard six
	way udp
	calls four
	way udp6
	calls again
	eventually has_heard again
	assert_equal "$(<us.out)" sixagain
}

@test "--allow: who sends unix datagrams has no address, and is not heard" {
	gather unixgram --allow 127.0.0.1 </dev/null
	calls one
	eventually grep -q 'refused .*: not allowed' us.err
	assert_equal "$(<us.out)" ''
}

@test "a crowd of denied ones does not keep the server busy" {
	gather udp --deny 127.0.0.1 </dev/null
	calls one
	calls two
	rests
	assert_equal "$(<us.out)" ''
	assert [ ! -e us.status ]
}

@test "--max-conns is refused: all who send are one client" {
	refused 2 -lku --max-conns 1 127.0.0.1 0 '^strait: --max-conns with -u needs -e or --sh-exec or --to'
}
