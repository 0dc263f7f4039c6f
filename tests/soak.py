#!/usr/bin/env python3
"""Random clients of strait in each of its ways to serve, for a long time; "make soak" runs it. In the
end, when all clients are gone, the server must be what it was. Set by the environment:

    STRAIT          the program (default: the one that was built)
    SOAK_SECONDS    for how long (120)
    SEED            what a run has told as its seed, to have the same clients again
    MODES           a regular expression: which modes (all of them)
"""
import asyncio
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zlib

from crowd import HOST, Client, Target, Watched, check, many_descriptors, until
from tools import TCP4, UDP4

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# Clients of a mode at once.
WORKERS = 6
# Seconds that a talk may take, and until a server that has no clients is what it was.
PATIENCE = 30
# KiB by which a server may have grown: what goes to many is kept in a window of 16 MiB.
GROWTH = 20 << 10


class Mode:
    """A server and its clients. A talk is checked; the others are rude, or in a hurry."""

    name = "null"
    args = []
    transport = TCP4
    rude = ["come_and_go", "stall", "reset", "half_close", "flood"]

    def __init__(self, seed):
        self.chance = random.Random(f"{seed} {self.name}")
        self.counts = {"talk": 0, "rude": 0}
        self.failure = None
        self.said = tempfile.TemporaryFile()
        self.folder = None

    # The server.

    async def start(self, strait, folder):
        self.folder = folder
        await self.prepare()
        words = [*strait, "-l", "-n", "-k", *self.args, HOST, "0"]
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen(
            words, stdin=self.input(), stdout=self.output(), stderr=self.said
        )
        self.watched = Watched(self.process.pid)
        await until(lambda: self.process.poll() is not None or self.watched.port(self.transport))
        check(self.process.poll() is None, "it does not listen")
        self.port = self.watched.port(self.transport)
        self.descriptors = self.watched.descriptors()

    async def prepare(self):
        pass

    def input(self):
        return subprocess.DEVNULL

    def output(self):
        return subprocess.DEVNULL

    async def close(self):
        """The last of its clients."""

    def settled(self):
        return not self.watched.children() and self.watched.descriptors() == self.descriptors

    # The clients.

    async def client(self):
        return await Client.come(self.port, room=self.chance.choice([None, None, 4096]))

    def noise(self, most=1 << 16):
        return self.chance.randbytes(self.chance.randrange(1, most))

    async def pause(self, most=2.0):
        await asyncio.sleep(self.chance.random() * most)

    async def come_and_go(self):
        with await self.client():
            pass

    async def stall(self):
        with await self.client():
            await self.pause(4)

    async def reset(self):
        with await self.client() as client:
            await self.some(client.say(self.noise(3000)))
            await self.pause(0.1)
            client.reset()

    async def half_close(self):
        with await self.client() as client:
            client.half_close()
            await self.some(client.hear())

    async def flood(self):
        with await self.client() as client:
            await self.some(client.say(self.noise(1 << 20)))

    async def some(self, doing):
        """As much of it as is done in a moment."""
        try:
            await asyncio.wait_for(doing, 0.1 + self.chance.random())
        except asyncio.TimeoutError:
            pass

    async def talk(self):
        raise NotImplementedError

    async def work(self, deadline):
        while time.monotonic() < deadline and self.failure is None:
            try:
                if self.chance.random() < 0.5:
                    await asyncio.wait_for(self.talk(), PATIENCE)
                    self.counts["talk"] += 1
                else:
                    await asyncio.wait_for(self.be_rude(), PATIENCE)
                    self.counts["rude"] += 1
            except asyncio.TimeoutError:
                self.failure = f"a client was not served in {PATIENCE} seconds"
            except Exception as error:  # pylint: disable=broad-except
                self.failure = f"a talk: {type(error).__name__}: {error}"
            await self.pause(0.05)

    async def be_rude(self):
        try:
            await getattr(self, self.chance.choice(self.rude))()
        except ConnectionError:
            pass

    # All of it.

    async def soak(self, strait, folder, seconds):
        """Returns whether all was well, and says so."""
        figures = "it did not begin"
        try:
            await asyncio.wait_for(self.start(strait, folder), PATIENCE)
            began = time.monotonic()
            work = [asyncio.create_task(self.work(began + seconds)) for _ in range(WORKERS)]
            await asyncio.sleep(seconds / 10)
            rss = self.watched.rss()
            await asyncio.gather(*work)
            await self.close()
            figures = await self.compare(rss)
        except Exception as error:  # pylint: disable=broad-except
            self.failure = self.failure or f"{type(error).__name__}: {error}"
        self.end()
        print(f"{self.name:7} {'failed' if self.failure else 'ok':6} {figures}", flush=True)
        if self.failure:
            self.said.seek(0)
            said = self.said.read().decode(errors="replace").splitlines()[-5:]
            print("       ", self.failure, *said, sep="\n        ", flush=True)
        return self.failure is None

    async def compare(self, rss):
        try:
            await asyncio.wait_for(until(self.settled), PATIENCE)
        except asyncio.TimeoutError:
            self.failure = self.failure or "it is not what it was"
        after = await self.watched.rest()
        if after["rss"] - rss >= GROWTH:
            self.failure = self.failure or "it has grown"
        if after["cpu"] > 0.02:
            self.failure = self.failure or "it does not rest"
        return (
            f"{self.counts['talk']} talks, {self.counts['rude']} rude clients; descriptors"
            f" {self.descriptors} -> {after['descriptors']}, children {after['children']}"
            f" (zombies {after['zombies']}), memory {rss} -> {after['rss']} KiB"
        )

    def end(self):
        process = getattr(self, "process", None)
        if process is None:
            return
        process.terminate()
        try:
            status = process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            status = process.wait()
        if status != -signal.SIGTERM:
            self.failure = self.failure or f"it ended with status {status}"


class Echo(Mode):
    """What is said comes back."""

    async def talk(self):
        with await self.client() as client:
            for _ in range(self.chance.randrange(1, 4)):
                await client.exchange(self.noise())
                await self.pause(0.1)
            if self.chance.random() < 0.7:
                client.half_close()
                await client.end()


class Exec(Echo):
    name = "exec"
    args = ["--sh-exec", "cat"]


class To(Echo):
    name = "to"

    async def prepare(self):
        self.target = await asyncio.start_server(self.echo, HOST, 0)
        self.args = ["--to", f"{HOST}:{self.target.sockets[0].getsockname()[1]}"]

    @staticmethod
    async def echo(reader, writer):
        try:
            await Target().echo(reader, writer, None)
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def close(self):
        self.target.close()


class File(Mode):
    """Each gets all of it, at its own speed."""

    name = "file"
    size = 1 << 20

    async def prepare(self):
        data = self.chance.randbytes(self.size)
        self.crc = zlib.crc32(data)
        with open(f"{self.folder}/file", "wb") as file:
            file.write(data)

    def input(self):
        return open(f"{self.folder}/file", "rb")

    async def talk(self):
        with await self.client() as client:
            slow = self.chance.random() < 0.3
            size, crc = 0, 0
            while piece := await client.hear():
                size += len(piece)
                crc = zlib.crc32(piece, crc)
                if slow:
                    await self.pause(0.02)
            check(size == self.size and crc == self.crc, f"{size} bytes, or others")


class Pipe(Mode):
    """The same block goes in again and again: who comes late sees where it is by what comes. What
    clients say comes out."""

    name = "pipe"
    size = 1000003
    rate = 40 << 20

    async def prepare(self):
        block = self.chance.randbytes(self.size)
        self.block = block + block
        self.heard = bytearray()
        self.reading, self.writing = os.pipe(), os.pipe()

    def input(self):
        os.set_blocking(self.reading[1], False)
        asyncio.get_running_loop().add_writer(self.reading[1], self.fill)
        self.filled = 0
        return self.reading[0]

    def output(self):
        asyncio.get_running_loop().add_reader(self.writing[0], self.take)
        return self.writing[1]

    def fill(self):
        at = self.filled % self.size
        try:
            self.filled += os.write(self.reading[1], self.block[at : at + 65536])
        except BrokenPipeError:
            asyncio.get_running_loop().remove_writer(self.reading[1])

    def take(self):
        self.heard += os.read(self.writing[0], 1 << 20)
        del self.heard[: -(4 << 20)]

    async def come_and_go(self):
        """The end of a talk is no different."""
        with await self.client() as client:
            await client.hear()

    async def talk(self):
        token = b"[%d]" % self.chance.randrange(1 << 60)
        with await Client.come(self.port) as client:
            start = b""
            while len(start) < 64:
                piece = await client.hear(64 - len(start))
                check(piece, "the end of what does not end")
                start += piece
            at = self.block.find(start)
            check(at != -1, "bytes that were not sent")
            at, left = at + 64, self.chance.randrange(4 << 20)
            while left > 0 or token not in self.heard:
                if left <= 0 or self.chance.random() < 0.01:
                    await client.say(token)
                at %= self.size
                piece = await client.hear()
                check(piece, "the end of what does not end")
                check(self.block[at : at + len(piece)] == piece, "other bytes")
                at, left = at + len(piece), left - len(piece)

    async def close(self):
        loop = asyncio.get_running_loop()
        loop.remove_writer(self.reading[1])

    def end(self):
        super().end()
        asyncio.get_running_loop().remove_reader(self.writing[0])
        for fd in self.reading + self.writing:
            os.close(fd)


class Broker(Mode):
    """What one says comes to another, among what the rest say. Until the other has been let in
    nobody talks to it: so it is said again and again."""

    name = "broker"
    args = ["--broker"]

    async def talk(self):
        token = b"[%d]" % self.chance.randrange(1 << 60)
        with await Client.come(self.port) as one, await Client.come(self.port) as other:

            async def ignore():
                while await one.hear():
                    pass

            async def say():
                while True:
                    await one.say(token + b"\n")
                    await asyncio.sleep(0.1)

            others = [asyncio.create_task(ignore()), asyncio.create_task(say())]
            try:
                await self.await_token(other, token)
            finally:
                for task in others:
                    task.cancel()
                await asyncio.gather(*others, return_exceptions=True)

    async def await_token(self, client, token):
        heard = b""
        while token not in heard:
            piece = await client.hear()
            check(piece, "one who listens was thrown out")
            heard = heard[-len(token) :] + piece


class Chat(Broker):
    name = "chat"
    args = ["--chat"]


class Datagrams(Mode):
    """A child for each peer, until it has been silent for a while."""

    name = "udp"
    args = ["-u", "--sh-exec", "cat", "--idle-timeout", "1", "--max-conns", "200"]
    transport = UDP4
    rude = ["come_and_go", "flood"]

    def peer(self):
        sock = socket.socket(type=socket.SOCK_DGRAM)
        sock.setblocking(False)
        sock.connect((HOST, self.port))
        return sock

    async def come_and_go(self):
        with self.peer() as sock:
            sock.send(b"x")
        await self.pause(1)

    async def flood(self):
        with self.peer() as sock:
            for _ in range(200):
                sock.send(self.noise(1400))
        await self.pause(1)

    async def talk(self):
        """Datagrams may be lost, all of them again and again may not."""
        loop = asyncio.get_running_loop()
        for _ in range(10):
            with self.peer() as sock:
                data = self.noise(1400)
                sock.send(data)
                try:
                    got = await asyncio.wait_for(loop.sock_recv(sock, 2048), 2)
                except (asyncio.TimeoutError, ConnectionRefusedError):
                    continue
                check(got == data, "another datagram")
                await self.pause(1)
                return
        check(False, "no answer")


MODES = [Pipe, File, Exec, To, Broker, Chat, Datagrams]


async def soak(seed, seconds, wanted):
    strait = (os.environ.get("STRAIT") or f"{ROOT}/strait").split()
    chosen = [mode(seed) for mode in MODES if re.search(wanted, mode.name)]
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        return await asyncio.gather(*(mode.soak(strait, folder, seconds) for mode in chosen))


def main():
    seed = os.environ.get("SEED") or str(random.randrange(1 << 32))
    seconds = float(os.environ.get("SOAK_SECONDS") or 120)
    print(f"soak: {seconds:g} seconds, SEED={seed}", flush=True)
    many_descriptors()
    fine = asyncio.run(soak(seed, seconds, os.environ.get("MODES") or ""))
    return not (fine and all(fine))


if __name__ == "__main__":
    sys.exit(main())
