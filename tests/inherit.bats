#!/usr/bin/env bats
# --inherit: the listening socket comes from a service manager, or is a descriptor.

# shellcheck disable=SC2154 # run sets stderr and stderr_lines
load helpers

# Runs a command with a socket of KIND as descriptor 7, in a file system that is this directory, and
# says in ./flags what the socket is like when the command has ended. Dies of nothing itself: signals
# go to the command, whose process id is in ./pid.

# Reads a line, answers, and ends, whatever its input is: a socket that keeps messages apart, too.
PROGRAM='sed "s/^/got /; q"'

# strait -l --inherit=7 ARGS..., "us", with a socket of KIND; sets CONNECT, the words that reach
# it, and for datagrams, which have no end, ASK and SAY: those of a client who wants an answer, and of
# one who does not.
hold() { # KIND ARGS...
	start us python3 "$TESTS/launch.py" held "$1" "${STRAIT[@]}" -l --inherit=7 "${@:2}"
	eventually listening us
	reach "$1"
}
reach() { # KIND
	ASK=() SAY=()
	domain "$1"
	CONNECT+=("$PORT")
	! is_datagrams "$1" || ASK=(-W 1 -q "$LIMIT") SAY=(-q 0)
}

# TEXT is sent, and ANSWER comes.
asks() { # TEXT ANSWER
	run -0 strait "${ASK[@]}" "${CONNECT[@]}" <<<"$1"
	assert_output "$2"
}

terminate() {
	eventually test -s pid
	kill -TERM "$(<pid)"
	finish us 143
}

# The socket is as it was, and so is its path.
as_before() { # [FLAGS]
	assert_equal "$(xargs <flags)" "${1:-blocking} there"
}

# --- A descriptor

talks() {
	local quit=()
	# What is read from an inherited socket has no number.
	! is_datagrams "$1" || quit=(-q 200ms)
	echo the reply >us.in
	hold "$1" -v "${quit[@]}"
	asks 'the request' 'the reply'
	finish us
	assert_equal "$(<us.out)" 'the request'
	if is_datagrams "$1"; then
		assert_said us '^Bound on (127.0.0.1|::1|socket)( [0-9]+)?$'
	else
		assert_said us '^Listening on (127.0.0.1|::1|socket)( [0-9]+)?$'
	fi
	assert_said us '^Connection received on '
	as_before
}

# @domain: tcp=a TCP socket over IPv4 | tcp6=a TCP socket over IPv6 | udp=a UDP socket over IPv4 | udp6=a UDP socket over IPv6 | unix=a unix stream socket | unixgram=a unix datagram socket | seqpacket=a seqpacket socket
@test "--inherit=FD: @domain is listened on" { talks @domain; }

serves_many() {
	hold "$1" -k </dev/null
	run -0 strait "${SAY[@]}" "${CONNECT[@]}" <<<one
	eventually grep -qx one us.out
	run -0 strait "${SAY[@]}" "${CONNECT[@]}" <<<two
	eventually grep -qx two us.out
	terminate
	assert_equal "$(xargs <us.out)" 'one two'
	as_before
}

# @domain: tcp=TCP, IPv4 | tcp6=TCP, IPv6 | udp=UDP, IPv4 | udp6=UDP, IPv6 | unix=a unix stream socket | unixgram=a unix datagram socket | seqpacket=a seqpacket socket
@test "-k --inherit=FD: many are heard over @domain" { serves_many @domain; }

# Each client has a program of its own, or a connection.
has_programs() {
	hold "$1" -k --sh-exec "$PROGRAM" </dev/null
	asks one 'got one'
	asks two 'got two'
	terminate
	as_before
}

@test "-k --sh-exec --inherit=FD: a program for each over @domain" { has_programs @domain; }

has_a_program() {
	hold "$1" --sh-exec "$PROGRAM; exit 7" </dev/null
	asks one 'got one'
	finish us 7
	as_before
}

# @domain: tcp=TCP | udp=UDP | unix=a unix stream socket | unixgram=a unix datagram socket | seqpacket=a seqpacket socket
@test "--sh-exec --inherit=FD: the status is the program's, over @domain" { has_a_program @domain; }

# A relay to a listener of its own type unless PREFIX says otherwise.
relays() { # KIND TO LISTENER...
	local to
	start there "${STRAIT[@]}" -v -l "${@:3}" --sh-exec "$PROGRAM"
	eventually listening there
	to=${2/PORT/$PORT}
	PORT=''
	hold "$1" -k --to "$to" </dev/null
	asks one 'got one'
	terminate
	as_before
}

@test "-k --to --inherit=FD: from TCP to TCP" { relays tcp 127.0.0.1:PORT 127.0.0.1 0; }
@test "-k --to --inherit=FD: from TCP to a unix socket" { relays tcp6 unix:there -U there; }
@test "-k --to --inherit=FD: from a unix socket to TCP" { relays unix '[::1]:PORT' ::1 0; }
@test "-k --to --inherit=FD: from UDP to UDP" { relays udp udp:127.0.0.1:PORT -u 127.0.0.1 0; }
@test "-k --to --inherit=FD: what has no type is UDP from UDP" { relays udp 127.0.0.1:PORT -u 127.0.0.1 0; }
@test "-k --to --inherit=FD: from unix datagrams to unix datagrams" { relays unixgram unix:there -U -u there; }
@test "-k --to --inherit=FD: from seqpacket to seqpacket" { relays seqpacket unix:there -U --seqpacket there; }

meets() {
	hold "$1" --broker </dev/null
	mkfifo hold
	exec {open}<>hold
	start one "${STRAIT[@]}" "${CONNECT[@]}" <&"$open"
	# Once the first hears what the second says both are there.
	eventually hears
	terminate
	as_before
}
hears() {
	strait "${CONNECT[@]}" <<<hello
	grep -q hello one.out
}

@test "--broker --inherit=FD: clients over TCP hear each other" { meets tcp; }
@test "--broker --inherit=FD: clients of a unix socket hear each other" { meets unix; }

@test "--inherit=FD: access lists hold" {
	hold tcp -k -v --deny 127.0.0.2 </dev/null
	run strait -s 127.0.0.2 "${CONNECT[@]}" <<<denied
	eventually grep -q 'refused 127.0.0.2 [0-9]*: denied' us.err
	run -0 strait -s 127.0.0.3 "${CONNECT[@]}" <<<admitted
	eventually grep -q admitted us.out
	terminate
	refute grep -q denied us.out
}

# --- Who keeps the socket

@test "--inherit=FD: a socket that was non-blocking stays so" {
	local kind
	for kind in tcp unixgram; do
		mkdir "$kind"
		cd "$kind" || return
		nonblocking=1 hold "$kind" -k </dev/null
		run -0 strait "${SAY[@]}" "${CONNECT[@]}" <<<one
		eventually grep -qx one us.out
		terminate
		as_before nonblocking
		cd .. || return
	done
}

# Nobody has come yet.
says_where() {
	tail -n +2 us.err | grep -qE '^(Listening|Bound) on '
}
waits_in_vain() {
	hold "$1" -v </dev/null
	eventually says_where
	terminate
	as_before
}

# @domain: tcp=a TCP socket | udp=a UDP socket | unix=a unix socket
@test "--inherit=FD: SIGTERM leaves @domain as it was" { waits_in_vain @domain; }

@test "--inherit=FD: SIGTERM during a conversation leaves a UDP socket as it was" {
	hold udp </dev/null
	run -0 strait "${SAY[@]}" "${CONNECT[@]}" <<<one
	eventually grep -qx one us.out
	terminate
	as_before
}

@test "--inherit=FD: a connection to be inherited waits for the next one to listen" {
	# The backlog is the socket's, not ours.
	PYTHON='
import socket, subprocess, sys
sock = socket.create_server(("127.0.0.1", 0))
clients = [socket.create_connection(sock.getsockname()) for _ in range(2)]
for n, client in enumerate(clients):
    client.sendall(b"client %d\n" % n)
    client.shutdown(socket.SHUT_WR)
for _ in clients:
    subprocess.run([*sys.argv[1:], f"--inherit={sock.fileno()}"], pass_fds=[sock.fileno()],
        stdin=subprocess.DEVNULL, check=True)'
	run -0 timeout "$LIMIT" python3 -c "$PYTHON" "${STRAIT[@]}" -l 3>&-
	assert_output 'client 0
client 1'
}

# --- Settings

# strait's socket in STATE (listening, talking) has these settings, each a line of sockopt.py's.
has_settings() { # STATE LINE...
	eventually sees_settings "$@"
}
sees_settings() {
	local line
	[[ -s pid ]] || return
	# shellcheck disable=SC2094 # pid is another file
	python3 "$TESTS/sockopt.py" options "$(<pid)" "$1" >options 2>options.err || {
		! grep -q 'not permitted' options.err || skip "must be allowed to look into other processes"
		return 1
	}
	for line in "${@:2}"; do
		grep -qx "$line" options || return
	done
}

# What can be set of a socket of KIND is what the socket, and that of a client, is.
takes_settings() { # KIND
	local args=(-I 64k -O 96k) lines=('receive-buffer 131072' 'send-buffer 196608')
	if ! is_local "$1"; then
		args+=(-T ef -M 77 --interface lo)
		lines+=('class 184' 'ttl 77' 'interface lo')
	fi
	case $1 in
	udp*)
		args+=(-b --multicast-ttl 5 --multicast-loop off)
		lines+=('broadcast 1' 'multicast-ttl 5' 'multicast-loop 0')
		;;
	tcp*)
		args+=(-m 33 --nodelay --keepalive 7 --user-timeout 9.5 --congestion reno)
		lines+=('min-ttl 33' 'nodelay 1' 'keepalive 1' 'keepalive-idle 7' 'user-timeout 9500'
			'congestion reno')
		;;
	esac
	mkfifo us.in client.in
	exec {SILENCE}<>us.in {HOLD_CLIENT}<>client.in
	hold "$1" "${args[@]}"
	is_datagrams "$1" || has_settings listening "${lines[@]}"
	! is_datagrams "$1" || has_settings talking "${lines[@]}"
	echo hello >&"$HOLD_CLIENT"
	start client "${STRAIT[@]}" "${CONNECT[@]}"
	eventually grep -qx hello us.out
	has_settings talking "${lines[@]}"
}

# @domain: tcp=a TCP socket over IPv4 | tcp6=a TCP socket over IPv6 | udp=a UDP socket over IPv4 | udp6=a UDP socket over IPv6 | unix=a unix stream socket | unixgram=a unix datagram socket | seqpacket=a seqpacket socket
@test "--inherit=FD: settings count for @domain" { takes_settings @domain; }

@test "--inherit=FD: a setting that cannot be made is refused" {
	refuses tcp '--interface no-such: No such device' --interface no-such
	refuses udp '--interface no-such: No such device' --interface no-such
	refuses tcp '--congestion no-such: No such file or directory' --congestion no-such
}
@test "--inherit=FD: a setting that the socket's kind has not is refused" {
	refuses udp '-m and -u cannot be combined' -m 255
	refuses unix '-m and -U cannot be combined' -m 255
	refuses tcp '--multicast needs -u' --multicast 239.1.2.3
	refuses udp6 '--multicast 239.1.2.3: ' --multicast 239.1.2.3
	refuses tcp '-6 and --inherit cannot be combined' -6 --to unix:there
}
@test "--inherit=FD: -4 and -6 may speak of --to only" {
	refuses unix '-4 and --to \[::1\]:80 cannot be combined' -4 --to '[::1]:80'
	start there "${STRAIT[@]}" -v -l 127.0.0.1 0 </dev/null
	eventually listening there
	to=127.0.0.1:$PORT
	hold tcp6 -4 --to "$to" </dev/null
	run -0 strait "${CONNECT[@]}" <<<hello
	finish there
	assert_equal "$(<there.out)" hello
}
@test "--inherit: a setting that one of several sockets has not is refused" {
	place tcp
	one=("${CONNECT[@]}")
	place unix
	activate -l "127.0.0.1:${one[1]}" -l "$PLACE" -- --nodelay </dev/null
	run strait "${one[@]}" </dev/null
	finish us 2
	assert_said us '^strait: --nodelay and -U cannot be combined'
}
@test "--inherit=FD: --multicast joins a group, also one that was joined before" {
	run -0 timeout "$LIMIT" python3 "$TESTS/drive.py" joins_again "${STRAIT[@]}" -l --multicast 239.1.2.3%lo -W 1
}

# --- Datagrams have no peer for ever

# A socket of KIND on which strait, started with ARGS, has talked to one peer hears others afterwards.
# HOW: "ends", or "killed".
hears_others() { # HOW KIND
	echo hello >us.in
	run -0 timeout "$LIMIT" python3 "$TESTS/drive.py" hears_others "$1" "$2" "${STRAIT[@]}" -l
	assert_output $'nobody\nnobody'
}

# @domain: unixgram=a unix datagram socket | udp=a UDP socket
@test "--inherit=FD: @domain hears others after the conversation" { hears_others ends @domain; }
# @domain: unixgram=a unix datagram socket | udp6=a UDP socket over IPv6
@test "--inherit=FD: @domain hears others after strait was killed" { hears_others killed @domain; }
@test "--inherit=FD: a unix datagram client that has gone breaks the conversation" {
	silent_input
	hold unixgram
	run -0 python3 "$TESTS/peer.py" -Uu connect socket send:hello
	eventually grep -q hello us.out
	echo answer >&"$SILENCE"
	finish us 1
	assert_said us '^strait: write to .*: Connection refused'
	as_before
}
@test "--inherit=FD: a unix datagram client that takes nothing for a while gets all" {
	python3 -c 'for n in range(3000): print(n)' >us.in
	ARGS=(--lines -q 200ms)
	hold unixgram "${ARGS[@]}"
	run -0 timeout "$LIMIT" python3 -c '
import socket, time
sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
sock.bind("client")
sock.settimeout(15)
sock.sendto(b"hello", "socket")
for n in range(3000):
    assert sock.recv(100) == b"%d" % n
    if n == 0:
        time.sleep(0.5)'
	finish us
}

# --- What is no listening socket

refuses() { # KIND LINE
	run -2 --separate-stderr timeout "$LIMIT" python3 "$TESTS/launch.py" held "$1" "${STRAIT[@]}" -l --inherit=7 \
		"${@:3}" </dev/null 3>&-
	assert_output ''
	assert_equal "$(grep -c '^strait: ' <<<"$stderr")" 1
	assert_regex "$(grep -v '^Listening' <<<"$stderr")" "^strait: $2"
	[[ $1 == file || $1 == pipe ]] || assert_equal "$(head -1 flags)" blocking
}

@test "--inherit=FD: what is closed is refused" { refuses closed '--inherit: descriptor 7: Bad file descriptor'; }
@test "--inherit=FD: a file is refused" { refuses file '--inherit: descriptor 7: Socket operation on non-socket'; }
@test "--inherit=FD: a pipe is refused" { refuses pipe '--inherit: descriptor 7: Socket operation on non-socket'; }
@test "--inherit=FD: a socket that does not listen is refused" { refuses bound '--inherit: descriptor 7 does not listen'; }
@test "--inherit=FD: a connection is refused" { refuses connected '--inherit: descriptor 7 does not listen'; }
@test "--inherit=FD: a number no descriptor can have is refused" {
	refused 2 -l --inherit=2147483647 '^strait: --inherit: descriptor 2147483647: Bad file descriptor'
}
@test "--inherit=FD: a room is refused to a socket of datagrams" {
	refuses udp '.*--broker' --broker
	refuses unixgram '.*--chat' --chat
}
@test "--inherit=FD: a room is refused to a seqpacket socket" { refuses seqpacket '.*--broker' --broker; }
@test "--inherit=FD: telnet is refused to a socket of datagrams" { refuses udp '.*-t' -t; }

@test "--inherit=FD takes what -W and --lines ask for from the socket" {
	hold udp -k -W 2 --lines </dev/null
	run -0 strait "${SAY[@]}" "${CONNECT[@]}" <<<one
	run -0 strait "${SAY[@]}" "${CONNECT[@]}" <<<two
	finish us
	assert_equal "$(<us.out)" 'one
two'
}

@test "--inherit excludes what an address is made of" {
	local words
	while read -r words; do
		# shellcheck disable=SC2086
		refused 2 -l --inherit=7 $words "^strait: (--inherit and ${words%% *}|${words%% *} and --inherit) cannot be combined .*"
		# shellcheck disable=SC2086
		refused 2 -l --inherit $words "^strait: (--inherit and ${words%% *}|${words%% *} and --inherit) cannot be combined .*"
	done <<<'-U
		-u
		-4
		-6
		-p 8000
		-s 127.0.0.1'
}
@test "--inherit excludes a host and a port" {
	refused 2 -l --inherit 8000 '^strait: 8000: with --inherit the socket has an address already'
	refused 2 -l --inherit=7 127.0.0.1 8000 '^strait: 127\.0\.0\.1: with --inherit the socket has an address'
	# A word behind it is no value.
	refused 2 -l --inherit 7 '^strait: 7: with --inherit the socket has an address already'
}
@test "--inherit without -l" { refused 2 --inherit=7 '^strait: --inherit needs -l'; }

# --- A service manager

# strait -l --inherit WORDS..., "us", which is started when somebody comes to one of the addresses
# behind SWITCHES; sets PORT to the first one's port or path.
activate() { # SWITCHES... -- WORDS...
	local switches=()
	while [[ $1 != -- ]]; do
		switches+=("$1")
		shift
	done
	ACTIVATE=$(PATH=$PATH:/lib/systemd:/usr/lib/systemd command -v systemd-socket-activate) ||
		skip 'needs systemd-socket-activate'
	start us "$ACTIVATE" "${switches[@]}" "${STRAIT[@]}" -l --inherit "${@:2}"
	eventually grep -qE '^Listening on .* as [0-9]+' us.err
}

# The address to listen on, of KIND.
place() { # KIND
	PORT=socket PLACE=$PWD/socket
	if ! is_local "$1"; then
		free_port
		domain "$1"
		PORT=$FREE PLACE=$THERE:$FREE
		[[ $1 != *6 ]] || PLACE="[$THERE]:$FREE"
	fi
	SWITCHES=(-l "$PLACE")
	! is_datagrams "$1" || SWITCHES+=(-d)
	[[ $1 != seqpacket ]] || SWITCHES+=(--seqpacket)
	reach "$1"
}

activated() {
	local quit=()
	! is_datagrams "$1" || quit=(-q 200ms)
	echo the reply >us.in
	place "$1"
	activate "${SWITCHES[@]}" -- "${quit[@]}"
	asks 'the request' 'the reply'
	finish us
	assert_equal "$(<us.out)" 'the request'
	[[ ! -e $PWD/socket || -S socket ]]
}

# @domain: tcp=a TCP socket over IPv4 | tcp6=a TCP socket over IPv6 | udp=a UDP socket over IPv4 | udp6=a UDP socket over IPv6 | unix=a unix stream socket | unixgram=a unix datagram socket | seqpacket=a seqpacket socket
@test "systemd: @domain is taken over" { activated @domain; }

activated_for_many() {
	place "$1"
	activate "${SWITCHES[@]}" -- -k </dev/null
	run -0 strait "${SAY[@]}" "${CONNECT[@]}" <<<one
	eventually grep -qx one us.out
	run -0 strait "${SAY[@]}" "${CONNECT[@]}" <<<two
	eventually grep -qx two us.out
	kill -TERM "$(pid_of us)"
	finish us 143
	# The path is the service manager's.
	[[ $PORT != socket || -S socket ]]
}

# @domain: tcp=TCP | udp=UDP | unix=a unix stream socket | unixgram=a unix datagram socket | seqpacket=a seqpacket socket
@test "systemd, -k: many are heard over @domain" { activated_for_many @domain; }

activated_for_programs() {
	place "$1"
	activate "${SWITCHES[@]}" -- -k --sh-exec "$PROGRAM" </dev/null
	asks one 'got one'
	asks two 'got two'
}

@test "systemd, -k --sh-exec: a program for each over @domain" { activated_for_programs @domain; }

@test "systemd, -k --to: a relay" {
	start there "${STRAIT[@]}" -v -l -k --sh-exec "$PROGRAM" 127.0.0.1 0
	eventually listening there
	to=127.0.0.1:$PORT
	place unix
	activate "${SWITCHES[@]}" -- -k --to "$to" </dev/null
	asks one 'got one'
	asks two 'got two'
}

@test "systemd, --broker: clients hear each other" {
	place tcp
	activate "${SWITCHES[@]}" -- --broker </dev/null
	mkfifo hold
	exec {open}<>hold
	start one "${STRAIT[@]}" "${CONNECT[@]}" <&"$open"
	eventually hears
}

@test "systemd: several sockets at once are all listened on" {
	place tcp
	one=("${CONNECT[@]}")
	place tcp6
	two=("${CONNECT[@]}")
	activate -l "127.0.0.1:${one[1]}" -l "$PLACE" -- -k -v </dev/null
	run -0 strait "${two[@]}" <<<two
	eventually grep -qx two us.out
	run -0 strait "${one[@]}" <<<one
	eventually grep -qx one us.out
	assert_said us "^Listening on 127\.0\.0\.1 ${one[1]}$"
	assert_said us "^Listening on ::1 ${two[1]}$"
}

@test "systemd: a unix and a TCP socket at once, and each client has a name of his own kind" {
	place tcp
	one=("${CONNECT[@]}")
	place unix
	activate -l "$PLACE" -l "127.0.0.1:${one[1]}" -- -k -v </dev/null
	run -0 strait "${one[@]}" <<<one
	eventually grep -qx one us.out
	run -0 strait "${CONNECT[@]}" <<<two
	eventually grep -qx two us.out
	assert_said us '^Connection received on 127\.0\.0\.1 [0-9]+$'
	assert_said us '^Connection received on .*/socket$'
}

@test "systemd: several sockets of datagrams at once are one crowd" {
	place udp
	one=("${CONNECT[@]}")
	place udp6
	activate -d -l "127.0.0.1:${one[2]}" -l "$PLACE" -- -k </dev/null
	run -0 strait "${SAY[@]}" "${CONNECT[@]}" <<<two
	eventually grep -qx two us.out
	run -0 strait "${SAY[@]}" "${one[@]}" <<<one
	eventually grep -qx one us.out
}

@test "systemd: several sockets, and the first who comes, without -k" {
	place tcp
	one=("${CONNECT[@]}")
	place tcp6
	activate -l "127.0.0.1:${one[1]}" -l "$PLACE" -- </dev/null
	run -0 strait "${CONNECT[@]}" <<<two
	finish us
	assert_equal "$(<us.out)" two
}

@test "systemd: what is said of the sockets is not handed on to programs" {
	place unix
	activate "${SWITCHES[@]}" -E FROM_MANAGER=1 --fdname=name -- --sh-exec 'env; ls -l /proc/self/fd | grep -c socket' </dev/null
	run -0 strait "${CONNECT[@]}" </dev/null
	assert_line FROM_MANAGER=1
	refute_output --partial LISTEN_
	# Of the sockets it has the one it reads; its output is a pipe.
	assert_line 1
}

# As a service manager does it, with descriptor 3 as it is.
managed() { # PID COUNT WORDS...
	LISTEN_PID=$1 LISTEN_FDS=$2 LISTEN_FDNAMES=name strait -l --inherit "${@:3}"
}
none_was_handed() { # PID COUNT
	run -2 --separate-stderr managed "$@" </dev/null
	assert_output ''
	assert_equal "${#stderr_lines[@]}" 1
	assert_regex "$stderr" '^strait: --inherit: no socket was handed over \(LISTEN_PID, LISTEN_FDS\)'
}

@test "LISTEN_PID of another process: nothing was handed over" { none_was_handed 1 1; }
@test "no LISTEN_PID: nothing was handed over" {
	unset LISTEN_PID LISTEN_FDS
	refused 2 -l --inherit '^strait: --inherit: no socket was handed over \(LISTEN_PID, LISTEN_FDS\)'
}
@test "LISTEN_PID and LISTEN_FDS that are no numbers: nothing was handed over" {
	none_was_handed x 1
	none_was_handed '' 1
	none_was_handed 0 1
	none_was_handed -1 1
}

# With LISTEN_PID as it should be.
as_manager() { # COUNT WORDS...
	# shellcheck disable=SC2016 # expanded by that shell
	timeout "$LIMIT" bash -c 'export LISTEN_PID=$$ LISTEN_FDS=$1; shift; exec "$@"' manager "$1" \
		"${STRAIT[@]}" -l --inherit "${@:2}" 3>&-
}

@test "LISTEN_FDS that is no number, or none: nothing was handed over" {
	needs_exec_alone
	local count
	for count in '' 0 -1 x 1x 99999999999; do
		run -2 --separate-stderr as_manager "$count" </dev/null
		assert_regex "$stderr" '^strait: --inherit: no socket was handed over'
	done
}
@test "LISTEN_FDS: more than can be listened on" {
	needs_exec_alone
	run -2 --separate-stderr as_manager 1000 </dev/null
	assert_regex "$stderr" '^strait: --inherit: 1000 sockets are more than [0-9]+'
	assert_equal "${#stderr_lines[@]}" 1
}
@test "LISTEN_FDS, and descriptor 3 is closed" {
	needs_exec_alone
	run -2 --separate-stderr as_manager 1 </dev/null
	assert_regex "$stderr" '^strait: --inherit: descriptor 3: Bad file descriptor'
}
# strait is not run by something that has another process id.
needs_exec_alone() {
	((${#STRAIT[@]} == 1)) || skip 'strait is run by another program here'
}

@test "LISTEN_FDS: sockets of several types are refused, and left as they were" {
	needs_exec_alone
	run -0 timeout "$LIMIT" python3 "$TESTS/drive.py" two_types "${STRAIT[@]}" -l --inherit \
		3>&- </dev/null
	assert_output 'strait: --inherit: sockets of several types
2
[0, 0]'
}
