#!/usr/bin/env bats
# Rooms: --broker and --chat. What one says goes to all others, exactly once, in one order for all.

# shellcheck disable=SC2154 # run sets stderr and stderr_lines
load helpers

# Opens a room: MODE (broker, chat) over DOMAIN (tcp, tcp6, unix). Standard input is a file, of which
# nothing is ever read.
open_room() { # MODE DOMAIN ARGS...
	domain "$2"
	[[ -e room.in ]] || echo never >room.in
	listen room "--$1" "${@:3}" "${LISTEN[@]}"
}

# What people in the room do, in Python:
#
#   come()      another member, when the room has taken him in; anybody() does not wait for that
#   M.say(TEXT), M.hear(TEXT)   hear: exactly that, next
#   M.line()    the next line
#   M.rest()    all until the end; M.gone(): that, a reset also being an end
#   M.shut(), M.reset(), M.close()
#   told(RE)    waits until the room's standard error has a line that matches
#   at_rest()   waits until the room does nothing; bounded(): its memory is
#   fill(M, DATA)   M says of it what is taken without anybody reading; returns how much that is
PEOPLE='
import os, re, select, socket, struct, sys, threading, time, hashlib
where, limit, pid = sys.argv[1], float(sys.argv[2]) / 2, sys.argv[3]
people = []

def told(pattern, count=1):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if len(re.findall(pattern, open("room.err").read(), re.M)) >= count:
            return
        time.sleep(0.005)
    sys.exit(f"the room never said {pattern!r}")

class Member:
    def __init__(self, source=None):
        if not where.isdigit():
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.connect(where)
        else:
            host = "::1" if "Listening on ::1 " in open("room.err").read() else "127.0.0.1"
            self.sock = socket.create_connection((host, int(where)))
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.settimeout(limit)
        self.file = self.sock.makefile("rb")
    def say(self, text):
        self.sock.sendall(text if isinstance(text, bytes) else text.encode())
    def read(self, count):
        return self.file.read(count)
    def hear(self, text):
        text = text if isinstance(text, bytes) else text.encode()
        heard = self.read(len(text))
        if heard != text:
            sys.exit(f"heard {heard[:200]!r}, not {text[:200]!r}")
    def line(self):
        return self.file.readline().decode()
    def rest(self):
        return self.file.read()
    def gone(self):
        try:
            return self.rest()
        except ConnectionResetError:
            return b""
    def broken(self):
        try:
            equal(self.rest(), b"")
        except ConnectionResetError:
            return
        equal(self.sock.family, socket.AF_UNIX)
    def shut(self):
        self.sock.shutdown(socket.SHUT_WR)
    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()
    def close(self):
        self.file.close()
        self.sock.close()
    def say_all(self, data, done=None):
        def run():
            try:
                self.say(data)
                done and self.shut()
            except OSError:
                pass
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

anybody = Member

def come():
    people.append(Member())
    told("^Connection received", len(people))
    return people[-1]

def memory():
    return 1024 * int(re.search(r"VmRSS:\s*(\d+)", open(f"/proc/{pid}/status").read())[1])

def bounded():
    if not os.environ.get("SLOW"):
        assert memory() < 40 << 20, f"{memory()} bytes of memory"

def at_rest():
    """Waits until the room does nothing at all, at twenty looks in a row."""
    end, looks = time.monotonic() + limit, 0
    while looks < 20:
        assert time.monotonic() < end, "the room never rests"
        state = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[0]
        looks = looks + 1 if state == "S" else 0
        time.sleep(0.01)

def fill(who, data):
    """Says it until nobody takes any more. Returns how much."""
    who.sock.settimeout(0.7)
    sent = 0
    try:
        while sent < len(data):
            sent += who.sock.send(data[sent:sent + (1 << 20)])
        sys.exit("nobody had to wait")
    except TimeoutError:
        who.sock.settimeout(limit)
        return sent

def equal(a, b):
    if a != b:
        sys.exit(f"{str(a)[:300]!r} is not {str(b)[:300]!r}")

def chatters(count):
    """So many in a chat, who know of each other."""
    crowd = []
    for n in range(1, count + 1):
        crowd.append(come())
        crowd[-1].hear(f"<strait> you are user{n}\n")
        for other in crowd[:-1]:
            other.hear(f"<strait> user{n} is here\n")
    return crowd
'

people() {
	timeout -k 1 "$((LIMIT * 2))" python3 -c "$PEOPLE$1" "$PORT" "$LIMIT" "$(pid_of room)" >&2
}

# Still there, and its standard input and output are as they were.
room_is_well() {
	refute [ -e room.status ]
	assert [ ! -s room.out ]
	assert_equal "$(input_read "$(pid_of room)")" 0
}

# --- The broker

reaches_all_others() {
	open_room broker "$1"
	people '
a, b, c = come(), come(), come()
a.say("one")
b.hear("one"), c.hear("one")
b.say("two")
a.hear("two"), c.hear("two")
c.say("three")
a.hear("three"), b.hear("three")'
	room_is_well
}

# N speak at once, in records of 64 bytes, and others only listen.
one_order() {
	open_room "$1" "$2"
	people "chat = '$1' == 'chat'"'
count, size = 200, 64
def record(name, n):
    return f"{name} {n:04} ".ljust(size - 1, name) + "\n"
crowd = chatters(5) if chat else [come() for _ in range(5)]
speakers, listeners = crowd[:3], crowd[3:]
start = threading.Barrier(3)
def speak(who, name):
    start.wait()
    for n in range(count):
        who.say(record(name, n))
threads = [threading.Thread(target=speak, args=z) for z in zip(speakers, "ABC")]
[t.start() for t in threads]
def hear(who, records):
    heard = [who.line() for _ in range(records)]
    if chat:
        names = dict(zip("ABC", ("<user1> ", "<user2> ", "<user3> ")))
        equal([line[:8] for line in heard], [names[line[8]] for line in heard])
        heard = [line[8:] for line in heard]
    return heard
all = hear(listeners[0], 3 * count)
for name in "ABC":
    equal([r for r in all if r[0] == name], [record(name, n) for n in range(count)])
equal(hear(listeners[1], 3 * count), all)
for who, name in zip(speakers, "ABC"):
    equal(hear(who, 2 * count), [r for r in all if r[0] != name])
[t.join() for t in threads]
# Nothing comes twice, and nothing else.
listeners[0].say("end\n")
for who in speakers + listeners[1:]:
    equal(who.line(), "<user4> end\n" if chat else "end\n")'
	room_is_well
}

half_closes() {
	open_room broker "$1"
	people '
a, b, c = come(), come(), come()
# More than is on its way to him, and less than he may lag behind.
data = os.urandom(1 << 20) * 14
b.say_all(data)
assert c.read(len(data)) == data
a.shut()
assert a.rest() == data
b.say("more")
c.hear("more")
c.say("still here")
b.hear("still here")'
	room_is_well
}

last_words() {
	open_room broker "$1"
	people '
a, b = come(), come()
a.say("my last words")
a.close()
b.hear("my last words")
c = come()
c.say("hello")
b.hear("hello")'
	room_is_well
}

# What he has said is not lost because somebody else speaks to him who is not there any more.
last_words_in_a_noise() {
	open_room broker "$1"
	people '
for _ in range(10):
    a, b, c = come(), come(), come()
    os.kill(int(pid), 19)
    a.say("x" * 100000)
    a.close()
    b.say("y" * 10)
    b.shut()
    os.kill(int(pid), 18)
    heard = c.read(100010)
    equal(heard.count(b"x"), 100000)
    b.gone()
    c.shut()
    equal(c.rest(), b"")'
	room_is_well
}

resets() {
	open_room broker "$1"
	people '
a, b, c = come(), come(), come()
a.say("before")
b.hear("before"), c.hear("before")
a.reset()
b.say("after")
c.hear("after")
c.say("and so on")
b.hear("and so on")'
	room_is_well
}

large() {
	open_room broker "$1"
	people '
a, b = come(), come()
data = os.urandom(1 << 20) * 64
a.say_all(data, done=True)
equal(hashlib.sha256(b.read(len(data))).digest(), hashlib.sha256(data).digest())
equal(a.rest(), b"")'
	room_is_well
}

both_large() {
	open_room broker "$1"
	people '
a, b = come(), come()
x, y = os.urandom(1 << 20) * 16, os.urandom(1 << 20) * 16
a.say_all(x), b.say_all(y)
ears = threading.Thread(target=lambda: got.append(a.read(len(y))))
got = []
ears.start()
assert b.read(len(x)) == x
ears.join()
assert got[0] == y'
	room_is_well
}

# Two: as long as one does not read, the other has to wait, whatever time that takes.
slow_reader_of_two() {
	open_room broker "$1"
	people '
a, b = come(), come()
data = os.urandom(1 << 20) * 64
sent = fill(a, data)
bounded()
at_rest()
a.say_all(data[sent:])
assert b.read(len(data)) == data'
	assert_equal "$(grep -c dropped room.err)" 0
	room_is_well
}

# Three: he who does not read is dropped, and the others have lost nothing.
slow_reader_of_three() {
	open_room broker "$1"
	people '
a, b, c = come(), come(), come()
data = os.urandom(1 << 20) * 64
a.say_all(data)
assert c.read(len(data)) == data
told("^strait: dropped .*: it did not take what it was sent")
bounded()
c.say("where is he?")
a.hear("where is he?")
assert len(b.gone()) < len(data)'
	assert_equal "$(grep -c dropped room.err)" 1
	room_is_well
}

# The speaker goes while nobody can be served: the room waits, and does not turn in circles.
goes_while_all_wait() {
	open_room broker "$1"
	people "how, domain = '$2', '$1'"'
a, b = come(), come()
sent = fill(a, bytes(64 << 20))
getattr(a, how)()
at_rest()
if how == "reset":
    b.read(16 << 20)
    told("^strait: .*: Connection reset by peer \\(.*\\)$")
else:
    b.read(sent)
c = come()
c.say("he has gone")
while not b.file.peek().endswith(b"he has gone"):
    b.file.read1(1 << 20)'
	room_is_well
}

# So does a listener: the speaker need not wait for him any more.
listener_goes() {
	open_room broker "$1"
	people "how = '$2'"'
a, b = come(), come()
data = bytes(64 << 20)
sent = fill(a, data)
getattr(b, how)()
a.say(data[sent:])
a.shut()
equal(a.rest(), b"")
at_rest()'
	room_is_well
}

# What is said after he has finished is not for him, however much that is.
half_closes_in_a_flood() {
	open_room broker "$1"
	people '
a, b = come(), come()
flood = os.fork()
if not flood:
    while True:
        b.say(bytes(65536))
try:
    at_rest()
    a.shut()
    total = 0
    while piece := a.sock.recv(65536):
        time.sleep(0.001) # slower than the room
        total += len(piece)
        assert total < 64 << 20, "he has not left"
finally:
    os.kill(flood, 9)'
	room_is_well
}

not_to_who_comes_later() {
	open_room broker "$1"
	people '
a = come()
a.say(bytes(64 << 20))
a.say("alone")
at_rest()
bounded()
b = come()
b.say("hello")
a.hear("hello")
a.say("hello yourself")
b.hear("hello yourself")
c = come()
a.say("all")
b.hear("all"), c.hear("all")'
	room_is_well
}


# @domain: tcp | tcp6 | unix
@test "broker, @domain: all others hear it, he who said it does not" { reaches_all_others @domain; }
@test "broker, @domain: what several say at once comes whole, and in one order for all" { one_order broker @domain; }
@test "broker, @domain: who finishes gets what was said until then, and has left" { half_closes @domain; }
@test "broker, @domain: who goes is heard to his last word" { last_words @domain; }
@test "broker, @domain: 64 MiB arrive" { large @domain; }
@test "broker, @domain: of three, one who does not read is dropped" { slow_reader_of_three @domain; }
# @domain: tcp | unix
@test "broker, @domain: 16 MiB each way at once arrive" { both_large @domain; }
@test "broker, @domain: of two, one who is slow makes the other wait" { slow_reader_of_two @domain; }
@test "broker, @domain: a speaker who goes while all wait costs nothing" { goes_while_all_wait @domain close; }
@test "broker, @domain: who finishes in a flood has left" { half_closes_in_a_flood @domain; }
@test "broker, @domain: who comes later hears nothing of before" { not_to_who_comes_later @domain; }
@test "broker, @domain: nobody waits for a slow one who closes" { listener_goes @domain close; }
# @domain: tcp | tcp6
@test "broker, @domain: somebody who resets is gone, and nobody else" { resets @domain; }
@test "broker, tcp: a speaker who resets while all wait costs nothing" { goes_while_all_wait tcp reset; }
@test "broker, tcp: nobody waits for a slow one who resets" { listener_goes tcp reset; }
@test "broker, unix: who goes is heard to his last word, although others speak to him" { last_words_in_a_noise unix; }

# --- The chat

announces() {
	open_room chat "$1"
	people '
a, b, c = chatters(3)
b.close()
equal(a.line(), "<strait> user2 has gone\n")
equal(c.line(), "<strait> user2 has gone\n")
d = come()
equal(d.line(), "<strait> you are user4\n")
equal(a.line(), "<strait> user4 is here\n")
equal(c.line(), "<strait> user4 is here\n")
a.say("hello\n")
equal(c.line(), "<user1> hello\n")
equal(d.line(), "<user1> hello\n")
d.shut()
equal(d.rest(), b"")
equal(a.line(), "<strait> user4 has gone\n")
c.say("bye\n")
c.shut()
equal(c.rest(), b"<strait> user4 is here\n<user1> hello\n<strait> user4 has gone\n".split(b"\n", 2)[2])
equal(a.line(), "<user3> bye\n")
equal(a.line(), "<strait> user3 has gone\n")'
	room_is_well
}

# @domain: tcp | tcp6 | unix
@test "chat, @domain: names and announcements" { announces @domain; }
@test "chat, @domain: lines said at once come whole, and in one order for all" { one_order chat @domain; }

@test "chat: somebody who resets has gone" {
	open_room chat tcp
	people '
a, b = chatters(2)
a.say("half a li")
a.reset()
equal(b.line(), "<strait> user1 has gone\n")'
	assert_said room '^strait: 127\.0\.0\.1 [0-9]+: Connection reset by peer \(46 bytes sent, 9 received\)$'
	room_is_well
}

@test "chat: a line in pieces comes as one, when it ends" {
	open_room chat tcp
	people '
a, b, c = chatters(3)
for n in range(20):
    a.say("a"), b.say("b")
    time.sleep(0.001)
c.say("c\n")
equal(a.line(), "<user3> c\n")
b.say("\n")
equal(a.line(), "<user2> " + 20 * "b" + "\n")
a.say("\nnext\n")
equal([c.line() for _ in range(3)], ["<user2> " + 20 * "b" + "\n", "<user1> " + 20 * "a" + "\n", "<user1> next\n"])'
}

# What a SAID, a Python bytes literal, is heard as: another one, but for "<user1> " before each line.
heard_as() { # SAID HEARD
	open_room chat "${3:-unix}"
	people "said, heard = $1, $2"'
a, b = chatters(2)
a.say(said)
a.shut()
heard = b"".join(b"<user1> " + line for line in heard.splitlines(True))
b.hear(heard + b"<strait> user1 has gone\n")'
}

@test "chat: several lines in one write" { heard_as 'b"one\ntwo\nthree\n"' 'b"one\ntwo\nthree\n"'; }
@test "chat: CRLF ends a line as LF does" { heard_as 'b"one\r\ntwo\r\n"' 'b"one\ntwo\n"'; }
@test "chat: a line that does not end at the end counts" { heard_as 'b"one\ntwo"' 'b"one\ntwo\n"'; }
@test "chat: empty lines are lines" { heard_as 'b"\n\r\n\n"' 'b"\n\n\n"'; }
@test "chat: nothing is no line" { heard_as 'b""' 'b""'; }
@test "chat: 4096 bytes are one line" { heard_as 'b"x" * 4096 + b"\nnext\n"' 'b"x" * 4096 + b"\nnext\n"'; }
@test "chat: 4096 bytes and CRLF are one line" {
	heard_as 'b"x" * 4096 + b"\r\nnext\r\n"' 'b"x" * 4096 + b"\nnext\n"'
}
@test "chat: 4097 bytes are two lines" { heard_as 'b"x" * 4096 + b"y\n"' 'b"x" * 4096 + b"\ny\n"'; }
@test "chat: 10000 bytes are three lines" {
	heard_as 'b"x" * 10000 + b"\nnext\n"' 'b"\n".join([b"x" * 4096, b"x" * 4096, b"x" * 1808, b"next", b""])'
}
@test "chat: a line is not cut within a character" {
	heard_as '("x" * 4095 + "€uro\n").encode()' '("x" * 4095 + "\n€uro\n").encode()'
}
@test "chat: the end of a line of 4096 bytes may come later" {
	open_room chat unix
	people '
a, b = chatters(2)
for line in "x" * 4096, "x" * 4095, "é" * 2048, "😀" * 1024:
    for first, then in ("", "\n"), ("", "\r\n"), ("\r", "\n"):
        a.say(line + first)
        b.say("?\n")
        equal(a.line(), "<user2> ?\n")
        a.say(then)
        a.say("next\n")
        equal(b.line(), "<user1> " + line + "\n")
        equal(b.line(), "<user1> next\n")'
}
@test "chat: a flood of empty lines arrives" { heard_as 'b"\n" * 300000' 'b"\n" * 300000'; }
@test "chat: a flood of control characters arrives" {
	heard_as '(b"\033" * 4000 + b"\n") * 300' '(br"\033" * 4000 + b"\n") * 300'
}

@test "chat: escape sequences are made visible" {
	heard_as 'b"\x1b[31mred\x1b]0;title\x07\n"' 'br"\033[31mred\033]0;title\007" + b"\n"'
}
@test "chat: control characters are made visible" {
	heard_as 'b"\0\1\b\v\f\x1f\x7f a\rb\n"' 'br"\000\001\010\013\014\037\177 a\015b" + b"\n"'
}
@test "chat: C1 control characters are made visible" {
	heard_as '"\x80\x85\x9b31m\x9f\n".encode()' 'br"\302\200\302\205\302\23331m\302\237" + b"\n"'
}
@test "chat: marks that turn the direction of text are made visible" {
	heard_as '"a\u202eb\u2066c\n".encode()' 'br"a\342\200\256b\342\201\246c" + b"\n"'
}
@test "chat: what is no UTF-8 is made visible" {
	heard_as 'b"\xff \x80 \xc0\xaf \xed\xa0\x80 \xf4\x90\x80\x80 \xe2\x82\n\xacx\n"' \
		'br"\377 \200 \300\257 \355\240\200 \364\220\200\200 \342\202" + b"\n" + br"\254x" + b"\n"'
}
@test "chat: valid UTF-8, tabs and backslashes stay" {
	heard_as '"Grüße\t€ 😀 \\033 日本\n".encode()' '"Grüße\t€ 😀 \\033 日本\n".encode()' tcp
}
@test "chat: nobody can speak in the name of another" {
	heard_as 'b"x\r<user2> y\n<strait> user2 has gone\n"' 'br"x\015<user2> y" + b"\n<strait> user2 has gone\n"'
}

@test "chat: a character in two pieces stays" {
	open_room chat tcp
	people '
a, b = chatters(2)
a.say(b"1 \xe2\x82")
b.say("?\n")
equal(a.line(), "<user2> ?\n")
a.say(b"\xac\n")
equal(b.line(), "<user1> 1 \u20ac\n")'
}

@test "chat: of three, one who does not read is dropped, and has gone" {
	open_room chat unix
	people '
a, b, c = chatters(3)
lines, text = 6000, "x" * 4000 + "\n"
a.say_all(text.encode() * lines)
gone = 0
while lines > 0:
    line = c.line()
    if line == "<strait> user2 has gone\n":
        gone += 1
    else:
        assert line == "<user1> " + text, line[:100]
        lines -= 1
equal(gone, 1)
bounded()
equal(a.line(), "<strait> user2 has gone\n")'
	assert_said room '^strait: dropped .*: it did not take what it was sent'
}

# Of two, one says many lines and the other does not read: each newline becomes a whole line with a
# name, and yet what is kept is bounded.
@test "chat, tcp: many short lines that are not read need no memory" {
	open_room chat tcp
	people '
a, b = chatters(2)
a.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)
fill(a, b"\n" * 12000000) # sockets hold less
bounded()
at_rest()
b.hear(b"<user1> \n" * 10000)'
	assert_equal "$(grep -c dropped room.err)" 0
}

@test "chat, unix: many short lines that are not read need no memory, and none is lost" {
	open_room chat unix
	people '
a, b = chatters(2)
lines = 900000 # more than the window holds
sent = fill(a, b"\n" * lines)
bounded()
at_rest()
a.say_all(b"\n" * (lines - sent))
for _ in range(200):
    b.hear(b"<user1> \n" * (lines // 200))
bounded()'
	assert_equal "$(grep -c dropped room.err)" 0
}

@test "chat: many short lines cost the member that does not read its place, and nobody else a line" {
	open_room chat unix
	people '
a, b, c = chatters(3)
lines = 900000 # more than the window holds
a.say_all(b"\n" * lines)
gone = 0
while lines > 0:
    line = c.line()
    if line == "<strait> user2 has gone\n":
        gone += 1
    else:
        equal(line, "<user1> \n")
        lines -= 1
equal(gone, 1)
bounded()'
	assert_said room '^strait: dropped .*: it did not take what it was sent'
}

@test "chat: a member that finishes while what it said waits is heard to the last line" {
	open_room chat unix
	people '
a, b = chatters(2)
sent = fill(a, b"\n" * 3000000)
a.say_all(b"last", done=True)
line = b"<user1> \n"
for _ in range(sent):
    b.hear(line)
b.hear("<user1> last\n<strait> user1 has gone\n")'
}

# Each that comes and goes is announced to one that does not read: that one is dropped, or what there
# is no room for is not announced.
@test "chat: members that come and go do not fill the memory" {
	[[ -z ${SLOW:-} ]] || skip "the room takes too long"
	open_room chat unix
	people '
a, b = chatters(2)
sent = fill(a, b"\n" * 3000000)
at_rest()
for _ in range(3000):
    anybody().close()
bounded()
b.hear(b"<user1> \n" * 1000)'
}

@test "--broker --chat is a chat" {
	open_room broker tcp --chat -k
	people 'chatters(2)'
}

# --- Who comes and goes

@test "with -v it is told who comes" {
	open_room broker tcp
	people 'come(), come()'
	assert_equal "$(sed '/closed/d; s/ [0-9]*$/ N/' room.err)" "Listening on 127.0.0.1 N
Connection received on 127.0.0.1 N
Connection received on 127.0.0.1 N"
}
@test "broker: with -v it is told how each goes" {
	open_room broker unix
	people '
a, b = come(), come()
a.say("hello\n")
b.hear("hello\n")
b.shut()
told("^strait: .*: closed \\(6 bytes sent, 0 received\\)$")
a.close()
told("^strait: .*: closed \\(0 bytes sent, 6 received\\)$")'
}
@test "chat: with -v it is told how each goes" {
	open_room chat tcp
	people '
a, = chatters(1)
a.say("hello\n")
a.shut()
equal(a.rest(), b"")
told("^strait: 127\\.0\\.0\\.1 [0-9]+: closed \\(23 bytes sent, 6 received\\)$")'
}
@test "without -v nothing is told" {
	start room "${STRAIT[@]}" -l --chat 127.0.0.1 0 </dev/null
	eventually listening room
	people '
a = anybody()
a.hear("<strait> you are user1\n")
b = anybody()
b.hear("<strait> you are user2\n")
a.hear("<strait> user2 is here\n")
b.reset()
a.hear("<strait> user2 has gone\n")'
	assert_equal "$(wc -l <room.err)" 1
}

limited() {
	open_room "$1" tcp --max-conns 2
	people '
a, b = come(), come()
c = anybody()
equal(c.gone(), b"")
told("^strait: refused 127\\.0\\.0\\.1 \\d+: there are 2 clients already$")
b.shut()
b.rest()
d = come()
d.say("hello\n")
while not a.line().endswith("hello\n"):
    pass'
	assert_equal "$(grep -c refused room.err)" 1
	room_is_well
}

# @kind: broker | chat
@test "--max-conns: one more is refused, and comes in when another has gone: @kind" { limited @kind; }
@test "--max-conns 0 lets nobody in" {
	open_room chat unix --max-conns 0
	people 'equal(anybody().gone(), b"")'
	assert_said room '^strait: refused .*: there are 0 clients already$'
	room_is_well
}
@test "a hundred come in, and no more" {
	open_room broker unix
	people '
crowd = [anybody() for _ in range(100)]
told("^Connection received", 100)
equal(anybody().gone(), b"")
told("^strait: refused .*: there are 100 clients already$")
crowd[0].say("hello")
[m.hear("hello") for m in crowd[1:]]'
}

@test "--idle-timeout: who says and hears nothing has to go" {
	open_room chat tcp --idle-timeout 1
	people '
a, b, c = chatters(3)
for n in range(12):
    a.say(f"{n}\n")
    b.hear(f"<user1> {n}\n"), c.hear(f"<user1> {n}\n")
    time.sleep(0.1)
# Who hears something is not idle.
last = time.monotonic()
for who in a, b, c:
    rest = who.rest().decode().splitlines()
    equal([line for line in rest if not line.endswith(" has gone")], [])
assert time.monotonic() - last > 0.8
told("^strait: .*: timed out \\(.*\\)$", 3)
equal(come().line(), "<strait> you are user4\n")'
	room_is_well
}

idle() {
	open_room "$@"
	people '
a = come()
begin = time.monotonic()
a.rest()
assert time.monotonic() - begin > 0.25'
	assert_said room '^strait: .*: timed out \([0-9]+ bytes sent, 0 received\)$'
	room_is_well
}

@test "--idle-timeout ends a unix conversation" { idle broker unix --idle-timeout 300ms; }
@test "-w is that, too" { idle chat tcp -w 300ms; }

# --- The end

dies() { # SIGNAL DOMAIN
	STRAIT=(env --default-signal=INT --default-signal=HUP --default-signal=TERM "${STRAIT[@]}")
	open_room broker "$2"
	people "signal = $(kill -l "$1")"'
a, b = come(), come()
a.say("hello")
b.hear("hello")
os.kill(int(pid), signal)
for member in a, b:
    member.broken()'
	finish room "$((128 + $(kill -l "$1")))"
	nothing_left
	assert_equal "$(grep -c '^strait: ' room.err)" 0
}

# @signal: TERM=SIGTERM | INT=SIGINT | HUP=SIGHUP
# @domain: tcp | unix
@test "@signal ends the room: @domain" { dies @signal @domain; }

@test "closed standard input and output are no matter" {
	wires '<&- >&-'
	open_room broker tcp
	people '
a, b = come(), come()
a.say("hello")
b.hear("hello")
b.say("hi")
a.hear("hi")'
	refute [ -e room.status ]
}
@test "a full standard output is no matter" {
	wires '>/dev/full'
	open_room broker tcp
	people '
a, b = come(), come()
a.say("hello")
b.hear("hello")'
	refute [ -e room.status ]
}

# --- With others

# Starts a member whose input stays open.
member() { # NAME COMMAND...
	mkfifo "$1.in"
	exec {hold}<>"$1.in"
	printf -v "SAY_$1" %d "$hold"
	start "$@"
}

received() {
	(($(grep -c '^Connection received' room.err) >= $1))
}

@test "nc, ncat, socat and strait talk to each other" {
	needs nc
	needs ncat
	needs socat
	open_room broker tcp
	local name say
	member one nc 127.0.0.1 "$PORT"
	member two ncat 127.0.0.1 "$PORT"
	member three socat - "TCP:127.0.0.1:$PORT"
	member four "${STRAIT[@]}" 127.0.0.1 "$PORT"
	eventually received 4
	for name in one two three four; do
		say=SAY_$name
		echo "I am $name" >&"${!say}"
		for other in one two three four; do
			[[ $other == "$name" ]] || eventually grep -qx "I am $name" "$other.out"
		done
	done
	for name in one two three four; do
		assert_equal "$(wc -l <"$name.out")" 3
		run ! grep "$name\$" "$name.out"
	done
	room_is_well
}

listens_alone() {
	open_room broker tcp
	start ear "$@" 127.0.0.1 "$PORT" </dev/null
	eventually received 1
	people '
people = [None]
a = come()
a.say("hello\n")
told("^Connection received", 2)
a.shut()
a.rest()'
	eventually grep -qx hello ear.out
	refute [ -e ear.status ]
}

@test "strait -d listens to a room" { listens_alone "${STRAIT[@]}" -d; }
@test "nc -d listens to a room" { needs nc; listens_alone nc -d; }
@test "ncat --recv-only listens to a room" { needs ncat; listens_alone ncat --recv-only; }

# The same said in ncat's room and in ours is heard the same.
@test "a broker is what ncat's is" {
	needs ncat
	local said='
a, b, c = anybody(), anybody(), anybody()
def meet(who, others):
    # Until all are in: what is said before is not heard by all.
    for n in range(200):
        who.say(f"{n:04}")
        if all(select.select([o.sock], [], [], 0.05)[0] for o in others):
            break
    who.say("!")
    for o in others:
        while o.read(1) != b"!":
            pass
meet(a, [b, c])
data = os.urandom(1 << 20)
b.say_all(data)
equal(hashlib.md5(a.read(1 << 20)).hexdigest(), hashlib.md5(c.read(1 << 20)).hexdigest())
c.say("x" * 1000)
a.hear("x" * 1000), b.hear("x" * 1000)
a.close()
c.say("y")
b.hear("y")'
	open_room broker tcp
	people "$said"
	free_port
	start room ncat -l -k --broker 127.0.0.1 "$FREE" </dev/null
	PORT=$FREE
	eventually nc -z 127.0.0.1 "$PORT"
	people "$said"
}

# --- What makes no sense

no_room_with() { # OPTION ARGS...
	local mode
	for mode in --broker --chat; do
		refused 2 -l "$mode" "$@" "^strait: .*exclude each other \(see strait --help\)$"
		[[ $stderr == *" $mode "* && $stderr == *" $1 "* ]] || fail "$stderr"
	done
}

@test "no room of datagrams" { no_room_with -u 127.0.0.1 0; }
@test "no room of seqpackets" { no_room_with --seqpacket -U socket; }
# @option: -d | --send-only | -C | -t | -i 1=-i | --frames | -q 1=-q | --no-shutdown | -e cat=-e | --sh-exec cat=--sh-exec | --to 127.0.0.1:1=--to
@test "no room with @option" { no_room_with @option 127.0.0.1 0; }
@test "--broker needs -l" { refused 2 --broker 127.0.0.1 1 '^strait: --broker needs -l \(see strait --help\)$'; }
@test "--chat needs -l" { refused 2 --chat 127.0.0.1 1 '^strait: --chat needs -l \(see strait --help\)$'; }
