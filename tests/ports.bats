#!/usr/bin/env bats
# Connecting to several ports: one after the other.

# shellcheck disable=SC2016,SC2154 # run sets stderr and stderr_lines
load helpers

# Peers at ports in a row, FIRST and so on, one for each word: "open" says "answer N" and keeps in
# port.N what it hears up to the end; "closed" is nobody; "reset" breaks off; "late" is open, and
# answers when the file go is there.

peers() { # ADDRESS KIND...
	HOST=$1
	start peers python3 "$TESTS/listeners.py" row "$@"
	eventually listening peers
	FIRST=$PORT
	LAST=$((FIRST + $# - 2))
}

in_order() { # ADDRESS
	peers "$1" open open open
	run -0 --separate-stderr strait "$HOST" "$FIRST-$LAST" <<<hello
	assert_output 'answer 0
answer 1
answer 2'
	assert_equal "$stderr" ''
	eventually test -e port.2
	assert_equal "$(<port.0),$(<port.1),$(<port.2)" hello,,
}

# @family: 127.0.0.1=IPv4 | ::1=IPv6
@test "each port of a range comes in turn, and input goes to the first; @family" { in_order @family; }

written_as() { # PORTS, as arithmetic to be done
	peers 127.0.0.1 open open open
	run -0 strait 127.0.0.1 "$(eval "echo $1")" </dev/null
	assert_output 'answer 0
answer 1
answer 2'
}

@test "ports may be a list" { written_as '$FIRST,$((FIRST + 1)),$LAST'; }
@test "ports come in order, however they are written" { written_as '$LAST,$FIRST,$((FIRST + 1))'; }
@test "a range may be written backwards" { written_as '$LAST-$FIRST'; }
@test "ports may be a list of ranges, and count once" { written_as '$FIRST-$LAST,$FIRST,$((FIRST + 1))-$LAST'; }

@test "ports where nobody is are passed over, and input goes to the first where somebody is" {
	peers 127.0.0.1 closed open closed open closed
	run -0 --separate-stderr strait 127.0.0.1 "$FIRST-$LAST" <<<hello
	assert_output 'answer 1
answer 3'
	assert_equal "$stderr" ''
	assert_equal "$(<port.1),$(<port.3)" hello,
}

@test "with -v each port is told" {
	peers 127.0.0.1 closed open closed open
	run -0 --separate-stderr strait -n -v 127.0.0.1 "$FIRST-$LAST" </dev/null
	assert_output 'answer 1
answer 3'
	assert_equal "$stderr" "strait: connect to 127.0.0.1 $FIRST: Connection refused
Connection to 127.0.0.1 $((FIRST + 1)) port [tcp/*] succeeded!
strait: connect to 127.0.0.1 $((FIRST + 2)): Connection refused
Connection to 127.0.0.1 $((FIRST + 3)) port [tcp/*] succeeded!"
}

@test "nobody at any port is status 1, with a line" {
	peers 127.0.0.1 closed closed closed
	run -1 --separate-stderr strait 127.0.0.1 "$FIRST-$LAST" </dev/null
	assert_output ''
	assert_equal "$stderr" "strait: connect to 127.0.0.1 $FIRST-$LAST: no port accepted a connection"
}

@test "nobody at any port is status 1; -v says it of each" {
	peers 127.0.0.1 closed closed closed
	run -1 --separate-stderr strait -v 127.0.0.1 "$FIRST-$LAST" </dev/null
	assert_equal "${#stderr_lines[@]}" 3
	local i
	for i in 0 1 2; do
		assert_equal "${stderr_lines[i]}" "strait: connect to 127.0.0.1 $((FIRST + i)): Connection refused"
	done
}

breaks() { # KIND...
	peers 127.0.0.1 "$@"
	run -1 --separate-stderr strait 127.0.0.1 "$FIRST-$LAST" </dev/null
	assert_equal "${#stderr_lines[@]}" 1
	assert_regex "$stderr" '^strait: .*reset by peer'
}

@test "a connection that breaks is status 1, and the ports behind it come even so" {
	breaks open reset open
	assert_output 'answer 0
answer 2'
}
@test "a connection that breaks at the last port is status 1" {
	breaks open reset
	assert_output 'answer 0'
}
@test "a connection that breaks is status 1, though others are refused" {
	breaks closed reset closed
}

# If it were closed before, the reader would see the end.
@test "standard output is closed behind the last port" {
	peers 127.0.0.1 open late closed
	read_by 'expect:answer 0\n' touch:go 'expect:answer 1\n' rest touch:end
	start us "${STRAIT[@]}" 127.0.0.1 "$FIRST-$LAST" </dev/null
	finish us
	finish reader
	assert [ -e end ]
}

@test "-i is between ports, too" {
	peers 127.0.0.1 open closed open
	clock_start
	run -0 strait -i 300ms 127.0.0.1 "$FIRST-$LAST" </dev/null
	assert_output 'answer 0
answer 2'
	assert_took 600
}

@test "-i: nothing is delayed behind the last port" {
	peers 127.0.0.1 open
	run -0 strait -i 1h 127.0.0.1 "$FIRST,$FIRST" </dev/null
	assert_output 'answer 0'
}

@test "SIGTERM between two ports is died of" {
	peers 127.0.0.1 open open
	start us "${STRAIT[@]}" -i 1h 127.0.0.1 "$FIRST-$LAST" </dev/null
	eventually test -e port.0
	kill "$(pid_of us)"
	finish us 143
	assert_equal "$(<us.out)" 'answer 0'
}

@test "-C holds for every port" {
	peers 127.0.0.1 closed open open
	run -0 strait -C 127.0.0.1 "$FIRST-$LAST" <<<hello
	assert_output 'answer 1
answer 2'
	cmp <(printf 'hello\r\n') port.1
}

@test "--retry asks each port until somebody is there" {
	peers 127.0.0.1 open open
	run -0 strait --retry 127.0.0.1 "$FIRST-$LAST" </dev/null
	assert_output 'answer 0
answer 1'
}

# --- What is no list of ports

@test "a list without an end is refused" { refused 2 127.0.0.1 22,  "^strait: port '22,': a port is missing"; }
@test "a list without a beginning is refused" { refused 2 127.0.0.1 ,22 "^strait: port ',22': a port is missing"; }
@test "a list with a hole is refused" { refused 2 127.0.0.1 22,,23 "^strait: port '22,,23': a port is missing"; }
@test "a range without an end is refused" { refused 2 127.0.0.1 22- '^strait: port 22-: '; }
@test "a range without a beginning is refused" { refused 2 127.0.0.1 20,-22 '^strait: port -22: '; }
@test "a range that begins at 0 is refused" { refused 2 127.0.0.1 0-22 '^strait: port 0-22: expected a number from 1 to 65535'; }
@test "a range beyond the last port is refused" { refused 2 127.0.0.1 22,65535-65536 '^strait: port 65535-65536: '; }
@test "a range of three is refused" { refused 2 127.0.0.1 1-2-3 '^strait: port 1-2-3: '; }
@test "nobody listens on several ports" { refused 2 -l 127.0.0.1 20-22 '^strait: port 20-22: expected a single port'; }
