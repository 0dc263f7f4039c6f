#!/usr/bin/env python3
"""Reads a hexdump of strait's, line by line as the manual describes it.

    recording.py sent|received FILE     what crossed in this direction, to standard output
    recording.py blocks FILE            a line for each block: direction, bytes, peer
    recording.py terminal STRAIT...     runs strait with a terminal as $TERMINAL, and copies to
                                        standard output what appears there

Exits 0 if all is as it should be, else says what is not.
"""
import os
import pty
import re
import subprocess
import sys
import time

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"
HEADER = re.compile(rf"([<>]) ({TIME}) (sent|received) (\d+) (bytes?) (to|from) (.+)\n")
LINE = re.compile(r"([0-9a-f]{8,16})  ((?:[0-9a-f]{2} ){1,16}) +\|(.{1,16})\|\n")
WORDS = {">": ("sent", "to"), "<": ("received", "from")}


def check(right, what):
    if not right:
        sys.exit(f"recording: {what}")


def blocks(path):
    """Yields the direction, bytes and peer of each block."""
    offsets = {"sent": [0], "received": [0]}
    with open(path, encoding="ascii") as file:
        lines = file.readlines()
    at, last = 0, ""
    while at < len(lines):
        head = HEADER.fullmatch(lines[at])
        check(head, f"no header: {lines[at]!r}")
        mark, moment, direction, count, unit, word, peer = head.groups()
        check((direction, word) == WORDS[mark], f"words: {lines[at]!r}")
        check((unit == "byte") == (count == "1"), f"unit: {lines[at]!r}")
        check(moment >= last, f"time goes back: {lines[at]!r}")
        at, last, data = at + 1, moment, b""
        while len(data) < int(count):
            line = LINE.fullmatch(lines[at])
            check(line, f"no line: {lines[at]!r}")
            check(lines[at].index("|") == len(line[1]) + 2 + 48 + 1, f"column: {lines[at]!r}")
            if not data:
                start = int(line[1], 16)
            check(int(line[1], 16) == start + len(data), f"offset: {lines[at]!r}")
            piece = bytes.fromhex(line[2])
            text = "".join(chr(c) if 32 <= c < 127 else "." for c in piece)
            check(text == line[3], f"text: {lines[at]!r}")
            data += piece
            check(len(piece) == 16 or len(data) == int(count), f"short: {lines[at]!r}")
            at += 1
        check(len(data) == int(count), f"count: {head[0]!r}")
        # Peers may have one name, that of a unix socket; senders may be in one conversation.
        if data:
            check(start in offsets[direction], f"offset: {lines[at - 1]!r}")
            offsets[direction].append(start + len(data))
        yield direction, data, peer


def terminal(words):
    master, slave = pty.openpty()
    env = dict(os.environ, TERMINAL=os.ttyname(slave))
    command = ["sh", "-c", 'exec "$@" --hex-dump "$TERMINAL"', "sh"] + words
    status = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, check=False).returncode
    os.set_blocking(master, False)
    for _ in range(1000):
        try:
            sys.stdout.buffer.write(os.read(master, 65536))
            break
        except BlockingIOError:
            time.sleep(0.01)
    sys.exit(status)


if sys.argv[1] == "terminal":
    terminal(sys.argv[2:])
for way, content, who in blocks(sys.argv[-1]):
    if sys.argv[1] == "blocks":
        print(way, len(content), who)
    elif sys.argv[1] == way:
        sys.stdout.buffer.write(content)
