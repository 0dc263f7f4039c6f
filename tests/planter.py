#!/usr/bin/env python3
"""A unix peer that passes descriptors with what it says.

    planter.py connect|listen STREAM|DGRAM|SEQPACKET PATH COUNT...

Each message is one "x", and comes with COUNT descriptors of the file ./planted. Then it stays.
"""
import array
import signal
import socket
import sys

role, kind, path, *counts = sys.argv[1:]
sock = socket.socket(socket.AF_UNIX, getattr(socket, "SOCK_" + kind))
if role == "connect":
    sock.connect(path)
else:
    sock.bind(path)
    sock.listen()
    print("Listening on", path, file=sys.stderr, flush=True)
    sock = sock.accept()[0]
with open("planted", "w") as planted:
    for count in map(int, counts):
        passed = array.array("i", [planted.fileno()] * count)
        sock.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, passed)])
signal.pause()
