#!/usr/bin/env bats
# --trace: which rule of the table has ended a conversation, how bytes were carried, which clocks ran;
# and that nothing else changes.
#
# meet in helpers.bash uses ARGS.
# shellcheck disable=SC2016,SC2154,SC2030,SC2031,SC2034

load helpers

# us has traced each of these, regular expressions for what follows the time and the peer's name, in
# this order.
assert_traced() { # REGEX...
	local line at=0 next
	for line; do
		next=$(grep -nE "^strait: trace: [0-9]+\.[0-9]{6} .*: $line" us.err | cut -d: -f1 |
			awk -v at="$at" '$1 > at { print; exit }')
		if [[ -z $next ]]; then
			echo "not traced after line $at: '$line', but:" >&2
			cat us.err >&2
			return 1
		fi
		at=$next
	done
}
refute_traced() { # REGEX
	refute grep -E "^strait: trace: .*$1" us.err
}

# --- Each row of the table

input_ends() {
	ARGS=(--trace)
	printf input >us.in
	meet "$1" "$2" rest send:reply
	finish us
	assert_equal "$(<us.out)" reply
	assert_traced 'near: standard input is a file, standard output is a file$' \
		'out lane: open -> draining: standard input has ended$' \
		'out lane: draining -> unacked: .* is half-closed$' \
		'out lane: unacked -> finished: .* has got all$' \
		'ends: all was delivered \(5 bytes sent, 5 received\)$'
}

# @domain: tcp=TCP | tcp6=TCP over IPv6 | unix | seqpacket
# @role: listen=listening | connect=connected
@test "@domain, @role: the end of input is named" { input_ends @role @domain; }

nothing_to_say() {
	ARGS=(--trace)
	wires '</dev/null'
	meet listen "$1" send:hello shut rest
	finish us
	assert_traced 'near: standard input is /dev/null' \
		'rule: the socket is half-closed only after the peer has finished$' \
		'in lane: unacked -> finished' 'out lane: draining -> unacked'
}

# @domain: tcp=TCP | unix
@test "@domain: a listener with nothing to say half-closes after the peer, and says so" { nothing_to_say @domain; }

peer_finishes_first() {
	ARGS=(--trace)
	feed await:seen send:late
	read_by rest touch:seen
	meet "$1" "$2" send:hello shut rest
	finish us
	assert_traced 'near: standard input is a pipe, standard output is a pipe$' \
		'in lane: open -> draining: .* has ended$' 'in lane: .* -> finished' \
		'out lane: open -> draining: standard input has ended$'
	refute_traced 'one-way|terminal'
}

@test "@domain, @role: when the peer finishes first the other lane stays open" { peer_finishes_first @role @domain; }

# Its other side is held by strait itself.
ON_TERMINAL='
import os, pty, sys
master, terminal = pty.openpty()
os.set_inheritable(master, True)
os.dup2(terminal, 0)
os.execvp(sys.argv[1], sys.argv[1:])
'

terminal() {
	ARGS=(--trace)
	STRAIT=(python3 -c "$ON_TERMINAL" "${STRAIT[@]}")
	meet "$1" "$2" send:hello shut rest
	finish us
	assert_traced 'near: standard input is a terminal' 'rule: the end of the peer is the end$' \
		'out lane: open -> draining: .* has finished, and input is a terminal$'
}

@test "@domain, @role: a terminal as input is named as what ends it" { terminal @role @domain; }

one_way() {
	ARGS=(--trace)
	silent_input
	meet "$1" "$2" send:hello shut rest
	finish us
	assert_traced \
		'out lane: open -> draining: .* has finished, and input has given nothing: a one-way transfer$'
}

@test "@domain, @role: a one-way transfer is named as what ends it" { one_way @role @domain; }

unbegun() {
	silent_input
	read_by rest
	ARGS=(--trace -q 300ms)
	meet "$1" "$2" send:hello shut rest
	finish us
	assert_traced 'timer: input may still begin within 300ms$' \
		'out lane: open -> draining: standard input has not begun in time$'
}

@test "@domain, @role: an input that has not begun in time is named as what ends it" { unbegun @role @domain; }

peer_is_gone() {
	ARGS=(--trace)
	silent_input
	printf one >&"$SILENCE"
	meet "$1" unix expect:one send:hello close
	finish us
	assert_traced 'out lane: open -> draining: .* has gone$' 'out lane: draining -> finished: .* has gone'
}

@test "unix, @role: a peer that has gone is named as what ends it" { peer_is_gone @role; }

may_be_gone() {
	ARGS=(--trace -q 300ms)
	silent_input
	printf one >&"$SILENCE"
	meet "$1" tcp expect:one send:hello shut rest
	finish us 4
	assert_traced 'out lane: .* may have gone: keepalive probes find out$'
}

@test "TCP, @role: that probes find out whether the peer is there is said" { may_be_gone @role; }

reader_has_gone() {
	ARGS=(--trace)
	silent_input
	wires '| head -1; exit ${PIPESTATUS[0]}'
	meet "$1" "$2" 'send:first\nsecond\n' await:never
	finish us 5
	assert_traced 'standard output has hung up$' \
		'in lane: open -> broken: write to standard output: Broken pipe$' \
		'ends: write to standard output: Broken pipe \(0 bytes sent, [0-9]+ received\)$'
}

@test "@domain, @role: a reader of standard output that has gone is named" { reader_has_gone @role @domain; }

peer_resets() {
	ARGS=(--trace)
	silent_input
	printf unread >&"$SILENCE"
	meet "$1" "$2" expect:u send:hello await:read "$3"
	eventually grep -q hello us.out
	touch read
	finish us 1
	assert_traced '(in|out) lane: open -> broken: .*Connection reset by peer$' \
		'ends: .*Connection reset by peer \(6 bytes sent, 5 received\)$'
}

@test "TCP, @role: a reset is named" { peer_resets @role tcp reset; }
@test "unix, @role: a close over unread data is named" { peer_resets @role unix close; }

quits() {
	ARGS=(--trace -q 300ms)
	echo data >us.in
	meet "$1" "$2" 'expect:data\n' await:never
	finish us 4
	assert_traced 'timeout \(-q\): when one side has finished the other gets 300ms$' \
		'timer \(-q\): the other side gets 300ms$' \
		'ends: timed out: .* had not finished 300ms after standard input had'
}
idles() {
	ARGS=(--trace -w 300ms)
	silent_input
	meet "$1" "$2" await:never
	finish us 4
	assert_traced 'timeout \(-w\): fails when nothing has moved for 300ms$' \
		'ends: timed out: nothing moved for 300ms'
}

@test "@domain, @role: -q is named, when it is set and when it has fired" { quits @role @domain; }
@test "@domain, @role: -w is named, when it is set and when it has fired" { idles @role @domain; }

silence() {
	ARGS=(--trace -q 300ms)
	printf question >us.in
	meet connect "$1" message send:answer await:never
	finish us
	assert_traced "far: .*: $2\$" 'rule: the peer sends datagrams, which end by silence$' \
		'in lane: open -> draining: timed out: .* \(datagrams have no other end\)$'
}

@test "UDP: silence is named as what ends it" { silence udp UDP; }
@test "unix datagrams: silence is named as what ends it" { silence unixgram 'unix datagrams'; }

messages() {
	ARGS=(--trace -W 2)
	silent_input
	printf hello >&"$SILENCE"
	meet "$1" "$2" "${@:3}" send:1 send:2 await:never
	finish us
	assert_traced 'rule: ends after 2 messages$' \
		'in lane: open -> draining: .* has sent as many messages as are wanted \(-W\)$'
}

# @domain: udp=UDP | unixgram=unix datagrams
@test "@domain, listening: -W is named as what ends it" { messages listen @domain; }
@test "@domain, connected: -W is named as what ends it" { messages connect @domain message; }

send_only() {
	ARGS=(--trace --send-only)
	printf data >us.in
	meet "$1" "$2" recv:4 await:never
	finish us
	assert_traced 'near: standard input is a file, standard output is not written$' \
		'rule: the end of input is the end$' \
		'in lane: open -> draining: standard input has ended, and all that it gave is delivered$'
}

# @domain: tcp=TCP | unix
@test "@domain, @role: --send-only is named as what ends it" { send_only @role @domain; }

# --- Connecting

@test "a look-up, attempts to connect and the connection are said" {
	domain tcp
	listen them 127.0.0.1 0 </dev/null
	run -0 --separate-stderr strait -4 --trace localhost "$PORT" </dev/null
	echo "$stderr" >us.err
	assert_traced 'looked up in [0-9.]+ ms: 127\.0\.0\.1' 'connecting$' 'connected in [0-9.]+ ms$' 'far: '
}

@test "an attempt that fails is said" {
	free_port
	run -1 --separate-stderr strait --trace 127.0.0.1 "$FREE" </dev/null
	echo "$stderr" >us.err
	assert_traced 'connecting$' 'failed after [0-9.]+ ms: connect to .*: Connection refused$'
}

# --- How bytes are carried

# What a peer gets of a large file, by the mover that ARGS allow.
carries() { # ROLE DOMAIN
	random $((8 << 20)) us.in
	meet "$1" "$2" rest
	finish us
	finish them
}

splices() {
	needs_linux_build
	[[ -z ${STRAIT_NO_SPLICE+set} ]] || skip "splicing is switched off"
	ARGS=(--trace)
	carries "$@"
	cmp us.in them.out
	assert_traced 'out lane: .*: mover copy, or splice once there is much to carry$' \
		'out lane: much to carry' 'out lane: mover copy -> splice \(through a pipe\)'
}

copies() { # WHY
	carries connect tcp
	assert_traced "out lane: .*: mover copy, and never splice: $1\$"
	refute_traced 'out lane: mover copy ->'
}

@test "@domain, @role: a large file is spliced, and that is said" { splices @role @domain; }

@test "from a pipe to a socket is one splice, and that is said" {
	needs_linux_build
	[[ -z ${STRAIT_NO_SPLICE+set} ]] || skip "splicing is switched off"
	ARGS=(--trace)
	random $((8 << 20)) data
	feed file:data
	meet connect tcp rest
	finish us
	assert_traced 'out lane: much to carry: [0-9]+ bytes so far$' \
		'out lane: the pipe of standard input holds [0-9]+ bytes now$' \
		'out lane: mover copy -> splice \(from end to end\)'
}

@test "with -C nothing is spliced, and why is said" {
	ARGS=(--trace -C)
	copies 'the bytes are changed on their way'
}
@test "with -i nothing is spliced, and why is said" {
	ARGS=(--trace -i 1ms)
	printf line >us.in
	meet connect tcp rest
	finish us
	assert_traced 'out lane: .*: mover copy, and never splice: there is a delay between lines$'
}
@test "with STRAIT_NO_SPLICE nothing is spliced, and why is said" {
	export STRAIT_NO_SPLICE=1
	ARGS=(--trace)
	copies 'splicing is turned off'
}

@test "an output that cannot be spliced is named" {
	needs_linux_build
	[[ -z ${STRAIT_NO_SPLICE+set} ]] || skip "splicing is switched off"
	random $((8 << 20)) data
	ARGS=(--trace -d)
	meet connect tcp file:data shut rest
	finish us
	assert_traced 'in lane: much to carry' 'in lane: not spliced: standard output cannot be$'
}

in_messages() { # ROLE DOMAIN ARGS...
	ARGS=(--trace "${@:3}")
	frames write one >us.in
	meet "$1" "$2" rest
	finish us
	assert_traced 'out lane: .*: mover message, and never splice: messages are kept apart$'
}

@test "seqpacket, @role: that messages are kept apart is said" { in_messages @role seqpacket; }
@test "TCP with --frames, @role: that messages are kept apart is said" { in_messages @role tcp --frames; }

@test "bytes that are not acknowledged yet are waited for, and that is said" {
	ARGS=(--trace)
	random $((2 << 20)) us.in
	meet connect tcp recv:1 touch:begun await:go rest
	eventually grep -q 'waits until .* has acknowledged [0-9]* bytes more$' us.err
	touch go
	finish us
}

# --- Serving

both_have_ended() {
	(($(grep -c 'ends: all was delivered (0 bytes sent, 5 received)$' us.err) == 2))
}

@test "-k: each line names the client it is about" {
	domain tcp
	listen us -k --trace 127.0.0.1 0 </dev/null
	peer one connect 127.0.0.1 "$PORT" send:hello shut rest
	peer two connect 127.0.0.1 "$PORT" send:hello shut rest
	finish one
	finish two
	eventually both_have_ended
	run -0 bash -c "grep -oE '^strait: trace: [0-9.]+ 127.0.0.1 [0-9]+: ends' us.err | cut -d ' ' -f 4- | sort -u"
	assert_equal "${#lines[@]}" 2
}

@test "a program that gets the socket itself: that is said" {
	ARGS=(--trace -e cat)
	meet listen tcp send:hello shut rest
	finish us
	finish them
	assert_equal "$(<them.out)" hello
	assert_traced 'the program gets the socket itself$' 'the program has exited: its output is delivered$'
}
@test "a program with pipes: that is said" {
	ARGS=(--trace -w 20 -e cat)
	meet listen tcp send:hello shut rest
	finish us
	assert_traced 'near: cat: a program, with pipes$' 'out lane: open -> draining: cat has ended$'
}

@test "a relay names both sides" {
	peer server listen 127.0.0.1 0 rest send:answer
	ARGS=(--trace --to "tcp:127.0.0.1:$PORT")
	meet listen unix send:question shut rest
	finish us
	finish them
	assert_equal "$(<them.out)" answer
	assert_traced 'relay: connects to the server$' 'relay: the server is connected$' \
		'near: tcp:127.0.0.1:[0-9]+: TCP$' 'rule: both sides are peers' \
		'ends: all was delivered \(6 bytes sent, 8 received\)$'
}

@test "a broker says who is in, and why they leave" {
	domain tcp
	listen us --broker --trace 127.0.0.1 0 </dev/null
	peer them connect 127.0.0.1 "$PORT" shut rest
	finish them
	assert_traced 'room: it is in$' 'room: it has half-closed' 'room: it leaves$'
}

# --- As JSON

in_json() { # DOMAIN
	ARGS=(--json --trace --stats)
	printf hello >us.in
	meet connect "$1" rest send:answer
	finish us
	python3 "$TESTS/json/check.py" us.err
	assert_said us '"event":"trace".*"name":"[^"]+".*"text":"open -> draining: standard input has ended","part":"out lane"'
	assert_said us '"event":"stats"'
}

# @domain: tcp=TCP | unix
@test "@domain: with --json each line is an event that the schema knows" { in_json @domain; }
@test "SIGINT: with --json the figures come before the exit" {
	ARGS=(--json --stats)
	silent_input
	meet connect tcp send:hello touch:said await:never
	eventually grep -q hello us.out
	kill -INT "$(pid_of us)"
	finish us 130
	python3 "$TESTS/json/check.py" us.err
	assert_said us '"event":"stats"'
}

# --- And nothing else changes

@test "-z takes --trace, and finds what it finds" {
	peer them listen 127.0.0.1 0 await:never
	run -0 strait -z --trace 127.0.0.1 "$PORT"
}

# Runs the same with and without --trace: what is read and written, said otherwise, and the status.
unchanged() { # STATUS ROLE DOMAIN STEP...
	local args=("${ARGS[@]}")
	meet "${@:2}"
	finish us "$1"
	cp us.out plain.out
	grep -v '^\(Listening\|Connection\|Bound\)' us.err >plain.err || :
	rm -f us.status us.err us.out socket them.*
	ARGS+=(--trace)
	meet "${@:2}"
	finish us "$1"
	cmp us.out plain.out
	refute grep trace plain.err
	assert grep -q '^strait: trace: ' us.err
	# Ports differ.
	diff <(sed -E 's/127\.0\.0\.1 [0-9]+/peer/g' plain.err) \
		<(grep -v '^strait: trace: \|^Listening\|^Connection\|^Bound' us.err | sed -E 's/127\.0\.0\.1 [0-9]+/peer/g')
}

bytes_and_status() {
	ARGS=()
	random 300000 us.in
	random 300000 data
	unchanged 0 "$1" "$2" file:data rest
	cmp us.out data
	cmp us.in them.out
}
failure() {
	ARGS=(-w 300ms)
	silent_input
	unchanged 4 "$1" "$2" send:hello await:never
}

@test "@domain, @role: --trace changes no byte and no status" { bytes_and_status @role @domain; }
@test "@domain, @role: --trace changes no error and its status" { failure @role @domain; }

@test "the time of each line is not before that of the last one" {
	ARGS=(--trace)
	random 300000 us.in
	meet connect tcp rest
	finish us
	run -0 awk '/^strait: trace: / { if ($3 < last) exit 1; last = $3; lines++ } END { print lines }' us.err
	((output > 8))
}

@test "a name is made visible" {
	ARGS=(--trace)
	domain unix $'evil\e[31m'
	listen us --trace -U "$NAME" </dev/null
	strait -U "$NAME" </dev/null
	finish us
	refute grep -q $'\e' us.err
	assert_traced 'ends: all was delivered'
}
