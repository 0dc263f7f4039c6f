"""Single measurements, and what is made of them."""
import csv
import statistics
from collections import namedtuple

Row = namedtuple("Row", "work transport tool round value unit cpu failure")
Summary = namedtuple("Summary", "median low high cpu")


class Results:
    def __init__(self):
        self.rows = []
        self.notes = []

    def add(self, work, tool, number, figure):
        self.add_plain(work.name, work.transport.name, tool, number, figure)

    def add_plain(self, work, transport, tool, number, figure):
        self.rows.append(Row(work, transport, tool, number, *figure, None))

    def fail(self, work, tool, number, why):
        self.rows.append(
            Row(work.name, work.transport.name, tool, number, None, None, None, why)
        )

    def note(self, text):
        self.notes.append(text)

    def _of(self, work, transport, tool):
        return [r for r in self.rows if (r.work, r.transport, r.tool) == (work, transport, tool)]

    def failures(self, work, transport, tool):
        return [row for row in self._of(work, transport, tool) if row.failure]

    def summary(self, work, transport, tool, unit):
        """None if there is no figure, or what arrived in the warm-up was wrong."""
        rows = [row for row in self._of(work, transport, tool) if row.unit == unit]
        if not rows or any(row.round == 0 for row in self.failures(work, transport, tool)):
            return None
        values = [row.value for row in rows]
        cpus = [row.cpu for row in rows if row.cpu is not None]
        cpu = statistics.median(cpus) if cpus else None
        return Summary(statistics.median(values), min(values), max(values), cpu)

    def save(self, path):
        with open(path, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(
                "work transport tool round value unit cpu_seconds_per_gib failed".split()
            )
            for row in self.rows:
                writer.writerow(rounded(field) for field in row)


def rounded(field):
    return f"{field:.6g}" if isinstance(field, float) else field
