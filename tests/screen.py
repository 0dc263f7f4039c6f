#!/usr/bin/env python3
"""A terminal that a command runs on, and that looks closely at what is drawn.

    screen.py [OPTION...] COMMAND...

Standard error of the command is the terminal, and standard output, unless -o FILE takes that.
Standard input is ours, unless -i makes it the terminal, too.

    -c COLUMNS   how wide the terminal is at first (80)
    -r WIDTHS    widths that it is given later, each after the file ./resize-N (N: 1, 2, ...) is there
    -x           lines that no longer fit are cut off, not wrapped (as xterm does)
    -t FILE      what is typed: its text, as soon as the file is there
    -f           the command is in the background of this terminal

What the terminal shows at the end, with all that has scrolled away, goes to standard output. Each
line that was redrawn in place goes to ./frames, with the width at that time before it. A frame that
is as wide as the terminal, or wider, is an error: status 99.
"""
import fcntl
import getopt
import os
import re
import select
import signal
import struct
import sys
import termios

FRAME = re.compile(r"\r([^\r\n\x1b]*)\x1b\[J\r")
# After it has become narrower, so many frames may still be on their way.
LATE = 3


class Screen:
    """Lines of any length, shown in rows of so many columns, as a terminal does that wraps anew."""

    def __init__(self, columns, cuts):
        self.columns, self.cuts = columns, cuts
        self.lines, self.line, self.column = [""], 0, 0

    def resize(self, columns):
        self.columns = columns
        if self.cuts:
            self.lines = [line[:columns] for line in self.lines]
            self.column = min(self.column, columns - 1)

    def row_start(self):
        return self.column // self.columns * self.columns

    def show(self, text):
        at = 0
        while at < len(text):
            if text.startswith("\x1b[J", at):
                del self.lines[self.line + 1 :]
                self.lines[self.line] = self.lines[self.line][: self.column]
                at += 3
                continue
            self.show_one(text[at])
            at += 1

    def show_one(self, char):
        if char == "\r":
            self.column = self.row_start()
        elif char == "\n":
            if self.row_start() + self.columns < len(self.lines[self.line]):
                self.column += self.columns
            else:
                self.line += 1
                self.column %= self.columns
                if self.line == len(self.lines):
                    self.lines.append("")
        elif char >= " ":
            line = self.lines[self.line].ljust(self.column)
            self.lines[self.line] = line[: self.column] + char + line[self.column + 1 :]
            self.column += 1
        else:
            sys.exit(f"the terminal does not know {char!r}")


class Watch:
    """Takes the frames out of what the command writes, and measures them."""

    def __init__(self, columns):
        self.columns, self.late, self.rest = columns, 0, ""
        self.file = open("frames", "w", buffering=1)

    def resize(self, columns):
        self.late = LATE if columns < self.columns else 0
        self.columns = columns

    def see(self, text):
        self.rest += text
        end = 0
        for match in FRAME.finditer(self.rest):
            end = match.end() - 1
            frame = match[1]
            if len(frame) >= self.columns and self.late == 0:
                sys.stderr.write(f"too wide for {self.columns} columns: {frame!r}\n")
                sys.exit(99)
            self.late = max(0, self.late - 1) if len(frame) >= self.columns else 0
            print(self.columns, frame, file=self.file)
        self.rest = self.rest[end:]


def set_size(fd, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))


def exit_status(status):
    """As a shell reports it."""
    code = os.waitstatus_to_exitcode(status)
    return 128 - code if code < 0 else code


def run(command, options, slave):
    """In the child."""
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    if "-f" in options:
        if os.fork() != 0:
            os._exit(exit_status(os.wait()[1]))
        os.setpgid(0, 0)
    if "-i" in options:
        os.dup2(slave, 0)
    out = os.open(options["-o"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666) if "-o" in options else slave
    os.dup2(out, 1)
    os.dup2(slave, 2)
    os.closerange(3, 100)
    os.environ["TERM"] = "xterm"
    os.execvp(command[0], command)


def main():
    pairs, command = getopt.getopt(sys.argv[1:], "+c:r:xt:fio:")
    options = dict(pairs)
    columns = int(options.get("-c", 80))
    widths = [int(width) for width in options.get("-r", "").split(",") if width]
    typed = options.get("-t")
    master, slave = os.openpty()
    set_size(master, columns)
    if (child := os.fork()) == 0:
        run(command, options, slave)
    for number in signal.SIGTERM, signal.SIGINT, signal.SIGUSR1:
        signal.signal(number, lambda got, _: os.kill(child, got))
    os.close(slave)
    screen, watch, resized = Screen(columns, "-x" in options), Watch(columns), 0
    while True:
        if resized < len(widths) and os.path.exists(f"resize-{resized + 1}"):
            for part in screen, watch:
                part.resize(widths[resized])
            set_size(master, widths[resized])
            resized += 1
        if typed and os.path.exists(typed):
            os.write(master, open(typed, "rb").read())
            typed = None
        if not select.select([master], [], [], 0.02)[0]:
            continue
        try:
            text = os.read(master, 65536).decode()
        except OSError:
            break
        watch.see(text)
        screen.show(text)
        with open("screen.new", "w") as file:
            print(*screen.lines, sep="\n", file=file)
        os.rename("screen.new", "screen")
    _, status = os.waitpid(child, 0)
    print("\n".join(line.rstrip() for line in screen.lines).rstrip("\n"))
    sys.exit(exit_status(status))


main()
