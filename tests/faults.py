#!/usr/bin/env python3
"""Makes one system call of strait fail, once, in every way of talking, and sees that no byte is
lost behind an exit status of 0.

    faults.py calls STRAIT...              the names of the calls that strait makes, once it runs
    faults.py inject CALL FAULT... -- STRAIT...
                                           FAULT as strace -e inject says it: error=EINTR, retval=0;
                                           with a "!" in front it must not be noticed at all

A conversation may end in complete delivery and status 0, or in another status and a line that says
why; what was delivered before is the beginning of what was sent. If it is recorded, status 0 says that
the record is complete, too. Otherwise prints what is wrong, and exits 1 (3: the call is never made).
Buffers are small wherever they can be made so: counts are short.
"""
import contextlib
import fcntl
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

LIMIT = float(os.environ.get("LIMIT", "20"))
BYTES = [os.urandom(150000), os.urandom(150000)]
MESSAGES = [
    [b"one", b"", b"x" * 30000, b"two", b"", b"last"],
    [b"three", b"y" * 30000, b"", b"four", b"", b"end"],
]
# What every program does, and nobody could do anything about.
ORDINARY = {"brk", "mmap", "munmap", "mremap", "madvise", "exit_group", "rt_sigaction",
            "rt_sigprocmask", "getrandom", "futex", "getpid", "gettid", "clock_gettime", "tgkill",
            "mprotect"}


RECORDED = ["--output-sent", "record.0", "--output-received", "record.1", "--hex-dump", "dump", "--pcap", "capture",
            "--digest=md5", "--stats"]


class Lost(Exception):
    """The conversation cannot go on as it should: strait has ended it."""


class Run:
    """One conversation: strait under strace, its near side, and its peer."""

    def __init__(self, way, strait, strace):
        self.role, self.domain, self.kind, *rest = way.split("-")
        self.recorded = bool(rest)
        self.messages = self.domain in ("udp", "dgram", "seqpacket")
        self.data = MESSAGES if self.messages else BYTES
        self.deadline = time.monotonic() + LIMIT
        self.said = b""
        self.peer = self.sock = None
        self.got = [[], []] if self.messages else [bytearray(), bytearray()]
        self.torn = False
        given = self.make_near()
        where = [*(RECORDED if self.recorded else []), *self.make_peer()]
        self.child = subprocess.Popen([*strace, *strait, *where], stdin=given[0], stdout=given[1],
                                      stderr=subprocess.PIPE, start_new_session=True)
        self.pidfd = os.pidfd_open(self.child.pid)
        for fd in set(given):
            os.close(fd)

    # The near side: what strait reads and writes.

    def make_near(self):
        if self.kind == "file":
            with open("input", "wb") as file:
                file.write(self.data[0])
            self.input = self.output = None
            return (os.open("input", os.O_RDONLY),
                    os.open("output", os.O_WRONLY | os.O_CREAT | os.O_TRUNC))
        if self.kind == "pipe":
            reader, self.input = os.pipe()
            self.output, writer = os.pipe()
            for fd in (reader, writer):
                fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, 4096)
            return reader, writer
        kind = socket.SOCK_SEQPACKET if self.messages else socket.SOCK_STREAM
        ours, theirs = socket.socketpair(socket.AF_UNIX, kind)
        if not self.messages:
            for sock in (ours, theirs):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        self.input = self.output = ours.detach()
        fd = theirs.detach()
        return fd, fd

    # The peer.

    def make_peer(self):
        local = self.domain in ("unix", "dgram", "seqpacket")
        options = {"tcp": [], "unix": ["-U"], "udp": ["-u"], "dgram": ["-u", "-U"],
                   "seqpacket": ["-U", "--seqpacket"]}[self.domain]
        if self.domain in ("udp", "dgram"):
            options += ["-W", str(len(self.data[1]))]
        self.type = {"tcp": socket.SOCK_STREAM, "unix": socket.SOCK_STREAM,
                     "seqpacket": socket.SOCK_SEQPACKET}.get(self.domain, socket.SOCK_DGRAM)
        self.sock = socket.socket(socket.AF_UNIX if local else socket.AF_INET, self.type)
        if self.domain == "tcp":
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        for path in ("peer", "at"):
            if os.path.exists(path):
                os.unlink(path)
        if self.role == "listen":
            if self.domain == "dgram":
                self.sock.bind("peer")
            return ["-v", "-l", *options, *(["at"] if local else ["127.0.0.1", "0"])]
        self.sock.bind("peer" if local else ("127.0.0.1", 0))
        if self.type != socket.SOCK_DGRAM:
            self.sock.listen()
        where = ["peer"] if local else ["127.0.0.1", str(self.sock.getsockname()[1])]
        return [*options, *where]

    def wait(self, readable, writable=()):
        """Until something can be done; Lost if strait has ended, and nothing can."""
        left = max(0, self.deadline - time.monotonic())
        got = select.select([*readable, self.pidfd], writable, [], left)
        if got[0] == [self.pidfd] and not got[1]:
            # It may have ended between the two looks.
            got = select.select(readable, writable, [], 0)
            if not (got[0] or got[1]):
                raise Lost
        if not (got[0] or got[1]):
            raise TimeoutError
        return [fd for fd in got[0] if fd != self.pidfd], got[1]

    def meet(self):
        if self.role == "connect":
            if self.type != socket.SOCK_DGRAM:
                self.wait([self.sock])
                self.peer = self.sock.accept()[0]
            else:
                self.wait([self.sock])
                sender = self.sock.recvfrom(1, socket.MSG_PEEK)[1]
                self.sock.connect(sender)
                self.peer = self.sock
            return
        stderr = self.child.stderr.fileno()
        while not re.search(rb"(Listening|Bound) on .*\n", self.said):
            self.wait([stderr])
            piece = os.read(stderr, 4096)
            if not piece:
                raise Lost
            self.said += piece
        name = re.search(rb"on (.*)\n", self.said)[1].decode()
        self.sock.connect(name if self.sock.family == socket.AF_UNIX
                          else ("127.0.0.1", int(name.split()[1])))
        self.peer = self.sock

    # The conversation.

    def streams(self):
        """Both directions at once, each side as fast as the other takes it."""
        peer, near_in, near_out = self.peer, self.input, self.output
        todo = [memoryview(data) for data in self.data]
        os.set_blocking(peer.fileno(), False)
        for fd in {near_in, near_out} - {None}:
            os.set_blocking(fd, False)
        if near_in is None:
            todo[0] = todo[0][:0]
        reading = [fd for fd in (peer.fileno(), near_out) if fd is not None]
        writing = {peer.fileno(): 1}
        if near_in is not None:
            writing[near_in] = 0
        while reading or writing:
            ready = self.wait(reading, list(writing))
            for fd in ready[0]:
                to = self.got[0 if fd == peer.fileno() else 1]
                piece = os.read(fd, 65536)
                to += piece
                if not piece:
                    reading.remove(fd)
            for fd in ready[1]:
                way = writing[fd]
                todo[way] = todo[way][os.write(fd, todo[way][:65536]):]
                if not todo[way]:
                    del writing[fd]
                    self.half_close(fd)

    def half_close(self, fd):
        if fd == self.peer.fileno():
            # After an honest error there is nobody left to tell.
            with contextlib.suppress(OSError):
                self.peer.shutdown(socket.SHUT_WR)
        elif self.kind == "pipe":
            os.close(fd)
            self.input = None
        else:
            with socket.socket(fileno=os.dup(fd)) as sock:
                sock.shutdown(socket.SHUT_WR)

    def receive(self, sock, way, count):
        """Messages, of which an empty one is not an end: only messages have a sender's identity."""
        if sock.family == socket.AF_UNIX:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        while len(self.got[way]) < count:
            self.wait([sock])
            message, identity, _, _ = sock.recvmsg(1 << 20, 1024)
            if not message and not identity and sock.type == socket.SOCK_SEQPACKET:
                raise Lost
            self.got[way].append(message)

    def datagrams(self):
        """Request and reply: the last one ends it."""
        near = socket.socket(fileno=self.input)
        near.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        first = 1 if self.role == "listen" else 0
        try:
            for message in self.data[0]:
                near.send(message)
            for message in self.data[1][:first]:
                self.peer.send(message)
            if self.role == "connect":
                self.meet_late()
            self.receive(self.peer, 0, len(self.data[0]))
            near.shutdown(socket.SHUT_WR)
            for message in self.data[1][first:]:
                self.peer.send(message)
            if self.type == socket.SOCK_SEQPACKET:
                self.peer.shutdown(socket.SHUT_WR)
            self.receive(near, 1, len(self.data[1]))
        finally:
            self.input = near.detach()

    def meet_late(self):
        if self.peer is None:
            self.meet()

    def talk(self):
        try:
            if not (self.messages and self.role == "connect"):
                self.meet()
            (self.datagrams if self.messages else self.streams)()
        except Lost:
            pass
        except (ConnectionError, FileNotFoundError):
            self.torn = True
        stderr = self.child.stderr
        os.set_blocking(stderr.fileno(), True)
        if not select.select([self.pidfd], [], [], max(0, self.deadline - time.monotonic()))[0]:
            raise TimeoutError
        self.child.wait()
        self.said += stderr.read()
        self.drain()

    def drain(self):
        """What strait had written before its end is still to be read."""
        if self.kind == "file":
            with open("output", "rb") as file:
                self.got[1] = bytearray(file.read())
            return
        if self.messages:
            return
        try:
            while piece := os.read(self.output, 65536):
                self.got[1] += piece
        except (BlockingIOError, ConnectionError):
            pass

    def verdict(self):
        """What is wrong, or None."""
        for way, name in enumerate(("sent", "received")):
            if self.got[way] != self.data[way][: len(self.got[way])]:
                return f"what was {name} is not what came"
        status = self.child.returncode
        if status != 0:
            if status < 0:
                return f"killed by {signal.Signals(-status).name}"
            return None if re.search(rb"^strait: ", self.said, re.M) else f"status {status}, silent"
        for way, name in enumerate(("sent", "received")):
            if len(self.got[way]) < len(self.data[way]):
                return f"status 0, {len(self.got[way])} of {len(self.data[way])} {name}"
        return "status 0, but a reset" if self.torn else self.record_wrong()

    def record_wrong(self):
        for way, name in enumerate(("sent", "received")):
            whole = b"".join(self.data[way]) if self.messages else self.data[way]
            if self.recorded:
                with open(f"record.{way}", "rb") as file:
                    if file.read() != whole:
                        return f"status 0, but not all that was {name} is recorded"
        return None

    def close(self):
        if self.child.poll() is None:
            os.killpg(self.child.pid, signal.SIGKILL)  # strace does not take strait along
        self.child.wait()
        os.close(self.pidfd)
        self.child.stderr.close()
        for sock in {self.sock, self.peer} - {None}:
            sock.close()
        for fd in {self.input, self.output} - {None}:
            os.close(fd)


def converse(way, strait, strace):
    """Returns what is wrong, or None, and the run."""
    run = Run(way, strait, strace)
    try:
        run.talk()
        return run.verdict(), run
    except TimeoutError:
        return f"has not ended after {LIMIT:g} s", run
    finally:
        run.close()


WAYS = ["connect-tcp-file", "listen-tcp-pipe", "connect-tcp-socket", "listen-unix-file",
        "connect-unix-pipe", "listen-unix-socket", "connect-udp-near", "listen-udp-near",
        "connect-dgram-near", "listen-dgram-near", "connect-seqpacket-near",
        "listen-seqpacket-near", "connect-tcp-pipe-recorded", "listen-dgram-near-recorded"]
if "STRAIT_NO_SPLICE" in os.environ:
    # The others do not splice anyway.
    WAYS = [way for way in WAYS if "-tcp-" in way or "-unix-" in way]


def survey(way, strait):
    """How often strait makes each call: in the C library before main, and afterwards."""
    wrong, run = converse(way, strait, ["strace", "-f", "-o", "trace"])
    if wrong or run.child.returncode != 0:
        sys.exit(f"{way}: without a fault: {wrong or run.said}")
    before, after = {}, {}
    counts = before
    with open("trace", encoding="utf-8", errors="replace") as trace:
        for line in trace:
            if "rt_sigaction(SIGPIPE, {sa_handler=SIG_IGN" in line:
                counts = after
            if told := re.search(r'(writev?|pwritev2)\(2, .*"(Listening|Bound) on', line):
                before[told[1]] = before.get(told[1], 0) + 1  # or nobody would come
            elif match := re.match(r"\d+ +(\w+)\(", line):
                counts[match[1]] = counts.get(match[1], 0) + 1
    return before, after


def calls(strait):
    for name in sorted(set().union(*(survey(way, strait)[1] for way in WAYS)) - ORDINARY):
        print(name)


def inject(call, faults, strait):
    wrongs = tried = 0
    for way in WAYS:
        before, after = survey(way, strait)
        count = after.get(call, 0)
        for when in sorted(n for n in {1, 2, 5, count} if 0 < n <= count):
            for fault in faults:
                rule = f"inject={call}:{fault.lstrip('!')}:when={before.get(call, 0) + when}"
                wrong, run = converse(way, strait, ["strace", "-f", "-o", "/dev/null",
                                                    "--seccomp-bpf", "-e", f"trace={call}",
                                                    "-e", rule])
                tried += 1
                # A file is not short of buffers: it has failed then, which is told.
                ignored = fault.startswith("!") and not (run.recorded and fault == "!error=ENOBUFS")
                if not wrong and ignored and run.child.returncode != 0:
                    wrong = "not gone on: " + run.said.decode(errors="replace").splitlines()[-1]
                if wrong:
                    print(f"{way}: -e {rule} ({when} of {count}): {wrong}", flush=True)
                    wrongs += 1
    print(f"{tried} faults, {wrongs} wrong")
    sys.exit(3 if tried == 0 else wrongs > 0)


def main(args):
    os.environ["TMPDIR"] = os.getcwd()
    split = args.index("--") if "--" in args else 0
    if args[0] == "calls":
        calls(args[1:])
    else:
        inject(args[1], args[2:split], args[split + 1:])


signal.signal(signal.SIGTERM, lambda *_: sys.exit("faults: taken too long"))
directory = tempfile.mkdtemp(dir=".")
os.chdir(directory)
try:
    main(sys.argv[1:])
finally:
    os.chdir("..")
    shutil.rmtree(directory)
