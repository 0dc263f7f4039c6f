#!/usr/bin/env bats
# What TCP alone has: signatures, several paths, data in the first packet, the queue of a listener.

# run sets stderr and others; domain and listen set what they say.
# shellcheck disable=SC2030,SC2031,SC2153,SC2154
load helpers
load network
load settings

# --- -S: signatures (RFC 2385)

KEY='a key, of 23 characters'

needs_md5() {
	needs_linux_build
	python3 -c '
import socket, struct
s = socket.socket()
s.setsockopt(socket.IPPROTO_TCP, 14,
    struct.pack("=HH4s120xBBHI80s", socket.AF_INET, 0, bytes(4), 0, 0, 1, 0, b"x"))' ||
		skip "needs a kernel that signs TCP"
}

# Both sides sign with keys of their own.
signed() { # DOMAIN KEY KEY ARGS...
	needs_md5
	domain "$1"
	STRAIT_TCP_MD5=$2 listen server -S "${HERE[@]}" <<<reply
	STRAIT_TCP_MD5=$3 run --separate-stderr strait -S "${@:4}" "${THERE[@]}" "$PORT" <<<hello
}

agreed() { # DOMAIN
	signed "$1" "$KEY" "$KEY"
	assert_equal "$status $output $stderr" '0 reply '
	finish server
	assert_equal "$(<server.out)" hello
}

# @domain: tcp=IPv4 | tcp6=IPv6
@test "-S: two that have the same key understand each other, @domain" { agreed @domain; }

# Packets that the other side does not believe are as good as lost.
lost() {
	assert_equal "$status $output" '4 '
	assert_equal "${#stderr_lines[@]}" 1
	assert_regex "$stderr" '^strait: connect to .*: .*timed out'
	refute [ -e server.status ]
}

disagreed() { # DOMAIN
	signed "$1" "$KEY" "$KEY!" -w 300ms
	lost
}

@test "-S: another key is as good as nobody there, @domain" { disagreed @domain; }
@test "-S: who does not sign is not heard" {
	needs_md5
	STRAIT_TCP_MD5=$KEY listen server -S 127.0.0.1 0 </dev/null
	run --separate-stderr strait -w 300ms 127.0.0.1 "$PORT" </dev/null
	lost
}
@test "-S: who does not sign is not talked to" {
	needs_md5
	listen server 127.0.0.1 0 </dev/null
	STRAIT_TCP_MD5=$KEY run --separate-stderr strait -S -w 300ms 127.0.0.1 "$PORT" </dev/null
	lost
}
@test "-S: every packet is signed" {
	network
	look US wire capture
	signed tcp "$KEY" "$KEY"
	finish server
	eventually grep -Eq 'data 6' wire.out
	run -1 grep -v 'signed$' <(grep -w tcp wire.out)
	assert [ "$(grep -c 'data [1-9].*signed' wire.out)" -ge 2 ]
}

others() { # ROLE DOMAIN
	needs_md5
	domain "$2"
	export STRAIT_TCP_MD5=$KEY
	if [[ $1 == listen ]]; then
		listen us -S "${HERE[@]}" <<<hello
		look US them md5 connect "$KEY" "${THERE[@]}" "$PORT" reply
	else
		look US them md5 listen "$KEY" "${HERE[@]}" reply
		start us "${STRAIT[@]}" -S "${THERE[@]}" "$PORT" <<<hello
	fi
	finish us
	finish them
	assert_equal "$(<us.out) $(<them.out)" 'reply hello'
}

# @role: listen=listening | connect=connecting
@test "-S, @role: another program that signs is understood, @domain" { others @role @domain; }

@test "-S: the longest key is 80 bytes, and all of them count" {
	local long
	long=$(printf '%.0sx' {1..79})
	signed tcp "${long}y" "${long}y"
	assert_equal "$status" 0
	finish server
	rm server.*
	signed tcp "${long}y" "${long}z" -w 300ms
	lost
}

no_key() { # KEY
	STRAIT_TCP_MD5=$1 refused 2 -S 127.0.0.1 9 '^strait: -S: STRAIT_TCP_MD5: expected 1 to 80 bytes'
	STRAIT_TCP_MD5=$1 refused 2 -l -S 127.0.0.1 0 '^strait: -S: STRAIT_TCP_MD5: expected 1 to 80'
}

@test "-S: a key of no bytes or of more than 80 is refused, and not told" {
	needs_linux_build
	no_key ''
	no_key "$(printf '%.0sx' {1..81})"
	no_key "$(printf '%.0sx' {1..1000})"
	[[ $stderr != *xx* ]]
}
@test "-S: without a key, and nobody to ask, it is refused" {
	unset STRAIT_TCP_MD5
	needs_linux_build
	needs setsid
	STRAIT=(setsid "${STRAIT[@]}")
	refused 2 -S 127.0.0.1 9 '^strait: -S: .*STRAIT_TCP_MD5'
	refused 2 -l -S 127.0.0.1 0 '^strait: -S: .*STRAIT_TCP_MD5'
}

# On a terminal the key is asked for.
on_a_terminal() { # KEY WORDS...
	# shellcheck disable=SC2016 # expanded by that shell
	timeout -k 1 "$LIMIT" python3 "$TESTS/sockopt.py" answer "$1" \
		bash -c 'exec "$@" <words >got' bash "${STRAIT[@]}" "${@:2}" >terminal
}

@test "-S: on a terminal the key is asked for, and not shown" {
	needs_md5
	echo hello >words
	STRAIT_TCP_MD5=$KEY listen server -S 127.0.0.1 0 <<<reply
	on_a_terminal "$KEY" -S 127.0.0.1 "$PORT"
	finish server
	assert_equal "$(<server.out) $(<got)" 'hello reply'
	run -0 cat terminal
	assert_output --partial 'TCP MD5 key:'
	refute_output --partial "$KEY"
}
@test "-S: an empty answer on a terminal is refused" {
	needs_linux_build
	echo hello >words
	run -2 on_a_terminal '' -S 127.0.0.1 9
	grep -q '^strait: -S: .*expected 1 to 80' terminal
}

# Nobody who looks at the process learns the key.
hidden() { # ROLE
	needs_md5
	[[ -r /proc/self/environ ]] || skip "needs /proc"
	export STRAIT_TCP_MD5=$KEY
	silent_input
	if [[ $1 == listen ]]; then
		listen us -S 127.0.0.1 0
	else
		listen them -S 127.0.0.1 0 <us.in
		start us "${STRAIT[@]}" -S 127.0.0.1 "$PORT"
		eventually assert_said them '^Connection received'
	fi
	run -1 grep -aF "$KEY" "/proc/$(pid_of us)/cmdline"
	run -1 grep -aF "$KEY" "/proc/$(pid_of us)/environ"
}

@test "-S, @role: the key is neither in the process's command line nor in its environment" { hidden @role; }
@test "-S: a build without signatures says so" {
	is_portable_build || skip "this build has them"
	STRAIT_TCP_MD5=$KEY refused 2 -S 127.0.0.1 9 '^strait: -S: '
	STRAIT_TCP_MD5=$KEY refused 2 -l -S 127.0.0.1 0 '^strait: -S: '
}

# --- --mptcp

needs_mptcp() {
	needs_linux_build
	[[ $(cat /proc/sys/net/mptcp/enabled 2>/dev/null) == 1 ]] || skip "needs a kernel with MPTCP"
}

mptcp() { # DOMAIN
	needs_mptcp
	domain "$1"
	silent_input
	listen server --mptcp "${HERE[@]}" <us.in
	start us "${STRAIT[@]}" --mptcp "${THERE[@]}" "$PORT"
	eventually both_seen
	# Both are one connection of many paths, of which there is one: neither has fallen back.
	"${IN_US[@]}" ss -HtniO state established "sport = :$PORT or dport = :$PORT" >paths
	assert_equal "$(grep -c tcp-ulp-mptcp paths)" 2
}

both_seen() {
	[[ $("${IN_US[@]}" ss -HMn state established "sport = :$PORT or dport = :$PORT" | wc -l) == 2 ]]
}

@test "--mptcp: two straits make one connection of many paths, @domain" { mptcp @domain; }

faithful() { # DOMAIN LISTEN CONNECT
	needs_mptcp
	domain "$1"
	random $((1 << 20)) server.in
	random $((1 << 20)) data
	# shellcheck disable=SC2086
	listen server $2 "${HERE[@]}"
	# shellcheck disable=SC2086
	strait $3 "${THERE[@]}" "$PORT" <data >got
	finish server
	cmp data server.out
	cmp server.in got
}

@test "--mptcp: every byte arrives, both ways, @domain" { faithful @domain --mptcp --mptcp; }
@test "--mptcp: a plain client of such a listener is served" { faithful tcp --mptcp ''; }
@test "--mptcp: a plain listener is connected to" { faithful tcp '' --mptcp; }
@test "--mptcp: nobody there is status 1" {
	needs_mptcp
	network
	refused 1 --mptcp 127.0.0.1 4242 '^strait: connect to 127.0.0.1 4242: Connection refused$'
}
@test "--mptcp goes together with other settings" {
	needs_mptcp
	local others=(-I 64k -O 64k --nodelay --keepalive 7 --congestion reno --interface lo)
	listen server --mptcp "${others[@]}" 127.0.0.1 0 </dev/null
	run -0 strait --mptcp "${others[@]}" 127.0.0.1 "$PORT" <<<hello
	finish server
	assert_equal "$(<server.out)" hello
}
@test "--mptcp: a build without it says so" {
	is_portable_build || skip "this build has it"
	refused 2 --mptcp 127.0.0.1 9 '^strait: --mptcp'
	refused 2 -l --mptcp 127.0.0.1 0 '^strait: --mptcp'
}

# --- --fastopen (RFC 7413)

fast_network() {
	network
	"${IN_US[@]}" sysctl -qw net.ipv4.tcp_fastopen=3 || skip "needs fast open"
}

# The nth conversation: TEXT goes to a listener, who answers.
fast() { # DOMAIN N LISTEN CONNECT TEXT
	domain "$1"
	# shellcheck disable=SC2086
	listen "server$2" $3 "${HERE[@]}" <<<reply
	# shellcheck disable=SC2086
	run -0 --separate-stderr strait $4 "${THERE[@]}" "$PORT" <<<"$5"
	assert_equal "$output$stderr" reply
	finish "server$2"
	assert_equal "$(<"server$2.out")" "$5"
}

# How often the system has done what it counts by that name.
count() {
	"${IN_US[@]}" python3 -c '
import sys
names, values = [l.split() for l in open("/proc/net/netstat") if l.startswith("TcpExt:")]
print(dict(zip(names, values))[sys.argv[1]])' "$1"
}

quick() { # DOMAIN
	fast_network
	look US wire capture
	fast "$1" 1 --fastopen --fastopen first
	fast "$1" 2 --fastopen --fastopen second
	# The first one has got a cookie; the second one's words have come with it.
	assert_equal "$(count TCPFastOpenActive) $(count TCPFastOpenPassive)" '1 1'
	eventually grep -Eq "tcp [0-9]+ $PORT S data 7" wire.out
}

@test "--fastopen: the second time data is in the first packet, @domain" { quick @domain; }

@test "--fastopen: without it on either side nothing is in the first packet" {
	fast_network
	fast tcp 1 --fastopen --fastopen first
	fast tcp 2 '' --fastopen second
	fast tcp 3 --fastopen '' third
	assert_equal "$(count TCPFastOpenPassive)" 0
}
@test "--fastopen: every byte arrives, both ways" {
	fast_network
	fast tcp 1 --fastopen --fastopen first
	random 300000 data
	random 300000 server.in
	listen server --fastopen 127.0.0.1 0
	strait --fastopen 127.0.0.1 "$PORT" <data >got
	finish server
	cmp data server.out
	cmp server.in got
	assert_equal "$(count TCPFastOpenPassive)" 1
}

# Input has nothing to say until the peer has said its first word.
peer_first() { # WARM-UPS
	local i
	fast_network
	for ((i = 0; i < $1; i++)); do fast tcp "$i" --fastopen --fastopen first; done
	mkfifo server.in
	exec {words}<>server.in
	silent_input
	listen server --fastopen 127.0.0.1 0
	start us "${STRAIT[@]}" --fastopen 127.0.0.1 "$PORT"
	echo greeting >&"$words"
	eventually grep -q greeting us.out
	echo reply >&"$SILENCE"
	eventually grep -q reply server.out
}

@test "--fastopen: a peer that speaks first is heard, the first time" { peer_first 0; }
@test "--fastopen: a peer that speaks first is heard, the second time" { peer_first 1; }

# The cookie is known; the client waits for the server's word.
@test "--fastopen, a relay: a server that speaks first is heard" {
	fast_network
	fast tcp 1 --fastopen --fastopen first
	silent_input
	printf 'greeting\n' >server.in
	listen server --fastopen 127.0.0.1 0
	listen relay -k --fastopen --to "127.0.0.1:$PORT" 127.0.0.1 0
	start us "${STRAIT[@]}" 127.0.0.1 "$PORT"
	eventually grep -q greeting us.out
}

@test "--fastopen: a program hears a server that speaks first" {
	fast_network
	fast tcp 1 --fastopen --fastopen first
	printf 'greeting\n' >server.in
	listen server --fastopen 127.0.0.1 0
	echo word >us.in
	start us "${STRAIT[@]}" --fastopen --sh-exec 'cat >got' 127.0.0.1 "$PORT"
	eventually grep -qs greeting got
	finish us
	finish server
}

@test "--fastopen: with nothing to say it connects and ends" {
	fast_network
	fast tcp 1 --fastopen --fastopen first
	listen server --fastopen 127.0.0.1 0 </dev/null
	run -0 strait --fastopen 127.0.0.1 "$PORT" </dev/null
	finish server
	assert_equal "$(<server.out)" ''
}
@test "--fastopen: nobody there is status 1, the second time as well" {
	fast_network
	run -1 --separate-stderr strait --fastopen 127.0.0.1 4242 <<<hello
	assert_regex "$stderr" '^strait: connect to 127.0.0.1 4242: Connection refused$'
	fast tcp 1 --fastopen --fastopen first
	run -1 --separate-stderr strait --fastopen 127.0.0.1 "$PORT" <<<hello
	assert_equal "${#stderr_lines[@]}" 1
	assert_regex "$stderr" "^strait: .*127.0.0.1 $PORT: Connection refused"
}

# --- --backlog

# The length of the queue of the listener at "$@", as ss has it.
places() {
	ss -Hl "$@" | sed -E 's/^.* LISTEN +[0-9]+ +([0-9]+) .*/\1/'
}

queue() { # PLACES DOMAIN ARGS...
	local name=strait-test-$BATS_SUITE_TEST_NUMBER-$$-$RANDOM
	domain "$2"
	if [[ ${WAY[*]} == -U* ]]; then
		listen us "${WAY[@]}" "${@:3}" "$name" </dev/null
		run -0 places -x src = "$name"
	else
		listen us "${@:3}" "${HERE[@]}" </dev/null
		run -0 places -t -u sport = ":$PORT"
	fi
	assert_output "$1"
}

@test "--backlog: so many may wait, @domain" { queue 5 @domain --backlog 5; }
# @domain: unix | seqpacket
@test "--backlog: so many may wait, @domain" { queue 7 @domain --backlog 7; }
@test "--backlog: the system has the last word" {
	queue "$(cat /proc/sys/net/core/somaxconn)" tcp --backlog 2147483647
}
@test "without --backlog some may wait" {
	listen us 127.0.0.1 0 </dev/null
	assert [ "$(places -t -u sport = ":$PORT")" -ge 2 ]
}
