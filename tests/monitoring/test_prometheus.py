"""The documented configuration in a real Prometheus: nodes in every state, alerts, the dashboard."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import NamedTuple

import pytest

from dcmtool.cli.main import main
from tests.peers import dcmtk, pki, tls
from tests.peers.dcmtool_scp import scp_process, wait_for
from tests.peers.exporter import at, exporter_process, node_file
from tests.peers.programs import refusing_port
from tests.peers.prometheus import DOCUMENTED, Prometheus, configuration, prometheus

DASHBOARD = json.loads((DOCUMENTED / "dicom-dashboard.json").read_text())


class Site(NamedTuple):
    """A Prometheus, and the targets by the names of their nodes."""

    prometheus: Prometheus
    targets: dict[str, str]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Nodes that answer, reject and are dead, one with TLS, their exporter and their Prometheus."""
    folder, cast = tmp_path_factory.mktemp("site"), pki.standard()
    root = cast.root.certificate_file(folder)
    with ExitStack() as stack:
        ports = {
            "healthy": stack.enter_context(dcmtk.storescp(folder)),
            "rejecting": stack.enter_context(scp_process(folder, "--reject", "1/1/7")).port,
            "secured": stack.enter_context(tls.storescp(folder, cast.server)),
            "dead": stack.enter_context(refusing_port()),
            "resting": 104,
        }
        more = {
            "secured": ('tls = "anonymous"', f'add-cert-file = ["{root}"]'),
            "resting": ('do-not-probe = "x"',),
        }
        nodes = node_file(folder, **{name: at(port, *more.get(name, ())) for name, port in ports.items()})
        exporter = stack.enter_context(exporter_process(folder, "--nodes", nodes))
        export = ["nodes", "export", "--nodes", nodes, "--output", "prometheus-sd"]
        assert main([*export, "--output-file", str(folder / "nodes.json")]) == 0
        targets = {name: f"127.0.0.1:{port}" for name, port in ports.items()}
        config = configuration(folder, exporter=f"127.0.0.1:{exporter.port}", node=targets["resting"])
        yield Site(stack.enter_context(prometheus(folder, config)), targets)


def test_what_prometheus_reads(site: Site) -> None:
    wait_for(lambda: len(site.prometheus.values('probe_success{name!=""}', "name")) == 4, 60)
    found = site.prometheus.values('probe_success{name!=""}', "name")
    assert found == {"healthy": 1, "secured": 1, "rejecting": 0, "dead": 0}
    reasons = site.prometheus.query('probe_failure_info{name!=""}')
    assert {each["metric"]["name"]: each["metric"]["reason"] for each in reasons} == {
        "rejecting": "called-title",
        "dead": "refused",
    }
    assert site.prometheus.values("probe_ssl_earliest_cert_expiry", "name") == {
        "secured": pki.VALID[1].timestamp()
    }
    resting = {site.targets["resting"]: 0}
    wait_for(lambda: site.prometheus.values('up{job="dicom",name=""}') == resting, 60)


def test_how_many_series_a_node_has(site: Site) -> None:
    """As the page says, for who has many."""
    wait_for(lambda: len(site.prometheus.values('probe_success{name!=""}', "name")) == 4, 60)
    wait_for(lambda: bool(site.prometheus.query('scrape_series_added{name="secured"}')), 60)
    counted = site.prometheus.values('count by (name) ({name=~"healthy|secured"})', "name")
    assert counted == {"healthy": 17, "secured": 21}


def test_alerts_fire(site: Site) -> None:
    down = {("DicomNodeDown", site.targets[name]) for name in ("rejecting", "dead")}
    wait_for(lambda: down <= site.prometheus.firing, 60)
    assert ("DicomNodeDown", site.targets["healthy"]) not in site.prometheus.firing
    described = {
        alert["labels"]["instance"]: alert["annotations"].get("description", "")
        for alert in site.prometheus.get("alerts")["alerts"]
    }
    finding = "The finding is called-title: docs/findings/called-title.md says what to do."
    assert described[site.targets["rejecting"]] == finding


QUERIES = {
    f"{panel['title']} {target['refId']}": target["expr"]
    for panel in DASHBOARD["panels"]
    for target in panel["targets"]
}


def test_every_query_of_the_dashboard_answers(site: Site) -> None:
    variables = {"job": "dicom", "node": ".*", "__range": "1h", "__rate_interval": "1m"}
    wait_for(lambda: bool(site.prometheus.query("rate(dcmtool_exporter_probes_total[1m])")), 60)
    for name, expression in QUERIES.items():
        filled = re.sub(r"\$(\w+)", lambda found: variables[found[1]], expression)
        assert site.prometheus.query(filled), name


def test_the_dashboard_is_one() -> None:
    panels, variables = DASHBOARD["panels"], DASHBOARD["templating"]["list"]
    assert (DASHBOARD["uid"], DASHBOARD["title"]) == ("dcmtool-dicom-nodes", "DICOM nodes")
    assert [each["name"] for each in variables] == ["datasource", "job", "node"]
    assert len({each["id"] for each in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for each in panels:
        place = each["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not taken & cells
        assert max(x for x, _ in cells) < 24
        taken |= cells
        sources = [each["datasource"], *(target["datasource"] for target in each["targets"])]
        assert all(source == {"type": "prometheus", "uid": "${datasource}"} for source in sources)
    assert "Nodes, the worst first" in {each["title"] for each in panels}


def test_every_metric_of_the_page_is_one(site: Site) -> None:
    page = (DOCUMENTED / "index.md").read_text()
    wait_for(lambda: bool(site.prometheus.query("probe_ssl_last_chain_info")), 60)
    named = set(re.findall(r"`(probe_\w+)", page))
    assert len(named) > 10
    wait_for(lambda: named <= set(site.prometheus.get("label/__name__/values")), 60)
