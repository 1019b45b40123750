"""`dcmtool.echo` over TLS against Orthanc, with client certificates asked for or required."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.secured import (
    CAST,
    GOOD,
    NO_TLS_HERE,
    UNTRUSTED,
    WANTED,
    Echo,
    as_client,
    either_driver,
    failed,
    refused,
    told,
    trusting,
)
from tests.peers import tls
from tests.peers.orthanc import TITLE

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def lenient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of an Orthanc that takes clients without a certificate, and shows a chain."""
    with tls.orthanc(tmp_path_factory.mktemp("lenient"), CAST.chained, trusted=CAST.root) as port:
        yield port


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of an Orthanc that requires client certificates of the root."""
    folder = tmp_path_factory.mktemp("strict")
    with tls.orthanc(folder, CAST.server, clients=CAST.root, trusted=CAST.root) as port:
        yield port


@either_driver
@pytest.mark.parametrize("profile", ["8996", "8996-mod", "bcp195-nd", "bcp195", "bcp195-ex", "aes"])
def test_every_profile(lenient: int, strict: int, profile: str, echo: Echo, tmp_path: Path) -> None:
    for port, settings in (
        (lenient, trusting(tmp_path, profile=profile)),
        (strict, as_client(tmp_path, profile=profile)),
    ):
        report = echo("127.0.0.1", port, tls=settings, called_aet=TITLE)
        assert told(report) == GOOD
        assert report.tls is not None
        assert report.tls.protocol == ("TLSv1.2" if profile in ("bcp195-ex", "aes") else "TLSv1.3")


@either_driver
def test_a_profile_that_orthanc_does_not_take(lenient: int, echo: Echo, tmp_path: Path) -> None:
    report = echo("127.0.0.1", lenient, tls=trusting(tmp_path, profile="null"), called_aet=TITLE)
    assert told(report) == failed(
        "the peer takes none of the TLS versions and cipher suites offered "
        "(TLS 1.0 to 1.2; TLS_RSA_WITH_NULL_SHA): "
        "choose another profile (dcmtool.tls.profiles.PROFILES lists them), "
        "add a suite with ciphers=, or give a server name with server_name="
    )


@either_driver
def test_repeats(strict: int, echo: Echo, tmp_path: Path) -> None:
    report = echo("127.0.0.1", strict, tls=as_client(tmp_path), called_aet=TITLE, repeat=200)
    assert told(report) == GOOD
    assert report.echoes.received == 200


@either_driver
@pytest.mark.parametrize(
    ("profile", "stage"), [("bcp195-ex", "tls"), ("bcp195-nd", "associate")], ids=["TLS 1.2", "TLS 1.3"]
)
def test_client_certificates(
    lenient: int, strict: int, profile: str, stage: str, echo: Echo, tmp_path: Path
) -> None:
    settings = as_client(tmp_path, CAST.strange_client, profile=profile)
    refusal = refused(settings, UNTRUSTED, stage)
    nobody = echo("127.0.0.1", strict, tls=trusting(tmp_path, profile=profile), called_aet=TITLE)
    assert told(nobody) == failed(WANTED, stage)
    for port in (lenient, strict):  # one that is not required is looked at all the same
        assert told(echo("127.0.0.1", port, tls=settings, called_aet=TITLE)) == refusal


@either_driver
def test_without_tls(strict: int, echo: Echo) -> None:
    report = echo("127.0.0.1", strict, called_aet=TITLE)
    assert (report.success, report.stage) == (False, "associate")


@either_driver
def test_tls_to_an_orthanc_without(orthanc_node: int, echo: Echo, tmp_path: Path) -> None:
    assert told(echo("127.0.0.1", orthanc_node, tls=trusting(tmp_path), called_aet=TITLE)) == failed(
        f"the peer broke the connection (Connection reset by peer) {NO_TLS_HERE}"
    )
