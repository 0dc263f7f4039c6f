#!/usr/bin/env python3
"""Strait, a pipe on its input and one on its output, and "far", the socket of its peer.

    meeting.py ROLE WAY PROGRAM STRAIT...

PROGRAM is Python, in these words, or the name of one of the programs below; "role" and "way" are
its to use.
"""
import fcntl
import os
import re
import select
import signal
import socket
import subprocess
import sys
import termios
import threading
import time

role, way, program = sys.argv[1:4]
del sys.argv[1:4]

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


# --- -C

TEXT = b"a\nb\r\nc\r\r\nd\n\n\r\n\re\n\rf\r\n\r"


def crlf(data):
    return re.sub(rb"(?<!\r)\n", b"\r\n", data)


# --- -i: what far receives, piece by piece, and when

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


# --- -t: what telnet makes of what far says: data, and answers

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


def telnet_cut():
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
        m.finish()


def answers_in_between():
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
    m.finish()


def flood_of_requests():
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
    assert os.environ.get("SLOW") or most < 16 << 10, f"{most} KiB"


exec(program)
