#!/usr/bin/env python3
"""Clients that come, say something and go, and a server that keeps its side open.

    visitors.py KIND ADDRESS COUNT       each connects, sends a line of its own, and closes; KIND:
                                         tcp, tcp6, unix, seqpacket
    visitors.py keep PATH FILE           everything that anybody sends to a unix socket at PATH goes
                                         to FILE; no connection is closed
"""
import os
import resource
import selectors
import socket
import sys
import time

# Seconds from one client to the next: a slow server is not to be full of those that it has not
# come to yet.
PACE = 0.02 if os.environ.get("SLOW") else 0.001


def visit(kind, address, count):
    for i in range(count):
        if kind in ("unix", "seqpacket"):
            way = socket.SOCK_STREAM if kind == "unix" else socket.SOCK_SEQPACKET
            sock = socket.socket(socket.AF_UNIX, way)
            sock.connect(address)
        else:
            host = "127.0.0.1" if kind == "tcp" else "::1"
            sock = socket.create_connection((host, int(address)))
        sock.sendall(b"%06d\n" % i)
        sock.close()
        time.sleep(PACE)


def keep(path, name):
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    server = socket.socket(socket.AF_UNIX)
    server.bind(path + ".new")
    server.listen(4096)
    os.rename(path + ".new", path)
    selector = selectors.DefaultSelector()
    selector.register(server, selectors.EVENT_READ)
    with open(name, "ab", buffering=0) as file:
        while True:
            for key, _ in selector.select():
                if key.fileobj is server:
                    selector.register(server.accept()[0], selectors.EVENT_READ)
                elif data := key.fileobj.recv(65536):
                    file.write(data)
                else:
                    # Its end is seen; ours does not come while it is open on the other side.
                    selector.unregister(key.fileobj)
                    KEPT.append(key.fileobj)


KEPT = []
if sys.argv[1] == "keep":
    keep(*sys.argv[2:])
else:
    visit(sys.argv[1], sys.argv[2], int(sys.argv[3]))
