#!/usr/bin/env bats
# What comes between a connection and its conversation. The layers are those of layer/layer.c, which
# a build of its own has: make check-layers. Each side says a line first; LAYERS_OUT is for
# connections that are made, LAYERS_IN for those that are accepted.

# Each test has variables of its own, and domain sets some; finish closes SILENCE.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2153
load helpers

CLIENT='HELLO client\n'
SERVER='HELLO server\n'

suits() {
	[[ ${STRAIT[-1]} == */layer/strait ]] || skip "make check-layers has a build with layers"
}

# The layers of those who are started from here on.
layers_out() {
	export LAYERS_OUT=$1
	unset LAYERS_IN
}
layers_in() {
	export LAYERS_IN=$1
	unset LAYERS_OUT
}

# A program that says what its input is, and then what it reads there.
KIND='case $(readlink /proc/self/fd/0) in socket*) echo socket ;; pipe*) echo pipe ;; esac; exec cat'

@test "connecting, a line is exchanged first" {
	layers_out l
	echo question >us.in
	meet connect tcp expect:"$CLIENT" send:"$SERVER" expect:'question\n' send:'answer\n' shut rest
	finish us
	finish them
	assert_equal "$(<us.out)" answer
	assert_equal "$(<us.err)" ''
}

@test "listening, a line is exchanged first" {
	layers_in l
	echo answer >us.in
	meet listen tcp send:"$CLIENT" expect:"$SERVER" send:'question\n' shut expect:'answer\n' rest
	finish us
	finish them
	assert_equal "$(<us.out)" question
}

@test "a line that comes in pieces is waited for" {
	layers_out l
	meet connect unix send:'HEL' pause:0.2 send:'LO serv' pause:0.2 send:'er' pause:0.2 \
		send:'\nanswer' shut expect:"$CLIENT" rest </dev/null
	finish us
	finish them
	assert_equal "$(<us.out)" answer
}

@test "what comes behind the line is read first by the conversation" {
	local role domain
	for role in connect listen; do
		for domain in tcp unix; do
			rm -f socket ./*.status us.* them.*
			random 500000 behind
			export LAYERS_OUT=l LAYERS_IN=l
			if [[ $role == connect ]]; then
				printf '%b' "$SERVER" | cat - behind >all
			else
				printf '%b' "$CLIENT" | cat - behind >all
			fi
			meet $role $domain file:all shut rest </dev/null
			finish us
			finish them
			cmp behind us.out
		done
	done
}

@test "several layers come one after the other, and each gives back what is not its own" {
	layers_out lll
	meet connect tcp send:"$SERVER$SERVER${SERVER}answer" shut \
		expect:"$CLIENT$CLIENT$CLIENT" rest </dev/null
	finish us
	finish them
	assert_equal "$(<us.out)" answer
}

@test "both sides of a large transfer have layers" {
	random 3000000 one
	random 3000000 two
	layers_in ll
	cp one server.in
	listen server 127.0.0.1 0
	layers_out ll
	cp two client.in
	start client "${STRAIT[@]}" 127.0.0.1 "$PORT"
	finish client
	finish server
	cmp one client.out
	cmp two server.out
}

@test "-k: each client has its layers, and one that fails is no matter to the others" {
	layers_in l
	mkfifo server.in
	exec {SILENCE}<>server.in
	listen server -k 127.0.0.1 0
	peer good connect 127.0.0.1 "$PORT" send:"${CLIENT}one\n" expect:"$SERVER" await:told rest
	eventually grep -q one server.out
	peer bad connect 127.0.0.1 "$PORT" send:'nonsense, longer than the line\n' broken
	finish bad
	assert_said server '127\.0\.0\.1 [0-9]+: line: this is not the line that it waits for$'
	peer hasty connect 127.0.0.1 "$PORT" expect:"$SERVER" send:'HELLO' close
	finish hasty
	eventually grep -q 'line: the other side has closed the connection$' server.err
	peer last connect 127.0.0.1 "$PORT" send:"${CLIENT}two\n" expect:"$SERVER" expect:'to all\n'
	eventually grep -q two server.out
	echo 'to all' >server.in
	finish last
	touch told
}

@test "-e: the program has the socket itself, unless more than the line was read" {
	layers_in l
	listen server -k --sh-exec "$KIND" 127.0.0.1 0
	peer exact connect 127.0.0.1 "$PORT" expect:"$SERVER" send:"$CLIENT" expect:'socket\n' \
		send:'text' shut expect:'text' rest
	finish exact
	peer hasty connect 127.0.0.1 "$PORT" send:"${CLIENT}te" expect:"$SERVER" expect:'pipe\n' \
		send:'xt' shut expect:'text' rest
	finish hasty
	assert_said server ': closed; its program.s status: 0'
	assert_said server ': closed \(9 bytes sent, 4 received\); its program.s status: 0'
}

@test "connecting with -e, the same" {
	layers_out l
	peer them listen 127.0.0.1 0 send:"${SERVER}te" expect:"$CLIENT" expect:'pipe\n' send:'xt' \
		shut expect:'text' rest
	start us "${STRAIT[@]}" --sh-exec "$KIND" 127.0.0.1 "$PORT"
	finish them
	finish us
}

@test "--to: the server has layers, the client has, both have" {
	local in out hello reply
	for in in '' l; do
		for out in '' l ll; do
			unset LAYERS_IN LAYERS_OUT
			rm -f ./*.status ./*.err
			hello=${in//l/$CLIENT} reply=${in//l/$SERVER}
			peer server listen 127.0.0.1 0 send:"${out//l/$SERVER}answer" \
				expect:"${out//l/$CLIENT}question" shut rest
			export LAYERS_IN=$in LAYERS_OUT=$out
			listen relay 127.0.0.1 0 --to 127.0.0.1:"$PORT"
			peer client connect 127.0.0.1 "$PORT" send:"${hello}ques" expect:"$reply" \
				send:tion shut expect:answer rest
			finish client
			finish server
			finish relay
		done
	done
}

@test "--to: a client that has said all and gone is passed on" {
	layers_in l
	peer server listen 127.0.0.1 0 expect:question rest
	listen relay 127.0.0.1 0 --to 127.0.0.1:"$PORT"
	peer client connect 127.0.0.1 "$PORT" send:"${CLIENT}question" expect:"$SERVER" shut rest
	finish client
	finish server
	finish relay
}

@test "--broker: members have layers, and what they say at once is heard" {
	layers_in l
	listen room --broker 127.0.0.1 0
	peer one connect 127.0.0.1 "$PORT" expect:"$SERVER" send:"$CLIENT" expect:two rest
	eventually grep -q received room.err
	peer two connect 127.0.0.1 "$PORT" send:"${CLIENT}two" expect:"$SERVER" touch:said rest
	peer three connect 127.0.0.1 "$PORT" send:nonsensenonsense broken
	finish three
	eventually grep -q 'line: this is not the line that it waits for' room.err
	eventually test -e said
	kill "$(pid_of room)"
}

@test "a layer that fails ends it with an error that says of whom and what" {
	layers_out f
	peer them listen 127.0.0.1 0 send:"$SERVER" expect:"$CLIENT" broken
	start us "${STRAIT[@]}" 127.0.0.1 "$PORT" </dev/null
	finish us 1
	assert_complained us "127.0.0.1 $PORT: failing: it has been told to fail$"
	finish them
	layers_in f
	listen server 127.0.0.1 0 </dev/null
	peer client connect 127.0.0.1 "$PORT" send:"$CLIENT" expect:"$SERVER" broken
	finish server 1
	assert_said server '^strait: 127\.0\.0\.1 [0-9]+: failing: it has been told to fail$'
	finish client
}

@test "a layer that cannot begin" {
	layers_out b
	peer them listen 127.0.0.1 0 broken
	start us "${STRAIT[@]}" 127.0.0.1 "$PORT" </dev/null
	finish us 2
	assert_said us 'bad: it cannot begin'
	layers_in b
	listen server 127.0.0.1 0 </dev/null
	peer client connect 127.0.0.1 "$PORT" broken
	finish server 2
	assert_said server 'bad: it cannot begin'
}

@test "a layer that hangs is given up after -w" {
	layers_out h
	peer them listen 127.0.0.1 0 send:"$SERVER" expect:"$CLIENT" broken
	clock_start
	start us "${STRAIT[@]}" -w 500ms 127.0.0.1 "$PORT" </dev/null
	finish us 4
	assert_took 500 3000
	assert_complained us "127.0.0.1 $PORT: hanging: timed out$"
	layers_in h
	listen server -w 500ms 127.0.0.1 0 </dev/null
	peer client connect 127.0.0.1 "$PORT" send:"$CLIENT" broken
	finish server 4
	assert_said server ': hanging: timed out$'
}

@test "a layer that hangs waits, and uses no processor time" {
	needs strace
	layers_out h
	peer them listen 127.0.0.1 0 send:"$SERVER" expect:"$CLIENT" pause:0.5 send:more broken
	strace -f -o trace -e trace=poll,ppoll,epoll_wait,epoll_pwait "${STRAIT[@]}" -w 1 127.0.0.1 \
		"$PORT" </dev/null || (($? == 4))
	(($(wc -l <trace) < 20))
}

@test "--retry: a layer that fails is tried again" {
	layers_out l
	local port
	peer first listen 127.0.0.1 0 expect:"$CLIENT" close
	port=$PORT
	start us "${STRAIT[@]}" -v --retry=15 127.0.0.1 "$port" </dev/null
	finish first
	peer second listen 127.0.0.1 "$port" expect:"$CLIENT" send:"${SERVER}answer" shut rest
	finish us
	assert_equal "$(<us.out)" answer
	assert_said us 'line: the other side has closed the connection; trying again$'
}

@test "a port whose layer fails is passed over" {
	layers_out l
	peer bad listen 127.0.0.1 0 expect:"$CLIENT" close
	local first=$PORT
	peer good listen 127.0.0.1 0 expect:"$CLIENT" send:"${SERVER}answer" shut rest
	start us "${STRAIT[@]}" 127.0.0.1 "$first,$PORT" </dev/null
	finish us
	assert_equal "$(<us.out)" answer
}

@test "a stopped client that hangs in a layer leaves nothing behind" {
	layers_in h
	listen server -k 127.0.0.1 0 </dev/null
	peer client connect 127.0.0.1 "$PORT" send:"$CLIENT" touch:sent broken
	eventually test -e sent
	kill "$(pid_of server)"
	finish client
	finish server 143
}
