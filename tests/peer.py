#!/usr/bin/env python3
"""A peer that does exactly what a test says, step by step.

    peer.py [-6|-u|-U|-Uu|-Q] listen|connect|full ADDRESS... STEP...
    peer.py pipe STEP...

"full" listens with a backlog that is full already: nobody is answered. "pipe" takes its steps on
standard input and output in the place of a socket.

The address is "HOST PORT" (port 0 when listening: it is told as "Listening on HOST PORT" on
standard error), or a path with -U (stream), -Uu (datagrams), -Uun (from a socket that has no name
itself) and -Q (seqpacket). Steps:

    send:TEXT     send TEXT (one datagram); backslash escapes as in C
    urgent:BYTE   send one byte as urgent data (MSG_OOB)
    file:PATH     send all of a file
    fill          send until the other side takes no more for half a second
    pour:PATH     send all of a file and half-close, in the background, to the end in any case
    flood         send for ever in the background, until the connection fails
    recv:N        receive exactly N bytes, to standard output
    message       receive one datagram, to standard output, with a newline behind it
    rest          receive until the end, to standard output
    broken        receive until the connection is reset; a unix socket just ends
    expect:TEXT   receive exactly TEXT
    queued        wait until there is something to receive, and leave it there
    acked         wait until the other side's kernel has all that was sent (TCP)
    shut          half-close
    reset         close with a reset (TCP)
    close         close
    plant:N       send one "x" with N descriptors of the file ./planted (unix)
    touch:PATH    make a file, so that the test sees how far the peer has got
    await:PATH    wait until a file is there (at most a minute)
    quiet:SECONDS receive nothing, not even an end, for so long: anything else fails
    pause:SECONDS do nothing for a while: only where silence itself is what is tested
"""
import fcntl
import os
import select
import socket
import struct
import sys
import termios
import threading
import time


class Pipe:
    """Standard input and output, as far as steps use a socket."""

    type = timeout = None

    def settimeout(self, seconds):
        self.timeout = seconds

    def recv(self, count):
        return os.read(0, count)

    def send(self, data):
        if not select.select([], [1], [], self.timeout)[1]:
            raise socket.timeout
        return os.write(1, data[: select.PIPE_BUF])

    def sendall(self, data):
        while data:
            data = data[os.write(1, data) :]

    def shutdown(self, how):
        os.close(1)

    def close(self):
        os.close(1)


def wait_for(path):
    for _ in range(6000):
        if os.path.exists(path):
            return
        time.sleep(0.01)
    sys.exit(f"peer: {path} never came")


def output(data):
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def receive(sock, count):
    data = b""
    while len(data) < count:
        piece = sock.recv(min(65536, count - len(data)))
        if not piece:
            sys.exit(f"peer: the end after {len(data)} of {count} bytes")
        data += piece
    return data


def fill(sock):
    sock.settimeout(0.5)
    total = 0
    try:
        while True:
            total += sock.send(b"f" * 65536)
    except (socket.timeout, BlockingIOError):
        pass
    sock.settimeout(None)
    print(f"filled {total}", file=sys.stderr, flush=True)


def flood(sock):
    def run():
        try:
            while True:
                sock.sendall(b"x" * 65536)
        except OSError:
            pass

    threading.Thread(target=run, daemon=True).start()


def quiet(sock, seconds):
    sock.settimeout(seconds)
    try:
        sys.exit(f"peer: got {sock.recv(64)!r} in what should be silence")
    except socket.timeout:
        pass
    sock.settimeout(None)


def pour(sock, path):
    def run():
        with open(path, "rb") as f:
            sock.sendall(f.read())
        sock.shutdown(socket.SHUT_WR)

    threading.Thread(target=run).start()


def broken(sock):
    try:
        while piece := sock.recv(65536):
            output(piece)
    except ConnectionResetError:
        return
    if sock.family != socket.AF_UNIX:
        sys.exit("peer: an ordinary end, not a reset")


def step(sock, word):
    verb, _, arg = word.partition(":")
    text = arg.encode().decode("unicode_escape").encode("latin-1")
    if verb == "send":
        sock.send(text) if sock.type == socket.SOCK_DGRAM else sock.sendall(text)
    elif verb == "urgent":
        sock.send(text, socket.MSG_OOB)
    elif verb == "file":
        with open(arg, "rb") as f:
            sock.sendall(f.read())
    elif verb == "fill":
        fill(sock)
    elif verb == "pour":
        pour(sock, arg)
    elif verb == "flood":
        flood(sock)
    elif verb == "recv":
        output(receive(sock, int(arg)))
    elif verb == "message":
        output(sock.recv(1 << 22) + b"\n")
    elif verb == "rest":
        while piece := sock.recv(65536):
            output(piece)
    elif verb == "broken":
        broken(sock)
    elif verb == "expect":
        got = receive(sock, len(text))
        if got != text:
            sys.exit(f"peer: got {got!r}, not {text!r}")
    elif verb == "queued":
        select.select([sock], [], [])
    elif verb == "acked":
        while struct.unpack("i", fcntl.ioctl(sock, termios.TIOCOUTQ, bytes(4)))[0] > 0:
            time.sleep(0.01)
    elif verb == "shut":
        sock.shutdown(socket.SHUT_WR)
    elif verb == "reset":
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()
    elif verb == "close":
        sock.close()
    elif verb == "plant":
        with open("planted", "w") as planted:
            socket.send_fds(sock, [b"x"], [planted.fileno()] * int(arg))
    elif verb == "touch":
        open(arg, "w").close()
    elif verb == "await":
        wait_for(arg)
    elif verb == "quiet":
        quiet(sock, float(arg))
    elif verb == "pause":
        time.sleep(float(arg))
    else:
        sys.exit(f"peer: no such step: {word}")


def accept(sock, kind, name):
    if kind != socket.SOCK_DGRAM:
        sock.listen(8)
    print("Listening on", *name, file=sys.stderr, flush=True)
    if kind != socket.SOCK_DGRAM:
        return sock.accept()[0]
    sender = sock.recvfrom(1, socket.MSG_PEEK)[1]
    if sender:
        sock.connect(sender)
    return sock


CROWD = []


def crowd(sock, kind, name):
    """Fills the backlog."""
    sock.listen(0)
    while True:
        client = socket.socket(sock.family, kind)
        client.settimeout(0.3)
        try:
            client.connect(sock.getsockname())
        except (socket.timeout, BlockingIOError):
            print("Listening on", *name, file=sys.stderr, flush=True)
            return
        CROWD.append(client)


def main(args):
    flags = args.pop(0) if args[0].startswith("-") else ""
    role = args.pop(0)
    if role == "pipe":
        sock = Pipe()
        for word in args:
            step(sock, word)
        return
    local = "U" in flags or "Q" in flags
    family = socket.AF_UNIX if local else socket.AF_INET6 if "6" in flags else socket.AF_INET
    kind = (
        socket.SOCK_DGRAM if "u" in flags
        else socket.SOCK_SEQPACKET if "Q" in flags
        else socket.SOCK_STREAM
    )
    address = args.pop(0) if local else (args.pop(0), int(args.pop(0)))
    sock = socket.socket(family, kind)
    if role == "full":
        sock.bind(address)
        crowd(sock, kind, [address] if local else sock.getsockname()[:2])
    elif role == "listen":
        if kind == socket.SOCK_STREAM and not local:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        sock = accept(sock, kind, [address] if local else sock.getsockname()[:2])
    else:
        if local and kind == socket.SOCK_DGRAM and "n" not in flags:
            sock.bind("")
        sock.connect(address)
    for word in args:
        step(sock, word)


try:
    main(sys.argv[1:])
except (OSError, KeyboardInterrupt) as error:
    sys.exit(f"peer: {error}")
