"""The charts, drawn by gnuplot."""
import shutil
import subprocess

import report
import units
import works
from tools import TCP4, TCP6, UNIX

COLOURS = {"strait": "#0072b2", "nc": "#e69f00", "ncat": "#009e73", "socat": "#cc79a7",
    "iperf3": "#999999", "haproxy": "#d55e00"}
STYLE = """set encoding utf8
set terminal svg size {size} background "white" font "sans-serif,13"
set border 3 linecolor "#444444"
set tics nomirror textcolor "#222222"
set grid {grid} linetype 1 linecolor "#e4e4e4"
"""
BARS = """set yrange [0:{highest:.3f}]
set ylabel 'GiB/s'
set style data histograms
set style histogram errorbars gap 1.5 linewidth 1.2
set style fill solid 1 noborder
set bars 0.6
set errorbars linecolor '#222222'
set key at screen 0.5,0.995 top center horizontal samplen 1.5
set multiplot layout {count},1 margins char 8,2,2,3 spacing char 0,3
"""


def draw(folder, results, competitors):
    """The charts that could be drawn: (file, title)."""
    if shutil.which("gnuplot") is None:
        return []
    told = report.Report(results, competitors)
    scripts = [
        ("throughput.svg", "Throughput", throughput(told)),
        ("growth.svg", "Growing work", growth(told)),
    ]
    drawn = []
    for file, title, script in scripts:
        if script and plot(f"{folder}/{file}", script):
            drawn.append((file, title))
    return drawn


def plot(path, script):
    with open(path, "wb") as output:
        done = subprocess.run(
            ["gnuplot"], input=script.encode(), stdout=output, check=False, timeout=60
        )
    return done.returncode == 0


def block(name, rows):
    return f"${name} << END\n" + "".join(" ".join(row) + "\n" for row in rows) + "END\n"


def bar(summary):
    return [f"{n:.6g}" for n in summary[:3]] if summary else ["NaN"] * 3


def throughput(told):
    """One panel for each transport, all with the same scale."""
    streams = [work for work in told.works if type(work) is works.Stream]
    found = {(w, tool): told.of(w, tool, "GiB/s") for w in streams for tool in told.tools}
    drawn = [work for (work, _), summary in found.items() if summary]
    if not drawn:
        return None
    panels = [t for t in (TCP4, TCP6, UNIX) if any(work.transport is t for work in drawn)]
    highest = max(summary.high for summary in found.values() if summary)
    style = STYLE.format(size=f"900,{220 * len(panels) + 40}", grid="ytics")
    bars = BARS.format(highest=1.05 * highest, count=len(panels))
    # The first one has the most tools, and the key.
    plots = [panel(told, streams, transport) for transport in panels]
    return style + bars + "set key off\n".join(plots)


def panel(told, streams, transport):
    group = [work for work in streams if work.transport is transport]
    summaries = {tool: [told.of(work, tool, "GiB/s") for work in group] for tool in told.tools}
    # gnuplot refuses a colour without a bar.
    summaries = {tool: found for tool, found in summaries.items() if any(found)}
    rows = [
        [f'"{work.title}"', *(number for found in summaries.values() for number in bar(found[i]))]
        for i, work in enumerate(group)
    ]
    bars = [
        f"${transport.name} using {3 * i + 2}:{3 * i + 3}:{3 * i + 4}:xtic(1)"
        f" title '{tool}' linecolor '{COLOURS[tool]}'"
        for i, tool in enumerate(summaries)
    ]
    frame = f"set label 1 '{transport.title}' at graph 0.99,0.93 right\n"
    frame += f"set xrange [-0.6:{len(group) - 0.4}]\n"
    return block(transport.name, rows) + frame + "plot " + ", ".join(bars) + "\n"


def growth(told):
    points = told.growth()
    if not points:
        return None
    rows = [[str(mebibytes), *bar(summary)] for mebibytes, summary in points]
    largest, last = points[-1]
    tics = ", ".join(f'"{units.size(mebibytes << 20)}" {mebibytes}' for mebibytes, _ in points)
    return (
        STYLE.format(size="640,420", grid="xtics ytics")
        + "set logscale xy\nset key top left\nset xlabel 'size of the file'\n"
        + f"set ylabel 'seconds'\nset format y '%g'\nset xtics ({tics})\n"
        + f"set xrange [{points[0][0] / 2}:{largest * 2}]\n"
        + block("growth", rows)
        + f"plot {last.median} * x / {largest} title 'in proportion'"
        + " linecolor '#999999' dashtype 2,"
        + " $growth using 1:2:3:4 with yerrorlines title 'strait' linewidth 2 pointtype 7"
        + f" pointsize 0.6 linecolor '{COLOURS['strait']}'\n"
    )
