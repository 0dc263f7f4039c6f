#!/usr/bin/env bats
# The clocks: -w, --wait, --idle-timeout, and -q. A time that has passed is checked exactly from
# below; from above it is enough that strait ends at all, but for a few.
#
# meet in helpers.bash uses ARGS.
# shellcheck disable=SC2034

load helpers

# us ends with STATUS no sooner than MS milliseconds after the clock was started.
finish_after() { # MS STATUS
	finish us "$2"
	assert_took "$1"
}

# -w: nothing moves.
idle() {
	ARGS=("${@:3}")
	silent_input
	clock_start
	meet "$1" "$2" await:never
	finish_after 300 4
	assert_complained us 'timed out: nothing moved for .*\(0 bytes sent, 0 received\)$'
}

# @domain: tcp=TCP | unix
# @role: listen=listening | connect=connected
@test "@domain, @role: -w ends when nothing moves" { idle @role @domain -w 0.3; }
@test "@role: --idle-timeout ends when nothing moves" { idle @role tcp --idle-timeout 0.3; }
@test "times may be milliseconds" { idle connect unix -w 300ms; }
@test "times may be seconds" { idle connect unix -w 0.3s; }
@test "times may be minutes" { idle connect unix -w 0.005m; }
@test "times may be hours" { idle connect unix -w 0.0001h; }

# -w after the end of input, too.
idle_after_input() {
	ARGS=(-w 0.3)
	echo data >us.in
	clock_start
	meet "$1" tcp 'expect:data\n' await:never
	finish_after 300 4
	assert_said us 'timed out: nothing moved'
}

@test "@role: -w ends when nothing moves after the end of input" { idle_after_input @role; }

# Bytes that trickle are not idleness. Each of the five pauses is short of -w, together they are not.
TRICKLE=(send:1 pause:0.3 send:2 pause:0.3 send:3 pause:0.3 send:4 pause:0.3 send:5)

trickle_in() {
	ARGS=(-w 1)
	silent_input
	clock_start
	meet "$1" "$2" "${TRICKLE[@]}" shut rest
	finish_after 1200 0
	assert_equal "$(<us.out)" 12345
}

trickle_out() {
	ARGS=(-w 1)
	feed "${TRICKLE[@]}"
	clock_start
	meet "$1" "$2" rest
	finish_after 1200 0
	assert_equal "$(<them.out)" 12345
}

@test "TCP, listening: -w waits while bytes trickle in" { trickle_in listen tcp; }
@test "TCP, connected: -w waits while bytes trickle out" { trickle_out connect tcp; }
@test "unix, listening: -w waits while bytes trickle out" { trickle_out listen unix; }
@test "unix, connected: -w waits while bytes trickle in" { trickle_in connect unix; }

# A stalled peer is idle, however much there is to be told to it.
stalled_peer() {
	ARGS=(-w 0.5)
	wires '< <(exec yes)'
	clock_start
	meet "$1" "$2" await:never
	finish_after 500 4
	assert_said us 'timed out: nothing moved for .*\([0-9]{4,} bytes sent, 0 received\)$'
}

# So is a stalled reader of standard output.
stalled_reader() {
	ARGS=(-w 0.5)
	silent_input
	stuck_output
	clock_start
	meet "$1" "$2" flood await:never
	finish_after 500 4
	assert_said us 'timed out: nothing moved for .*\(0 bytes sent, [0-9]{4,} received\)$'
}

@test "@domain, @role: -w ends with a stalled peer and an endless input" { stalled_peer @role @domain; }
@test "@domain, @role: -w ends with a stalled output and an endless peer" { stalled_reader @role @domain; }

# Connecting to one that does not answer: its backlog is full.
nobody_answers() {
	start them python3 "$TESTS/peer.py" "${@:2}" await:"$1" close await:never
	eventually listening them
	clock_start
}

give_up() {
	domain "$1"
	nobody_answers never "${FLAG[@]}" full "${HERE[@]}"
	start us "${STRAIT[@]}" "${@:2}" "${CONNECT[@]}" "$PORT"
	finish_after 300 4
	assert_complained us 'connect to .*timed out'
}

@test "@domain: -w gives up connecting" { give_up @domain -w 0.3; }
@test "@domain: --wait gives up connecting" { give_up @domain --wait 0.3; }
@test "TCP: --wait counts for connecting where -w is longer" { give_up tcp -w 1h --wait 0.3; }

# There is a socket in SYN_SENT to the port.
asks_to_connect() {
	grep -Eq "$(printf ':%04X 02 ' "$PORT")" /proc/net/tcp
}

# The kernel tries again after a second, and is refused.
@test "--idle-timeout leaves connecting alone" {
	nobody_answers started full 127.0.0.1 0
	start us "${STRAIT[@]}" --idle-timeout 0.1 127.0.0.1 "$PORT"
	eventually asks_to_connect
	touch started
	finish_after 900 1
	assert_said us 'Connection refused'
}

wait_leaves_talking_alone() {
	ARGS=("$@")
	silent_input
	clock_start
	meet connect tcp pause:0.5 send:hello shut rest
	finish_after 500 0
	assert_equal "$(<us.out)" hello
}

@test "--wait leaves the conversation alone" { wait_leaves_talking_alone --wait 0.2; }
@test "--idle-timeout counts for talking where -w is shorter" { wait_leaves_talking_alone -w 0.2 --idle-timeout 1h; }

# The first client comes later than that.
counts_from_the_first_client() {
	local hello=()
	domain "$1"
	! is_datagrams "$1" || hello=(send:hello)
	silent_input
	listen us -w 0.3 "${LISTEN[@]}"
	read -rt 0.6 <> <(:) || :
	[[ ! -e us.status ]]
	clock_start
	peer them "${FLAG[@]}" connect "${THERE[@]}" "$PORT" "${hello[@]}" await:never
	finish_after 300 4
}

@test "@domain, listening: -w counts from the first client on" { counts_from_the_first_client @domain; }
@test "UDP, listening: -w counts from the first datagram on" { counts_from_the_first_client udp; }

# --wait, listening: nobody comes.
nobody_comes() {
	clock_start
	start us "${STRAIT[@]}" -l --wait 0.3 "$@" </dev/null
	finish_after 300 4
	assert_complained us 'timed out: no client came within 300ms$'
	nothing_left
}

@test "TCP: --wait bounds the wait for a peer" { nobody_comes 127.0.0.1 0; }
@test "TCP, both families: --wait bounds the wait for a peer" { nobody_comes; }
@test "UDP: --wait bounds the wait for a peer" { nobody_comes -u 127.0.0.1 0; }
@test "unix: --wait bounds the wait for a peer" { nobody_comes -U socket; }
@test "unix datagrams: --wait bounds the wait for a peer" { nobody_comes -Uu socket; }
@test "seqpacket: --wait bounds the wait for a peer" { nobody_comes -U --seqpacket socket; }
@test "-k: --wait bounds the wait for a peer" { nobody_comes -k 127.0.0.1 0; }
@test "-ku: --wait bounds the wait for a peer" { nobody_comes -ku 127.0.0.1 0; }
@test "a command: --wait bounds the wait for a peer" { nobody_comes -e cat 127.0.0.1 0; }
@test "-k, commands: --wait bounds the wait for a peer" { nobody_comes -k -e cat 127.0.0.1 0; }
@test "-ku, commands: --wait bounds the wait for a peer" { nobody_comes -ku -e cat 127.0.0.1 0; }
@test "a room: --wait bounds the wait for a peer" { nobody_comes --chat 127.0.0.1 0; }
@test "a socket that was handed over: --wait bounds the wait for a peer" {
	start us python3 -c '
import os, socket, sys
sock = socket.create_server(("127.0.0.1", 0))
os.dup2(sock.fileno(), 3)
os.set_inheritable(3, True)
os.execv(sys.argv[1], sys.argv[1:])' "${STRAIT[@]}" -l --inherit=3 --wait 0.3 </dev/null
	finish us 4
}
@test "--wait is told, whatever -w says" { nobody_comes -w 1h 127.0.0.1 0; }

# --wait counts for the first peer, and not when it is there.
wait_is_over() { # DOMAIN [STEP...]
	ARGS=(--wait 3)
	silent_input
	clock_start
	meet listen "$1" "${@:2}" pause:3.5 send:hello await:never
	eventually grep -q hello us.out
	assert_took 3500
}

@test "@domain: --wait leaves a conversation alone" { wait_is_over @domain; }
@test "UDP: --wait leaves a conversation alone" { wait_is_over udp send:first; }

@test "-k: --wait counts for the first client, and for none after it" {
	listen us -k --wait 3 127.0.0.1 0 </dev/null
	clock_start
	run -0 strait 127.0.0.1 "$PORT" <<<one
	until assert_took 3500 2>/dev/null; do moment; done
	run -0 strait 127.0.0.1 "$PORT" <<<two
	eventually grep -q two us.out
}
@test "--wait: a client that is turned away has not come" {
	clock_start
	listen us -k --deny 127.0.0.1 --wait 2 127.0.0.1 0 </dev/null
	strait 127.0.0.1 "$PORT" </dev/null || :
	finish_after 2000 4
	assert_said us '^strait: refused 127\.0\.0\.1 '
	assert_said us '^strait: timed out: no client came within 2s$'
}
@test "one datagram, or nothing: -W 1 and --wait" {
	listen us -u -W 1 --wait 10s 127.0.0.1 0 </dev/null
	run -0 strait -u -q 0 127.0.0.1 "$PORT" <<<hello
	finish us
	assert_equal "$(<us.out)" hello
	rm us.*
	nobody_comes -u -W 1 127.0.0.1 0
}
@test "a relay: --wait counts for what it connects to, and not for clients" {
	peer them listen 127.0.0.1 0 send:hello shut rest
	listen us --wait 300ms --to "127.0.0.1:$PORT" 127.0.0.1 0 </dev/null
	clock_start
	until assert_took 600 2>/dev/null; do moment; done
	run -0 strait 127.0.0.1 "$PORT" </dev/null
	assert_output hello
	finish us
}

# -q: one side has finished.
peer_never_finishes() {
	ARGS=(-q "$3")
	echo data >us.in
	clock_start
	meet "$1" "$2" 'expect:data\n' "${@:5}" await:never
	finish_after "$4" 4
	assert_said us 'timed out: .* standard input'
}

@test "@domain, @role: after the end of input -q ends it" { peer_never_finishes @role @domain 0.3 300; }
@test "@role: -q ends it though the peer goes on talking" { peer_never_finishes @role tcp 300ms 300 flood; }
@test "@role: -q 0 ends it as soon as all has arrived" { peer_never_finishes @role tcp 0 0; }

all_arrives_before_the_end() {
	ARGS=(-q 0)
	random $((4 << 20)) us.in
	meet "$1" "$2" rest
	eventually test -s us.status
	finish them
	cmp us.in them.out
}

@test "@domain, @role: -q 0 lets all of the input arrive" { all_arrives_before_the_end @role @domain; }

nothing_to_say() {
	ARGS=(-q 1)
	wires '</dev/null'
	clock_start
	meet "$1" "$2" await:never
	finish_after 1000 4
}

@test "@domain, @role: -q 1 ends it with /dev/null as input" { nothing_to_say @role @domain; }

input_never_ends() {
	ARGS=(-q 0.3)
	silent_input
	printf one >&"$SILENCE"
	clock_start
	meet "$1" "$2" expect:one send:hello shut await:never
	finish_after 300 4
	assert_equal "$(<us.out)" hello
	assert_said us 'timed out: standard input had not finished'
}

@test "@domain, @role: after the peer's end -q ends it" { input_never_ends @role @domain; }

# In time, and without a limit.
reply_in_time() {
	ARGS=("${@:2}")
	echo data >us.in
	meet "$1" tcp rest pause:1.2 send:reply
	finish us
	assert_equal "$(<us.out)" reply
}

@test "@role: a reply within -q is complete" { reply_in_time @role -q 10; }
@test "@role: with -q -1 a reply may take its time" { reply_in_time @role -q -1; }

# Connected datagrams, after the end of input: nothing has come for a second.
silence_of_datagrams() {
	ARGS=("${@:3}")
	echo data >us.in
	clock_start
	meet connect "$1" message await:never
	finish_after "$2" 0
	assert_equal "$(<them.out)" data
	run cat us.err
	assert_output ''
}

# Sooner than without -q.
sooner() {
	silence_of_datagrams "$1" 100 -q 0.1 -w 15
	assert_took 0 10000
}

# @domain: udp=UDP | unixgram=unix datagrams
@test "@domain: one second after the end of input all is said" { silence_of_datagrams @domain 1000; }
@test "@domain: -q sets a longer time" { silence_of_datagrams @domain 1300 -q 1.3; }
@test "@domain: -q sets a shorter time" { sooner @domain; }
@test "@domain: -w sets a longer time" { silence_of_datagrams @domain 1300 -w 1.3; }
@test "UDP: -w after the end of input is an ordinary end" { silence_of_datagrams udp 300 -w 0.3; }

# The second begins anew with each of them.
replies_one_after_the_other() {
	echo data >us.in
	clock_start
	meet connect "$1" message pause:0.6 send:1 pause:0.6 send:2 await:never
	finish_after 2200 0
	assert_equal "$(<us.out)" 12
}

@test "@domain: the second begins anew with each datagram" { replies_one_after_the_other @domain; }

# Listening for datagrams: -w is an ordinary end after the end of input alone.
listening_for_datagrams() {
	ARGS=(-w 0.3)
	clock_start
	meet listen "$1" send:hello "${@:3}" await:never
	finish_after 300 "$2"
	assert_equal "$(<us.out)" hello
}

after_input() {
	printf reply >us.in
	listening_for_datagrams "$1" 0 message
	assert_equal "$(<them.out)" reply
}

before_the_end_of_input() {
	silent_input
	listening_for_datagrams "$1" 4
	assert_said us 'timed out: nothing moved'
}

@test "@domain, listening: -w is an ordinary end after the end of input" { after_input @domain; }
@test "@domain, listening: -w is an error before the end of input" { before_the_end_of_input @domain; }
