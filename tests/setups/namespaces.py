"""Networks and name services that fail, each in a namespace of its own, with the kernel's own answers.

Who may not make one (user_namespaces(7)) skips them.
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.peers.programs import ROOT, environment, require
from tests.setups import name_server
from tests.setups.setup import ACSE, CONNECT, FOUR, Node, Setup, start

PORT = 11112
SLOW = ("--slow", "0.8")  # seconds: less than the name server's delay, more than that of a busy machine
PYTHON = [sys.executable, "-W", "error"]
_RESOLVER = "nameserver 127.0.0.1\noptions timeout:5 attempts:1\n"


class Namespace:
    """A network of its own: loopback, and what its commands make of it; its resolver asks 127.0.0.1."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ip, self._nft = require("/usr/bin/ip"), require("/usr/sbin/nft")
        enter, leave = require("/usr/bin/unshare"), require("/usr/bin/nsenter")
        resolver = folder / "resolv.conf"
        resolver.write_text(_RESOLVER)
        script = (
            f"mount --bind '{resolver}' /etc/resolv.conf && {self._ip} link set lo up && echo made; read end"
        )
        self._holder = subprocess.Popen(
            [enter, "--user", "--map-root-user", "--net", "--mount", "/bin/sh", "-c", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.program = (
            leave,
            "--target",
            str(self._holder.pid),
            "--user",
            "--net",
            "--mount",
            "--preserve-credentials",
            f"--wd={ROOT}",
        )
        self._servers: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "Namespace":
        assert self._holder.stdout is not None
        if self._holder.stdout.readline() != "made\n":
            self.__exit__()
            pytest.skip("a network namespace is not permitted here")
        return self

    def __exit__(self, *_reason: object) -> None:
        for server in self._servers:
            os.killpg(server.pid, signal.SIGKILL)  # with what it has forked
            server.wait()
        with contextlib.suppress(BrokenPipeError):
            self._holder.communicate("\n")

    def ip(self, *words: str) -> None:
        """Run ip(8) in it."""
        self._run(self._ip, *words)

    def rule(self, rule: str) -> None:
        """Add a rule of nft(8) for what comes in."""
        hook = "type filter hook input priority 0"
        text = f"table inet rules {{\nchain input {{ {hook};\n{rule}\n}}\n}}\n"
        subprocess.run([*self.program, self._nft, "--file", "-"], check=True, input=text, text=True)

    def serve(self, command: list[str], sockets: str) -> None:
        """Start a server in it, and wait until it has the socket that a pattern finds in /proc/net."""
        log = (self._folder / f"server-{len(self._servers)}.log").open("wb")
        with log:
            self._servers.append(
                subprocess.Popen(
                    [*self.program, *command],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=ROOT,
                    env=environment(),
                    start_new_session=True,
                )
            )
        script = f"until grep -q '{sockets}' /proc/net/tcp /proc/net/udp; do :; done"
        subprocess.run([*self.program, "/bin/sh", "-c", script], check=True, timeout=30)

    def serve_names(self) -> None:
        """Start the name server."""
        self.serve([*PYTHON, name_server.__file__], ":0035 ")

    def serve_scp(self) -> None:
        """Start storescp on the port."""
        self.serve(
            [require("/usr/bin/storescp"), "--fork", "-od", str(self._folder), str(PORT)],
            f":{PORT:04X} 00000000:0000 0A",
        )

    def _run(self, *command: str) -> None:
        subprocess.run([*self.program, *command], check=True, capture_output=True)

    def node(self, host: str, *options: str, diagnosis: tuple[str, ...] = ()) -> Node:
        """Return the node as a caller in the namespace sees it."""
        return Node(PORT, options, host, None, diagnosis, self.program)


@start
def _filtered(
    folder: Path,
    rule: str,
    host: str = "127.0.0.1",
    patience: Sequence[str] = CONNECT,
    diagnosis: tuple[str, ...] = (),
) -> Iterator[Node]:
    """A storescp behind a packet filter."""
    with Namespace(folder) as network:
        network.serve_scp()
        network.rule(rule)
        yield network.node(host, *patience, *ACSE, diagnosis=diagnosis)


@start
def _routed(folder: Path, *route: str) -> Iterator[Node]:
    """An address elsewhere, with a route or without any."""
    with Namespace(folder) as network:
        if route:
            network.ip("route", "add", *route)
        yield network.node("192.0.2.9", *CONNECT)


@start
def _named(
    folder: Path,
    host: str,
    *options: str,
    served: bool = False,
    rule: str | None = None,
    diagnosis: tuple[str, ...] = (),
) -> Iterator[Node]:
    """A node that is called by name, perhaps behind a packet filter."""
    with Namespace(folder) as network:
        network.serve_names()
        if rule is not None:
            network.rule(rule)
        if served:
            network.serve_scp()
        yield network.node(host, *options, diagnosis=diagnosis)


@start
def _looking_up(folder: Path) -> Iterator[Node]:
    """A storescp that asks for its caller's name, which takes long."""
    with Namespace(folder) as network:
        network.serve_names()
        network.ip("address", "add", "192.0.2.9/32", "dev", "lo")
        network.serve_scp()
        yield network.node("192.0.2.9", diagnosis=SLOW)


_DPORT = f"tcp dport {PORT}"
SETUPS = (
    Setup("filter drops", _filtered(f"{_DPORT} drop"), ("no-answer-to-connect",), None, 60),
    Setup("filter resets", _filtered(f"{_DPORT} reject with tcp reset"), ("refused",), None, 60),
    Setup(
        "filter says unreachable",
        _filtered(f"{_DPORT} reject with icmp type host-unreachable"),
        ("unreachable",),
        None,
        60,
    ),
    Setup(
        "filter says prohibited",
        _filtered(f"{_DPORT} reject with icmp type admin-prohibited"),
        ("unreachable",),
        None,
        60,
    ),
    Setup(
        "filter says prohibited, IPv6",  # the kernel's error is that of a local policy, at the second SYN
        _filtered(f"{_DPORT} reject with icmpv6 type admin-prohibited", "::1", ("-to", "9")),
        ("unreachable", "local-policy"),
        None,
        60,
    ),
    Setup("no such name, IPv4 alone", _named("pacs.example.test", "-i4"), ("unknown-host",), None, 60),
    Setup(
        "filter drops what is sent",
        _filtered(f"{_DPORT} meta length > 100 drop"),
        ("no-answer-to-association",),
        None,
        61,
    ),
    Setup(
        "filter drops large packets",  # lo takes any: nobody tells of an MTU
        _filtered(f"{_DPORT} meta length > 700 drop", diagnosis=("--try", "large")),
        ("large-requests-lost",),
        None,
        0,
    ),
    Setup("no route", _routed(), ("unreachable",), None, 60),
    Setup("route that is prohibited", _routed("prohibit", "192.0.2.9"), ("local-policy",), None, 60),
    Setup("route to nowhere", _routed("unreachable", "192.0.2.9"), ("unreachable",), None, 60),
    Setup("no such name", _named("pacs.example.test"), ("unknown-host",), None, 60),
    Setup("name server mute", _named("mute.example.test", *CONNECT), ("lookup-unanswered",), None, 60),
    Setup("name with AAAA alone", _named("six.example.test", "-i4"), ("family-mismatch",), None, 60),
    Setup(
        "name of two families, of which one is filtered",
        _named("both.example.test", "-to", "2", served=True, rule=f"meta nfproto ipv6 {_DPORT} drop"),
        ("no-answer-to-connect",),
        None,
        0,
    ),
    Setup(
        "name server late",
        _named("late.example.test", served=True, diagnosis=SLOW),
        ("slow-lookup",),
        None,
        0,
        FOUR,
    ),
    Setup(
        "name server late of our name", _looking_up(), ("slow-accept", "slow-reverse-lookup"), None, 0, FOUR
    ),
)
