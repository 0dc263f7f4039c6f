#!/usr/bin/env python3
"""What people in a room do.

    people.py PORT|PATH LIMIT PID PROGRAM

The room is process PID, and says what it says in room.err. PROGRAM is Python, in these words, or the
name of one of the programs below:

  come()      another member, when the room has taken him in; anybody() does not wait for that
  M.say(TEXT), M.hear(TEXT)   hear: exactly that, next
  M.line()    the next line
  M.rest()    all until the end; M.gone(): that, a reset also being an end
  M.shut(), M.reset(), M.close()
  told(RE)    waits until the room's standard error has a line that matches
  at_rest()   waits until the room does nothing; bounded(): its memory is
  fill(M, DATA)   say of it as M what is taken without anybody reading; returns how much that is
"""
import contextlib
import hashlib
import os
import re
import select
import socket
import struct
import sys
import threading
import time

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


def one_order(chat):
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
        equal(who.line(), "<user4> end\n" if chat else "end\n")


def finishes_and_is_told():
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
    b.hear("still here")


def last_words_in_a_noise():
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
        equal(c.rest(), b"")


def goes_while_all_wait(how):
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
        b.file.read1(1 << 20)


def finishes_in_a_flood():
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
        os.kill(flood, 9)


def comes_later():
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
    b.hear("all"), c.hear("all")


def announcements():
    a, b, c = chatters(3)
    b.close()
    equal(a.line(), "<strait> user2 has left\n")
    equal(c.line(), "<strait> user2 has left\n")
    d = come()
    equal(d.line(), "<strait> you are user4\n")
    equal(a.line(), "<strait> user4 is here\n")
    equal(c.line(), "<strait> user4 is here\n")
    a.say("hello\n")
    equal(c.line(), "<user1> hello\n")
    equal(d.line(), "<user1> hello\n")
    d.shut()
    equal(d.rest(), b"")
    equal(a.line(), "<strait> user4 has left\n")
    c.say("bye\n")
    c.shut()
    equal(c.rest(), b"<strait> user4 is here\n<user1> hello\n<strait> user4 has left\n".split(b"\n", 2)[2])
    equal(a.line(), "<user3> bye\n")
    equal(a.line(), "<strait> user3 has left\n")


def long_lines_to_one_who_does_not_read():
    a, b, c = chatters(3)
    lines, text = 6000, "x" * 4000 + "\n"
    a.say_all(text.encode() * lines)
    gone = 0
    while lines > 0:
        line = c.line()
        if line == "<strait> user2 has left\n":
            gone += 1
        else:
            assert line == "<user1> " + text, line[:100]
            lines -= 1
    equal(gone, 1)
    bounded()
    equal(a.line(), "<strait> user2 has left\n")


def short_lines_to_one_who_does_not_read():
    with contextlib.suppress(OSError):
        os.nice(-15)  # a reader that the processor is kept from would be too slow itself
    a, b, c = chatters(3)
    lines = 900000 # more than the window holds
    a.say_all(b"\n" * lines)
    left, line, heard = b"<strait> user2 has left\n", b"<user1> \n", bytearray()
    while len(heard) < len(line) * lines + len(left) and (piece := c.file.read1(1 << 20)):
        heard += piece
    equal(heard.count(left), 1)
    assert heard.replace(left, b"") == line * lines, heard[-200:]
    bounded()


def idle():
    a, b, c = chatters(3)
    for n in range(12):
        a.say(f"{n}\n")
        b.hear(f"<user1> {n}\n"), c.hear(f"<user1> {n}\n")
        time.sleep(0.1)
    # Who hears something is not idle.
    last = time.monotonic()
    for who in a, b, c:
        rest = who.rest().decode().splitlines()
        equal([line for line in rest if not line.endswith(" has left")], [])
    assert time.monotonic() - last > 0.8
    told("^strait: .*: timed out \\(.*\\)$", 3)
    equal(come().line(), "<strait> you are user4\n")


def as_in_ncats_room():
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
    b.hear("y")


exec(sys.argv[4])
