#!/usr/bin/env bats
# Serving many clients of streams and seqpackets with -k: what they say, what they are sent, how each
# of them ends, and that none of that ends the server.

# Each test has a STRAIT, a SERVER and so on of its own.
# shellcheck disable=SC2030,SC2031
load helpers

# Not whole pages, and more than a socket holds.
SIZE=$(((1 << 20) + 4321))
# More than the window on standard input and all buffers on the way hold together.
LARGE=$((32 << 20))

# Lets us serve on DOMAIN (tcp, tcp6, unix, seqpacket). The process is SERVER.
serve() { # DOMAIN ARGS...
	domain "$1"
	listen us -k "${@:2}" "${LISTEN[@]}"
	SERVER=$(pid_of us)
}

client() { # NAME STEP...
	peer "$1" "${FLAG[@]}" connect "${THERE[@]}" "$PORT" "${@:2}"
}

# One client, up to its end; one that is turned away, which is a reset of TCP.
visit() { # NAME STEP...
	client "$@"
	finish "$1"
}
turned_back() { # NAME
	local status=1
	[[ ${FLAG[0]-} != -[UQ] ]] || status=0
	client "$1" rest
	finish "$1" "$status"
}

# So many clients have come so far; so many are there now.
came() {
	(($(grep -c '^Connection received' us.err) == $1))
}
present() {
	local count
	count=$(find "/proc/$SERVER/fd" -lname 'socket:*' 2>/dev/null | wc -l)
	((count == $1 + LISTENERS))
}
LISTENERS=1

# A client has come, and all is ready for it.
joins() { # NAME STEP...
	local before
	before=$(grep -c '^Connection received' us.err || :)
	client "$@"
	eventually came $((before + 1))
}

# Standard output is this, so far.
is_out() {
	[[ $(<us.out) == "$1" ]]
}

# The server goes on, and hears who comes.
goes_on() {
	refute [ -e us.status ]
	visit last send:"the last\n" close
	eventually grep -aq 'the last' us.out
	refute [ -e us.status ]
}

# What was said of clients, but for those that ended as they should.
complaints() {
	grep '^strait: ' us.err | grep -v ': closed' || :
}

# --- What clients say

side_by_side() {
	serve "$1" </dev/null
	joins idle await:over
	joins one send:'one ' await:two send:'three '
	eventually is_out 'one '
	joins two send:'two '
	eventually is_out 'one two '
	touch two
	eventually is_out 'one two three '
	goes_on
	touch over
	finish idle
	eventually present 0
	assert_equal "$(complaints)" ''
}

# @domain: tcp=TCP over IPv4 | tcp6=TCP over IPv6 | unix | seqpacket
@test "@domain: what clients say comes as they say it, beside an idle one" { side_by_side @domain; }

# COUNT clients, all of them there before the first says its line, each of them to its end.
crowd() { # DOMAIN COUNT
	start crowd python3 "$TESTS/clients.py" crowd "$1" "$2" "${THERE[@]}" "$PORT"
}
lines_out() {
	(($(wc -l <us.out) == $1))
}

many() {
	serve "$1" </dev/null
	crowd "$1" 60
	eventually lines_out 60
	touch crowd.go
	finish crowd
	assert_equal "$(sort us.out)" "$(for i in {0..59}; do echo "client $i"; done | sort)"
	eventually present 0
	goes_on
}

# @domain: tcp=TCP | unix | seqpacket
@test "@domain: 60 clients at once" { many @domain; }

much_from_many() {
	local i
	serve "$1" </dev/null
	for i in 1 2 3 4; do
		head -c "$SIZE" /dev/zero | tr '\0' "$i" >"data.$i"
		client "c$i" file:"data.$i" shut rest
	done
	for i in 1 2 3 4; do
		finish "c$i"
		assert_equal "$(tr -cd "$i" <us.out | wc -c)" "$SIZE"
	done
	assert_equal "$(wc -c <us.out)" $((4 * SIZE))
}

# @domain: tcp=TCP | unix
@test "@domain: much comes from several clients at once, all of it" { much_from_many @domain; }

# --- A regular file on standard input

whole_file() {
	random "$SIZE" us.in
	serve "$@"
	client one rest send:answer
	client two shut rest
	client three await:go rest
	finish one
	finish two
	eventually present 1
	visit later rest
	touch go
	finish three
	for client in one two three later; do
		cmp us.in "$client.out"
	done
	eventually is_out answer
	eventually present 0
	assert_equal "$(complaints)" ''
	goes_on
}

# @domain: tcp=TCP over IPv4 | tcp6=TCP over IPv6 | unix
@test "@domain: each client gets the whole file" { whole_file @domain; }
# @domain: tcp=TCP | unix
@test "STRAIT_NO_SPLICE, @domain: each client gets the whole file" { STRAIT_NO_SPLICE=1 whole_file @domain; }

# Its messages are longer than those that peer.py takes.
@test "seqpacket: each client gets the whole file" {
	random "$SIZE" us.in
	serve seqpacket
	joins idle await:over
	start one "${STRAIT[@]}" -U --seqpacket socket </dev/null
	start two "${STRAIT[@]}" -U --seqpacket socket <<<two
	finish one
	finish two
	strait -d -U --seqpacket socket >three.out
	for client in one two three; do
		cmp us.in "$client.out"
	done
	eventually is_out two
	touch over
	eventually present 0
}

file_to_two() {
	needs strace
	random "$SIZE" us.in
	STRAIT=(strace -f -qq -o trace -e trace=splice "${STRAIT[@]}")
	serve "$1"
	visit one rest
	visit two rest
	cmp us.in one.out
	cmp us.in two.out
}

@test "the file is spliced to clients" {
	needs_linux_build
	[[ -z ${STRAIT_NO_SPLICE+set} ]] || skip "splicing is switched off"
	file_to_two tcp
	assert [ "$(awk '/splice\(/ && / = [0-9]+$/ { sum += $NF } END { print sum + 0 }' trace)" -gt "$SIZE" ]
}
@test "STRAIT_NO_SPLICE: the file is copied to clients" {
	export STRAIT_NO_SPLICE=1
	file_to_two unix
	run -1 grep splice trace
}

@test "a file that was read in part before is sent from its start" {
	printf 'first\nsecond\nthird\n' >data
	STRAIT=(bash -c 'exec <data; read -r _; exec "$@"' strait "${STRAIT[@]}")
	serve tcp
	assert_equal "$(input_read "$SERVER")" 6
	visit one rest
	visit two rest
	cmp data one.out
	cmp data two.out
	assert_equal "$(input_read "$SERVER")" 6
}

@test "an empty file ends at once" {
	: >us.in
	serve tcp
	visit one rest send:'one '
	eventually is_out 'one '
	goes_on
}

@test "a client that reads slowly delays nobody, and gets the whole file" {
	random "$LARGE" us.in
	serve tcp
	joins slow await:go rest
	visit one rest
	visit two rest
	cmp us.in one.out
	cmp us.in two.out
	present 1
	touch go
	finish slow
	cmp us.in slow.out
	assert_equal "$(complaints)" ''
}

# --- A pipe on standard input

to_all() {
	feed await:both send:first await:late send:second await:end
	serve "$1"
	joins one expect:first touch:one expect:second rest
	joins two expect:first touch:two expect:second rest
	touch both
	eventually test -e one -a -e two
	joins late expect:second rest
	touch late
	# All have been sent all, and nobody has been told of an end.
	eventually drained
	refute [ -e one.status -o -e two.status -o -e late.status ]
	touch end
	finish one
	finish two
	finish late
	eventually present 0
	goes_on
	assert_equal "$(complaints)" ''
}
# Nothing is in the pipe.
drained() {
	(($(unread) == 0))
}
unread() {
	python3 -c '
import array, fcntl, sys, termios
count = array.array("i", [0])
fcntl.ioctl(open(sys.argv[1]), termios.FIONREAD, count)
print(count[0])' "/proc/$SERVER/fd/0"
}

# @domain: tcp=TCP over IPv4 | tcp6=TCP over IPv6 | unix | seqpacket
@test "@domain: what a pipe says goes to all, and to late ones from then on" { to_all @domain; }

@test "a pipe is read only while there is a client" {
	feed send:early touch:early await:gone send:between touch:between await:end
	serve tcp
	eventually test -e early
	assert_equal "$(unread)" 5
	visit one expect:early reset
	eventually present 0
	touch gone
	eventually test -e between
	assert_equal "$(unread)" 7
	joins two expect:between rest
	touch end
	finish two
}

much_to_all() {
	random "$SIZE" data
	feed await:all file:data
	serve "$@"
	joins one rest
	joins two rest
	joins three rest
	touch all
	for client in one two three; do
		finish "$client"
		cmp data "$client.out"
	done
	assert_equal "$(complaints)" ''
}

# @domain: tcp=TCP | unix | seqpacket
@test "@domain: much from a pipe goes to all" { much_to_all @domain; }
@test "STRAIT_NO_SPLICE, TCP: much from a pipe goes to all" { STRAIT_NO_SPLICE=1 much_to_all tcp; }

end_of_input() {
	feed send:bye
	serve "$1"
	visit one expect:bye rest send:'one '
	eventually is_out 'one '
	visit two rest send:'two '
	eventually is_out 'one two '
	goes_on
	assert_equal "$(complaints)" ''
}

@test "@domain: the end of a pipe half-closes clients, later ones too, and does not end the server" { end_of_input @domain; }

@test "an end of input that came before the first client" {
	wires '< <(:)'
	serve tcp
	visit one rest send:one
	eventually is_out one
	goes_on
}

@test "what is sent to all goes on when one of them has failed" {
	feed await:go send:first await:failed send:second
	serve tcp
	joins one expect:first touch:one expect:second rest
	joins two expect:first await:one reset
	touch go
	eventually present 1
	touch failed
	finish one
	goes_on
}

@test "standard input that cannot be read ends the server, status 5" {
	wires '<.'
	serve tcp
	client one broken
	finish us 5
	assert_complained us 'read from standard input: Is a directory'
	finish one
}

# --- /dev/null, a closed descriptor, a terminal

nothing_to_say() {
	serve "$1"
	visit one quiet:0.2 send:'one ' quiet:0.1 send:'more ' shut rest
	eventually is_out 'one more '
	assert_equal "$(<one.out)" ''
	goes_on
}

@test "@domain: with /dev/null a client is half-closed when it has finished itself" { nothing_to_say @domain </dev/null; }
@test "TCP: with standard input closed a client is half-closed when it has finished itself" {
	wires '<&-'
	nothing_to_say tcp
}

@test "what is typed on a terminal goes to all, and its end does not end the server" {
	run -0 timeout "$LIMIT" python3 "$TESTS/drive.py" terminal "${STRAIT[@]}"
	assert_output ''
}

# --- One way alone

@test "-d: nothing is sent of a file" {
	echo hello >us.in
	serve tcp -d
	visit one quiet:0.2 send:'one ' shut rest
	assert_equal "$(<one.out)" ''
	eventually is_out 'one '
	goes_on
}
@test "-d: a pipe is left alone" {
	feed send:hello touch:said await:end
	serve unix -d
	eventually test -e said
	visit one quiet:0.2 send:'one ' shut rest
	assert_equal "$(<one.out)" ''
	assert_equal "$(unread)" 5
	goes_on
}
send_only_file() {
	random "$SIZE" us.in
	serve "$1" --send-only
	visit one rest
	visit two rest
	cmp us.in one.out
	cmp us.in two.out
	eventually present 0
	assert_equal "$(<us.out)" ''
	refute [ -e us.status ]
}
# @domain: tcp=TCP | unix
@test "--send-only, @domain: a file goes to each, nothing comes out" { send_only_file @domain; }
@test "--send-only: a pipe goes to all, whose ends are not waited for" {
	feed await:go send:hello await:end
	serve tcp --send-only
	joins one send:ignored expect:hello touch:one rest touch:ended await:over
	joins two expect:hello rest
	touch go
	eventually test -e one
	touch end
	finish two
	eventually test -e ended
	eventually present 0
	assert_equal "$(<us.out)" ''
	refute [ -e us.status ]
	touch over
	finish one
}

# --- Half-closes

# Standard output is a pipe here: where it is not, who has finished and been told nothing has gone.
goes_on_receiving() {
	feed await:go send:first await:more send:second
	read_by expect:question touch:heard rest
	serve "$1"
	joins one send:question shut expect:first touch:one expect:second rest
	joins two expect:first expect:second rest
	eventually test -e heard
	touch go
	eventually test -e one
	touch more
	finish one
	finish two
	refute [ -e us.status ]
}

# @domain: tcp=TCP | unix | seqpacket
@test "@domain: a client that has finished goes on receiving" { goes_on_receiving @domain; }

@test "a client that is half-closed goes on sending, as long as it likes" {
	echo hello >us.in
	serve tcp
	joins one expect:'hello\n' rest touch:ended await:go send:'one '
	eventually test -e ended
	visit two rest send:'two '
	eventually is_out 'two '
	touch go
	eventually is_out 'two one '
	finish one
}

# --- Standard output

never_closed() {
	read_by expect:one touch:one expect:two touch:two expect:three touch:three rest
	serve "$1" </dev/null
	visit one send:one shut rest
	eventually test -e one
	visit two send:two shut rest
	eventually present 0
	eventually test -e two
	visit three send:three
	eventually test -e three
	refute [ -e us.status ]
	kill "$SERVER"
	finish us 143
	finish reader
}

@test "@domain: standard output is not closed while clients come and go" { never_closed @domain; }

reader_gone() {
	assert_said us '^strait: write to standard output: Broken pipe( \(.*\))?'
	assert_equal "$(complaints | wc -l)" 1
}
@test "the reader of standard output goes while there is no client: status 5" {
	read_by expect:one
	serve tcp </dev/null
	visit one send:one shut rest
	finish us 5
	reader_gone
}
@test "the reader of standard output goes before the first client: status 5" {
	read_by await:go
	serve unix </dev/null
	touch go
	finish us 5
	reader_gone
	nothing_left
}
@test "the reader of standard output goes while clients talk: status 5" {
	read_by expect:one
	serve tcp </dev/null
	client idle rest
	client one send:one rest
	finish us 5
	reader_gone
	eventually test -s one.status -a -e idle.status
}
@test "standard output that is full ends the server, status 5" {
	[[ -c /dev/full ]] || skip "needs /dev/full"
	wires '>/dev/full'
	serve tcp </dev/null
	client one send:one rest
	finish us 5
	assert_complained us 'write to standard output: No space left on device( \(.*\))?'
}

# Nobody reads it; whatever waits for that, the server does not. Three clients have much to say, so
# that one of them finds the pipe full that another had room in.
stuck() {
	local name
	stuck_output
	echo hello >us.in
	serve "$1"
	for name in one two three; do
		joins "$name" await:go fill touch:"$name" await:over
	done
	kill -STOP "$SERVER"
	touch go
	eventually test -e one -a -e two -a -e three
	kill -CONT "$SERVER"
	eventually still "$SERVER"
	visit four expect:'hello\n' rest
	visit five expect:'hello\n' rest
	touch over
}
# A process has nothing to do for a moment.
still() {
	local before now i
	before=$(awk '/^(rchar|wchar)/ { print $2 }' "/proc/$1/io")
	for i in {1..10}; do moment; done
	now=$(awk '/^(rchar|wchar)/ { print $2 }' "/proc/$1/io")
	[[ -n $now && $before == "$now" ]]
}
# @domain: tcp=TCP | unix
@test "@domain: a standard output that nobody reads stops what is said, and not what clients are sent" { stuck @domain; }

@test "what many clients say is all there behind a slow reader" {
	local i
	read_by await:go rest
	serve tcp </dev/null
	for i in 1 2 3; do
		head -c "$SIZE" /dev/zero | tr '\0' "$i" >"data.$i"
		client "c$i" file:"data.$i" shut rest
	done
	eventually still "$SERVER"
	touch go
	for i in 1 2 3; do
		finish "c$i"
	done
	eventually present 0
	kill "$SERVER"
	finish us 143
	finish reader
	for i in 1 2 3; do
		assert_equal "$(tr -cd "$i" <reader.out | wc -c)" "$SIZE"
	done
}

# --- Clients that fail

@test "a client that resets is told with -v, and ends nothing" {
	serve tcp </dev/null
	joins one send:one await:heard reset
	eventually is_out one
	touch heard
	finish one
	eventually assert_said us '^strait: .*127\.0\.0\.1 [0-9]+: Connection reset by peer \(0 bytes sent, 3 received\)$'
	goes_on
}
@test "a client that resets is not told without -v" {
	start us "${STRAIT[@]}" -lk 127.0.0.1 0 </dev/null
	eventually listening us
	THERE=(127.0.0.1) FLAG=() SERVER=$(pid_of us)
	visit one send:one
	visit two send:two reset
	goes_on
	eventually present 0
	run grep -v '^Listening on' us.err
	assert_output ''
}

# It has gone before it was accepted.
aborted() {
	serve tcp </dev/null
	kill -STOP "$SERVER"
	visit one reset
	visit two send:two reset
	visit three send:'three ' close
	kill -CONT "$SERVER"
	eventually grep -q 'three ' us.out
	goes_on
	eventually present 0
}
@test "clients that have gone before they were accepted" { aborted; }
@test "clients that have gone before they were accepted are not told without -v" {
	start us "${STRAIT[@]}" -lk 127.0.0.1 0 </dev/null
	eventually listening us
	THERE=(127.0.0.1) FLAG=() SERVER=$(pid_of us)
	kill -STOP "$SERVER"
	visit one send:one reset
	kill -CONT "$SERVER"
	goes_on
	run grep -v '^Listening on' us.err
	assert_output ''
}

# accept(2) fails once, or as WHEN says; all its calls are in "calls".
accept_fails() {
	needs strace
	STRAIT=(strace -f -qq -o calls -e "trace=accept4,accept" \
		-e "inject=accept4,accept:error=$1:when=${WHEN:-1}" -- "${STRAIT[@]}")
	serve tcp "${@:2}" </dev/null
}
accept_failed() {
	accept_fails "$@"
	visit one send:'one '
	eventually is_out 'one '
	goes_on
}
# It was one client's, and nothing of ours.
accept_aborted() {
	local number plain=("${STRAIT[@]}")
	for number in "$@"; do
		STRAIT=("${plain[@]}")
		accept_failed "$number"
		assert_equal "$(complaints)" ''
		kill "$(pgrep -P "$SERVER")"
		finish us 143
		rm us.*
	done
}
@test "accept that tells of a client that has gone is no end, and of no interest" {
	accept_aborted ECONNABORTED EPROTO ENETDOWN ENETUNREACH EHOSTDOWN EHOSTUNREACH ENOPROTOOPT \
		ENONET ETIMEDOUT ECONNRESET
}
# Ours, and it may pass: it is told, also without -v, and tried again.
accept_waits() { # ERROR TEXT
	accept_failed "$1"
	assert_equal "$(grep -cE "^strait: accept on 127\.0\.0\.1 [0-9]+: $2; waiting\$" us.err)" 1
}
@test "accept that finds no descriptor is told, and tried again" { accept_waits EMFILE 'Too many open files'; }
@test "accept that finds no memory is told, and tried again" { accept_waits ENOMEM 'Cannot allocate memory'; }
@test "accept that finds no buffers is told, and tried again" { accept_waits ENOBUFS 'No buffer space available'; }
@test "accept that may not is told, and tried again" { accept_waits EPERM 'Operation not permitted'; }
@test "accept that is denied is told, and tried again" { accept_waits EACCES 'Permission denied'; }

# As long as it cannot there are no more than a few tries a second, and one word about it.
accept_refused() { # ERROR
	WHEN=1+
	accept_fails "$1"
	client one send:one rest
	eventually grep -q "$1" calls
	clock_start
	a_second
	a_second
	(($(wc -l <calls) <= ($(now_ms) - CLOCK) / 1000 + 3))
	assert_equal "$(complaints | wc -l)" 1
	refute [ -e us.status ]
}
@test "accept that may not again and again does not spin" { accept_refused EPERM; }
@test "accept that is denied again and again does not spin" { accept_refused EACCES; }
@test "accept that finds no buffers again and again does not spin" { accept_refused ENOBUFS; }

# What cannot pass ends the server.
accept_lost() {
	local number plain=("${STRAIT[@]}")
	WHEN=1+
	for number in ENOSYS EINVAL EOPNOTSUPP; do
		STRAIT=("${plain[@]}")
		accept_fails "$number"
		client one send:one rest
		finish us 2
		assert_complained us 'accept on 127\.0\.0\.1 [0-9]+: '
		rm us.*
	done
}
@test "accept that the system does not have, or not of this socket, ends the server" { accept_lost; }

@test "a peer of each kind talks and gets a file" {
	needs nc.openbsd
	needs ncat
	needs socat
	local i=0
	random "$SIZE" us.in
	serve tcp
	for command in "nc.openbsd -N 127.0.0.1 $PORT" "ncat 127.0.0.1 $PORT" \
		"socat - TCP:127.0.0.1:$PORT" "${STRAIT[*]} 127.0.0.1 $PORT"; do
		i=$((i + 1))
		# shellcheck disable=SC2086 # words
		timeout "$LIMIT" $command <<<"said $i" >"got.$i" 3>&-
		cmp us.in "got.$i"
	done
	eventually lines_out 4
	assert_equal "$(<us.out)" "$(printf 'said %d\n' 1 2 3 4)"
}
@test "a peer of each kind talks and gets a file, on a unix socket" {
	needs nc.openbsd
	needs ncat
	needs socat
	local i=0
	random "$SIZE" us.in
	serve unix
	for command in "nc.openbsd -N -U socket" "ncat -U socket" "socat - UNIX:socket" "${STRAIT[*]} -U socket"; do
		i=$((i + 1))
		# shellcheck disable=SC2086 # words
		timeout "$LIMIT" $command <<<"said $i" >"got.$i" 3>&-
		cmp us.in "got.$i"
	done
	eventually lines_out 4
	assert_equal "$(<us.out)" "$(printf 'said %d\n' 1 2 3 4)"
}

# --- --max-conns

refusals() {
	(($(grep -c "^strait: refused $1: the limit is reached (--max-conns $2)\$" us.err) == $3))
}

at_most_two() {
	serve "$1" --max-conns 2 </dev/null
	joins one await:over
	joins two await:go
	turned_back three
	eventually refusals "$2" 2 1
	came 2
	touch go
	finish two
	eventually present 1
	joins four send:four await:over
	eventually is_out four
	turned_back five
	eventually refusals "$2" 2 2
	touch over
	finish one
	finish four
}

@test "--max-conns, TCP: one more is refused, until one has gone" { at_most_two tcp '127\.0\.0\.1 [0-9]*'; }
@test "--max-conns, IPv6: one more is refused, until one has gone" { at_most_two tcp6 '::1 [0-9]*'; }
# @domain: unix | seqpacket
@test "--max-conns, @domain: one more is refused, until one has gone" { at_most_two @domain socket; }
@test "--max-conns 0 admits nobody" {
	serve tcp --max-conns 0 <<<hello
	turned_back one
	turned_back two
	assert_equal "$(<one.out)" ''
	eventually refusals '.*' 0 2
	came 0
	refute [ -e us.status ]
}
@test "one hundred clients are admitted unless --max-conns says" {
	serve tcp </dev/null
	crowd tcp 100
	eventually lines_out 100
	turned_back more
	eventually refusals '.*' 100 1
	touch crowd.go
	finish crowd
	eventually present 0
	goes_on
}
@test "--max-conns admits more than one hundred" {
	serve unix --max-conns 150 </dev/null
	crowd unix 150
	eventually lines_out 150
	turned_back more
	eventually refusals '.*' 150 1
	touch crowd.go
	finish crowd
}
# To a client that is turned away this is a failure, though it may have said nothing.
turned_away() { # STATUS LINE DOMAIN ARGS...
	serve "${@:3}" </dev/null
	for _ in 1 2 3; do
		run "-$1" --separate-stderr strait "${CONNECT[@]}" "$PORT" </dev/null
		assert_output ''
		# shellcheck disable=SC2154 # run sets it
		grep -Eq "$2" <<<"$stderr"
	done
	run "-$1" strait -d "${CONNECT[@]}" "$PORT"
	came 0
	refute [ -e us.status ]
}
RESET='^strait: .*: Connection reset by peer'

# @domain: tcp=TCP | tcp6=TCP over IPv6
@test "@domain: one too many is reset" { turned_away 1 "$RESET" @domain --max-conns 0; }
@test "TCP: who is not admitted is reset" { turned_away 1 "$RESET" tcp --deny 127.0.0.1; }
@test "a command, TCP: one too many is reset" { turned_away 1 "$RESET" tcp --max-conns 0 -e cat; }
@test "a relay, TCP: one too many is reset" { turned_away 1 "$RESET" tcp --max-conns 0 --to 127.0.0.1:9; }
@test "a room, TCP: one too many is reset" { turned_away 1 "$RESET" tcp --max-conns 0 --chat; }
# @domain: unix | seqpacket
@test "@domain: one too many sees an end, as there is no reset" { turned_away 0 '^$' @domain --max-conns 0; }
@test "TCP: a client whose program cannot be run is reset" {
	serve tcp -e ./no-such-program </dev/null
	run -1 strait 127.0.0.1 "$PORT" </dev/null
	assert_output --regexp "$RESET"
	came 1
}
@test "TCP: a client for whom nobody is there is reset" {
	serve tcp --to unix:nobody </dev/null
	run -1 strait 127.0.0.1 "$PORT" </dev/null
	assert_output --regexp "$RESET"
	came 1
}
@test "bad numbers of --max-conns are refused" {
	local bad
	for bad in -1 '' x 1x 1.5 99999999999 ' 1'; do
		refused 2 -lk --max-conns "$bad" 127.0.0.1 0 "^strait: --max-conns .*"
	done
}
@test "--max-conns without -k is refused" {
	refused 2 -l --max-conns 3 127.0.0.1 0 '^strait: --max-conns .*-k'
}
@test "-k without -l is refused" { refused 2 -k 127.0.0.1 9 '^strait: -k .*-l'; }
@test "-k and --frames cannot be combined, since clients would share frames" {
	refused 2 -lk --frames 127.0.0.1 0 '^strait: -k and --frames cannot be combined'
}

# --- A client that does not take what it is sent

dropped() {
	assert_said us "^strait: dropped $1: it did not read what it was sent \([1-9][0-9]* bytes sent, 0 received\)$"
}

stalled_among_readers() {
	random "$LARGE" data
	feed await:go file:data
	serve "$1"
	joins stalled await:over rest
	joins one rest
	clock_start
	touch go
	finish one
	assert_took 0 8000
	cmp data one.out
	eventually dropped "$2"
	eventually present 0
	assert_equal "$(complaints | grep -v ': dropped ')" ''
	assert_equal "$(complaints | wc -l)" 1
	touch over
	finish stalled "$3"
	assert [ "$(wc -c <stalled.out)" -lt "$LARGE" ]
	goes_on
}

@test "TCP: who does not read is dropped when others wait, and learns it by a reset" {
	stalled_among_readers tcp '127\.0\.0\.1 [0-9]+' 1
	assert_said stalled 'reset by peer'
}
@test "@domain: who does not read is dropped when others wait" { stalled_among_readers @domain socket 0; }

stalled_alone() {
	random "$LARGE" data
	feed file:data
	serve "$1"
	client one pause:1 rest
	finish one
	cmp data one.out
	assert_equal "$(complaints)" ''
}

# @domain: tcp=TCP | unix
@test "@domain: who does not read is not dropped when it is alone" { stalled_alone @domain; }

@test "clients that do not read are not dropped when nobody waits" {
	random "$LARGE" data
	feed await:go file:data
	serve tcp
	joins one queued pause:1 touch:one await:over
	joins two queued pause:1 touch:two await:over
	touch go
	eventually test -e one -a -e two
	assert_equal "$(complaints)" ''
	present 2
}

# --- The options of a conversation hold for each client

# Two clients come one after the other, and neither says anything: each has its time, and this is
# said of it.
each_is_timed() { # OPTIONS LINE
	local name
	# shellcheck disable=SC2086 # words
	serve tcp $1
	for name in one two; do
		clock_start
		joins "$name" rest await:over
		eventually present 0
		assert_took 300 3000
	done
	assert_equal "$(complaints | grep -cE "^strait: $2 \(0 bytes sent, 0 received\)$")" 2
	touch over
	goes_on
}

@test "-q: each client has its time from the end of its input on" {
	wires '< <(:)'
	each_is_timed '-q 300ms' 'timed out: 127\.0\.0\.1 [0-9]+ had not finished 300ms after standard input had'
}
@test "-w: each client has its time" {
	silent_input
	each_is_timed '-w 300ms' '.*timed out: nothing moved for 300ms'
}
@test "--idle-timeout: each client has its time" {
	silent_input
	each_is_timed '--idle-timeout 300ms' '.*timed out: nothing moved for 300ms'
}

@test "-w: a client that talks keeps its own time alone" {
	silent_input
	serve tcp -w 600ms
	joins idle broken touch:idle await:over
	joins one send:1 pause:0.3 send:2 pause:0.3 send:3 pause:0.3 send:4 touch:one await:over
	eventually test -e idle
	refute [ -e one ]
	eventually is_out 1234
	touch over
	finish one
	assert_equal "$(complaints | wc -l)" 1
}

@test "--no-shutdown: no client is half-closed before it has finished itself" {
	echo hello >us.in
	serve tcp --no-shutdown
	joins idle await:over
	visit one expect:'hello\n' quiet:0.3 shut rest
	visit two expect:'hello\n' quiet:0.1 shut rest
	touch over
	goes_on
}

@test "-C: each client gets its own line ends" {
	printf 'one\ntwo\r\nthree\n' >us.in
	serve tcp -C
	visit one rest
	visit two rest
	printf 'one\r\ntwo\r\nthree\r\n' >wanted
	cmp wanted one.out
	cmp wanted two.out
}
@test "-C: what another client was sent before changes no line end" {
	feed await:first send:'a\r' await:second send:'\nb\n' await:end
	serve tcp -C
	joins one expect:'a\r' touch:one rest
	touch first
	eventually test -e one
	joins two rest
	touch second
	eventually drained
	touch end
	finish one
	finish two
	assert_equal "$(od -An -c one.out | xargs -0)" "$(printf '\nb\r\n' | od -An -c | xargs -0)"
	assert_equal "$(od -An -c two.out | xargs -0)" "$(printf '\r\nb\r\n' | od -An -c | xargs -0)"
}

@test "-i: each client has its own delays, side by side" {
	printf '1\n2\n3\n' >us.in
	serve tcp -i 500ms
	clock_start
	client one rest
	client two rest
	client three rest
	for client in one two three; do
		finish "$client"
		cmp us.in "$client.out"
	done
	assert_took 1000 2600
}
@test "-i: the lines of a pipe go to each client at its delay" {
	feed await:go send:'1\n2\n3\n'
	serve unix -i 200ms
	joins one rest
	joins two rest
	clock_start
	touch go
	for client in one two; do
		finish "$client"
		assert_equal "$(<"$client.out")" $'1\n2\n3'
	done
	assert_took 400 1900
}

@test "-t: each client is answered for itself" {
	silent_input
	serve tcp -t
	joins other quiet:0.5 await:over
	joins one send:'\xff\xfd' await:half send:'\x01hi' expect:'\xff\xfc\x01' touch:one await:over
	joins two send:'\xff\xfb\x03ho' expect:'\xff\xfe\x03' touch:two await:over
	eventually test -e two
	is_out ho
	touch half
	eventually test -e one
	eventually is_out hohi
	touch over
	finish other
	finish one
	finish two
}

@test "-N is taken with -k, and changes nothing" {
	echo hello >us.in
	serve tcp -N
	visit one rest send:one
	assert_equal "$(<one.out)" hello
	goes_on
}

@test "--lines: each line of a pipe is a message to each client" {
	feed await:go send:'one\ntw' await:half send:'o\n' await:end
	serve seqpacket --lines
	joins one message touch:one message rest
	joins two message message rest
	touch go
	eventually test -e one
	touch half end
	finish one
	finish two
	assert_equal "$(<one.out)" $'one\ntwo'
	assert_equal "$(<two.out)" $'one\ntwo'
}
# Sends messages of a letter until nobody takes any more, and the rest once "go" is there.
@test "--lines: each message of each client is a line of its own" {
	local name
	read_by await:go rest
	serve seqpacket --lines </dev/null
	for name in a b c; do
		start "$name" python3 "$TESTS/clients.py" talker "$name" "$PORT"
	done
	for name in a b c; do
		eventually test -e "$name.full"
	done
	touch go
	for name in a b c; do
		finish "$name"
	done
	eventually lines_read 300
	run grep -vcE '^(a+|b+|c+)$' reader.out
	assert_output 0
}
lines_read() {
	(($(wc -l <reader.out) == $1))
}
@test "--lines: a line that breaks off is not joined to another client's" {
	read_by await:go rest
	mkfifo us.in
	exec {open}<>us.in
	serve seqpacket --lines
	# Who closes before it has read what it was told breaks off.
	joins a fill queued close
	echo hello >&"$open"
	finish a
	eventually said_of_break
	joins b send:bbb close
	touch go
	eventually grep -qx bbb reader.out
	run grep -vcE '^(f+|bbb)$' reader.out
	assert_output 0
}
said_of_break() {
	complaints | grep -q reset
}
@test "--lines: who comes in the middle of a line of standard input gets the next one" {
	feed await:go send:'one\ntw' await:half send:'o\nth' send:'ree\n' await:end
	serve seqpacket --lines
	joins early message touch:early message message rest
	touch go
	eventually test -e early
	joins late message rest
	touch half end
	finish early
	finish late
	assert_equal "$(<early.out)" $'one\ntwo\nthree'
	assert_equal "$(<late.out)" three
}
@test "-W: so many messages of each client" {
	serve seqpacket -W 2 </dev/null
	visit one send:1 send:2 rest
	visit two send:3 send:4 rest
	eventually is_out 1234
	eventually present 0
	assert_equal "$(complaints)" ''
}

# --- Where it listens

@test "clients of both families are served side by side" {
	feed await:go send:hello await:end
	listen us -k 0
	FLAG=() THERE=(127.0.0.1)
	joins four expect:hello send:four touch:four rest
	FLAG=(-6) THERE=(::1)
	joins six expect:hello await:four send:six rest
	touch go
	eventually is_out foursix
	touch end
	finish four
	finish six
	assert_equal "$(grep -c '^Listening on' us.err)" 2
	refute [ -e us.status ]
}

@test "-lk localhost serves on both of its addresses" {
	load network
	network
	local address
	echo hello >us.in
	listen us -k localhost 0
	assert_equal "$(grep '^Listening on' us.err | sort)" "Listening on 127.0.0.1 $PORT
Listening on ::1 $PORT"
	for address in 127.0.0.1 ::1 localhost 127.0.0.1; do
		run -0 strait "$address" "$PORT" <<<"$address"
		assert_output hello
	done
	eventually is_out $'127.0.0.1\n::1\nlocalhost\n127.0.0.1'
}

@test "--mode: the path has the mode while clients come and go" {
	serve unix --mode 600 </dev/null
	assert_equal "$(stat -c %a socket)" 600
	visit one send:one
	visit two send:two
	eventually present 0
	assert_equal "$(stat -c %a socket)" 600
	kill "$SERVER"
	finish us 143
	nothing_left
}

@test "a port that is taken is told, status 2" {
	serve tcp </dev/null
	refused 2 -lk 127.0.0.1 "$PORT" "^strait: listen on 127\.0\.0\.1 $PORT: Address already in use$"
	goes_on
}

# --- No descriptors left

few_descriptors() {
	local before
	STRAIT=(bash -c 'ulimit -n 20; exec "$@"' strait "${STRAIT[@]}")
	serve "$1" </dev/null
	crowd "$1" 25
	eventually assert_said us '^strait: accept on .*: Too many open files; waiting$'
	eventually test -e crowd.ready
	refute lines_out 25
	if [[ -z ${SLOW:-} ]]; then
		before=$(ticks "$SERVER")
		a_second
		assert [ $(($(ticks "$SERVER") - before)) -lt $((5 * $(getconf CLK_TCK) / 100)) ]
	fi
	clock_start
	touch crowd.go
	finish crowd
	# Who goes makes room at once.
	assert_took 0 1500
	lines_out 25
	eventually present 0
	goes_on
}

@test "@domain: with few descriptors the server rests, and serves all in the end" { few_descriptors @domain; }

# --- Signals

# Runs the rest as a child whose death by a signal is told: us.died has its number.
MINDED='
import signal, subprocess, sys
def restore():
    for name in "SIGINT", "SIGTERM", "SIGHUP":
        signal.signal(getattr(signal, name), signal.SIG_DFL)
child = subprocess.Popen(sys.argv[1:], preexec_fn=restore)
print(child.pid, file=open("us.pid", "w"), flush=True)
status = child.wait()
print(max(0, -status), file=open("us.died", "w"), flush=True)
sys.exit(max(0, status))'

dies_of() { # SIGNAL DOMAIN
	STRAIT=(python3 -c "$MINDED" "${STRAIT[@]}")
	silent_input
	serve "$2"
	printf hello >&"$SILENCE"
	joins one expect:hello send:one broken
	joins two broken
	eventually is_out one
	kill -s "$1" "$(<us.pid)"
	finish us
	assert_equal "$(<us.died)" "$(kill -l "$1")"
	finish one
	finish two
	nothing_left
	assert_equal "$(complaints)" ''
}

# @signal: TERM=SIGTERM | INT=SIGINT | HUP=SIGHUP
@test "TCP: the server dies of @signal, and clients see a reset" { dies_of @signal tcp; }
@test "unix: the server dies of @signal, its path goes, and clients see an end" { dies_of @signal unix; }
@test "seqpacket: the server dies of SIGTERM, its path goes, and clients see an end" { dies_of TERM seqpacket; }

@test "without clients the server dies of SIGTERM, too" {
	STRAIT=(python3 -c "$MINDED" "${STRAIT[@]}")
	serve unix </dev/null
	visit one send:one
	kill -s TERM "$(<us.pid)"
	finish us
	assert_equal "$(<us.died)" 15
	nothing_left
}

# --- What it says

# The end of a client is one line, which names it.
told() { # WHAT [COUNT]
	(($(grep -Ec "^strait: $1" us.err) == ${2:-1}))
}
SOMEBODY='127\.0\.0\.1 [0-9]+'

@test "-v says who comes, and how each goes" {
	serve tcp </dev/null
	visit one send:one
	visit two shut rest
	eventually told "$SOMEBODY: closed \(0 bytes sent, . received\)$" 2
	assert_equal "$(sed -E 's/ [0-9]+(: |$)/ N\1/' us.err | LC_ALL=C sort)" "Connection received on 127.0.0.1 N
Connection received on 127.0.0.1 N
Listening on 127.0.0.1 N
strait: 127.0.0.1 N: closed (0 bytes sent, 0 received)
strait: 127.0.0.1 N: closed (0 bytes sent, 3 received)"
}
@test "-v names the path of a unix socket" {
	serve unix </dev/null
	visit one send:one
	eventually told 'socket: closed'
	assert_equal "$(<us.err)" "Listening on socket
Connection received on socket
strait: socket: closed (0 bytes sent, 3 received)"
}
@test "-v: the bytes of a file that each client got" {
	echo hello >us.in
	serve seqpacket
	visit one expect:'hello\n' send:ok close
	eventually told 'socket: closed \(6 bytes sent, 2 received\)$'
}
@test "-v: the bytes of what a pipe said" {
	feed send:hello await:never
	serve tcp
	visit one expect:hello close
	eventually told "$SOMEBODY: closed \(5 bytes sent, 0 received\)$"
}
@test "-v: why a client was broken off, and which" {
	serve tcp -w 0.3 </dev/null
	visit one send:one reset
	eventually told "read from $SOMEBODY: Connection reset by peer \(0 bytes sent, 3 received\)$"
	client two rest
	eventually told "$SOMEBODY: timed out: nothing moved for 300ms \(0 bytes sent, 0 received\)$"
	assert_equal "$(complaints | wc -l)" 2
}
@test "-v: the status of each client's program" {
	# shellcheck disable=SC2016 # expanded by that shell
	serve tcp --sh-exec 'read -r status; exit "$status"' </dev/null
	visit one send:'0\n' rest
	visit two send:'3\n' rest
	eventually told "$SOMEBODY: closed; its program's status: 0$"
	eventually told "$SOMEBODY: closed; its program's status: 3$"
}
@test "-v: the signal that a client's program died of" {
	serve unix --sh-exec 'kill -TERM $$' </dev/null
	visit one rest
	eventually told "socket: closed; its program's status: 143$"
}
@test "-v: the bytes of a program that pipes lead to, and its status" {
	# shellcheck disable=SC2016 # expanded by that shell
	serve tcp -C --sh-exec 'read -r line; echo "$line"; exit 3' </dev/null
	visit one send:'hello\n' expect:'hello\r\n' rest
	eventually told "$SOMEBODY: closed \(7 bytes sent, 6 received\); its program's status: 3$"
}
@test "-v: a client that breaks off, and its program's status" {
	serve tcp -C --sh-exec 'trap "exit 7" HUP; echo ready; while :; do read -r line || :; done' </dev/null
	visit one expect:'ready\r\n' send:one acked reset
	eventually told "read from $SOMEBODY: Connection reset by peer \(.*\); its program's status: 7$"
}
@test "-v: what became of a peer's datagrams and its program" {
	listen us -ku --idle-timeout 300ms -e cat 127.0.0.1 0 </dev/null
	run -0 strait -u -W 1 127.0.0.1 "$PORT" <<<hello
	assert_output hello
	eventually told "$SOMEBODY: closed \(6 bytes sent, 6 received\); its program's status: (0|129)$"
}
@test "without -k -v says nothing of an end" {
	listen us --sh-exec 'exit 3' 127.0.0.1 0 </dev/null
	run -0 strait 127.0.0.1 "$PORT" </dev/null
	finish us 3
	assert_equal "$(grep -c '^strait:' us.err)" 0
}
@test "without -v a unix server says nothing" {
	start us "${STRAIT[@]}" -lk -U socket </dev/null
	eventually test -S socket
	THERE=() FLAG=(-U) PORT=socket
	visit one send:one
	visit two shut rest
	goes_on
	assert_equal "$(<us.err)" ''
}

# --- Examples of the README and the manual

@test "what many hosts log: messages without a newline are not glued" {
	local command host
	for command in README.md man/strait.1; do
		run -0 grep -oE 'strait -lku.* >> log' "$ROOT/$command"
		assert_output 'strait -lku --lines 514 >> log'
	done
	start us bash -c 'exec "$@" >>log' us "${STRAIT[@]}" -v -lku --lines 127.0.0.1 0 </dev/null
	eventually listening us
	for host in one two 'three\n'; do
		peer them -u connect 127.0.0.1 "$PORT" send:"$host"
		finish them
	done
	eventually has_lines 3
	assert_equal "$(LC_ALL=C sort log)" $'one\nthree\ntwo'
}
has_lines() {
	(($(wc -l <log) == $1))
}
