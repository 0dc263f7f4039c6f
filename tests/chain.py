#!/usr/bin/env python3
"""Messages in great numbers through a chain of sockets.

    chain.py KIND COUNT "HOP..." STRAIT...

COUNT messages of KIND (lines, frames) go through a socket for each HOP. Between two of them a strait
that listens pipes what it hears into one that connects.
"""
import os
import random
import subprocess
import sys
import threading
import time

kind, count, hops = sys.argv[1], int(sys.argv[2]), sys.argv[3].split()
strait = sys.argv[4:]
WAYS = {
    "udp": (["-u"], ["127.0.0.1", "0"]),
    "unixgram": (["-U", "-u"], None),
    "seqpacket": (["-U", "--seqpacket"], None),
    "unix": (["-U"], None),
    "tcp": ([], ["127.0.0.1", "0"]),


}
# What may be on its way, which a receive buffer of the usual size has room for.
MESSAGES, BYTES = 200, 100000

processes = []


def run(*words, **pipes):
    processes.append(subprocess.Popen([*strait, "--" + kind, *words], **pipes))
    return processes[-1]


def listen(number, hop):
    """Returns who listens, and how to get there."""
    flags, where = WAYS[hop]
    # Datagrams have no end but their number.
    ends = ["-W", str(count)] if "-u" in flags else []
    process = run("-v", "-l", *ends, *flags, *(where or [f"socket{number}"]), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    line = process.stderr.readline().split()
    return process, [*flags, *(["-q", "0"] if ends else []), *([where[0]] if where else []), line[-1].decode()]

sink, there = listen(len(hops), hops[-1])
for number in range(len(hops) - 2, -1, -1):
    onward, (listener, back) = there, listen(number, hops[number])
    run(*onward, stdin=listener.stdout)
    listener.stdout.close()
    there = back


source = run(*there, stdin=subprocess.PIPE)

noise = random.Random(1).randbytes(1 << 20)


def messages():
    """The same each time."""
    r = random.Random(2)
    for i in range(count):
        if kind == "lines":
            yield b"%d %s\n" % (i, noise[:i % 40].hex().encode()) if i % 50 else b"\n"
        else:
            size = r.choice((0, r.randrange(16), r.randrange(1500), r.randrange(65508)))
            at = r.randrange(len(noise) - size)
            yield size.to_bytes(4, "big") + noise[at:at + size]

progress, failure = threading.Condition(), []
done = done_bytes = 0


def reader():
    global done, done_bytes
    file, bytes_read = sink.stdout, 0
    for number, message in enumerate(messages()):
        got = file.readline() if kind == "lines" else file.read(4)
        if kind == "frames":
            got += file.read(int.from_bytes(got, "big"))
        bytes_read += len(got)
        if got != message:
            failure.append(f"message {number} is {got[:80]!r}, not {message[:80]!r}")
        if kind == "frames" or number % 16 == 15 or failure or number + 1 == count:
            with progress:
                done, done_bytes = number + 1, bytes_read
                progress.notify()
        if failure:
            return

start = time.monotonic()
thread = threading.Thread(target=reader)
thread.start()
batch, sent_bytes = [], 0
for number, message in enumerate(messages()):
    def room():
        return failure or done == number or (number - done < MESSAGES and
            sent_bytes + len(message) - done_bytes <= BYTES)
    if not room():
        source.stdin.write(b"".join(batch))
        source.stdin.flush()
        batch = []
        with progress:
            if not progress.wait_for(room, 30):
                failure.append(f"only {done} messages have come, of {number}")
    if failure:
        break
    batch.append(message)
    sent_bytes += len(message)


if failure:
    for process in processes:
        process.kill()
    sys.exit(failure[0])


source.stdin.write(b"".join(batch))
source.stdin.close()
thread.join()
seconds = time.monotonic() - start
if failure:
    for process in processes:
        process.kill()
    sys.exit(failure[0])


assert not sink.stdout.read(1), "more than was sent"
for process in processes:
    assert process.wait() == 0, (process.args, process.returncode)


print(f"{count} messages in {seconds:.1f} s")
