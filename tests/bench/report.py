"""The results in words and tables."""
import datetime
import os
import platform
import shlex

import tools
import works
from units import bytes_of, short, size

NONE = "–"


def table(head, rows):
    """In Markdown; the figures, that is all but the words in front, to the right."""
    words = sum(name in WORDS for name in head)
    align = [":--"] * words + ["--:"] * (len(head) - words)
    return "".join(f"| {' | '.join(cells)} |\n" for cells in [head, align, *rows]) + "\n"


WORDS = ("Work", "Transport", "Tool", "Job", "Call")


def first_line(path, key, separator=":"):
    with open(path, encoding="utf-8") as lines:
        line = next((line for line in lines if line.startswith(key)), "")
    return line.partition(separator)[2].strip().strip('"')


def debian():
    try:
        with open("/etc/debian_version", encoding="utf-8") as file:
            return "Debian " + file.read().strip()
    except FileNotFoundError:
        return first_line("/etc/os-release", "PRETTY_NAME", "=") or "unknown"


def machine():
    memory = int(first_line("/proc/meminfo", "MemTotal").split()[0]) / (1 << 20)
    return [
        ("Processor", f"{first_line('/proc/cpuinfo', 'model name')}, {os.cpu_count()} cores"),
        ("Memory", f"{memory:.1f} GiB"),
        ("Kernel", f"{platform.system()} {platform.release()}"),
        ("System", debian()),
        ("Load at the beginning", f"{os.getloadavg()[0]:.2f}"),
    ]


def heading(command, competitors):
    """To be made before the measurements: the date is that of their beginning."""
    now = datetime.datetime.now(datetime.timezone.utc)
    lines = [("Date", now.strftime("%Y-%m-%d %H:%M UTC")), *machine()]
    lines += [(tool.name, tool.version()) for tool in competitors]
    lines.append(("Command", f"`{command}`"))
    return "".join(f"- {name}: {text}\n" for name, text in lines) + "\n"


def ratio(figure, reference):
    return NONE if not figure or not reference else f"{figure / reference:.2f}"


def per_transport(group):
    """The works of a title, which are those of one table."""
    titles = {}
    for work in group:
        titles.setdefault(work.title, []).append(work)
    return titles.items()


class Report:
    def __init__(self, results, competitors):
        self.results = results
        self.tools = [tool.name for tool in competitors]
        rows = {(row.work, row.transport) for row in results.rows}
        self.works = [w for w in works.all_works() if (w.name, w.transport.name) in rows]

    def of(self, work, tool, unit):
        return self.results.summary(work.name, work.transport.name, tool, unit)

    def tried(self, work):
        return [tool for tool in self.tools if self.has(work, tool)]

    def has(self, work, tool):
        place = (work.name, work.transport.name, tool)
        return any((row.work, row.transport, row.tool) == place for row in self.results.rows)

    def marked(self, work, tool):
        """With the runs that are not in its figures."""
        failed = len(self.results.failures(work.name, work.transport.name, tool))
        return f"{tool} ({failed} failed)" if failed else tool

    def work(self, title, group):
        text = f"## {title}\n\n"
        for unit, meaning in group[0].figures.items():
            better = "more" if group[0].more else "less"
            text += f"{meaning}, {unit} ({better} is better).\n\n" + self.figures(group, unit)
        return text

    def figures(self, group, unit):
        cells = {(w, tool): self.of(w, tool, unit) for w in group for tool in self.tried(w)}
        with_cpu = any(summary and summary.cpu is not None for summary in cells.values())
        head = ["Transport", "Tool", f"{unit}, median", "min–max", "× nc"]
        head += ["CPU s/GiB", "× nc"] if with_cpu else []
        rows = []
        for (work, tool), summary in cells.items():
            label = work.transport.title if tool == self.tried(work)[0] else ""
            row = self.row(summary, cells.get((work, "nc")), with_cpu)
            rows.append([label, self.marked(work, tool), *row])
        return table(head, rows)

    @staticmethod
    def row(summary, nc, with_cpu):
        if summary is None:
            return ["failed"] + [NONE] * (4 if with_cpu else 2)
        row = [short(summary.median), f"{short(summary.low)}–{short(summary.high)}"]
        row.append(ratio(summary.median, nc and nc.median))
        if with_cpu:
            row += [short(summary.cpu), ratio(summary.cpu, nc and nc.cpu)]
        return row

    def memory(self):
        copied = self.results.summary("memory", "", "memcpy", "GiB/s")
        if copied is None:
            return ""
        return (
            "## The limit\n\n"
            f"memcpy(3) in one thread copies {short(copied.median)} GiB/s "
            f"({short(copied.low)}–{short(copied.high)}) between buffers that no cache holds.\n\n"
        )

    def growth(self):
        """The size in MiB, and the summary of the seconds."""
        names = dict.fromkeys(r.work for r in self.results.rows if r.work.startswith(works.GROWTH))
        found = {
            int(name[len(works.GROWTH) : -1]): self.results.summary(name, "tcp4", "strait", "s")
            for name in names
        }
        return [(mebibytes, summary) for mebibytes, summary in found.items() if summary]

    def growing(self):
        points = self.growth()
        if not points:
            return ""
        rows = [
            [size(m << 20), *self.row(s, None, False)[:2], short(s.median * 1024 / m)]
            for m, s in points
        ]
        head = ["Work", "Seconds, median", "min–max", "Seconds per GiB"]
        return "## Growing work\n\nstrait, TCP IPv4, file → /dev/null.\n\n" + table(head, rows)

    def watching(self):
        """What it costs to watch, beside what costs nothing."""
        found = {w: self.of(w, "strait", "GiB/s") for w in works.watched() if self.has(w, "strait")}
        if not found:
            return ""
        plain = next((s for w, s in found.items() if w.name == f"{works.WATCHED}plain"), None)
        rows = []
        for work, s in found.items():
            row = ["failed"] + [NONE] * 4
            if s:
                times = ratio(s.median, plain and plain.median)
                cpu = ratio(s.cpu, plain and plain.cpu)
                row = [*self.row(s, None, False)[:2], times, short(s.cpu), cpu]
            rows.append([f"`{work.title}`", *row])
        head = ["Call", "GiB/s, median", "min–max", "× plain", "CPU s/GiB", "× plain"]
        return (
            "## Watching\n\nTCP IPv4, file → /dev/null. The options are those of both ends; a digest "
            "is computed by the receiver.\n\n" + table(head, rows)
        )

    def failures(self):
        """Each, and how often: what has no figure is said as loudly as what has."""
        counts = {}
        for row in self.results.rows:
            if row.failure:
                key = (row.work, row.transport, row.tool, row.failure)
                counts[key] = counts.get(key, 0) + 1
        text = "".join(f"- {note}\n" for note in self.results.notes)
        for (work, transport, tool, why), count in counts.items():
            text += f"- {tool}, {work} {transport}: failed {count}×: {why}\n"
        return f"## Failed or left out\n\n{text}\n" if text else ""

    def summary(self):
        others = [tool for tool in self.tools if tool != "strait"]
        head = ["Work", "strait", *(f"× {tool}" for tool in others)]
        rows = []
        for work in self.works:
            if work.transport is tools.TCP6 or "strait" not in self.tried(work):
                continue
            for unit in work.figures:
                rows.append(self.summary_row(work, unit, others))
        return table(head, rows) if rows else ""

    def summary_row(self, work, unit, others):
        strait = self.of(work, "strait", unit)
        row = [self.label(work, unit), f"{short(strait.median)} {unit}" if strait else "failed"]
        for tool in others:
            other = self.of(work, tool, unit)
            failed = self.has(work, tool) and other is None
            times = ratio(strait and strait.median, other and other.median)
            row.append("failed" if failed else times)
        return row

    @staticmethod
    def label(work, unit):
        if not work.more:
            return f"{work.title} (less is better)"
        detail = work.transport.title if len(work.figures) == 1 else work.figures[unit].lower()
        return f"{work.title}, {detail}"


def method(settings):
    return f"""## How

Everything is one run over the loopback and unix sockets. In each round every tool does every work
once, and another tool is the first; rounds: {settings["ROUNDS"]}, after one that is not counted.
The file has {size(bytes_of(settings["SIZE"]))} of random bytes and is in memory (tmpfs). The time is
from the start of the sender, when the receiver is listening, to the end of the last process, so it
includes the start of processes. CPU seconds are user and system of the tool's own processes at
both ends, together. Ratios are of medians; nc is `nc.openbsd`. iperf3 carries from memory to
memory.

Every exit status is checked. So is what the sender has taken of its input, and how much of it went
into the file or the last pipe; in the first round the file received is compared, too. What a tool
writes to /dev/null cannot be counted from outside. A run that falls short is no figure: it is
listed as failed.

"""


def calls(competitors):
    """So that a reader can repeat it by hand."""
    rows = []
    for job, call in CALLS:
        for tool in competitors:
            if able(tool, job):
                rows.append([job if tool is competitors[0] else "", f"`{call(tool)}`"])
    return "## The calls\n\n" + table(["Job", "Call"], rows)


def able(tool, job):
    if job == "scan":
        return tool.can(works.Scan())
    return job == "stream" or tool.reads_input


def stream_call(tool):
    return f"{words(tool.receive(TCP, 'BYTES'))}`, `{words(tool.send(TCP, 'BYTES'))}"


def words(argv):
    return shlex.join([os.path.basename(argv[0]), *argv[1:]])


TCP = tools.Place(tools.TCP4, "", "PORT")
UDP = tools.Place(tools.UDP4, "", "PORT")
CALLS = [
    ("stream", stream_call),
    ("datagrams in", lambda tool: words(tool.hear(UDP))),
    ("datagrams out", lambda tool: words(tool.tell(UDP))),
    ("round trip, connect", lambda tool: words(tool.talk(TCP))),
    ("scan", lambda tool: words(tool.scan(TCP))),
]


def write(folder, head, results, settings, competitors, drawn):
    report = Report(results, competitors)
    text = "# strait measured\n\n" + head + method(settings)
    if not drawn:
        text += "There are no charts: gnuplot is not installed, or there was nothing to draw.\n\n"
    text += "".join(f"![{title}]({file})\n\n" for file, title in drawn)
    text += "".join(report.work(*group) for group in per_transport(report.works))
    text += report.watching() + report.memory() + report.growing() + report.failures()
    text += calls(competitors)
    save(f"{folder}/results.md", text)
    save(f"{folder}/summary.md", report.summary())


def save(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.rstrip("\n") + "\n")
