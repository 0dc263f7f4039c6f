"""follow.py tcp|udp STREAM CAPTURE: what tshark finds in one stream of a capture file.

CAPTURE.first gets the bytes of the side that sent the first packet, CAPTURE.second those of the other.
Fails with tshark's words if it warns of anything: checksums, numbers, lost packets. What it takes the
data for does not matter: random bytes look like this protocol or that.
"""
import re
import subprocess
import sys

protocol, stream, capture = sys.argv[1:]
checks = [word for name in ("tcp", "udp", "ip") for word in ("-o", f"{name}.check_checksum:TRUE")]
command = ["tshark", "-r", capture, *checks, "-q", "-z", "expert,warn"]
follow = ["-z", f"follow,{protocol},raw,{stream}"]
result = subprocess.run(command + follow, capture_output=True, text=True, timeout=60)
before, _, rest = result.stdout.partition(f"Follow: {protocol},raw\n")
lines = rest.split("=" * 67)[0].splitlines()[3:]
behind = rest.partition("=" * 67)[2]
for name, prefix in ("first", ""), ("second", "\t"):
    own = [line.strip() for line in lines if line.startswith("\t") == bool(prefix)]
    with open(f"{capture}.{name}", "wb") as out:
        out.write(bytes.fromhex("".join(own)))
complaints = re.findall(r"^ +\d+ +\S+ +(?:TCP|UDP|IPv4|IPv6|Frame) .*", before + behind, re.MULTILINE)
if result.returncode != 0 or not rest or complaints:
    sys.exit("\n".join([result.stderr, *complaints]))
