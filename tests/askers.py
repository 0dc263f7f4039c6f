#!/usr/bin/env python3
"""Many who send datagrams to a server that sends each back, every one from a socket of its own.

    askers.py udp|unixgram WHERE COUNT [silent]

WHERE is a port of 127.0.0.1, or a path. They come one after the other, and none closes its socket
before the end. With "silent" nobody waits for an answer but the last one. Who gets none in time is an
error.
"""
import os
import resource
import socket
import sys

kind, where, count, *silent = sys.argv[1:]
limit = float(os.environ.get("LIMIT", "20")) / 2
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
socks = []
for i in range(int(count)):
    if kind == "udp":
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.connect(("127.0.0.1", int(where)))
    else:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        sock.bind("")
        sock.connect(where)
    socks.append(sock)
    sock.send(b"%d" % i)
    if silent and i + 1 < int(count):
        continue
    sock.settimeout(limit)
    try:
        if sock.recv(100) != b"%d" % i:
            sys.exit(f"askers: {i} got a wrong answer")
    except socket.timeout:
        sys.exit(f"askers: {i} got no answer")
