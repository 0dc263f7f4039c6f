#!/usr/bin/env python3
"""Starts strait with standard descriptors that a shell can't make, and looks at them.

    near.py flags KIND END STRAIT...    KIND: pipe, file, pty, socket, with nonblock- or append-
                                        before it; END: finish, kill, term
    near.py inetd ROLE STRAIT...        one stream socket pair is standard input and output
    near.py messages WAY STRAIT...      one seqpacket socket pair is; WAY: udp, unix, seqpacket
    near.py together KIND STRAIT...     standard output keeps boundaries, and datagrams come in a
                                        bunch; KIND: packets, seqpacket
    near.py urgent KIND STRAIT...       a socket (tcp, unix) is standard input, whose other side
                                        sends the files before and behind, urgent data in between
    near.py stopped WHOSE STRAIT...     standard output is a terminal that nobody reads; WHOSE:
                                        own, other (it cannot be opened), controlling (the same,
                                        but it is the controlling one)
    near.py mute KIND STRAIT...         standard error is not read; KIND: pipe, fifo, socket, own,
                                        other, controlling (terminals)
    near.py interactive STRAIT...       strait has a terminal, and lets an interactive shell serve
    near.py shared KIND STRAIT...       two read one standard input; KIND: pipe, fifo, pty
    near.py packets COUNT SIZE ARGS STRAIT...
                                        standard input is a pipe of packets, all of them there
                                        before strait runs with the words of ARGS over UDP
    near.py members KIND STRAIT...      a server for many has messages on its standard input;
                                        KIND: stream, seqpacket
    near.py long KIND STRAIT...         one of them is longer than what a server for many takes
    near.py cut STRAIT...               it keeps boundaries, and what comes is a stream
    near.py narrow STRAIT...            standard output keeps boundaries, and a client of a unix
                                        server for many says more at once than that takes
    near.py screen STRAIT...            ... that somebody reads

Exits 0 if all is as it should be, else says what is not.
"""
import fcntl
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import time
import tty

LIMIT = float(os.environ.get("LIMIT", "20"))
started = []


def fail(text):
    sys.exit(f"near: {text}")


def check(got, wanted, what):
    if got != wanted:
        fail(f"{what}: {got!r:.300}, not {wanted!r:.300}")


def spawn(command, **descriptors):
    child = subprocess.Popen(command, **descriptors)
    started.append(child)
    return child


def listener():
    sock = socket.socket()
    sock.settimeout(LIMIT)
    sock.bind(("127.0.0.1", 0))
    sock.listen()
    return sock, ["127.0.0.1", str(sock.getsockname()[1])]


def accept(sock):
    peer = sock.accept()[0]
    peer.settimeout(LIMIT)
    return peer


def received(sock, count):
    data = b""
    while len(data) < count and (piece := sock.recv(count - len(data))):
        data += piece
    return data


def read_some(fd, count):
    data = b""
    deadline = time.monotonic() + LIMIT
    while len(data) < count:
        if not select.select([fd], [], [], deadline - time.monotonic())[0]:
            fail(f"only {len(data)} of {count} bytes came")
        data += os.read(fd, count - len(data))
    return data


class Near:
    """One kind of descriptor thrice: what strait gets, and the other end, which is ours."""

    def __init__(self, kind):
        self.given, self.ours = [], []
        for fd in range(3):
            given, ours = getattr(self, kind.split("-")[-1])(fd)
            if kind.startswith("nonblock-"):
                os.set_blocking(given, False)
            if kind.startswith("append-"):
                flags = fcntl.fcntl(given, fcntl.F_GETFL)
                fcntl.fcntl(given, fcntl.F_SETFL, flags | os.O_APPEND)
            self.given.append(given)
            self.ours.append(ours)

    def pipe(self, fd):
        reader, writer = os.pipe()
        return (reader, writer) if fd == 0 else (writer, reader)

    def file(self, fd):
        file = tempfile.TemporaryFile(dir=".")
        fd = os.dup(file.fileno())
        file.close()
        return fd, None

    def pty(self, fd):
        master, slave = pty.openpty()
        return slave, master

    def socket(self, fd):
        pair = [s.detach() for s in socket.socketpair()]
        return pair

    def state(self):
        flags = [fcntl.fcntl(fd, fcntl.F_GETFL) for fd in self.given]
        return flags, [termios.tcgetattr(fd) for fd in self.given if os.isatty(fd)]


def flags(kind, end, *strait):
    near = Near(kind)
    is_file = kind.endswith("file")
    if is_file:
        os.write(near.given[0], b"hello\n")
        os.lseek(near.given[0], 0, os.SEEK_SET)
    before = near.state()
    sock, address = listener()
    child = spawn([*strait, "-v", *address], stdin=near.given[0], stdout=near.given[1],
                  stderr=near.given[2])
    peer = accept(sock)
    if not is_file:
        os.write(near.ours[0], b"hello\n")
    check(received(peer, 6), b"hello\n", "the peer got")
    peer.sendall(b"world\n")
    if is_file:
        deadline = time.monotonic() + LIMIT
        while os.fstat(near.given[1]).st_size < 6 and time.monotonic() < deadline:
            time.sleep(0.01)
    else:
        check(read_some(near.ours[1], 6)[:5], b"world", "standard output")
    check(near.state(), before, "flags during the conversation")
    if end == "finish":
        peer.shutdown(socket.SHUT_WR)
        if not is_file:
            check(near.state(), before, "flags after the peer's end")
            os.close(near.given[0]) if near.ours[0] is None else None
            hang_up(kind, near.ours[0])
        check(child.wait(LIMIT), 0, "status")
    else:
        number = signal.SIGKILL if end == "kill" else signal.SIGTERM
        child.send_signal(number)
        check(child.wait(LIMIT), -number, "status")
    check(near.state(), before, "flags at the end")


def hang_up(kind, fd):
    if kind.endswith("pty"):
        os.write(fd, b"\x04")
    elif kind.endswith("socket"):
        socket.socket(fileno=os.dup(fd)).shutdown(socket.SHUT_WR)
    else:
        os.close(fd)


def inetd(role, *strait):
    ours, given = socket.socketpair()
    ours.settimeout(LIMIT)
    sock, address = listener()
    if role == "listen":
        # Of unix sockets the name is known beforehand.
        child = spawn([*strait, "-v", "-l", "-U", "socket"], stdin=given, stdout=given,
                      stderr=subprocess.PIPE)
        child.stderr.readline()
        peer = socket.socket(socket.AF_UNIX)
        peer.settimeout(LIMIT)
        peer.connect("socket")
    else:
        child = spawn([*strait, *address], stdin=given, stdout=given)
        peer = accept(sock)
    given.close()
    ours.sendall(b"question")
    check(received(peer, 8), b"question", "the peer got")
    peer.sendall(b"answer")
    check(received(ours, 6), b"answer", "we got")
    peer.shutdown(socket.SHUT_WR)
    check(received(ours, 1), b"", "we got, instead of the end,")
    check(child.poll(), None, "status with one side open")
    ours.sendall(b"more")
    ours.shutdown(socket.SHUT_WR)
    check(received(peer, 5), b"more", "the peer got, behind its own end,")
    check(child.wait(LIMIT), 0, "status")


MESSAGES = [b"one", b"", b"x" * 1000, b"", b"two", b"y" * 40000, b"z"]


def messages(way, *strait):
    ours, given = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.settimeout(LIMIT)
    if way == "udp":
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind(("127.0.0.1", 0))
        args = ["-u", "127.0.0.1", str(sock.getsockname()[1])]
    else:
        kind = socket.SOCK_DGRAM if way == "unix" else socket.SOCK_SEQPACKET
        sock = socket.socket(socket.AF_UNIX, kind)
        sock.bind("peer")
        args = ["-u" if way == "unix" else "--seqpacket", "-U", "peer"]
    sock.settimeout(LIMIT)
    if way == "seqpacket":
        sock.listen()
    child = spawn([*strait, *args], stdin=given, stdout=given)
    given.close()
    peer = accept(sock) if way == "seqpacket" else sock
    for i, message in enumerate(MESSAGES):
        ours.send(message)
        got, sender = peer.recvfrom(1 << 20)
        check(got, message, f"message {i} out")
    for message in MESSAGES:  # all at once: none are glued
        ours.send(message)
    for i, message in enumerate(MESSAGES):
        check(peer.recv(1 << 20), message, f"message {i} of a row out")
    if way != "seqpacket":
        peer.connect(sender)
    for message in MESSAGES:
        peer.send(message)
    for i, message in enumerate(MESSAGES):
        check(ours.recv(1 << 20), message, f"message {i} in")
    if way == "seqpacket":
        peer.shutdown(socket.SHUT_WR)
    ours.shutdown(socket.SHUT_WR)
    check(child.wait(LIMIT), 0, "status")


def together(kind, *strait):
    if kind == "packets":
        ours, given = os.pipe2(os.O_DIRECT)
    else:
        ours, given = (s.detach() for s in
                       socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET))
    child = spawn([*strait, "-v", "-l", "-u", "127.0.0.1", "0"], stdin=subprocess.DEVNULL,
                  stdout=given, stderr=subprocess.PIPE)
    port = int(child.stderr.readline().split()[-1])
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    bunch = [b"x" * (i + 1) for i in range(50)]
    child.send_signal(signal.SIGSTOP)
    for message in bunch:
        sock.sendto(message, ("127.0.0.1", port))
    child.send_signal(signal.SIGCONT)
    for message in bunch:
        select.select([ours], [], [], LIMIT)
        check(os.read(ours, 4096), message, "one read gives")
    child.kill()


def urgent(kind, *strait):
    if kind == "tcp":
        door, address = listener()
        ours = socket.create_connection((address[0], int(address[1])))
        given = accept(door)
        given.setblocking(True)
    else:
        given, ours = socket.socketpair()
    child = spawn(strait, stdin=given)
    given.close()
    for name in "before", None, "behind":
        if name is None:
            ours.send(b"!", socket.MSG_OOB)
            continue
        with open(name, "rb") as file:
            ours.sendall(file.read())
    ours.shutdown(socket.SHUT_WR)
    sys.exit(child.wait(LIMIT))


def packets(count, size, args, *strait):
    reader, writer = os.pipe2(os.O_DIRECT)
    sent = b""
    for i in range(int(count)):
        packet = os.urandom(int(size)).replace(b"\n", b"n")
        sent += packet
        os.write(writer, packet)
    os.close(writer)
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    sock.settimeout(LIMIT)
    child = spawn([*strait, *args.split(), "-u", "-q", "0", "127.0.0.1", str(sock.getsockname()[1])],
                  stdin=reader)
    os.close(reader)
    most = int(args.split()[1])
    got = b""
    while len(got) < len(sent):
        message = sock.recv(1 << 16)
        if not 0 < len(message) <= most:
            fail(f"a datagram of {len(message)} bytes")
        got += message
    check(got == sent, True, "the same on the other side")
    check(child.wait(LIMIT), 0, "status")


def serving(kind, *strait):
    """A server for many at ./socket, our side of its standard input, and two clients of its."""
    ours, given = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ways = ["--seqpacket"] if kind == "seqpacket" else []
    child = spawn([*strait, *ways, "-v", "-l", "-k", "-U", "socket"], stdin=given,
                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    given.close()
    child.stderr.readline()
    clients = []
    for _ in range(2):
        client = socket.socket(socket.AF_UNIX, getattr(socket, "SOCK_" + kind.upper()))
        client.settimeout(LIMIT)
        client.connect("socket")
        clients.append(client)
        child.stderr.readline()  # it has been received
    return child, ours, clients


def members(kind, *strait):
    child, ours, clients = serving(kind, *strait)
    for message in [b"one", b"", b"x" * 100_000, b"y" * 65537, b"", b"z" * 180_000, b"last"] * 20:
        ours.send(message)
        for client in clients:
            if kind == "seqpacket":
                got = client.recv(1 << 22)
            else:
                got = received(client, len(message)) if message else b""
            check(got == message, True, f"the {len(message)} bytes that a client got")
    ours.close()
    # The end of the input ends what clients are told.
    for client in clients:
        check(client.recv(1), b"", "a client got, instead of the end,")
    child.kill()


def narrow(*strait):
    ours, given = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.settimeout(LIMIT)
    given.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2304)
    child = spawn([*strait, "-v", "-l", "-k", "-U", "socket"], stdin=subprocess.DEVNULL,
                  stdout=given, stderr=subprocess.PIPE)
    child.stderr.readline()
    given.close()
    kind = (socket.SOCK_SEQPACKET if "--seqpacket" in strait
            else socket.SOCK_DGRAM)
    clients = [socket.socket(socket.AF_UNIX, kind) for _ in range(2)]

    for i, client in enumerate(clients):
        client.connect("socket")
        client.send(b"hello %d" % i)
        check(ours.recv(100), b"hello %d" % i, "standard output got")
    clients[0].send(b"x" * 100_000)
    while b"too long" not in child.stderr.readline():
        check(child.poll(), None, "status")
    clients[1].send(b"still there")
    check(ours.recv(100), b"still there", "standard output got")
    child.kill()


def cut(*strait):
    ours, given = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.settimeout(LIMIT)
    given.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2304)
    sock, address = listener()
    child = spawn([*strait, "-d", *address], stdout=given)
    given.close()
    peer = accept(sock)
    data = os.urandom(100_000)
    peer.sendall(data)
    peer.close()
    got = b""
    while message := ours.recv(1 << 16):
        got += message
    check(got == data, True, "standard output got the same")
    check(child.wait(LIMIT), 0, "status")


def terminal():
    master, slave = pty.openpty()
    tty.setraw(slave)
    return master, slave


def screen(*strait):
    master, slave = terminal()
    sock, address = listener()
    reader, writer = os.pipe()
    child = spawn([*strait, *address], stdin=reader, stdout=slave)
    peer = accept(sock)
    data = os.urandom(1 << 18)
    wait = spawn([sys.executable, "-c", f"""
import os, sys
while piece := os.read({master}, 65536):
    os.write(1, piece)
"""], pass_fds=[master], stdout=subprocess.PIPE)
    peer.sendall(data)
    check(read_some(wait.stdout.fileno(), len(data)) == data, True, "the same on the terminal")
    peer.close()
    os.close(writer)
    check(child.wait(LIMIT), 0, "status")


def control(slave):
    """In the child: the terminal controls it."""
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)


def stranger(whose, slave, command):
    """How strait is to be started so that it cannot open its terminal anew by its name."""
    how = {"preexec_fn": lambda: control(slave)} if whose == "controlling" else {}
    if whose == "own":
        return how
    os.fchmod(slave, 0)
    if os.geteuid() == 0:
        user = {"user": 65534, "group": 65534, "extra_groups": []}
        try:
            subprocess.run([*command, "--version"], check=True, stdout=subprocess.DEVNULL, **user)
        except (OSError, subprocess.CalledProcessError):
            sys.exit(3)
        how |= user
    return how


def stopped(whose, *strait):
    """What the terminal doesn't take stops only what is for the terminal."""
    for data in b"f" * 65536, b"f\n" * 32768:
        stopped_by(whose, data, *strait)


def stopped_by(whose, data, *strait):
    master, slave = pty.openpty() if b"\n" in data else terminal()
    sock, address = listener()
    reader, writer = os.pipe()
    child = spawn([*strait, *address], stdin=reader, stdout=slave, **stranger(whose, slave, strait))
    peer = accept(sock)
    peer.settimeout(0.3)
    sent = 0
    try:
        while True:
            sent += peer.send(data[sent % 2:])
    except socket.timeout:
        pass
    peer.settimeout(LIMIT)
    for _ in range(10):
        os.write(writer, b"!")
        check(received(peer, 1), b"!", "the peer got")
    os.close(writer)
    check(peer.recv(1), b"", "the peer got, instead of the end,")
    peer.shutdown(socket.SHUT_WR)
    check(child.poll(), None, "status with a stopped terminal")
    got = 0
    while got < sent:
        piece = read_some(master, 1)
        piece += os.read(master, 65536) if readable(master) else b""
        got += len(piece.replace(b"\r", b""))
    check(child.wait(LIMIT), 0, "status")


class Silence:
    """A standard error of some kind: what strait gets, and a way to read what it has said."""

    def __init__(self, kind, command):
        self.how = {}
        if kind == "pipe":
            self.ours, self.given = os.pipe()
        elif kind == "fifo":
            os.mkfifo("errors")
            self.ours = os.open("errors", os.O_RDONLY | os.O_NONBLOCK)
            self.given = os.open("errors", os.O_WRONLY)
        elif kind == "socket":
            pair = socket.socketpair()
            pair[1].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            self.ours, self.given = (s.detach() for s in pair)
        else:
            self.ours, self.given = terminal()
            self.how = stranger(kind, self.given, command)
        if kind in ("pipe", "fifo"):
            fcntl.fcntl(self.ours, fcntl.F_SETPIPE_SZ, 4096)

    def text(self):
        """What there is now."""
        text = b""
        while readable(self.ours):
            text += os.read(self.ours, 65536)
        return text.decode()

    def line(self):
        text = b""
        while not text.endswith(b"\n"):
            text += read_some(self.ours, 1)
        return text.decode()


def mute(kind, *strait):
    """All clients are heard, whatever becomes of what is said of them."""
    silence = Silence(kind, strait)
    output, writer = os.pipe()
    child = spawn([*strait, "-v", "-l", "-k", "-d", "127.0.0.1", "0"], stdin=subprocess.DEVNULL,
                  stdout=writer, stderr=silence.given, **silence.how)
    port = int(silence.line().split()[-1])

    def come():
        with socket.create_connection(("127.0.0.1", port)) as sock:
            sock.sendall(b"x")
        check(read_some(output, 1), b"x", "standard output")

    count = 1000
    for _ in range(count):
        come()
    said, there, lost = "", 0, 0
    deadline = time.monotonic() + LIMIT
    # Of each client there are two: that it came, and how it ended.
    line = r"(Connection received on 127.0.0.1 \d+|strait: 127.0.0.1 \d+: closed .*)\r?\n"
    while lost == 0 or there + lost != 2 * count:
        if time.monotonic() > deadline:
            fail(f"{there} messages are there and {lost} told to be lost, of {2 * count}")
        if lost == 0:
            come()
            count += 1
        said += silence.text()
        there = len(re.findall("^" + line, said, re.M))
        lost = sum(map(int, re.findall(r"^strait: messages lost here.* (\d+)\r?\n", said, re.M)))
    if re.search("^(?!Connection received|strait: (messages lost|127))", said.rstrip("\n"), re.M):
        fail(f"a line is torn: {said}")
    for _ in range(1000):
        come()
    child.terminate()
    check(child.wait(LIMIT), -signal.SIGTERM, "status")


def shared(kind, *strait):
    """What one of two takes does not stop the other, nor what the peers say."""
    if kind == "pipe":
        given, writer = os.pipe()
    elif kind == "fifo":
        os.mkfifo("input")
        keep = os.open("input", os.O_RDONLY | os.O_NONBLOCK)
        writer = os.open("input", os.O_WRONLY)
        given = os.open("input", os.O_RDONLY)
        os.close(keep)
    else:
        writer, given = terminal()
    sock, address = listener()
    children = [spawn([*strait, *address], stdin=given, stdout=subprocess.PIPE) for _ in "12"]
    peers = [(accept(sock), None) for _ in "12"]
    peers = [peer for peer, _ in peers]
    outputs = [child.stdout.fileno() for child in children]
    for _ in range(300):
        os.write(writer, b"!")
        ready = select.select(peers, [], [], LIMIT)[0]
        check(len(ready), 1, "peers that got a byte")
        check(ready[0].recv(2), b"!", "the peer got")
        for peer in peers:
            peer.sendall(b"?")
        for output in outputs:
            check(read_some(output, 1), b"?", "standard output")
    for child in children:
        child.kill()


def interactive(*strait):
    master, slave = pty.openpty()
    child = spawn([*strait, "-v", "-l", "-e", "bash --norc -i", "127.0.0.1", "0"], stdin=slave,
                  stdout=slave, stderr=slave, preexec_fn=lambda: control(slave))
    said = b""
    while not (listening := re.search(rb"Listening on 127.0.0.1 (\d+)\s", said)):
        said += read_some(master, 1)
    with socket.create_connection(("127.0.0.1", int(listening[1]))) as sock:
        sock.settimeout(LIMIT)
        sock.sendall(b"echo one; exit 7\n")
        check(received(sock, 100), b"one\n", "the client got")
    check(child.wait(LIMIT), 7, "status")


def readable(fd):
    return bool(select.select([fd], [], [], 0)[0])


try:
    globals()[sys.argv[1]](*sys.argv[2:])
except (OSError, subprocess.TimeoutExpired) as error:
    fail(f"{type(error).__name__}: {error}")
finally:
    for child in started:
        if child.poll() is None:
            child.kill()
            child.wait()
