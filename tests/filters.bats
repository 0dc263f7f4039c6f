#!/usr/bin/env bats
# What changes the bytes on their way, or their pace: -C, -t, -i.
#
# meet in helpers.bash uses ARGS.
# shellcheck disable=SC2034,SC2154 # ... and run sets stderr and stderr_lines

load helpers

# Strait, a pipe on its input and one on its output, and "far", the socket of its peer.
MEETING='
import fcntl, os, re, select, signal, socket, subprocess, sys, termios, threading, time

WAYS = {
    "tcp": ([], socket.AF_INET, socket.SOCK_STREAM),
    "unix": (["-U"], socket.AF_UNIX, socket.SOCK_STREAM),
    "seqpacket": (["-U", "--seqpacket"], socket.AF_UNIX, socket.SOCK_SEQPACKET),
    "udp": (["-u", "-q", "0"], socket.AF_INET, socket.SOCK_DGRAM),
}
COUNT = 0

class Meeting:
    def __init__(self, role, way, *options):
        global COUNT
        COUNT += 1
        flags, family, kind = WAYS[way]
        address = f"socket{COUNT}" if family == socket.AF_UNIX else ("127.0.0.1", 0)
        far = socket.socket(family, kind)
        given, self.near_in = os.pipe()
        self.near_out, taken = os.pipe()

        def run(*words):
            return subprocess.Popen([*sys.argv[1:], *options, *flags, *words],
                stdin=given, stdout=taken, stderr=subprocess.PIPE)

        def words(address):
            return [address] if family == socket.AF_UNIX else [address[0], str(address[1])]

        self.bound = role == "connect" and way == "udp"
        if role == "connect":
            far.bind(address)
            if way != "udp":
                far.listen()
            self.process = run(*words(far.getsockname()))
            self.far = far if way == "udp" else far.accept()[0]
        else:
            self.process = run("-v", "-l", *words(address))
            while not (line := self.process.stderr.readline()).startswith((b"Listening", b"Bound")):
                assert line, "it does not listen"
            far.connect(address if family == socket.AF_UNIX else ("127.0.0.1", int(line.split()[-1])))
            self.far = far
            if way == "udp":
                far.send(b".")
                os.close(given), os.close(taken)
                self.read(b".")
                return
        os.close(given), os.close(taken)

    def say(self, data):
        while data:
            data = data[os.write(self.near_in, data):]

    def end(self):
        os.close(self.near_in)

    def hear(self, data):
        """Far receives exactly data, in whatever pieces."""
        got = b""
        if self.bound and data:
            self.far.connect(self.far.recvfrom(1, socket.MSG_PEEK)[1])
            self.bound = False
        while len(got) < len(data) and (piece := self.far.recv(min(1 << 20, len(data) - len(got))
                if self.far.type == socket.SOCK_STREAM else 1 << 20)):
            got += piece
        assert got == data, f"the peer got {got[:200]!r}, not {data[:200]!r}"

    def read(self, data):
        """Standard output gives exactly data."""
        got = b""
        while len(got) < len(data) and (piece := os.read(self.near_out, len(data) - len(got))):
            got += piece
        assert got == data, f"standard output has {got[:200]!r}, not {data[:200]!r}"

    def silent(self):
        """Nothing waits for far."""
        return not select.select([self.far], [], [], 0)[0]

    def finish(self, status=0):
        """Both have finished."""
        if self.far.type != socket.SOCK_DGRAM:
            assert self.far.recv(100) == b"", "more than there should be"
            self.far.shutdown(socket.SHUT_WR)
        assert os.read(self.near_out, 100) == b"", "more than there should be"
        said = self.process.stderr.read()
        assert self.process.wait() == status, (self.process.returncode, said)
        os.close(self.near_out)

def rss(pid):
    with open(f"/proc/{pid}/status") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read())[1])

role, way = sys.argv[1:3]
del sys.argv[1:3]
'

meeting() { # ROLE WAY PROGRAM
	run timeout -k 1 "$LIMIT" python3 -c "$MEETING$3" "$1" "$2" "${STRAIT[@]}" 3>&-
	assert_success
}

# --- -C

CRLF='
CORPUS = b"a\nb\r\nc\r\r\nd\n\n\r\n\re\n\rf\r\n\r"

def crlf(data):
    return re.sub(rb"(?<!\r)\n", b"\r\n", data)
'

# Cut in two anywhere: the second part goes when the first has come, with which nothing stays behind.
crlf_cut() {
	meeting "$1" "$2" "$CRLF"'
for cut in range(len(CORPUS)):
    m = Meeting(role, way, "-C")
    m.say(CORPUS[:cut])
    m.hear(crlf(CORPUS[:cut]))
    m.say(CORPUS[cut:])
    m.hear(crlf(CORPUS)[len(crlf(CORPUS[:cut])):])
    m.end()
    m.finish()'
}

crlf_bytes() {
	meeting "$1" "$2" "$CRLF"'
m = Meeting(role, way, "-C")
for i in range(len(CORPUS)):
    m.say(CORPUS[i:i + 1])
    m.hear(crlf(CORPUS[:i + 1])[len(crlf(CORPUS[:i])):])
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
	meeting "$1" "$2" "$CRLF"'
m = Meeting(role, way, "-C")
m.far.send(CORPUS)
m.read(CORPUS)
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
PACE='
def pieces(m):
    if m.bound:
        m.far.connect(m.far.recvfrom(1, socket.MSG_PEEK)[1])
    while (piece := m.far.recv(65536)) or way == "udp":
        yield piece, time.monotonic()

def paced(m, expected, delay):
    """Each comes by itself, so much after the one before; what was read late comes early."""
    last = None
    for data in expected:
        piece, now = next(m.pieces)
        assert piece == data, f"got {piece!r}, not {data!r}"
        assert last is None or now - last > 0.5 * delay, f"{data!r} after {now - last} s"
        last = now
'

paced() {
	meeting "$1" "$2" "$PACE"'
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
	meeting listen seqpacket "$PACE"'
m = Meeting(role, way, "-i", "300ms", "--lines")
m.pieces = pieces(m)
m.say(b"one\ntwo\nthree")
m.end()
paced(m, [b"one", b"two", b"three"], 0.3)
m.finish()'
}
@test "-i: with --frames, messages go one by one over TCP" {
	meeting connect tcp "$PACE"'
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
	meeting connect tcp "$PACE"'
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
TELNET='
IAC, DONT, DO, WONT, WILL, SB, SE = 255, 254, 253, 252, 251, 250, 240
CORPUS = bytes([
    *b"a", IAC, DO, 1, *b"b", IAC, WILL, 3, *b"c", IAC, IAC, *b"d", IAC, IAC, IAC, DO, 24,
    *b"e", IAC, SB, 24, 1, *b"xterm", IAC, IAC, SB, DO, WILL, IAC, SE, *b"f", IAC, DONT, 5,
    *b"g", IAC, WONT, 6, *b"h", IAC, 241, *b"i\r\n\0", IAC, SB, IAC, SE, IAC, WILL, 0, *b"j"])

def strip(said):
    """Data, and answers, of what has been said so far."""
    requests = re.compile(rb"\xff\xff|\xff\xfa(?:[^\xff]|\xff[^\xf0])*\xff\xf0|\xff[\xfb-\xfe].|"
        rb"\xff[^\xfa-\xff]|\xff.?.?$|\xff\xfa.*$", re.S)
    answers = b""
    for found in requests.finditer(said):
        if len(found[0]) == 3 and found[0][1] in (DO, WILL):
            answers += bytes([IAC, WONT if found[0][1] == DO else DONT, found[0][2]])
    return requests.sub(lambda m: b"\xff" if m[0] == b"\xff\xff" else b"", said), answers

assert strip(CORPUS) == (b"abc\xffd\xffefghi\r\n\0j",
    bytes([IAC, WONT, 1, IAC, DONT, 3, IAC, WONT, 24, IAC, DONT, 0])), strip(CORPUS)
'

# The second part goes when the first has been read: its data is there.
telnet_cut() {
	meeting "$1" "$2" "$TELNET"'
for cut in range(1, len(CORPUS)):
    m = Meeting(role, way, "-t", "-N")
    m.far.sendall(CORPUS[:cut])
    before = strip(CORPUS[:cut])[0]
    m.read(before)
    m.far.sendall(CORPUS[cut:])
    data, answers = strip(CORPUS)
    m.read(data[len(before):])
    m.say(b"mine\n")
    m.hear(answers + b"mine\n")
    m.end()
    m.finish()'
}

@test "-t: negotiation is taken out and refused wherever it is cut; @role over TCP" { telnet_cut @role tcp; }
@test "-t: negotiation is taken out and refused wherever it is cut; connecting to a unix socket" { telnet_cut connect unix; }
@test "-t: negotiation is taken out and refused wherever it is cut; listening on a unix socket" { telnet_cut listen unix; }

# A unix socket tells when all that was sent has been read.
@test "-t: negotiation that comes byte by byte is taken out and refused" {
	meeting listen unix "$TELNET"'
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
	meeting connect tcp "$TELNET"'
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
	meeting connect tcp "$TELNET"'
m = Meeting(role, way, "-t", "-N")
mine = b"".join(b"line %d\n" % i for i in range(40000))
asked = b"".join(bytes([IAC, DO if i % 2 else WILL, i % 250]) + b"%d\n" % i for i in range(20000))
def talk():
    m.say(mine)
def ask():
    for i in range(0, len(asked), 1000):
        m.far.sendall(asked[i:i + 1000])
def listen():
    m.read(strip(asked)[0])
threads = [threading.Thread(target=f) for f in (talk, ask, listen)]
for t in threads:
    t.start()
answers, length, got = strip(asked)[1], len(mine) + 60000, b""
while len(got) < length and (piece := m.far.recv(65536)):
    got += piece
for t in threads:
    t.join()
replies = b"".join(re.findall(rb"\xff[\xfc\xfe].", got, re.S))
assert re.sub(rb"\xff[\xfc\xfe].", b"", got, flags=re.S) == mine
assert replies == answers
m.end()
m.finish()'
}

# Nothing answers for the requests of a peer that does not read before it has.
flood() {
	needs_linux_build
	meeting "$1" "$2" "$TELNET"'
m = Meeting(role, way, "-t", "-N", "-O", "64k", "-I", "64k")
m.far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
COUNT = 1000000
asked = bytes([IAC, DO, 1]) * COUNT + b"the end"
sent = 0
m.far.setblocking(False)
deadline = time.monotonic() + 0.5
most = 0
while time.monotonic() < deadline and sent < len(asked):
    most = max(most, rss(m.process.pid))
    try:
        sent += m.far.send(asked[sent:sent + 65536])
        deadline = time.monotonic() + 0.5
    except BlockingIOError:
        select.select([], [m.far], [], 0.05)
m.say(b"mine")
got, data = b"", b""
while len(got) < 3 * COUNT + 4:
    readable, writable, _ = select.select([m.far], [m.far] if sent < len(asked) else [], [])
    if writable:
        sent += m.far.send(asked[sent:sent + 65536])
    if readable:
        piece = m.far.recv(65536)
        assert piece, "it has ended"
        got += piece
    most = max(most, rss(m.process.pid))
assert got.replace(b"mine", b"") == bytes([IAC, WONT, 1]) * COUNT
assert got.count(b"mine") == 1
m.read(b"the end")
m.far.setblocking(True)
m.end()
m.finish()
assert os.environ.get("SLOW") or most < 16 << 10, f"{most} KiB"'
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
