#!/usr/bin/env python3
"""Hosts that answer datagrams to one port of all addresses, or of a group.

    answerers.py ADDRESS FROM...

Each of the addresses FROM answers each datagram with a line that names it.
"""
import socket
import sys

where, *sources = sys.argv[1:]
family = socket.AF_INET6 if ":" in where else socket.AF_INET
sock = socket.socket(family, socket.SOCK_DGRAM)
sock.bind(("" if where != "0.0.0.0" else where, 0))
if family == socket.AF_INET6:
    request = socket.inet_pton(family, where) + socket.if_nametoindex("theirs").to_bytes(4, sys.byteorder)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, request)
elif where != "0.0.0.0":
    request = socket.inet_aton(where) + socket.inet_aton(sources[0])
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
answerers = []
for source in sources:
    answerer = socket.socket(family, socket.SOCK_DGRAM)
    answerer.bind((source, 0))
    answerers.append(answerer)
print("Listening on", where, sock.getsockname()[1], file=sys.stderr, flush=True)
while True:
    _, asker = sock.recvfrom(1000)
    for source, answerer in zip(sources, answerers):
        answerer.sendto(f"answer from {source}\n".encode(), asker)
