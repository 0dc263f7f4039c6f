#!/usr/bin/env bats
# A death is not an end: when strait is killed before all is said, a TCP peer sees a reset. What is
# finished, or is not strait's own, ends as it should.
#
# meet in helpers.bash uses ARGS.
# shellcheck disable=SC2034,SC2030,SC2031

load helpers

# Kills what was started as NAME, itself, and waits until it has gone.
kill_it() { # NAME SIGNAL
	local pid
	pid=$(pid_of "$1")
	kill "-$2" "$pid"
	eventually test -s "$1.status"
}

was_reset() { # NAME
	finish "$1" 1
	assert_said "$1" 'Connection reset by peer'
}

# Half-way through what it sends.
killed() { # SIGNAL ROLE
	silent_input
	meet "$2" tcp expect:half touch:got rest
	printf half >&"$SILENCE"
	eventually test -e got
	kill_it us "$1"
	was_reset them
}
# @role: connect=connected | listen=listening
# @signal: TERM | INT | HUP | KILL
@test "@role, killed by @signal: the peer sees a reset" { killed @signal @role; }
@test "@role, crashed: the peer sees a reset" { killed SEGV @role; }

killed_server() { # SIGNAL
	silent_input
	ARGS=(-k)
	meet listen tcp expect:half touch:got rest
	printf half >&"$SILENCE"
	eventually test -e got
	kill_it us "$1"
	was_reset them
}
# @signal: TERM | KILL
@test "-k, killed by @signal: its clients see a reset" { killed_server @signal; }

@test "a file is being sent, the sender is killed: the receiver knows" {
	random $((64 << 20)) us.in
	mkfifo them.out
	exec {END}<>them.out
	listen them -d 127.0.0.1 0
	start us "${STRAIT[@]}" 127.0.0.1 "$PORT"
	eventually input_stands_still "$(pid_of us)"
	kill_it us KILL
	cat <&"$END" >/dev/null 3>&- &
	finish them 1
	kill $!
	assert_said them 'Connection reset by peer \(0 bytes sent, [0-9]+ received\)'
}

# What it receives is not acknowledged by a program, so that the sender has to know.
@test "a receiver that is killed is a reset to the sender" {
	stuck_output
	ARGS=(-d)
	meet connect tcp send:hello await:killed rest
	timeout "$LIMIT" head -c 5 <&"$DAM" >/dev/null
	kill_it us KILL
	touch killed
	was_reset them
}

killed_relay() { # SIGNAL
	peer backend -U listen target send:answer expect:question touch:there rest
	ARGS=(-k --to unix:target)
	meet listen tcp expect:answer send:question rest
	eventually test -e there
	kill_it us "$1"
	was_reset them
}
@test "a relay that is killed by @signal is a reset to its client" { killed_relay @signal; }

@test "a relay that is killed is a reset to where it leads" {
	peer backend listen 127.0.0.1 0 expect:question touch:there rest
	ARGS=(-k --to "127.0.0.1:$PORT")
	meet listen unix send:question rest
	eventually test -e there
	kill_it us KILL
	was_reset backend
	finish them
}

@test "a room that is killed is a reset to those who are in it" {
	local signal
	for signal in TERM KILL; do
		ARGS=(--chat)
		meet listen tcp expect:'<strait> you are user1\n' touch:"in-$signal" rest
		eventually test -e "in-$signal"
		kill_it us "$signal"
		was_reset them
		rm -f us.* them.*
	done
}

# What is given up is no end either.
@test "an idle conversation is given up: the peer sees a reset" {
	silent_input
	ARGS=(--idle-timeout 100ms)
	meet connect tcp rest
	finish us 4
	was_reset them
}

# All is said and acknowledged: what the peer says is its own matter.
finished() { # ROLE SIGNAL
	local ARGS=()
	printf all >us.in
	meet "$1" tcp expect:all rest touch:ended await:killed
	eventually test -e ended
	kill_it us "$2"
	touch killed
	finish them
}
@test "connected, killed when all was said: the peer has seen an ordinary end" { finished connect KILL; }
@test "listening, killed when all was said: the peer has seen an ordinary end" { finished listen TERM; }

@test "-z ends a connection as it should" {
	peer them listen 127.0.0.1 0 rest
	strait -z 127.0.0.1 "$PORT"
	finish them
}

@test "a program that exits ends the connection as it should" {
	ARGS=(-k --sh-exec 'printf bye')
	meet listen tcp expect:bye rest
	finish them
}

@test "a program's connection ends as it does without strait when strait is killed" {
	needs_linux_build # elsewhere the program does not hear of it
	ARGS=(-k --sh-exec 'printf here; exec cat >/dev/null')
	meet listen tcp expect:here touch:there rest
	eventually test -e there
	kill_it us KILL
	finish them
}

# A connection that never got to its conversation.
@test "a relay that leads nowhere is a reset to its client" {
	ARGS=(-k --to unix:nowhere)
	meet listen tcp rest
	was_reset them
}
