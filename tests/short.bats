#!/usr/bin/env bats
# Splices that fail, or move less than they were asked to: preload/splice.c makes them so, in one
# strait of two. Whatever it is, all arrives and both exit 0, or one says what is wrong; what has
# arrived is the beginning of what was sent. Some failures must not be noticed at all.

load helpers

LIBRARY=$ROOT/${BUILD:-build}/splice.so
SIZE=$(((1 << 20) + 4321))

suits() {
	needs_linux_build
	[[ -z ${SLOW:-} ]] || skip "the tool that it runs under wants to be loaded first itself"
	[[ -z ${STRAIT_NO_SPLICE+set} ]] || skip "splicing is switched off"
	[[ -e $LIBRARY ]] || skip "$LIBRARY has not been made"
	PLAIN=("${STRAIT[@]}")
}

# Sets STRAIT to one whose splices go wrong as VARIABLEs say.
wrong() {
	STRAIT=(env LD_PRELOAD="$LIBRARY" SPLICE_LOG="$PWD/log" "$@" "${PLAIN[@]}")
}

# From a sender's input to a receiver's output, "file" or "pipe", over "tcp" or "unix". The SIDE
# that is "sender" or "receiver" goes wrong as VARIABLEs say.
carry() { # FROM DOMAIN TO SIDE VARIABLE...
	domain "$2"
	rm -f ./*.err ./*.out ./*.status socket log output got
	STRAIT=("${PLAIN[@]}")
	[[ $4 != receiver ]] || wrong "${@:5}"
	if [[ $3 == pipe ]]; then
		mkfifo output
		start reader bash -c 'exec cat <output >got'
		wires '>output'
	else
		wires '>got'
	fi
	listen receiver "${LISTEN[@]}" </dev/null
	STRAIT=("${PLAIN[@]}")
	[[ $4 != sender ]] || wrong "${@:5}"
	[[ $1 == file ]] || wires '< <(cat data)'
	start sender "${STRAIT[@]}" "${CONNECT[@]}" "$PORT" <data
	eventually test -s sender.status
	eventually test -s receiver.status
	[[ $3 != pipe ]] || finish reader
}

arrives() {
	carry "$@"
	finish sender
	finish receiver
	cmp data got
}
arrives_or_is_told() {
	local got name
	carry "$@"
	got=$(stat -c %s got)
	cmp -n "$got" data got
	if [[ $(<sender.status)$(<receiver.status) == 00 ]]; then
		assert_equal "$got" "$SIZE"
		return
	fi
	for name in sender receiver; do
		[[ $(<"$name.status") == 0 ]] || assert_complained "$name" '.*'
	done
	[[ $(<"$4.status") != 0 ]]
}
goes_wrong() {
	assert [ -s log ]
}

# Every place of a splice on this way: of the side, and where.
places() { # FROM DOMAIN TO
	case $1 in
	file) echo sender in && echo sender out ;;
	pipe) echo sender straight ;;
	esac
	# What goes to a regular file is written.
	[[ $3 == file ]] || echo receiver straight
}

# An error at the first call, and at some later ones.
fails() { # VERDICT ERROR FROM DOMAIN TO
	local side where when
	random "$SIZE" data
	while read -r side where; do
		for when in AT=1 AT=2 AT=3 AT=10 EVERY=3 AFTER=$((SIZE / 2)); do
			echo "$side, $where, $when"
			"$1" "${@:3}" "$side" SPLICE_WHERE="$where" SPLICE_FAIL="$2" SPLICE_"$when" SPLICE_MOST=40000
			goes_wrong
		done
	done < <(places "${@:3}")
}

short() { # MOST BYTES FROM DOMAIN TO
	local side where
	random "$2" data
	while read -r side where; do
		echo "$side, $where"
		arrives "${@:3}" "$side" SPLICE_WHERE="$where" SPLICE_MOST="$1"
	done < <(places "${@:3}")
	arrives "${@:3}" sender SPLICE_MOST="$1"
	arrives "${@:3}" receiver SPLICE_MOST="$1"
}

# While splices fall short the pipe in between has always something in it.
refused_while_short() { # ERROR FROM DOMAIN TO
	random "$SIZE" data
	arrives "${@:2}" sender SPLICE_WHERE=out SPLICE_MOST=1000 SPLICE_FAIL="$1" SPLICE_AT=50
	goes_wrong
	arrives "${@:2}" sender SPLICE_MOST=random SPLICE_FAIL="$1" SPLICE_AFTER=300000
	goes_wrong
}

@test "TCP, file to file: EAGAIN is not noticed" { fails arrives EAGAIN file tcp file; }
@test "TCP, pipe to pipe: EAGAIN is not noticed" { fails arrives EAGAIN pipe tcp pipe; }
@test "unix, file to pipe: EAGAIN is not noticed" { fails arrives EAGAIN file unix pipe; }
@test "unix, pipe to file: EAGAIN is not noticed" { fails arrives EAGAIN pipe unix file; }
@test "TCP, file to file: EINTR is not noticed" { fails arrives EINTR file tcp file; }
@test "TCP, pipe to pipe: EINTR is not noticed" { fails arrives EINTR pipe tcp pipe; }
@test "unix, file to pipe: EINTR is not noticed" { fails arrives EINTR file unix pipe; }
@test "unix, pipe to file: EINTR is not noticed" { fails arrives EINTR pipe unix file; }
@test "TCP, file to file: EINVAL is not noticed" { fails arrives EINVAL file tcp file; }
@test "TCP, pipe to pipe: EINVAL is not noticed" { fails arrives EINVAL pipe tcp pipe; }
@test "unix, file to pipe: EINVAL is not noticed" { fails arrives EINVAL file unix pipe; }
@test "unix, pipe to file: EINVAL is not noticed" { fails arrives EINVAL pipe unix file; }
@test "TCP, file to file: ENOSYS is not noticed" { fails arrives ENOSYS file tcp file; }
@test "TCP, pipe to pipe: ENOSYS is not noticed" { fails arrives ENOSYS pipe tcp pipe; }
@test "unix, file to pipe: ENOSYS is not noticed" { fails arrives ENOSYS file unix pipe; }
@test "unix, pipe to file: ENOSYS is not noticed" { fails arrives ENOSYS pipe unix file; }
@test "TCP, file to file: EPERM is not noticed" { fails arrives EPERM file tcp file; }
@test "TCP, pipe to pipe: EPERM is not noticed" { fails arrives EPERM pipe tcp pipe; }
@test "unix, file to pipe: EPERM is not noticed" { fails arrives EPERM file unix pipe; }
@test "unix, pipe to file: EPERM is not noticed" { fails arrives EPERM pipe unix file; }
@test "TCP, file to file: ENOBUFS is not noticed" { fails arrives ENOBUFS file tcp file; }
@test "TCP, pipe to pipe: ENOBUFS is not noticed" { fails arrives ENOBUFS pipe tcp pipe; }
@test "unix, file to pipe: ENOBUFS is not noticed" { fails arrives ENOBUFS file unix pipe; }
@test "unix, pipe to file: ENOBUFS is not noticed" { fails arrives ENOBUFS pipe unix file; }
@test "TCP, file to file: ENOMEM is told" { fails arrives_or_is_told ENOMEM file tcp file; }
@test "TCP, pipe to pipe: ENOMEM is told" { fails arrives_or_is_told ENOMEM pipe tcp pipe; }
@test "unix, file to pipe: ENOMEM is told" { fails arrives_or_is_told ENOMEM file unix pipe; }
@test "unix, pipe to file: ENOMEM is told" { fails arrives_or_is_told ENOMEM pipe unix file; }
@test "TCP, file to file: EIO is told" { fails arrives_or_is_told EIO file tcp file; }
@test "TCP, pipe to pipe: EIO is told" { fails arrives_or_is_told EIO pipe tcp pipe; }
@test "unix, file to pipe: EIO is told" { fails arrives_or_is_told EIO file unix pipe; }
@test "unix, pipe to file: EIO is told" { fails arrives_or_is_told EIO pipe unix file; }
@test "TCP, file to file: EPIPE is told" { fails arrives_or_is_told EPIPE file tcp file; }
@test "TCP, pipe to pipe: EPIPE is told" { fails arrives_or_is_told EPIPE pipe tcp pipe; }
@test "unix, file to pipe: EPIPE is told" { fails arrives_or_is_told EPIPE file unix pipe; }
@test "unix, pipe to file: EPIPE is told" { fails arrives_or_is_told EPIPE pipe unix file; }
@test "TCP, file to file: ECONNRESET is told" { fails arrives_or_is_told ECONNRESET file tcp file; }
@test "TCP, pipe to pipe: ECONNRESET is told" { fails arrives_or_is_told ECONNRESET pipe tcp pipe; }
@test "unix, file to pipe: ECONNRESET is told" { fails arrives_or_is_told ECONNRESET file unix pipe; }
@test "unix, pipe to file: ECONNRESET is told" { fails arrives_or_is_told ECONNRESET pipe unix file; }
@test "TCP, file to file: ENOSPC is told" { fails arrives_or_is_told ENOSPC file tcp file; }
@test "TCP, pipe to pipe: ENOSPC is told" { fails arrives_or_is_told ENOSPC pipe tcp pipe; }
@test "unix, file to pipe: ENOSPC is told" { fails arrives_or_is_told ENOSPC file unix pipe; }
@test "unix, pipe to file: ENOSPC is told" { fails arrives_or_is_told ENOSPC pipe unix file; }
@test "TCP, file to file: single bytes" { short 1 20000 file tcp file; }
@test "TCP, pipe to pipe: single bytes" { short 1 20000 pipe tcp pipe; }
@test "unix, file to pipe: single bytes" { short 1 20000 file unix pipe; }
@test "unix, pipe to file: single bytes" { short 1 20000 pipe unix file; }
@test "TCP, file to file: seven bytes at a time" { short 7 100000 file tcp file; }
@test "TCP, pipe to pipe: seven bytes at a time" { short 7 100000 pipe tcp pipe; }
@test "unix, file to pipe: seven bytes at a time" { short 7 100000 file unix pipe; }
@test "unix, pipe to file: seven bytes at a time" { short 7 100000 pipe unix file; }
@test "TCP, file to file: less than a page at a time" { short 4095 1048576 file tcp file; }
@test "TCP, pipe to pipe: less than a page at a time" { short 4095 1048576 pipe tcp pipe; }
@test "unix, file to pipe: less than a page at a time" { short 4095 1048576 file unix pipe; }
@test "unix, pipe to file: less than a page at a time" { short 4095 1048576 pipe unix file; }
@test "TCP, file to file: now more, now less" { short random 1048576 file tcp file; }
@test "TCP, pipe to pipe: now more, now less" { short random 1048576 pipe tcp pipe; }
@test "unix, file to pipe: now more, now less" { short random 1048576 file unix pipe; }
@test "unix, pipe to file: now more, now less" { short random 1048576 pipe unix file; }

# @domain: tcp=TCP | unix
@test "@domain, file to file: EINVAL with something in the pipe between" { refused_while_short EINVAL file @domain file; }
@test "@domain, file to file: EAGAIN with something in the pipe between" { refused_while_short EAGAIN file @domain file; }
@test "@domain, file to file: EINTR with something in the pipe between" { refused_while_short EINTR file @domain file; }

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

# Standard output is full, and when it no longer is, the peer has broken off: that is the peer's
# doing, and not the output's.
reset_when_there_is_room() { # ROLE DOMAIN
	wrong SPLICE_WHERE=straight SPLICE_FAIL=ECONNRESET SPLICE_AT=again
	mkfifo us.in us.out
	# shellcheck disable=SC2034 # held open
	exec {SILENCE}<>us.in {DAM}<>us.out
	# First so much that the lane splices; then the output is filled by somebody else.
	random 300000 data
	meet "$1" "$2" file:data await:full send:hello touch:said await:never
	timeout "$LIMIT" head -c 300000 <&"$DAM" >got
	cmp data got
	dd if=/dev/zero of=us.out oflag=nonblock bs=4096 2>/dev/null || :
	touch full
	eventually test -e said
	eventually rests "$(pid_of us)"
	timeout "$LIMIT" head -c 65536 <&"$DAM" >/dev/null
	finish us 1
	goes_wrong
	assert_complained us 'read from .*Connection reset by peer'
}

# @role: listen=listening | connect=connected
@test "TCP, @role: a reset that shows once there is room is the peer's" { reset_when_there_is_room @role tcp; }
@test "unix, connected: a reset that shows once there is room is the peer's" { reset_when_there_is_room connect unix; }

# A file that takes little at a time, and a peer that breaks off: what it had sent is kept.
kept_before_a_reset() { # ROLE
	wrong SPLICE_WHERE=out SPLICE_MOST=1000
	random 60000 data
	meet "$1" tcp touch:met await:go file:data acked reset </dev/null
	local pid
	pid=$(pid_of us)
	eventually test -e met
	kill -STOP "$pid"
	touch go
	finish them
	kill -CONT "$pid"
	finish us 1
	assert_complained us '.*Connection reset by peer \(0 bytes sent, 60000 received\)$'
	cmp data us.out
}

@test "@role: what a slow output has not taken yet is kept when the peer resets" { kept_before_a_reset @role; }
