"""The tools, and how each is called for a job: in one direction, where it can be told so."""
import shutil
import socket
import subprocess
from collections import namedtuple

# How a connection is made; "table" is where /proc/net has its listeners.
Transport = namedtuple("Transport", "name title host table")

TCP4 = Transport("tcp4", "TCP IPv4", "127.0.0.1", "tcp")
TCP6 = Transport("tcp6", "TCP IPv6", "::1", "tcp6")
UNIX = Transport("unix", "unix", "", "unix")
UDP4 = Transport("udp4", "UDP IPv4", "127.0.0.1", "udp")

# Port 0 is any: the tool picks one.
Place = namedtuple("Place", "transport path port")


def free_port(host):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as sock:
        return sock.getsockname()[1]


class Tool:
    reads_input = True

    def __init__(self, name, program, version):
        self.name = name
        self.program = program
        self.version_option = version

    def installed(self):
        return shutil.which(self.program) is not None

    def version(self):
        """The first line with a digit that the tool says when asked."""
        try:
            said = subprocess.run(
                [self.program, self.version_option], stdin=subprocess.DEVNULL, check=False,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=10,
            ).stdout
        except subprocess.TimeoutExpired:
            return "unknown"
        lines = (line.strip() for line in said.splitlines())
        return next((line for line in lines if any(map(str.isdigit, line))), "unknown")

    def can(self, work):
        return work.name != "scan" and not work.name.startswith("watched-")


class Netcat(Tool):
    """The family of nc, whose members differ in the options for a role."""

    def __init__(self, name, program, version, receive=(), send=(), tell=None):
        super().__init__(name, program, version)
        self.options = {"receive": receive, "send": send, "tell": send if tell is None else tell}

    def can(self, work):
        # ncat scans no ports, and only strait has options to watch.
        if work.name.startswith("watched-"):
            return self.name == "strait"
        return work.name != "scan" or self.name != "ncat"

    def _call(self, options, place):
        if place.transport is UNIX:
            return [self.program, *options, "-U", place.path]
        udp = ["-u"] if place.transport is UDP4 else []
        return [self.program, *options, *udp, "-n", place.transport.host, str(place.port)]

    def receive(self, place, size):
        return self._call([*self.options["receive"], "-l"], place)

    def send(self, place, size):
        return self._call(self.options["send"], place)

    def hear(self, place):
        """Datagrams, to standard output."""
        return self.receive(place, 0)

    def tell(self, place):
        """Datagrams, from standard input."""
        return self._call(self.options["tell"], place)

    def talk(self, place):
        """Both directions."""
        return self._call([o for o in self.options["send"] if o != "--send-only"], place)


    def scan(self, place):
        """Every port of the host."""
        return [self.program, "-z", "-n", place.transport.host, "1-65535"]


class WithOptions:
    """A tool with more options in a role."""

    reads_input = True

    def __init__(self, tool, options):
        self.tool = tool
        self.options = options

    def receive(self, place, size):
        program, *words = self.tool.receive(place, size)
        return [program, *self.options.get("receive", ()), *words]

    def send(self, place, size):
        program, *words = self.tool.send(place, size)
        return [program, *self.options.get("send", ()), *words]


class Socat(Tool):
    BUFFER = "1048576"
    # One read is one datagram, and more than this is refused.
    DATAGRAM = "65507"

    def _call(self, *arguments):
        return [self.program, *arguments]

    def _listener(self, place):
        if place.transport is UNIX:
            return f"UNIX-LISTEN:{place.path}"
        kind = {TCP4: "TCP4-LISTEN", TCP6: "TCP6-LISTEN", UDP4: "UDP4-RECV"}[place.transport]
        return f"{kind}:{place.port},bind={self._host(place)}"

    def _peer(self, place):
        if place.transport is UNIX:
            return f"UNIX-CONNECT:{place.path}"
        kind = {TCP4: "TCP4", TCP6: "TCP6", UDP4: "UDP4"}[place.transport]
        return f"{kind}:{self._host(place)}:{place.port}"

    @staticmethod
    def _host(place):
        return "[::1]" if place.transport is TCP6 else place.transport.host

    def receive(self, place, size):
        return self._call("-u", "-b", self.BUFFER, self._listener(place), "STDOUT")

    def send(self, place, size):
        return self._call("-u", "-b", self.BUFFER, "STDIN", self._peer(place))

    def hear(self, place):
        return self.receive(place, 0)

    def tell(self, place):
        return self._call("-u", "-b", self.DATAGRAM, "STDIN", self._peer(place))

    def talk(self, place):
        return self._call("-b", self.BUFFER, "STDIO", self._peer(place))


class Iperf3(Tool):
    """From memory to memory: what comes nearest is a file that is thrown away."""

    reads_input = False

    def can(self, work):
        return work.name == "file-null" and work.transport in (TCP4, TCP6)

    def receive(self, place, size):
        # It cannot pick one itself.
        port = place.port or free_port(place.transport.host)
        return [self.program, "-s", "-1", "-B", place.transport.host, "-p", str(port)]

    def send(self, place, size):
        return [self.program, "-c", place.transport.host, "-p", str(place.port), "-n", str(size)]


def all_tools(strait):
    return [
        Netcat("strait", strait, "--version", tell=("-q", "0")),
        Netcat("nc", "nc.openbsd", "-h", send=("-N",), tell=("-q", "0")),
        Netcat("ncat", "ncat", "--version", receive=("--recv-only",), send=("--send-only",)),
        Socat("socat", "socat", "-V"),
        Iperf3("iperf3", "iperf3", "--version"),
    ]
