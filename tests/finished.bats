#!/usr/bin/env bats
# Clients of a server that have finished, or have gone without anybody being told, keep nobody out:
# they do not count, and where room is wanted the one that finished longest ago goes.
#
# shellcheck disable=SC2030,SC2031 # each test has a STRAIT of its own

load helpers

# Clients in a row: each connects, sends a line, and closes.
visitors() { # DOMAIN COUNT
	timeout -k 1 "$LIMIT" python3 "$TESTS/clients.py" visit "$1" "$PORT" "$2" 3>&-
}

# The server is "us"; what is heard is "heard", by way of a pipe.
serves() { # DOMAIN ARG...
	domain "$1"
	silent_input
	read_by rest
	listen us -k "${@:2}" "${LISTEN[@]}"
}

# Each of them was heard, in whatever order.
all_heard() { # COUNT [FILE]
	[[ $(sort -u "${2:-reader.out}" 2>/dev/null | wc -l) == "$1" ]]
}
refused_nobody() {
	run grep '^strait: refused' us.err
	assert_output ''
}

received() { # COUNT
	(($(grep -c '^Connection received' us.err) == $1))
}

comes_and_goes() { # DOMAIN
	serves "$1"
	visitors "$1" 1000
	eventually all_heard 1000
	refused_nobody
}
# @domain: tcp=TCP | unix
@test "@domain: very many clients come and go, an idle pipe is our input: all are heard" { comes_and_goes @domain; }

@test "very many clients come and go when there are few descriptors: all are heard" {
	STRAIT=(bash -c 'ulimit -n 16; exec "$@"' strait "${STRAIT[@]}")
	[[ -z ${SLOW:-} ]] || skip "a sanitizer needs descriptors of its own"
	serves tcp
	visitors tcp 1000
	eventually all_heard 1000
}

@test "clients that come and go, once standard input has spoken, with a file as output: all are heard" {
	silent_input
	listen us -k 127.0.0.1 0
	peer them connect 127.0.0.1 "$PORT" expect:word close
	printf word >&"$SILENCE"
	finish them
	visitors tcp 300
	eventually all_heard 300 us.out
	refused_nobody
}

@test "--exec: a program that ignores the end of its input keeps no other client out" {
	serves tcp --sh-exec "cat >>\"$PWD/got\"; exec tail -f /dev/null"
	visitors tcp 250
	eventually all_heard 250 got
	refused_nobody
}

@test "--exec behind pipes: a program that ignores the end of its input keeps no other client out" {
	serves tcp --idle-timeout 1m --sh-exec "cat >>\"$PWD/got\"; exec tail -f /dev/null"
	visitors tcp 250
	eventually all_heard 250 got
	refused_nobody
}

# Not even so, as long as there are not too many of them.
@test "--exec: programs that do not go when they are told are bounded" {
	serves tcp --max-conns 1 --sh-exec "trap '' HUP; cat >>\"$PWD/got\"; exec tail -f /dev/null"
	visitors tcp 150
	eventually assert_said us 'refused .*: the limit is reached \(--max-conns 1\)'
	(($(pgrep -c -P "$(pid_of us)") <= 102))
	pkill -KILL -P "$(pid_of us)"
}

relays() { # DOMAIN
	start backend socat -u "UNIX-LISTEN:target,fork,backlog=1024" OPEN:got,creat,append
	eventually test -S target
	serves "$1" --to unix:target
	visitors "$1" 1000
	eventually all_heard 1000 got
	refused_nobody
}
@test "@domain: a relay: very many clients come and go, all are heard" { relays @domain; }

# The target keeps its side open.
@test "a relay whose target does not end its side keeps no other client out" {
	start backend python3 "$TESTS/listeners.py" keep target got
	eventually test -S target
	serves tcp --to unix:target
	visitors tcp 1000
	eventually all_heard 1000 got
	refused_nobody
}

@test "a relay whose target is down is not filled by who has gone" {
	serves tcp --max-conns 3 --retry=1m --to unix:target
	visitors tcp 100
	peer them connect 127.0.0.1 "$PORT" 'send:here\n' rest
	start backend python3 "$TESTS/listeners.py" keep target got
	eventually grep -qs here got
}

# What was given to a client that has gone is for the next one.
@test "a line of standard input is not lost to a client that has gone" {
	serves tcp
	visitors tcp 1
	eventually all_heard 1
	printf 'a line\n' >&"$SILENCE"
	eventually input_is_read
	peer them connect 127.0.0.1 "$PORT" expect:'a line\n'
	finish them
}
input_is_read() {
	! python3 -c 'import select, sys; sys.exit(0 if select.select([sys.stdin], [], [], 0)[0] else 1)' <&"$SILENCE"
}

# One that only listens, and has said so, is there, and hears all.
@test "a client that has half-closed hears what comes on standard input, each line once" {
	serves tcp
	peer them connect 127.0.0.1 "$PORT" shut expect:'one\n' touch:heard expect:'two\n'
	printf 'one\n' >&"$SILENCE"
	eventually test -e heard
	printf 'two\n' >&"$SILENCE"
	finish them
	peer late connect 127.0.0.1 "$PORT" quiet:0.3
	finish late
}

# A client that is still being sent to is not dropped.
@test "a client that has half-closed and still takes what it was sent counts" {
	random $((8 << 20)) us.in
	listen us -k --max-conns 1 127.0.0.1 0
	peer them connect 127.0.0.1 "$PORT" shut recv:1000 touch:begun await:go rest
	eventually test -e begun
	peer other connect 127.0.0.1 "$PORT" rest
	finish other 1
	touch go
	finish them
	cmp us.in them.out
	assert_said us 'refused .*: the limit is reached \(--max-conns 1\)'
}

@test "--max-conns: a full server says so once, without -v" {
	silent_input
	start us "${STRAIT[@]}" -lk --max-conns 1 127.0.0.1 0
	eventually listening us
	peer one connect 127.0.0.1 "$PORT" await:never
	for name in two three four; do
		peer "$name" connect 127.0.0.1 "$PORT" rest
		eventually test -s "$name.status"
	done
	assert_equal "$(grep -c '^strait: refused' us.err)" 1
}

# A peer that the access list refuses takes nobody's place.
@test "a client that has half-closed stays when others are not allowed" {
	serves tcp --max-conns 1 --allow 127.0.0.1
	peer them connect 127.0.0.1 "$PORT" shut expect:'a line\n'
	eventually assert_said us 'Connection received'
	for _ in 1 2 3; do
		run ! strait -s 127.0.0.2 127.0.0.1 "$PORT" </dev/null
	done
	printf 'a line\n' >&"$SILENCE"
	finish them
}

# What it was sent is not waited for for ever.
@test "--exec: a program that reads nothing keeps no other client out" {
	serves tcp --max-conns 3 -e 'tail -f /dev/null'
	visitors tcp 3
	eventually comes_in 4
}
comes_in() { # COUNT
	visitors tcp 1
	(($(grep -c 'Connection received' us.err) >= $1))
}

# The target takes one connection only: another client is let in, and then hears that.
breaks_off() { # STEP...
	peer target listen 127.0.0.1 0 queued await:go broken
	serves tcp --max-conns 1 --to "127.0.0.1:$PORT"
	peer one connect 127.0.0.1 "$PORT" "$@" reset
	finish one
	peer two connect 127.0.0.1 "$PORT" broken
	finish two
	received 2
	refused_nobody
	touch go
	finish target
}

# More than the target takes is on its way, so that the relay does not read its client.
@test "--to: a client that breaks off while the target does not read keeps no other out, and the target hears a reset" {
	breaks_off fill
}

# The relay has read it all, and the target's kernel does not take it.
@test "--to: a client that breaks off while the target does not read it all keeps no other out, and the target hears a reset" {
	random 1000000 data
	breaks_off file:data acked
}
