#!/usr/bin/env python3
"""Starts a command with descriptors, or as a user, that a shell can't give it.

    launch.py HOW [ARG...] COMMAND...
"""
import fcntl
import os
import pty
import resource
import signal
import socket
import subprocess
import sys
import tty

KINDS = {
    "unix": socket.SOCK_STREAM, "unixgram": socket.SOCK_DGRAM, "seqpacket": socket.SOCK_SEQPACKET,
}


def around():
    """IN OUT: standard input and output that a shell can't make: a socket (unix), tcp (connected, too), a
    terminal, or "-": the shell's. What is read is in the file "data", what is written will be in "got",
    once it has ended."""
    def pair(kind):
        if kind == "socket":
            return [s.detach() for s in socket.socketpair()]
        if kind == "tcp":
            listener = socket.create_server(("127.0.0.1", 0))
            ours = socket.create_connection(listener.getsockname())
            return [ours.detach(), listener.accept()[0].detach()]
        return pty.openpty()

    def feed(fd):
        with open("data", "rb") as file:
            while piece := file.read(65536):
                while piece:
                    piece = piece[os.write(fd, piece):]
        if os.isatty(fd):
            os.write(fd, b"\x04")
            sys.stdin.read()  # strait has ended: nobody hangs up before
        else:
            socket.socket(fileno=fd).shutdown(socket.SHUT_WR)

    def drain(fd):
        with open("got.part", "wb") as file:
            try:
                while piece := os.read(fd, 65536):
                    file.write(piece)
            except OSError:  # so ends a terminal
                pass
        os.rename("got.part", "got")

    def helper(kind, run, number):
        ours, theirs = pair(kind)
        if kind == "terminal":
            tty.setraw(theirs)
            if number == 0:
                mode = tty.tcgetattr(theirs)
                mode[3] |= tty.ICANON
                mode[6][tty.VEOF] = b"\x04"
                tty.tcsetattr(theirs, tty.TCSANOW, mode)
        alive, end = os.pipe()
        os.set_inheritable(end, True)
        if (child := os.fork()) == 0:
            if os.fork() != 0:
                os._exit(0)  # what runs in our place is not to wait for it
            os.close(theirs)
            os.close(end)
            os.dup2(alive, 0)
            run(ours)
            os._exit(0)
        os.waitpid(child, 0)
        os.close(ours)
        return theirs, number

    given = []
    if sys.argv[1] != "-":
        given.append(helper(sys.argv[1], feed, 0))
    if sys.argv[2] != "-":
        given.append(helper(sys.argv[2], drain, 1))
    for fd, number in given:
        os.dup2(fd, number)
        os.close(fd)
    os.execvp(sys.argv[3], sys.argv[3:])


def penniless():
    """A user who has used up what pipes may take: new ones are tiny, and none can be made larger."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    os.setgroups([])
    os.setresgid(64321, 64321, 64321)
    os.setresuid(64321, 64321, 64321)
    pipes, size = [], 1 << 20
    try:
        while len(pipes) < 1500 and size > 8192:
            pipes.append(os.pipe())
            try:
                fcntl.fcntl(pipes[-1][0], 1031, 1 << 20)
            except PermissionError:
                size = fcntl.fcntl(pipes[-1][0], 1032)
    except OSError:
        pass
    if size > 8192:
        sys.exit(77)
    sys.exit(subprocess.run(sys.argv[1:]).returncode)


def held():
    """KIND: a socket of KIND is descriptor 7. When the command has ended ./flags says what the socket is
    like. Dies of nothing itself: signals go to the command, whose process id is in ./pid."""
    kind, *command = sys.argv[1:]
    family, type = {
        "tcp": (socket.AF_INET, socket.SOCK_STREAM),
        "tcp6": (socket.AF_INET6, socket.SOCK_STREAM),
        "udp": (socket.AF_INET, socket.SOCK_DGRAM),
        "udp6": (socket.AF_INET6, socket.SOCK_DGRAM),
        "unix": (socket.AF_UNIX, socket.SOCK_STREAM),
        "unixgram": (socket.AF_UNIX, socket.SOCK_DGRAM),
        "seqpacket": (socket.AF_UNIX, socket.SOCK_SEQPACKET),
    }.get(kind, (socket.AF_INET, socket.SOCK_STREAM))
    sock = socket.socket(family, type)
    where = {socket.AF_INET: ("127.0.0.1", 0), socket.AF_INET6: ("::1", 0), socket.AF_UNIX: "socket"}[family]
    if kind == "connected":
        server = socket.create_server(("127.0.0.1", 0))
        sock.connect(server.getsockname())
    elif kind == "bound":
        sock.bind(where)
    elif kind in ("file", "pipe"):
        pass
    else:
        sock.bind(where)
        if type != socket.SOCK_DGRAM:
            sock.listen(8)
        name = sock.getsockname()
        print("Listening on", *([name] if family == socket.AF_UNIX else name[:2]), file=sys.stderr, flush=True)
    sock.setblocking("nonblocking" not in os.environ)
    fd = {"file": lambda: os.open("/etc/passwd", os.O_RDONLY), "pipe": lambda: os.pipe()[0]}.get(kind, sock.fileno)()
    os.dup2(fd, 7)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen(command, pass_fds=[] if kind == "closed" else [7],
        preexec_fn=lambda: signal.signal(signal.SIGTERM, signal.SIG_DFL))
    with open("pid.new", "w") as file:
        print(child.pid, file=file)
    os.rename("pid.new", "pid")
    status = child.wait()
    with open("flags", "w") as file:
        print("nonblocking" if fcntl.fcntl(7, fcntl.F_GETFL) & os.O_NONBLOCK else "blocking", file=file)
        print("there" if family != socket.AF_UNIX or os.path.exists("socket") else "removed", file=file)
    sys.exit(status if status >= 0 else 128 - status)


def dual():
    """STREAM|DGRAM: a socket of both families, on which IPv4 comes as IPv6, is descriptor 3."""
    s = socket.socket(socket.AF_INET6, getattr(socket, "SOCK_" + sys.argv[1]))
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    s.bind(("::", 0))
    if s.type == socket.SOCK_STREAM:
        s.listen(8)
    if s.fileno() != 3:
        os.dup2(s.fileno(), 3)
    os.set_inheritable(3, True)
    os.execvp(sys.argv[2], sys.argv[2:])


def curious():
    """unixgram|seqpacket: a socket at that path which asks for more than data is descriptor 3."""
    kind = sys.argv[1]
    sock = socket.socket(socket.AF_UNIX, KINDS[kind])
    for option in 16, 34, 76:  # SO_PASSCRED, SO_PASSSEC, SO_PASSPIDFD
        try:
            sock.setsockopt(socket.SOL_SOCKET, option, 1)
        except OSError:
            pass
    sock.bind(kind)
    if kind != "unixgram":
        sock.listen()
    if sock.fileno() != 3:
        os.dup2(sock.fileno(), 3)
    os.set_inheritable(3, True)
    os.execvp(sys.argv[2], sys.argv[2:])


def stale():
    """unix|unixgram|seqpacket PATH: leaves a socket there that nobody has, and runs nothing."""
    socket.socket(socket.AF_UNIX, KINDS[sys.argv[1]]).bind(sys.argv[2])


def nonblocking():
    """Standard input and output are pipes that are non-blocking; the file "data" goes in, "got" comes out."""
    ours, theirs = os.pipe(), os.pipe()
    for fd in (*ours, *theirs):
        os.set_blocking(fd, False)
    feeder = subprocess.Popen(["sh", "-c", "cat data | cat"], stdout=subprocess.PIPE)
    os.set_blocking(feeder.stdout.fileno(), False)
    strait = subprocess.Popen(sys.argv[1:], stdin=feeder.stdout, stdout=theirs[1])
    feeder.stdout.close()
    os.close(theirs[1])
    os.set_blocking(theirs[0], True)
    with open("got", "wb") as got:
        while piece := os.read(theirs[0], 65536):
            got.write(piece)
    sys.exit(strait.wait())


globals()[sys.argv.pop(1)]()
