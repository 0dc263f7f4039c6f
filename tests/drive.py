#!/usr/bin/env python3
"""Conversations of strait that a test drives step by step from both of its sides.

    drive.py WHAT [ARG...] STRAIT...

Exits 0 if all is as it should be, else says what is not.
"""
import fcntl
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import threading
import time


def terminal():
    """A server for many whose input is a terminal: what is typed goes to all, and its end does not end it."""
    master, slave = pty.openpty()
    strait = subprocess.Popen([*sys.argv[1:], "-vlk", "127.0.0.1", "0"], stdin=slave,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    port = int(strait.stderr.readline().split()[-1])
    def client():
        sock = socket.create_connection(("127.0.0.1", port), 20)
        while not (said := strait.stderr.readline()).startswith(b"Connection received "):
            assert b": closed (" in said, said
        return sock
    def gets(sock, text):
        data = b""
        while len(data) < len(text) and (piece := sock.recv(len(text) - len(data))):
            data += piece
        assert data == text, data
    def ends(sock):
        assert (got := sock.recv(64)) == b"", got
    try:
        one, two = client(), client()
        os.write(master, b"hello\n")
        gets(one, b"hello\n")
        gets(two, b"hello\n")
        one.sendall(b"one\n")
        one.shutdown(socket.SHUT_WR)
        ends(one)  # a terminal follows
        os.write(master, b"again\n")
        gets(two, b"again\n")
        os.write(master, b"\x04")
        ends(two)
        two.sendall(b"two\n")
        two.close()
        three = client()
        ends(three)
        three.sendall(b"three\n")
        for line in b"one\n", b"two\n", b"three\n":
            assert (got := strait.stdout.readline()) == line, got
        assert strait.poll() is None
        strait.terminate()
        strait.wait(20)
        for said in strait.stderr:
            assert b": closed (" in said, said
    finally:
        strait.kill()


def ping_pong():
    """LIMIT ROLE DOMAIN pipe|file: the peer sends a lot, or a few bytes, and waits for the answer, which comes
    from the reader of our output once it has it all: nothing may lie about waiting for more."""
    LIMIT = float(sys.argv[1])
    role, domain, kind, *strait = sys.argv[2:]
    local = domain == "unix"
    sock = socket.socket(socket.AF_UNIX if local else socket.AF_INET)
    if kind == "pipe":
        output, writer = os.pipe()
    else:
        writer = os.open("got", os.O_WRONLY | os.O_CREAT)
        output = os.open("got", os.O_RDONLY)

    def spawn(*args):
        return subprocess.Popen([*strait, *(["-U"] if local else []), *args], stdin=subprocess.PIPE,
                                stdout=writer, stderr=subprocess.PIPE)

    if role == "listen":
        child = spawn("-v", "-l", *(["at"] if local else ["127.0.0.1", "0"]))
        name = re.search(rb"on (.*)\n", child.stderr.readline())[1].decode()
        sock.connect(name if local else ("127.0.0.1", int(name.split()[1])))
        peer = sock
    else:
        sock.bind("at" if local else ("127.0.0.1", 0))
        sock.listen()
        child = spawn(*(["at"] if local else ["127.0.0.1", str(sock.getsockname()[1])]))
        peer = sock.accept()[0]
    peer.settimeout(LIMIT * 4)
    sent = []

    def serve(data):
        peer.sendall(data)
        sent.append(time.monotonic())

    def read(count):
        data = bytearray()
        while len(data) < count:
            piece = os.read(output, count - len(data))
            if not piece:
                time.sleep(0.001)  # a file, so far
                if sent and time.monotonic() > sent[-1] + LIMIT * 4:
                    sys.exit(f"only {len(data)} of {count} bytes came")
            data += piece
        return data

    slowest = 0
    block = os.urandom((9 << 20) >> 1)
    for turn in range(50):
        data = block * 2 if turn == 0 else b"%10d" % turn if turn % 2 else block
        sent.clear()
        thread = threading.Thread(target=serve, args=[data])
        thread.start()
        if kind == "pipe":
            alarm = threading.Timer(LIMIT * 4, child.kill)
            alarm.start()
        if read(len(data)) != data:
            sys.exit(f"turn {turn}: not what was sent")
        if kind == "pipe":
            alarm.cancel()
        child.stdin.write(b"answer")
        child.stdin.flush()
        if peer.recv(6, socket.MSG_WAITALL) != b"answer":
            sys.exit(f"turn {turn}: no answer")
        thread.join()
        slowest = max(slowest, time.monotonic() - sent[0])
    print("the slowest answer took", slowest)
    if slowest > LIMIT:
        sys.exit("too slow")
    peer.shutdown(socket.SHUT_WR)
    child.stdin.close()
    sys.exit(child.wait(LIMIT * 4))


def passed():
    """TYPE DOMAIN: strait -F has a socket of TYPE as its standard output; what comes is talked over, both ways
    and to the end."""
    kind, way = sys.argv[1:3]
    local = way in ("unix", "seqpacket")
    family = socket.AF_UNIX if local else socket.AF_INET6 if way == "tcp6" else socket.AF_INET
    server = socket.socket(family, socket.SOCK_SEQPACKET if way == "seqpacket" else socket.SOCK_STREAM)
    server.bind("socket" if local else ("::1" if way == "tcp6" else "127.0.0.1", 0))
    server.listen()
    words = ["-U", "socket"] if local else [str(w) for w in server.getsockname()[:2]]
    if way == "seqpacket":
        words.append("--seqpacket")

    ours, theirs = socket.socketpair(socket.AF_UNIX, getattr(socket, kind))
    status = subprocess.run([*sys.argv[3:], "-F", *words], stdin=subprocess.DEVNULL, stdout=theirs).returncode
    assert status == 0, status
    theirs.close()
    data, fds, flags, _ = socket.recv_fds(ours, 100, 4)
    assert len(data) == 1 and len(fds) == 1, (data, fds)
    if kind != "SOCK_DGRAM":
        assert ours.recv(100) == b"", "more than a descriptor"
    assert os.get_blocking(fds[0]), "it does not block"
    passed = socket.socket(fileno=fds[0])
    far = server.accept()[0]
    assert passed.getpeername() == far.getsockname() and passed.getsockname() == far.getpeername()

    def receive(sock):
        got = b""
        while piece := sock.recv(1 << 20):
            got += piece
        results.append(got)

    there, back, results = os.urandom(1 << 20), os.urandom(1 << 20), []
    def send(sock, data):
        for i in range(0, len(data), 1 << 16):
            sock.sendall(data[i:i + (1 << 16)])
        sock.shutdown(socket.SHUT_WR)
    threads = [threading.Thread(target=send, args=(passed, there)), threading.Thread(target=send, args=(far, back)),
        threading.Thread(target=receive, args=(far,)), threading.Thread(target=receive, args=(passed,))]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted(results) == sorted([there, back])


def joins_again():
    """A group is joined twice on the socket that strait is given; both times it is heard."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("", 0))
    other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    other.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
    for text in b"one\n", b"two\n":
        us = subprocess.Popen([*sys.argv[1:], f"--inherit={sock.fileno()}"], pass_fds=[sock.fileno()],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        # Until it has joined nobody hears it.
        while us.poll() is None:
            other.sendto(text, ("239.1.2.3", sock.getsockname()[1]))
            try:
                us.wait(0.02)
            except subprocess.TimeoutExpired:
                pass
        assert us.returncode == 0, us.returncode
        assert us.stdout.read() == text
        sock.setblocking(False)
        try:
            while sock.recv(100):
                pass
        except BlockingIOError:
            pass
        sock.setblocking(True)


def hears_others():
    """ends|killed DOMAIN: a datagram socket on which strait has talked to one peer hears others afterwards.
    Prints who it is connected to in the end."""
    how, kind, *command = sys.argv[1:]
    family = dict(udp=socket.AF_INET, udp6=socket.AF_INET6, unixgram=socket.AF_UNIX)[kind]
    def bound(name):
        sock = socket.socket(family, socket.SOCK_DGRAM)
        sock.bind(name if kind == "unixgram" else ("127.0.0.1" if kind == "udp" else "::1", 0))
        sock.settimeout(15)
        return sock
    ours, one, two = bound("ours"), bound("one"), bound("two")
    ours.setblocking(True)
    for peer in one, two:
        us = subprocess.Popen([*command, f"--inherit={ours.fileno()}"], pass_fds=[ours.fileno()],
            stdin=open("us.in"), stdout=subprocess.PIPE)
        peer.sendto(b"question\n", ours.getsockname())
        assert us.stdout.readline() == b"question\n"
        assert peer.recvfrom(100) == (b"hello\n", ours.getsockname())
        # Others are not heard meanwhile.
        third = bound("third" + str(us.pid))
        try:
            third.sendto(b"bad", ours.getsockname())
        except OSError:
            pass
        peer.sendto(b"more\n", ours.getsockname())
        assert us.stdout.readline() == b"more\n"
        us.send_signal(signal.SIGKILL if how == "killed" else signal.SIGTERM)
        us.wait()
        try:
            print(ours.getpeername())
        except OSError:
            print("nobody")


def two_types():
    """Two sockets of different types are handed over as systemd does."""
    one = socket.create_server(("127.0.0.1", 0))
    two = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    two.bind(("127.0.0.1", 0))
    for sock in one, two:
        sock.setblocking(True)
    a, b = os.dup(one.fileno()), os.dup(two.fileno())
    os.dup2(a, 3)
    os.dup2(b, 4)
    def prepare():
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="2")
    pid = os.fork()
    if pid == 0:
        for fd in 3, 4:
            os.set_inheritable(fd, True)
        prepare()
        os.dup2(1, 2)
        os.execv(sys.argv[1], sys.argv[1:])
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    print([fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_NONBLOCK for fd in (a, b)])


globals()[sys.argv.pop(1)]()
