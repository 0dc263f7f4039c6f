#!/usr/bin/env bats
# Streams from and to every kind of standard input and output, most of which are spliced: every byte
# arrives, neither direction waits for the other, and what is said of an error is true. All of it
# holds with STRAIT_NO_SPLICE=1 as well. See short.bats for splices that fail or fall short.
#
# meet in helpers.bash uses ARGS.
# shellcheck disable=SC2034

load helpers

# Not whole pages, and more than the pipes on the way can hold.
SIZE=$(((3 << 20) + 4321))

needs_splicing() {
	needs_linux_build
	[[ -z ${STRAIT_NO_SPLICE+set} ]] || skip "splicing is switched off"
}

# Standard input and output that a shell can't make: "around IN OUT" adds them to our command. IN
# and OUT are a "socket" (unix), "tcp" (connected, too), a "terminal", or "-": the shell's. What is
# read is in the file "data", what is written will be in "got", once it has ended.

around() {
	STRAIT=(python3 "$TESTS/launch.py" around "$1" "$2" "${STRAIT[@]}")
}

# Input of every kind. What has an end arrives up to that.
arrives() { # ROLE DOMAIN
	meet "$1" "$2" rest send:answer
	finish us
	finish them
	cmp data them.out
	assert_equal "$(<us.out)" answer
}

from_file() {
	random "$SIZE" data
	wires '<data'
	arrives "$@"
}
from_fifo() {
	random "$SIZE" data
	mkfifo us.in
	start feeder bash -c 'cat data >us.in'
	arrives "$@"
}
from_pipe() {
	random "$SIZE" data
	wires '< <(cat data)'
	arrives "$@"
}
from_socket() {
	random "$SIZE" data
	around socket -
	arrives "$@"
}
from_tcp_socket() {
	random "$SIZE" data
	around tcp -
	arrives "$@"
}
from_terminal() {
	seq -f '%0100.0f' 2000 >data
	around terminal -
	arrives "$@"
}
# The kernel has files of which it can't tell the length.
from_proc() {
	wires '</proc/filesystems'
	cat /proc/filesystems >data
	arrives "$@"
}
from_middle_of_file() {
	random "$SIZE" whole
	tail -c +1001 whole >data
	STRAIT=(bash -c 'exec <whole; head -c 1000 >/dev/null; exec "$@"' strait "${STRAIT[@]}")
	arrives "$@"
}
from_null() {
	wires '</dev/null'
	meet "$1" "$2" send:answer shut rest
	finish us
	finish them
	assert_equal "$(<us.out)" answer
	assert [ ! -s them.out ]
}
from_endless() {
	ln -s /dev/zero us.in
	meet "$1" "$2" recv:"$SIZE" close
	finish us 1
	assert_complained us '.*(Connection reset by peer|Broken pipe) \([0-9]+ bytes sent, 0 received\)$'
	finish them
	cmp -n "$SIZE" them.out /dev/zero
}

# @domain: tcp=TCP | unix
# @role: listen=listening | connect=connected
@test "@domain, @role: a file goes out" { from_file @role @domain; }
@test "@domain, @role: what is left of a file goes out" { from_middle_of_file @role @domain; }
@test "@domain, @role: a FIFO goes out" { from_fifo @role @domain; }
@test "@domain, @role: a shell's pipe goes out" { from_pipe @role @domain; }
@test "@domain, @role: a socket on standard input goes out" { from_socket @role @domain; }
@test "@domain, @role: a TCP socket on standard input goes out" { from_tcp_socket @role @domain; }
@test "@domain, @role: a terminal goes out" { from_terminal @role @domain; }
@test "@domain, @role: a file of /proc goes out" { from_proc @role @domain; }
@test "@domain, @role: /dev/null goes out" { from_null @role @domain; }
@test "@domain, @role: /dev/zero goes out until the peer has had enough" { from_endless @role @domain; }

# Output of every kind.
comes() { # ROLE DOMAIN
	random "$SIZE" sent
	meet "$1" "$2" file:sent shut rest </dev/null
	finish us "${3:-0}"
}

to_file() {
	comes "$@"
	cmp sent us.out
}
to_appended_file() {
	echo before >log
	wires '>>log'
	comes "$@"
	cmp log <(echo before && cat sent)
}
# One that is spliced to, between others that are not.
to_middle_of_file() {
	random $((SIZE + 10000)) log
	cp log was
	STRAIT=(bash -c 'exec 1<>log; head -c 1000 <&1 >/dev/null; exec "$@"' strait "${STRAIT[@]}")
	comes "$@"
	cmp log <(head -c 1000 was && cat sent && tail -c 9000 was)
}
to_fifo() {
	read_by rest
	comes "$@"
	finish reader
	cmp sent reader.out
}
to_pipe() {
	# The shell in the pipeline is to expand this.
	# shellcheck disable=SC2016
	wires '| cat; exit ${PIPESTATUS[0]}'
	comes "$@"
	cmp sent us.out
}
to_null() {
	wires '>/dev/null'
	comes "$@"
	finish them
}
to_full() {
	wires '>/dev/full'
	comes "$@" 5
	assert_complained us 'write to standard output: No space left on device \(0 bytes sent, 0 received\)$'
}
to_helper() { # KIND ROLE DOMAIN
	around - "$1"
	comes "$2" "$3"
	eventually test -e got
	cmp sent got
}

@test "@domain, @role: what comes goes to a file" { to_file @role @domain; }
@test "@domain, @role: what comes goes behind what is in a file" { to_appended_file @role @domain; }
@test "@domain, @role: what comes goes to the middle of a file" { to_middle_of_file @role @domain; }
@test "@domain, @role: what comes goes to a FIFO" { to_fifo @role @domain; }
@test "@domain, @role: what comes goes to a shell's pipe" { to_pipe @role @domain; }
@test "@domain, @role: what comes goes to /dev/null" { to_null @role @domain; }
@test "@domain, @role: what comes cannot go to /dev/full" { to_full @role @domain; }
@test "@domain, @role: what comes goes to a terminal" { to_helper terminal @role @domain; }
@test "@domain, @role: what comes goes to a socket" { to_helper socket @role @domain; }
@test "TCP, @role: what comes goes to a TCP socket" { to_helper tcp @role tcp; }
@test "unix, @role: what comes goes to a TCP socket" { to_helper tcp @role unix; }

# What is spliced, and what is not: strace tells. "carried CALL" is the sum of what calls of that
# kind, up to what is given of their arguments, have carried.
CARRIERS=splice,read,readv,recvfrom,recvmsg,write,writev,pwritev2,sendto,sendmsg,pipe2

traced() {
	needs strace
	STRAIT=(strace -y -f -o trace -e trace="$CARRIERS" "${STRAIT[@]}")
}
carried() {
	awk -v call="$1" '
		$0 ~ "^[0-9]+ +" call && / = [0-9]+$/ { sum += $NF }
		END { printf "%d", sum }' trace
}
# Two ways that have carried all between them; the second, copying, only until there was much at
# once.
mostly() { # SPLICED COPIED
	assert_equal $(($1 + $2)) "$SIZE"
	assert [ "$2" -lt $((SIZE / 2)) ]
}
input_spliced() {
	mostly "$(carried 'splice\(0<')" "$(carried '(read|readv|recvfrom|recvmsg)\(0<')"
	mostly "$(carried 'splice\(.*, [0-9]+<socket:[^,]*, NULL, [0-9]+, SPLICE_F_NONBLOCK\)')" \
		"$(carried '(write|sendto|sendmsg)\([0-9]+<socket')"
}
output_spliced() {
	mostly "$(carried 'splice\(.*, NULL, 1<')" \
		"$(carried '(write|writev|pwritev2|sendto|sendmsg)\(1<')"
	mostly "$(carried 'splice\([0-9]+<socket')" \
		$(($(carried '(read|recvfrom|recvmsg)\([0-9]+<socket') - ${1:-0}))
}

splices_from() { # FROM ROLE DOMAIN
	needs_splicing
	traced
	"$@"
	input_spliced
}
splices_to() {
	needs_splicing
	traced
	"$@"
	# A peer is asked for a byte before there is a conversation, which it keeps.
	output_spliced "$(carried 'recvfrom\(.*MSG_PEEK')"
}
straight() {
	"$@"
	assert_equal "$(grep -c 'pipe2(.*\[' trace)" "$([[ $1 == *_from ]] && echo 1 || echo 0)"
}
copies() { # CALL FUNCTION ROLE DOMAIN
	traced
	"${@:2}"
	assert_equal "$(carried "$1")" 0
}

@test "TCP, connected: a file is spliced" { splices_from from_file connect tcp; }
@test "unix, listening: a file is spliced" { splices_from from_file listen unix; }
@test "TCP, connected: a FIFO is spliced" { splices_from from_fifo connect tcp; }
@test "unix, listening: a FIFO is spliced" { splices_from from_fifo listen unix; }
@test "TCP, connected: a pipe is spliced" { splices_from from_pipe connect tcp; }
@test "unix, listening: a pipe is spliced" { splices_from from_pipe listen unix; }
@test "TCP, connected: a socket on standard input is spliced" { splices_from from_socket connect tcp; }
@test "unix, listening: a socket on standard input is spliced" { splices_from from_socket listen unix; }
@test "TCP, connected: a TCP socket on standard input is spliced" { splices_from from_tcp_socket connect tcp; }
@test "unix, listening: a TCP socket on standard input is spliced" { splices_from from_tcp_socket listen unix; }
@test "TCP, connected: what goes to a FIFO is spliced" { splices_to to_fifo connect tcp; }
@test "unix, listening: what goes to a FIFO is spliced" { splices_to to_fifo listen unix; }
@test "TCP, connected: what goes to /dev/null is spliced" { splices_to to_null connect tcp; }
@test "unix, listening: what goes to /dev/null is spliced" { splices_to to_null listen unix; }

# A regular file may have other writers, and only write(2) takes turns with them.
writes() { # FUNCTION ROLE DOMAIN
	copies 'splice\(.*, 1<' "$@"
	assert_equal "$(carried '(write|writev|pwritev2)\(1<')" "$SIZE"
}

@test "TCP, connected: what goes to a file is written" { writes to_file connect tcp; }
@test "unix, listening: what goes to a file is written" { writes to_file listen unix; }
@test "TCP, connected: what goes to the middle of a file is written" { writes to_middle_of_file connect tcp; }
@test "unix, listening: what goes to the middle of a file is written" { writes to_middle_of_file listen unix; }
@test "TCP, connected: what is appended to a file is written" { writes to_appended_file connect tcp; }
@test "unix, listening: what is appended to a file is written" { writes to_appended_file listen unix; }
@test "TCP, connected: a terminal is read, not spliced" { copies 'splice\(0<' from_terminal connect tcp; }
@test "unix, listening: a terminal is read, not spliced" { copies 'splice\(0<' from_terminal listen unix; }
@test "TCP, connected: a terminal is written to, not spliced to" { copies splice to_helper terminal connect tcp; }
@test "unix, listening: a terminal is written to, not spliced to" { copies splice to_helper terminal listen unix; }
@test "TCP, connected: a socket on standard output is written to, not spliced to" { copies splice to_helper socket connect tcp; }
@test "unix, listening: a socket on standard output is written to, not spliced to" { copies splice to_helper socket listen unix; }

never_splices() {
	export STRAIT_NO_SPLICE=1
	traced
	"$@"
	run grep -c splice trace
	assert_output 0
}

@test "STRAIT_NO_SPLICE: a file is read" { never_splices from_file connect tcp; }
@test "STRAIT_NO_SPLICE: a pipe is read" { never_splices from_pipe listen unix; }
@test "STRAIT_NO_SPLICE: a file is written" { never_splices to_file connect unix; }
@test "STRAIT_NO_SPLICE: a FIFO is written" { never_splices to_fifo listen tcp; }

# A pipe is made larger for bulk, and not for a few bytes. It keeps its flags in any case.
pipe_size() {
	python3 -c 'import fcntl; print(fcntl.fcntl(0, 1032))' <&"$1"
}
flags_of() {
	awk '/^flags/ { print $2 }' "/proc/$1/fdinfo/0" "/proc/$1/fdinfo/1"
}
both_pipes() {
	needs_linux_build
	silent_input
	stuck_output
	BEFORE=$(pipe_size "$SILENCE")
}

keeps_pipes() {
	local turn steps=()
	both_pipes
	random 1000 piece
	for turn in {1..5}; do
		steps+=(recv:1000 file:piece)
	done
	meet "$1" "$2" "${steps[@]}" await:looked
	local pid flags
	pid=$(pid_of us)
	flags=$(flags_of "$pid")
	for turn in {1..5}; do
		cat piece >&"$SILENCE"
		timeout "$LIMIT" head -c 1000 <&"$DAM" >got
		cmp piece got
	done
	assert_equal "$(pipe_size "$SILENCE")" "$BEFORE"
	assert_equal "$(pipe_size "$DAM")" "$BEFORE"
	assert_equal "$(flags_of "$pid")" "$flags"
	touch looked
	finish them
}

@test "@domain, @role: a few bytes leave the pipes as they are" { keeps_pipes @role @domain; }

may_grow() {
	python3 -c 'import fcntl, os; fcntl.fcntl(os.pipe()[0], 1031, 1 << 20)' 2>/dev/null ||
		skip "this user's pipes may not be made larger"
}
widens_pipes() {
	needs_splicing
	may_grow
	both_pipes
	random "$SIZE" data
	meet "$1" "$2" file:data recv:"$SIZE" await:looked
	local pid flags
	pid=$(pid_of us)
	flags=$(flags_of "$pid")
	timeout "$LIMIT" head -c "$SIZE" <&"$DAM" >got
	timeout "$LIMIT" cat data >&"$SILENCE"
	cmp data got
	assert_equal "$(pipe_size "$SILENCE")" $((1 << 20))
	assert_equal "$(pipe_size "$DAM")" $((1 << 20))
	assert_equal "$(flags_of "$pid")" "$flags"
	touch looked
	finish them
	cmp data them.out
}

@test "@domain, @role: bulk makes the pipes larger, and changes no flag" { widens_pipes @role @domain; }

# One direction stands still, with all that there is room for on its way; the other one goes on.
# Then the first one does, too, and nothing is lost.
peer_stalls() { # FROM ROLE DOMAIN
	random $((24 << 20)) data
	random "$SIZE" answer
	case $1 in
	file) cp data us.in ;;
	pipe) wires '< <(cat data)' ;;
	esac
	meet "$2" "$3" file:answer shut await:go rest
	eventually cmp -s answer us.out
	assert [ ! -e us.status ]
	touch go
	finish us
	finish them
	cmp data them.out
}
reader_stalls() {
	random $((24 << 20)) answer
	random "$SIZE" data
	wires '<data'
	read_by await:go rest
	meet "$1" "$2" pour:answer rest touch:sent
	eventually test -e sent
	cmp data them.out
	assert [ ! -e us.status ]
	touch go
	finish us
	finish reader
	cmp answer reader.out
}
# The pipe on standard output was full before anything came.
output_was_full() {
	stuck_output
	dd if=/dev/zero of=us.out oflag=nonblock bs=4096 2>/dev/null || :
	random "$SIZE" data
	cp data us.in
	meet "$1" "$2" send:late touch:said rest shut
	finish them
	cmp data them.out
	assert [ ! -e us.status ]
	start reader cat <&"$DAM"
	eventually grep -q late reader.out
	finish us
}

@test "@domain, @role: a peer that stalls does not stop what comes; then a file has arrived" { peer_stalls file @role @domain; }
@test "@domain, @role: a peer that stalls does not stop what comes; then a pipe has arrived" { peer_stalls pipe @role @domain; }
@test "@domain, @role: a reader that stalls does not stop what goes out; then all has come" { reader_stalls @role @domain; }
@test "@domain, @role: an output that is full already does not stop what goes out" { output_was_full @role @domain; }

# The peer finishes while all the room on the way to it is taken.
half_closed_meanwhile() {
	random $((24 << 20)) us.in
	meet "$1" "$2" await:go send:last shut rest
	eventually input_stands_still "$(pid_of us)"
	touch go
	finish us
	finish them
	cmp us.in them.out
	assert_equal "$(<us.out)" last
}

@test "@domain, @role: what is on its way arrives though the peer finishes meanwhile" { half_closed_meanwhile @role @domain; }

# How an input comes makes no difference.
comes_in_pieces() {
	random $((1 << 20)) piece
	feed send:1 await:1 file:piece await:2 send:2 await:3 file:piece send:3 file:piece send:4 await:4 \
		send:5 await:5 send:6
	meet "$1" "$2" recv:1 touch:1 recv:$((1 << 20)) touch:2 recv:1 touch:3 recv:$(((2 << 20) + 2)) \
		touch:4 recv:1 touch:5 rest
	finish us
	finish them
	finish feeder
	cmp them.out <(printf 1 && cat piece && printf 2 && cat piece && printf 3 && cat piece && printf 456)
}
single_bytes() {
	local steps=() i
	for i in {1..200}; do steps+=(send:$((i % 10))); done
	feed "${steps[@]}"
	meet "$1" "$2" rest
	finish us
	finish them
	assert_equal "$(<them.out)" "$(printf '%d' {1..9} 0 | awk '{ for (i = 0; i < 20; i++) printf "%s", $0 }')"
}
# Whoever reads a piece has it; nobody waits for what the other one has got.
shared_input() {
	head -c 2000000 /dev/urandom | base64 -w 0 >data
	feed await:both file:data
	meet "$1" "$2" rest send:answer
	start other bash -c 'exec <us.in; touch both; exec cat'
	finish us
	finish them
	finish other
	assert_equal "$(<us.out)" answer
	histogram data >wanted
	histogram them.out other.out >got
	cmp wanted got
}
histogram() {
	python3 -c '
import collections, sys
count = collections.Counter()
for name in sys.argv[1:]:
    count.update(open(name, "rb").read())
print(sorted(count.items()))' "$@"
}

@test "@domain, @role: one byte, a mebibyte, a byte, a pause" { comes_in_pieces @role @domain; }
@test "@domain, @role: an input of single bytes" { single_bytes @role @domain; }
@test "@domain, @role: an input that another program reads, too" { shared_input @role @domain; }

# The numbers in the line are what was moved.
told() { # BYTES SENT, BYTES RECEIVED
	assert_said us "\($1 bytes sent, $2 received\)$"
}
handed_over() {
	carried '(splice\(.*, |sendto\(|sendmsg\(|writev?\()[0-9]+<socket'
}
put_out() {
	carried '(splice\(.*, |pwritev2\(|writev?\()1<'
}

counts_to_a_reset() { # FROM ROLE DOMAIN
	traced
	random $((24 << 20)) data
	case $1 in
	file) cp data us.in ;;
	pipe) feed file:data ;;
	esac
	meet "$2" "$3" recv:1234567 "$([[ $3 == tcp ]] && echo reset || echo close)"
	finish us 1
	told "$(handed_over)" 0
	(($(handed_over) >= 1234567))
	cmp -n 1234567 data them.out
}

@test "@domain, @role: what a peer was given before it broke off is counted, of a file" { counts_to_a_reset file @role @domain; }
@test "@domain, @role: what a peer was given before it broke off is counted, of a pipe" { counts_to_a_reset pipe @role @domain; }

# Of a pipe nothing is taken that is not handed over: what is left is there for others.
leaves_the_rest() {
	needs_splicing
	silent_input
	random $((24 << 20)) data
	start feeder bash -c 'cat data >us.in'
	meet "$1" "$2" recv:1234567 "$([[ $2 == tcp ]] && echo reset || echo close)"
	finish us 1
	local sent
	sent=$(sed -nE 's/.*\(([0-9]+) bytes sent.*/\1/p' us.err)
	timeout "$LIMIT" head -c $(((24 << 20) - sent)) <&"$SILENCE" >rest
	finish feeder
	run -1 read -rt 0 <&"$SILENCE"
	cmp rest <(tail -c +$((sent + 1)) data)
}

@test "@domain, @role: what a peer that broke off was not given is left in the pipe" { leaves_the_rest @role @domain; }

counts_to_a_reader() {
	traced
	random $((24 << 20)) data
	read_by recv:1234567 close
	meet "$1" "$2" file:data rest </dev/null
	finish us 5
	assert_complained us 'write to standard output: Broken pipe'
	told 0 "$(put_out)"
	(($(put_out) >= 1234567))
	cmp -n 1234567 data reader.out
}

@test "@domain, @role: what a reader was given before it went is counted" { counts_to_a_reader @role @domain; }

# Has dealt with all that there is to deal with.
rests() {
	local before
	before=$(switches "$1")
	for _ in {1..5}; do moment; done
	[[ $before == *S* && $(switches "$1") == "$before" ]]
}
switches() {
	awk '/^State/ { print $2 } /_switches/ { print $2 }' "/proc/$1/status"
}

# A pipe that nobody reads, and that has hardly any room, and a peer that breaks off: what is counted
# is what is in the pipe.
counts_what_a_pipe_holds() {
	silent_input
	stuck_output
	printf x >&"$SILENCE"
	random 150000 data
	dd if=/dev/zero of=us.out oflag=nonblock bs=4096 count=15 2>/dev/null
	meet "$1" "$2" queued file:data touch:said await:go "$([[ $2 == tcp ]] && echo reset || echo close)"
	eventually test -e said
	eventually rests "$(pid_of us)"
	touch go
	finish us 1
	local received
	received=$(sed -nE 's/.* ([0-9]+) received.*/\1/p' us.err)
	timeout "$LIMIT" head -c $((15 * 4096 + received)) <&"$DAM" >got
	run -1 read -rt 0 <&"$DAM"
	cmp <(tail -c +$((15 * 4096 + 1)) got) <(head -c "$received" data)
}

@test "@domain, @role: what a pipe holds that nobody has read is counted" { counts_what_a_pipe_holds @role @domain; }

# 1000 KiB, with what was there, and no more. (ulimit counts KiB.)
counts_to_a_limit() { # REDIRECTION ROLE DOMAIN
	printf 'before\n' >log
	random "$SIZE" data
	STRAIT=(bash -c "ulimit -f 1000; exec \"\$@\" $1" strait "${STRAIT[@]}")
	meet "$2" "$3" file:data rest </dev/null
	finish us 5
	assert_complained us 'write to standard output: File too large'
	if [[ $1 == '>>'* ]]; then
		told 0 $((1024000 - 7))
		cmp log <(printf 'before\n' && head -c $((1024000 - 7)) data)
	else
		told 0 1024000
		cmp log <(head -c 1024000 data)
	fi
}

@test "@domain, @role: what fits into a file that may not grow is counted" { counts_to_a_limit '>log' @role @domain; }
@test "@domain, @role: what fits behind what is in a file that may not grow is counted" { counts_to_a_limit '>>log' @role @domain; }

# A disk with little room, which is gone with the shell that has made it.
counts_to_a_full_disk() {
	mkdir disk
	unshare -m mount -t tmpfs -o size=1m tmpfs disk 2>/dev/null || skip "may not make a file system"
	random "$SIZE" data
	# The shell there is to expand this.
	# shellcheck disable=SC2016
	STRAIT=(unshare -m bash -c 'mount -t tmpfs -o size=1m tmpfs disk || exit
		"$@" >disk/file; status=$?; cat disk/file >kept; exit "$status"' _ "${STRAIT[@]}")
	meet "$1" "$2" file:data rest </dev/null
	finish us 5
	assert_complained us 'write to standard output: No space left on device'
	assert [ -s kept ]
	told 0 "$(stat -c %s kept)"
	cmp kept <(head -c "$(stat -c %s kept)" data)
}

@test "@domain, @role: what fits onto a full disk is counted" { counts_to_a_full_disk @role @domain; }

# The peer breaks off while standard output is full, and somebody makes room at the same moment. It
# had sent too little for a pipe to be made larger.
reset_is_no_end() {
	silent_input
	stuck_output
	printf x >&"$SILENCE"
	random 20000 data
	dd if=/dev/zero of=us.out oflag=nonblock bs=4096 2>/dev/null || :
	meet "$1" "$2" queued file:data touch:said await:go "$([[ $2 == tcp ]] && echo reset || echo close)"
	eventually test -e said
	local pid
	pid=$(pid_of us)
	eventually rests "$pid"
	kill -STOP "$pid"
	dd bs=65536 iflag=nonblock <&"$DAM" >/dev/null 2>&1 || :
	touch go
	finish them
	kill -CONT "$pid"
	finish us 1
	assert_complained us '.*Connection reset by peer'
	dd bs=65536 iflag=nonblock <&"$DAM" >got 2>/dev/null || :
	told 1 "$(stat -c %s got)"
	cmp got <(head -c "$(stat -c %s got)" data)
}

@test "@domain, @role: a reset is not taken for an end when room is made for the last bytes" { reset_is_no_end @role @domain; }

# The peer's kernel is spliced the file itself: without that, what it has is its own, and is not
# changed by who changes the file afterwards.
handed_over_for_good() {
	export STRAIT_NO_SPLICE=1
	head -c 50000 /dev/zero | tr '\0' a >data
	domain "$1"
	listen them "${LISTEN[@]}" </dev/null
	wires '<data'
	kill -STOP "$(pid_of them)"
	# Nobody can say that it has all before it goes on.
	start us "${STRAIT[@]}" --send-only "${CONNECT[@]}" "$PORT"
	finish us
	head -c 50000 /dev/zero | tr '\0' b | dd of=data conv=notrunc bs=50000 iflag=fullblock 2>/dev/null
	kill -CONT "$(pid_of them)"
	finish them
	assert_equal "$(tr -d a <them.out | wc -c)" 0
}

# @domain: tcp=TCP | unix
@test "STRAIT_NO_SPLICE, @domain: what has been sent stays as it was when the file is changed" { handed_over_for_good @domain; }

@test "a standard output that can't be written to is told as that" {
	needs_linux_build # others have poll alone to ask
	wires '1<us.out'
	stuck_output
	meet connect tcp send:abc rest </dev/null
	finish us 5
	assert_complained us 'write to standard output: Bad file descriptor'
}

# As few descriptors as are enough without splicing are enough with it, and so are a few more: there
# are not always two left for a pipe.
few_descriptors() { # ROLE DOMAIN
	local max=4 least plain=("${STRAIT[@]}")
	[[ -z ${SLOW:-} ]] || skip "the tool that it runs under needs descriptors itself"
	random 300000 data
	random 300000 answer
	STRAIT=(env STRAIT_NO_SPLICE=1 "${plain[@]}")
	until with_descriptors "$max" "$@"; do
		assert_complained us '.*Too many open files'
		((++max < 20))
	done
	STRAIT=("${plain[@]}")
	for ((least = max; max < least + 5; max++)); do
		echo "$max descriptors"
		with_descriptors "$max" "$@"
		finish us
	done
}
# Whether strait has got through.
with_descriptors() { # COUNT ROLE DOMAIN
	local plain=("${STRAIT[@]}")
	rm -f socket us.* them.*
	cp data us.in
	STRAIT=(bash -c "exec 3>&-; ulimit -n $1; exec \"\$@\"" _ "${plain[@]}")
	if [[ $2 == connect ]]; then
		meet "$2" "$3" file:answer shut rest
	elif enough_to_listen "$3"; then
		peer them "${FLAG[@]}" connect "${THERE[@]}" "$PORT" file:answer shut rest
	fi
	STRAIT=("${plain[@]}")
	eventually test -s us.status
	if [[ $(<us.status) == 0 ]]; then
		eventually test -s them.status
		cmp answer us.out && cmp data them.out
	else
		return 1
	fi
}
enough_to_listen() {
	domain "$1"
	start us "${STRAIT[@]}" -v -l "${LISTEN[@]}"
	eventually listens_or_fails
	listening us
}
listens_or_fails() {
	listening us || test -s us.status
}

@test "@domain, @role: with hardly any descriptors all arrives" { few_descriptors @role @domain; }

# A user who has used up what pipes may take: new ones are tiny, and none can be made larger.
tiny_pipes() {
	needs_linux_build
	[[ $(id -u) == 0 ]] || skip "needs another user"
	STRAIT=(python3 "$TESTS/launch.py" penniless "${STRAIT[@]}")
	strait --version >/dev/null 2>&1 ||
		skip "another user can't run strait, or there is no limit to a user's pipes"
	random "$SIZE" us.in
	random "$SIZE" answer
	read_by rest
	meet "$1" tcp file:answer shut rest
	finish us
	finish them
	finish reader
	cmp us.in them.out
	cmp answer reader.out
}

@test "TCP, @role: with tiny pipes all arrives" { tiny_pipes @role; }

# The peer sends a lot, or a few bytes, and waits for the answer, which comes from the reader of our
# output once it has it all: nothing may lie about waiting for more.
ping_pong() {
	run -0 timeout -k 1 "$((LIMIT * 2))" python3 "$TESTS/drive.py" ping_pong $((LIMIT / 10)) "$@" "${STRAIT[@]}" 3>&-
}

@test "TCP, @role, to a pipe: after a lot, a few bytes are not kept waiting" { ping_pong @role tcp pipe; }
@test "TCP, @role, to a file: after a lot, a few bytes are not kept waiting" { ping_pong @role tcp file; }
@test "unix, connected, to a pipe: after a lot, a few bytes are not kept waiting" { ping_pong connect unix pipe; }
