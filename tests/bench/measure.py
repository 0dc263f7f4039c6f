"""Starts processes, waits for them under a limit, and leaves none behind."""
import contextlib
import os
import select
import signal
import time

# The signals that end the bench.
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Failure(Exception):
    """A run that gives no figure, and why. "said" is for the terminal alone: it may name paths."""

    def __init__(self, why, said=""):
        super().__init__(why)
        self.said = said


class Process:
    """Takes over the descriptors it is given: they are closed here once the process has them."""

    def __init__(self, name, argv, stdin, stdout):
        self.name = name
        self.status = None
        self.usage = None
        self.written = None
        self._said = os.memfd_create("said")
        actions = [
            (os.POSIX_SPAWN_DUP2, fd, number)
            for number, fd in enumerate((stdin, stdout, self._said))
        ]
        try:
            # Python ignores these, and what it starts would inherit that.
            self.pid = os.posix_spawnp(
                argv[0], argv, {**os.environ, "LC_ALL": "C"}, file_actions=actions,
                setsigdef=[signal.SIGPIPE, signal.SIGXFSZ], setsigmask=[],
            )
        except OSError as error:
            os.close(self._said)
            raise Failure(f"{name} cannot be started: {error.strerror}") from error
        finally:
            os.close(stdin)
            os.close(stdout)
        self.pidfd = os.pidfd_open(self.pid)

    def reap(self):
        """To be called when it has ended: what it did can be asked for until then alone."""
        self.written = self.count("wchar")
        _, status, self.usage = os.wait4(self.pid, 0)
        self.status = os.waitstatus_to_exitcode(status)

    def end(self):
        """Asks it to end, and kills it if it doesn't."""
        if self.status is not None:
            return
        try:
            signal.pidfd_send_signal(self.pidfd, signal.SIGTERM)
            select.select([self.pidfd], [], [], 2)
        finally:
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
            self.reap()

    def close(self):
        try:
            self.end()
        finally:
            os.close(self.pidfd)
            os.close(self._said)

    def check(self):
        if self.status != 0:
            raise Failure(f"{self.name} ended with status {self.status}", self.said())

    def said(self):
        """Its standard error."""
        with open(os.dup(self._said), "rb") as file:
            file.seek(0)
            return file.read().decode(errors="replace")

    def count(self, field):
        """A counter of /proc/PID/io, such as the bytes read (rchar) and written (wchar)."""
        return int(self._field("io", field))

    def peak(self):
        """The most memory it has had at once so far, in KiB; 0 when it has ended."""
        return int(self._field("status", "VmHWM").split()[0])

    def _field(self, file, name):
        with open(f"/proc/{self.pid}/{file}", encoding="ascii", errors="replace") as lines:
            return next((l.partition(":")[2] for l in lines if l.startswith(name + ":")), "0")

    def port(self, transport):
        """The port on which it listens (a unix socket: 0), or None as long as it doesn't."""
        inodes = self._sockets()
        with open(f"/proc/net/{transport.table}", encoding="utf-8", errors="replace") as lines:
            for line in lines:
                words = line.split()
                if transport.table == "unix":
                    if words[6] in inodes and words[3] == LISTENING["unix"]:
                        return 0
                elif words[9] in inodes and words[3] == LISTENING[transport.table]:
                    return int(words[1].rpartition(":")[2], 16)
        return None

    def _sockets(self):
        folder = f"/proc/{self.pid}/fd"
        links = set()
        for name in os.listdir(folder):
            try:
                links.add(os.readlink(f"{folder}/{name}"))
            except FileNotFoundError:
                pass
        return {link[8:-1] for link in links if link.startswith("socket:[")}


# What the tables of /proc/net say of one that does.
LISTENING = {"tcp": "0A", "tcp6": "0A", "udp": "07", "unix": "00010000"}


def null():
    return os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)


@contextlib.contextmanager
def uninterrupted():
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Job(contextlib.ExitStack):
    """Processes that belong together: when it is left, all of them have ended."""

    def __init__(self, limit):
        super().__init__()
        self.deadline = time.monotonic() + limit

    def start(self, name, argv, stdin=None, stdout=None):
        stdin = null() if stdin is None else stdin
        stdout = null() if stdout is None else stdout
        # Between its start and our knowing of it nothing may come.
        with uninterrupted():
            process = Process(name, argv, stdin, stdout)
            self.callback(process.close)
        return process

    def wait(self, *processes, watch=None):
        """Until all of them have ended well. "watch" is called every few milliseconds meanwhile."""
        running = {process.pidfd: process for process in processes}
        poll = select.poll()
        for fd in running:
            poll.register(fd, select.POLLIN)
        while running:
            left = self._left(next(iter(running.values())).name)
            for fd, _ in poll.poll(1000 * left if watch is None else 2):
                poll.unregister(fd)
                process = running.pop(fd)
                process.reap()
                # A broken pipe is never the cause.
                if process.status != -signal.SIGPIPE:
                    process.check()
            if watch is not None:
                watch()
        for process in processes:
            process.check()

    def await_listener(self, process, transport):
        """The port on which it listens, as soon as it does."""
        while (port := process.port(transport)) is None:
            self._left(process.name)
            if select.select([process.pidfd], [], [], 0.001)[0]:
                process.reap()
                raise Failure(f"{process.name} does not listen", process.said())
        return port

    def await_silence(self, process, quiet=0.25):
        """Until the process has read nothing for a moment."""
        before = None
        while (now := process.count("rchar")) != before:
            before = now
            self._left(process.name)
            select.select([process.pidfd], [], [], quiet)

    def _left(self, name):
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise Failure(f"{name} reached the time limit")
        return left


def cpu(*processes):
    """The processor seconds of processes that have ended."""
    return sum(process.usage.ru_utime + process.usage.ru_stime for process in processes)
