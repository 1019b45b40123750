"""The whole of an exporter within this process, from its start to the signal that ends it."""

import http.client
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

from dcmtool.cli.main import main
from tests.peers.dcmtool_scp import wait_for
from tests.peers.exporter import at, node_file
from tests.peers.programs import refusing_port
from tests.peers.scp import verification_scp

PAGES = {
    "/": "dcmtool exporter",
    "/-/healthy": "",
    "/metrics": "dcmtool_exporter_probes_total",
    "/config": "prober: dicom",
    "/probe?target=pacs&module=dicom": "probe_success 1",
    "/probe?target=pacs&debug=true": "probe_success 1",
    "/probe?target=away": 'probe_failure_info{reason="refused"} 1',
    "/probe?target=scanner": "it hangs",
    "/probe?target=unheard": "unheard",
    "/probe?target=pacs&module=none": "none",
    "/logs?id=1": "pacs",
    "/nowhere": "",
}


def test_every_page_is_served_until_a_signal_comes(tmp_path: Path) -> None:
    port_file = tmp_path / "port"
    answers: dict[str, tuple[int, str]] = {}

    def ask() -> None:
        """Ask for each page, have the files read again, and end the exporter, which is this process."""
        try:
            wait_for(port_file.exists, 60)
            connection = http.client.HTTPConnection("127.0.0.1", int(port_file.read_text()), timeout=30)
            for method, page in [*(("GET", each) for each in PAGES), ("POST", "/-/reload")]:
                connection.request(method, page)
                response = connection.getresponse()
                answers[page] = response.status, response.read().decode()
            connection.close()
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    received: list[int] = []  # that come when it does not serve
    before = signal.signal(signal.SIGTERM, lambda number, _frame: received.append(number))
    try:
        _serve(tmp_path, port_file, ask)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert received == []
    assert {page for page, text in PAGES.items() if text not in answers[page][1]} == set()
    failed = {page: status for page, (status, _) in answers.items() if status != 200}
    assert failed == {
        "/probe?target=scanner": 403,
        "/probe?target=unheard": 400,
        "/probe?target=pacs&module=none": 400,
        "/nowhere": 404,
    }


def _serve(folder: Path, port_file: Path, ask: Callable[[], None]) -> None:
    """Serve while somebody asks."""
    with verification_scp() as scp, refusing_port() as away:
        nodes = node_file(
            folder,
            pacs=at(scp.port),
            away=at(away),
            scanner=at(scp.port, 'do-not-probe = "it hangs"', host="127.0.0.2"),
        )
        asking = threading.Thread(target=ask)
        asking.start()
        options = ["--nodes", nodes, "--port-file", str(port_file), "--web.listen-address", "127.0.0.1:0"]
        assert main(["exporter", "-q", *options]) == 0
        asking.join()
