#!/usr/bin/env python3
"""Peers that say what nobody should, to a unix socket, and whose names are no better.

    hostile.py stream PATH COUNT     connects from names of any bytes, and sends lines of any bytes
    hostile.py datagrams PATH COUNT  sends datagrams from such names
    hostile.py crowd PORT COUNT      only connects to a port of 127.0.0.1, and is gone
"""
import os
import random
import socket
import sys

PIECES = [b"\x00", b"\x1b[2J", b'"', b"\\", b"\xff", b"\xc3", b"\xe2\x80\xae", b"\xc2\x9b", b"\r\n", b"\x7f",
          b"\xf0\x9f\x8c\x8a", b"\xed\xa0\x80", b"/../", b"}{", b"a", "ü".encode()]


def name(number):
    text = b"".join(random.choices(PIECES, k=random.randrange(1, 24)))[:80]
    if random.randrange(2):
        return b"\x00%d" % number + text  # abstract: Linux has these
    return (b"./%d" % number + text.replace(b"\x00", b"").replace(b"/", b"-"))[:100]


def words():
    return b"".join(random.choices(PIECES + [b"\n"], k=random.randrange(1, 200)))


def stream(path, number):
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(name(number))
        s.connect(path)
        s.sendall(words())
        if random.randrange(2):
            s.shutdown(socket.SHUT_WR)
            s.settimeout(10)
            while s.recv(65536):
                pass


def datagrams(path, number):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind(name(number))
        s.sendto(words(), path)


def crowd(port, _):
    socket.create_connection(("127.0.0.1", int(port))).close()


def main():
    do = {"stream": stream, "datagrams": datagrams, "crowd": crowd}[sys.argv[1]]
    for number in range(int(sys.argv[3])):
        try:
            do(sys.argv[2], number)
        except (ConnectionError, TimeoutError):
            pass
    for left in os.listdir(b"."):
        if left[:1].isdigit():
            os.unlink(left)


main()
