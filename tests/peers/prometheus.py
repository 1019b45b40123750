"""Debian's Prometheus, with a configuration of ours, and what it says."""

import contextlib
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.peers.programs import ROOT, require, running

DOCUMENTED = ROOT / "docs" / "monitoring"


def configuration(folder: Path, *, interval: int = 3, **addresses: str) -> Path:
    """Write the documented files into a folder, made impatient; return that of the configuration.

    It scrapes at an interval of so many seconds, and alerts fire at once; the windows that they look at stay.
    Addresses stand in place of those of the documentation: `exporter`, and `node`.
    """
    for file in DOCUMENTED.glob("*.yml"):
        text = file.read_text().replace("evaluation_interval: 30s", "evaluation_interval: 1s")
        text = re.sub(r"\b(scrape_interval|scrape_timeout): \w+", rf"\1: {interval}s", text)
        text = re.sub(r"\bfor: \w+", "for: 1s", text)
        for documented, name in (("localhost:11104", "exporter"), ("localhost:11112", "node")):
            text = text.replace(documented, addresses.get(name, documented))
        (folder / file.name).write_text(text)
    return folder / "prometheus.yml"


class Prometheus:
    """One that runs."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}"

    def get(self, path: str, **query: str) -> Any:
        """Return what its API says."""
        with urllib.request.urlopen(
            f"{self._url}/api/v1/{path}?{urllib.parse.urlencode(query)}", timeout=20
        ) as answer:
            return json.load(answer)["data"]

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the samples of an expression. Raises `HTTPError` for one that is none."""
        found: list[dict[str, Any]] = self.get("query", query=expression)["result"]
        return found

    def values(self, expression: str, label: str = "instance") -> dict[str, float]:
        """Return the values of an expression by a label."""
        return {each["metric"].get(label, ""): float(each["value"][1]) for each in self.query(expression)}

    @property
    def firing(self) -> set[tuple[str, str]]:
        """The alerts that fire, and of what."""
        return {*self.annotations}

    @property
    def annotations(self) -> dict[tuple[str, str], dict[str, str]]:
        """What is said with each alert that fires."""
        return {
            (alert["labels"]["alertname"], alert["labels"].get("instance", "")): alert["annotations"]
            for alert in self.get("alerts")["alerts"]
            if alert["state"] == "firing"
        }


def _is_ready(port: int) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=5):
        return True
    return False


@contextlib.contextmanager
def prometheus(folder: Path, config: Path) -> Iterator[Prometheus]:
    """Run Prometheus from when it is ready."""
    program = require("/usr/bin/prometheus")
    command = [
        program,
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        "--log.level=warn",
    ]
    with running(
        lambda port: [*command, f"--web.listen-address=127.0.0.1:{port}"],
        folder / "prometheus.log",
        ready=_is_ready,
    ) as port:
        yield Prometheus(port)
