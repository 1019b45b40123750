"""Who is kept out by real nodes, each in its own way: what the recipe of drills says to expect."""

from pathlib import Path

import pytest

from dcmtool.cli.main import main
from tests.interop.secured import CAST
from tests.peers import orthanc, tls

pytestmark = pytest.mark.interop


def code(port: int, *args: str) -> int:
    """Return the exit code of a drill."""
    return main(["echo", "-q", *args, "127.0.0.1", str(port)])


@pytest.mark.parametrize("expect", ["rejected", "rejected:called-title", "rejected:1/1/7"])
def test_a_title_that_dcmqrscp_has_not(
    dcmqrscp: int, expect: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert code(dcmqrscp, "-aec", "NOBODY", "--expect", expect) == 0
    assert code(dcmqrscp, "-aec", "QRSCP", "--expect", expect) == 63
    assert capsys.readouterr() == ("", f"F: Expected {expect}, but it came to success\n")


@pytest.mark.parametrize(
    ("left", "expect"),
    [
        ((), "rejected:calling-title"),
        (("Store",), "aborted:aborted-on-echo"),  # as something is allowed to anybody
    ],
)
def test_a_stranger_at_orthanc(left: tuple[str, ...], expect: str, tmp_path: Path) -> None:
    services = ("Echo", "Store", "Find", "FindWorklist", "Get", "Move")
    settings = {f"DicomAlwaysAllow{service}": service in left for service in services}
    with orthanc.orthanc(tmp_path, settings) as port:
        assert code(port, "-aec", "ORTHANC", "--expect", expect) == 0
        assert code(port, "-aec", "ORTHANC", "--expect", "success") in (61, 70)


def test_nobody_without_a_certificate_at_storescp(tmp_path: Path) -> None:
    root = CAST.root.certificate_file(tmp_path)
    ours = CAST.client.key_file(tmp_path), CAST.client.certificate_file(tmp_path)
    with tls.storescp(tmp_path, CAST.server, clients=CAST.root) as port:
        assert code(port, "+tla", "+cf", root, "--expect", "tls-failed:client-certificate") == 0
        assert code(port, "+tls", *ours, "+cf", root, "--expect", "tls-failed:client-certificate") == 63
        assert code(port, "+tla", "--expect", "tls-failed:certificate-untrusted") == 0


def test_tls_at_a_port_without(storescp: int) -> None:
    assert code(storescp, "+tla", "-ic", "--expect", "tls-failed") == 0
    assert code(storescp, "--expect", "tls-failed") == 63
