#!/usr/bin/env bats
# How messages are marked in a byte stream, and how one is made of a byte stream: --lines, --frames,
# --datagram-size.
#
# meet in helpers.bash uses ARGS.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154 # ... and run sets stderr and stderr_lines

load helpers

# What strait listens on and connects to: LISTEN and CONNECT. It does not wait for answers to datagrams.
way() { # DOMAIN
	domain "$1"
	! is_datagrams "$1" || CONNECT=(-q 0 "${CONNECT[@]}")
}

# --- --lines and --frames: what is sent and what comes

# Lines become messages (which the listener frames), and messages lines. COUNT ends the listener.
lines_to_messages() { # WAY INPUT COUNT MESSAGE...
	way "$1"
	listen server -W "$3" --frames "${LISTEN[@]}" </dev/null
	run -0 strait --lines "${CONNECT[@]}" "$PORT" < <(printf %b "$2")
	assert_output ''
	finish server
	cmp <(frames write "${@:4}") server.out
}

TEXT='one\n\n three\n\r\nlast'
SAID=(one '' ' three' $'\r' last)

# @domain: udp=UDP over IPv4 | udp6=UDP over IPv6 | unixgram=unix datagrams | seqpacket
@test "--lines: each line is a message; @domain" { lines_to_messages @domain "$TEXT" 5 "${SAID[@]}"; }
# Linux alone can tell an empty message of a sequence from its end when both are there.
@test "--lines: empty lines are empty messages, and there is none behind the last" {
	needs_linux_build
	lines_to_messages seqpacket '\n\n\n' 4 '' '' ''
}
@test "--lines: more lines than go at once" {
	local lines
	mapfile -t lines < <(seq 1000)
	lines_to_messages unixgram "$(seq 1000)\n" 1000 "${lines[@]}"
}

messages_to_lines() { # WAY
	way "$1"
	listen server -W 6 --lines "${LISTEN[@]}" </dev/null
	frames write one '' $'with\n' $'two\nlines' $'\n' last | strait --frames "${CONNECT[@]}" "$PORT"
	finish server
	cmp <(printf 'one\n\nwith\ntwo\nlines\n\nlast\n') server.out
}

@test "--lines: each message is a line; @domain" { messages_to_lines @domain; }

# The listener's own input goes to whom it has heard.
listener_sends() { # WAY
	way "$1"
	printf 'one\n\nlast' >server.in
	# Datagrams have no end.
	if [[ $1 != seqpacket ]]; then
		LISTEN+=(-q 0)
		CONNECT=(-W 3 "${CONNECT[@]/#0/${LIMIT:?}}")
	fi
	listen server --lines "${LISTEN[@]}"
	frames write hello >data
	strait --frames "${CONNECT[@]}" "$PORT" <data >got
	finish server
	cmp <(frames write one '' last) got
	assert_equal "$(<server.out)" hello
}

@test "--lines: a listener's lines are messages, too; @domain" { listener_sends @domain; }

# One byte is written when the one before has been read.
SLOWLY='
import fcntl, os, subprocess, sys, termios
given, ours = os.pipe()
strait = subprocess.Popen(sys.argv[2:], stdin=given)
with open(sys.argv[1], "rb") as file:
    for byte in file.read():
        os.write(ours, bytes([byte]))
        while int.from_bytes(fcntl.ioctl(ours, termios.FIONREAD, bytes(4)), sys.byteorder):
            pass
os.close(ours), os.close(given)
sys.exit(strait.wait())'

slowly() { # WAY WORD
	way "$1"
	listen server -W 5 --frames "${LISTEN[@]}" </dev/null
	frames write "${SAID[@]}" >expected
	if [[ $2 == --lines ]]; then printf %b "$TEXT"; else cat expected; fi >data
	run -0 timeout "$LIMIT" python3 -c "$SLOWLY" data "${STRAIT[@]}" "$2" "${CONNECT[@]}" "$PORT" 3>&-
	finish server
	cmp expected server.out
}

@test "--lines: input may come byte by byte; UDP" { slowly udp --lines; }
@test "--lines: input may come byte by byte; seqpacket" { slowly seqpacket --lines; }
# @case: udp=UDP | tcp=TCP | unix=unix socket
@test "--frames: input may come byte by byte; @case" { slowly @case --frames; }

# --- Too long

too_long() { # WAY LIMIT WORD
	way "$1"
	local limit=$2
	if [[ $limit == buffer ]]; then
		limit=$(python3 -c '
import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
print(s.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) - 32)')
	fi
	head -c "$limit" /dev/zero | tr '\0' x >longest
	listen server -W 1 --frames "${LISTEN[@]}" </dev/null
	if [[ $3 == --lines ]]; then
		(cat longest; echo; cat longest; echo x) >data
	else
		(frames write "@$limit" "@$((limit + 1))") >data
	fi
	run -2 --separate-stderr strait "$3" "${CONNECT[@]}" "$PORT" <data
	assert_equal "${#stderr_lines[@]}" 1
	assert_regex "$stderr" "^strait: .*message too long: the limit is $limit bytes"
	finish server
	assert_equal "$(stat -c %s server.out)" $((limit + 4))
}

@test "--lines: a line over the limit is refused, the longest one isn't; UDP over IPv4" { too_long udp 65507 --lines; }
@test "--lines: a line over the limit is refused, the longest one isn't; UDP over IPv6" { too_long udp6 65527 --lines; }
# @domain: unixgram=unix datagrams | seqpacket
@test "--lines: a line over the limit is refused, the longest one isn't; @domain" { too_long @domain buffer --lines; }
@test "--frames: a message over the limit is refused, the longest one isn't; UDP over IPv4" { too_long udp 65507 --frames; }
@test "--frames: a message over the limit is refused, the longest one isn't; UDP over IPv6" { too_long udp6 65527 --frames; }
@test "--frames: a message over the limit is refused, the longest one isn't; @domain" { too_long @domain buffer --frames; }

@test "--lines: an endless line is refused, and takes no endless memory" {
	needs_linux_build
	way udp
	listen server -W 1 "${LISTEN[@]}" </dev/null
	# What runs under something large needs more.
	[[ -n ${SLOW:-} ]] || STRAIT=(prlimit --as=$((64 << 20)) "${STRAIT[@]}")
	run -2 --separate-stderr strait --lines "${CONNECT[@]}" "$PORT" < <(tr '\0' x </dev/zero)
	assert_regex "$stderr" '^strait: .*message too long'
}

# --- --frames

MEGABYTES=$((16 << 20))

# Messages of these sizes, from a client to a listener.
to_listener() { # WAY SIZE...
	way "$1"
	frames write "${@:2}" >data
	listen server -W $(($# - 1)) --frames "${LISTEN[@]}" </dev/null
	run -0 strait --frames "${CONNECT[@]}" "$PORT" < <(cat data)
	finish server
	cmp data server.out
}

@test "--frames: messages of all sizes, empty ones too; UDP over IPv4" { to_listener udp @0 @1 @4 @255 @0 @256 @65507 @0; }
@test "--frames: messages of all sizes, empty ones too; UDP over IPv6" { to_listener udp6 @0 @1 @4 @255 @0 @256 @65527 @0; }
@test "--frames: messages of all sizes, empty ones too; unix datagrams" { to_listener unixgram @0 @1 @4 @255 @0 @65536 @200000 @0; }
@test "--frames: messages of all sizes, empty ones too; seqpacket" { to_listener seqpacket @0 @1 @4 @255 @0 @65536 @200000 @0 @1; }
@test "--frames: messages of all sizes, empty ones too; TCP" { to_listener tcp @0 @1 @4 @255 @0 @65536 @1000000 @0; }
@test "--frames: messages of all sizes, empty ones too; unix socket" { to_listener unix @0 @1 @4 @255 @0 @65536 @1000000 @0; }
@test "--frames: 16 MiB are allowed; TCP" { to_listener tcp @5 "@$MEGABYTES" @5; }
@test "--frames: 16 MiB are allowed; unix socket" { to_listener unix "@$MEGABYTES" "@$((MEGABYTES - 1))"; }

# Both ways at once over what has an end, with many messages in one read.
both_ways() { # WAY
	way "$1"
	local sizes
	mapfile -t sizes < <(for _ in {1..1000}; do echo "@$((RANDOM % 300 * (RANDOM % 50)))"; done)
	frames write "${sizes[@]}" @1 >server.in
	frames write "${sizes[@]:300}" "@200000" >data
	listen server --frames "${LISTEN[@]}"
	strait --frames "${CONNECT[@]}" "$PORT" <data >got
	finish server
	cmp data server.out
	cmp server.in got
}

# @domain: tcp=TCP | seqpacket
@test "--frames: a thousand messages of any size each way; @domain" { both_ways @domain; }
@test "--frames: a thousand messages of any size each way; unix socket" { both_ways unix; }

# A stream is marked as standard input and output are.
on_the_wire() { # ROLE DOMAIN
	frames write hello '' >us.in
	ARGS=(--frames)
	meet "$1" "$2" 'send:\0\0\0\3' 'expect:\0\0\0\5hello\0\0\0\0' 'send:a\nb\0\0' 'send:\0\0\0\0\0\1c' shut rest
	finish us
	finish them
	assert_equal "$(frames read <us.out)" "3 b'a\\nb'
0 b''
1 b'c'"
	assert_equal "$(<them.out)" ''
}

# @role: connect=connecting | listen=listening
@test "--frames: a stream is framed; @role over TCP" { on_the_wire @role tcp; }
@test "--frames: a stream is framed; connecting to a unix socket" { on_the_wire connect unix; }
@test "--frames: a stream is framed; listening on a unix socket" { on_the_wire listen unix; }

@test "--frames: a peer's frames may come byte by byte" {
	ARGS=(--frames -d)
	local byte steps=()
	for byte in 0 0 0 3 101 110 100 0 0 0 0 0 0 0 1 255; do
		steps+=("send:\\x$(printf %02x "$byte")" acked)
	done
	meet connect tcp "${steps[@]}" shut
	finish us
	assert_equal "$(frames read <us.out)" "3 b'end'
0 b''
1 b'\\xff'"
}

@test "--frames: -W ends after so many messages of a stream, and leaves the others" {
	ARGS=(--frames -W 2)
	silent_input
	meet connect tcp 'send:\0\0\0\1a\0\0\0\0\0\0\0\1c\0\0' rest
	finish us
	assert_equal "$(frames read <us.out)" "1 b'a'
0 b''"
}

# A chain of any sockets: messages stay what they are.
@test "--frames: messages go through UDP, a unix socket and TCP" {
	frames write @0 @1 @1000 @0 @65507 >data
	listen last --frames 127.0.0.1 0 </dev/null
	start middle bash -c '"${@:2}" -v -l -U --frames socket </dev/null | "${@:2}" --frames 127.0.0.1 "$1"' \
		middle "$PORT" "${STRAIT[@]}"
	eventually listening middle
	start first bash -c '"$@" -v -l -u -W 5 --frames 127.0.0.1 0 </dev/null | "$@" -U --frames socket' \
		first "${STRAIT[@]}"
	eventually listening first
	run -0 strait -u -q 0 --frames 127.0.0.1 "$PORT" <data
	finish first
	finish middle
	finish last
	cmp data last.out
}

# --- What is no frame

BAD_FRAMES=('\0' '\0\0\0' '\0\0\0\5' '\0\0\0\5four' '\0\0\0\1x\0\0\0\5four')

# Of a peer: what was whole is written, the rest is not.
peer_breaks_off() { # ROLE DOMAIN
	local bad original=("${STRAIT[@]}")
	for bad in "${BAD_FRAMES[@]}"; do
		rm -f us.* them.* socket
		ARGS=(--frames)
		wires '</dev/null'
		meet "$1" "$2" "send:\\0\\0\\0\\2ok$bad" shut
		finish us 1
		assert_complained us '.*it ended inside a frame'
		assert_equal "$(frames read <us.out | head -n 1)" "2 b'ok'"
		STRAIT=("${original[@]}")
	done
}

@test "--frames: a peer that ends inside a frame is told, status 1; TCP" { peer_breaks_off connect tcp; }
@test "--frames: a peer that ends inside a frame is told, status 1; listening, TCP" { peer_breaks_off listen tcp; }
@test "--frames: a peer that ends inside a frame is told, status 1; unix socket" { peer_breaks_off connect unix; }

peer_sends_too_much() { # DOMAIN
	ARGS=(--frames)
	wires '</dev/null'
	meet connect "$1" 'send:\0\0\0\2ok\1\0\0\1' rest
	finish us 1
	assert_complained us '.*message too long: the limit is 16777216 bytes'
	assert_equal "$(frames read <us.out)" "2 b'ok'"
}

@test "--frames: a peer's frame over 16 MiB is told, status 1; TCP" { peer_sends_too_much tcp; }
@test "--frames: a peer's frame over 16 MiB is told, status 1; unix socket" { peer_sends_too_much unix; }

# Of our input: the peer does not take what has come for all.
input_breaks_off() { # WAY INPUT STATUS LINE
	way "$1"
	listen server --frames "${LISTEN[@]}" </dev/null
	run "-$3" --separate-stderr strait --frames "${CONNECT[@]}" "$PORT" < <(printf "\\0\\0\\0\\2ok%b" "$2")
	assert_equal "${#stderr_lines[@]}" 1
	assert_regex "$stderr" "^strait: .*standard input: $4"
	finish server 1
	assert_complained server ''
}

@test "--frames: input that ends inside a mark is told on both sides; TCP" { input_breaks_off tcp '\0\0' 5 'it ended inside a frame'; }
@test "--frames: input that ends inside a frame is told on both sides; TCP" { input_breaks_off tcp '\0\0\0\5four' 5 'it ended inside a frame'; }
@test "--frames: input with a frame over 16 MiB is told on both sides; TCP" { input_breaks_off tcp '\1\0\0\1' 5 'message too long: the limit is 16777216 bytes'; }
@test "--frames: input that ends inside a mark is told on both sides; unix socket" { input_breaks_off unix '\0\0' 5 'it ended inside a frame'; }
@test "--frames: input that ends inside a frame is told on both sides; unix socket" { input_breaks_off unix '\0\0\0\5four' 5 'it ended inside a frame'; }
@test "--frames: input with a frame over 16 MiB is told on both sides; unix socket" { input_breaks_off unix '\1\0\0\1' 5 'message too long: the limit is 16777216 bytes'; }
@test "--frames: input that ends inside a frame is told; UDP" {
	peer them -u listen 127.0.0.1 0 message
	run -5 --separate-stderr strait --frames -u 127.0.0.1 "$PORT" < <(printf '\0\0\0\2ok\0\0\0\5four')
	assert_regex "$stderr" '^strait: .*standard input: it ended inside a frame'
	finish them
	assert_equal "$(<them.out)" ok
}

# --- Nobody reads

rss() {
	awk '/VmRSS/ { print $2 }' "/proc/$1/status"
}

# Far more than fits on the way comes; it is taken as it is read, and all of it is there at last.
stalled() { # DOMAIN
	needs_linux_build
	local sizes most=0 now pid
	mapfile -t sizes < <(for _ in {1..3000}; do echo "@$((RANDOM / 2))"; done)
	frames write "${sizes[@]}" "@$((4 << 20))" >data
	silent_input
	stuck_output
	ARGS=(--frames -W 3001 -I 64k)
	meet connect "$1" pour:data
	pid=$(pid_of us)
	for _ in {1..50}; do
		moment
		now=$(rss "$pid")
		((now <= most)) || most=$now
	done
	start reader head -c "$(stat -c %s data)" us.out
	finish us
	finish reader
	cmp data reader.out
	[[ -n ${SLOW:-} ]] || ((most < 12 << 10)) || fail "it took $most KiB"
}

@test "--frames: what nobody reads takes little memory; TCP" { stalled tcp; }
@test "--frames: what nobody reads takes little memory; unix socket" { stalled unix; }

# --- --datagram-size

# Pieces of SIZE at most, as --frames shows them.
pieces() { # WAY INPUT SIZE COUNT LAST
	way "$1"
	random "$((($4 - 1) * $3 + $5))" data
	listen server -W "$4" --frames "${LISTEN[@]}" </dev/null
	if [[ $2 == pipe ]]; then
		strait --datagram-size "$3" "${CONNECT[@]}" "$PORT" < <(cat data)
	else
		strait --datagram-size "$3" "${CONNECT[@]}" "$PORT" <data
	fi
	finish server
	run -0 python3 -c '
import sys
data, size, count, last = open("data", "rb").read(), *map(int, sys.argv[1:])
for piece in [size] * (count - 1) + [last]:
    assert int.from_bytes(sys.stdin.buffer.read(4), "big") == piece
    assert sys.stdin.buffer.read(piece) == data[:piece]
    data = data[piece:]
assert not sys.stdin.buffer.read(1)' "${@:3}" <server.out
}

@test "--datagram-size: a file is cut; UDP" { pieces udp file 512 20 17; }
@test "--datagram-size: a file is cut; unix datagrams" { pieces unixgram file 1000 20 1000; }
@test "--datagram-size: a file is cut; seqpacket" { pieces seqpacket file 512 200 1; }
@test "--datagram-size: a pipe is cut; UDP" { pieces udp pipe 512 20 17; }
@test "--datagram-size: a pipe is cut; unix datagrams" { pieces unixgram pipe 512 20 17; }
@test "--datagram-size: a pipe is cut; seqpacket" { pieces seqpacket pipe 4096 10 4095; }
@test "--datagram-size: 1 byte each; UDP" { pieces udp file 1 50 1; }
@test "--datagram-size: 1 byte each; unix datagrams" { pieces unixgram pipe 1 50 1; }

@test "--datagram-size: more than the limit is the limit, and a file is cut there" {
	way udp
	random 70000 data
	listen server -W 2 --frames "${LISTEN[@]}" </dev/null
	run -0 strait --datagram-size 100k "${CONNECT[@]}" "$PORT" <data
	finish server
	cmp <(tail -c +5 server.out | head -c 65507; tail -c 4493 server.out) data
	assert_equal "$(stat -c %s server.out)" 70008
}

@test "--datagram-size: 0 is refused" { refused 2 -u --datagram-size 0 127.0.0.1 1 '^strait: --datagram-size 0: '; }
