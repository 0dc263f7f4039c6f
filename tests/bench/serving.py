#!/usr/bin/env python3
"""Measures strait as a server beside the other tools; "make bench-serving" runs it. Set by the
environment:

    STRAIT      the program (default: the one that was built)
    WORKS       a regular expression: which works (relay connects exec room-10 room-100 ...)
    ROUNDS      how often each is measured, in turn (3)
    SIZE        of what is relayed (1G; K, M and G are known)
    CONNECTS    how many clients come one after the other (20000)
    CLIENTS     how many clients have a child at once (500)
    IDLE        how many connections are idle beside those that are measured (0 1000 8000)
    SECONDS     how long requests, connections and bytes are counted (2)
    RESULTS     where the results go (tests/bench/results)
"""
import contextlib
import os
import re
import socket
import sys
import tempfile
import threading
import time

import charts
import measure
import report
import tools
from results import Results
from tools import TCP4
from units import bytes_of, short
from works import Figure

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
STRAIT = os.environ.get("STRAIT") or f"{ROOT}/strait"
sys.path.append(f"{ROOT}/tests")
import crowd  # pylint: disable=wrong-import-position

DEFAULTS = {"WORKS": "", "ROUNDS": "3", "SIZE": "1G", "CONNECTS": "20000", "CLIENTS": "500",
            "IDLE": "0 1000 8000", "SECONDS": "2"}
# Seconds for one measurement; ncat may take them all.
LIMIT = 90
ROOMS = (10, 100, 1000, 10000)
HOST = "127.0.0.1"
LISTEN = f"TCP4-LISTEN:0,bind={HOST},backlog=4096,fork"


class Work:
    """"servers" is what each tool is called with. A figure that is less is better, unless "more"
    says otherwise."""

    transport = TCP4
    more = False
    limit = LIMIT

    def __init__(self, name, title, unit, servers):
        self.name, self.title, self.unit, self.servers = name, title, unit, servers

    def run(self, tool):
        with measure.Job(self.limit) as job:
            server = job.start(tool, self.servers[tool])
            return Figure(self.measure(job, job.await_listener(server, TCP4)), self.unit)

    def measure(self, job, port):
        raise NotImplementedError

    @staticmethod
    def helped(job, *words, count=1):
        """The number that a helper says last."""
        name, *arguments = map(str, words)
        folder = os.environ.get("HELPERS", f"{ROOT}/build/bench")
        helper = job.start("the helper", [f"{folder}/{name}", *arguments])
        job.wait(helper)
        return float(helper.said().split()[-1]) / count


class Relay(Work):
    """From one socket through the tool to another."""

    more = True

    def __init__(self, size):
        self.size = size
        self.sink = socket.create_server((HOST, 0))
        to = f"{HOST}:{self.sink.getsockname()[1]}"
        super().__init__("relay", "Relay, TCP → TCP", "GiB/s", {
            "strait": [STRAIT, "-l", "-n", "-k", "--to", to, HOST, "0"],
            "socat -b 1M": ["socat", "-b", "1048576", LISTEN, f"TCP4:{to}"],
            "socat": ["socat", LISTEN, f"TCP4:{to}"],
        })
        self.piece = os.memfd_create("piece")
        self.piece_size = min(size, 64 << 20)
        for _ in range(self.piece_size >> 20):
            os.write(self.piece, os.urandom(1 << 20))

    def pour(self, port):
        with contextlib.suppress(OSError), socket.create_connection((HOST, port)) as sock:
            for start in range(0, self.size, self.piece_size):
                left = min(self.piece_size, self.size - start)
                while left > 0:
                    left -= os.sendfile(sock.fileno(), self.piece, self.piece_size - left, left)
            sock.shutdown(socket.SHUT_WR)
            sock.recv(1)

    def measure(self, job, port):
        began = time.monotonic()
        thread = threading.Thread(target=self.pour, args=[port], daemon=True)
        thread.start()
        self.sink.settimeout(10)
        got, buffer = 0, bytearray(1 << 20)
        with self.sink.accept()[0] as sock:
            sock.settimeout(10)
            while count := sock.recv_into(buffer, 0, socket.MSG_TRUNC):
                got += count
        took = time.monotonic() - began
        thread.join()
        if got != self.size:
            raise measure.Failure(f"{got} of {self.size} bytes were relayed")
        return got / took / (1 << 30)


class Connects(Work):
    """Clients one after the other."""

    more = True

    def __init__(self, count):
        self.count = count
        super().__init__("connects", "Clients one after the other", "thousand/s", {
            "strait": [STRAIT, "-l", "-n", "-k", HOST, "0"],
            "nc": ["nc.openbsd", "-n", "-l", "-k", HOST, "0"],
            "ncat": ["ncat", "-n", "-l", "-k", HOST, "0"],
        })

    def measure(self, job, port):
        return 1 / self.helped(job, "connects", port, self.count, count=self.count) / 1000


class Exec(Work):
    """All clients at once have a child each, until all have been answered."""

    def __init__(self, count):
        self.count = count
        options = ["-n", "-l", "-k", "--max-conns", str(count), "--sh-exec", "cat", HOST, "0"]
        super().__init__("exec", f"{count} clients at once, a child each", "s", {
            "strait": [STRAIT, *options],
            "ncat": ["ncat", *options],
            "socat": ["socat", LISTEN, "EXEC:cat"],
        })

    def measure(self, job, port):
        reading, writing = os.pipe()
        with open(reading, encoding="ascii") as said:
            ask = [sys.executable, "-B", crowd.__file__, "--limit", str(LIMIT), "ask"]
            job.wait(job.start("the clients", [*ask, str(port), str(self.count)], stdout=writing))
            figures = dict(line.split() for line in said)
        if figures["answered"] != str(self.count):
            raise measure.Failure(f"{figures['answered']} of {self.count} were answered")
        return float(figures["seconds"])


class Room(Work):
    """A message of one client comes to all others."""

    limit = 30

    def __init__(self, clients):
        self.clients = clients
        options = ["-n", "-l", "--broker", "--max-conns", str(clients), HOST, "0"]
        super().__init__(f"room-{clients}", f"Message to {clients} clients", "ms", {
            "strait": [STRAIT, *options], "ncat": ["ncat", *options],
        })

    def measure(self, job, port):
        messages = max(20, min(200, 10000 // self.clients))
        return self.helped(job, "room", port, self.clients, messages) / 1000


HAPROXY = """global
    nbthread 1
    maxconn {most}
defaults
    mode tcp
    timeout connect 10s
    timeout client 10m
    timeout server 10m
listen relay
    bind {host}:{port} backlog 4096
    server web {host}:{web}
"""


class Load(Work):
    """A web server behind the tool, asked by many, beside connections that are idle."""

    more = True
    KINDS = {
        # Busy clients, bytes of an answer (negative: on a new connection each), unit, its size.
        "requests": (50, 200, "thousand/s", 1000),
        "connections": (50, -200, "thousand/s", 1000),
        "bytes": (4, 1 << 20, "GiB/s", 1 << 10),
    }

    def __init__(self, kind, idle, seconds):
        self.kind, self.idle, self.seconds = kind, idle, seconds
        busy, self.answer, unit, self.size = self.KINDS[kind]
        self.busy = busy
        title = f"Relay to a web server, {busy} busy, {idle} idle: {kind}"
        super().__init__(f"{kind}-{idle}", title, unit, {"strait": None, "haproxy": None})

    def start(self, job, tool, web):
        most = self.idle + 500
        if tool == "strait":
            options = ["-l", "-n", "-k", "--max-conns", str(most)]
            return job.start(tool, [STRAIT, *options, "--to", f"{HOST}:{web}", HOST, "0"])
        with tempfile.NamedTemporaryFile("w", suffix=".cfg", delete=False) as config:
            port = tools.free_port(HOST)
            config.write(HAPROXY.format(host=HOST, port=port, web=web, most=most))
        job.callback(os.unlink, config.name)
        return job.start(tool, ["haproxy", "-db", "-f", config.name])

    def run(self, tool):
        with measure.Job(self.limit) as job:
            folder = os.environ.get("HELPERS", f"{ROOT}/build/bench")
            web = job.await_listener(job.start("the web server", [f"{folder}/web"]), TCP4)
            port = job.await_listener(self.start(job, tool, web), TCP4)
            return Figure(self.measure(job, port), self.unit)

    def measure(self, job, port):
        words = ["load", port, self.idle, self.busy, self.answer, self.seconds]
        return self.helped(job, *words, count=self.size)


def all_works(settings):
    loads = [
        Load(kind, int(idle), settings["SECONDS"])
        for kind in Load.KINDS for idle in settings["IDLE"].split()
    ]
    return [
        *loads,
        Relay(bytes_of(settings["SIZE"])), Connects(int(settings["CONNECTS"])),
        Exec(int(settings["CLIENTS"])), *map(Room, ROOMS),
    ]


def compete(works, results, rounds):
    for number in range(1, rounds + 1):
        for work in works:
            print(f"round {number}/{rounds}  {work.name:10}", end="", flush=True)
            names = list(work.servers)
            first = number % len(names)
            for tool in names[first:] + names[:first]:
                print(f"  {tool} " + attempt(work, results, tool, number), end="", flush=True)
            print(flush=True)


def attempt(work, results, tool, number):
    failures = results.failures(work.name, TCP4.name, tool)
    # What can't be done once is not waited for again.
    if failures:
        return "left out"
    try:
        figure = work.run(tool)
    except (measure.Failure, OSError) as failure:
        told = str(failure) if isinstance(failure, measure.Failure) else type(failure).__name__
        results.fail(work, tool, number, told)
        return f"failed ({told})"
    results.add(work, tool, number, figure)
    return short(figure.value) + figure.unit


def figures(work, results):
    """The summary of each tool's; None where it failed."""
    found = {t: results.summary(work.name, TCP4.name, t, work.unit) for t in work.servers}
    return {
        t: None if results.failures(work.name, TCP4.name, t) else summary
        for t, summary in found.items()
    }


def tables(works, results):
    names = list(dict.fromkeys(tool for work in works for tool in work.servers))
    rows = []
    for work in works:
        found = figures(work, results)
        ours = found["strait"]
        row = [work.title + ("" if work.more else " (less is better)")]
        row.append(f"{short(ours.median)} {work.unit}" if ours else report.NONE)
        for tool in names[1:]:
            pair = [found["strait"], found.get(tool)]
            if not work.more:
                pair.reverse()
            row.append(report.ratio(*(summary and summary.median for summary in pair)))
        rows.append(row)
    text = report.table(["Work", "strait", *(f"× {name}" for name in names[1:])], rows)
    detail = [
        [work.title, tool, *(short(n) for n in (s.median, s.low, s.high)), work.unit]
        for work in works for tool, s in figures(work, results).items() if s
    ]
    text += report.table(["Work", "Tool", "median", "least", "most", "unit"], detail)
    failed = [f"- {r.work}, {r.tool}: {r.failure}\n" for r in results.rows if r.failure]
    return text + ("Failed:\n\n" + "".join(failed) if failed else "")


def chart(points, tool_names, results, place, axes):
    """One line for each tool; points: what stands on the axis below, and the work."""
    lines, blocks = [], ""
    for tool in tool_names:
        found = [(at, figures(work, results)[tool]) for at, work in points]
        rows = [[str(at), *charts.bar(summary)] for at, summary in found if summary]
        if rows:
            blocks += charts.block(tool, rows)
            lines.append(
                f"${tool} using 1:2:3:4 with yerrorlines title '{tool}' linewidth 2 pointtype 7"
                f" pointsize 0.6 linecolor '{charts.COLOURS[tool]}'"
            )
    if not lines:
        return False
    return charts.plot(
        place, charts.STYLE.format(size="640,420", grid="xtics ytics") + axes
        + blocks + "plot " + ", ".join(lines) + "\n"
    )


def rooms_chart(works, results, place):
    points = [(work.clients, work) for work in works if isinstance(work, Room)]
    return chart(points, ("strait", "ncat"), results, place, (
        "set logscale xy\nset key top left\nset xlabel 'clients'\n"
        "set ylabel 'milliseconds for a message to come to all'\nset format y '%g'\n"
        f"set xrange [{ROOMS[0] / 2}:{ROOMS[-1] * 2}]\n"
    ))


def idle_chart(works, results, place):
    points = [(w.idle, w) for w in works if isinstance(w, Load) and w.kind == "requests"]
    return chart(points, ("strait", "haproxy"), results, place, (
        "set key bottom left\nset xlabel 'idle connections'\nset yrange [0:]\n"
        "set ylabel 'thousand requests a second, over 50 busy connections'\n"
    ))


def main():
    settings = {name: os.environ.get(name) or value for name, value in DEFAULTS.items()}
    folder = os.environ.get("RESULTS") or f"{HERE}/results"
    os.makedirs(folder, exist_ok=True)
    crowd.many_descriptors()
    results = Results()
    changed = [f"{k}={v}" for k, v in settings.items() if v != DEFAULTS[k]]
    known = [tool for tool in tools.all_tools(STRAIT) if tool.name != "iperf3"]
    known.append(tools.Tool("haproxy", "haproxy", "-v"))
    heading = report.heading(" ".join(["make bench-serving", *changed]), known)
    works = [w for w in all_works(settings) if re.search(settings["WORKS"], w.name)]
    compete(works, results, int(settings["ROUNDS"]))
    results.save(f"{folder}/serving.csv")
    pictures = [
        (title, name) for title, name, draw in (
            ("Time of a message", "serving.svg", rooms_chart),
            ("Requests beside idle connections", "idle.svg", idle_chart),
        ) if draw(works, results, f"{folder}/{name}")
    ]
    with open(f"{folder}/serving.md", "w", encoding="utf-8") as file:
        file.write("# strait as a server, beside other tools\n\n" + heading + tables(works, results))
        file.writelines(f"\n![{title}]({name})\n" for title, name in pictures)
    print(f"bench: the results are in {folder}")
    return any(row.failure is not None and row.tool == "strait" for row in results.rows)


if __name__ == "__main__":
    sys.exit(main())
