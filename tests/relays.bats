#!/usr/bin/env bats
# --to: each client is joined to a connection of its own to another place.

# Each test has variables of its own, and domain sets some.
# shellcheck disable=SC2030,SC2031,SC2153
load helpers
load network

# A peer.py, "them", that a relay leads to: sets TO.
target() { # DOMAIN STEP...
	rm -f them.err them.status
	domain "$1" them.socket
	peer them "${FLAG[@]}" listen "${HERE[@]}" "${@:2}"
	address_of "$1"
}

# A relay, "us", that listens in DOMAIN and leads to TO: sets PORT.
relay() { # DOMAIN ARGS...
	rm -f us.err us.status
	domain "$1" us.socket
	listen us "${@:2}" --to "$TO" "${LISTEN[@]}"
}

# A peer.py that is a client of a relay that listens in DOMAIN.
client() { # NAME DOMAIN STEP...
	rm -f "$1.err" "$1.status"
	domain "$2"
	start "$1" python3 "$TESTS/peer.py" "${FLAG[@]}" connect "${THERE[@]}" "$PORT" "${@:3}"
}

# A target for many, "echo", that sends back what comes: sets TO. It says how long each datagram was.
echoes() { # DOMAIN
	local marks=()
	if has_end "$1"; then
		domain "$1" echo.socket
		[[ $1 != seqpacket ]] || marks=(--lines)
		listen echo -k "${marks[@]}" -e cat "${LISTEN[@]}"
	else
		start echo python3 "$TESTS/listeners.py" echo "$1"
		eventually listening echo
	fi
	address_of "$1"
}

# The relay is told to end, and nothing is left of it.
stop() {
	kill -TERM "$(pid_of us)"
	finish us 143
	run find . -name 'strait.*' -o -name us.socket
	assert_output ''
}

said() { # NAME REGEX
	grep -Eq -- "$2" "$1.err"
}

descriptors() {
	local all=("/proc/$1/fd"/*)
	echo "${#all[@]}"
}
has_descriptors() { # PID COUNT
	(($(descriptors "$1") == $2))
}

# --- Every pair of sides, without and with -k

# Text, whose lines make messages. The last one is not empty: a portable build takes that for the end.
some_lines() {
	python3 -c '
import random
for n in range(40):
    print("".join(random.choices("strait", k=random.choice((0, 1, 10, 1000)))))
print("end")'
}

# There and back again.
arrives() { # NAME...
	local name
	domain "$from"
	for name; do
		start "$name" "${STRAIT[@]}" "${messages[@]}" "${CONNECT[@]}" "$PORT"
	done
	for name; do
		finish "$name"
		cmp "$name.in" "$name.out"
	done
}

passes() { # FROM TO
	local from=$1 to=$2 marks=() messages=() name
	is_stream "$from" || messages=(--lines)
	if is_stream "$from"; then
		is_stream "$to" || marks=(--lines)
	elif is_stream "$to"; then
		marks=(--lines)
	fi
	for name in one two three; do
		if is_stream "$from" && is_stream "$to"; then
			random 500000 "$name.in"
		else
			some_lines >"$name.in"
		fi
	done
	echoes "$to"
	relay "$from" "${marks[@]}"
	arrives one
	if has_end "$from"; then finish us; else stop; fi
	relay "$from" -k "${marks[@]}"
	arrives two three
	stop
}

# @domain: tcp=TCP over IPv4 | tcp6=TCP over IPv6 | unix=unix stream | seqpacket=unix seqpacket | udp=UDP over IPv4 | unixgram=unix datagrams
@test "from @domain to TCP over IPv4" { passes @domain tcp; }
@test "from @domain to TCP over IPv6" { passes @domain tcp6; }
@test "from @domain to unix stream" { passes @domain unix; }
@test "from @domain to UDP over IPv4" { passes @domain udp; }
@test "from @domain to unix datagrams" { passes @domain unixgram; }
@test "from unix seqpacket to unix seqpacket" { passes seqpacket seqpacket; }
@test "from UDP over IPv6 to UDP over IPv6" { passes udp6 udp6; }

# Other netcats to lead to: each is asked, and answers.
tool_words() { # TOOL DOMAIN
	case $1 in
	nc)
		TOOL=(nc.openbsd -n -l)
		! is_stream "$2" || TOOL+=(-N)
		TOOL+=("${LISTEN[@]}")
		;;
	ncat) TOOL=(ncat -n -l "${LISTEN[@]}") ;;
	socat)
		PORT=$NAME
		TOOL=(socat -t "$LIMIT" "$(socat_address listens "$2")" STDIO)
		;;
	esac
}

# The port, or path, that a program has opened: as the system knows.
opened() { # PID
	local line word words
	while read -r line; do
		read -ra words <<<"$line"
		for word in "${words[@]:4}"; do
			if [[ $word == *:[1-9]* || $word == tool.socket ]]; then
				PORT=${word##*:}
				return
			fi
		done
	done < <(ss -Hanptux | grep "pid=$1,")
	return 1
}

answers() { # TOOL DOMAIN
	needs ss
	random 5000 tool.in
	random 5000 client.in
	domain "$2" tool.socket
	tool_words "$1" "$2"
	start tool "${TOOL[@]}"
	eventually opened "$(pid_of tool)"
	address_of "$2"
	relay unix -k
	start client "${STRAIT[@]}" -U us.socket
	finish client
	cmp tool.in client.out
	eventually cmp -s client.in tool.out
	stop
}

# @domain: tcp=IPv4 | tcp6=IPv6
@test "nc.openbsd answers over TCP and @domain" { answers nc @domain; }
# @domain: unix=a unix socket | udp=UDP | unixgram=unix datagrams
@test "nc.openbsd answers over @domain" { answers nc @domain; }
@test "ncat answers over @domain" { answers ncat @domain; }
# @tool: ncat | socat
# @domain: tcp=IPv4 | tcp6=IPv6
@test "@tool answers over TCP and @domain" { answers @tool @domain; }
# @domain: unix=a unix socket | udp=UDP
@test "socat answers over @domain" { answers socat @domain; }

# --- How an address is written

leads_to() { # TO ARGS...
	rm -f us.err us.status
	listen us "${@:2}" --to "$1" -U us.socket
	run -0 strait -U us.socket <<<hello
	assert_output hello
	finish us
}

@test "an address may say its protocol, or not" {
	local name port
	echoes tcp
	port=$PORT
	for name in "127.0.0.1:$port" "localhost:$port" "tcp:127.0.0.1:$port" "tcp:[127.0.0.1]:$port"; do
		leads_to "$name"
	done
	leads_to "127.0.0.1:$port" -n
}
@test "an IPv6 address is in brackets" {
	echoes tcp6
	leads_to "${TO#tcp:}"
	leads_to "$TO"
}
@test "a unix socket is a stream for streams" {
	echoes unix
	leads_to unix:echo.socket
	leads_to "unixstream:$PWD/echo.socket"
}
@test "an abstract name is an address, too" {
	needs_linux_build
	local name=@strait-$$-$BATS_TEST_NUMBER
	listen echo -k -e cat -U "$name"
	leads_to "unix:$name"
	leads_to "unixstream:$name"
}
@test "UDP is asked for with udp:, and by a stream too" {
	echoes udp
	leads_to "$TO" --lines
	leads_to "$TO"
}
@test "unix datagrams are asked for with unixgram:" {
	echoes unixgram
	leads_to "$TO"
}

# Without a kind of its own, the target is of the listener's.
@test "of what has no type, datagrams lead to UDP" {
	echoes udp
	relay udp
	TO=127.0.0.1:${TO##*:}
	domain udp
	listen two --to "$TO" "${LISTEN[@]}"
	run -0 strait -u "${THERE[@]}" "$PORT" <<<hello
	assert_output hello
}
@test "of what has no type, datagrams lead to unix datagrams" {
	echoes unixgram
	TO=unix:echo.socket
	relay udp
	run -0 strait -u "${THERE[@]}" "$PORT" <<<hello
	assert_output hello
}

@test "a service may be named" {
	mkdir etc
	echo 'straitjacket 54321/tcp' >etc/services
	network
	listen echo -e cat 127.0.0.1 54321
	leads_to 127.0.0.1:straitjacket
}

@test "what is no address is refused" {
	local bad
	for bad in '' :80 host: host ::1:80 '[::1]80' '[::1' '[]:80' host:0 host:65536 host:80-90 host:-1 \
		host:no-such-service sctp:host:80 tcp: udp: tcp:host tcp:/path tcp:unix:/path @name /path \
		unix: unixstream: unixgram: 'host:80 ' "unix:$(printf '%0120d' 0)"; do
		refused 2 -l --to "$bad" 127.0.0.1 0 '^strait: .*(see strait --help)'
	done
}

@test "the line that refuses an address names --to" {
	local bad
	for bad in host host:0 unix: "unixgram:$(printf '%0120d' 0)"; do
		refused 2 -l --to "$bad" 127.0.0.1 0 '^strait: --to'
	done
}

@test "--to excludes what has nothing to do" {
	local other
	for other in --broker --chat '-e cat' '--sh-exec cat' -C -t --recv-only --send-only; do
		# shellcheck disable=SC2086 # words
		refused 2 -l --to host:1 $other 127.0.0.1 0 '--to'
	done
	refused 2 --to host:1 127.0.0.1 1 '--to needs -l'
}

# --- How it ends

PAIRS=('tcp tcp' 'tcp unix' 'unix tcp' 'unix unix' 'seqpacket seqpacket')

# COMMAND FROM TO for each of PAIRS, in a directory that is empty but for *.kept.
every() {
	local pair
	for pair in "${PAIRS[@]}"; do
		echo "$pair" >&2
		# shellcheck disable=SC2086 # words
		"$1" $pair
		find . -mindepth 1 ! -name '*.kept' -delete
	done
}

client_finishes_first() {
	target "$2" rest file:data.kept
	relay "$1"
	client one "$1" send:question shut rest
	finish one
	finish them
	finish us
	assert_equal "$(<them.out)" question
	cmp data.kept one.out
}
target_finishes_first() {
	target "$2" send:hello shut rest
	relay "$1"
	client one "$1" rest file:data.kept
	finish one
	finish them
	finish us
	assert_equal "$(<one.out)" hello
	cmp data.kept them.out
}
@test "the client's half-close is the target's end of input, and the answer goes on" {
	random 60000 data.kept
	every client_finishes_first
}
@test "the target's half-close is the client's end, and what the client says goes on" {
	random 60000 data.kept
	every target_finishes_first
}

both_at_once() {
	target "$2" pour:them.kept rest
	relay "$1"
	client one "$1" pour:one.kept rest
	finish one
	finish them
	finish us
	cmp them.kept one.out
	cmp one.kept them.out
}
@test "megabytes go both ways at once" {
	local PAIRS=('tcp tcp' 'tcp unix' 'unix tcp' 'unix unix')
	random 3000000 one.kept
	random 2000001 them.kept
	every both_at_once
}
@test "megabytes go both ways at once, copied" {
	local PAIRS=('tcp tcp' 'unix unix')
	export STRAIT_NO_SPLICE=1
	random 3000000 one.kept
	random 2000001 them.kept
	every both_at_once
}

# Whoever reads on is told of a reset.
was_reset() {
	finish "$1" 1
	assert_said "$1" 'reset by peer'
}

client_resets() { # SIZE
	random "$1" data
	target tcp touch:met await:go rest
	relay tcp
	client one tcp await:met file:data acked reset
	finish one
}
target_resets() {
	random "$1" data
	target tcp file:data acked reset
	relay tcp
	client one tcp await:go rest
	finish them
}
@test "the client's reset is one for the target, after what was said" {
	client_resets 50000
	finish us 1
	assert_complained us 'read from 127.0.0.1 [0-9]+: Connection reset by peer'
	touch go
	was_reset them
	cmp data them.out
}
@test "the target's reset is one for the client, after what was said" {
	target_resets 50000
	finish us 1
	assert_complained us "read from $TO: Connection reset by peer"
	touch go
	was_reset one
	cmp data one.out
}
@test "the client's reset comes to the target behind all that was said, however slow it is" {
	client_resets 1000000
	touch go
	was_reset them
	cmp data them.out
}
@test "the target's reset comes to the client behind all that was said, however slow it is" {
	target_resets 1000000
	touch go
	was_reset one
	cmp data one.out
}
@test "resets, with -k: it is told, and others come and go" {
	target tcp recv:5 reset
	relay tcp -k
	client one tcp send:hello rest
	was_reset one
	eventually said us "^strait: 127.0.0.1 [0-9]+: read from $TO: Connection reset by peer \(0 bytes sent, 5 received\)$"
	stop
}
@test "a client that resets while the target is silent" {
	target tcp recv:5 touch:heard rest
	relay tcp -k
	client one tcp send:hello await:heard reset
	was_reset them
	assert_equal "$(<them.out)" hello
	eventually said us 'strait: read from 127.0.0.1 .*: Connection reset by peer \(0 bytes sent, 5 received\)'
	stop
}

# It does not matter to a client what becomes of what nobody wants to have.
answers_too_early() {
	for _ in 1 2 3 4 5; do
		target "$2" recv:1 send:answer close
		relay "$1"
		client one "$1" pour:data.kept rest
		eventually test -s one.status
		assert_equal "$(<one.out)" answer
		eventually test -s us.status
		finish them
		rm -f -- *.socket
	done
}
@test "a target that answers and closes before it has heard all is heard" {
	local PAIRS=('tcp tcp' 'tcp unix' 'unix tcp' 'unix unix')
	random 3000000 data.kept
	every answers_too_early
}

# There is no way to say more, and nobody to hear it.
target_goes() {
	target unix recv:5 send:bye close
	relay "$1"
	client one "$1" send:hello rest await:go
	finish them
	finish us
	touch go
	finish one
	assert_equal "$(<one.out)" bye
}
@test "a unix target that has gone ends the conversation, although the client could still speak" {
	local PAIRS=(tcp unix)
	every target_goes
}
@test "a unix client that has gone ends the conversation, although the target could still speak" {
	target tcp expect:hello queued await:go
	relay unix
	client one unix send:hello close
	finish one
	finish us
	touch go
	finish them
}
@test "seqpacket: a target that has gone ends the conversation" {
	target seqpacket recv:5 send:bye close
	relay seqpacket
	client one seqpacket send:hello rest await:go
	finish them
	finish us
	touch go
	finish one
	assert_equal "$(<one.out)" bye
}

# It reads nothing, says nothing, and stays.
@test "a unix target that hears nothing more ends the conversation" {
	start them python3 "$TESTS/listeners.py" deaf
	eventually listening them
	TO=unix:them.socket
	relay tcp
	client one tcp expect:deaf send:hello rest
	finish us 1
	assert_complained us "write to $TO: Broken pipe \(4 bytes sent, 0 received\)"
	eventually test -s one.status
}

@test "-q: the target gets so long to answer" {
	target tcp rest await:go
	relay tcp -q 200ms
	clock_start
	client one tcp send:question shut rest
	finish us 4
	assert_took 200
	assert_complained us 'timed out: tcp:.* had not finished 200ms after 127.0.0.1 [0-9]+ had'
	touch go
}
@test "-w: nothing moves for so long" {
	target unix rest
	relay tcp -k -w 200ms
	clock_start
	client one tcp send:question rest
	eventually test -s one.status
	assert_took 200
	eventually said us '^strait: 127.0.0.1 [0-9]+: timed out: nothing moved for 200ms \(0 bytes sent, 8 received\)$'
	finish them
	stop
}

# --- Slow readers

# Its memory at the most, in kB.
peak() {
	awk '/^VmHWM/ { print $2 }' "/proc/$1/status"
}

# Asks a server that stalls for who says so, and else sends back what comes.
echoes_or_stalls() {
	domain "$1" echo.socket
	# shellcheck disable=SC2016 # for the server
	listen echo -k --sh-exec 'read -r word; [ "$word" != stall ] || exec tail -f /dev/null; exec cat' \
		"${LISTEN[@]}"
	address_of "$1"
}

target_stalls() {
	local filled
	target "$2" await:go rest
	relay "$1"
	client one "$1" fill touch:filled
	eventually test -e filled
	eventually test -s one.status
	filled=$(grep -oP 'filled \K.*' one.err)
	[[ -n ${SLOW:-} ]] || (($(peak "$(pid_of us)") < 16000))
	((filled < 32 << 20))
	touch go
	finish them
	finish us
	assert_equal "$(wc -c <them.out)" "$filled"
}
client_stalls() {
	local filled
	target "$2" fill touch:filled
	relay "$1"
	client one "$1" await:go rest
	eventually test -e filled
	eventually test -s them.status
	filled=$(grep -oP 'filled \K.*' them.err)
	[[ -n ${SLOW:-} ]] || (($(peak "$(pid_of us)") < 16000))
	((filled < 32 << 20))
	touch go
	finish one
	finish us
	assert_equal "$(wc -c <one.out)" "$filled"
}
@test "a target that does not read stops the client, and loses nothing" {
	every target_stalls
}
@test "a target that does not read stops the client, and loses nothing, copied" {
	export STRAIT_NO_SPLICE=1
	every target_stalls
}
@test "a client that does not read stops the target, and loses nothing" {
	every client_stalls
}

delays_nobody() {
	echoes_or_stalls "$2"
	relay "$1" -k
	client slow "$1" 'send:stall\n' fill touch:filled await:go
	eventually test -e filled
	(echo go; cat data.kept) >quick.in
	domain "$1"
	start quick "${STRAIT[@]}" "${CONNECT[@]}" "$PORT"
	finish quick
	cmp data.kept quick.out
	stop
	touch go
}
@test "one that has stalled delays no other" {
	local PAIRS=('tcp tcp' 'unix unix')
	random 1000000 data.kept
	every delays_nobody
}

@test "the other direction goes on while one is stuck" {
	target tcp fill touch:filled recv:5 touch:heard shut rest
	relay tcp
	client one tcp await:filled send:hello await:heard rest
	finish one
	finish them
	finish us
	assert_equal "$(<them.out)" hello
}

# --- Nobody there

closes() { # STATUS CLIENT-DOMAIN
	client one "$2" rest
	eventually test -s one.status
	[[ ! -s one.out ]]
	finish us "$1"
}

@test "a target that refuses closes the client, with status 1" {
	free_port
	TO=127.0.0.1:$FREE
	relay tcp
	closes 1 tcp
	assert_complained us "connect to $TO: Connection refused"
}
@test "a unix target that is not there closes the client, with status 2" {
	TO=unix:nobody.socket
	relay unix
	closes 2 unix
	assert_complained us "connect to $TO: No such file or directory"
}
@test "a target of another type closes the client" {
	TO=unixgram:them.socket
	peer them -U listen them.socket rest
	relay unix
	closes 2 unix
	assert_complained us "connect to $TO: Protocol wrong type for socket: it is a stream"
}
@test "a target's name that is not found closes the client, with status 3" {
	network
	TO=nobody.invalid:80
	relay unix
	closes 3 unix
	assert_complained us 'resolve nobody.invalid: .*'
}
@test "a number is not looked up with -n, and a name is refused" {
	network
	TO=localhost:80
	refused 2 -l -U -n --to localhost:80 socket '^strait: .*localhost.*'
}
@test "UDP: a target that refuses ends the session, with -k that of one alone" {
	free_port
	TO=udp:127.0.0.1:$FREE
	relay udp
	client one udp send:hello
	finish us 1
	assert_complained us "(read from|write to) $TO: Connection refused.*"
	relay udp -k
	client one udp send:hello
	eventually said us "strait: .* $TO: Connection refused"
	[[ ! -e us.status ]]
	stop
}

# With -k it goes on, and somebody may be there later.
goes_on() { # LINE
	relay unix -k
	client one unix rest
	eventually test -s one.status
	eventually said us "^strait: us.socket: $1"
	[[ ! -s one.out && ! -e us.status ]]
}
then_answers() {
	listening us
	client two unix send:hello shut rest
	finish two
	assert_equal "$(<two.out)" answer
	stop
}
@test "-k: a target that refuses is told, and found when it is there" {
	free_port
	TO=127.0.0.1:$FREE
	goes_on "connect to $TO: Connection refused"
	peer them listen 127.0.0.1 "$FREE" expect:hello send:answer
	then_answers
}
@test "-k: a unix target that is not there is told, and found when it is" {
	TO=unix:them.socket
	goes_on "connect to $TO: No such file or directory"
	peer them -U listen them.socket expect:hello send:answer
	then_answers
}
@test "-k: a name that is not found is told, and found when it is there" {
	network
	TO=later:54321
	goes_on 'resolve later: '
	echo '127.0.0.1 later' >>etc/hosts
	start them "${IN_US[@]}" python3 "$TESTS/peer.py" listen 127.0.0.1 54321 expect:hello send:answer
	eventually listening them
	then_answers
}

silent() { # DOMAIN ARGS...
	domain "$1" full.socket
	peer full "${FLAG[@]}" full "${HERE[@]}" await:go
	eventually listening full
	address_of "$1"
	relay unix "${@:2}"
	clock_start
	closes 4 unix
	assert_took 300 4000
	assert_said us "^strait: connect to $TO: "
}
# @domain: tcp=TCP | unix
@test "--wait: a silent target is not waited for for ever, @domain" { silent @domain --wait 300ms; }
@test "-w holds for connecting" {
	silent tcp -w 300ms
}
@test "--retry: a silent target is given up in time" {
	silent tcp --retry 300ms
}
@test "--retry: a target that refuses is given up in time, with status 4" {
	free_port
	TO=127.0.0.1:$FREE
	relay unix --retry 300ms
	clock_start
	closes 4 unix
	assert_took 300 4000
	assert_said us "^strait: connect to $TO: Connection refused: gave up after 300ms"
}
@test "--wait is no time for what comes after" {
	target tcp recv:5 pause:0.5 send:late
	relay tcp --wait 200ms
	client one tcp send:hello rest
	finish one
	finish us
	assert_equal "$(<one.out)" late
}

comes_later() { # DOMAIN FROM
	domain "$1" them.socket
	is_local "$1" || HERE[-1]=$FREE
	local where=("${HERE[@]}")
	PORT=${HERE[-1]}
	address_of "$1"
	relay "$2" --retry
	client one "$2" send:hello shut rest
	eventually said us 'strait: connect to .*; trying again'
	domain "$1"
	peer them "${FLAG[@]}" listen "${where[@]}" rest send:answer
	finish one
	finish us
	assert_equal "$(<them.out)" hello
	assert_equal "$(<one.out)" answer
}
@test "--retry: a target that comes later has all that the client has said, TCP" {
	free_port
	comes_later tcp unix
}
@test "--retry: a target that comes later has all that the client has said, unix" {
	comes_later unix tcp
}
@test "--retry: a target that comes later has all that the client has said, seqpacket" {
	comes_later seqpacket seqpacket
}
@test "--retry: datagrams are kept until the target is there" {
	TO=unixgram:them.socket
	relay udp -k --retry
	client one udp send:one send:two message
	eventually said us 'strait: connect to .*; trying again'
	peer them -Uu listen them.socket message message send:answer
	finish them
	finish one
	assert_equal "$(<them.out)" $'one\ntwo'
	assert_equal "$(<one.out)" answer
	stop
}

@test "--retry: a client that has gone is not connected for" {
	TO=unix:them.socket
	relay tcp -k --retry --max-conns 1
	client one tcp send:one acked await:go reset
	eventually said us 'strait: connect to .*; trying again'
	touch go
	finish one
	eventually served
	peer them -U listen them.socket rest
	finish two
	finish them
	assert_equal "$(<them.out)" two
}
# Tries until there is room for one more.
served() {
	local before
	before=$(grep -c 'Connection received' us.err)
	client two tcp send:two acked shut rest
	until (($(grep -c 'Connection received' us.err) > before)); do
		[[ ! -e two.status ]] || { rm two.status; return 1; }
		moment
	done
}
@test "--retry: who waits delays no other" {
	target unix rest send:answer
	free_port
	relay tcp -k --retry
	mv them.socket away.socket
	client one tcp send:one shut rest
	eventually said us 'strait: connect to .*; trying again'
	mv away.socket them.socket
	finish one
	stop
}

# --- What is said

@test "-v: the bytes each way are told, to and from the client" {
	target tcp rest send:answer!
	relay tcp -k
	client one tcp send:hello shut rest
	finish one
	eventually said us '^strait: 127\.0\.0\.1 [0-9]+: closed \(7 bytes sent, 5 received\)$'
	stop
}
@test "-v: the bytes are told when there is one client alone" {
	target unix rest send:answer!
	relay unix
	client one unix send:hello shut rest
	finish one
	finish us
	assert_said us '^strait: us.socket: closed \(7 bytes sent, 5 received\)$'
}
@test "nothing is said without -v" {
	echoes unix
	STRAIT=(bash -c 'exec "$@" 2>quiet.err' strait "${STRAIT[@]}")
	start us "${STRAIT[@]}" -l -k --to "$TO" -U us.socket
	eventually test -S us.socket
	run -0 strait -U us.socket <<<hello
	stop
	[[ ! -s quiet.err ]]
}

# --- Splicing

spliced() {
	needs strace
	needs_linux_build
	random 3000000 data.kept
	target tcp pour:data.kept rest
	STRAIT=(strace -f -o calls -e trace=splice "${STRAIT[@]}")
	relay unix
	client one unix pour:data.kept rest
	finish one
	finish them
	finish us
	cmp data.kept one.out
	cmp data.kept them.out
}
@test "what goes between two streams is spliced" {
	[[ -z ${STRAIT_NO_SPLICE+set} ]] || skip "splicing is switched off"
	spliced
	# Each byte twice, but for the first ones.
	(($(awk '/splice.* = [0-9]+$/ { sum += $NF } END { print sum }' calls) > 4 * 2500000))
}
@test "what goes between two streams is copied with STRAIT_NO_SPLICE" {
	export STRAIT_NO_SPLICE=1
	spliced
	run -1 grep splice calls
}

# --- Datagrams: a conversation for each who sends

# Some who send at the same time, to the address that follows their kind. Each sends datagrams of its
# own, some of them empty, and then one of LONGEST bytes, and has to get them back, in order.
all_are_answered() { # FROM TO COUNT LONGEST
	echoes "$2"
	relay "$1" -k
	run timeout "$LIMIT" python3 "$TESTS/clients.py" senders "$1" "$3" "$4" "${THERE[@]}" "$PORT"
	assert_output "all is well"
	stop
}
@test "UDP: each who sends is answered himself, in whole datagrams" {
	all_are_answered udp udp 5 65507
}
@test "UDP over IPv6: each who sends is answered himself, in whole datagrams" {
	all_are_answered udp6 udp6 3 65507
}
@test "unix datagrams: each who sends is answered himself, in whole datagrams" {
	all_are_answered unixgram unixgram 5 100000
}
@test "from unix datagrams to UDP: each who sends is answered himself" {
	all_are_answered unixgram udp 3 65507
}
@test "from UDP to unix datagrams: each who sends is answered himself" {
	all_are_answered udp unixgram 3 65507
}
@test "UDP: one alone is served without -k, whoever else sends" {
	echoes udp
	relay udp
	client one udp send:one expect:one touch:met await:go send:again expect:again
	eventually test -e met
	client two udp send:two
	finish two
	touch go
	finish one
	assert_equal "$(paste -sd ' ' echo.out)" '3 5'
	stop
}

@test "a datagram session ends when it has been idle, and begins anew" {
	local pid before
	echoes udp
	relay udp -k --idle-timeout 200ms
	pid=$(pid_of us)
	before=$(descriptors "$pid")
	client one udp send:hello expect:hello touch:met await:go send:again expect:again
	eventually test -e met
	eventually said us '^strait: 127\.0\.0\.1 [0-9]+: closed \(5 bytes sent, 5 received\)$'
	eventually has_descriptors "$pid" "$before"
	touch go
	finish one
	eventually has_descriptors "$pid" "$before"
	(($(grep -c 'Connection received' us.err) == 2))
	stop
}
@test "a session is not idle while either side speaks" {
	target udp message send:1 pause:0.2 send:2 pause:0.2 send:3 pause:0.2 send:4 pause:0.2 send:5
	relay udp -k --idle-timeout 500ms
	client one udp send:hello expect:12345
	finish one
	stop
}
@test "unix datagrams: the private names go with their sessions" {
	echoes unixgram
	relay udp -k --idle-timeout 200ms
	client one udp send:hello expect:hello
	client two udp send:hello expect:hello
	finish one
	finish two
	run -0 bash -c 'ls -d strait.* | wc -l'
	eventually no_names
	stop
}
no_names() {
	! compgen -G 'strait.*' >/dev/null
}
@test "unix datagrams: a private name goes when the target is not there" {
	TO=unixgram:nobody.socket
	relay udp -k
	client one udp send:hello
	eventually said us 'connect to unixgram:nobody.socket: No such file or directory'
	eventually no_names
	stop
}
# COUNT who send datagrams are all answered, whatever else holds a place; askers.py takes MODE.
askers_are_answered() { # DOMAIN COUNT [MODE]
	run -0 timeout -k 1 "$LIMIT" python3 "$TESTS/clients.py" askers "$1" "$PORT" "${@:2}" 3>&-
}
# What is lost, or had to give way, is said once, and without -v.
quiet_relay() { # DOMAIN ARGS...
	domain "$1" us.socket
	start us "${@:2}" "${STRAIT[@]}" -l -k --to "$TO" "${LISTEN[@]}"
	if [[ $1 == unixgram ]]; then
		PORT=$NAME
		eventually test -S "$NAME"
	else
		eventually listening us
	fi
}
says_once() { # REGEX
	eventually said us "$1"
	(($(grep -c '^strait: ' us.err) == 1))
}

@test "UDP: more who send than there are places for are all answered, and that is said once" {
	echoes udp
	quiet_relay udp
	askers_are_answered udp 1300
	says_once '^strait: there are 1000 sessions: the one that has been idle longest is dropped for a new one'
	stop
}
@test "unix datagrams: more who send than there are places for are all answered" {
	echoes unixgram
	quiet_relay unixgram
	askers_are_answered unixgram 1100
	says_once '^strait: there are 1000 sessions: the one that has been idle longest is dropped for a new one'
	stop
}
@test "UDP: 1500 datagrams that nobody answers for lock nobody out" {
	echoes udp
	quiet_relay udp
	askers_are_answered udp 1500 silent
	stop
}
@test "UDP: where descriptors are short, who has been silent longest gives way" {
	[[ -z ${SLOW:-} ]] || skip "the tool that it runs under needs descriptors itself"
	echoes udp
	quiet_relay udp prlimit --nofile=32:32
	askers_are_answered udp 100
	says_once '^strait: there are [0-9]+ sessions: the one that has been idle longest is dropped for a new one'
	stop
}
@test "of sessions beyond --max-conns the one that has been idle longest is dropped for a new one" {
	echoes udp
	relay udp -k --max-conns 2
	client one udp send:one expect:one touch:one.met await:go send:again expect:again touch:one.again await:last send:oncemore expect:oncemore
	eventually test -e one.met
	client two udp send:two expect:two touch:two.met quiet:1
	eventually test -e two.met
	touch go
	eventually test -e one.again
	client three udp send:three expect:three
	finish three
	eventually said us '^strait: 127\.0\.0\.1 [0-9]+: closed \(3 bytes sent, 3 received\)$'
	# The first one has its session still.
	touch last
	finish one
	finish two
	assert_equal "$(grep -c 'Connection received' us.err)" 3
	assert_equal "$(grep -c 'closed' us.err)" 1
	stop
}
@test "--max-conns 0 admits no session" {
	echoes udp
	relay udp -k --max-conns 0
	client one udp send:one quiet:0.2
	finish one
	eventually said us '^strait: refused 127\.0\.0\.1 [0-9]+: the limit is reached \(--max-conns 0\)'
	stop
}
@test "a target that has gone ends only its own session" {
	start them python3 "$TESTS/peer.py" -Uu listen them.socket message send:bye
	eventually listening them
	TO=unixgram:them.socket
	relay udp -k
	client one udp send:hello expect:bye await:gone send:more
	finish them
	touch gone
	finish one
	eventually said us "^strait: 127.0.0.1 [0-9]+: write to $TO: Connection refused \(3 bytes sent, 5 received\)"
	rm them.socket
	target unixgram message send:bye
	listening us
	client two udp send:hello expect:bye
	finish two
	stop
}

# --- Messages between streams and datagrams

frames_there_and_back() { # FROM TO
	frames write a '' @1000 bc @60000 >one.in
	echoes "$2"
	relay "$1" --frames -q 1
	domain "$1"
	start one "${STRAIT[@]}" "${CONNECT[@]}" "$PORT"
	finish one
	cmp one.in one.out
	finish us
	assert_equal "$(paste -sd " " echo.out)" '1 0 1000 2 60000'
}
@test "--frames: a stream's frames are the target's datagrams, UDP" {
	frames_there_and_back tcp udp
}
@test "--frames: a stream's frames are the target's datagrams, unix" {
	frames_there_and_back unix unixgram
}
@test "--lines: a stream's lines are the target's datagrams" {
	echoes udp
	relay unix --lines
	run -0 strait -U us.socket <<<$'one\n\nthree'
	assert_output $'one\n\nthree'
	finish us
	assert_equal "$(paste -sd " " echo.out)" '3 0 5'
}
@test "--frames: datagrams are the target's frames" {
	target tcp recv:17 'send:\0\0\0\3yes\0\0\0\0'
	relay udp -k --frames
	client one udp send:one send: send:three message message
	finish one
	finish them
	printf '\0\0\0\3one\0\0\0\0\0\0\0\5three' | head -c 17 >expected
	cmp expected them.out
	printf 'yes\n\n' | cmp - one.out
	stop
}
@test "--frames: a frame that is too long for the target ends the conversation" {
	frames write @65508 >one.in
	echoes udp
	relay tcp --frames
	domain tcp
	start one "${STRAIT[@]}" "${CONNECT[@]}" "$PORT"
	finish us 2
	assert_complained us "write to $TO: message too long: the limit is 65507 bytes.*"
}
@test "--lines: datagrams are the target's lines" {
	target unix recv:14 'send:yes\n\nno\n'
	relay udp -k --lines
	client one udp send:one send: send:three 'send:four\n' message message message
	finish one
	finish them
	printf 'one\n\nthree\nfour\n' | head -c 14 | cmp - them.out
	printf 'yes\n\nno\n' | cmp - one.out
	stop
}
@test "without --lines or --frames a stream is cut as it comes, and datagrams are joined" {
	target unix recv:8 send:answer
	relay udp -k
	client one udp send:one send:three message
	finish one
	assert_equal "$(<them.out)" onethree
	assert_equal "$(<one.out)" answer
	stop
}

# --- Who may come

@test "who is not on the list is not connected for" {
	target tcp rest
	relay tcp -k --deny 127.0.0.1
	client one tcp rest
	eventually said us '^strait: refused 127\.0\.0\.1 [0-9]+: denied$'
	[[ ! -e them.status ]]
	eventually test -s one.status
	stop
	[[ ! -e them.status ]]
}
@test "who is on the list is" {
	echoes tcp
	relay tcp -k --allow 127.0.0.0/8
	client one tcp send:hello shut rest
	finish one
	assert_equal "$(<one.out)" hello
	stop
}
@test "datagrams of those who are denied are thrown away" {
	echoes udp
	relay udp -k --deny 127.0.0.1
	client one udp send:hello quiet:0.2
	finish one
	assert_said us '^strait: refused 127\.0\.0\.1 [0-9]+: denied$'
	stop
}

# --- Many

# COUNT clients: all are there before the first one says something, and all that is said is a client's
# own.
a_hundred() { # FROM TO
	local pid before
	echoes "$2"
	relay "$1" -k
	pid=$(pid_of us)
	before=$(descriptors "$pid")
	run timeout "$LIMIT" python3 "$TESTS/clients.py" echoed "${THERE[@]}" "$PORT" 100
	assert_output 'all is well'
	eventually has_descriptors "$pid" "$before"
	eventually has_closed 100
	stop
}
has_closed() { # COUNT
	(($(grep -c 'closed (20000 bytes sent, 20000 received)' us.err) == $1))
}
@test "a hundred conversations at once, TCP" {
	a_hundred tcp unix
}
@test "a hundred conversations at once, unix" {
	a_hundred unix tcp
}
@test "SIGTERM ends all conversations" {
	target unix queued await:go rest
	relay tcp -k
	client one tcp send:hello touch:said rest
	eventually test -e said
	stop
	eventually test -s one.status
	touch go
	finish them
	assert_equal "$(<them.out)" hello
}
