#!/usr/bin/env python3
"""What the system knows of sockets and of packets, for tests that do not take strait's word.

    sockopt.py options PID STATE
        The settings of PID's socket that is in STATE (listening, talking), one a line.
    sockopt.py defaults DOMAIN
        The same of a new connection that nobody has set anything of. DOMAIN: tcp, tcp6, udp, udp6.
    sockopt.py receive [-4|-6|-U] COUNT ADDRESS...
        Takes COUNT datagrams; "Listening on" as peer.py; of each a line: its text, and with what
        class and time to live it came from where.
    sockopt.py accept [-4|-6|-U|-Q] COUNT ADDRESS...
        Takes COUNT connections, one after the other; a line about where each comes from.
    sockopt.py ask [-4|-6] TEXT HOST PORT
        Sends a datagram, and prints the first answer, and where it comes from.
    sockopt.py md5 listen|connect KEY HOST PORT TEXT
        A TCP peer that signs (RFC 2385): sends TEXT and prints what it gets.
    sockopt.py capture
        A line about every packet that arrives in this network, until it is killed.
    sockopt.py answer TEXT COMMAND...
        Runs the command on a terminal, answers its first question, and prints what was to be seen.
"""
import ctypes
import os
import socket
import struct
import sys

SO_PROTOCOL, SO_DOMAIN = 38, 39
SYS_PIDFD_GETFD = 438
IP_MINTTL, IPV6_MINHOPCOUNT = 21, 73
TCP_MD5SIG = 14
STREAM, DGRAM = socket.SOCK_STREAM, socket.SOCK_DGRAM
FLAGS = {
    "-4": (socket.AF_INET, None),
    "-6": (socket.AF_INET6, None),
    "-U": (socket.AF_UNIX, None),
    "-Q": (socket.AF_UNIX, socket.SOCK_SEQPACKET),
}


def say(*words):
    print(*words, flush=True)


def listening(sock):
    name = sock.getsockname()
    name = [name] if isinstance(name, (str, bytes)) else name[:2]
    print("Listening on", *name, file=sys.stderr, flush=True)


def place(args):
    """Where to be, of [FLAG] ... ADDRESS...: family, type, address."""
    family, kind = FLAGS["-4"]
    if args[0] in FLAGS:
        family, kind = FLAGS[args.pop(0)]
    return family, kind, args[1] if family == socket.AF_UNIX else (args[1], int(args[2]))


def text_of(name):
    if isinstance(name, tuple):
        return f"{name[0]} {name[1]}"
    return os.fsdecode(name).replace("\0", "@") if name else "nobody"


# --- Sockets of others


def sockets_of(pid):
    libc = ctypes.CDLL(None, use_errno=True)
    pidfd = os.pidfd_open(pid)
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            if not os.readlink(f"/proc/{pid}/fd/{name}").startswith("socket:"):
                continue
        except FileNotFoundError:
            continue
        fd = libc.syscall(SYS_PIDFD_GETFD, pidfd, int(name), 0)
        if fd == -1:
            error = ctypes.get_errno()
            if error == 9:  # EBADF: closed meanwhile
                continue
            raise OSError(error, os.strerror(error))
        yield socket.socket(fileno=fd)


def state_of(sock):
    if sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        return "listening"
    return "talking"


def text_option(sock, level, name):
    return sock.getsockopt(level, name, 64).split(b"\0")[0].decode()


def describe(sock):
    def number(what, level, name):
        say(what, sock.getsockopt(level, name))

    six = sock.family == socket.AF_INET6
    level = socket.IPPROTO_IPV6 if six else socket.IPPROTO_IP
    number("debug", socket.SOL_SOCKET, socket.SO_DEBUG)
    number("receive-buffer", socket.SOL_SOCKET, socket.SO_RCVBUF)
    number("send-buffer", socket.SOL_SOCKET, socket.SO_SNDBUF)
    if sock.family == socket.AF_UNIX:
        return
    number("broadcast", socket.SOL_SOCKET, socket.SO_BROADCAST)
    number("class", level, socket.IPV6_TCLASS if six else socket.IP_TOS)
    number("ttl", level, socket.IPV6_UNICAST_HOPS if six else socket.IP_TTL)
    number("min-ttl", level, IPV6_MINHOPCOUNT if six else IP_MINTTL)
    number("mark", socket.SOL_SOCKET, socket.SO_MARK)
    say("interface", text_option(sock, socket.SOL_SOCKET, socket.SO_BINDTODEVICE) or "-")
    if sock.type == DGRAM:
        number("multicast-ttl", level,
               socket.IPV6_MULTICAST_HOPS if six else socket.IP_MULTICAST_TTL)
        number("multicast-loop", level,
               socket.IPV6_MULTICAST_LOOP if six else socket.IP_MULTICAST_LOOP)
        return
    number("protocol", socket.SOL_SOCKET, SO_PROTOCOL)
    number("nodelay", socket.IPPROTO_TCP, socket.TCP_NODELAY)
    number("keepalive", socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    number("keepalive-idle", socket.IPPROTO_TCP, socket.TCP_KEEPIDLE)
    number("keepalive-interval", socket.IPPROTO_TCP, socket.TCP_KEEPINTVL)
    number("user-timeout", socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
    say("congestion", text_option(sock, socket.IPPROTO_TCP, socket.TCP_CONGESTION))


def options(args):
    for sock in sockets_of(int(args[0])):
        if state_of(sock) == args[1]:
            describe(sock)
            return
    sys.exit(f"sockopt: no socket is {args[1]}")


def defaults(args):
    domain = args[0]
    family = socket.AF_INET6 if domain.endswith("6") else socket.AF_INET
    kind = DGRAM if domain.startswith("udp") else STREAM
    server = socket.socket(family, kind)
    server.bind(("::1" if domain.endswith("6") else "127.0.0.1", 0))
    if kind == STREAM:
        server.listen()
    client = socket.socket(family, kind)
    client.connect(server.getsockname())
    describe(client)


# --- Peers


def number_of(message, names):
    for level, kind, data in message:
        if (level, kind) in names:
            return int.from_bytes(data[:4], sys.byteorder)
    return None


def receive(args):
    family, _, address = place(args)
    sock = socket.socket(family, DGRAM)
    if family == socket.AF_INET:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
        sock.setsockopt(socket.IPPROTO_IP, 12, 1)  # IP_RECVTTL
    elif family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVTCLASS, 1)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
    sock.bind(address)
    listening(sock)
    for _ in range(int(args[0])):
        data, control, _, name = sock.recvmsg(65536, 512)
        text = data.decode().strip()
        if family == socket.AF_UNIX:
            say(text, "from", text_of(name))
            continue
        tos = number_of(control, {(socket.IPPROTO_IP, socket.IP_TOS),
                                  (socket.IPPROTO_IPV6, socket.IPV6_TCLASS)})
        ttl = number_of(control, {(socket.IPPROTO_IP, socket.IP_TTL),
                                  (socket.IPPROTO_IPV6, socket.IPV6_HOPLIMIT)})
        say(text, f"class {(tos or 0) & 0xff:#04x} ttl {ttl} from", text_of(name))


def ask(args):
    family, _, address = place(args)
    sock = socket.socket(family, DGRAM)
    sock.sendto(args[0].encode(), address)
    data, name = sock.recvfrom(65536)
    say(data.decode().strip(), "from", text_of(name))


def accept(args):
    family, kind, address = place(args)
    sock = socket.socket(family, kind or STREAM)
    sock.bind(address)
    sock.listen()
    listening(sock)
    for _ in range(int(args[0])):
        client, name = sock.accept()
        say("from", text_of(client.getpeername() or name))
        while client.recv(65536):
            pass
        client.close()


def sign(sock, host, key):
    number = socket.inet_pton(sock.family, host)
    if sock.family == socket.AF_INET6:
        address = struct.pack("=HHI16s", sock.family, 0, 0, number)
    else:
        address = struct.pack("=HH4s", sock.family, 0, number)
    sock.setsockopt(socket.IPPROTO_TCP, TCP_MD5SIG,
                    struct.pack("=128sBBHI80s", address, 0, 0, len(key), 0, key))


def md5(args):
    role, key, host, port, text = args
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, STREAM)
    sign(sock, host, key.encode())  # of a listener, too: the client comes from there
    if role == "listen":
        sock.bind((host, int(port)))
        sock.listen()
        listening(sock)
        sock = sock.accept()[0]
    else:
        sock.connect((host, int(port)))
    sock.sendall(text.encode())
    sock.shutdown(socket.SHUT_WR)
    while piece := sock.recv(65536):
        sys.stdout.buffer.write(piece)


# --- Packets


def tcp_text(segment):
    source, target, _, _, offset, flags = struct.unpack_from("!HHIIBB", segment)
    head = (offset >> 4) * 4
    text = f"tcp {source} {target} "
    text += "".join(c for i, c in enumerate("FSRPA") if flags & 1 << i)
    at, kinds = 20, []
    while at < head and segment[at] != 0:
        kinds.append(segment[at])
        at += 1 if segment[at] == 1 else max(segment[at + 1], 2)
    return text + f" data {len(segment) - head}" + (" signed" if 19 in kinds else "")


def packet_text(packet):
    if packet[0] >> 4 == 4:
        length, ttl, proto = struct.unpack_from("!2xH4xBB", packet)
        tos, target = packet[1], socket.inet_ntop(socket.AF_INET, packet[16:20])
        body = packet[(packet[0] & 15) * 4 : length]
    else:
        first, length, proto, ttl = struct.unpack_from("!IHBB", packet)
        tos, target = first >> 20 & 0xFF, socket.inet_ntop(socket.AF_INET6, packet[24:40])
        body = packet[40 : 40 + length]
    text = f"class {tos:#04x} ttl {ttl} to {target} "
    if proto == socket.IPPROTO_TCP:
        return text + tcp_text(body)
    if proto == socket.IPPROTO_UDP:
        return text + "udp %d %d" % struct.unpack_from("!HH", body)
    return text + f"protocol {proto}"


def capture(_):
    sock = socket.socket(socket.AF_PACKET, DGRAM, socket.htons(3))  # ETH_P_ALL
    say("ready")
    while True:
        packet, (interface, ether, kind, *_) = sock.recvfrom(65536)
        if kind != 4 and ether in (0x0800, 0x86DD):  # PACKET_OUTGOING
            say(interface, packet_text(packet))


# --- Terminals


def answer(args):
    pid, terminal = os.forkpty()
    if pid == 0:
        os.execvp(args[1], args[1:])
    seen = b""
    try:
        while not seen.rstrip(b" ").endswith((b":", b"?")):
            seen += os.read(terminal, 1024)
        os.write(terminal, args[0].encode() + b"\n")
        while True:
            seen += os.read(terminal, 1024)
    except OSError:  # so ends a terminal
        pass
    sys.stdout.buffer.write(seen)
    sys.stdout.flush()
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


COMMANDS = {
    "options": options,
    "defaults": defaults,
    "receive": receive,
    "ask": ask,
    "accept": accept,
    "md5": md5,
    "capture": capture,
    "answer": answer,
}

try:
    COMMANDS[sys.argv[1]](sys.argv[2:])
except (OSError, KeyboardInterrupt) as failure:
    sys.exit(f"sockopt: {failure}")
