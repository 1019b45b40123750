"""What the exporter shares with blackbox_exporter itself, and its page in a real browser."""

import contextlib
import re
import subprocess
import urllib.request
from pathlib import Path

from tests.peers import dcmtk
from tests.peers.exporter import exporter_process
from tests.peers.programs import environment, require, running

_METRIC = re.compile(r"^# TYPE (\w+) (\w+)$", re.MULTILINE)
# What only a TCP check or an HTTP request can say.
_NOT_OURS = {"probe_failed_due_to_regex", "probe_ip_addr_hash"}


def _is_ready(port: int) -> bool:
    with (
        contextlib.suppress(OSError),
        urllib.request.urlopen(f"http://127.0.0.1:{port}/-/healthy", timeout=5),
    ):
        return True
    return False


def test_its_metrics_have_the_names_and_types_of_blackbox_exporter(tmp_path: Path) -> None:
    program = require("/usr/bin/prometheus-blackbox-exporter")
    config = tmp_path / "blackbox.yml"
    config.write_text("modules: {tcp: {prober: tcp}}\n")
    with (
        dcmtk.storescp(tmp_path) as node,
        exporter_process(tmp_path, "--allow", "127.0.0.0/8") as exporter,
        running(
            lambda port: [program, f"--config.file={config}", f"--web.listen-address=127.0.0.1:{port}"],
            tmp_path / "blackbox.log",
            ready=_is_ready,
        ) as blackbox,
        urllib.request.urlopen(
            f"http://127.0.0.1:{blackbox}/probe?target=127.0.0.1:{node}&module=tcp", timeout=20
        ) as answer,
    ):
        theirs = dict(_METRIC.findall(answer.read(100_000).decode()))
        ours = dict(_METRIC.findall(exporter.probe(f"127.0.0.1:{node}").text))
    assert {name: kind for name, kind in theirs.items() if name not in _NOT_OURS} == {
        name: ours.get(name) for name in theirs if name not in _NOT_OURS
    }


def test_the_page_in_a_browser(tmp_path: Path) -> None:
    chromium = require("/usr/bin/chromium")
    with exporter_process(tmp_path, "--allow", "127.0.0.0/8") as exporter:
        exporter.probe("<script>//@127.0.0.1:9")
        exporter.probe("127.0.0.1:9")
        done = subprocess.run(
            [
                *(
                    chromium,
                    "--headless",
                    "--no-sandbox",
                    "--disable-gpu",
                    f"--user-data-dir={tmp_path / 'profile'}",
                ),
                *("--disable-dev-shm-usage", "--dump-dom", f"http://127.0.0.1:{exporter.port}/"),
            ],
            env=environment({"XDG_CONFIG_HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}),
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
    page = done.stdout
    assert "<title>dcmtool exporter</title>" in page, done.stderr
    assert page.count("<tr>") == 3
    assert '<td class="failed">refused</td>' in page
    assert "&lt;script&gt;//@127.0.0.1:9" in page
    assert "<option>dicom</option>" in page
