#!/usr/bin/env python3
"""Those that strait connects to, where peer.py does not do: many ports, and those that come late or answer oddly.

    listeners.py COMMAND ARG...

"Listening on HOST PORT" (or PATH) is told on standard error.
"""
import os
import random
import resource
import select
import selectors
import socket
import struct
import sys
import threading
import time


def hold():
    """HOST KIND PORT...: ports that are open, reset (accept, and reset at once), closed (and nobody
    else's); answer or mute (datagrams, both print what they hear). PORT may be 0, or a range."""
    host, kind, *words = sys.argv[1:]
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    type = socket.SOCK_DGRAM if kind in ("answer", "mute") else socket.SOCK_STREAM
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    socks = []
    for word in words:
        first, _, last = word.partition("-")
        for port in range(int(first), int(last or first) + 1):
            sock = socket.socket(family, type)
            sock.bind((host, port))
            if kind in ("open", "reset"):
                sock.listen(128)
            socks.append(sock)
    print("Listening on", *socks[0].getsockname()[:2], file=sys.stderr, flush=True)
    while True:
        for sock in select.select(socks if kind in ("reset", "answer", "mute") else [], [], [])[0]:
            if kind == "reset":
                client = sock.accept()[0]
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                client.close()
                continue
            data, sender = sock.recvfrom(65536)
            print(sock.getsockname()[1], repr(data.decode()), "from", *sender[:2], flush=True)
            if kind == "answer":
                sock.sendto(b"answer", sender)


def some():
    """HOST COUNT FIRST LAST: so many random ports from FIRST to LAST are open; ./open has their numbers."""
    host, count, first, last = sys.argv[1], *map(int, sys.argv[2:])
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if most < count + 50:
        sys.exit(f"only {most} descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    socks = []
    with open("open", "w") as f:
        for port in sorted(random.sample(range(first, last + 1), count)):
            socks.append(socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET))
            socks[-1].bind((host, port))
            socks[-1].listen(100)
            print(port, file=f)
    print("Listening on", host, port, file=sys.stderr, flush=True)
    sys.stdin.read()


def row():
    """ADDRESS KIND...: ports in a row, one for each KIND: "open" says "answer N" and keeps in port.N what
    it hears up to the end; "closed" does not listen; "reset" breaks off; "late" is open, and answers when
    there is a file "go"."""
    family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET

    def bind():
        """Sockets at ports in a row, which nobody else has."""
        while True:
            sockets = [socket.socket(family) for _ in sys.argv[2:]]
            try:
                sockets[0].bind((sys.argv[1], 0))
                first = sockets[0].getsockname()[1]
                for i, sock in enumerate(sockets[1:]):
                    sock.bind((sys.argv[1], first + 1 + i))
                return first, sockets
            except (OSError, OverflowError):
                pass

    def serve(listener, kind, number):
        sock = listener.accept()[0]
        if kind == "reset":
            sock.recv(1)  # it is connected, and has nothing to say
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()
            return
        while kind == "late" and not os.path.exists("go"):
            time.sleep(0.01)
        sock.sendall(f"answer {number}\n".encode())
        with open(f"part.{number}", "wb") as file:
            while piece := sock.recv(65536):
                file.write(piece)
        os.rename(f"part.{number}", f"port.{number}")
        sock.close()

    first, sockets = bind()
    for number, (sock, kind) in enumerate(zip(sockets, sys.argv[2:])):
        if kind != "closed":
            sock.listen()
            threading.Thread(target=serve, args=(sock, kind, number)).start()
    print("Listening on", sys.argv[1], first, file=sys.stderr, flush=True)
    threading.Event().wait()


def echo():
    """udp|udp6|unixgram: sends each datagram back, and prints how long it was."""
    kind = sys.argv[1]
    family = dict(udp=socket.AF_INET, udp6=socket.AF_INET6, unixgram=socket.AF_UNIX)[kind]
    where = dict(udp=("127.0.0.1", 0), udp6=("::1", 0), unixgram="echo.socket")[kind]
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    sock.bind(where)
    print("Listening on", *([where] if kind == "unixgram" else sock.getsockname()[:2]), file=sys.stderr, flush=True)
    while True:
        data, sender = sock.recvfrom(1 << 20)
        print(len(data), flush=True)
        sock.sendto(data, sender)


def deaf():
    """A unix stream that hears nothing: it says "deaf", and stays."""
    sock = socket.socket(socket.AF_UNIX)
    sock.bind("them.socket")
    sock.listen()
    print("Listening on them.socket", file=sys.stderr, flush=True)
    them = sock.accept()[0]
    them.shutdown(socket.SHUT_RD)
    them.send(b"deaf")
    time.sleep(60)


def late():
    """NAME STREAM|DGRAM|SEQPACKET HOST|path PAUSE: a port that refuses, and is nobody else's, or a path
    that isn't there. When there is a file "go" it answers PAUSE seconds later. How many milliseconds after
    that somebody came is told in NAME.late. A stream then has all of ./answer for all of what it hears."""
    name, how, host, pause = *sys.argv[1:4], float(sys.argv[4])
    local = host == "path"
    family = socket.AF_UNIX if local else socket.AF_INET6 if ":" in host else socket.AF_INET
    kind = getattr(socket, "SOCK_" + how)
    sock = socket.socket(family, kind)
    port = 0
    if not local:
        sock.bind((host, 0))
        port = sock.getsockname()[1]
        if how == "DGRAM":
            sock.connect((host, 9))  # others are refused
    print("Listening on", *(["path"] if local else [host, port]), file=sys.stderr, flush=True)
    while not os.path.exists("go"):
        time.sleep(0.01)
    time.sleep(pause)
    if how == "DGRAM" and not local:
        sock.close()
        sock = socket.socket(family, kind)
    if local:
        sock.bind("path")
    elif how == "DGRAM":
        sock.bind((host, port))
    if how != "DGRAM":
        sock.listen(8)
    since = time.monotonic()
    if how == "DGRAM":
        data, sender = sock.recvfrom(65536)
        peer = None
        if not local:
            sock.sendto(b"answer", sender)
        sys.stdout.buffer.write(data)
    else:
        peer = sock.accept()[0]
    late = round((time.monotonic() - since) * 1000)
    with open(name + ".late", "w") as f:
        print(late, file=f)
    if peer:
        def pour():
            with open("answer", "rb") as f:
                peer.sendall(f.read())
            peer.shutdown(socket.SHUT_WR)
        thread = threading.Thread(target=pour)
        thread.start()
        while piece := peer.recv(65536):
            sys.stdout.buffer.write(piece)
        thread.join()


def answerers():
    """ADDRESS FROM...: each of the addresses FROM answers each datagram to one port of ADDRESS, of all
    addresses, or of a group, with a line that names it."""
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


def keep():
    """PATH FILE: everything that anybody sends to a unix socket at PATH goes to FILE; no connection is closed."""
    path, name = sys.argv[1:]
    kept = []
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
                    kept.append(key.fileobj)


globals()[sys.argv.pop(1)]()
