"""`dcmtool exporter` as a process, asked over HTTP; and what its answers say."""

import contextlib
import http.client
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from prometheus_client.parser import text_string_to_metric_families

from tests.peers.dcmtool_scp import wait_for
from tests.peers.programs import ROOT, STARTUP, environment


class Answer(NamedTuple):
    """An answer over HTTP."""

    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def samples(self) -> dict[str, float]:
        """The samples by their names, with their labels in braces where they have any."""
        return {
            sample.name
            + ("{" + ",".join(f"{k}={v}" for k, v in sample.labels.items()) + "}")
            * bool(sample.labels): sample.value
            for family in text_string_to_metric_families(self.text)
            for sample in family.samples
        }

    @property
    def reason(self) -> str:
        """The reason of a failed probe, empty after a success."""
        found = [name for name in self.samples if name.startswith("probe_failure_info")]
        return found[0].partition("=")[2].rstrip("}") if found else ""


class ExporterProcess:
    """The process, and its port once it listens."""

    def __init__(
        self,
        folder: Path,
        *options: str,
        env: Mapping[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._tls = tls
        port_file, self._err = folder / "exporter.port", folder / "exporter.log"
        command = [sys.executable, "-W", "error", "-m", "dcmtool", "exporter", *options]
        with self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [*command, "--port-file", str(port_file), "--web.listen-address", "127.0.0.1:0"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=err,
                cwd=ROOT,
                env=environment(env),
            )
        wait_for(lambda: port_file.exists() or self.process.poll() is not None, STARTUP)
        assert self.process.poll() is None, self._err.read_text()
        self.port = int(port_file.read_text())

    @property
    def lines(self) -> list[str]:
        """What it has said."""
        return self._err.read_text().splitlines()

    def wait_for_line(self, start: str) -> None:
        """Wait until it has said a line that starts so: it answers first, and writes when it can."""
        wait_for(lambda: any(line.startswith(start) for line in self.lines))

    def connect(self) -> http.client.HTTPConnection:
        """Return a connection to it, which the caller closes."""
        if self._tls is None:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=STARTUP)
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=STARTUP, context=self._tls)

    def get(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """Return the answer to a request; of the headers' names underscores are hyphens."""
        with contextlib.closing(self.connect()) as connection:
            connection.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})
            response = connection.getresponse()
            return Answer(response.status, response.read().decode(), dict(response.getheaders()))

    def probe(self, target: str, **query: str) -> Answer:
        """Return the answer to a probe."""
        return self.get("/probe?" + "&".join(f"{k}={v}" for k, v in {"target": target, **query}.items()))

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal, and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(STARTUP)


@contextlib.contextmanager
def exporter_process(
    folder: Path, *options: str, env: Mapping[str, str] | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[ExporterProcess]:
    """Run `dcmtool exporter` from when it listens; it is surely gone at the end."""
    exporter = ExporterProcess(folder, *options, env=env, tls=tls)
    try:
        yield exporter
    finally:
        if exporter.process.poll() is None:
            exporter.process.kill()
        exporter.process.wait()


def node_file(folder: Path, **nodes: str) -> str:
    """Write a node file of nodes by their names, each with its lines of TOML; return its path."""
    path = folder / "nodes.toml"
    path.write_text("".join(f"[nodes.{name}]\n{text}\n" for name, text in nodes.items()))
    return str(path)


def at(port: int, *more: str, host: str = "127.0.0.1") -> str:
    """Return the lines of a node at a port of this machine."""
    return "\n".join([f'host = "{host}"', f"port = {port}", *more])
