#!/usr/bin/env python3
"""Measures strait beside the other tools; "make bench" runs it. Set by the environment:

    STRAIT      the program (default: the one that was built)
    TOOLS       which tools (strait nc ncat socat iperf3)
    WORKS       a regular expression on "NAME TRANSPORT", as they are in results.csv
    ROUNDS      how often each is measured (5)
    SIZE        of the file that is carried (1G; K, M and G are known)
    GROWTH      0: leave out the growing work
    GROWTH_MAX  the largest file of that (10G)
    DATAGRAMS TRIPS CONNECTS
                how many of them are one measurement (1000000, 20000, 500;
                fewer, in proportion, if SIZE is below 256M)
    RESULTS     where the results go (tests/bench/results)
"""
import os
import re
import shlex
import shutil
import signal
import socket
import sys
import tempfile

import charts
import measure
import report
import tools
import works
from results import Results
from units import bytes_of, short, size

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
DEFAULTS = {
    "TOOLS": "strait nc ncat socat iperf3",
    "WORKS": "",
    "ROUNDS": "5",
    "SIZE": "1G",
    "GROWTH": "1",
    "GROWTH_MAX": "10G",
    "DATAGRAMS": "1000000",
    "TRIPS": "20000",
    "CONNECTS": "500",
}
GROWTH_ROUNDS = 3
GROWTH_SIZES = [10**power << 20 for power in (0, 1, 2)] + [1 << 30, 10 << 30]
# The slowest that is waited for, in bytes a second, and what a run may take besides.
SLOWEST = 32 << 20
PATIENCE = 30
# From this size on a count is what was asked for.
FULL_SIZE = 256 << 20


class Payload:
    """The file that is carried: random all through."""

    PIECE = 1 << 22

    def __init__(self, path):
        self.path = path
        self.size = 0

    def resize(self, new):
        with open(self.path, "ab") as file:
            file.truncate(min(new, self.size))
            for start in range(self.size, new, self.PIECE):
                file.write(os.urandom(min(self.PIECE, new - start)))
        self.size = new

    def opened(self):
        return open(self.path, "rb", buffering=0)


class Bench:
    """What every work needs."""

    def __init__(self, folder, settings):
        self.settings = settings
        self.payload = Payload(f"{folder}/payload")
        self.received = f"{folder}/received"
        self.socket = f"{folder}/socket"

    def limit(self):
        return PATIENCE + self.payload.size / SLOWEST

    def count(self, name, warm_up):
        """A tenth is enough to warm up; with small files somebody is in a hurry."""
        count = int(self.settings[name]) * min(1, self.payload.size / FULL_SIZE)
        return max(1, int(count) // (10 if warm_up else 1))

    def place(self, transport):
        """One where nobody listens."""
        remove(self.socket)
        return tools.Place(transport, self.socket, 0)

    def create_received(self):
        """A new file, for which the system has memory at hand: a virtual machine may have given
        it back to its host, and whoever comes first would pay for that."""
        with open(self.received, "wb") as file:
            for start in range(0, self.payload.size, Payload.PIECE):
                file.write(bytes(min(Payload.PIECE, self.payload.size - start)))
        remove(self.received)
        return os.open(self.received, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    def deaf_socket(self):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.bind(("127.0.0.1", 0))
        return sock

    @staticmethod
    def helper(name):
        return os.path.join(os.environ.get("HELPERS", f"{ROOT}/build/bench"), name)


def remove(path):
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


def attempt(bench, results, work, tool, number):
    """One measurement; round 0 is the warm-up, of which failures alone are kept."""
    try:
        figures = work.run(bench, tool, number == 0)
    except (measure.Failure, OSError, ValueError) as failure:
        # An error of the system names a path.
        told = str(failure) if isinstance(failure, measure.Failure) else type(failure).__name__
        results.fail(work, tool.name, number, told)
        said = failure.said if isinstance(failure, measure.Failure) else str(failure)
        print(f"\nbench: {work}, {tool.name}: {told}\n{said}".rstrip(), file=sys.stderr)
        return f"{tool.name} failed"
    finally:
        remove(bench.received)
    if number > 0:
        for figure in figures:
            results.add(work, tool.name, number, figure)
    return f"{tool.name} " + " ".join(short(f.value) + f.unit for f in figures)


def compete(bench, results, competitors, chosen, rounds):
    """Each tool does each work once a round, and another one is the first in every round."""
    for number in range(rounds + 1):
        for work in chosen:
            able = [tool for tool in competitors if tool.can(work)]
            first = number % max(1, len(able))
            print(f"round {number}/{rounds}  {str(work):16}", end="", flush=True)
            for tool in able[first:] + able[:first]:
                print("  " + attempt(bench, results, work, tool, number), end="", flush=True)
            print()
        if number > 0 and re.search(bench.settings["WORKS"], "memory"):
            copy_memory(bench, results, number)


def copy_memory(bench, results, number):
    """The limit of all that copies."""
    with measure.Job(PATIENCE) as job:
        memory = job.start("memory", [bench.helper("memory")])
        job.wait(memory)
        figure = works.Figure(float(memory.said()), "GiB/s")
        results.add_plain("memory", "", "memcpy", number, figure)


def grow(bench, results, strait, largest):
    """More and more of one work: the time should grow in proportion."""
    for each in GROWTH_SIZES:
        if each > largest:
            break
        if each - bench.payload.size > room(bench):
            results.note(f"Growing work: no room for {size(each)}.")
            break
        bench.payload.resize(each)
        work = works.Growing(each)
        for number in range(GROWTH_ROUNDS + 1):
            told = attempt(bench, results, work, strait, number)
            print(f"round {number}/{GROWTH_ROUNDS}  {str(work):16}  {told}")


def room(bench):
    """What may be added to a file in memory, with some left to the system."""
    free = shutil.disk_usage(os.path.dirname(bench.payload.path)).free
    with open("/proc/meminfo", encoding="ascii") as lines:
        words = next(line for line in lines if line.startswith("MemAvailable")).split()
    return min(free, int(words[1]) << 10) * 9 // 10


def temporary_folder():
    memory = "/dev/shm"
    return tempfile.TemporaryDirectory(
        prefix="bench-", dir=memory if os.access(memory, os.W_OK) else None
    )


def measure_all(settings, competitors, results):
    known = works.all_works() + works.watched()
    chosen = [w for w in known if re.search(settings["WORKS"], str(w))]
    with temporary_folder() as folder:
        bench = Bench(folder, settings)
        wanted = bytes_of(settings["SIZE"])
        if 2 * wanted > room(bench):
            sys.exit(f"bench: no room for two files of {size(wanted)}")
        bench.payload.resize(wanted)
        compete(bench, results, competitors, chosen, int(settings["ROUNDS"]))
        strait = next((tool for tool in competitors if tool.name == "strait"), None)
        if strait and settings["GROWTH"] != "0" and re.search(settings["WORKS"], "growth"):
            grow(bench, results, strait, bytes_of(settings["GROWTH_MAX"]))


def stop(number, frame):
    """The signal ends the bench the ordinary way, which ends and removes all it has started."""
    for each in measure.ENDING:
        signal.signal(each, signal.SIG_IGN)
    sys.exit(128 + number)


def choose_tools(settings, results):
    wanted = settings["TOOLS"].split()
    known = tools.all_tools(os.environ.get("STRAIT") or f"{ROOT}/strait")
    for name in set(wanted) - {tool.name for tool in known}:
        sys.exit(f"bench: no such tool: {name}")
    chosen = [tool for tool in known if tool.name in wanted]
    for tool in chosen:
        if not tool.installed():
            print(f"bench: {tool.name} is not installed and left out", file=sys.stderr)
            results.note(f"{tool.name} is not installed and was left out.")
    return [tool for tool in chosen if tool.installed()]


def stamp(tool):
    """Another one if the program has been built again."""
    try:
        status = os.stat(shutil.which(tool.program) or tool.program)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def check(settings):
    try:
        re.compile(settings["WORKS"])
        for name in ("SIZE", "GROWTH_MAX"):
            bytes_of(settings[name])
        for name in ("ROUNDS", "DATAGRAMS", "TRIPS", "CONNECTS"):
            if int(settings[name]) < 1:
                raise ValueError(f"{name} is less than 1")
    except (ValueError, re.error) as error:
        sys.exit(f"bench: {error}")


def main():
    sys.stdout.reconfigure(line_buffering=True)
    for number in measure.ENDING:
        signal.signal(number, stop)
    settings = {name: os.environ.get(name) or value for name, value in DEFAULTS.items()}
    check(settings)
    folder = os.environ.get("RESULTS") or f"{HERE}/results"
    os.makedirs(folder, exist_ok=True)
    results = Results()
    competitors = choose_tools(settings, results)
    if not competitors:
        sys.exit("bench: no tool to measure")
    changed = [f"{k}={shlex.quote(v)}" for k, v in settings.items() if v != DEFAULTS[k]]
    heading = report.heading(" ".join(["make bench", *changed]), competitors)
    before = [stamp(tool) for tool in competitors]
    measure_all(settings, competitors, results)
    if before != [stamp(tool) for tool in competitors]:
        results.note("A program was replaced while it was measured: do not trust this.")
    results.save(f"{folder}/results.csv")
    drawn = charts.draw(folder, results, competitors)
    report.write(folder, heading, results, settings, competitors, drawn)
    failed = sum(row.failure is not None for row in results.rows)
    print(f"bench: the results are in {folder}" + (f"; {failed} runs failed" if failed else ""))
    # Of the others' failures the report tells; strait's own is nothing to build on.
    return any(row.failure is not None and row.tool == "strait" for row in results.rows)


if __name__ == "__main__":
    sys.exit(main())
