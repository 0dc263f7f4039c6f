#!/usr/bin/env bats
# The descriptors that strait is given: closed ones, full tables, flags that others share.

load helpers

# A listening unix socket, known by its unusual name.
is_listening_at() {
	grep -q " 00010000 .* $1\$" /proc/net/unix
}

# Strait in ROLE, with descriptors closed as REDIRECTIONS say, and "input" as its input, if any,
# against a peer that takes STEPS. Standard error may be closed: hence no word of it is needed.
meet_closed() {
	local role=$1 redirections=$2
	shift 2
	printf input >us.in
	local closed=(bash -c "exec \"\$@\" $redirections" _ "${STRAIT[@]}")
	if [[ $role == listen ]]; then
		local name=at.$RANDOM$RANDOM$RANDOM
		start us "${closed[@]}" -l -U "$name"
		eventually is_listening_at "$name"
		peer them -U connect "$name" "$@"
	else
		peer them listen 127.0.0.1 0 "$@"
		start us "${closed[@]}" 127.0.0.1 "$PORT"
	fi
}

# All that the peer gets is the input, and nothing else has been touched.
silent_peer() {
	meet_closed "$1" "$2" shut rest
	finish us
	finish them
	assert_equal "$(<them.out)" "$3"
	assert_equal "$(cat us.out us.err)" ''
}

# What it says needs a standard output; if there is none, that is an error, told where it can be.
speaking_peer() {
	meet_closed "$1" "$2" send:hello shut rest
	if [[ $2 == *' >&-'* ]]; then
		finish us 5
		eventually test -s them.status
		[[ $3 == "$(<them.out)"* ]]
		assert_equal "$(<us.out)" ''
		[[ $2 == *'2>&-'* ]] || assert_complained us '.*standard output'
	else
		finish us
		finish them
		assert_equal "$(<them.out)" "$3"
		assert_equal "$(<us.out)" hello
	fi
	[[ $2 != *'2>&-'* ]] || assert_equal "$(<us.err)" ''
}

closed() {
	local expected=input
	[[ ${STRAIT[0]} != valgrind || $2 != *'2>&-'* ]] || skip "valgrind needs standard error itself"
	[[ $2 != *'<&-'* ]] || expected=
	silent_peer "$1" " $2" "$expected"
	rm us.* them.*
	speaking_peer "$1" " $2" "$expected"
}

# @role: listen=listening | connect=connecting
@test "@role without standard input" { closed @role '<&-'; }
@test "@role without standard output" { closed @role '>&-'; }
@test "@role without standard error" { closed @role '2>&-'; }
@test "@role without standard input and output" { closed @role '<&- >&-'; }
@test "@role without standard input and error" { closed @role '<&- 2>&-'; }
@test "@role without standard output and error" { closed @role '>&- 2>&-'; }
@test "@role without any of the three" { closed @role '<&- >&- 2>&-'; }

without_input() {
	bash -c 'exec "$@" <&-' _ timeout -k 1 "$LIMIT" "$@" 3>&-
}

@test "datagrams without standard input: nothing is sent, what comes is heard" {
	listen us -u -W 1 127.0.0.1 0 </dev/null
	run -0 without_input "${STRAIT[@]}" -u -q 0 127.0.0.1 "$PORT"
	assert_output ''
	run -0 strait -u -q 0 127.0.0.1 "$PORT" <<<first
	finish us
	assert_equal "$(<us.out)" first
}


@test "connecting: >>file appends" {
	echo before >log
	random 300000 data
	peer them listen 127.0.0.1 0 file:data shut rest
	strait 127.0.0.1 "$PORT" </dev/null >>log
	finish them
	cmp log <(echo before && cat data)
}

@test "listening: >>file appends" {
	echo before >log
	random 300000 data
	start us bash -c 'exec "$@" >>log' _ "${STRAIT[@]}" -l 127.0.0.1 0 </dev/null
	eventually listening us
	peer them connect 127.0.0.1 "$PORT" file:data shut rest
	finish us
	finish them
	cmp log <(echo before && cat data)
}

# With no more than LIMIT descriptors, some of which are closed.
short_of_descriptors() {
	[[ -z ${SLOW:-} ]] || skip "the tool that it runs under needs descriptors itself"
	run -2 bash -c "exec 3>&- $2; ulimit -n $1; exec \"\$@\"" _ timeout --foreground "$LIMIT" "${STRAIT[@]}" "${@:3}"
	assert_output --regexp '^strait: [^:]+: Too many open files$'
}

@test "no descriptor to connect with" { short_of_descriptors 3 '<&-' 127.0.0.1 9; }
@test "no descriptor to listen with" { short_of_descriptors 3 '<&-' -l 127.0.0.1 0; }
@test "no descriptor to listen on a unix socket with" {
	short_of_descriptors 3 '<&-' -l -U socket
	nothing_left
}
@test "no descriptor to connect a unix datagram socket with" {
	short_of_descriptors 3 '<&-' -u -U nowhere
	nothing_left
}
@test "no descriptor for what is closed" { short_of_descriptors 1 '<&- >&-' 127.0.0.1 9; }

@test "no descriptor to accept with" {
	[[ -z ${SLOW:-} ]] || skip "the tool that it runs under needs descriptors itself"
	start us bash -c 'ulimit -n 4; exec "$@"' _ "${STRAIT[@]}" -v -l 127.0.0.1 0 </dev/null
	eventually listening us
	peer them connect 127.0.0.1 "$PORT" rest
	finish us 2
	assert_complained us '.*Too many open files$'
}

near() {
	timeout -k 1 "$((LIMIT * 2))" python3 "$TESTS/near.py" "$@" "${STRAIT[@]}" 3>&- ||
		if (($? == 3)); then skip "another user cannot run this"; else return 1; fi
}

near_with() { # OPTION WAY...
	STRAIT+=("$1")
	near "${@:2}"
}

flags() {
	near flags "$1" finish
	near flags "$1" kill
	near flags "$1" term
}

@test "the flags of pipes stay as they were" { flags pipe; }
@test "the flags of non-blocking pipes stay as they were" { flags nonblock-pipe; }
@test "the flags of files stay as they were" { flags file; }
@test "the flags of files for appending stay as they were" { flags append-file; }
@test "the flags and settings of terminals stay as they were" { flags pty; }
@test "the flags of non-blocking terminals stay as they were" { flags nonblock-pty; }
@test "the flags of sockets stay as they were" { flags socket; }
@test "the flags of non-blocking sockets stay as they were" { flags nonblock-socket; }

# @role: connect=connecting | listen=listening
@test "@role: one socket is standard input and output" { near inetd @role; }

# @domain: udp=UDP | seqpacket=unix seqpacket
@test "@domain: boundaries are kept where standard input and output keep them" { near messages @domain; }
@test "unix datagrams: boundaries are kept where standard input and output keep them" { near messages unix; }

@test "packets of standard input that are longer than a datagram are cut, and lose nothing" {
	near packets 2 3000 '--datagram-size 1000'
	near packets 2 4096 '--datagram-size 100'
	near packets 16 4096 '--datagram-size 4095'
	near packets 5 700 '--datagram-size 1000'
	near packets 16 1500 '--datagram-size 1000 -C'
	near packets 4 1500 '--datagram-size 1000 -i 1ms'
}

@test "messages of standard input come whole to all clients of a stream" { near members stream; }
@test "messages of standard input come whole to all clients of seqpacket" { near members seqpacket; }

@test "-k: a message that is too long for standard output ends its sender only" { near_with --seqpacket narrow; }
@test "a stream is cut to what standard output takes" { near cut; }
@test "-k: a datagram that is too long for standard output is left out, and that is said" { near_with -u narrow; }

@test "a terminal gets all of it" { near screen; }
@test "a terminal that is stopped stops nothing else" { near stopped own; }
@test "a terminal that cannot be opened anew, and is stopped, stops nothing else" { near stopped other; }
@test "a controlling terminal of another user that is stopped stops nothing else" { near stopped controlling; }

@test "a pipe that two read stops neither of them" { near shared pipe; }
@test "a FIFO that two read stops neither of them" { near shared fifo; }
@test "a terminal that two read stops neither of them" { near shared pty; }

@test "messages that a pipe does not take are counted, and stop nothing" { near mute pipe; }
@test "messages that a FIFO does not take are counted, and stop nothing" { near mute fifo; }
@test "messages that a socket does not take are counted, and stop nothing" { near mute socket; }
@test "messages that a terminal does not take are counted, and stop nothing" { near mute own; }
@test "messages that a terminal of another user does not take are counted, and stop nothing" { near mute other; }
@test "messages that a controlling terminal of another user does not take are counted, and stop nothing" { near mute controlling; }

# Pipes that somebody has made non-blocking: "again" is no error and no end.
nonblocking() {
	random 3000000 data
	peer them listen 127.0.0.1 0 file:data shut rest
	start us python3 "$TESTS/launch.py" nonblocking "${STRAIT[@]}" 127.0.0.1 "$PORT"
	finish us
	finish them
	cmp data got
	cmp data them.out
}

@test "pipes that are non-blocking already lose nothing" { nonblocking; }

# One description has one offset: what two programs write to it stands one behind the other.
shared_file() { # DOMAIN
	local name
	exec {BOTH}>both
	STRAIT=(bash -c "exec \"\$@\" >&$BOTH" strait "${STRAIT[@]}")
	for name in one two; do
		domain "$1" "$name.socket"
		head -c $((32 << 20)) /dev/zero | tr '\0' "${name:0:1}" >"$name.data"
		listen "$name" -d "${LISTEN[@]}"
		peer "to_$name" "${FLAG[@]}" connect "${THERE[@]}" "$PORT" await:go file:"$name.data" shut
	done
	touch go
	for name in one two to_one to_two; do finish "$name"; done
	assert_equal "$(tr -d t <both | wc -c)" $((32 << 20))
	assert_equal "$(tr -d o <both | wc -c)" $((32 << 20))
}

# @domain: tcp=TCP | unix
@test "two straits that write to one file overwrite nothing, @domain" { shared_file @domain; }

# Files of the kernel, of which poll(2) says POLLERR before they are read. This is one of a network
# namespace of our own: what is sent becomes the MTU of its loopback.
in_sysfs() { # ROLE OPTIONS...
	local role=$1
	unshare --mount --net true 2>/dev/null || skip "may not make a network namespace"
	mkdir sys
	# shellcheck disable=SC2016 # bash expands them
	STRAIT=(unshare --mount --net bash -c '
mount -t sysfs sysfs sys || { echo no sysfs >&2; exit 77; }
timeout -k 1 "$LIMIT" "$@" >sys/class/net/lo/mtu
status=$?
cat sys/class/net/lo/mtu >mtu
exit $status' strait "${STRAIT[@]}")
	export LIMIT
	if [[ $role == listen ]]; then
		start us "${STRAIT[@]}" -v -l "${@:2}" -U socket </dev/null
		eventually may_listen
		refute [ -e us.status ]
		peer them -U connect socket send:1400 shut rest
	else
		peer them -U listen socket touch:up await:go send:1400 shut rest
		start us "${STRAIT[@]}" "${@:2}" -U socket </dev/null
		eventually may_go
		touch go
	fi
	[[ ! -e us.status || $(<us.status) != 77 ]] || skip "no sysfs"
	finish them
}
may_listen() {
	[[ -e us.status ]] || listening us
}
may_go() {
	[[ -e us.status || -e up ]]
}

@test "listening: a file of sysfs is no output that nobody reads" {
	in_sysfs listen
	finish us
	assert_equal "$(<mtu)" 1400
}
@test "connected: a file of sysfs is no output that nobody reads" {
	in_sysfs connect
	finish us
	assert_equal "$(<mtu)" 1400
}
@test "serving many: a file of sysfs is no output that nobody reads" {
	in_sysfs listen -k
	refute [ -e us.status ]
	kill "$(pgrep -P "$(pid_of us)" -x timeout)"
	eventually test -s mtu
	assert_equal "$(<mtu)" 1400
}
