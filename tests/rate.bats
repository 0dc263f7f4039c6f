#!/usr/bin/env bats
# --rate, --rate-in, --rate-out: how much crosses in how much time. A time is checked exactly from
# below; from above only so far that a limit is not missed by much. How exact limits are is checked
# by a clock that tests move: tests/unit/pace.c and tests/unit/limit.c.
#
# meet in helpers.bash uses ARGS.
# shellcheck disable=SC2034

load helpers

# What crosses, at 40 KiB a second: a second, but for what may cross at once and the last datagram.
SIZE=40960
LEAST=850 MOST=4000

# The options of one that sends SIZE bytes, and of one that receives them.
sizes() { # DOMAIN
	domain "$1"
	SENDS=() RECEIVES=()
	! is_datagrams "$1" || SENDS=(--datagram-size 1k -q 0.3) RECEIVES=(-W 40 -q "$LIMIT")
}

# All of data goes from sender to receiver, of which one is us and has the options in ARGS.
goes_out() { # ROLE DOMAIN
	sizes "$2"
	random "$SIZE" data
	clock_start
	if [[ $1 == listen ]]; then
		cp data us.in
		listen us "${ARGS[@]}" "${SENDS[@]}" "${LISTEN[@]}"
		strait "${RECEIVES[@]}" "${CONNECT[@]}" "$PORT" <<<hello >got
		finish us
	else
		listen them "${RECEIVES[@]}" "${LISTEN[@]}" </dev/null
		strait "${ARGS[@]}" "${SENDS[@]}" "${CONNECT[@]}" "$PORT" <data
		finish them
		mv them.out got
	fi
	assert_took "$LEAST" "$MOST"
	cmp data got
}
comes_in() { # ROLE DOMAIN
	sizes "$2"
	random "$SIZE" data
	clock_start
	if [[ $1 == listen ]]; then
		listen us "${ARGS[@]}" "${RECEIVES[@]}" "${LISTEN[@]}" </dev/null
		strait "${SENDS[@]}" "${CONNECT[@]}" "$PORT" <data
		finish us
		mv us.out got
	else
		cp data them.in
		listen them "${SENDS[@]}" "${LISTEN[@]}"
		strait "${ARGS[@]}" "${RECEIVES[@]}" "${CONNECT[@]}" "$PORT" <<<hello >got
	fi
	assert_took "$LEAST" "$MOST"
	cmp data got
}

sent() {
	ARGS=(--rate-out 40k)
	goes_out "$@"
}
received() {
	ARGS=(--rate-in 40k)
	comes_in "$@"
}

# @domain: tcp=TCP | tcp6=TCP over IPv6 | unix | seqpacket | udp=UDP | udp6=UDP over IPv6 | unixgram
# @role: listen=listening | connect=connected
@test "@domain, @role: --rate-out limits what is sent" { sent @role @domain; }
@test "@domain, @role: --rate-in limits what is received" { received @role @domain; }

# A limit for one direction does not slow the other one, --rate does.
@test "--rate-out does not slow what is received" {
	ARGS=(--rate-out 20)
	LEAST=0 MOST=800 comes_in connect tcp
}
@test "--rate-in does not slow what is sent" {
	ARGS=(--rate-in 1)
	LEAST=0 MOST=800 goes_out connect tcp
}
@test "--rate limits what is sent" { ARGS=(--rate 40k) && goes_out connect tcp; }
@test "--rate limits what is received" { ARGS=(--rate 40k) && comes_in connect tcp; }

both_ways() {
	random "$SIZE" us.in
	random "$SIZE" data
	clock_start
	ARGS=(--rate 40k)
	meet "$1" tcp file:data shut rest
	finish us
	finish them
	assert_took "$LEAST" "$MOST"
	cmp data us.out
	cmp us.in them.out
}
@test "@role: --rate limits each direction for itself" { both_ways @role; }

# The bytes never come to strait where they need not: nothing but splices carries them, once it has
# seen that there is much.
splices_on() { # INPUT
	needs strace
	needs_linux_build
	[[ -z ${STRAIT_NO_SPLICE+set} ]] || skip "splicing is switched off"
	random $((2 << 20)) data
	wires "$1"
	STRAIT=(strace -f -o trace -e "trace=splice,read,recvfrom,recvmsg,preadv2,pread64" "${STRAIT[@]}")
	ARGS=(--rate-out 4M)
	clock_start
	meet connect tcp rest
	finish us
	finish them
	assert_took 380
	cmp data them.out
	# By other calls a first piece at most.
	awk '/splice/ { next } $NF ~ /^[0-9]+$/ && /\(0,/ { n += $NF } END { exit !(n < 300000) }' trace
	awk '/splice/ && $NF ~ /^[0-9]+$/ { n += $NF } END { exit !(n > 1700000) }' trace
}
@test "a file is spliced with a limit, too" { splices_on '<data'; }
@test "a pipe is spliced with a limit, too" { splices_on '< <(cat data)'; }

# 100 bytes a second come in many small pieces, and never more than that.
smooth() {
	local seen=0 steps=0 now passed
	ARGS=(--rate-out 100)
	head -c 150 /dev/zero >us.in
	clock_start
	meet connect tcp rest
	while [[ ! -e us.status ]]; do
		now=$(stat -c %s them.out)
		passed=$(($(now_ms) - CLOCK))
		((now * 1000 <= 100 * passed + 10000)) || {
			echo "$now bytes after $passed ms" >&2
			return 1
		}
		steps=$((steps + (now > seen)))
		seen=$now
		moment
	done
	finish us
	assert_took 1380 5000
	[[ -n ${SLOW:-} ]] || ((steps >= 10))
}
@test "a limit of 100 bytes a second is smooth" { smooth; }

idles() { # RATE
	local pid before
	ARGS=(--rate "$1")
	wires '</dev/zero'
	meet connect tcp flood await:never
	pid=$(pid_of us)
	clock_start
	before=$(ticks "$pid")
	until (($(now_ms) - CLOCK >= 1000)); do moment; done
	(($(ticks "$pid") - before <= 3 * ($(now_ms) - CLOCK) / 1000))
}
@test "waiting for the limit takes no processor time: 100 bytes a second" { idles 100; }
@test "waiting for the limit takes no processor time: 100 KiB a second" { idles 100k; }

# -w and -q: that the limit is waited for is neither idleness nor silence.
slow_and_not_idle() {
	ARGS=(--rate 2 -w 0.2)
	printf hello >us.in
	clock_start
	meet "$1" tcp send:world shut rest
	finish us
	finish them
	assert_took 1400
	assert_equal "$(<us.out)" world
	assert_equal "$(<them.out)" hello
}
@test "@role: -w does not run while a limit is waited for" { slow_and_not_idle @role; }
slow_datagrams() { # OPTION
	ARGS=(--rate-in 500 "$@")
	printf hello >us.in
	clock_start
	meet connect udp expect:hello send:1"$(printf %0250d 0)" send:2"$(printf %0250d 0)" \
		send:3"$(printf %0250d 0)" send:4"$(printf %0250d 0)"
	finish us
	assert_took 1350
	assert_equal "$(wc -c <us.out)" 1004
}
@test "datagrams that wait for a limit are not cut off by -q" { slow_datagrams -q 0.2; }
@test "datagrams that wait for a limit are not cut off by -w" { slow_datagrams -w 0.2 -q 0.2; }
@test "with -w a side that says nothing is idle, whatever its limit" {
	silent_input
	ARGS=(--rate 100 -w 0.3)
	clock_start
	meet connect tcp await:never
	finish us 4
	assert_took 300
}
@test "-q ends a conversation that is too slow because of its limit" {
	head -c 1000 /dev/zero >us.in
	ARGS=(--rate-out 100 -q 0.3)
	meet connect tcp shut rest
	finish us 4
	assert_said us 'timed out'
}

# A peer that goes while the limit is waited for has gone for good, and nothing else happens later.
goes_while_limited() {
	silent_input
	printf 123 >&"$SILENCE"
	ARGS=(--rate-out 2)
	meet "$1" unix recv:3 close
	finish us
}
@test "@role: a peer that goes while the limit is waited for ends the conversation" { goes_while_limited @role; }

# What a peer had sent before it reset is delivered, however slow that would be.
reset_after_all() {
	silent_input
	random 20000 data
	ARGS=(--rate-in 1000)
	meet "$1" tcp file:data acked reset
	finish us 1
	cmp data us.out
}
@test "@role: a reset is reported, after what came before it" { reset_after_all @role; }

# Each client has a limit of its own.
all_clients_get_data() {
	for name in one two; do
		finish "$name"
		cmp data "$name.out"
	done
	assert_took "$LEAST" "$MOST"
}
start_clients() {
	for name in one two; do
		start "$name" "${STRAIT[@]}" -d 127.0.0.1 "$PORT"
	done
}
@test "-k: each client has a limit of its own" {
	random "$SIZE" data
	cp data us.in
	listen us -k --rate-out 40k 127.0.0.1 0
	clock_start
	start_clients
	all_clients_get_data
}
two_are_there() {
	(($(grep -c '^Connection received' us.err) == 2))
}
@test "-k: input that clients share is sent at that rate" {
	random "$SIZE" data
	feed await:go file:data
	listen us -k --rate-out 40k 127.0.0.1 0
	start_clients
	eventually two_are_there
	clock_start
	touch go
	all_clients_get_data
}

# Input is not read ahead: a client that comes later would get what one that came before it is still
# waiting for, and that one would look as if it did not read.
has_got() { # NAME BYTES
	(($(stat -c %s "$1.out") >= $2))
}
@test "-k: a client that comes later does not cost earlier ones their place" {
	wires '< <(exec yes)'
	listen us -k --rate-out 100k 127.0.0.1 0
	start one python3 "$TESTS/peer.py" connect 127.0.0.1 "$PORT" rest
	eventually has_got one 50000
	start two python3 "$TESTS/peer.py" connect 127.0.0.1 "$PORT" rest
	eventually has_got two 200000
	[[ ! -e one.status ]]
	run -1 grep dropped us.err
}

# A program's output, and its input.
program_says() {
	random "$SIZE" data
	clock_start
	ARGS=(--rate-out 40k --sh-exec "cat '$PWD/data'")
	meet "$1" tcp rest
	finish us
	finish them
	assert_took "$LEAST" "$MOST"
	cmp data them.out
}
@test "@role: --rate-out limits what a program says" { program_says @role; }
program_is_told() {
	random "$SIZE" data
	clock_start
	ARGS=(--rate-in 40k --sh-exec "cat >'$PWD/got'")
	meet "$1" tcp file:data shut rest
	finish us
	finish them
	assert_took "$LEAST" "$MOST"
	cmp data got
}
@test "@role: --rate-in limits what a program is told" { program_is_told @role; }

# A relay: in is what clients send.
# @domain: tcp=TCP | unix
relayed() { # OPTION DOMAIN STEP...
	random "$SIZE" data
	domain "$2"
	peer server "${FLAG[@]}" listen "${HERE[@]}" "${@:3}"
	address_of "$2"
	listen us "$1" 40k --to "$TO" 127.0.0.1 0
	clock_start
}
relay_in() {
	relayed --rate-in "$1" rest
	strait 127.0.0.1 "$PORT" <data
	finish us
	finish server
	assert_took "$LEAST" "$MOST"
	cmp data server.out
}
@test "a relay to @domain: --rate-in limits what a client sends" { relay_in @domain; }
relay_out() {
	relayed --rate-out "$1" file:data shut rest
	strait 127.0.0.1 "$PORT" </dev/null >got
	finish us
	finish server
	assert_took "$LEAST" "$MOST"
	cmp data got
}
@test "a relay to @domain: --rate-out limits what a client gets" { relay_out @domain; }

# Lines that become messages stay whole.
@test "a slow limit does not cut lines that are datagrams" {
	ARGS=(--rate-out 1000 --lines -q 0.3)
	printf '%0300d\n' 1 2 3 >us.in
	meet connect udp message message message
	finish them
	finish us
	cmp us.in them.out
}
@test "a slow limit does not cut a write of a kilobyte that is a datagram" {
	ARGS=(--rate-out 100 -q 0.3)
	printf '%0700d' 1 >data
	feed file:data
	meet connect udp message
	finish them
	assert_equal "$(<them.out)" "$(<data)"
}

@test "--rate 0 is refused" { refused 2 --rate 0 127.0.0.1 1 '^strait: --rate 0: too small: '; }
@test "--rate-in that is no size is refused" { refused 2 --rate-in fast 127.0.0.1 1 '^strait: --rate-in fast: invalid: '; }
@test "--rate-out above 64 GiB a second is refused" { refused 2 --rate-out 65G 127.0.0.1 1 '^strait: --rate-out 65G: too large: '; }
# @option: --rate | --rate-in | --rate-out
@test "rooms have no limit: @option is refused with --broker" { refused 2 -l --broker @option 1k 127.0.0.1 0 '^strait: @option and --broker cannot be combined'; }
@test "rooms have no limit: @option is refused with --chat" { refused 2 -l --chat @option 1k 127.0.0.1 0 '^strait: @option and --chat cannot be combined'; }
@test "a scan has no limit: @option is refused with -z" { refused 2 -z @option 1k 127.0.0.1 1 '^strait: @option and -z cannot be combined'; }
@test "--rate is refused beside --rate-in" { refused 2 --rate 1k --rate-in 1k 127.0.0.1 1 '^strait: --rate and --rate-in cannot be combined'; }
