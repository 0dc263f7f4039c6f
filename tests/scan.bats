#!/usr/bin/env bats
# -z: which ports are open, what is said of them, and what reaches them.

# shellcheck disable=SC2154 # run sets stderr and stderr_lines
load helpers
load network

# --- What to scan

# A network, in which nobody else has a port. Some ports have names, and "both" has both addresses.
known_ports() {
	mkdir etc
	printf '%s\n' 'ssh 22/tcp' 'http 80/tcp' 'https 443/tcp' >etc/services
	network '::1 both' '127.0.0.1 both'
}
# Ports from 7000 to 7999 are silent, until they are told to answer.
silent_ports() {
	filter 'tcp dport 7000-7999 drop'
	filter 'udp dport 7000-7999 drop'
}

# PORTs of HOST of a KIND: open, reset (accepts and resets at once), closed (and nobody else's);
# answer, mute (datagrams, both say in NAME.out what they hear). PORT may be 0, or a range.
hold() { # NAME HOST KIND PORT...
	start "$1" "${IN_US[@]}" python3 "$TESTS/listeners.py" hold "${@:2}"
	eventually listening "$1"
}

success() { # HOST PORT [NAME]
	echo "Connection to $1 $2 port [${3:-tcp/*}] succeeded!"
}
refusal() { # HOST PORT
	echo "strait: connect to $1 $2: Connection refused"
}

# strait ARGS... says LINES on standard error, nothing on standard output, and ends with STATUS.
scan() { # STATUS LINES ARGS...
	run "-$1" --separate-stderr strait -z "${@:3}" </dev/null
	assert_output ''
	assert_equal "$stderr" "$2"
}

# --- One port

finds_open() {
	peer them "${@:2}" listen "$1" 0 rest
	# shellcheck disable=SC2153 # set by peer
	run -0 --separate-stderr strait -z "$1" "$PORT" <<<'not for them'
	assert_output ''
	assert_equal "$stderr" ''
	finish them
	assert_equal "$(<them.out)" ''
}
@test "IPv4: an open port is status 0; it is closed again, and nothing is sent" { finds_open 127.0.0.1; }
@test "IPv6: an open port is status 0; it is closed again, and nothing is sent" { finds_open ::1 -6; }

says_open() {
	hold them "$1" open 0
	scan 0 "$(success "$1" "$PORT")" -v "$1" "$PORT"
	scan 0 "$(success "$1" "$PORT")" -vv "$1" "$PORT"
}
# @family: 127.0.0.1=IPv4 | ::1=IPv6
@test "@family: with -v an open port is told" { says_open @family; }

finds_closed() {
	hold them "$1" closed 0
	scan 1 '' "$1" "$PORT"
	scan 1 "$(refusal "$1" "$PORT")" -v "$1" "$PORT"
	scan 1 "$(refusal "$1" "$PORT")" -vv "$1" "$PORT"
}
@test "@family: a closed port is status 1; with -v that is told" { finds_closed @family; }

finds_full() {
	peer them "${@:2}" full "$1" 0 await:never
	eventually listening them
	scan 4 '' -w 200ms "$1" "$PORT"
	scan 4 "strait: connect to $1 $PORT: Connection timed out" -v --wait 200ms "$1" "$PORT"
}
@test "IPv4: a listener that takes nobody any more is status 4" { finds_full 127.0.0.1; }
@test "IPv6: a listener that takes nobody any more is status 4" { finds_full ::1 -6; }

full_path() {
	peer them "$1" full socket await:never
	eventually listening them
	scan 4 '' -w 200ms "${@:2}" socket
	scan 4 'strait: connect to socket: Connection timed out' -v -w 200ms "${@:2}" socket
}
@test "a listener on a unix socket that takes nobody any more is status 4" { full_path -U -U; }
@test "a listener on a seqpacket socket that takes nobody any more is status 4" {
	full_path -Q -U --seqpacket
}

@test "-w bounds each attempt, and so does --wait" {
	known_ports
	silent_ports
	local word
	for word in -w --wait; do
		clock_start
		scan 4 '' "$word" 300ms 127.0.0.1 7000
		assert_took 300 1300
	done
}

# --- Standard input

then_cat() {
	strait "$@" && timeout "$LIMIT" cat
}
@test "a file on standard input is left to who comes after" {
	hold them 127.0.0.1 open 0
	printf 'one\ntwo\n' >input
	then_cat -z 127.0.0.1 "$PORT" <input >got
	assert_equal "$(<got)" $'one\ntwo'
}
@test "a pipe on standard input is left to who comes after" {
	hold them 127.0.0.1 open 0
	random 100000 input
	timeout "$LIMIT" cat input | then_cat -z 127.0.0.1 "$PORT" >got
	cmp input got
}
@test "standard input may be closed" {
	hold them 127.0.0.1 open 0
	wires '<&-'
	scan 0 "$(success 127.0.0.1 "$PORT")" -v 127.0.0.1 "$PORT"
}

# --- Unix sockets

finds_path() { # OPTIONS OF PEER OPTIONS...
	peer them "$1" listen socket "${STEPS[@]}"
	scan 0 'Connection to socket succeeded!' -v "${@:2}" socket
	finish them
	assert_equal "$(<them.out)" ''
}
@test "a listener on a unix socket is found, and nothing is sent" {
	STEPS=(rest)
	finds_path -U -U
}
@test "a listener on a seqpacket socket is found, and nothing is sent" {
	STEPS=(rest)
	finds_path -Q -U --seqpacket
}
@test "a unix datagram socket is found, and nothing is sent" {
	listen server -Uu -W 1 socket </dev/null
	scan 0 'Connection to socket succeeded!' -v -Uu socket
	scan 0 '' -Uu socket
	run -0 strait -q 0 -Uu socket <<<'the first'
	finish server
	assert_equal "$(<server.out)" 'the first'
}

@test "a path that is not there is status 2, of whatever kind" {
	local kind
	for kind in '' -u --seqpacket; do
		scan 2 '' ${kind:+"$kind"} -U nowhere
		scan 2 'strait: connect to nowhere: No such file or directory' -v ${kind:+"$kind"} -U nowhere
	done
}
@test "a path behind which nobody listens is status 1, of whatever kind" {
	local kind
	python3 -c '
import socket
socket.socket(socket.AF_UNIX).bind("stream")
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).bind("-u")
socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).bind("--seqpacket")'
	scan 1 '' -U stream
	scan 1 'strait: connect to stream: Connection refused' -v -U stream
	for kind in -u --seqpacket; do
		scan 1 "strait: connect to ./$kind: Connection refused" -v "$kind" -U "./$kind"
	done
}
@test "-s names the unix socket that the attempt is made from, and it is removed" {
	listen server -U socket </dev/null
	touch taken
	refused 2 -z -s taken -U socket '^strait: bind to taken: exists and is not a socket'
	scan 0 'Connection to socket succeeded!' -v -s ours -U socket
	finish server
	assert [ ! -e ours ]
}

# --- Bad words

@test "what is no list of ports is status 2" {
	local ports
	for ports in 0 65536 0-5 5-70000 20- -20 a-b 20-25-30 22,,80 '22,' ',22' '22, 80' no-service; do
		refused 2 -z -- 127.0.0.1 "$ports" '^strait: port .*: .*'
	done
}
@test "an address that is not ours for -s is status 2" {
	refused 2 -z -s 192.0.2.1 127.0.0.1 80 '^strait: bind to 192\.0\.2\.1.*: Cannot assign'
}
@test "a name that there isn't is status 3" {
	known_ports
	refused 3 -z nowhere.test 80 '^strait: resolve nowhere\.test: '
	refused 3 -z -v nowhere.test 80,81 '^strait: resolve nowhere\.test: '
}
@test "-n takes neither a name of a host nor one of a service" {
	refused 3 -z -n localhost 80 'localhost: with -n the host must be a numeric address'
	refused 2 -z -n 127.0.0.1 http 'port http: '
}

# --- Many ports

# What SPECs find where 22, 80, 81 and 443 are open, in which order.
NAMES=([22]=tcp/ssh [80]=tcp/http [443]=tcp/https)
found() { # HOST PORT...
	local port
	for port in "${@:2}"; do
		success "$1" "$port" "${NAMES[port]:-}"
	done
}
finds_lists() {
	local spec ports
	known_ports
	hold them "$1" open 22 80 81 443
	while read -r spec ports; do
		echo "$spec"
		# shellcheck disable=SC2086 # words
		scan 0 "$(found "$1" $ports)" -v "$1" "$spec"
	done <<-END
		22 22
		20-25 22
		25-20 22
		80-81 80 81
		22-22 22
		22-80,81,443 22 80 81 443
		443,81,22,80 22 80 81 443
		http,ssh 22 80
		https,79-82 80 81 443
		22,22,20-25 22
		1-1023 22 80 81 443
	END
	scan 0 '' "$1" 1-1023
	scan 1 '' "$1" 23-79
	scan 1 '' -v "$1" 23-79
	scan 0 "$(success "$1" 80)" -n -v "$1" 80,82
}
@test "@family: lists, ranges and services; what is open is told in order" { finds_lists @family; }

@test "-vv tells of those that are not open, too, in order" {
	known_ports
	silent_ports
	hold them 127.0.0.1 open 7998 8000
	scan 0 "strait: connect to 127.0.0.1 7998: Connection timed out
strait: connect to 127.0.0.1 7999: Connection timed out
$(success 127.0.0.1 8000)
$(refusal 127.0.0.1 8001)" -vv -w 200ms 127.0.0.1 7998-8001
	scan 0 "$(success 127.0.0.1 8000)" -v -w 200ms 127.0.0.1 7998-8001
}

@test "the status tells refused from silent" {
	known_ports
	silent_ports
	hold them 127.0.0.1 open 8001
	local ports expected
	while read -r ports expected; do
		echo "$ports"
		scan "$expected" '' -w 200ms 127.0.0.1 "$ports"
	done <<-END
		7998-7999 4
		7999-8000 1
		7999-8001 0
		8000-8001 0
		8002-8003 1
	END
}

@test "a port is told as soon as it and those before it are known" {
	known_ports
	silent_ports
	hold them 127.0.0.1 open 6999 7000 8000
	start us "${STRAIT[@]}" -z -v 127.0.0.1 6999,7000,8000
	eventually grep -q 6999 us.err
	assert_equal "$(<us.err)" "$(success 127.0.0.1 6999)"
	# The kernel asks again.
	"${IN_US[@]}" nft flush ruleset
	finish us
	assert_equal "$(<us.err)" "$(found 127.0.0.1 6999 7000 8000)"
}

@test "-r takes them in random order, each of them once" {
	known_ports
	hold them 127.0.0.1 open 8000-8049
	run -0 strait -z -v -r 127.0.0.1 8000-8049 </dev/null
	local first=$output
	assert_equal "$(sort <<<"$first")" "$(found 127.0.0.1 {8000..8049})"
	assert_not_equal "$first" "$(found 127.0.0.1 {8000..8049})"
	run -0 strait -z -v -r 127.0.0.1 8000-8049 </dev/null
	assert_equal "$(sort <<<"$output")" "$(sort <<<"$first")"
	assert_not_equal "$output" "$first"
}

@test "-i waits between one port and the next" {
	known_ports
	hold them 127.0.0.1 open 8000
	clock_start
	scan 0 "$(success 127.0.0.1 8000)" -v -i 100ms 127.0.0.1 8000-8004
	assert_took 400
	clock_start
	scan 1 '' -u -i 100ms 127.0.0.1 8000-8004
	assert_took 400
}

@test "ports that accept and reset at once are open" {
	known_ports
	hold them 127.0.0.1 reset 1000-1199
	run -0 strait -z -v 127.0.0.1 1000-1199 </dev/null
	assert_equal "$(grep -c succeeded <<<"$output")" 200
}

# --- Hosts

@test "a port that is open at one of a host's addresses is open" {
	known_ports
	silent_ports
	hold them 127.0.0.1 open 8000
	hold others ::1 open 8001
	scan 0 "$(found both 8000 8001)" -v both 8000-8002
	scan 0 "$(found both 8000)" -v -4 both 8000-8002
	scan 0 "$(found both 8001)" -v -6 both 8000-8002
	scan 1 'strait: connect to both 8002: Connection refused' -v both 8002
	# One that is silent at the first address only.
	filter 'ip6 daddr ::1 tcp dport 8000 drop'
	scan 0 "$(found both 8000)" -v -w 200ms both 8000
	scan 4 '' -w 200ms -6 both 8000
}

from() {
	known_ports
	listen one "$1" 8000 </dev/null
	listen other "$1" 8001 </dev/null
	run -0 strait -z "${@:2}" "$1" 7999-8002 </dev/null
	finish one
	finish other
	assert_said one "^Connection received on $FROM$"
	assert_said other "^Connection received on $FROM$"
}
@test "IPv4: -s is the address that attempts are made from" { FROM='127\.0\.0\.2 [0-9]+' from 127.0.0.1 -s 127.0.0.2; }
@test "IPv4: -p is the port that attempts are made from" { FROM='127\.0\.0\.1 5000' from 127.0.0.1 -p 5000; }
@test "IPv6: -p is the port that attempts are made from" { FROM='::1 5000' from ::1 -p 5000; }
@test "-s and -p go together" { FROM='127\.0\.0\.2 5000' from 127.0.0.1 -s 127.0.0.2 -p 5000; }

# --- Datagrams

# What NAME has heard: lines without their senders; the port from 1st to last has heard an "end".
heard() { # NAME HOST PORT
	run -0 strait -u -q 0 "$2" "$3" <<<end
	eventually grep -q "'end" "$1.out"
	sed "/'end/d; s/ from .*//" "$1.out"
}

asks_once() {
	known_ports
	hold them "$1" answer 8000
	hold others "$1" mute 8001
	local words expected
	for words in '' -v -vv; do
		scan 0 "${words:+$(success "$1" 8000 'udp/*')}" -u ${words:+"$words"} -w "$LIMIT" "${@:2}" "$1" 8000
		run -4 strait -zu ${words:+"$words"} -w 200ms "${@:2}" "$1" 8001
	done
	expected="8000 '${3:-}'"
	assert_equal "$(heard them "$1" 8000)" "$expected"$'\n'"$expected"$'\n'"$expected"
	expected="8001 '${3:-}'"
	assert_equal "$(heard others "$1" 8001)" "$expected"$'\n'"$expected"$'\n'"$expected"
}
@test "UDP over @family: a port is asked once with an empty datagram, however much is told" { asks_once @family; }
@test "UDP over @family: a port is asked once with --probe, however much is told" { asks_once @family --probe 'a b?'; }
@test "UDP: an empty --probe is an empty datagram" { asks_once 127.0.0.1 --probe ''; }

tells_apart() {
	known_ports
	hold them "$1" answer 8000
	hold others "$1" mute 8001
	scan 0 "$(success "$1" 8000 'udp/*')
strait: connect to $1 8001: no answer
$(refusal "$1" 8002)" -u -vv -w 1 "$1" 8000-8002
	scan 1 "$(refusal "$1" 8002)" -u -v "$1" 8002
	scan 1 '' -u -w 200ms "$1" 8001-8002
	scan 4 "strait: connect to $1 8001: no answer" -u -v -w 200ms "$1" 8001
}
@test "UDP over @family: answered, no answer and refused are told apart" { tells_apart @family; }

@test "UDP: a second is waited for an answer, -w bounds it" {
	hold them 127.0.0.1 mute 0
	clock_start
	scan 4 '' -u 127.0.0.1 "$PORT"
	assert_took 1000 2000
	clock_start
	scan 4 '' -u -w 200ms 127.0.0.1 "$PORT"
	assert_took 200 900
}
@test "UDP: a port that drops what comes is no answer" {
	known_ports
	silent_ports
	scan 4 '' -u -w 200ms 127.0.0.1 7000-7050
}
@test "UDP: each of several ports is asked from where -s and -p say" {
	known_ports
	hold them 127.0.0.1 answer 8000 8001
	scan 0 "$(success 127.0.0.1 8000 'udp/*')
$(success 127.0.0.1 8001 'udp/*')" -u -v -w "$LIMIT" -s 127.0.0.2 -p 5000 127.0.0.1 7999-8002
	assert_equal "$(sort them.out)" "8000 '' from 127.0.0.2 5000
8001 '' from 127.0.0.2 5000"
}

# --- Oneself

# The kernel has but one port to connect from: the one that is asked, at which nobody listens.
not_oneself() {
	known_ports
	"${IN_US[@]}" sysctl -qw net.ipv4.ip_local_port_range='40000 40000'
	for _ in {1..5}; do
		scan 1 "$(refusal "${@: -1}" 40000)" -v "$@" 40000
	done
	"${IN_US[@]}" sysctl -qw net.ipv4.ip_local_port_range='40000 40003'
	for _ in {1..5}; do
		scan 1 '' -v "$@" 40000-40003
	done
}
@test "@family: a socket that meets itself is no open port" { not_oneself @family; }
@test "UDP over @family: a socket that hears itself is no open port" { not_oneself -u @family; }

from_itself() {
	hold them "${*: -1}" closed 0
	kill -KILL -- "-$PID_them" # the port is free now, and it is not likely to be taken
	scan 1 "$(refusal "${*: -1}" "$PORT")" -v -p "$PORT" "$@" "$PORT"
}
@test "@family: a port that is asked from itself is not open" { from_itself @family; }
@test "UDP over @family: a port that is asked from itself is not open" { from_itself -u @family; }

# --- Few descriptors

# COUNT descriptors, of which OTHERS are held open already.
few() { # COUNT OTHERS
	local plain=("${STRAIT[@]}")
	# shellcheck disable=SC2016 # expanded by that shell
	STRAIT=(bash -c '
		for ((i = 0; i < $2; i++)); do exec {held}</dev/null; done
		ulimit -n "$1"
		exec "${@:3}"' _ "$1" "$2" "${plain[@]}")
}

# More of them are open than there are descriptors.
few_descriptors() { # COUNT OTHERS
	known_ports
	local open
	open=$(found 127.0.0.1 {1500..1599} 2999)
	hold them 127.0.0.1 open 1500-1599 2999
	hold others 127.0.0.1 answer 1500-1599 2999
	few "$@"
	scan 0 "$open" -v 127.0.0.1 1000-2999
	scan 1 '' -v 127.0.0.1 1000-1499
	scan 0 "${open//tcp/udp}" -u -v -w "$LIMIT" 127.0.0.1 1000-2999
}
@test "2000 ports with 64 descriptors" { few_descriptors 64 0; }
@test "2000 ports with 16 descriptors" { few_descriptors 16 0; }
@test "2000 ports with 32 descriptors, of which most are used" { few_descriptors 32 20; }

# As many ports as need at least three rounds: what time they take, strait waits.
idle_meanwhile() { # COUNT OTHERS
	local spent
	known_ports
	silent_ports
	hold them 127.0.0.1 open 7999 8000
	few "$@"
	TIMEFORMAT='%3R %3U %3S'
	{ time scan 0 "$(found 127.0.0.1 8000)" -n -v -w 500ms 127.0.0.1 7965-8001 2>&4; } 4>&2 2>spent
	read -r wall user system <spent
	spent=$((10#${user/./} + 10#${system/./}))
	echo "$wall s, of which $spent ms were worked"
	((10#${wall/./} >= 1500))
	[[ -n ${SLOW:-} ]] || ((spent < 10#${wall/./} / 4))
}
@test "silent ports with 20 descriptors take their time, and no work" { idle_meanwhile 20 0; }
@test "silent ports with 28 descriptors, of which most are used, take their time, and no work" {
	idle_meanwhile 28 16
}
