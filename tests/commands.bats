#!/usr/bin/env bats
# Commands, -e and --sh-exec: what a program is given, what it and its peer can rely on, and what
# is left when they have gone.

# Programs expand what is in quotes; each test has arrays of its own.
# shellcheck disable=SC1003,SC2016,SC2030,SC2031,SC2153,SC2154
load helpers

suits() {
	[[ -d /proc/self/fd ]] || skip "needs /proc"
	ARGS=()
}

# Programs have sessions of their own, which outlive a test that fails.
teardown() {
	local pid process group own
	own=$(ps -o pgid= -p $$)
	for process in /proc/[0-9]*; do
		[[ $process/cwd -ef $BATS_TEST_TMPDIR ]] || continue
		group=$(ps -o pgid= -p "${process#/proc/}") || continue
		((group == own)) || kill -KILL "${process#/proc/}" 2>/dev/null || :
	done
	for pid in "${STARTED[@]}"; do
		kill -KILL -- "-$pid" 2>/dev/null || :
	done
}

# Waits for ever, or until a signal. (tail looks whether anybody reads its output.)
WAIT='tail -f /dev/null >/dev/null'

# A program is run for a peer, "them", who takes STEPs over DOMAIN. strait, "us", has the options in
# ARGS and listens (listen), for many (many), or connects (connect).
visit() { # ROLE DOMAIN STEPS...
	local many=()
	domain "$2"
	if [[ $1 == connect ]]; then
		peer them "${FLAG[@]}" listen "${HERE[@]}" "${@:3}"
		start us "${STRAIT[@]}" "${ARGS[@]}" "${CONNECT[@]}" "$PORT" </dev/null
	else
		[[ $1 == listen ]] || many=(-k)
		listen us "${ARGS[@]}" "${many[@]}" "${LISTEN[@]}" </dev/null
		again "${@:3}"
	fi
}

# One more peer of the same kind.
again() {
	rm -f them.*
	peer them "${FLAG[@]}" connect "${THERE[@]}" "$PORT" "$@"
}

# They are done, and so are we, with STATUS, unless there are others to be served.
over() { # ROLE [STATUS [THEIRS]]
	finish them "${3:-0}"
	refute [ -s us.out ]
	if [[ $1 == many ]]; then
		refute [ -e us.status ]
		eventually childless
		dismiss
	else
		finish us "${2:-0}"
	fi
}

# Runs CHECK ROLE DOMAIN for all ROLES and DOMAINS.
STREAMS="tcp tcp6 unix seqpacket"
every() { # CHECK
	local role domain
	for role in ${ROLES:-listen many connect}; do
		for domain in ${DOMAINS:-tcp unix}; do
			echo "$role, $domain" >&2
			"$1" "$role" "$domain"
			find . -mindepth 1 ! -name '*.kept' -delete
		done
	done
}

# Our process, if it is still there.
our_pid() {
	local pid
	pid=$(pgrep -P "$PID_us" -x timeout) && pgrep -P "$pid"
}

# We have so many children, dead ones that nobody has asked after among them.
has_children() { # COUNT
	local pid
	pid=$(our_pid) || return
	(($(pgrep -P "$pid" | wc -l) == $1))
}
childless() {
	[[ -e us.status ]] || has_children 0
}

# We are told to end, and do.
dismiss() {
	kill "$(our_pid)"
	finish us 143
}

gone() {
	[[ ! -e /proc/$1 || $(awk '/^State/ { print $2 }' "/proc/$1/status") == Z ]]
}

# --- What it says and hears

talks() {
	visit "$1" "$2" send:hello shut rest
	over "$1"
	assert_equal "$(<them.out)" hello
}

@test "-e: the program hears the peer, and the peer the program" {
	ARGS=(-e cat)
	DOMAINS=$STREAMS every talks
}
@test "-e: the same through pipes" {
	ARGS=(-w "$LIMIT" -e cat)
	DOMAINS=$STREAMS every talks
}
@test "--sh-exec: a pipeline talks to the peer" {
	ARGS=(--sh-exec 'tr h H | tr H h')
	every talks
}
@test "--sh-exec: the same through pipes" {
	ARGS=(-q "$LIMIT" --sh-exec 'tr h H | tr H h')
	every talks
}

much() {
	visit "$1" "$2" pour:data.kept rest
	over "$1"
	cmp data.kept them.out
}

@test "megabytes go to a program and back" {
	random 3000000 data.kept
	ARGS=(-e cat)
	every much
}
@test "megabytes go to a program and back through pipes" {
	random 3000000 data.kept
	ARGS=(--idle-timeout "$LIMIT" -e cat)
	every much
}

# What was sent is drained, even if nobody takes it before the program has exited, and in spite of
# what the program has not read.
drained() {
	local count=1000000 steps=(recv:6800000) text
	[[ $2 != seqpacket ]] || count=5000 steps=()
	echo "$count" >lines
	mkfifo begin
	text=$(seq "$count" | md5sum)
	visit "$1" "$2" send:unread touch:sent "${steps[@]}" await:said await:go rest
	eventually test -e sent
	start beginning bash -c "echo >begin"
	eventually test -e said
	[[ $1 == listen ]] || eventually childless
	touch go
	finish them
	assert_equal "$(md5sum <them.out)" "$text"
	over "$1"
}

@test "all that a program has written is delivered, whatever it has left unread" {
	ARGS=(--sh-exec 'read -r _ <begin; seq $(cat lines); touch said')
	ROLES=listen DOMAINS=$STREAMS every drained
	ROLES="many connect" every drained
}
@test "all that a program has written is delivered through pipes" {
	ARGS=(-w "$LIMIT" --sh-exec 'read -r _ <begin; seq $(cat lines); touch said')
	ROLES="listen connect" every drained
}

flooded() {
	local steps=(recv:500000 await:said)
	[[ $2 != seqpacket ]] || steps=()
	visit "$1" "$2" flood "${steps[@]}" rest
	eventually test -s them.status
	assert_equal "$(md5sum <them.out)" "$(seq 100000 | md5sum)"
	[[ $1 == many ]] || finish us
	[[ $1 != many ]] || dismiss
}

@test "a peer that talks on and on gets all that a program has written" {
	ARGS=(--sh-exec 'seq 100000; touch said')
	ROLES=listen DOMAINS=$STREAMS every flooded
	ROLES=connect every flooded
}
@test "a peer that talks on and on gets all that a program has written through pipes" {
	ARGS=(-w "$LIMIT" --sh-exec 'seq 100000; touch said')
	ROLES=listen every flooded
}

# To a unix peer, a close with something unread is a reset, which it hears before all else.
@test "a peer of messages gets what a program has written when it only listens after the end" {
	ARGS=(--sh-exec "until [ -e filled ]; do :; done; seq 1000")
	visit listen seqpacket send:some send:more send: send:yet touch:filled await:us.status rest
	over listen
	assert_equal "$(md5sum <them.out)" "$(seq 1000 | md5sum)"
}

sent_and_gone() {
	visit "$1" "$2" send:hello close
	finish them
	eventually test -e heard
	assert_equal "$(<heard)" hello
	over "$1"
}

@test "a program hears all of a peer that has said it and gone" {
	ARGS=(--sh-exec 'cat >heard.new; mv heard.new heard')
	DOMAINS=$STREAMS every sent_and_gone
}
@test "a program hears all of a peer that has said it and gone, through pipes" {
	ARGS=(-w "$LIMIT" --sh-exec 'cat >heard.new; mv heard.new heard')
	every sent_and_gone
}

first_to_go() {
	visit "$1" "$2" expect:bye shut rest
	over "$1"
}

@test "a program that hears nothing ends the conversation when it exits" {
	ARGS=(-e 'printf bye')
	DOMAINS=$STREAMS every first_to_go
	ARGS=(-w "$LIMIT" -e 'printf bye')
	ROLES="listen connect" every first_to_go
}

@test "a program that closes its input still talks, through pipes" {
	random 1000000 data
	ARGS=(-w "$LIMIT" --sh-exec 'exec <&-; touch shut; while [ ! -e go ]; do :; done; echo bye')
	visit listen tcp await:shut file:data touch:go rest
	over listen
	assert_equal "$(<them.out)" bye
}

@test "what a program says on standard error is on strait's" {
	local role args
	for args in '' "-w $LIMIT"; do
		for role in listen many connect; do
			# shellcheck disable=SC2206 # words
			ARGS=($args --sh-exec 'echo oops >&2; readlink /proc/$$/fd/2')
			visit "$role" tcp rest
			over "$role"
			assert_said us '^oops$'
			assert_equal "$(<them.out)" "$PWD/us.err"
			rm -f us.* them.*
		done
	done
}

@test "the clients that people have talk to a program" {
	local client
	for client in 'nc.openbsd -N 127.0.0.1 PORT' 'ncat 127.0.0.1 PORT' 'socat - TCP:127.0.0.1:PORT' \
		'socat - UNIX:socket' 'nc.openbsd -NU socket' 'ncat -U socket'; do
		command -v "${client%% *}" >/dev/null || continue
		if [[ $client == *PORT ]]; then
			listen us -e cat 127.0.0.1 0 </dev/null
		else
			listen us -e cat -U socket </dev/null
		fi
		read -ra client <<<"${client/PORT/$PORT}"
		run -0 timeout "$LIMIT" "${client[@]}" <<<hello
		assert_output hello
		finish us
		rm -rf us.* socket
	done
}

@test "a program talks to the servers that people have" {
	local server
	for server in 'nc.openbsd -NlU socket' 'ncat -lU socket' 'socat - UNIX-LISTEN:socket'; do
		command -v "${server%% *}" >/dev/null || continue
		read -ra server <<<"$server"
		echo hello >theirs.in
		start theirs "${server[@]}"
		eventually test -S socket
		run -0 strait -U --retry="$LIMIT" -e cat socket </dev/null
		finish theirs
		assert_equal "$(<theirs.out)" hello
		rm -rf theirs.* socket
	done
}

# --- What it is

look() { # the child's
	visit "$@" rest
	over "$1"
}

is_socket() {
	look "$@"
	assert_regex "$(<them.out)" '^(socket:\[[0-9]+\]) (socket:\[[0-9]+\])$'
	assert_equal "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
}
is_pipes() {
	look "$@"
	assert_regex "$(<them.out)" '^pipe:\[([0-9]+)\] pipe:\[([0-9]+)\]$'
	[[ ${BASH_REMATCH[1]} != "${BASH_REMATCH[2]}" ]]
}

SHOWN='echo $(readlink /proc/$$/fd/0 /proc/$$/fd/1)'

@test "the program's input and output are the socket itself" {
	ARGS=(--sh-exec "$SHOWN")
	DOMAINS=$STREAMS every is_socket
}

@test "the program's input and output are the socket itself with -N, -n, -v, --wait" {
	local args
	for args in -N -n -v --nodelay; do
		# shellcheck disable=SC2206 # words
		ARGS=($args --sh-exec "$SHOWN")
		ROLES=listen DOMAINS=tcp every is_socket
	done
	ARGS=(--wait "$LIMIT" --retry --sh-exec "$SHOWN")
	ROLES=connect DOMAINS=tcp every is_socket
}

@test "where something has to come between, there are pipes" {
	local args
	for args in -C -t '-i 1ms' "-q $LIMIT" "-w $LIMIT" "--idle-timeout $LIMIT" \
		--no-shutdown; do
		# shellcheck disable=SC2206 # words
		ARGS=($args --sh-exec "$SHOWN")
		echo "$args" >&2
		ROLES="listen connect" DOMAINS=tcp every is_pipes_crlf
	done
}

is_pipes_crlf() {
	look "$@"
	tr -d '\r' <them.out >them.plain
	mv them.plain them.out
	assert_regex "$(<them.out)" '^pipe:\[([0-9]+)\] pipe:\[([0-9]+)\]$'
}

@test "a seqpacket program with --lines has pipes" {
	ARGS=(--lines --sh-exec "$SHOWN")
	DOMAINS=seqpacket every is_pipes
}

only_three() {
	look "$@"
	assert_equal "$(<them.out)" "0
1
2"
}

@test "a program has descriptors 0, 1 and 2, and no other" {
	: >file.kept
	wires '7<file.kept 9>>file.kept'
	# The shell must not become ls, which has the directory open.
	ARGS=(--sh-exec 'ls /proc/$$/fd; :')
	every only_three
	ARGS=(-w "$LIMIT" --sh-exec 'ls /proc/$$/fd; :')
	ROLES="listen connect" DOMAINS=tcp every only_three
}

@test "a program has descriptors 0, 1 and 2 even if strait had none" {
	local closed
	for closed in '<&-' '>&-' '<&- >&-'; do
		eval "listen us --sh-exec 'ls /proc/\$\$/fd; cat' 127.0.0.1 0"
		dismiss
		rm us.*
		local strait=("${STRAIT[@]}")
		wires "$closed"
		ARGS=(--sh-exec 'ls /proc/$$/fd; cat')
		visit listen tcp send:heard shut rest
		over listen
		assert_equal "$(<them.out)" "0
1
2
heard"
		STRAIT=("${strait[@]}")
		rm us.* them.*
	done
}

@test "a program's descriptors 0 and 1 are blocking" {
	ARGS=(--sh-exec 'grep -h flags /proc/self/fdinfo/0 /proc/self/fdinfo/1')
	blocking() {
		look "$@"
		while read -r _ flags; do
			(((flags & 04000) == 0))
		done <them.out
		assert_equal "$(wc -l <them.out)" 2
	}
	ROLES="listen connect" every blocking
	ARGS=(-w "$LIMIT" "${ARGS[@]}")
	ROLES=listen DOMAINS=tcp every blocking
}

# Strait is started with every signal ignored, and others blocked.
HOSTILE='
import os, signal, sys
for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
    if number not in (signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGWINCH, signal.SIGPIPE, signal.SIGHUP})
os.execvp(sys.argv[1], sys.argv[1:])'

no_signals() {
	look "$@"
	# 32 and 33 are the C library's own; its posix_spawn(3) has them ignored.
	run -0 sed -n '/^SigBlk/p; /^SigIgn/ { s/0000000180000000/0000000000000000/; p; }' them.out
	assert_output 'SigBlk: 0000000000000000
SigIgn: 0000000000000000'
}

@test "a program ignores and blocks no signal, whatever strait was started with" {
	# Without a shell, some of which have their own ideas.
	ARGS=(-e "awk '/^Sig(Blk|Ign)/ { print \$1, \$2 }' /proc/self/status")
	ROLES="listen connect" DOMAINS=tcp every no_signals
	STRAIT=(python3 -c "$HOSTILE" "${STRAIT[@]}")
	ROLES="listen connect" DOMAINS=tcp every no_signals
	ARGS=(-w "$LIMIT" "${ARGS[@]}")
	ROLES=listen DOMAINS=tcp every no_signals
}

@test "strait reaps its programs even if SIGCHLD was ignored or blocked" {
	STRAIT=(python3 -c '
import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
os.execvp(sys.argv[1], sys.argv[1:])' "${STRAIT[@]}")
	ARGS=(-e 'printf bye')
	DOMAINS="tcp" every first_to_go
}

own_session() {
	look "$@"
	read -r pid group session terminal <them.out
	assert_equal "$group $session $terminal" "$pid $pid 0"
}

@test "a program has a session of its own" {
	ARGS=(--sh-exec 'echo $$ $(cut -d " " -f 5-7 /proc/$$/stat)')
	DOMAINS=tcp every own_session
	ARGS=(-w "$LIMIT" "${ARGS[@]}")
	ROLES="listen connect" DOMAINS=tcp every own_session
}

@test "an interactive shell on strait's terminal serves its client, and is not stopped" {
	needs bash
	timeout -k 1 "$((LIMIT * 2))" python3 "$TESTS/near.py" interactive "${STRAIT[@]}" 3>&-
}

@test "a program is started without a copy of strait" {
	needs strace
	local role
	for role in listen connect; do
		STRAIT=(strace -qq -o calls -e "trace=%process" "${STRAIT[@]}")
		ARGS=(-e 'printf bye')
		visit "$role" tcp expect:bye shut rest
		over "$role"
		run -0 grep -E 'fork\(|clone' calls
		assert_output --regexp 'vfork\(|CLONE_VFORK'
		refute_output --regexp '^(fork|clone).*SIGCHLD' || assert_output --partial CLONE_VM
		STRAIT=("${STRAIT[@]:6}")
		rm -f us.* them.*
	done
}

# --- Its environment

# What the program of the last visit was told, as NAME=VALUE lines.
facts() {
	sed -nE "s/^$1((LOCAL|REMOTE)_(ADDR|PORT)=|PROTO=)/\1/p" "${2:-them.out}" | LC_ALL=C sort
}

family() { # HOST
	FLAG=()
	[[ $1 != *:* ]] || FLAG=(-6)
}

# The port that the listener NAME has heard from.
their_port() {
	sed -n 's/^Connection received on .* \([0-9]*\)$/\1/p' "$1.err"
}

told() { # DOMAIN LOCAL-PORT REMOTE-PORT
	local host=127.0.0.1 proto=TCP expected
	[[ $1 != *6 ]] || host=::1
	[[ $1 != udp* ]] || proto=UDP
	expected="LOCAL_ADDR=$host
LOCAL_PORT=$2
PROTO=$proto
REMOTE_ADDR=$host
REMOTE_PORT=$3"
	assert_equal "$(facts STRAIT_)" "$expected"
	assert_equal "$(facts NCAT_)" "$expected"
}

told_listening() {
	visit "$1" "$2" rest
	finish them
	told "$2" "$PORT" "$(their_port us)"
	over "$1"
}

@test "a listener's program is told of its peer" {
	ARGS=(-e env)
	ROLES="listen many" DOMAINS="tcp tcp6" every told_listening
	ARGS=(-w "$LIMIT" -e env)
	ROLES="listen many" DOMAINS="tcp tcp6" every told_listening
}

@test "a connection's program is told of its peer" {
	local args host
	for args in '' "-w $LIMIT"; do
		for host in 127.0.0.1 ::1; do
			listen them "$host" 0 </dev/null
			# shellcheck disable=SC2086 # words
			run -0 strait $args -e env "$host" "$PORT" </dev/null
			finish them
			[[ $host == ::1 ]] && domain=tcp6 || domain=tcp
			told "$domain" "$(their_port them)" "$PORT"
			rm them.*
		done
	done
}

@test "the program of a listener on all addresses is told which one was reached" {
	local host
	for host in 127.0.0.1 127.0.0.2 ::1; do
		listen us -e env 0 </dev/null
		family "$host"
		peer them "${FLAG[@]}" connect "$host" "$PORT" rest
		finish them
		finish us
		grep -qx "STRAIT_LOCAL_ADDR=$host" them.out
		grep -qx "STRAIT_REMOTE_ADDR=${host/127.0.0.2/127.0.0.1}" them.out ||
			grep -qx "STRAIT_REMOTE_ADDR=$host" them.out
		rm us.* them.*
	done
}

@test "the program of a datagram listener on all addresses is told which one was reached" {
	local host hosts=(127.0.0.1 ::1) many
	# A portable build answers from where the route prefers.
	is_portable_build || hosts+=(127.0.0.2)
	for many in '' -k; do
		for host in "${hosts[@]}"; do
			# shellcheck disable=SC2086 # words
			listen us -u $many -e env 0 </dev/null
			family "$host"
			peer them -u"${FLAG[0]#-}" connect "$host" "$PORT" send:hello message
			finish them
			grep -qx "STRAIT_LOCAL_ADDR=$host" them.out
			grep -qx "NCAT_LOCAL_ADDR=$host" them.out
			grep -qx "STRAIT_LOCAL_PORT=$PORT" them.out
			[[ -z $many ]] || kill -TERM "$(pid_of us)"
			eventually test -s us.status
			rm us.* them.*
		done
	done
}
@test "the program of a datagram listener is told which of its addresses a group's member has" {
	listen us -u --multicast 239.1.2.3%lo -e env 0 </dev/null
	run -0 timeout "$LIMIT" python3 -c '
import socket, sys
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("127.0.0.1", 0))
sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
sock.sendto(b"hello", ("239.1.2.3", int(sys.argv[1])))
print(sock.recv(65536).decode())' "$PORT"
	run -0 grep ^STRAIT_LOCAL_ADDR= <<<"$output"
	assert_output STRAIT_LOCAL_ADDR=127.0.0.1
}

@test "what a listener's program is told is what ncat's is told" {
	needs ncat
	local host
	for host in 127.0.0.1 ::1; do
		free_port
		start theirs ncat -l "$host" "$FREE" -e /usr/bin/env </dev/null
		eventually has_listener "$FREE"
		family "$host"
		peer asker "${FLAG[@]}" connect "$host" "$FREE" rest
		finish asker
		listen us -e env "$host" 0 </dev/null
		family "$host"
		peer them "${FLAG[@]}" connect "$host" "$PORT" rest
		finish them
		assert_equal "$(facts NCAT_ | sed 's/PORT=.*/PORT=/')" \
			"$(facts NCAT_ asker.out | sed 's/PORT=.*/PORT=/')"
		rm us.* them.* theirs.* asker.*
	done
}

has_listener() {
	ss -Hltn "sport = :$1" | grep -q .
}

@test "the program of a unix listener is told the path, and that of a named client" {
	listen us -U -e env socket </dev/null
	run -0 strait -U -s mine socket </dev/null
	finish us
	assert_equal "$(facts STRAIT_ - <<<"$output")" "LOCAL_ADDR=socket
LOCAL_PORT=
PROTO=UNIX
REMOTE_ADDR=mine
REMOTE_PORT="
}

@test "the program of a nameless unix client is told the path alone" {
	local args type
	for type in '' --seqpacket; do
		for args in '' "-w $LIMIT"; do
			# shellcheck disable=SC2086 # words
			listen us $args $type -U -e env socket </dev/null
			# shellcheck disable=SC2086 # words
			run -0 strait $type -U socket </dev/null
			finish us
			assert_equal "$(facts NCAT_ - <<<"$output")" "LOCAL_ADDR=socket
LOCAL_PORT=
PROTO=UNIX
REMOTE_ADDR=
REMOTE_PORT="
			rm us.*
		done
	done
}

@test "the program of a unix connection is told the path" {
	listen them -U socket </dev/null
	run -0 strait -U -e env socket </dev/null
	finish them
	assert_equal "$(facts STRAIT_)" "LOCAL_ADDR=
LOCAL_PORT=
PROTO=UNIX
REMOTE_ADDR=socket
REMOTE_PORT="
}

@test "a program gets strait's environment, without what was strait's alone" {
	export LISTEN_PID=1 LISTEN_FDS=1 LISTEN_FDNAMES=x LISTENER=kept STRAIT_TCP_MD5=secret \
		STRAIT_REMOTE_ADDR=stale NCAT_PROTO=stale STRAIT_OTHER=kept
	listen us --sh-exec 'env | grep -E "^(LIST|STRAIT|NCAT|HOME)"' 127.0.0.1 0 </dev/null
	run -0 strait 127.0.0.1 "$PORT" </dev/null
	finish us
	assert_line HOME="$HOME"
	assert_line LISTENER=kept
	assert_line STRAIT_OTHER=kept
	assert_line STRAIT_REMOTE_ADDR=127.0.0.1
	assert_line NCAT_PROTO=TCP
	refute_output --partial stale
	refute_line --regexp '^LISTEN_'
	refute_output --partial secret
}

# --- Its words

@test "-e: the words of a command" {
	local command expected
	while IFS='|' read -r command expected; do
		listen us -e "$command" 127.0.0.1 0 </dev/null
		run -0 strait 127.0.0.1 "$PORT" </dev/null
		assert_equal "$output" "$expected"
		finish us
		rm us.*
	done <<'END'
printf [%s] a b|[a][b]
  printf   [%s] 	a   b  |[a][b]
printf [%s] 'a b' "c d" e\ f|[a b][c d][e f]
printf [%s] '' "" x''y|[][][xy]
printf [%s] 'a"b' "c'd"|[a"b][c'd]
printf [%s] "a\"b" "c\\d" "e\fg" 'h\\i'|[a"b][c\d][e\fg][h\\i]
printf [%s] \'a \"b \\c|['a]["b][\c]
printf [%s] $HOME * ~ `x` ;|[$HOME][*][~][`x`][;]
printf [%s] a'b'"c"d|[abcd]
'printf' "[%s]" é|[é]
END
}

@test "-e: a newline separates words" {
	listen us -e 'printf
[%s]
a' 127.0.0.1 0 </dev/null
	run -0 strait 127.0.0.1 "$PORT" </dev/null
	assert_output '[a]'
	finish us
}

@test "-e: a program is looked for in PATH, and its name is what was said" {
	mkdir bin
	printf '#!/bin/sh\necho "mine: $0 $*"\n' >bin/mine
	chmod +x bin/mine
	local command
	for command in mine bin/mine ./bin/mine "$PWD/bin/mine"; do
		PATH=$PWD/bin:$PATH listen us -e "$command 'x y'" 127.0.0.1 0 </dev/null
		run -0 strait 127.0.0.1 "$PORT" </dev/null
		finish us
		[[ $command == mine ]] && command=$PWD/bin/mine
		assert_output "mine: $command x y"
		rm us.*
	done
}

@test "-e: there is no shell" {
	listen us -e 'readlink /proc/self/exe' 127.0.0.1 0 </dev/null
	run -0 strait 127.0.0.1 "$PORT" </dev/null
	assert_output --regexp '/(readlink|coreutils|busybox)$'
	finish us
}

@test "--sh-exec: the shell is /bin/sh, with the command as it was said" {
	listen us --sh-exec 'tr "\0" "|" </proc/$$/cmdline; :' 127.0.0.1 0 </dev/null
	run -0 strait 127.0.0.1 "$PORT" </dev/null
	assert_output '/bin/sh|-c|tr "\0" "|" </proc/$$/cmdline; :|'
	finish us
}

# --- Programs that cannot be run

not_there() {
	local status=0
	# Only TCP has a way to say that there is no answer.
	[[ $2 != tcp* ]] || status=1
	visit "$1" "$2" rest
	finish them "$status"
	assert_equal "$(<them.out)" ''
	if [[ $1 == many ]]; then
		again rest
		finish them "$status"
		assert_equal "$(grep -c "^strait: .*run .*: $REASON$" us.err)" 2
		over "$1" 0 "$status"
	else
		over "$1" 2 "$status"
		assert_complained us "run .*: $REASON$"
	fi
}

@test "a program that does not exist is told of, the peer sent away" {
	REASON='No such file or directory'
	ARGS=(-e ./nobody)
	every not_there
	ARGS=(-e nobody-has-this-program)
	ROLES=listen DOMAINS=tcp every not_there
	ARGS=(-w "$LIMIT" -e ./nobody)
	DOMAINS=tcp every not_there
}

@test "a program that cannot be executed is told of, the peer sent away" {
	REASON='Permission denied'
	echo text >script.kept
	ARGS=(-e ./script.kept)
	DOMAINS=tcp every not_there
	ARGS=(-w "$LIMIT" -e ./script.kept)
	ROLES=listen DOMAINS=tcp every not_there
	ARGS=(-e /)
	ROLES=listen DOMAINS=tcp every not_there
}

@test "many clients whose program does not exist leave no descriptor and no zombie" {
	local count pid
	ARGS=(-w "$LIMIT" -e ./nobody)
	visit many tcp rest
	finish them 1
	pid=$(our_pid)
	count=$(ls "/proc/$pid/fd")
	for _ in 1 2 3 4 5; do
		again rest
		finish them 1
	done
	eventually childless
	assert_equal "$(ls "/proc/$pid/fd")" "$count"
}

# --- The peer goes

# It and its own child wait for a hang-up.
# (The grandchild says that it is ready: before its shell has undone the trap a hang-up would be lost.)
GROUP='trap "echo \$\$ >hup; exit 9" HUP
	sh -c "until [ -s grandchild ]; do :; done; touch ready; exec tail -f /dev/null" >/dev/null &
	echo $! >grandchild; wait'

hung_up() { # how
	visit "$1" "$2" await:ready "$HOW"
	eventually test -e hup
	eventually gone "$(<grandchild)"
	over "$1" 9
}

@test "a peer that resets the connection: all of the process group hangs up" {
	HOW=reset
	ARGS=(--sh-exec "$GROUP")
	DOMAINS=tcp every hung_up
	ARGS=(-w "$LIMIT" --sh-exec "$GROUP")
	DOMAINS=tcp every hung_up
}

# A program that stops itself: the hang-up reaches it even so.
STOPPED='trap "touch hup; exit 9" HUP; touch ready; kill -STOP $$; touch woken; exit 9'

is_stopped() {
	grep -q '^State:.*T' "/proc/$1/status"
}

hung_up_stopped() {
	visit "$1" "$2" await:go reset
	eventually test -e ready
	eventually is_stopped "$(pgrep -P "$(our_pid)")"
	touch go
	eventually test -e hup
	over "$1" 9
}

@test "a stopped program whose peer resets the connection hangs up, and holds no place" {
	ARGS=(--sh-exec "$STOPPED")
	DOMAINS=tcp every hung_up_stopped
	ARGS=(-w "$LIMIT" --sh-exec "$STOPPED")
	DOMAINS=tcp every hung_up_stopped
}

dismissed_stopped() {
	visit "$1" "$2" rest
	eventually test -e ready
	eventually is_stopped "$(pgrep -P "$(our_pid)")"
	dismiss
	assert [ -e hup ]
}

@test "a stopped program hangs up when strait is told to end" {
	ARGS=(--sh-exec "$STOPPED")
	every dismissed_stopped
	ARGS=(-w "$LIMIT" --sh-exec "$STOPPED")
	DOMAINS=tcp every dismissed_stopped
}

@test "a unix peer that goes and has not heard all: all of the process group hangs up" {
	HOW=close
	ARGS=(--sh-exec "echo hello; $GROUP")
	DOMAINS=unix every hung_up
	ROLES=listen DOMAINS=seqpacket every hung_up
	ARGS=(-w "$LIMIT" --sh-exec "echo hello; $GROUP")
	ROLES=listen DOMAINS="unix seqpacket" every hung_up
}

hung_up_later() {
	visit "$1" "$2" shut await:ready await:go "${HOW}"
	eventually test -e ready
	touch go
	eventually test -e hup
	over "$1" 9
}

@test "a peer that has finished, and then resets the connection: hang-up" {
	HOW=reset
	ARGS=(--sh-exec "cat; $GROUP")
	DOMAINS="tcp" every hung_up_later
	ARGS=(-w "$LIMIT" --sh-exec "cat; $GROUP")
	DOMAINS="tcp" every hung_up_later
}

@test "a unix peer that has finished, and then goes and has not heard all: hang-up" {
	HOW=close
	ARGS=(--sh-exec "cat; echo hello; $GROUP")
	ROLES=listen DOMAINS="unix seqpacket" every hung_up_later
}

# Its output ends first, then the peer's: it still has to read, and is not told to hang up.
BOTH_ENDED='import os, socket, stat, time
if stat.S_ISSOCK(os.fstat(1).st_mode):
    socket.socket(fileno=os.dup(1)).shutdown(socket.SHUT_WR)
else:
    os.close(1)
while not os.path.exists("ended"):
    time.sleep(0.01)
got = b""
while piece := os.read(0, 4096):
    got += piece
    time.sleep(0.001)
open("got", "wb").write(got)'

# As much as a socket holds before it is read.
ended_first() {
	random 100000 data
	visit "$1" "$2" file:data shut touch:ended rest
	finish them
	eventually test -s got
	eventually cmp data got
	over "$1" 0
}

@test "a program whose output ends first reads all that the peer has sent" {
	printf '%s\n' "$BOTH_ENDED" >program.kept
	ARGS=(-e 'python3 program.kept')
	DOMAINS="tcp unix" every ended_first
	ARGS=(-w "$LIMIT" -e 'python3 program.kept')
	DOMAINS="tcp unix" every ended_first
}

# What poll(2) tells again and again wastes no time.
idles() {
	local before after pid
	visit "$1" "$2" shut await:never
	eventually test -e ready
	pid=$(our_pid)
	before=$(awk '{ print $14 + $15 }' "/proc/$pid/stat")
	for _ in {1..30}; do moment; done
	after=$(awk '{ print $14 + $15 }' "/proc/$pid/stat")
	touch go
	((after - before < 10))
	kill "$pid"
	finish us 143
}

@test "a peer that has finished while its program goes on costs nothing" {
	[[ -z ${SLOW:-} ]] || skip "a slow build"
	ARGS=(--sh-exec "cat; touch ready; $WAIT")
	ROLES=listen every idles
	ARGS=(-w "$LIMIT" "${ARGS[@]}")
	ROLES=listen every idles
}

# By the hang-up, or by what its own writing tells it.
talked_to_death() {
	visit "$1" "$2" recv:100000 close
	eventually childless
	finish them
	if [[ $1 == many ]]; then
		dismiss
	else
		eventually test -s us.status
		assert_regex "$(<us.status)" '^(129|141|1)$'
	fi
}

@test "a program that talks to a peer who has gone is stopped" {
	ARGS=(-e yes)
	ROLES=listen DOMAINS=$STREAMS every talked_to_death
	ROLES="many connect" every talked_to_death
	ARGS=(-w "$LIMIT" -e yes)
	ROLES="listen many" DOMAINS=tcp every talked_to_death
}

# A child that ignores the hang-up delays nobody.
DEAF='read word
case $word in
deaf) trap "" HUP; echo $$ >deaf; touch ready; tail -f /dev/null >/dev/null ;;
*) echo "$word" ;;
esac'

@test "a program that ignores the hang-up delays nobody else" {
	local args how domain
	for args in '' "-w $LIMIT"; do
		for domain in tcp unix; do
			[[ $domain == tcp ]] && how=reset || how=close
			# shellcheck disable=SC2206 # words
			ARGS=($args --sh-exec "$DEAF")
			visit many "$domain" 'send:deaf\n' await:ready "$how"
			finish them
			again 'send:hello\n' rest
			finish them
			assert_equal "$(<them.out)" hello
			run ! gone "$(<deaf)"
			kill -KILL -- "-$(<deaf)"
			eventually childless
			dismiss
			rm -rf us.* them.* socket ready deaf
		done
	done
}

@test "a program that has exited is over, even if it has left another one running" {
	local args
	for args in '' "-w $LIMIT"; do
		# shellcheck disable=SC2206 # words
		ARGS=($args --sh-exec 'tail -f /dev/null & echo $! >left; echo bye')
		visit listen tcp rest
		eventually test -s left
		finish them
		assert_equal "$(<them.out)" bye
		finish us
		kill "$(<left)"
		rm -f us.* them.* left
	done
}

# --- Many


@test "fifty clients have a program each, side by side, and none is left" {
	local args
	for args in '' "-w $LIMIT"; do
		# shellcheck disable=SC2086 # words
		listen us $args -k --sh-exec 'echo $$; exec cat' 127.0.0.1 0 </dev/null
		run -0 timeout "$LIMIT" python3 "$TESTS/clients.py" pids 127.0.0.1 "$PORT" 50
		assert_output 50
		eventually childless
		dismiss
		rm us.*
	done
}

@test "fifty programs that end at once are reaped" {
	listen us -k --backlog 64 --sh-exec 'echo x $$; while [ ! -e go ]; do read word || break; done' \
		127.0.0.1 0 </dev/null
	start crowd python3 "$TESTS/clients.py" at_once "$PORT"
	eventually test -e ready
	has_children 50
	touch go
	finish crowd
	eventually childless
	dismiss
}

@test "strait does not take somebody else's child for its own" {
	# Whoever became strait has left a child, which exits in the middle.
	STRAIT=(bash -c '(until [ -e go ]; do :; done; exit 3) & exec "$@"' bash "${STRAIT[@]}")
	ARGS=(--sh-exec "cat; exit 5")
	visit listen tcp touch:go await:over send:hello shut rest
	eventually test -e go
	eventually has_children 1
	touch over
	over listen 5
	assert_equal "$(<them.out)" hello
}

# --- strait goes

ended_by() { # SIGNAL ROLE DOMAIN
	visit "$2" "$3" await:ready rest
	eventually test -e ready
	kill -s "$1" "$(our_pid)"
	finish us $((128 + $(kill -l "$1")))
	eventually test -e hup
	eventually gone "$(<grandchild)"
	eventually test -s them.status
}

ended() {
	local signal
	for signal in TERM INT HUP; do
		ended_by "$signal" "$@"
		rm -rf us.* them.* socket ready hup grandchild
	done
}

# In the background bash has SIGINT ignored, which stays so.
heard() {
	STRAIT=(python3 -c '
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])' "${STRAIT[@]}")
}

@test "strait is told to end: its programs hang up" {
	heard
	ARGS=(--sh-exec "$GROUP")
	DOMAINS=tcp every ended
}

@test "strait is told to end: its programs, behind pipes, hang up" {
	heard
	ARGS=(-w "$LIMIT" --sh-exec "$GROUP")
	ROLES="many connect" DOMAINS=tcp every ended
}

ended_deaf() {
	visit "$1" "$2" 'send:deaf\n' await:never
	eventually test -e ready
	clock_start
	dismiss
	assert_took 500 8000
	gone "$(<deaf)"
}

@test "a program that ignores the hang-up is killed when strait ends, and waited for" {
	ARGS=(--sh-exec "$DEAF")
	DOMAINS=tcp every ended_deaf
	ARGS=(-w "$LIMIT" --sh-exec "$DEAF")
	ROLES=many DOMAINS=tcp every ended_deaf
}

@test "one that hangs up does not save one that ignores it" {
	listen us -k --sh-exec "$DEAF" 127.0.0.1 0 </dev/null
	peer deaf connect 127.0.0.1 "$PORT" 'send:deaf\n' await:never
	peer polite connect 127.0.0.1 "$PORT" await:never
	eventually test -e ready
	eventually has_children 2
	dismiss
	gone "$(<deaf)"
}

@test "strait that is told to end twice leaves no program, either" {
	listen us -k --sh-exec "$DEAF" 127.0.0.1 0 </dev/null
	peer deaf connect 127.0.0.1 "$PORT" 'send:deaf\n' await:never
	eventually test -e ready
	kill "$(our_pid)"
	moment
	kill "$(our_pid)" || :
	finish us 143
	gone "$(<deaf)"
}

killed() {
	visit "$1" "$2" await:ready rest
	eventually test -e ready
	kill -KILL "$(our_pid)"
	finish us 137
	eventually gone "$(<pid)"
	eventually test -s them.status
}

@test "strait is killed: its programs are gone" {
	needs_linux_build
	ARGS=(--sh-exec "echo \$\$ >pid; touch ready; exec $WAIT")
	every killed
	ARGS=(-w "$LIMIT" "${ARGS[@]}")
	ROLES=many DOMAINS=tcp every killed
}

@test "strait that was started by nohup stays when the terminal hangs up, and its programs do not" {
	local role
	STRAIT=(nohup "${STRAIT[@]}")
	for role in listen many connect; do
		ARGS=(--sh-exec "$GROUP")
		visit "$role" tcp await:ready await:go reset
		eventually test -e ready
		kill -HUP "$(our_pid)"
		for _ in 1 2 3; do moment; done
		run ! test -e hup
		touch go
		eventually test -e hup
		over "$role" 9
		rm -f us.* them.* ready go hup grandchild
	done
}

# --- Status

status() {
	visit "$1" "$2" rest
	over "$1" "$STATUS"
	assert_equal "$(grep -c ^strait: us.err)" 0
}

@test "the exit status is the program's" {
	local args
	for args in '' "-w $LIMIT"; do
		for STATUS in 0 7 255; do
			# shellcheck disable=SC2206 # words
			ARGS=($args --sh-exec "exit $STATUS")
			ROLES="listen connect" DOMAINS=tcp every status
		done
	done
}

@test "the exit status tells of the signal that killed the program" {
	local args signal
	for args in '' "-w $LIMIT"; do
		for signal in TERM KILL; do
			STATUS=$((128 + $(kill -l "$signal")))
			# shellcheck disable=SC2206 # words
			ARGS=($args --sh-exec "kill -$signal \$\$")
			ROLES="listen connect" DOMAINS=tcp every status
		done
	done
}

broken() {
	visit "$1" "$2" await:ready reset
	over "$1" 1
	assert_complained us '.*Connection reset by peer'
}

@test "a broken connection is a failure even if all seems well to the program" {
	local end='trap "exit 0" HUP; touch ready; tail -f /dev/null >/dev/null & wait'
	ARGS=(--sh-exec "$end")
	ROLES="listen connect" DOMAINS=tcp every broken
	ARGS=(-w "$LIMIT" --sh-exec "$end")
	ROLES="listen connect" DOMAINS=tcp every broken
}

@test "-w: a conversation that stands still is a failure, and the program hangs up" {
	local role args
	for args in '-w 200ms' '--idle-timeout 200ms'; do
		for role in listen connect; do
			# shellcheck disable=SC2206 # words
			ARGS=($args --sh-exec "trap 'touch hup; exit 0' HUP; $WAIT & wait")
			visit "$role" tcp rest
			finish us 4
			assert_complained us '.*timed out'
			eventually test -e hup
			rm -f us.* them.* hup
		done
	done
}

@test "-q: a program that goes on long after its peer is hung up" {
	local role
	for role in listen connect; do
		ARGS=(-q 200ms --sh-exec "trap 'touch hup; exit 0' HUP; $WAIT & wait")
		visit "$role" tcp shut rest
		finish us 4
		assert_complained us '.*timed out'
		eventually test -e hup
		rm -f us.* them.* hup
	done
}

@test "a program that died of our hang-up: why is said" {
	local role
	for role in listen connect; do
		# It does not look at its input, whose end comes with the hang-up.
		ARGS=(-w 200ms -e 'tail -f /dev/null')
		visit "$role" tcp broken
		finish us 129
		assert_complained us '.*timed out'
		rm -f us.* them.*
	done
}

# --- Ways to talk

@test "-C: a program's lines end in CRLF" {
	converted() {
		visit "$1" "$2" rest
		over "$1"
		printf 'a\r\nb\r\n' | cmp - them.out
	}
	ARGS=(-C --sh-exec 'printf "a\nb\r\n"')
	ROLES="listen connect" every converted
}

@test "-t: a program hears nothing of telnet's questions" {
	refusing() {
		visit "$1" "$2" 'send:\xff\xfd\x01hello' 'expect:\xff\xfc\x01' shut rest
		over "$1"
		assert_equal "$(<them.out)" hello
	}
	ARGS=(-t -e cat)
	ROLES="listen connect" DOMAINS=tcp every refusing
}

@test "-i: there is time between a program's lines" {
	local role
	for role in listen connect; do
		clock_start
		ARGS=(-i 100ms -e 'printf a\\nb\\nc\\n')
		visit "$role" tcp rest
		over "$role"
		assert_took 200
		assert_equal "$(<them.out)" "a
b
c"
		rm -f us.* them.*
	done
}

@test "--frames: a program's frames are checked on their way" {
	local role
	for role in listen connect; do
		frames write hello '' '@70000' >data
		ARGS=(--frames -e cat)
		visit "$role" tcp pour:data rest
		over "$role"
		cmp data them.out
		rm -f us.* them.*
	done
}

@test "--frames: a message is a frame to a program, and a frame a message" {
	framed() {
		visit "$1" "$2" 'send:hello' message shut rest
		over "$1"
		assert_equal "$(<them.out)" hello
		printf '\0\0\0\5hello' | cmp - heard
	}
	ARGS=(--frames --sh-exec 'tee heard')
	ROLES="listen connect" DOMAINS=seqpacket every framed
}

@test "--lines: a message is a line to a program, and a line a message" {
	lined() {
		visit "$1" "$2" send:one message send:two message shut rest
		over "$1"
		assert_equal "$(<them.out)" "ONE
TWO"
	}
	ARGS=(--lines --sh-exec 'while read -r line; do echo "$line" | tr a-z A-Z; done')
	ROLES="listen connect" DOMAINS=seqpacket every lined
}

# --- Datagrams

@test "datagrams: a program answers a peer" {
	answers() {
		visit "$1" "$2" send:hello message
		finish them
		assert_equal "$(<them.out)" hello
		dismiss
	}
	ARGS=(-e cat)
	ROLES="listen many" DOMAINS="udp udp6 unixgram" every answers
}

@test "datagrams: a program that connects talks first" {
	asks() {
		visit "$1" "$2" message send:hello message
		over "$1"
		assert_equal "$(<them.out)" "hi
HELLO"
	}
	ARGS=(--sh-exec 'printf hi; head -c 5 | tr a-z A-Z')
	ROLES=connect DOMAINS="udp udp6 unixgram" every asks
}

@test "datagrams: without -k there is one peer, and its program's end is ours" {
	one() {
		visit "$1" "$2" send:hello message await:go send:bye message
		eventually test -s them.out
		peer other "${FLAG[@]}" connect "${THERE[@]}" "$PORT" send:intruder quiet:0.2
		finish other
		touch go
		over "$1" 7
		assert_equal "$(<them.out)" "hello
bye"
	}
	ARGS=(--sh-exec 'head -c 5; head -c 3; exit 7')
	ROLES=listen DOMAINS="udp udp6" every one
}

@test "-k: every sender of datagrams has a program of its own, until it is idle" {
	each() {
		visit "$1" "$2" 'send:hello\n' message await:go 'send:again\n' message
		eventually test -s them.out
		peer other "${FLAG[@]}" connect "${THERE[@]}" "$PORT" 'send:other\n' message
		finish other
		eventually childless
		touch go
		finish them
		assert_regex "$(<them.out)" '^([0-9]+) hello\s+([0-9]+) again\s*$'
		local first=${BASH_REMATCH[1]} second=${BASH_REMATCH[2]}
		assert_regex "$(<other.out)" '^([0-9]+) other\s*$'
		[[ $first != "$second" && $first != "${BASH_REMATCH[1]}" ]]
		over "$1"
	}
	ARGS=(--idle-timeout 500ms --sh-exec 'while read -r word; do echo "$$ $word"; done')
	ROLES=many DOMAINS="udp udp6 unixgram" every each
}

@test "-k: the program of a sender of datagrams that exits is over, and the next one is its own" {
	short() {
		visit "$1" "$2" send:hello message await:go send:again message
		eventually test -s them.out
		eventually childless
		touch go
		finish them
		assert_equal "$(<them.out)" "hello
again"
		over "$1"
	}
	ARGS=(-e 'head -c 5')
	ROLES=many DOMAINS="udp udp6 unixgram" every short
}

@test "-k: the program of datagrams gets SIGHUP when it is idle, and when strait ends" {
	idle() {
		visit "$1" "$2" send:hello await:hup
		over "$1"
	}
	ARGS=(--idle-timeout 100ms --sh-exec "$GROUP")
	ROLES=many DOMAINS="udp unixgram" every idle
	DOMAINS=udp
	ARGS=(--sh-exec "$GROUP")
	visit many udp send:hello await:ready
	finish them
	dismiss
	test -e hup
}

# askers.py's ARGS, of a server with OPTIONS that says no more than it has to.
asked() { # PREFIX... -- OPTIONS... -- ARGS...
	local prefix=() options=()
	while [[ $1 != -- ]]; do prefix+=("$1") && shift; done
	shift
	while [[ $1 != -- ]]; do options+=("$1") && shift; done
	start us "${prefix[@]}" "${STRAIT[@]}" -l -k -u "${options[@]}" 127.0.0.1 0
	eventually listening us
	run -0 timeout -k 1 "$LIMIT" python3 "$TESTS/clients.py" askers udp "$PORT" "${@:2}" 3>&-
}

@test "-k: where descriptors are short, the program of who has been silent longest gives way" {
	[[ -z ${SLOW:-} ]] || skip "the tool that it runs under needs descriptors itself"
	asked prlimit --nofile=24:24 -- -e cat -- 60
	assert_equal "$(grep -c '^strait: ' us.err)" 1
	assert_complained us 'there are [0-9]+ sessions: the one that has been idle longest is dropped for a new one'
	dismiss
}

@test "-k: where processes are short, that is said once" {
	[[ -z ${SLOW:-} ]] || skip "the tool that it runs under needs processes itself"
	((EUID != 0)) || as=(setpriv --reuid=65534 --clear-groups)
	# A user who may have no process more.
	chmod a+rwx .
	asked "${as[@]}" prlimit --nproc=0:0 -- -e cat -- 0
	run -1 timeout -k 1 "$LIMIT" env LIMIT=1 python3 "$TESTS/clients.py" askers udp "$PORT" 20 silent 3>&-
	assert_complained us '.*run cat: Resource temporarily unavailable'
	dismiss
}

@test "-k: a program that is missing is said once, however many ask for it" {
	asked -- -e ./nobody -- 0
	run -1 timeout -k 1 "$LIMIT" env LIMIT=1 python3 "$TESTS/clients.py" askers udp "$PORT" 20 silent 3>&-
	assert_complained us '.*run ./nobody: No such file'
	dismiss
}

@test "-k: the program that gives way gets SIGHUP" {
	asked -- --max-conns 1 --sh-exec "$GROUP" -- 0
	run -0 timeout -k 1 "$LIMIT" python3 "$TESTS/peer.py" -u connect 127.0.0.1 "$PORT" send:1 await:ready 3>&-
	run -0 timeout -k 1 "$LIMIT" python3 "$TESTS/peer.py" -u connect 127.0.0.1 "$PORT" send:2 3>&-
	eventually test -e hup
	dismiss
}

@test "-k: programs that do not go when they are told to take as many places again, and no more" {
	local pid
	asked -- --max-conns 2 --sh-exec 'trap "" HUP; cat; exec tail -f /dev/null >/dev/null' -- 4
	run -1 timeout -k 1 "$LIMIT" env LIMIT=1 python3 "$TESTS/clients.py" askers udp "$PORT" 1 3>&-
	assert_equal "$(grep '^strait: ' us.err)" 'strait: there are 2 sessions: the one that has been idle longest is dropped for a new one
strait: a datagram is lost: 2 programs have not ended yet'
	mapfile -t pids < <(pgrep -P "$(our_pid)")
	assert_equal ${#pids[@]} 4
	for pid in "${pids[@]}"; do kill -KILL -- "-$pid"; done
	eventually childless
	run -0 timeout -k 1 "$LIMIT" python3 "$TESTS/clients.py" askers udp "$PORT" 3 3>&-
	dismiss
}

@test "datagrams: what a program is told" {
	informed() {
		visit "$1" "$2" send:hello message
		eventually test -s them.out
		told "$2" "$PORT" "$(their_port us)"
		over "$1"
	}
	ARGS=(--sh-exec 'env | grep -E "^(STRAIT|NCAT)_.*(ADDR|PORT|PROTO)=" >told; cat told')
	ROLES="listen many" DOMAINS="udp udp6" every informed
}

@test "datagrams: a program that does not exist is told of, and the next sender served" {
	ARGS=(-e ./nobody)
	visit many udp send:hello
	finish them
	eventually assert_said us '^strait: .*run ./nobody: No such file'
	printf '#!/bin/sh\nexec cat\n' >nobody.new
	chmod +x nobody.new
	mv nobody.new nobody
	again send:hello message
	finish them
	assert_equal "$(<them.out)" hello
}

# --- Refused

@test "what makes no sense with a program is refused" {
	local option
	for option in --to=localhost:9 --broker --chat -d --send-only; do
		refused 2 -l "$option" -e cat 0 "^strait: "
		refused 2 -l "$option" --sh-exec cat 0 "^strait: "
	done
	for option in -d --send-only -F -z; do
		refused 2 "$option" -e cat localhost 9 "^strait: .*(-e|--exec)"
		refused 2 "$option" --sh-exec cat localhost 9 "^strait: .*--sh-exec"
	done
	refused 2 -l -e cat --sh-exec cat 0 '^strait: .*--sh-exec'
}

@test "a command that has no words is refused" {
	refused 2 -l -e '' 0 "^strait: .*empty"
	refused 2 -l -e ' 	' 0 "^strait: .*empty"
	refused 2 -l -e "'a" 0 "^strait: .*quote is not closed"
	refused 2 -l -e 'a "b' 0 "^strait: .*quote is not closed"
	refused 2 -e 'a\' localhost 9 "^strait: .*backslash at the end"
	refused 2 -l -e "$(printf 'x %.0s' {1..1100})" 0 "^strait: .*too many words"
	refused 2 -l --sh-exec '' 0 "^strait: .*empty"
}
