#!/usr/bin/env bats
# When a conversation ends: each row of the table, in both roles, over TCP and unix sockets; and
# that neither direction waits for the other. See timeouts.bats for -q and -w.
#
# meet in helpers.bash uses ARGS.
# shellcheck disable=SC2034

load helpers

# Standard input ends: what is in flight goes out, then the peer sees the end and still answers.
input_ends() {
	random $((1 << 20)) us.in
	random $((256 << 10)) reply
	meet "$1" "$2" rest pause:1.5 file:reply
	finish us
	finish them
	cmp us.in them.out
	cmp reply us.out
}

# @domain: tcp=TCP | unix
# @role: listen=listening | connect=connected
@test "@domain, @role: after the end of input a late reply comes in whole" { input_ends @role @domain; }

# With nothing to say a listener half-closes when the peer has finished, and not before.
nothing_to_say() {
	wires "$2"
	meet listen "$1" quiet:0.3 send:hello shut rest
	finish us
	finish them
	assert_equal "$(<us.out)" hello
	assert_equal "$(<them.out)" ''
}

@test "@domain: a listener with /dev/null as its input lets the peer finish first" { nothing_to_say @domain '</dev/null'; }
@test "@domain: a listener with its input closed lets the peer finish first" { nothing_to_say @domain '<&-'; }

# Any other empty input, and connecting, are told at once.
empty_input() {
	wires "$3"
	meet "$1" "$2" rest send:reply
	finish us
	finish them
	assert_equal "$(<us.out)" reply
}

@test "@domain: a listener with an empty pipe as its input half-closes at once" { empty_input listen @domain '< <(:)'; }
@test "@domain: connected with /dev/null as input, the peer sees the end at once" { empty_input connect @domain '</dev/null'; }
@test "@domain: connected with input closed, the peer sees the end at once" { empty_input connect @domain '<&-'; }

# The peer finishes: the input says something only after our reader has seen the end.
next_command_sees_the_end() {
	random $((1 << 20)) data
	feed await:seen file:data
	read_by rest touch:seen
	meet "$1" "$2" send:hello shut rest
	finish us
	finish them
	assert_equal "$(<reader.out)" hello
	cmp data them.out
}

@test "@domain, @role: the next command sees the peer's end while sending goes on" { next_command_sees_the_end @role @domain; }

big_file_to_a_peer_that_has_finished() {
	random $((48 << 20)) us.in
	meet "$1" "$2" shut rest
	finish us
	finish them
	cmp us.in them.out
}

@test "@domain, @role: 48 MiB go out to a peer that finishes first" { big_file_to_a_peer_that_has_finished @role @domain; }

# Standard input is a terminal, where a line has been typed and nothing comes any more: its other
# side is held by strait itself.
ON_TERMINAL='
import os, pty, sys
master, terminal = pty.openpty()
os.set_inheritable(master, True)
os.dup2(terminal, 0)
os.write(master, b"typed\n")
os.execvp(sys.argv[1], sys.argv[1:])
'

terminal() {
	STRAIT=(python3 -c "$ON_TERMINAL" "${STRAIT[@]}")
	read_by rest
	meet "$1" "$2" 'expect:typed\n' send:hello shut rest
	finish us
	finish them
	finish reader
	assert_equal "$(<reader.out)" hello
}

@test "@domain, @role: nobody has to press Enter when the peer has finished" { terminal @role @domain; }

# A one-way transfer: an input that has said nothing, an output that is no pipe.
one_way() {
	silent_input
	meet "$1" "$2" send:hello shut rest
	finish us
	finish them
	assert_equal "$(<us.out)" hello
}

one_way_into_the_void() {
	wires '>/dev/null'
	silent_input
	meet "$1" "$2" send:hello shut rest
	finish us
	finish them
}

@test "@domain, @role: with a silent input and a file as output the peer's end is the end" { one_way @role @domain; }
@test "@domain, @role: with a silent input and /dev/null as output the peer's end is the end" { one_way_into_the_void @role @domain; }

# A pipe as input that says nothing, another one as output: the transfer was one-way if the input has
# not begun some time after the peer has finished. "ours" is what comes out.
unbegun() { # ROLE DOMAIN
	silent_input
	read_by rest
	ARGS=(-q 300ms)
	clock_start
	meet "$1" "$2" send:hello shut rest
	finish us
	assert_took 300
	assert_complained us 'done: nothing came from standard input$'
	finish them
	assert_equal "$(<them.out)" ''
	finish reader
	assert_equal "$(<reader.out)" hello
}
# @domain: tcp=TCP | unix | seqpacket
@test "@domain, @role: an input that has not begun some time after the peer has finished is not waited for" { unbegun @role @domain; }

@test "an input that says nothing gets ten seconds to begin, and after two seconds that is said" {
	silent_input
	read_by rest
	meet listen tcp send:hello shut rest
	clock_start
	eventually assert_said us '^strait: the peer has finished; waiting 10s for standard input to begin'
	assert_took 1500
	finish us
	assert_took 9000
	assert_said us 'done: nothing came from standard input$'
	assert_equal "$(grep -c '^strait: ' us.err)" 2
	finish them
	finish reader
	assert_equal "$(<reader.out)" hello
}

# It has time, and takes it.
begins() { # ROLE DOMAIN
	feed await:ended send:answer
	read_by rest touch:ended
	meet "$1" "$2" send:question shut rest
	finish us
	finish them
	assert_equal "$(<them.out)" answer
	assert_equal "$(<reader.out)" question
	assert_equal "$(grep '^strait: ' us.err)" ''
}
# @domain: tcp=TCP | unix
@test "@domain, @role: an input that begins when the peer has finished is carried to its end" { begins @role @domain; }

# A clock that must not run: a moment later all is as it was.
not_hurried() { # STEP
	silent_input
	read_by recv:5 touch:heard rest
	meet listen tcp "$@" shut touch:heard rest
	eventually test -e heard
	for _ in {1..50}; do moment; done
	refute [ -e us.status ]
	kill "$(pid_of us)"
}
@test "-q with a negative time: an input may begin at any time" {
	ARGS=(-q -1)
	not_hurried send:hello
}
@test "a peer that has sent nothing listens: an input may begin at any time" {
	ARGS=()
	not_hurried
}
@test "-k: an input may begin at any time" {
	ARGS=(-k -q 200ms)
	not_hurried send:hello
}

# An input that has said something may say more.
input_had_begun() {
	feed send:one await:late send:two
	meet "$1" "$2" expect:one send:hello shut quiet:0.3 touch:late expect:two rest
	finish us
	finish them
	assert_equal "$(<us.out)" hello
}

@test "@domain, @role: an input that has begun goes on after the peer's end" { input_had_begun @role @domain; }

# When it goes on, it is time for a look of -w's, and the kernel tells of the reset only once.
reset_meanwhile() { # ROLE
	local pid
	silent_input
	ARGS=(-w 2)
	meet "$1" seqpacket queued touch:queued await:stopped send:bye close
	printf hello >&"$SILENCE"
	eventually test -e queued
	pid=$(pid_of us)
	kill -STOP "$pid"
	touch stopped
	finish them
	for _ in {1..50}; do moment; done
	kill -CONT "$pid"
	finish us 1
	assert_complained us '.*Connection reset by peer.*'
	assert_equal "$(<us.out)" bye
}

@test "seqpacket, @role: a reset is told though -w looks first" { reset_meanwhile @role; }

# The peer has gone altogether, with nothing left to be sent.
peer_is_gone() {
	silent_input
	printf one >&"$SILENCE"
	meet "$1" "$2" expect:one send:hello close
	finish us
	assert_equal "$(<us.out)" hello
}

@test "unix, @role: a peer that has gone altogether is the end" { peer_is_gone @role unix; }

# Keepalive probes find it after a minute.
peer_is_gone_slowly() {
	[[ -n ${SLOWEST-} ]] || skip "takes a minute; runs with SLOWEST=1"
	LIMIT=$((LIMIT + 100))
	peer_is_gone "$1" tcp
}

# bats test_tags=slow
@test "TCP, listening: a peer that has gone altogether is the end" { peer_is_gone_slowly listen; }
# bats test_tags=slow
@test "TCP, connected: a peer that has gone altogether is the end" { peer_is_gone_slowly connect; }

# ... and with bytes still to be sent.
gone_before_all_was_sent() {
	wires '< <(exec yes)'
	meet "$1" "$2" recv:100000 close
	finish us 1
	assert_said us '^strait: .*\([0-9]{6,} bytes sent, 0 received\)$'
}

@test "@domain, @role: bytes that a peer that has gone did not take are an error" { gone_before_all_was_sent @role @domain; }

# TCP tells a peer that closes from one that half-closes only when something is sent.
said_to_a_peer_that_is_gone() {
	feed send:one await:gone send:two await:never
	meet "$1" tcp expect:one close touch:gone
	finish us 1
	assert_said us '^strait: .*\(6 bytes sent, 0 received\)$'
}

@test "TCP, @role: what is said to a peer that has gone is an error" { said_to_a_peer_that_is_gone @role; }

peer_resets() {
	silent_input
	printf unread >&"$SILENCE"
	meet "$1" "$2" expect:u send:hello await:read "$3"
	eventually grep -q hello us.out
	touch read
	finish us 1
	assert_said us '^strait: .*Connection reset by peer \(6 bytes sent, 5 received\)$'
}

@test "TCP, @role: a reset is reported with the bytes moved" { peer_resets @role tcp reset; }
@test "unix, @role: a close over unread data is reported with the bytes moved" { peer_resets @role unix close; }

both_finish() {
	feed send:ours
	read_by rest
	meet "$1" "$2" send:theirs shut rest
	finish us
	finish them
	finish reader
	assert_equal "$(<them.out)" ours
	assert_equal "$(<reader.out)" theirs
	run grep '^strait:' us.err
	assert_output ''
}

@test "@domain, @role: when both have finished all is well, and nothing is said" { both_finish @role @domain; }

# strait ... | head -1, with an input that goes on.
head_has_enough() {
	silent_input
	# The shell in the pipeline is to expand this.
	# shellcheck disable=SC2016
	wires '| head -1; exit ${PIPESTATUS[0]}'
	meet "$1" "$2" 'send:first\nsecond\n' "${@:3}" await:never
	finish us 5
	assert_said us '^strait: .*standard output: Broken pipe'
	assert_equal "$(<us.out)" first
}

@test "@domain, @role: '| head -1' ends at once though the peer is idle" { head_has_enough @role @domain; }
@test "@domain, @role: '| head -1' ends at once though the peer is busy" { head_has_enough @role @domain flood; }

# Not exec, as in wires: the shell itself is to tell the status.
waits_for_nobody() { # DOMAIN
	domain "$1"
	# shellcheck disable=SC2016
	start us bash -c '"$@" </dev/null | true; exit "${PIPESTATUS[0]}"' _ "${STRAIT[@]}" -l "${LISTEN[@]}"
	finish us 5
	assert_said us '^strait: .*standard output: Broken pipe'
	nothing_left
}

# @domain: tcp=TCP | udp=UDP | unix
@test "@domain: a listener whose output nobody reads does not wait for a peer" { waits_for_nobody @domain; }

# SIGINT, SIGTERM, SIGHUP.
dies_of() {
	silent_input
	meet "$1" "$2" send:hello await:never
	eventually grep -q hello us.out
	kill -s "$3" "$(pid_of us)"
	finish us "$4"
	if [[ $1 == listen ]]; then
		nothing_left
	fi
}

@test "TCP, listening: SIGINT is what it dies of" { dies_of listen tcp INT 130; }
@test "TCP, connected: SIGTERM is what it dies of" { dies_of connect tcp TERM 143; }
@test "TCP, connected: SIGHUP is what it dies of" { dies_of connect tcp HUP 129; }
@test "unix, listening: SIGINT is what it dies of, and its path is removed" { dies_of listen unix INT 130; }
@test "unix, listening: SIGTERM is what it dies of, and its path is removed" { dies_of listen unix TERM 143; }
@test "unix, listening: SIGHUP is what it dies of, and its path is removed" { dies_of listen unix HUP 129; }
@test "unix, connected: SIGINT is what it dies of" { dies_of connect unix INT 130; }

# Options that change when it ends.
no_shutdown() {
	ARGS=(--no-shutdown)
	printf data >us.in
	meet "$1" "$2" expect:data quiet:0.3 send:reply shut rest
	finish us
	finish them
	assert_equal "$(<us.out)" reply
}

# @domain: tcp=TCP | unix
@test "@domain, @role: --no-shutdown keeps the end of input from the peer" { no_shutdown @role @domain; }

half_close_option() {
	ARGS=(-N)
	printf data >us.in
	meet "$1" "$2" rest send:reply
	finish us
	finish them
	assert_equal "$(<them.out)" data
	assert_equal "$(<us.out)" reply
}

@test "@domain, @role: -N is what is done anyway" { half_close_option @role @domain; }

# What is in the pipe is left there for the next reader.
recv_only() {
	local line
	ARGS=("$3")
	silent_input
	echo kept >&"$SILENCE"
	meet "$1" "$2" quiet:0.3 send:hello shut rest
	finish us
	finish them
	assert_equal "$(<us.out)" hello
	assert_equal "$(<them.out)" ''
	read -rt 1 line <&"$SILENCE"
	assert_equal "$line" kept
}

recv_only_pipeline() {
	ARGS=(-d)
	silent_input
	read_by rest
	meet "$1" "$2" send:hello shut rest
	finish us
	finish reader
	assert_equal "$(<reader.out)" hello
}

@test "TCP, @role: -d leaves the input alone" { recv_only @role tcp -d; }
@test "unix, @role: --recv-only leaves the input alone" { recv_only @role unix --recv-only; }
@test "@domain, @role: -d in a pipeline ends with the peer" { recv_only_pipeline @role @domain; }

# The peer never stops talking, and loses nothing of what it is told.
send_only() {
	ARGS=(--send-only)
	random $((4 << 20)) us.in
	meet "$1" "$2" flood recv:$((4 << 20)) rest
	finish us
	eventually test -s them.status
	cmp us.in them.out
	assert_equal "$(<us.out)" ''
}

@test "@domain, @role: --send-only, a flooding peer gets every byte" { send_only @role @domain; }

send_only_to_a_peer_that_has_finished() {
	ARGS=(--send-only)
	feed await:finished send:late
	meet "$1" "$2" send:unwanted shut quiet:0.3 touch:finished rest
	finish us
	finish them
	assert_equal "$(<them.out)" late
	assert_equal "$(<us.out)" ''
}

@test "@domain, @role: --send-only goes on when the peer has finished" { send_only_to_a_peer_that_has_finished @role @domain; }

# The third datagram is one too many.
datagrams_received() {
	ARGS=(-W 2)
	silent_input
	printf hello >&"$SILENCE"
	meet "$1" "$2" "${@:3}" send:1 send:2 send:3 await:never
	finish us
	assert_equal "$(<us.out)" 12
	# A listening peer leaves its own.
	[[ $1 == listen ]] || rm -f socket
	nothing_left
}

# @domain: udp=UDP | unixgram=unix datagrams
@test "@domain, listening: -W 2 ends after two datagrams" { datagrams_received listen @domain; }
@test "@domain, connected: -W 2 ends after two datagrams" { datagrams_received connect @domain message; }

# Neither direction waits for the other one: ten bytes, each of which arrives before the next one
# is sent, then the end, while the other direction is idle, stuffed full, or finished.
DIGITS=(0 1 2 3 4 5 6 7 8 9)

# The sender's and the receiver's steps. The receiver tells the end.
one_by_one() {
	local digit
	SENDER=() RECEIVER=()
	for digit in "${DIGITS[@]}"; do
		SENDER+=("send:$digit" "await:got$digit")
		RECEIVER+=("expect:$digit" "touch:got$digit")
	done
	RECEIVER+=(rest touch:ended)
}

out_while_in_is() {
	local before=() after=() unread=()
	one_by_one
	case $3 in
	idle) after=(shut) ;;
	stuffed) before=(fill touch:ready) after=(shut) unread=(await:ended) ;;
	finished) before=(send:x shut) ;;
	esac
	case $3 in
	idle) feed "${SENDER[@]}" ;;
	*) feed await:ready "${SENDER[@]}" ;;
	esac
	if [[ $3 == finished ]]; then
		read_by rest touch:ready
	else
		read_by "${unread[@]}" rest
	fi
	meet "$1" "$2" "${before[@]}" "${RECEIVER[@]}" "${after[@]}"
	finish us
	finish them
	finish reader
	assert_equal "$(<them.out)" ''
	if [[ $3 == stuffed ]]; then
		assert_equal "filled $(wc -c <reader.out)" "$(grep filled them.err)"
	fi
}

in_while_out_is() {
	local before=()
	one_by_one
	case $3 in
	idle) feed await:ended ;;
	stuffed) feed fill touch:ready await:ended && before=(await:ready) ;;
	finished) feed touch:fed && before=(rest) ;;
	esac
	read_by "${RECEIVER[@]}"
	meet "$1" "$2" "${before[@]}" "${SENDER[@]}" shut await:ended rest
	finish us
	finish them
	finish reader
	assert_equal "$(<reader.out)" ''
	if [[ $3 == stuffed ]]; then
		assert_equal "filled $(wc -c <them.out)" "$(grep filled feeder.err)"
	fi
}

# @domain: tcp=TCP | unix
@test "@domain, @role: bytes go out one by one while nothing comes in" { out_while_in_is @role @domain idle; }
@test "@domain, @role: bytes go out one by one while the output is stuffed full" { out_while_in_is @role @domain stuffed; }
@test "@domain, @role: bytes go out one by one after the peer's end" { out_while_in_is @role @domain finished; }
@test "@domain, @role: bytes come in one by one while nothing goes out" { in_while_out_is @role @domain idle; }
@test "@domain, @role: bytes come in one by one while the peer is stuffed full" { in_while_out_is @role @domain stuffed; }
@test "@domain, @role: bytes come in one by one after the end of input" { in_while_out_is @role @domain finished; }
