#!/usr/bin/env bats
# --stats: one line of figures at the end of each conversation.
#
# meet in helpers.bash uses ARGS.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034

load helpers

RATE='[0-9.]+ ([KMGT]iB|B)/s'
TCP='; (rtt [0-9]+\.[0-9]{3} ms, )?[0-9]+ retransmits, [a-z0-9_]+, mss [0-9]+'
TOOK='connect [0-9]+\.[0-9] ms'

# The only line of figures of us is "sent AMOUNT, received AMOUNT in TIME (RATES)REST"; all are regular
# expressions.
assert_figures() { # SENT RECEIVED REST
	assert_said us "^strait: stats: sent $1, received $2 in [0-9]+\.[0-9]{3} s \($RATE, $RATE\)$3\$"
	assert_equal "$(grep -c '^strait: stats: ' us.err)" 1
	assert_equal "$(tail -n 1 us.err | cut -d ' ' -f 2)" stats:
}

# What follows the rates for a conversation in DOMAIN.
rest_of() { # ROLE DOMAIN
	local rest=
	if [[ $2 == tcp* ]]; then
		is_portable_build || rest=$TCP
	elif is_datagrams "$2"; then
		rest='; [0-9]+ lost'
	fi
	[[ $1 == listen ]] || rest+="; $TOOK"
	echo "$rest"
}

both_ways() {
	local size=100000 messages=
	[[ $2 != seqpacket ]] || size=50000 messages=' in 1 messages'
	ARGS=(--stats)
	random "$size" us.in
	random 30000 reply
	meet "$1" "$2" file:reply rest
	finish us
	finish them
	cmp us.in them.out
	cmp reply us.out
	assert_figures "$size bytes$messages" "30000 bytes$messages" "$(rest_of "$1" "$2")"
}

# @role: listen=listening | connect=connected
# @domain: tcp=TCP over IPv4 | tcp6=TCP over IPv6 | unix=unix stream | seqpacket
@test "@domain, @role: the bytes of both directions" { both_ways @role @domain; }

# Three datagrams come in, and two go out.
datagrams() {
	ARGS=(--stats -W 3 --lines)
	printf 'first\nsecond\n' >us.in
	if [[ $1 == listen ]]; then
		meet "$1" "$2" send:1 message message send:22 send:333 pause:0.2
	else
		meet "$1" "$2" message message send:1 send:22 send:333 pause:0.2
	fi
	finish us
	assert_figures '11 bytes in 2 messages' '6 bytes in 3 messages' "$(rest_of "$1" "$2")"
}

# @domain: udp=UDP over IPv4 | udp6=UDP over IPv6 | unixgram=unix datagrams
@test "@domain, @role: datagrams are counted" { datagrams @role @domain; }

@test "a host name: how long it was looked up is said" {
	ARGS=(--stats)
	peer them listen 127.0.0.1 0 rest
	run -0 --separate-stderr strait -4 --stats localhost "$PORT" <<<hello
	# shellcheck disable=SC2154 # run sets it
	assert_regex "$stderr" "; look-up [0-9]+\.[0-9] ms, $TOOK\$"
}

# Bytes a second: 3 MB in somewhat more than a second.
@test "the rate is bytes by seconds" {
	ARGS=(--stats)
	random 3000000 us.in
	meet listen tcp pause:1 rest
	finish us
	run -0 awk '/^strait: stats: / {
		seconds = $10; rate = substr($12, 2); unit = $13
		wanted = $4 / seconds / (unit == "MiB/s," ? 1048576 : unit == "KiB/s," ? 1024 : 1)
		print seconds, rate, unit, wanted
		exit !(seconds >= 1 && rate > 0.94 * wanted && rate < 1.06 * wanted)
	}' us.err
}

@test "datagrams that came too fast are counted as lost" {
	needs_linux_build
	local pid
	ARGS=(--stats -I 4096 -W 1)
	domain udp
	listen us "${ARGS[@]}" "${LISTEN[@]}" </dev/null
	pid=$(pid_of us)
	kill -STOP "$pid"
	python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(200): s.sendto(b"x" * 1000, ("127.0.0.1", int(sys.argv[1])))' "$PORT"
	kill -CONT "$pid"
	finish us
	assert_figures '0 bytes in 0 messages' '1000 bytes in 1 messages' '; [1-9][0-9]* lost'
}

# --- A conversation that does not end well

reset() {
	ARGS=(--stats)
	silent_input
	printf unread >&"$SILENCE"
	meet "$1" "$2" expect:u send:hello await:read "$3"
	eventually grep -q hello us.out
	touch read
	finish us 1
	assert_said us '^strait: .*Connection reset by peer \(6 bytes sent, 5 received\)$'
	assert_figures '6 bytes' '5 bytes' "$(rest_of "$1" "$2")"
}

@test "TCP, @role: a connection that was reset" { reset @role tcp reset; }
@test "unix, @role: a connection that was closed over unread data" { reset @role unix close; }

idle() {
	ARGS=(--stats -w 300ms)
	silent_input
	printf hello >&"$SILENCE"
	meet "$1" "$2" await:never
	finish us 4
	assert_figures '5 bytes' '0 bytes' "$(rest_of "$1" "$2")"
}

# @domain: tcp=TCP | unix
@test "@domain, @role: a conversation that has timed out" { idle @role @domain; }

@test "standard output has lost its reader" {
	local rest
	rest=$(rest_of connect tcp)
	ARGS=(--stats)
	silent_input
	wires '| head -1; exit ${PIPESTATUS[0]}'
	meet connect tcp 'send:first\nsecond\n' await:never
	finish us 5
	assert_figures '0 bytes' '[0-9]+ bytes' "$rest"
}

interrupted() {
	ARGS=(--stats)
	silent_input
	printf hello >&"$SILENCE"
	meet "$1" "$2" expect:hello touch:heard await:never
	eventually test -e heard
	kill -INT "$(pid_of us)"
	finish us 130
	assert_figures '5 bytes' '0 bytes' "$(rest_of "$1" "$2")"
}

@test "@domain, @role: a conversation that SIGINT ends" { interrupted @role @domain; }

@test "UDP, listening for many: SIGINT ends it, and the figures are of all senders" {
	domain udp
	listen us --stats -k "${LISTEN[@]}" </dev/null
	peer one -u connect 127.0.0.1 "$PORT" send:one
	peer two -u connect 127.0.0.1 "$PORT" send:three
	eventually grep -q three us.out
	eventually grep -q one us.out
	kill -INT "$(pid_of us)"
	finish us 130
	assert_said us '^strait: stats: .*sent 0 bytes in 0 messages, received 8 bytes in 2 messages in .*; 0 lost$'
}

@test "there was no conversation: no figures" {
	free_port
	run -1 --separate-stderr strait --stats 127.0.0.1 "$FREE" </dev/null
	refute_regex "$stderr" stats
	run -4 --separate-stderr strait --stats --wait 100ms -l 127.0.0.1 0 </dev/null
	refute_regex "$stderr" stats
}

# --- Services

has_said() { # REGEX
	grep -Eq -- "$1" us.err
}

many() {
	local count
	domain "$1"
	listen us -k --stats "${LISTEN[@]}" </dev/null
	for count in 1000 2000 3000; do
		random "$count" data
		run -0 strait "${CONNECT[@]}" "$PORT" <data
	done
	for count in 1000 2000 3000; do
		eventually has_said "^strait: stats: $2: sent 0 bytes, received $count bytes in "
	done
	assert_equal "$(grep -c '^strait: stats: ' us.err)" 3
}

@test "TCP, -k: a line a client, with its name" { many tcp '127.0.0.1 [0-9]+'; }
@test "unix, -k: a line a client, with its name" { many unix '.*'; }

@test "-k: those who are still there when it ends have a line, too" {
	domain tcp
	listen us -k --stats "${LISTEN[@]}" </dev/null
	peer one connect 127.0.0.1 "$PORT" send:hello touch:said await:never
	eventually test -s us.out
	kill -TERM "$(pid_of us)"
	finish us 143
	assert_said us '^strait: stats: 127.0.0.1 [0-9]+: sent 0 bytes, received 5 bytes in '
}

program() {
	ARGS=(--stats -e cat)
	random 50000 data
	meet "$1" "$2" file:data shut rest
	finish us
	finish them
	cmp data them.out
	assert_figures '50000 bytes' '50000 bytes' "$(rest_of "$1" "$2")"
}

@test "@domain, @role: a program" { program @role @domain; }

@test "UDP: a line for each sender that has a program" {
	domain udp
	listen us -k --stats -w 300ms --sh-exec 'head -c 3' "${LISTEN[@]}" </dev/null
	peer one -u connect 127.0.0.1 "$PORT" send:one message
	peer two -u connect 127.0.0.1 "$PORT" send:two message
	finish one
	finish two
	eventually has_said '^strait: stats: 127.0.0.1 [0-9]+: sent 3 bytes in 1 messages, received 3 bytes in 1 messages in .*; 0 lost$'
}

relay() {
	domain "$1" server.socket
	peer server "${FLAG[@]}" listen "${HERE[@]}" expect:question send:answer shut rest
	address_of "$1"
	ARGS=(--stats --to "$TO")
	meet listen "$2" send:question shut rest
	finish us
	finish them
	assert_equal "$(<them.out)" answer
	assert_figures '6 bytes' '8 bytes' "$(rest_of connect "$2")"
}

@test "a relay: the figures are the client's, the time to connect the server's" { relay unix tcp; }
@test "a relay to TCP for a unix client" { relay tcp unix; }

rooms() {
	domain "$1"
	listen us "$2" --stats "${LISTEN[@]}" </dev/null
	peer one "${FLAG[@]}" connect "${THERE[@]}" "$PORT" touch:one await:two "$3"
	eventually test -e one
	peer two "${FLAG[@]}" connect "${THERE[@]}" "$PORT" "${@:4}" touch:two shut rest
	finish one
	finish two
	eventually has_said "^strait: stats: .*: sent [0-9]+ bytes, received 5 bytes in "
	eventually has_said "^strait: stats: .*: sent [1-9][0-9]* bytes, received 0 bytes in "
}

@test "@domain: each member of a broker has a line" { rooms @domain --broker expect:hello send:hello; }
@test "@domain: each member of a chat has a line" { rooms @domain --chat recv:30 'send:hell\n'; }

@test "several ports: a line each, with its name" {
	local first
	peer one listen 127.0.0.1 0 send:one shut rest
	first=$PORT
	peer two listen 127.0.0.1 0 send:three shut rest
	run -0 --separate-stderr strait --stats 127.0.0.1 "$first,$PORT" </dev/null
	assert_regex "$stderr" "strait: stats: 127.0.0.1 $first: sent 0 bytes, received 3 bytes in "
	assert_regex "$stderr" "strait: stats: 127.0.0.1 $PORT: sent 0 bytes, received 5 bytes in "
}

# --- As JSON

@test "with --json the figures are an event" {
	ARGS=(--json --stats)
	printf hello >us.in
	meet connect tcp send:answer rest
	finish us
	run -0 python3 -c '
import json
events = [json.loads(line) for line in open("us.err")]
stats, = [e for e in events if e["event"] == "stats"]
assert (stats["sent"], stats["received"]) == (5, 6), stats
assert 0 <= stats["connect_duration"] < 10 and 0 < stats["duration"] < 100, stats
assert "messages_sent" not in stats and "lost" not in stats, stats
print(stats.get("mss"))'
	is_portable_build || ((output >= 500))
}

# --- And nothing else changes

@test "with --stats a large file is still spliced" {
	needs_linux_build
	[[ -z ${STRAIT_NO_SPLICE+set} ]] || skip "splicing is switched off"
	ARGS=(--stats --trace)
	random $((8 << 20)) us.in
	meet connect tcp rest
	finish us
	assert_said us 'out lane: mover copy -> splice'
	assert_figures '8388608 bytes' '0 bytes' "$(rest_of connect tcp)"
}

@test "without --stats nothing is said of it" {
	ARGS=()
	random 1000 us.in
	meet connect tcp rest
	finish us
	refute [ -s us.err ]
}

# @mode: -z | -F
@test "--stats and @mode cannot be combined" { refused 2 --stats @mode 127.0.0.1 9 '^strait: .*--stats.*@mode|@mode.*--stats'; }
