#!/usr/bin/env python3
"""Servers of small, old protocols, for oneliners.bats.

    servers.py [-6] SERVICE [ARG...]

It serves on a port of the loopback address that the system picks, which is told as "Listening on
HOST PORT" on standard error ("Bound on" for UDP), and ends by a signal alone. Services:

    whois, finger, gopher   a line is asked, the answer ends with the connection
    daytime, time           say always the same time, and close
    ruok                    answers Zookeeper's "ruok" with "imok", and closes
    echo                    sends back what comes, until the client's end
    chargen                 sends lines without end
    whoami                  says the client's address and port, and closes
    silent                  takes connections and does nothing
    sink FILE               keeps in FILE what it has been sent; says nothing
    chunks FILE             the same, a line for each piece as it comes: its length
    greet FILE              says hello, half-closes, and keeps what it is sent
    telnet FILE             negotiates, asks for a login, and keeps what it is sent
    banners TEXT...         ports one after the other, each says its TEXT, and closes when it is
                            told QUIT, or at the client's end
    inetd COMMAND...        a COMMAND for each client, its input and output the connection
    udp-echo [N]            sends each datagram back, N times
    udp-sink FILE           keeps in FILE each datagram
    udp-tos FILE            keeps in FILE the type of service of each datagram, a line for each
    udp-silent              does not answer
"""
import socket
import struct
import subprocess
import sys
import threading
import time

WHOIS = "Domain Name: %s\r\nRegistrar: The Registry\r\nStatus: ok\r\n"
FINGER = "Login: %s\r\nNo mail.\r\nNo Plan.\r\n"
MENU = "iWelcome\tfake\t(NULL)\t0\r\n0About this place\t/about.txt\tlocalhost\t70\r\n.\r\n"
PAGES = {"": MENU, "/": MENU, "/about.txt": "About this place.\r\n.\r\n"}
GONE = "3%s not found\tfake\t(NULL)\t0\r\n.\r\n"


def line(sock):
    """What is asked, without the end of its line; None at the client's end."""
    data = b""
    while not data.endswith(b"\n"):
        piece = sock.recv(1)
        if not piece:
            return None
        data += piece
    return data.decode().rstrip("\r\n")


def keep(path, data):
    with open(path, "ab") as f:
        f.write(data)


def rest(sock, path, form=lambda piece: piece):
    open(path, "ab").close()
    while piece := sock.recv(65536):
        keep(path, form(piece))


def whois(sock, peer):
    sock.sendall((WHOIS % (line(sock) or "").upper()).encode())


def finger(sock, peer):
    sock.sendall((FINGER % (line(sock) or "")).encode())


def gopher(sock, peer):
    selector = line(sock) or ""
    sock.sendall(PAGES.get(selector, GONE % selector).encode())


def daytime(sock, peer):
    sock.sendall(b"21 NOV 2026 12:00:00 UTC\r\n")


def time_(sock, peer):
    sock.sendall(struct.pack("!I", 1795262400 + 2208988800))


def ruok(sock, peer):
    if line(sock) == "ruok":
        sock.sendall(b"imok")


def echo(sock, peer):
    while piece := sock.recv(65536):
        sock.sendall(piece)


def chargen(sock, peer):
    ring = bytes(range(33, 127))
    i = 0
    while True:
        sock.sendall((ring + ring)[i : i + 72] + b"\r\n")
        i = (i + 1) % len(ring)


def whoami(sock, peer):
    sock.sendall(f"{peer[0]} {peer[1]}\n".encode())


def silent(sock, peer):
    while True:
        time.sleep(60)


def sink(sock, peer, path):
    rest(sock, path)


def chunks(sock, peer, path):
    rest(sock, path, lambda piece: b"%d\n" % len(piece))


def greet(sock, peer, path):
    sock.sendall(b"hello\n")
    sock.shutdown(socket.SHUT_WR)
    rest(sock, path)


def telnet(sock, peer, path):
    sock.sendall(b"\xff\xfd\x01\xff\xfb\x03login: ")
    sock.settimeout(1)  # who does not negotiate says nothing
    try:
        rest(sock, path)
    except socket.timeout:
        pass


def inetd(sock, peer, *command):
    subprocess.run(command, stdin=sock, stdout=sock)


def udp_echo(sock, data, peer, times="1"):
    for _ in range(int(times)):
        sock.sendto(data, peer)


def udp_sink(sock, data, peer, path):
    keep(path, data)


def udp_silent(sock, data, peer):
    pass


def serve(listener, service, args):
    def run(sock, peer):
        try:
            service(sock, peer, *args)
        except OSError:
            pass
        sock.close()

    while True:
        threading.Thread(target=run, args=listener.accept(), daemon=True).start()


def listen(family, host, port=0):
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((host, port))
    sock.listen(16)
    return sock


def listen_in_a_row(family, host, count):
    """COUNT ports one after the other."""
    while True:
        socks = [listen(family, host)]
        try:
            for i in range(1, count):
                socks.append(listen(family, host, socks[0].getsockname()[1] + i))
            return socks
        except (OSError, OverflowError):
            for sock in socks:
                sock.close()


def banner(sock, peer, text):
    sock.sendall((text + "\r\n").encode())
    while (said := line(sock)) is not None and said != "QUIT":
        pass


def serve_banners(family, host, texts):
    socks = listen_in_a_row(family, host, len(texts))
    for sock, text in zip(socks, texts):
        threading.Thread(target=serve, args=(sock, banner, (text,)), daemon=True).start()
    return socks[0]


def serve_datagrams(sock, name, args):
    services = {"udp-echo": udp_echo, "udp-sink": udp_sink, "udp-silent": udp_silent}
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
    while True:
        data, notes, _, peer = sock.recvmsg(65536, 64)
        if name == "udp-tos":
            keep(args[0], b"%#04x\n" % notes[0][2][0])
        else:
            services[name](sock, data, peer, *args)


def main(args):
    family, host = socket.AF_INET, "127.0.0.1"
    if args[0] == "-6":
        args.pop(0)
        family, host = socket.AF_INET6, "::1"
    name = args.pop(0)
    if name.startswith("udp-"):
        sock = socket.socket(family, socket.SOCK_DGRAM)
        sock.bind((host, 0))
        print("Bound on", *sock.getsockname()[:2], file=sys.stderr, flush=True)
        serve_datagrams(sock, name, args)
    if name == "banners":
        sock = serve_banners(family, host, args)
    else:
        sock = listen(family, host)
    print("Listening on", *sock.getsockname()[:2], file=sys.stderr, flush=True)
    if name == "banners":
        threading.Event().wait()
    serve(sock, globals()["time_" if name == "time" else name], args)


main(sys.argv[1:])
