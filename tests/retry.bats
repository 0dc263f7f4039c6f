#!/usr/bin/env bats
# --retry: trying until somebody is there, for so long and no longer.

# shellcheck disable=SC2154 # run sets stderr and stderr_lines
load helpers
load network

# --- Those who come late

# How many packets the rule's counter has seen.
seen() {
	"${IN_US[@]}" nft list ruleset | grep -oP 'counter packets \K[0-9]+'
}

# A port that refuses, and is nobody else's: "Listening on HOST PORT" (or PATH, which isn't there).
# When there is a file "go" it answers PAUSE seconds later. Tells how many milliseconds after that
# somebody came, in NAME.late. A stream then has all of ./answer for all of NAME.out.
late() { # NAME STREAM|DGRAM|SEQPACKET HOST|path PAUSE
	start "$1" "${IN_US[@]}" python3 "$TESTS/listeners.py" late "$@"
	eventually listening "$1"
}

# NAME was found soon enough: the longest pause, and a bit.
assert_found_soon() {
	echo "$1: found after $(<"$1.late") ms"
	[[ -n ${SLOW:-} ]] || (($(<"$1.late") <= 1100))
}

# But for the path of who comes late.
nothing_of_ours_left() {
	rm path
	nothing_left
}

# So long after that, pauses are as long as they get.
LONG=3

finds_late() { # HOST RETRY...
	random 300000 answer
	random 300000 us.in
	late them STREAM "$1" "$LONG"
	# shellcheck disable=SC2153 # set by late
	start us "${STRAIT[@]}" "${@:2}" "$1" "$PORT"
	touch go
	finish us
	finish them
	cmp us.in them.out
	cmp answer us.out
	assert_equal "$(<us.err)" ''
	assert_found_soon them
}
# @family: 127.0.0.1=IPv4 | ::1=IPv6
@test "@family: a port that opens later is connected to, and all goes both ways" { finds_late @family --retry; }
@test "--retry=TIME: a port that opens in time is connected to" { finds_late 127.0.0.1 --retry=1m; }
@test "--retry TIME: a port that opens in time is connected to" { finds_late 127.0.0.1 --retry 1m; }
@test "--retry with -w: a port that opens later is connected to" { finds_late 127.0.0.1 --retry -w 500ms; }

finds_late_path() { # KIND OPTIONS...
	random 20000 answer
	random 20000 us.in
	late them "$1" path "$LONG"
	start us "${STRAIT[@]}" -v --retry -U "${@:2}" path
	eventually grep -q again us.err
	touch go
	finish us
	finish them
	cmp us.in them.out
	cmp answer us.out
	# Between bind and listen it may be refused.
	assert_equal "$(grep -v refused us.err)" 'strait: connect to path: No such file or directory; trying again
Connection to path succeeded!'
	assert_found_soon them
}
@test "a unix socket that is made later is connected to" { finds_late_path STREAM; }
@test "a seqpacket socket that is made later is connected to" { finds_late_path SEQPACKET --seqpacket; }
@test "a unix datagram socket that is made later is sent to" {
	late them DGRAM path 0.5
	start us "${STRAIT[@]}" --retry -q 0 -Uu path <<<hello
	touch go
	finish us
	finish them
	assert_equal "$(<them.out)" hello
	nothing_of_ours_left
}

# -z of one that comes late; then nothing more is tried.
scans_late() { # KIND HOST OPTIONS...
	late them "$1" "$2" "$LONG"
	local where=("$2" "$PORT")
	[[ $2 != path ]] || where=(path)
	: >answer
	start us "${STRAIT[@]}" -z "${@:3}" "${where[@]}" </dev/null
	touch go
	finish us
	[[ $1 == DGRAM && $2 == path ]] || finish them
	assert_equal "$(<us.out)$(<us.err)" ''
	assert_equal "$(<them.out)" ''
	[[ $1 == DGRAM && $2 == path ]] || assert_found_soon them
}
@test "-z over @family: waits for a port" { scans_late STREAM @family --retry; }
@test "-z over IPv4: waits for a port for so long" { scans_late STREAM 127.0.0.1 --retry 1m; }
@test "-z -u over @family: waits for an answer" { scans_late DGRAM @family -u --retry; }
@test "-z -U: waits for a unix socket" { scans_late STREAM path -U --retry; }
@test "-z -U --seqpacket: waits for a unix socket" { scans_late SEQPACKET path -U --seqpacket --retry; }
@test "-z -U -u: waits for a unix socket" { scans_late DGRAM path -U -u --retry; }

@test "-z waits until one of several ports is open, and tells that one" {
	: >answer
	late them STREAM 127.0.0.1 1
	port=$PORT
	late others STREAM 127.0.0.1 100
	start us "${STRAIT[@]}" -z -v --retry 127.0.0.1 "$port,$PORT" </dev/null
	eventually grep -q again us.err
	touch go
	finish us
	run -0 grep -v again us.err
	assert_output "Connection to 127.0.0.1 $port port [tcp/*] succeeded!"
	finish them
	assert_found_soon them
}

@test "a name that comes to be is connected to" {
	network
	late them STREAM 127.0.0.1 0
	touch go
	echo answer >answer
	start us "${STRAIT[@]}" -v --retry late.test "$PORT" <<<question
	eventually grep -q 'resolve late.test: .*; trying again' us.err
	echo '127.0.0.1 late.test' >>etc/hosts
	finish us
	finish them
	assert_equal "$(<us.out) $(<them.out)" 'answer question'
	assert_equal "$(grep -c again us.err)" 1
}
@test "-z: a name that comes to be is found" {
	network
	late them STREAM 127.0.0.1 0
	touch go
	: >answer
	start us "${STRAIT[@]}" -z -v --retry late.test "$PORT" </dev/null
	eventually grep -q 'resolve late.test: .*; trying again' us.err
	echo '127.0.0.1 late.test' >>etc/hosts
	finish us
	finish them
}

@test "a host that is silent at first is found soon when it answers" {
	network
	filter 'tcp dport 80 drop'
	start us "${STRAIT[@]}" -v --retry -w 300ms 127.0.0.1 80 <<<question
	eventually grep -q 'timed out; trying again' us.err
	echo answer >them.in
	start them "${IN_US[@]}" python3 "$TESTS/peer.py" listen 127.0.0.1 80 send:answer shut rest
	eventually listening them
	"${IN_US[@]}" nft flush ruleset
	finish us
	finish them
	assert_equal "$(<us.out) $(<them.out)" 'answer question'
}

# --- What is told

# Each cause once, whether it comes back at once or not.
@test "-v tells each cause once" {
	: >answer
	start us "${STRAIT[@]}" -v --retry -U path </dev/null
	eventually grep -q 'No such file' us.err
	python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("path")'
	eventually grep -q refused us.err
	# Two tries more at the least.
	moments 150
	rm path
	late them STREAM path 0
	touch go
	finish us
	finish them
	run -0 grep -v 'trying again' us.err
	assert_output 'Connection to path succeeded!'
	run -0 head -n 2 us.err
	assert_output 'strait: connect to path: No such file or directory; trying again
strait: connect to path: Connection refused; trying again'
	# The path was not there once more perhaps, before it was bound and before it listened.
	(($(grep -c again us.err) <= 4))
}
moments() {
	local i
	for ((i = 0; i < $1; i++)); do moment; done
}

@test "-v tells a cause that stays once" {
	network
	run -4 --separate-stderr strait -v --retry 2s 127.0.0.1 80 </dev/null
	assert_equal "$stderr" 'strait: connect to 127.0.0.1 80: Connection refused; trying again
strait: connect to 127.0.0.1 80: Connection refused: gave up after 2s'
	run -4 --separate-stderr strait -z -v --retry 2s 127.0.0.1 80 </dev/null
	assert_equal "$stderr" 'strait: connect to 127.0.0.1 80: Connection refused; trying again
strait: connect to 127.0.0.1 80: Connection refused: gave up after 2s'
}

# --- The end

# strait ARGS... gives up after TIME, not earlier, and within 100 ms. The best of some tries counts,
# since other tests run at the same time. All it says is one line, which names CAUSE.
gives_up() { # MILLISECONDS CAUSE ARGS...
	local began ended took first=()
	# What else runs here is not to be measured, nor how long it takes to start what measures.
	! nice -n -15 true 2>nice.err || [[ -s nice.err ]] || first=(nice -n -15)
	for _ in {1..15}; do
		# shellcheck disable=SC2016 # the other shell expands it
		run -4 --separate-stderr "${first[@]}" bash -c 'echo "${EPOCHREALTIME/[^0-9]/}" >began
			"$@"
			status=$?
			echo "${EPOCHREALTIME/[^0-9]/}" >ended
			exit "$status"' bash timeout -k 1 "$LIMIT" "${STRAIT[@]}" "${@:3}" </dev/null
		began=$(<began) ended=$(<ended)
		took=$(((ended - began) / 1000))
		assert_output ''
		assert_equal "${#stderr_lines[@]}" 1
		assert_regex "$stderr" "^strait: $2: gave up after ${1}ms$"
		((took >= $1)) || fail "after $took ms"
		[[ -n ${SLOW:-} ]] || ((took < $1 + 3000)) || fail "after $took ms"
		((took > $1 + 100)) || return 0
	done
	[[ -n ${SLOW:-} ]] || fail "took $took ms"
}

gives_up_refused() { # HOST OPTIONS...
	late them "${KIND:-STREAM}" "$1" 0
	gives_up 700 "connect to $1 $PORT: Connection refused" --retry 700ms "${@:2}" "$1" "$PORT"
	gives_up 300 "connect to $1 $PORT: Connection refused" --retry=300ms "${@:2}" "$1" "$PORT"
}
@test "@family: gives up a port that is closed in time" { gives_up_refused @family; }
@test "-z over @family: gives up a port that is closed in time" { gives_up_refused @family -z; }
@test "-z -u over @family: gives up a port that is closed in time" { KIND=DGRAM gives_up_refused @family -zu; }

gives_up_path() { # OPTIONS...
	gives_up 300 'connect to path: No such file or directory' --retry 300ms -U "$@" path
	python3 -c '
import socket, sys
kind = {"-u": socket.SOCK_DGRAM, "--seqpacket": socket.SOCK_SEQPACKET}
socket.socket(socket.AF_UNIX, kind.get(sys.argv[-1], socket.SOCK_STREAM)).bind("path")' "$@"
	gives_up 300 'connect to path: Connection refused' --retry 300ms -U "$@" path
	nothing_of_ours_left
}
@test "gives up a unix socket that never is there in time" { gives_up_path; }
@test "gives up a unix datagram socket that never is there in time" { gives_up_path -u; }
@test "gives up a seqpacket socket that never is there in time" { gives_up_path --seqpacket; }
@test "-z -U: gives up a unix socket that never is there in time" { gives_up_path -z; }

gives_up_full() { # PEER'S OPTION OPTIONS...
	peer them "$1" full path await:never
	eventually listening them
	gives_up 400 'connect to path: Connection timed out' --retry 400ms -U "${@:2}" path
	gives_up 400 'connect to path: .*' --retry 400ms -w 100ms -U "${@:2}" path
}
@test "gives up a unix socket that takes nobody in time" { gives_up_full -U; }
@test "-z -U: gives up a unix socket that takes nobody in time" { gives_up_full -U -z; }

gives_up_silent() { # OPTIONS...
	network
	filter 'tcp dport 80-9999 drop'
	filter 'udp dport 80-9999 drop'
	gives_up 400 'connect to 127.0.0.1 80: (Connection timed out|no answer)' --retry 400ms "$@" 127.0.0.1 80
	gives_up 400 'connect to 127.0.0.1 80: (Connection timed out|no answer)' --retry 400ms -w 100ms "$@" \
		127.0.0.1 80
}
@test "gives up a host that is silent in time" { gives_up_silent; }
@test "-z: gives up a host that is silent in time" { gives_up_silent -z; }
@test "-z -u: gives up a host that is silent in time" { gives_up_silent -z -u; }

@test "-z: gives up thousands of silent ports in time" {
	network
	filter 'tcp dport 80-9999 drop'
	gives_up 700 'connect to 127.0.0.1 [0-9]+: .*' --retry 700ms -z 127.0.0.1 1000-4999
}
@test "-z -u: gives up thousands of silent ports in time" {
	network
	filter 'udp dport 80-9999 drop'
	gives_up 700 'connect to 127.0.0.1 [0-9]+: .*' --retry 700ms -z -u 127.0.0.1 1000-4999
}
@test "-z: gives up several ports in time with -i" {
	network
	gives_up 700 'connect to 127.0.0.1 [0-9]+: .*' --retry 700ms -z -i 200ms 127.0.0.1 80-90
}
@test "-z: gives up all addresses of a silent host in time" {
	network '::1 both' '127.0.0.1 both'
	filter 'tcp dport 80 drop'
	gives_up 400 'connect to both 80: Connection timed out' --retry 400ms -z both 80
}

@test "gives up a name that there isn't in time" {
	network
	gives_up 400 'resolve nowhere\.test: .*' --retry 400ms nowhere.test 80
	gives_up 400 'resolve nowhere\.test: .*' --retry 400ms -z nowhere.test 80
}

# --- How it tries

@test "a silent host is asked again after -w" {
	network
	filter 'tcp dport 80 counter drop'
	# By itself, the kernel would ask again after a second.
	run -4 strait --retry 900ms -w 100ms 127.0.0.1 80 </dev/null
	(($(seen) >= 3))
}

@test "tries are neither many nor few" {
	network
	filter 'tcp dport 80 counter'
	run -4 strait --retry 3s 127.0.0.1 80 </dev/null
	echo "$(seen) tries"
	(($(seen) >= 4 && $(seen) <= 11))
}
@test "-z: tries are neither many nor few" {
	network
	filter 'tcp dport 81-83 counter'
	run -4 strait -z --retry 3s 127.0.0.1 81-83 </dev/null
	echo "$(seen) tries of three ports"
	(($(seen) >= 12 && $(seen) <= 33))
}

# The pauses between our tries, in milliseconds.
pauses() {
	timeout "$LIMIT" strace -f -qq -ttt -e trace=connect -o trace "${STRAIT[@]}" --retry 2s \
		127.0.0.1 "$PORT" </dev/null || :
	awk '/AF_INET/ { if (n++) printf "%d\n", ($2 - last) * 1000; last = $2 }' trace
}
# How much longer than they must be pauses are, in percent of that: the last one is cut short.
@test "pauses grow from 50 ms to a second, and differ" {
	needs strace
	late them STREAM 127.0.0.1 0
	local least=(50 100 200 400 500 500 500 500 500) percent=() found i
	for _ in 1 2; do
		mapfile -t found < <(pauses)
		echo "${found[@]}"
		((${#found[@]} >= 3))
		for ((i = 0; i < ${#found[@]} - 1; i++)); do
			((found[i] >= least[i] && found[i] <= 2 * least[i] + 500))
			((i == 0)) || percent+=($(((found[i] - least[i]) * 100 / least[i])))
		done
	done
	mapfile -t percent < <(printf '%s\n' "${percent[@]}" | sort -n)
	echo "${percent[*]} percent"
	((percent[-1] - percent[0] >= 10))
}

# --- What does not pass

not_retried() { # STATUS WORDS... LINE
	clock_start
	refused "$@"
	assert_took 0 3000
}
@test "an address for -s that is not ours is refused at once" {
	not_retried 2 --retry -s 192.0.2.1 127.0.0.1 80 '^strait: bind to 192\.0\.2\.1'
	not_retried 2 -z --retry -s 192.0.2.1 127.0.0.1 80 '^strait: bind to 192\.0\.2\.1'
}
@test "an address for -s of the other family is refused at once" {
	not_retried 2 --retry=5s -s ::1 127.0.0.1 80 '^strait: '
	not_retried 2 -z --retry=5s -s ::1 127.0.0.1 80 '^strait: '
}
@test "an interface that there isn't is refused at once" {
	needs_linux_build
	not_retried 2 --retry --interface nowhere 127.0.0.1 80 '^strait: .*nowhere'
}
@test "a path that leads through a file is refused at once" {
	touch file
	not_retried 2 --retry -U file/path '^strait: connect to file/path: Not a directory'
	not_retried 2 -z --retry -U file/path '^strait: connect to file/path: Not a directory'
}
@test "--retry with -l is refused" { refused 2 -l --retry 127.0.0.1 0 '--retry|-l'; }
@test "--retry with what is no time is refused" {
	local time
	for time in x '' 0 -1 1x 1e3; do
		refused 2 --retry="$time" 127.0.0.1 80 '^strait: --retry'
	done
	refused 2 --retry nonsense 127.0.0.1 80 '^strait: '
}
@test "--retry alone leaves the operands alone" {
	listen server 127.0.0.1 0 </dev/null
	run -0 strait --retry 127.0.0.1 "$PORT" </dev/null
	finish server
}

# --- Oneself

not_oneself() { # OPTIONS... HOST
	network
	"${IN_US[@]}" sysctl -qw net.ipv4.ip_local_port_range='40000 40000'
	run -4 --separate-stderr strait --retry 600ms "$@" 40000 </dev/null
	assert_output ''
	assert_regex "$stderr" "^strait: connect to ${*: -1} 40000: [^:]*: gave up after 600ms$"
}
@test "@family: waiting for a port never connects to itself" { not_oneself @family; }
@test "-z over @family: waiting for a port never finds itself" { not_oneself -z @family; }
@test "-z -u over @family: waiting for an answer never hears itself" { not_oneself -z -u @family; }
