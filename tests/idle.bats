#!/usr/bin/env bats
# Idle, in whatever state, strait costs no processor time and hardly any memory.

load helpers

suits() {
	[[ -z ${SLOW:-} ]] || skip "the tool that it runs under takes time and memory itself"
}

# What is started as us is idle from here on: under 30 ms in a second, under 4 MiB.
assert_idle() {
	local pid before after memory
	pid=$(pid_of us)
	before=$(ticks "$pid")
	a_second
	after=$(ticks "$pid")
	assert [ "$((after - before))" -lt "$((3 * $(getconf CLK_TCK) / 100))" ]
	memory=$(awk '/^VmRSS/ { print $2 }' "/proc/$pid/status")
	assert [ "$memory" -lt 4096 ]
}

waits_for_a_peer() {
	silent_input
	listen us "$@"
	assert_idle
}

@test "TCP: waiting for a peer" { waits_for_a_peer 127.0.0.1 0; }
@test "TCP, IPv4 and IPv6: waiting for a peer" { waits_for_a_peer 0; }
@test "UDP: waiting for a peer" { waits_for_a_peer -u 127.0.0.1 0; }
@test "unix: waiting for a peer" { waits_for_a_peer -U socket; }
@test "unix datagrams: waiting for a peer" { waits_for_a_peer -u -U socket; }
@test "unix seqpacket: waiting for a peer" { waits_for_a_peer -U --seqpacket socket; }

# All that is said has been said, and neither side has finished.
connected() {
	silent_input
	meet "$1" "$2" send:hello await:go
	eventually test -s us.out
	assert_idle
}

# @domain: tcp=TCP | unix
@test "@domain, listening: connected" { connected listen @domain; }
@test "@domain, connecting: connected" { connected connect @domain; }

input_ended() {
	echo hello >us.in
	meet "$1" "$2" expect:'hello\n' touch:heard await:go
	eventually test -e heard
	assert_idle
}

# @role: listen=listening | connect=connecting
@test "@domain, @role: the input has ended" { input_ended @role @domain; }
@test "TCP, listening with nothing to say" {
	meet listen tcp send:hello await:go </dev/null
	eventually test -s us.out
	assert_idle
}

# The writer of the pipe on standard input has gone, so that poll reports a hang-up.
input_pipe_closed() {
	# shellcheck disable=SC2034 # meet uses it
	ARGS=(--no-shutdown)
	meet "$1" "$2" expect:hello touch:heard await:go < <(printf hello)
	eventually test -e heard
	assert_idle
}

@test "@domain: the input has ended, no half-close" { input_pipe_closed connect @domain; }

# The peer has finished, we have not.
peer_half_closed() {
	silent_input
	printf hello >&"$SILENCE"
	meet "$1" "$2" expect:hello send:hello shut await:go
	eventually test -s us.out
	assert_idle
}

@test "@domain, @role: the peer has finished" { peer_half_closed @role @domain; }

# TCP shows a full close no differently; the peer's kernel answers probes for a minute.
@test "TCP: the peer has closed" {
	silent_input
	printf hello >&"$SILENCE"
	meet connect tcp expect:hello send:hello close
	eventually test -s us.out
	assert_idle
}

# Nobody reads what comes.
output_full() {
	silent_input
	stuck_output
	meet "$1" "$2" fill "${3:-await:go}" await:go
	eventually grep -q filled them.err
	assert_idle
}

@test "@domain, @role: standard output is full" { output_full @role @domain; }
@test "@domain, listening: standard output is full, the peer has finished" { output_full listen @domain shut; }
@test "@domain, connecting: standard output is full, the peer has closed" { output_full connect @domain close; }
@test "unix, connecting: standard output is full, the peer has finished" { output_full connect unix shut; }
@test "unix, listening: standard output is full, the peer has closed" { output_full listen unix close; }

# The input has ended, too.
all_but_written() {
	echo hello >us.in
	stuck_output
	meet "$1" "$2" expect:'hello\n' fill close await:go
	eventually grep -q filled them.err
	assert_idle
}

@test "@domain: all has ended but for what standard output does not take" { all_but_written connect @domain; }

# The peer takes nothing, the input has as good as no end.
peer_stalled() {
	truncate -s 1T us.in
	meet "$1" "$2" "${3:-await:go}" await:go
	eventually input_stands_still "$(pid_of us)"
	assert_idle
}

@test "@domain, @role: a stalled peer, an endless input" { peer_stalled @role @domain; }
@test "@domain: a stalled peer that has finished, an endless input" { peer_stalled connect @domain shut; }

both_stuck() {
	truncate -s 1T us.in
	stuck_output
	meet "$1" "$2" fill await:go
	eventually grep -q filled them.err
	eventually input_stands_still "$(pid_of us)"
	assert_idle
}

@test "TCP: both directions stuck" { both_stuck listen tcp; }
@test "unix: both directions stuck" { both_stuck connect unix; }

# All is read, and sent, and a part of it is not acknowledged.
has_read_all() {
	[[ $(input_read "$1") == "$(stat -c %s us.in)" ]]
}

unacknowledged() {
	truncate -s 1M us.in
	meet "$1" "$2" await:go rest
	eventually has_read_all "$(pid_of us)"
	assert_idle
	assert [ ! -e us.status ]
	touch go
	finish us
}

@test "TCP, @role: waiting for the last acknowledgement of a stalled peer" { unacknowledged @role tcp; }

# Datagrams.
@test "UDP, connecting: idle" {
	silent_input
	listen them -u 127.0.0.1 0 </dev/null
	start us "${STRAIT[@]}" -u 127.0.0.1 "$PORT"
	assert_idle
}
@test "UDP, connecting: the input has ended, no end to the waiting" {
	listen them -u 127.0.0.1 0 </dev/null
	start us "${STRAIT[@]}" -u -q -1 127.0.0.1 "$PORT" <<<hello
	eventually test -s them.out
	assert_idle
}
@test "UDP, listening: in conversation" {
	silent_input
	listen us -u 127.0.0.1 0
	run -0 strait -u -q 0 127.0.0.1 "$PORT" <<<hello
	eventually test -s us.out
	assert_idle
}
# /dev/zero has no position, and is read, not spliced, for messages.
stands_still() {
	local before now
	before=$(awk '/^rchar/ { print $2 }' "/proc/$1/io") || return
	for _ in 1 2 3 4 5 6 7 8 9 10; do moment; done
	now=$(awk '/^rchar/ { print $2 }' "/proc/$1/io") || return
	((before > 65536 && before == now))
}

@test "unix datagrams, connecting: the peer takes nothing, the input has no end" {
	ln -s /dev/zero us.in
	peer them -Uu listen socket await:go
	start us "${STRAIT[@]}" -u -U socket
	eventually stands_still "$(pid_of us)"
	assert_idle
}
@test "unix seqpacket, connecting: the peer takes nothing, the input has no end" {
	ln -s /dev/zero us.in
	peer them -Q listen socket await:go
	start us "${STRAIT[@]}" -U --seqpacket socket
	eventually stands_still "$(pid_of us)"
	assert_idle
}
@test "unix seqpacket, listening: standard output is full, the peer has closed" {
	silent_input
	stuck_output
	listen us -U --seqpacket socket
	peer them -Q connect socket fill close await:go
	eventually grep -q filled them.err
	assert_idle
}
