#!/usr/bin/env bats
# Signals: strait removes what it made and really dies of them; those that it survives cost nothing.

load helpers

# Starts strait as "us" so that the way it ends can be told from an exit status: us.died holds
# the number of the signal that killed it, or 0. IGNORED signals stay ignored, others are at their
# defaults, whatever the tests themselves were started with.
minded() {
	start us python3 -c '
import signal, subprocess, sys
def restore():
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGPIPE", "SIGUSR1"):
        signal.signal(getattr(signal, name), signal.SIG_IGN if name in sys.argv[1] else signal.SIG_DFL)
child = subprocess.Popen(sys.argv[2:], preexec_fn=restore)
print(child.pid, file=open("us.pid", "w"), flush=True)
status = child.wait()
print(max(0, -status), file=open("us.died", "w"), flush=True)
sys.exit(max(0, status))' "${IGNORED:-}" "${STRAIT[@]}" "$@"
	eventually test -s us.pid
}

minded_listener() {
	minded -v -l "$@"
	eventually listening us
}

has_reply_address() {
	test -n "$(find . -path './strait.*/socket')"
}

# Sends it, and sees it die of it, and leave nothing.
dies_of() {
	kill -s "$1" "$(<us.pid)"
	finish us
	assert_equal "$(<us.died)" "$(kill -l "$1")"
	nothing_left
	run ! grep '^strait: ' us.err
}

waiting() {
	silent_input
	minded_listener "${@:2}"
	dies_of "$1"
}

# In conversation with a peer in the other ROLE that says nothing. A socket file that is the
# peer's is not ours to remove.
talking() {
	domain "$3"
	silent_input
	if [[ $2 == listen ]]; then
		minded_listener "${LISTEN[@]}"
		peer them "${FLAG[@]}" connect "${THERE[@]}" "${PORT:?}" send:hello rest
	else
		peer them "${FLAG[@]}" listen "${HERE[@]}" send:hello rest
		minded "${CONNECT[@]}" "$PORT"
		eventually test -s us.out
		rm -f socket
	fi
	eventually test -s us.out
	dies_of "$1"
}

# Every signal in its turn.
every() {
	local number
	for number in INT TERM HUP; do
		"$1" "$number" "${@:2}"
		rm -f us.* them.*
	done
}

@test "waiting on a unix socket, a signal kills and leaves nothing" { every waiting -U socket; }
@test "waiting on a unix seqpacket socket, a signal kills and leaves nothing" { every waiting -U --seqpacket socket; }
@test "waiting on a unix datagram socket, a signal kills and leaves nothing" { every waiting -u -U socket; }
@test "waiting on a TCP port, a signal kills" { every waiting 127.0.0.1 0; }
@test "waiting on a UDP port, a signal kills" { every waiting -u 127.0.0.1 0; }
# @role: listen=listening | connect=connected
@test "unix, @role, in conversation, a signal kills and leaves nothing" { every talking @role unix; }
@test "TCP, @role, in conversation, a signal kills" { every talking @role tcp; }

# A unix datagram client has a private directory for its reply address.
datagram_client() {
	silent_input
	listen them -u -U socket </dev/null
	minded -u -U socket
	eventually has_reply_address
	kill -s "$1" "$(<us.pid)"
	finish us
	assert_equal "$(<us.died)" "$(kill -l "$1")"
	run find . -name 'strait.*'
	assert_output ''
	kill "$(pid_of them)"
	finish them 143
}

@test "a unix datagram client that a signal kills leaves nothing" { every datagram_client; }

# Whatever else ends a program by default.
OTHERS="QUIT ALRM USR2 VTALRM PROF XCPU IO PWR STKFLT RTMIN RTMIN+5 RTMAX-1"

@test "a unix datagram client leaves nothing, whichever signal kills it" {
	[[ $(uname -s) == Linux ]] || skip "other systems have other signals"
	local number
	ulimit -c 0
	for number in $OTHERS; do
		datagram_client "$number"
		rm -f us.* them.* socket
	done
}

@test "a unix listener leaves nothing, whichever signal kills it" {
	[[ $(uname -s) == Linux ]] || skip "other systems have other signals"
	local number
	ulimit -c 0
	for number in $OTHERS; do
		waiting "$number" -U socket
		rm -f us.* them.*
	done
}

@test "SIGUSR1 that is ignored stays ignored" {
	IGNORED=SIGUSR1
	silent_input
	minded_listener -U socket
	kill -USR1 "$(<us.pid)"
	peer them -U connect socket send:hello await:never
	eventually test -s us.out
	kill -USR1 "$(<us.pid)"
	kill -TERM "$(<us.pid)"
	finish us
	assert_equal "$(<us.died)" 15
	run ! grep '^strait: ' us.err
}

# The first process of a container: no signal kills it by itself.
first() { # SIGNAL ARGS...
	local pid number=$1
	silent_input
	start us unshare --pid --fork --kill-child "${STRAIT[@]}" "${@:2}"
	eventually "${WHEN[@]}"
	pid=$(pgrep -P "$(pid_of us)")
	assert_equal "$(awk '/^NSpid/ { print $NF }' "/proc/$pid/status")" 1
	kill -s "$number" "$pid"
	finish us $((128 + $(kill -l "$number")))
	nothing_left
	exec {SILENCE}<&-
}
every_first() {
	local number
	unshare --pid --fork true 2>/dev/null || skip "may not make a process namespace"
	[[ -z ${SLOW:-} ]] || skip "what it runs under has signals of its own"
	for number in INT TERM HUP QUIT USR2; do
		first "$number" "$@"
		rm -f us.*
	done
}

@test "as the first process, listening: a signal ends it" {
	WHEN=(listening us)
	every_first -v -l 127.0.0.1 0
	every_first -v -l -k 127.0.0.1 0
}
@test "as the first process, listening on a unix socket: a signal ends it and leaves nothing" {
	WHEN=(listening us)
	every_first -v -l -U socket
	every_first -v -l -u -U socket
}
@test "as the first process, serving with programs: a signal ends it" {
	WHEN=(listening us)
	every_first -v -l -k -e cat 127.0.0.1 0
}
@test "as the first process, in conversation: a signal ends it" {
	listen them -k 127.0.0.1 0 </dev/null
	WHEN=(grep -q succeeded us.err)
	every_first -v 127.0.0.1 "$PORT"
}
@test "as the first process, a unix datagram client: a signal ends it and leaves nothing" {
	local number
	listen them -u -U -k socket </dev/null
	unshare --pid --fork true 2>/dev/null || skip "may not make a process namespace"
	for number in INT TERM; do
		silent_input
		start us unshare --pid --fork --kill-child "${STRAIT[@]}" -u -U socket
		eventually has_reply_address
		kill -s "$number" "$(pgrep -P "$(pid_of us)")"
		finish us $((128 + $(kill -l "$number")))
		run ! has_reply_address
		rm -f us.*
	done
}

# Both directions stuffed: nothing that it is busy with keeps it alive.
stuffed() {
	ln -s /dev/zero us.in
	stuck_output
	minded_listener -U socket
	peer them -U connect socket flood touch:up await:never
	eventually test -e up
	dies_of "$1"
	rm up
	exec {DAM}<&-
}

@test "stuffed both ways, a signal kills and leaves nothing" { every stuffed; }

@test "a hang-up that is ignored (nohup) stays ignored" {
	local role
	for role in listen connect; do
		IGNORED=SIGHUP
		echo hello >us.in
		if [[ $role == listen ]]; then
			minded_listener -U socket
			kill -HUP "$(<us.pid)"
			peer them -U connect socket await:go send:reply shut rest
		else
			peer them listen 127.0.0.1 0 await:go send:reply shut rest
			minded 127.0.0.1 "$PORT"
		fi
		kill -HUP "$(<us.pid)"
		touch go
		finish us
		finish them
		assert_equal "$(<us.died)" 0
		assert_equal "$(<us.out)" reply
		assert_equal "$(<them.out)" hello
		rm -f us.* them.* go
	done
}

@test "a broken pipe signal, sent by anyone, kills nothing" {
	silent_input
	minded_listener 127.0.0.1 0
	kill -PIPE "$(<us.pid)"
	peer them connect 127.0.0.1 "$PORT" send:hello await:go shut rest
	eventually test -s us.out
	kill -PIPE "$(<us.pid)"
	touch go
	finish us
	assert_equal "$(<us.died)" 0
	assert_equal "$(<us.out)" hello
}

# Writing to what has gone: an error, no signal.
gone() {
	ln -s /dev/zero us.in
	domain "$1"
	peer them "${FLAG[@]}" listen "${HERE[@]}" recv:10 close
	minded "${CONNECT[@]}" "$PORT"
	finish us 1
	assert_equal "$(<us.died)" 0
}

# @domain: tcp=TCP | unix
@test "@domain: writing to a peer that has gone kills nothing" { gone @domain; }

stopped() {
	[[ $(awk '/^State/ { print $2 }' "/proc/$1/status") == T ]]
}

# Stopped for a moment with both directions stuffed, and over and over while both are busy.
stop_and_go() {
	random 8388608 us.in
	random 8388608 data
	stuck_output
	meet "$1" "$2" pour:data await:go rest
	local pid
	pid=$(pid_of us)
	eventually input_stands_still "$pid"
	kill -STOP "$pid"
	eventually stopped "$pid"
	touch go
	timeout "$LIMIT" cat us.out >got {DAM}<&- 3>&- &
	local reader=$!
	exec {DAM}<&-
	until [[ -e us.status ]]; do
		kill -CONT "$pid" || break
		moment
		kill -STOP "$pid" || break
		moment
		kill -CONT "$pid" || break
		moment
	done 2>/dev/null
	finish us
	finish them
	wait "$reader"
	cmp us.in them.out
	cmp data got
}

@test "@domain, @role: stopped and continued in the middle, it loses nothing" { stop_and_go @role @domain; }

# The path is somebody else's by now: it is left alone.
somebody_elses() {
	silent_input
	minded_listener "$@" socket
	rm socket
	listen them "$@" socket </dev/null
	local before after
	before=$(stat -c %i socket)
	kill "$(<us.pid)"
	finish us
	assert_equal "$(<us.died)" 15
	after=$(stat -c %i socket)
	assert_equal "$after" "$before"
}

@test "a unix path that is somebody else's by now is left alone" { somebody_elses -U; }
@test "a unix datagram path that is somebody else's by now is left alone" { somebody_elses -u -U; }
@test "a file in the place of our unix path is left alone" {
	silent_input
	minded_listener -U socket
	rm socket
	echo precious >socket
	kill "$(<us.pid)"
	finish us
	assert_equal "$(<socket)" precious
}

# strait is stopped as soon as it has made the call that removes; the signal is there when it goes on.
@test "a signal that comes when all is done but the removing is not lost" {
	needs strace
	local stopped
	start us strace -qq -o calls -e trace=unlink -e inject=unlink:signal=STOP \
		"${STRAIT[@]}" -v -l -U socket </dev/null
	eventually listening us
	run -0 strait -U socket </dev/null
	eventually grep -q 'stopped by SIGSTOP' calls
	stopped=$(pgrep -P "$(pid_of us)")
	kill -TERM "$stopped"
	kill -CONT "$stopped"
	finish us 143
	nothing_left
}
