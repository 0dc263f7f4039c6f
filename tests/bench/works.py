"""The works: what the tools are made to do, and the figures that come of it."""
import os
import time
from collections import namedtuple

import measure
from measure import Failure
from tools import TCP4, TCP6, UDP4, UNIX, Place, WithOptions

GIB = 1 << 30
DATAGRAM = 1024
GROWTH = "growth-"
WATCHED = "watched-"
# Seconds, for what has a count and not a size.
COUNTED_LIMIT = 120

# "cpu" is processor seconds per GiB, or None.
Figure = namedtuple("Figure", "value unit cpu", defaults=[None])


class Work:
    """One over one transport. A figure that is less is better, unless "more" says otherwise."""

    more = False

    def __init__(self, name, title, transport):
        self.name = name
        self.title = title
        self.transport = transport

    def __str__(self):
        return f"{self.name} {self.transport.name}"


class Stream(Work):
    """A file through a receiver and a sender, by way of files or of pipes at either end."""

    more = True
    figures = {"GiB/s": "Throughput"}

    def __init__(self, transport, source, sink):
        title = f"{source} → {'/dev/null' if sink == 'null' else sink}"
        super().__init__(f"{source}-{sink}", title, transport)
        self.source = source
        self.sink = sink

    def run(self, bench, tool, warm_up):
        seconds, ends = self.carry(bench, tool)
        if warm_up and self.sink == "file":
            compare(bench)
        gibibytes = bench.payload.size / GIB
        return [Figure(gibibytes / seconds, "GiB/s", measure.cpu(*ends) / gibibytes)]

    def carry(self, bench, tool, watch=None):
        """The seconds, and the receiver and the sender. "watch" gets both, again and again."""
        size = bench.payload.size
        with measure.Job(bench.limit()) as job, bench.payload.opened() as file:
            behind, output = self._sink(bench, job)
            receiver = job.start(
                "the receiver", tool.receive(bench.place(self.transport), size), stdout=output
            )
            port = job.await_listener(receiver, self.transport)
            place = Place(self.transport, bench.socket, port)
            began = time.monotonic()
            before, source = self._source(job, file)
            sender = job.start("the sender", tool.send(place, size), stdin=source)
            ends = (receiver, sender)
            job.wait(*before, sender, receiver, *behind, watch=watch and (lambda: watch(ends)))
            seconds = time.monotonic() - began
            if tool.reads_input:
                whole("taken", file.tell(), bench)
            self._check_sink(bench, behind)
            return seconds, ends

    def _source(self, job, file):
        # The position is shared, and tells us how much was read.
        stdin = os.dup(file.fileno())
        if self.source == "file":
            return [], stdin
        reading, writing = os.pipe()
        return [job.start("cat", ["cat"], stdin=stdin, stdout=writing)], reading

    def _sink(self, bench, job):
        if self.sink == "null":
            return [], None
        if self.sink == "file":
            return [], bench.create_received()
        reading, writing = os.pipe()
        return [job.start("cat", ["cat"], stdin=reading)], writing

    def _check_sink(self, bench, behind):
        if self.sink == "file":
            whole("received", os.path.getsize(bench.received), bench)
        for cat in behind:
            whole("received", cat.written, bench)


def whole(what, count, bench):
    if count != bench.payload.size:
        raise Failure(f"{what} {count} of {bench.payload.size} bytes")


def compare(bench):
    with measure.Job(bench.limit()) as job:
        cmp = job.start("cmp", ["cmp", bench.payload.path, bench.received])
        try:
            job.wait(cmp)
        except Failure as failure:
            raise Failure("what was received is not what was sent", failure.said) from failure


class Memory(Stream):
    """How much memory the larger of both ends has had while it carried."""

    more = False
    figures = {"MiB": "Peak resident memory"}

    def __init__(self):
        super().__init__(TCP4, "file", "null")
        self.name = "rss"
        self.title = "Memory, file → /dev/null"

    def run(self, bench, tool, warm_up):
        peaks = [0]

        def watch(ends):
            running = (end for end in ends if end.status is None)
            peaks.append(max((end.peak() for end in running), default=0))

        self.carry(bench, tool, watch)
        return [Figure(max(peaks) / 1024, "MiB")]


class Growing(Stream):
    """The seconds alone, of a file of another size."""

    more = False

    def __init__(self, size):
        super().__init__(TCP4, "file", "null")
        self.name = f"{GROWTH}{size >> 20}M"

    def run(self, bench, tool, warm_up):
        return [Figure(self.carry(bench, tool)[0], "s")]


class Watched(Stream):
    """With an option of strait's that lets the user see what happens, at one end or both."""

    def __init__(self, name, options=(), ends=("receive", "send")):
        super().__init__(TCP4, "file", "null")
        self.name = f"{WATCHED}{name}"
        self.title = f"strait {' '.join(options)}".rstrip()
        self.options = {end: options for end in ends}

    def run(self, bench, tool, warm_up):
        return super().run(bench, WithOptions(tool, self.options), warm_up)


class Piped(Watched):
    """A digest as it is computed without such an option."""

    def __init__(self):
        super().__init__("tee", ends=())
        self.title = "strait, tee, sha256sum"
        self.behind = []

    def run(self, bench, tool, warm_up):
        [figure] = super().run(bench, tool, warm_up)
        gibibytes = bench.payload.size / GIB
        return [figure._replace(cpu=figure.cpu + measure.cpu(*self.behind) / gibibytes)]

    def _sink(self, bench, job):
        to_tee, from_strait = os.pipe()
        to_digest, from_tee = os.pipe()
        tee = job.start("tee", ["tee", os.devnull], stdin=to_tee, stdout=from_tee)
        self.behind = [tee, job.start("sha256sum", ["sha256sum"], stdin=to_digest)]
        return self.behind, from_strait

    def _check_sink(self, bench, behind):
        # It writes all of it twice.
        whole("received", behind[0].written // 2, bench)


class DatagramsIn(Work):
    """A flood of datagrams to a tool that writes them to a pipe."""

    more = True
    figures = {"%": "Share that arrived", "thousand/s": "Rate of arrival"}

    def __init__(self):
        super().__init__("udp-in", "Datagrams in", UDP4)

    def run(self, bench, tool, warm_up):
        count = bench.count("DATAGRAMS", warm_up)
        with measure.Job(COUNTED_LIMIT) as job:
            reading, writing = os.pipe()
            drain = job.start("the reader", [bench.helper("drain")], stdin=reading)
            listener = job.start("the listener", tool.hear(bench.place(UDP4)), stdout=writing)
            port = job.await_listener(listener, UDP4)
            flood = job.start("the flood", [bench.helper("flood"), str(port), str(count)])
            job.wait(flood)
            job.await_silence(drain)
            end_listener(listener)
            job.wait(drain)
            began = float(flood.said().split()[0])
            total, last = drain.said().split()
        return self._figures(int(total), count, float(last) - began, measure.cpu(listener))

    @staticmethod
    def _figures(total, count, seconds, cpu):
        arrived = total // DATAGRAM
        if arrived == 0:
            raise Failure("no datagram arrived")
        return [
            Figure(100 * arrived / count, "%"),
            Figure(arrived / seconds / 1000, "thousand/s", cpu / (total / GIB)),
        ]


def end_listener(listener):
    """By the signal and not before; socat turns it into a status."""
    listener.end()
    if listener.status not in (-15, 128 + 15):
        raise Failure(f"the listener ended with status {listener.status}", listener.said())


class DatagramsOut(Work):
    """A file through a pipe into datagrams that nobody reads."""

    more = True
    figures = {"GiB/s": "Throughput"}

    def __init__(self):
        super().__init__("udp-out", "Datagrams out", UDP4)

    def run(self, bench, tool, warm_up):
        with (
            measure.Job(bench.limit()) as job,
            bench.payload.opened() as file,
            bench.deaf_socket() as deaf,
        ):
            place = Place(UDP4, "", deaf.getsockname()[1])
            reading, writing = os.pipe()
            began = time.monotonic()
            cat = job.start("cat", ["cat"], stdin=os.dup(file.fileno()), stdout=writing)
            sender = job.start("the sender", tool.tell(place), stdin=reading)
            job.wait(cat, sender)
            seconds = time.monotonic() - began
        whole("taken", cat.written, bench)
        gibibytes = bench.payload.size / GIB
        return [Figure(gibibytes / seconds, "GiB/s", measure.cpu(sender) / gibibytes)]


class RoundTrip(Work):
    """64 bytes to an echo server and back, again and again."""

    figures = {"µs": "Time of one round trip"}

    def __init__(self):
        super().__init__("round-trip", "Round trip", TCP4)

    def run(self, bench, tool, warm_up):
        with measure.Job(COUNTED_LIMIT) as job:
            server = job.start("the server", [bench.helper("serve"), "echo"])
            place = Place(TCP4, "", job.await_listener(server, TCP4))
            to_tool, from_driver = os.pipe()
            to_driver, from_tool = os.pipe()
            talker = job.start("the tool", tool.talk(place), stdin=to_tool, stdout=from_tool)
            ask = [bench.helper("roundtrip"), str(bench.count("TRIPS", warm_up))]
            driver = job.start("the driver", ask, stdin=to_driver, stdout=from_driver)
            job.wait(driver, talker)
            return [Figure(float(driver.said()), "µs")]


class Connect(Work):
    """The whole life of a process that connects to a server that closes at once."""

    figures = {"ms": "Time of one start, connection and exit"}

    def __init__(self):
        super().__init__("connect", "Connect and exit", TCP4)

    def run(self, bench, tool, warm_up):
        with measure.Job(COUNTED_LIMIT) as job:
            server = job.start("the server", [bench.helper("serve"), "close"])
            place = Place(TCP4, "", job.await_listener(server, TCP4))
            count = str(bench.count("CONNECTS", warm_up))
            driver = job.start("the tool", [bench.helper("repeat"), count, *tool.talk(place)])
            job.wait(driver)
            return [Figure(float(driver.said().split()[-1]), "ms")]


class Scan(Work):
    """All ports of this host, of which few are open."""

    figures = {"s": "Time"}

    def __init__(self):
        super().__init__("scan", "Scan of 65535 ports", TCP4)

    def run(self, bench, tool, warm_up):
        with measure.Job(COUNTED_LIMIT) as job:
            server = job.start("the server", [bench.helper("serve"), "close"])
            place = Place(TCP4, "", job.await_listener(server, TCP4))
            began = time.monotonic()
            scanner = job.start("the tool", tool.scan(place))
            job.wait(scanner)
            return [Figure(time.monotonic() - began, "s")]


def all_works():
    """In the order of the report."""
    ways = [("file", "null"), ("file", "file"), ("pipe", "pipe"), ("file", "pipe")]
    streams = [Stream(t, *way) for way in ways for t in (TCP4, TCP6, UNIX)]
    return [*streams, DatagramsIn(), DatagramsOut(), RoundTrip(), Connect(), Scan(), Memory()]


def watched():
    """The first is what the others are compared with. A digest is computed at one end, as by tee."""
    one = ("receive",)
    return [
        Watched("plain"),
        *(Watched(name, [f"--{name}"]) for name in ("progress", "stats", "json")),
        Watched("digest", ["--digest"], one),
        Watched("blake2b", ["--digest=blake2b"], one),
        Piped(),
    ]
