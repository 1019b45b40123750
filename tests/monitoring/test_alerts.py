"""Each documented alert fires in a real Prometheus, of a node or exporter that is in the state it is for."""

import json
import re
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from dcmtool.cli.main import main
from tests.peers import pki, tls
from tests.peers.dcmtool_scp import ScpProcess, scp_process, wait_for
from tests.peers.exporter import ExporterProcess, at, exporter_process, node_file
from tests.peers.programs import refusing_port, require
from tests.peers.prometheus import DOCUMENTED, Prometheus, configuration, prometheus

LONG = 90  # seconds, of which a quiet machine takes a tenth
INTERVAL, SECONDS = 2, {"slow": 5, "coming": 1}  # between two scrapes
# There is one probe at an address at a time, so each node has an address of its own.
ADDRESSES = {
    name: f"127.0.0.{number}" for number, name in enumerate(("dead", "slow", "coming", "ending"), 11)
}
JAMMED = "127.0.0.21"


class Site(NamedTuple):
    """A Prometheus with an exporter, the node that comes and goes, and what the nodes are called there."""

    prometheus: Prometheus
    exporter: ExporterProcess
    coming: ScpProcess
    nodes: Path
    targets: dict[str, str]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Nodes that are dead, slow, come and go, or whose certificate ends; many titles at a jammed one."""
    require("/usr/bin/prometheus")
    root = pki.standard().root
    now = datetime.now(UTC)
    ending = root.issue(validity=(now - timedelta(days=1), now + timedelta(days=10)))
    folders = {name: tmp_path / name for name in ("slow", "coming", "jammed")}
    for folder in folders.values():
        folder.mkdir()
    with ExitStack() as stack:
        coming = stack.enter_context(scp_process(folders["coming"], bind=ADDRESSES["coming"]))
        slow = stack.enter_context(
            scp_process(folders["slow"], "--delay-echo", "2.5", bind=ADDRESSES["slow"])
        )
        jammed = stack.enter_context(scp_process(folders["jammed"], bind=JAMMED))
        jammed.process.send_signal(signal.SIGSTOP)
        ports = {
            "dead": stack.enter_context(refusing_port()),
            "slow": slow.port,
            "coming": coming.port,
            "ending": stack.enter_context(tls.storescp(tmp_path, ending)),
        }
        trusting = ('tls = "anonymous"', f'add-cert-file = ["{root.certificate_file(tmp_path)}"]')
        nodes = node_file(
            tmp_path,
            resting=at(104, 'do-not-probe = "it is mended"', host="127.0.0.10"),
            **{
                name: at(port, *(trusting if name == "ending" else ()), host=ADDRESSES[name])
                for name, port in ports.items()
            },
        )
        exporter = stack.enter_context(exporter_process(tmp_path, "--nodes", nodes, "--allow", JAMMED))
        targets = {name: f"{ADDRESSES[name]}:{port}" for name, port in ports.items()}
        _write_targets(tmp_path / "nodes.json", nodes, [f"T{n}@{JAMMED}:{jammed.port}" for n in range(8)])
        resting = "127.0.0.10:104"
        config = configuration(
            tmp_path, interval=INTERVAL, exporter=f"127.0.0.1:{exporter.port}", node=resting
        )
        server = stack.enter_context(prometheus(tmp_path, config))
        yield Site(server, exporter, coming, Path(nodes), {**targets, "resting": resting})


def _write_targets(file: Path, nodes: str, more: list[str]) -> None:
    """Write the nodes as documented, of which two have an interval of their own, and more targets."""
    options = ["--nodes", nodes, "--output", "prometheus-sd", "--output-file", str(file)]
    assert main(["nodes", "export", *options]) == 0
    groups = json.loads(file.read_text())
    for group in groups:
        seconds = SECONDS.get(group["labels"]["name"], INTERVAL)
        group["labels"] |= {"__scrape_interval__": f"{seconds}s", "__scrape_timeout__": f"{seconds}s"}
    file.write_text(json.dumps([*groups, {"targets": more}]))


@pytest.mark.timeout(8 * LONG)
def test_every_alert_fires(site: Site) -> None:
    exporter = f"127.0.0.1:{site.exporter.port}"
    said: dict[tuple[str, str], dict[str, str]] = {}

    def fires(alert: str, instance: str) -> bool:
        said.update(site.prometheus.annotations)
        return (alert, instance) in said

    site.nodes.write_text("[nodes")
    assert site.exporter.get("/-/reload", "POST").status == 500
    _come_and_go(site)
    for alert, name in {
        "DicomNodeDown": "dead",
        "DicomNodeSlow": "slow",
        "DicomNodeFlapping": "coming",
        "DicomCertificateExpiring": "ending",
        "DicomNodeNotProbed": "resting",
    }.items():
        wait_for(lambda alert=alert, name=name: fires(alert, site.targets[name]), LONG)  # type: ignore[misc]
    for alert in ("DicomExporterOverloaded", "DicomExporterConfigurationBroken"):
        wait_for(lambda alert=alert: fires(alert, exporter), LONG)  # type: ignore[misc]
    assert ("DicomExporterDown", exporter) not in said
    site.exporter.end()
    wait_for(lambda: fires("DicomExporterDown", exporter), LONG)
    _check(site, said)


def _come_and_go(site: Site) -> None:
    """Stop a node twice, until Prometheus has seen it, and have it go on."""

    def is_seen(success: int) -> bool:
        found = site.prometheus.values('probe_success{name="coming"}', "name")
        return found == {"coming": success}

    wait_for(lambda: is_seen(1), LONG)
    for number, success in ((signal.SIGSTOP, 0), (signal.SIGCONT, 1)) * 2:
        site.coming.process.send_signal(number)
        wait_for(lambda success=success: is_seen(success), LONG)  # type: ignore[misc]


def _check(site: Site, said: dict[tuple[str, str], dict[str, str]]) -> None:
    """See that there was no alert but those of the document, each of them, with sentences that are whole."""
    (group,) = yaml.safe_load((DOCUMENTED / "dicom-alerts.yml").read_text())["groups"]
    assert {alert for alert, _ in said} == {rule["alert"] for rule in group["rules"]}
    sentences = [text for annotations in said.values() for text in annotations.values()]
    assert [text for text in sentences if "<error" in text or "<no value>" in text] == []
    down = said["DicomNodeDown", site.targets["dead"]]
    assert down["summary"] == f"{site.targets['dead']} does not answer"
    assert down["description"].startswith("The finding is refused: docs/findings/refused.md")
    ends = said["DicomCertificateExpiring", site.targets["ending"]]["summary"]
    assert re.fullmatch(rf"the certificate of {site.targets['ending']} ends in (9\.9\d*|10) days", ends)
    assert said["DicomNodeSlow", site.targets["slow"]]["summary"].startswith(
        f"{site.targets['slow']} takes 2."
    )
