#!/usr/bin/env bats
# What changes the bytes on their way, or their pace: -C, -t, -i.
#
# meet in helpers.bash uses ARGS.
# shellcheck disable=SC2034,SC2154 # ... and run sets stderr and stderr_lines

load helpers

# Strait, a pipe on its input and one on its output, and "far", the socket of its peer.

meeting() { # ROLE WAY PROGRAM
	run timeout -k 1 "$LIMIT" python3 "$TESTS/meeting.py" "$1" "$2" "$3" "${STRAIT[@]}" 3>&-
	assert_success
}

# --- -C


# Cut in two anywhere: the second part goes when the first has come, with which nothing stays behind.
crlf_cut() {
	meeting "$1" "$2" '
for cut in range(len(TEXT)):
    m = Meeting(role, way, "-C")
    m.say(TEXT[:cut])
    m.hear(crlf(TEXT[:cut]))
    m.say(TEXT[cut:])
    m.hear(crlf(TEXT)[len(crlf(TEXT[:cut])):])
    m.end()
    m.finish()'
}

crlf_bytes() {
	meeting "$1" "$2" '
m = Meeting(role, way, "-C")
for i in range(len(TEXT)):
    m.say(TEXT[i:i + 1])
    m.hear(crlf(TEXT[:i + 1])[len(crlf(TEXT[:i])):])
m.end()
m.finish()'
}

# @role: connect=connecting | listen=listening
@test "-C: CRLF stays wherever input is cut; @role over TCP" { crlf_cut @role tcp; }
@test "-C: CRLF stays wherever input is cut; connecting to a unix socket" { crlf_cut connect unix; }
@test "-C: CRLF stays wherever input is cut; listening on a unix socket" { crlf_cut listen unix; }
@test "-C: CRLF stays wherever input is cut; @role, seqpacket" { crlf_cut @role seqpacket; }
# @domain: tcp=TCP | seqpacket | udp=UDP
@test "-C: CRLF stays though input comes byte by byte; @domain" { crlf_bytes connect @domain; }
@test "-C: CRLF stays though input comes byte by byte; listening on a unix socket" { crlf_bytes listen unix; }
@test "-C: CRLF stays though input comes byte by byte; listening, UDP" { crlf_bytes listen udp; }

crlf_received() {
	meeting "$1" "$2" '
m = Meeting(role, way, "-C")
m.far.send(TEXT)
m.read(TEXT)
m.say(b"\n")
m.hear(b"\r\n")
m.end()
m.finish()'
}

@test "-C: what is received isn't changed; @role over TCP" { crlf_received @role tcp; }
# @domain: seqpacket | udp=UDP
@test "-C: what is received isn't changed; listening, @domain" { crlf_received listen @domain; }

# An input of 5 MiB, both ways at once: what we send is changed, what we receive is not.
crlf_large() { # ROLE DOMAIN INPUT
	if [[ $3 == newlines ]]; then
		yes '' | head -c $((5 << 20)) >data
		yes $'\r' | head -c $((10 << 20)) >expected
	else
		(head -c $((5 << 20)) /dev/urandom | tr -d '\r'; echo) >data
		LC_ALL=C sed 's/$/\r/' data >expected
	fi
	random $((5 << 20)) reply
	ARGS=(-C)
	if [[ $3 == pipe ]]; then wires '< <(cat data)'; else wires '<data'; fi
	meet "$1" "$2" pour:reply rest
	finish us
	finish them
	cmp expected them.out
	cmp reply us.out
}

@test "-C: 5 MiB of newlines from a file, over TCP" { crlf_large connect tcp newlines; }
@test "-C: 5 MiB of newlines from a file, listening over TCP" { crlf_large listen tcp newlines; }
@test "-C: 5 MiB of anything from a file, over TCP" { crlf_large connect tcp file; }
@test "-C: 5 MiB of anything from a pipe, listening over TCP" { crlf_large listen tcp pipe; }
@test "-C: 5 MiB of newlines from a file, to a unix socket" { crlf_large connect unix newlines; }
@test "-C: 5 MiB of anything from a pipe, listening on a unix socket" { crlf_large listen unix pipe; }

@test "-C: 5 MiB of newlines from a file, seqpacket" {
	yes '' | head -c $((5 << 20)) >data
	listen server -U --seqpacket socket </dev/null
	run -0 strait -C -U --seqpacket socket <data
	finish server
	cmp <(yes $'\r' | head -c $((10 << 20))) server.out
}

@test "-C: a peer that resets after a few bytes is told, status 1" {
	yes '' | head -c $((5 << 20)) >us.in
	ARGS=(-C)
	meet connect tcp recv:1000 reset
	finish us 1
}

@test "-C: nothing from /dev/null is nothing" {
	ARGS=(-C)
	wires '</dev/null'
	meet connect tcp rest send:answer
	finish us
	finish them
	assert_equal "$(<us.out),$(<them.out)" answer,
}

@test "-C: what is typed on a terminal goes with CRLF" {
	peer them listen 127.0.0.1 0 rest
	run timeout -k 1 "$LIMIT" python3 -c '
import os, pty, subprocess, sys, termios
ours, theirs = pty.openpty()
mode = termios.tcgetattr(theirs)
mode[3] &= ~termios.ECHO
termios.tcsetattr(theirs, termios.TCSANOW, mode)
strait = subprocess.Popen(sys.argv[1:], stdin=theirs)
os.write(ours, b"HELO me\nQUIT\n\x04")
sys.exit(strait.wait())' "${STRAIT[@]}" -C 127.0.0.1 "$PORT" 3>&-
	assert_success
	finish them
	cmp <(printf 'HELO me\r\nQUIT\r\n') them.out
}

# A file of LINES newlines and "x" as one datagram: the limit counts what is sent.
crlf_datagram() {
	listen server -u -W "$2" 127.0.0.1 0 </dev/null
	yes '' | head -c "$1" >data
	echo -n x >>data
	run "-$3" --separate-stderr strait -C -u -q 0 "${@:4}" 127.0.0.1 "$PORT" <data
}

@test "-C: a file that makes 65507 bytes is one datagram" {
	crlf_datagram 32753 1 0
	finish server
	cmp <(sed 's/$/\r/' <(head -n 32753 data); echo -n x) server.out
}

@test "-C: a file that makes more than 65507 bytes is no datagram" {
	crlf_datagram 32754 1 2
	assert_equal "${#stderr_lines[@]}" 1
	assert_regex "$stderr" '^strait: .*message too long: the limit is 65507 bytes'
	# Nothing of it has come.
	run -0 strait -u -q 0 127.0.0.1 "$PORT" <<<hello
	finish server
	assert_equal "$(<server.out)" hello
}

@test "-C: with --datagram-size, a file that makes more than 65507 bytes is cut" {
	listen server -u -W 4 --frames 127.0.0.1 0 </dev/null
	printf '\n%.0s' {1..100} >data
	run -0 strait -C -u -q 0 --datagram-size 60 127.0.0.1 "$PORT" <data
	finish server
	printf -v thirty '\r\n%.0s' {1..30}
	printf -v ten '\r\n%.0s' {1..10}
	cmp <(frames write "$thirty" "$thirty" "$thirty" "$ten") server.out
}

# --- -i

# What far receives, piece by piece, and when.

paced() {
	meeting "$1" "$2" '
m = Meeting(role, way, "-i", "300ms", *'"$3"')
m.pieces = pieces(m)
m.say(b"one\ntwo\n\nfour")
m.end()
paced(m, '"$4"', 0.3)
m.finish()'
}

LINES_OF_STREAM='[b"one\n", b"two\n", b"\n", b"four"]'
@test "-i: lines go one by one; @role over TCP" { paced @role tcp '[]' "$LINES_OF_STREAM"; }
@test "-i: lines go one by one; unix socket" { paced listen unix '[]' "$LINES_OF_STREAM"; }
@test "-i: lines go one by one, with -C" {
	paced connect tcp '["-C"]' '[b"one\r\n", b"two\r\n", b"\r\n", b"four"]'
}
@test "-i: lines go one by one, with -t" { paced connect tcp '["-t", "-N"]' "$LINES_OF_STREAM"; }
@test "-i: lines go one by one, each a datagram; UDP" {
	paced connect udp '[]' "$LINES_OF_STREAM"
}
@test "-i: lines go one by one, each a datagram; listening, UDP" {
	paced listen udp '[]' "$LINES_OF_STREAM"
}
@test "-i: lines go one by one, each a message; seqpacket" {
	paced connect seqpacket '[]' "$LINES_OF_STREAM"
}
@test "-i: lines go one by one, each a datagram; UDP with -C" {
	paced connect udp '["-C"]' '[b"one\r\n", b"two\r\n", b"\r\n", b"four"]'
}
@test "-i: with --lines, lines go one by one over UDP" {
	paced connect udp '["--lines"]' '[b"one", b"two", b"", b"four"]'
}
@test "-i: with --datagram-size, a longer line is cut" {
	meeting connect udp '
m = Meeting(role, way, "-i", "1ms", "--datagram-size", "5")
m.far.settimeout(5)
m.say(b"eightlet\nabc")
m.end()
for piece in b"eight", b"let\n", b"abc":
    got = m.far.recv(100)
    assert got == piece, got
m.finish()'
}
@test "-i: with --lines, lines go one by one over seqpacket" {
	meeting listen seqpacket '
m = Meeting(role, way, "-i", "300ms", "--lines")
m.pieces = pieces(m)
m.say(b"one\ntwo\nthree")
m.end()
paced(m, [b"one", b"two", b"three"], 0.3)
m.finish()'
}
@test "-i: with --frames, messages go one by one over TCP" {
	meeting connect tcp '
m = Meeting(role, way, "-i", "300ms", "--frames")
m.pieces = pieces(m)
frames = [b"\0\0\0\3a\nb", b"\0\0\0\0", b"\0\0\0\2\n\n"]
m.say(b"".join(frames))
m.end()
paced(m, frames, 0.3)
m.finish()'
}

# The end comes long before a delay would be over.
no_delay_after() {
	printf %b "$2" >us.in
	ARGS=(-i 1h "${@:3}")
	meet connect "$1" rest
	finish us
	finish them
	cmp us.in them.out
}

@test "-i: nothing is delayed after the only line" { no_delay_after tcp 'one\n'; }
@test "-i: nothing is delayed after a line without an end" { no_delay_after tcp one; }
@test "-i: nothing is delayed after the only line, unix socket" { no_delay_after unix 'one\n'; }
@test "-i: nothing is delayed after the only message, seqpacket" { no_delay_after seqpacket 'one\n'; }

@test "-i: nothing is delayed after the only datagram" {
	peer them -u listen 127.0.0.1 0 message
	run -0 strait -u -q 0 -i 1h --lines 127.0.0.1 "$PORT" <<<one
	finish them
	assert_equal "$(<them.out)" one
}

@test "-i: a line that comes in pieces is not delayed, what is behind it is" {
	meeting connect tcp '
m = Meeting(role, way, "-i", "1h")
for piece in b"o", b"n", b"e", b"\n":
    m.say(piece)
    m.hear(piece)
m.say(b"two\n")
assert not select.select([m.far], [], [], 0.3)[0], "the second line is not delayed"
m.process.terminate()
m.process.wait()'
}

# Behind each line there is a delay, also behind the one that was read last.
@test "-i: lines that come one by one are delayed" {
	meeting connect tcp '
m = Meeting(role, way, "-i", "300ms")
m.pieces = pieces(m)
m.say(b"one\n")
first = next(m.pieces)
m.say(b"two\n")
second = next(m.pieces)
assert (first[0], second[0]) == (b"one\n", b"two\n")
assert second[1] - first[1] > 0.27, second[1] - first[1]
m.end()
m.finish()'
}

flows_meanwhile() {
	meeting "$1" "$2" '
m = Meeting(role, way, "-i", "1h", *'"$3"')
if way == "udp":
    m.read(b"\n")
m.say(b"one\ntwo\n")
m.hear(b"one" if "--lines" in '"$3"' else b"one\n")
# Behind a newline there would be no other.
piece = os.urandom((1 << 14) - 1) + b"."
for _ in range(64):
    m.far.sendall(piece)
    m.read(piece)
    if "--lines" in '"$3"':
        m.read(b"\n")
assert m.silent(), "the second line came meanwhile"
m.process.terminate()
assert m.process.wait() == -signal.SIGTERM, m.process.returncode'
}

@test "-i: 1 MiB comes in during a delay, of which SIGTERM dies; TCP" { flows_meanwhile connect tcp '[]'; }
@test "-i: 1 MiB comes in during a delay, of which SIGTERM dies; unix socket" { flows_meanwhile listen unix '[]'; }
@test "-i: 1 MiB comes in during a delay, of which SIGTERM dies; @domain" { flows_meanwhile listen @domain '["--lines"]'; }

@test "-i: it is not idle who waits for the delay" {
	printf 'one\ntwo\nthree\n' >us.in
	ARGS=(-i 700ms -w 300ms)
	meet connect tcp shut rest
	finish us
	finish them
	cmp us.in them.out
}

@test "-i: -w ends it when the delay is over, and nothing comes" {
	silent_input
	echo one >&"$SILENCE"
	ARGS=(-i 100ms -w 200ms)
	meet connect tcp rest
	finish us 4
}

@test "-i: a delay that is no time is refused" { refused 2 -i soon 127.0.0.1 1 '-i soon: '; }

# --- -t

# What telnet makes of what far says: data, and answers.

# The second part goes when the first has been read: its data is there.
telnet_cut() {
	meeting "$1" "$2" 'telnet_cut()'
}

@test "-t: negotiation is taken out and refused wherever it is cut; @role over TCP" { telnet_cut @role tcp; }
@test "-t: negotiation is taken out and refused wherever it is cut; connecting to a unix socket" { telnet_cut connect unix; }
@test "-t: negotiation is taken out and refused wherever it is cut; listening on a unix socket" { telnet_cut listen unix; }

# A unix socket tells when all that was sent has been read.
@test "-t: negotiation that comes byte by byte is taken out and refused" {
	meeting listen unix '
m = Meeting(role, way, "-t", "-N")
for byte in CORPUS:
    m.far.send(bytes([byte]))
    while int.from_bytes(fcntl.ioctl(m.far, termios.TIOCOUTQ, bytes(4)), sys.byteorder):
        pass
data, answers = strip(CORPUS)
m.read(data)
m.hear(answers)
m.end()
m.finish()'
}

@test "-t: without it nothing is answered or taken out" {
	meeting connect tcp '
m = Meeting(role, way)
m.far.sendall(CORPUS)
m.read(CORPUS)
m.say(b"mine")
m.hear(b"mine")
m.end()
m.finish()'
}

# Requests of far come while we talk; with the answers taken out, our data is whole and in order.
@test "-t: answers go in between our own data, which stays whole and in order" {
	meeting connect tcp 'answers_in_between()'
}

# Nothing answers for the requests of a peer that does not read before it has.
flood() {
	needs_linux_build
	meeting "$1" "$2" 'flood_of_requests()'
}

@test "-t: a million requests and no reader take little memory, and are all answered; TCP" { flood connect tcp; }
@test "-t: a million requests and no reader take little memory, and are all answered; unix socket" { flood listen unix; }

# Requests that come when we have half-closed can't be answered; so that is not done but with -N.
asked_late() { # DOMAIN STEP... OPTIONS
	tr -d '\377' </dev/urandom | head -c $((1 << 20)) >reply
	ARGS=("${@:$#}")
	wires '</dev/null'
	meet connect "$1" "${@:2:$#-2}" 'send:\xff\xfd\x01' file:reply 'send:\xff\xfb\x03end\xff\xfd\x18' shut rest
	finish us
	finish them
	cmp <(cat reply; echo -n end) us.out
}

@test "-t: with -N, requests after our end are not answered, and data comes whole; TCP" {
	asked_late tcp rest -tN
	assert_equal "$(<them.out)" ''
}
@test "-t: with -N, requests after our end are not answered, and data comes whole; unix socket" {
	asked_late unix rest -tN
	assert_equal "$(<them.out)" ''
}
@test "-t: requests after the end of input are answered, and then it is half-closed; TCP" {
	asked_late tcp -t
	cmp <(printf '\xff\xfc\x01\xff\xfe\x03\xff\xfc\x18') them.out
}
@test "-t: requests after the end of input are answered, and then it is half-closed; unix socket" {
	asked_late unix -t
	cmp <(printf '\xff\xfc\x01\xff\xfe\x03\xff\xfc\x18') them.out
}

@test "-t: a peer that asks and goes away at once loses nothing of ours" {
	silent_input
	ARGS=(-t)
	meet connect unix touch:met await:go 'send:\xff\xfd\x01hello\xff\xfb\x01' close
	eventually test -e met
	# It has gone before anything is answered.
	pid=$(pid_of us)
	kill -STOP "$pid"
	touch go
	finish them
	kill -CONT "$pid"
	finish us
	assert_equal "$(<us.out)" hello
}

@test "-t: with -d, requests are answered" {
	ARGS=(-t -d)
	meet connect tcp 'send:\xff\xfd\x01hello' 'expect:\xff\xfc\x01' shut rest
	finish us
	finish them
	assert_equal "$(<us.out)" hello
}

@test "-t: with -i, requests are answered during the delay" {
	meeting connect tcp '
m = Meeting(role, way, "-t", "-i", "1h")
m.say(b"one\ntwo\n")
m.hear(b"one\n")
for i in range(5):
    m.far.sendall(b"x\xff\xfd\x01")
    m.hear(b"\xff\xfc\x01")
    m.read(b"x")
m.process.terminate()
m.process.wait()'
}
