#!/usr/bin/env python3
"""Many clients at once, in one process, of a server on a port of 127.0.0.1.

    crowd.py [--limit SECONDS] COMMAND ARG...

Figures are told on standard output, as lines "NAME NUMBER"; what is wrong is told on standard error,
and is status 1, as is the limit. Commands:

    port PID            the TCP port on which a process listens
    rest PID            of a process that has nothing to do: "cpu", its share of a core in the
                        second that follows, "rss" in KiB, "descriptors", "children", "zombies"
    ask PORT N [silent|leave|stay]
                        N clients say a line each, and get it back; when all have been answered,
                        "answered N" and "seconds S" are told, and all half-close and get the end.
                        silent: nothing is expected back but the end; leave: each goes when it has
                        been answered; stay: none half-closes, all wait for the end. At the limit
                        those that have been answered are told, and that is no error
    wait PORT N PID     N clients say nothing while PID is watched as by "rest", which is when it has
                        taken as many as it ever will; then as "ask ... leave"; with "silent" behind
                        that, as "ask ... silent"
    drain PORT N STALLED PID GO
                        N clients, of which STALLED do not read. GO, a fifo, is opened and closed
                        when PID has taken all. Tells "least" and "most", the bytes that one of the
                        others got, "seconds", and "stalled", the most that a stalled one still got
    fetch PORT N FILE SEED
                        N clients that come one after the other and are slow, or fast, or reset in
                        the middle: each gets what FILE has. Tells "whole" and "reset"
    target              a server for "relay", says "Listening on 127.0.0.1 PORT" on standard error
    relay PORT N        N conversations at once through a relay to a target
    hostile PORT SECONDS echo|chat KIND...
                        clients of each KIND do their worst for so long, while others talk: to
                        themselves by an echo, each time by a new connection, or with one another in
                        a chat. Tells "talks", and "worst", the seconds that the slowest one took.
                        KINDs: loris, resets, garbage, line, strangers (who come from 127.0.0.2 and
                        must not be answered)
"""
import asyncio
import json
import os
import random
import re
import resource
import socket
import struct
import sys
import time
import zlib

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "bench"))
import measure  # pylint: disable=wrong-import-position
from tools import TCP4  # pylint: disable=wrong-import-position

HOST = "127.0.0.1"
PIECE = 1 << 16
# Seconds for a talk among hostile clients, for which one is far too much.
PATIENCE = 10


class Wrong(Exception):
    """What a server must not do."""


def check(true, what):
    if not true:
        raise Wrong(what)


def tell(**figures):
    for name, figure in figures.items():
        print(name, f"{figure:.3f}" if isinstance(figure, float) else figure, flush=True)


class Watched(measure.Process):
    """A process that somebody else has started."""

    TICK = os.sysconf("SC_CLK_TCK")

    def __init__(self, pid):  # pylint: disable=super-init-not-called
        self.pid = int(pid)

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def rss(self):
        return int(self._field("status", "VmRSS").split()[0])

    def cpu(self):
        """Seconds, so far."""
        return sum(map(int, self._stat(self.pid)[11:13])) / self.TICK

    def children(self):
        """Their states: Z is a zombie."""
        found = []
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                state, parent, *_ = self._stat(name)
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(parent) == self.pid:
                found.append(state)
        return found

    @staticmethod
    def _stat(pid):
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()

    async def rest(self):
        before = self.cpu()
        await asyncio.sleep(1)
        states = self.children()
        return {
            "cpu": self.cpu() - before,
            "rss": self.rss(),
            "descriptors": self.descriptors(),
            "children": len(states),
            "zombies": states.count("Z"),
        }


class Client:
    """A connection; not to be waited for longer than the limit of all."""

    def __init__(self, loop, room=None, source=None):
        self.loop = loop
        self.sock = socket.socket()
        self.sock.setblocking(False)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if room is not None:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        if source is not None:
            self.sock.bind((source, 0))

    @classmethod
    async def come(cls, port, **options):
        client = cls(asyncio.get_running_loop(), **options)
        await client.loop.sock_connect(client.sock, (HOST, int(port)))
        return client

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    async def say(self, data):
        await self.loop.sock_sendall(self.sock, data)

    async def hear(self, most=PIECE):
        return await self.loop.sock_recv(self.sock, most)

    async def expect(self, data):
        got = b""
        while len(got) < len(data):
            piece = await self.hear(len(data) - len(got))
            check(piece, f"the end after {got[-80:]!r}")
            got += piece
        check(got == data, f"{got[:80]!r} is not {data[:80]!r}")

    async def exchange(self, data):
        """Of any length: says and hears at the same time."""
        await asyncio.gather(self.say(data), self.expect(data))

    async def end(self):
        """Nothing more may come."""
        piece = await self.hear()
        check(not piece, f"{piece[:80]!r} is not the end")

    def half_close(self):
        self.sock.shutdown(socket.SHUT_WR)

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


async def until(condition):
    while not condition():
        await asyncio.sleep(0.01)


def many_descriptors():
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


# ask, wait


class Asking:
    def __init__(self, port, count, way):
        self.port, self.count, self.way = port, int(count), way
        self.answered = 0
        self.all = asyncio.Event()
        self.began = time.monotonic()

    async def one(self, number, client):
        with client:
            line = b"client %d\n" % number
            await client.say(line)
            if self.way == "silent":
                client.half_close()
                await client.end()
            else:
                await client.expect(line)
            self.answered += 1
            if self.answered == self.count:
                self.tell()
                self.all.set()
            if self.way == "stay":
                try:
                    await client.end()
                except ConnectionResetError:
                    pass
            elif self.way != "silent":
                if self.way != "leave":
                    await self.all.wait()
                client.half_close()
                await client.end()

    async def come_and_talk(self, number):
        await self.one(number, await Client.come(self.port))

    def tell(self):
        tell(answered=self.answered, seconds=time.monotonic() - self.began)


async def ask(port, count, way="together"):
    asking = Asking(port, count, way)
    try:
        await asyncio.gather(*map(asking.come_and_talk, range(int(count))))
    except asyncio.CancelledError:
        if not asking.all.is_set():
            asking.tell()


async def wait(port, count, pid, way="leave"):
    clients = await asyncio.gather(*(Client.come(port) for _ in range(int(count))))
    tell(**await Watched(pid).rest())
    asking = Asking(port, count, way)
    await asyncio.gather(*(asking.one(i, client) for i, client in enumerate(clients)))


# drain


async def take_all(client):
    """The number of bytes; they are not looked at."""
    total = 0
    buffer = bytearray(1 << 20)
    while True:
        try:
            got = client.sock.recv_into(buffer, 0, socket.MSG_TRUNC)
        except BlockingIOError:
            got = await client.loop.sock_recv_into(client.sock, buffer)
        if not got:
            return total
        total += got
        # The others' turn.
        await asyncio.sleep(0)


async def take_what_is_left(client):
    total = 0
    try:
        while piece := await client.hear():
            total += len(piece)
    except ConnectionResetError:
        pass
    return total


async def drain(port, count, stalled, pid, go):
    watched = Watched(pid)
    before = watched.descriptors()
    # The first come are those that stall.
    clients = [await Client.come(port) for _ in range(int(count))]
    await until(lambda: watched.descriptors() >= before + len(clients))
    began = time.monotonic()
    with open(go, "wb"):
        pass
    lazy, others = clients[: int(stalled)], clients[int(stalled) :]
    totals = await asyncio.gather(*map(take_all, others))
    tell(least=min(totals), most=max(totals), seconds=time.monotonic() - began)
    if lazy:
        tell(stalled=max(await asyncio.gather(*map(take_what_is_left, lazy))))


# fetch


async def fetch_one(port, number, chance, expected):
    kind = ("fast", "slow", "reset")[number % 3]
    size, crc = expected
    await asyncio.sleep(chance.random())
    with await Client.come(port, room=PIECE if kind == "slow" else None) as client:
        total, got_crc = 0, 0
        stop = chance.randrange(size)
        pauses = sorted(chance.randrange(size) for _ in range(20 if kind == "slow" else 0))
        while piece := await client.hear(1 << 20):
            total += len(piece)
            got_crc = zlib.crc32(piece, got_crc)
            if kind == "reset" and total > stop:
                client.reset()
                return kind
            if pauses and total > pauses[0]:
                pauses.pop(0)
                await asyncio.sleep(0.1)
        check(total == size, f"a {kind} client got {total} bytes")
        check(got_crc == crc, f"a {kind} client got other bytes")
        return "whole"


async def fetch(port, count, path, seed):
    crc = 0
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            crc = zlib.crc32(piece, crc)
    expected = os.path.getsize(path), crc
    chance = random.Random(seed)
    kinds = await asyncio.gather(
        *(fetch_one(port, i, chance, expected) for i in range(int(count)))
    )
    tell(whole=kinds.count("whole"), reset=kinds.count("reset"))


# target, relay: the first word of a conversation says what it is; "ok" is the answer


class Target:
    """What it has seen of the ends of its clients is told to one who asks for the tally."""

    def __init__(self):
        self.tally = {"reset": 0, "heard": 0}

    async def serve(self, reader, writer):
        try:
            await self.talk(reader, writer)
        except (ConnectionResetError, BrokenPipeError):
            self.tally["reset"] += 1
        finally:
            writer.close()

    async def talk(self, reader, writer):
        word, _, argument = (await reader.readline()).decode().rstrip().partition(" ")
        if word == "tally":
            writer.write(json.dumps(self.tally).encode())
            return
        writer.write(b"ok\n")
        await getattr(self, word)(reader, writer, argument)
        if not writer.is_closing():
            await writer.drain()

    async def echo(self, reader, writer, _):
        while piece := await reader.read(PIECE):
            writer.write(piece)
            await writer.drain()

    async def answer(self, reader, writer, _):
        """Answers when it has heard the end."""
        crc = 0
        while piece := await reader.read(PIECE):
            crc = zlib.crc32(piece, crc)
        writer.write(b"%d" % crc)

    async def listen(self, reader, writer, expected):
        """Says its own end first."""
        writer.write_eof()
        crc = 0
        while piece := await reader.read(PIECE):
            crc = zlib.crc32(piece, crc)
        self.tally["heard"] += crc == int(expected)

    async def pour(self, reader, writer, size):
        for number in range(int(size) // PIECE):
            writer.write(number.to_bytes(4, "big") * (PIECE // 4))
            await writer.drain()
        writer.write_eof()
        await reader.read()

    async def reset(self, reader, writer, _):
        await reader.readline()
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()


async def target():
    server = await asyncio.start_server(Target().serve, HOST, 0, backlog=4096)
    print("Listening on", *server.sockets[0].getsockname(), file=sys.stderr, flush=True)
    await server.serve_forever()


class Relaying:
    """One conversation of each kind."""

    POUR = 1 << 20

    def __init__(self, chance):
        self.data = chance.randbytes(1 << 15)

    async def echo(self, client):
        await client.exchange(self.data)
        client.half_close()
        await client.end()

    async def answer(self, client):
        await client.say(self.data)
        client.half_close()
        await client.expect(b"%d" % zlib.crc32(self.data))
        await client.end()

    async def listen(self, client):
        await client.end()
        await client.say(self.data)

    async def pour(self, client):
        for number in range(self.POUR // PIECE):
            await client.expect(number.to_bytes(4, "big") * (PIECE // 4))
            await asyncio.sleep(0.05)
        await client.end()

    async def reset(self, client):
        await client.say(b"now\n")
        try:
            await client.end()
        except ConnectionResetError:
            return
        raise Wrong("the end where the target has reset")

    async def go(self, client):
        """The target is to see a reset."""
        client.reset()

    def first_line(self, kind):
        argument = {"listen": zlib.crc32(self.data), "pour": self.POUR}.get(kind, "")
        return f"{'echo' if kind == 'go' else kind} {argument}\n".encode()


async def ask_tally(port):
    """None as long as there is no room for one more."""
    with await Client.come(port) as client:
        try:
            await client.say(b"tally\n")
            return json.loads(await client.hear())
        except (ConnectionError, ValueError):
            return None


async def relay(port, count):
    # Most are echoes.
    kinds = ["echo", "answer", "echo", "listen", "echo", "reset", "echo", "go", "echo", "pour"]
    there, everybody = 0, asyncio.Event()

    async def one(number):
        nonlocal there
        kind = kinds[number % len(kinds)]
        relaying = Relaying(random.Random(number))
        with await Client.come(port, room=PIECE if kind == "pour" else None) as client:
            await client.say(relaying.first_line(kind))
            await client.expect(b"ok\n")
            there += 1
            if there == int(count):
                everybody.set()
            await everybody.wait()
            try:
                await getattr(relaying, kind)(client)
            except (OSError, Wrong) as error:
                raise Wrong(f"{kind}: {error}") from error
            return kind

    began = time.monotonic()
    done = await asyncio.gather(*map(one, range(int(count))))
    tell(conversations=len(done), seconds=time.monotonic() - began)
    expected = {"reset": done.count("go"), "heard": done.count("listen")}
    while (tally := await ask_tally(port)) != expected:
        print(f"the target has seen {tally}, of {expected}", file=sys.stderr)
        await asyncio.sleep(0.5)


# hostile


class Hostile:
    ESCAPES = [b"\x1b[2J", b"\x1b]0;title\x07", b"\x9b31m", b"\x00", b"\xff\xfe", b"\r", b"\x1bc\n"]

    def __init__(self, port, seconds):
        self.port = port
        self.deadline = time.monotonic() + seconds
        self.chance = random.Random(1)

    def over(self):
        return time.monotonic() >= self.deadline

    async def loris(self):
        """A byte now and then, and never a line."""
        with await Client.come(self.port) as client:
            while not self.over():
                await client.say(b"x")
                await asyncio.sleep(self.chance.random() / 2)

    async def resets(self):
        """Some are reset before they can have been accepted."""
        while not self.over():
            clients = await asyncio.gather(*(Client.come(self.port) for _ in range(20)))
            for client in clients[::2]:
                client.reset()
            await asyncio.sleep(0)
            for client in clients[1::2]:
                client.reset()
            await asyncio.sleep(0.25)

    async def garbage(self):
        """And takes nothing."""
        while not self.over():
            with await Client.come(self.port, room=4096) as client:
                for _ in range(20):
                    noise = self.chance.randbytes(self.chance.randrange(2000))
                    await client.say(noise + self.chance.choice(self.ESCAPES))
                await asyncio.sleep(0.05)

    async def line(self):
        while not self.over():
            with await Client.come(self.port) as client:
                await asyncio.gather(client.say(b"x" * (10 << 20)), take_what_is_left(client))

    async def strangers(self):
        while not self.over():
            with await Client.come(self.port, source="127.0.0.2") as client:
                try:
                    await client.say(b"hello\n")
                    await client.end()
                except ConnectionError:
                    pass
            await asyncio.sleep(0)

    async def attack(self, kind):
        """They may be thrown out, and come again."""
        while not self.over():
            try:
                await getattr(self, kind)()
            except ConnectionError:
                await asyncio.sleep(0.01)

    async def echo(self, number):
        with await Client.come(self.port) as client:
            await client.exchange(b"talk %d\n" % number)
            client.half_close()
            await client.end()


class Chat:
    """Two who talk: what the first says must come to the second, and be fit to be printed."""

    CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]")

    def __init__(self, clients):
        self.clients = clients
        self.heard = b""

    async def come_in(self):
        for client in self.clients:
            greeting = await client.hear()
            check(b"you are" in greeting, f"{greeting!r} is not a greeting")

    async def ignore(self):
        """The first hears as well, and does not care."""
        while await self.clients[0].hear():
            pass
        raise Wrong("one who talks was thrown out")

    async def talk(self, number):
        """It ends with a line, so that nothing is left half heard."""
        await self.clients[0].say(b"talk %d\n" % number)
        said = False
        while not said:
            piece = await self.clients[1].hear()
            check(piece, "one who listens was thrown out")
            lines, _, self.heard = (self.heard + piece).rpartition(b"\n")
            lines.decode()
            control = self.CONTROL.search(lines)
            check(not control, f"{control} in a chat")
            said = b"> talk %d\n" % number in lines + b"\n"


CROWDS = {"loris": 20, "resets": 2, "garbage": 5, "line": 2, "strangers": 5}


async def hostile(port, seconds, service, *kinds):
    fiends = Hostile(port, float(seconds))
    if service == "chat":
        chat = Chat([await Client.come(port) for _ in range(2)])
        await chat.come_in()
        others = [asyncio.create_task(chat.ignore())]
        talk = chat.talk
    else:
        talk, others = fiends.echo, []
    others += [
        asyncio.create_task(fiends.attack(kind)) for kind in kinds for _ in range(CROWDS[kind])
    ]
    times = []
    while not fiends.over():
        began = time.monotonic()
        try:
            await asyncio.wait_for(talk(len(times)), PATIENCE)
        except asyncio.TimeoutError:
            raise Wrong(f"no answer in {PATIENCE} seconds") from None
        times.append(time.monotonic() - began)
        for task in others:
            if task.done():
                task.result()
        await asyncio.sleep(0.02)
    tell(talks=len(times), worst=max(times))
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def port_of(pid):
    watched = Watched(pid)
    await until(lambda: watched.port(TCP4))
    print(watched.port(TCP4))


async def rest_of(pid):
    tell(**await Watched(pid).rest())


COMMANDS = {
    "port": port_of, "rest": rest_of, "ask": ask, "wait": wait, "drain": drain, "fetch": fetch,
    "target": target, "relay": relay, "hostile": hostile,
}


def main(argv):
    limit = 120.0
    if argv[:1] == ["--limit"]:
        limit, argv = float(argv[1]), argv[2:]
    if not argv or argv[0] not in COMMANDS:
        sys.exit(__doc__)
    many_descriptors()

    async def limited():
        await asyncio.wait_for(COMMANDS[argv[0]](*argv[1:]), limit)

    try:
        asyncio.run(limited())
    except asyncio.TimeoutError:
        sys.exit(f"crowd: {argv[0]}: the limit of {limit} seconds")
    except (OSError, Wrong) as error:
        sys.exit(f"crowd: {argv[0]}: {error or type(error).__name__}")


if __name__ == "__main__":
    main(sys.argv[1:])
