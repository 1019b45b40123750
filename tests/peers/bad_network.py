"""A network that loses, delays, reorders and doubles packets, in a network namespace of its own.

    with bad_network() as network:
        network.now(Line(loses_every=5))
        subprocess.run([*network.inside, sys.executable, "-m", "dcmtool", "echo", network.node, ...])

All packets to `node` come back as if `node` had sent them, and the answers return in the same way: so a
server that listens in the namespace is at another address, behind a line that does as it is told. That takes
no more than a TUN device; the queueing discipline that could do the same, tc-netem(8), is missing in many
kernels.
"""

import contextlib
import fcntl
import heapq
import json
import os
import select
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.peers.programs import ROOT, require

HERE, NODE = "192.0.2.1", "192.0.2.2"  # for documentation alone (RFC 5737)
MOVED = "192.0.2.9"
_MTU = 1500
# Of <linux/if_tun.h>, <linux/sockios.h> and <linux/if.h>; the 40 bytes are those of a struct ifreq.
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 0x1
_SIOCSIFADDR, _SIOCSIFNETMASK = 0x8916, 0x891C
_DEVICE = b"line"


class Line(NamedTuple):
    """What the line does: each nth packet is lost, held back or doubled; all are `delay` seconds late.

    A packet of more than `longest` bytes is lost; `cut`, all are; `unreachable`, each is answered with ICMP's
    "host unreachable"; `down`, the network is; `address` is that of this side.
    """

    loses_every: int = 0
    holds_every: int = 0  # for 30 ms, so that later ones overtake it
    doubles_every: int = 0
    delay: float = 0
    longest: int = _MTU
    cut: bool = False
    unreachable: bool = False
    down: bool = False
    address: str = HERE


class Mirror:
    """The line itself, within the namespace: takes its orders from stdin, and says `ready` when it obeys."""

    def __init__(self) -> None:
        self._line = Line(down=True)
        self._seen = 0
        self._due: list[tuple[float, int, bytes]] = []
        self._tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(self._tun, _TUNSETIFF, struct.pack("16sH22x", _DEVICE, _IFF_TUN | _IFF_NO_PI))
        self._configure(Line())

    def run(self) -> None:
        """Mirror packets until stdin ends."""
        while True:
            print("ready", flush=True)
            while not self._wait():
                pass
            if not (order := sys.stdin.readline()):
                return
            self._configure(Line(**json.loads(order)))

    def _wait(self) -> bool:
        """Let through what is due, and take what comes; return whether there is an order."""
        now = time.monotonic()
        while self._due and self._due[0][0] <= now:
            with contextlib.suppress(OSError):  # a device that is down takes none
                os.write(self._tun, heapq.heappop(self._due)[2])
        timeout = self._due[0][0] - now if self._due else None
        ready, _, _ = select.select([self._tun, sys.stdin], [], [], timeout)
        if self._tun in ready:
            with contextlib.suppress(BlockingIOError):
                self._take(os.read(self._tun, 1 << 16))
        return sys.stdin in ready

    def _take(self, packet: bytes) -> None:
        line = self._line
        if packet[0] >> 4 != 4 or line.cut or len(packet) > line.longest:
            return
        self._seen += 1
        back = packet[:12] + packet[16:20] + packet[12:16] + packet[20:]  # which leaves checksums right
        if line.unreachable:
            back = unreachable(packet)
        elif _nth(self._seen, line.loses_every):
            return
        held = 0.03 if _nth(self._seen, line.holds_every) else 0
        for _ in range(2 if _nth(self._seen, line.doubles_every) else 1):
            heapq.heappush(self._due, (time.monotonic() + line.delay + held, self._seen, back))

    def _configure(self, line: Line) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
            if line.address != self._line.address or self._line.down:
                for request, address in ((_SIOCSIFADDR, line.address), (_SIOCSIFNETMASK, "255.255.255.0")):
                    packed = struct.pack("16sHH4s16x", _DEVICE, socket.AF_INET, 0, socket.inet_aton(address))
                    fcntl.ioctl(control, request, packed)
            for device in (b"lo", _DEVICE):
                flags = 0 if line.down and device == _DEVICE else _IFF_UP
                fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sH22x", device, flags))
        self._line, self._seen = line, 0


def _nth(number: int, every: int) -> bool:
    return every > 0 and number % every == 0


def unreachable(packet: bytes) -> bytes:
    """Return the ICMP message that a packet's destination cannot be reached (RFC 792)."""
    message = struct.pack(">BBHI", 3, 1, 0, 0) + packet[:28]
    message = message[:2] + checksum(message) + message[4:]
    router = socket.inet_aton("192.0.2.254")
    header = struct.pack(">BBHIBBH", 0x45, 0, 20 + len(message), 0, 64, socket.IPPROTO_ICMP, 0)
    header += router + packet[12:16]
    return header[:10] + checksum(header) + header[12:] + message


def checksum(data: bytes) -> bytes:
    """Return the Internet checksum (RFC 1071) of an even number of bytes."""
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack(">H", ~total & 0xFFFF)


# From outside ---------------------------------------------------------------------------------------


class BadNetwork:
    """The namespace, from outside: how to run a program in it, and what the line does from now on."""

    node = NODE

    def __init__(self, mirror: "subprocess.Popen[str]", inside: list[str]) -> None:
        self._mirror, self.inside = mirror, inside

    def now(self, line: Line) -> None:
        """Have the line do so from now on."""
        assert self._mirror.stdin is not None
        assert self._mirror.stdout is not None
        print(json.dumps(line._asdict()), file=self._mirror.stdin, flush=True)
        assert self._mirror.stdout.readline() == "ready\n"


@contextlib.contextmanager
def bad_network() -> Iterator[BadNetwork]:
    """Make one; skip the test where that is not permitted."""
    unshare, enter = require("/usr/bin/unshare"), require("/usr/bin/nsenter")
    whys = []
    for options, entering in (
        (["--net"], []),
        (["--net", "--user", "--map-root-user"], ["--user", "--preserve-credentials"]),
    ):
        command = [unshare, *options, sys.executable, "-m", "tests.peers.bad_network"]
        with subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as mirror:
            assert mirror.stdout is not None
            if mirror.stdout.readline() == "ready\n":
                yield BadNetwork(mirror, [enter, f"--target={mirror.pid}", "--net", *entering])
                return
            assert mirror.stderr is not None
            whys.append(mirror.stderr.read().strip().splitlines()[-1])
    pytest.skip(f"no network namespace with a TUN device can be made here: {' / '.join(whys)}")


if __name__ == "__main__":
    Mirror().run()
