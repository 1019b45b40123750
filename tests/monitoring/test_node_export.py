"""The targets that `dcmtool nodes export --format prometheus-sd` writes, as Prometheus itself reads them."""

import subprocess
from pathlib import Path

from dcmtool.cli.main import main
from tests.peers.dcmtool_scp import wait_for
from tests.peers.programs import refusing_port, require
from tests.peers.prometheus import prometheus

NODES = """\
[nodes.pacs]
host = "pacs.example"
port = 104
call = "PACS 1"
tags = ["archive", "ward 3"]

[nodes."CT 1"]
host = "[fe80::1%eth0]"
port = 11112
call = "C@T:1"
tags = ["ct"]

[nodes."b.c"]
host = "192.0.2.7"
port = 11113

[nodes.resting]
host = "192.0.2.8"
port = 104
do-not-probe = "it stops"
"""
# As the guide has it: what is probed is a parameter, and a tag chooses.
CONFIGURATION = """\
scrape_configs:
  - job_name: dicom
    scrape_interval: 1h
    file_sd_configs:
      - files: [nodes.json]
    relabel_configs:
      - source_labels: [__address__]
        target_label: __param_target
      - source_labels: [__param_target]
        target_label: instance
      - source_labels: [__meta_dicom_called]
        target_label: title
      - source_labels: [__meta_dicom_tags]
        regex: .*,ct,.*
        action: drop
      - target_label: __address__
        replacement: 127.0.0.1:{port}
"""
ADDRESSES = {
    "pacs": "PACS 1@pacs.example:104",
    "CT 1": "C@T:1@[fe80::1%eth0]:11112",
    "b.c": "192.0.2.7:11113",
}


def test_prometheus_reads_them(tmp_path: Path) -> None:
    (tmp_path / "n.toml").write_text(NODES)
    export = ["nodes", "export", "--nodes", str(tmp_path / "n.toml"), "--format", "prometheus-sd"]
    assert main([*export, "--output-file", str(tmp_path / "nodes.json")]) == 0
    config = tmp_path / "prometheus.yml"
    with refusing_port() as port:
        config.write_text(CONFIGURATION.format(port=port))
        check = [require("/usr/bin/promtool"), "check", "config", str(config)]
        checked = subprocess.run(check, capture_output=True, text=True, check=False, timeout=60)
        assert checked.returncode == 0, checked.stdout + checked.stderr
        with prometheus(tmp_path, config) as server:
            wait_for(lambda: bool(server.get("targets")["activeTargets"]), 60)
            found = server.get("targets")
    active = {each["labels"]["name"]: each for each in found["activeTargets"]}
    assert {name: each["labels"]["instance"] for name, each in active.items()} == {
        name: address for name, address in ADDRESSES.items() if name != "CT 1"
    }
    assert active["pacs"]["labels"] == {
        "instance": ADDRESSES["pacs"],
        "job": "dicom",
        "name": "pacs",
        "title": "PACS 1",
    }
    (dropped,) = found["droppedTargets"]
    labels = dropped["discoveredLabels"]
    assert (labels["__address__"], labels["__meta_dicom_host"]) == (ADDRESSES["CT 1"], "fe80::1%eth0")
    assert (labels["__meta_dicom_port"], labels["__meta_dicom_tags"]) == ("11112", ",ct,")
