#!/usr/bin/env python3
"""Clients of a server that is tested, many at a time and one after the other.

    clients.py COMMAND ARG...

ADDRESS is a host and a port, or a path. What is wrong is told, and is status 1.
"""
import os
import random
import resource
import socket
import sys
import time


def admitted():
    """PORT ADDRESS...: prints those of the ADDRESSes from which a client is greeted."""
    port, served = int(sys.argv[1]), []
    for source in sys.argv[2:]:
        six = ":" in source
        s = socket.socket(socket.AF_INET6 if six else socket.AF_INET)
        s.settimeout(10)
        s.bind((source, 0))
        try:
            s.connect(("::1" if six else "127.0.0.1", port))
            if s.makefile("rb").read() == b"welcome\n":
                served.append(source)
        except ConnectionResetError:
            pass
    print(*served)


def between():
    """PORT: a speaker at 127.0.0.2, and before and behind all it says one at 127.0.0.1."""
    def speaker(host):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind((host, 0))
        s.connect(("127.0.0.1", int(sys.argv[1])))
        return s
    bad, good = speaker("127.0.0.1"), speaker("127.0.0.2")
    for text in "one", "two":
        for who in bad, good, bad:
            try:
                who.send((text if who is good else "bad").encode())
            except ConnectionRefusedError:
                pass


def pids():
    """HOST PORT COUNT: as many at once, each a program of its own, which says its pid and what it is told;
    prints how many pids there were."""
    host, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    clients = [socket.create_connection((host, port)) for _ in range(count)]
    for number, client in enumerate(clients):
        client.sendall(b"%d\n" % number)
    pids = set()
    for number, client in enumerate(clients):
        client.shutdown(socket.SHUT_WR)
        got = client.makefile("rb").read().split()
        assert got[1] == b"%d" % number, got
        pids.add(got[0])
    print(len(pids))


def at_once():
    """PORT: fifty that are served; when there is a file "go", all say a line, and wait for the end."""
    clients = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for _ in range(50)]
    for client in clients:
        client.recv(1)
    open("ready", "w").close()
    while not os.path.exists("go"):
        time.sleep(0.01)
    for client in clients:
        client.sendall(b"\n")
    for client in clients:
        while client.recv(100):
            pass


def senders():
    """DOMAIN COUNT LONGEST ADDRESS: send datagrams at the same time, some of them empty, and then one of
    LONGEST bytes; each has to get its own back, in order."""
    kind, count, longest, where = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
    local = kind == "unixgram"
    family = socket.AF_UNIX if local else socket.AF_INET6 if kind == "udp6" else socket.AF_INET
    def sender(n):
        sock = socket.socket(family, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        if local:
            sock.bind(f"sender{n}.socket")
        sock.connect(where[0] if local else (where[0], int(where[1])))
        sock.settimeout(float(os.environ.get("LIMIT", 20)))
        return sock
    senders = [sender(n) for n in range(count)]
    def exchange(some, *sizes):
        said = [[os.urandom(size) for size in sizes] for _ in some]
        for i in range(len(sizes)):
            for sock, messages in zip(some, said):
                sock.send(messages[i])
        for sock, messages in zip(some, said):
            for i, message in enumerate(messages):
                got = sock.recv(1 << 20)
                if got != message:
                    sys.exit(f"message {i}: {len(got)} bytes, not these {len(message)}")
    exchange(senders, 1, 0, 1000, 0, 0, 7)
    for sock in senders:
        exchange([sock], longest)
    exchange(senders, 5, 0)
    for n in range(count if local else 0):
        os.unlink(f"sender{n}.socket")
    print("all is well")


def echoed():
    """ADDRESS COUNT: all are there before the first says something; each gets its own back."""
    where, count = sys.argv[1:-1], int(sys.argv[-1])
    def client():
        sock = socket.socket(socket.AF_UNIX if len(where) == 1 else socket.AF_INET)
        sock.settimeout(60)
        sock.connect(where[0] if len(where) == 1 else (where[0], int(where[1])))
        return sock
    def get(sock, count):
        data = b""
        while len(data) < count and (piece := sock.recv(count - len(data))):
            data += piece
        return data
    clients = [client() for _ in range(count)]
    said = [os.urandom(20000) for _ in clients]
    for sock, data in zip(clients, said):
        sock.sendall(data)
    for n, (sock, data) in enumerate(zip(clients, said)):
        sock.shutdown(socket.SHUT_WR)
        if get(sock, len(data) + 1) != data:
            sys.exit(f"client {n} got something else")
    print("all is well")


def crowd():
    """DOMAIN COUNT ADDRESS: all are there before the first says its line, and stay until there is a file
    "crowd.go"; each then waits for its end, and is told nothing."""
    kind, count, *where = sys.argv[1:]
    def connect():
        if kind.startswith("tcp"):
            return socket.create_connection((where[0], int(where[1])), 20)
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET if kind == "seqpacket" else socket.SOCK_STREAM)
        sock.settimeout(20)
        sock.connect(where[0])
        return sock
    clients = [connect() for _ in range(int(count))]
    for i, sock in enumerate(clients):
        sock.sendall(f"client {i}\n".encode())
    open("crowd.ready", "w").close()
    while not os.path.exists("crowd.go"):
        time.sleep(0.01)
    for sock in clients:
        sock.shutdown(socket.SHUT_WR)
    for sock in clients:
        if sock.recv(1) != b"":
            sys.exit("somebody was told something")
        sock.close()


def talker():
    """LETTER PATH: messages of a letter until nobody takes any more, and the rest once there is a file "go"."""
    letter, where = sys.argv[1:]
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    sock.connect(where)
    sock.settimeout(0.3)
    left = [letter.encode() * random.randrange(1, 60000) for _ in range(100)]
    try:
        while left:
            sock.send(left[0])
            left.pop(0)
    except socket.timeout:
        pass
    open(letter + ".full", "w").close()
    while not os.path.exists("go"):
        time.sleep(0.01)
    sock.settimeout(20)
    for message in left:
        sock.send(message)
    sock.shutdown(socket.SHUT_WR)
    sock.recv(1)


def askers():
    """udp|unixgram WHERE COUNT [silent]: send datagrams to a server that sends each back, every one from a
    socket of its own. They come one after the other, and none closes its socket before the end. With
    "silent" only the last one waits for an answer, and asks again: what many send at once may be lost."""
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
        sock.settimeout(limit / 10 if silent else limit)
        for _ in range(10 if silent else 1):
            try:
                if sock.recv(100) != b"%d" % i:
                    sys.exit(f"askers: {i} got a wrong answer")
                break
            except socket.timeout:
                sock.send(b"%d" % i)
        else:
            sys.exit(f"askers: {i} got no answer")


def visit():
    """DOMAIN ADDRESS COUNT: each connects, sends a line of its own, and closes."""
    # Seconds from one client to the next: a slow server is not to be full of those that it has not
    # come to yet.
    pace = 0.02 if os.environ.get("SLOW") else 0.001
    kind, address, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
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
        time.sleep(pace)


globals()[sys.argv.pop(1)]()
