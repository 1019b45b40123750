"""What an observer says of real programs that talk to each other."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from dcmtool.capture.connection import ObservedConnection, ObservedTls
from dcmtool.tls.cipher_suites import registry
from dcmtool.uids import VERIFICATION_SOP_CLASS
from dcmtool.upper_layer.pdus import AssociateAc, AssociateRj
from tests.capture.recorded import RecordingRelay, observed, recording
from tests.capture.recorded_files import SECRETS, secondary_capture
from tests.peers import dcmtk, pki, tls
from tests.peers.programs import ECHOSCU, environment, free_port, require

pytestmark = pytest.mark.interop

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
STUDY_FIND, STUDY_MOVE = "1.2.840.10008.5.1.4.1.2.2.1", "1.2.840.10008.5.1.4.1.2.2.2"
Used = tuple[str, str, str, int, tuple[tuple[int, int], ...], int]


def run(program: str, *arguments: str | Path) -> int:
    """Run a client to its end; return its exit code."""
    command = [program, *map(str, arguments)]
    return subprocess.run(
        command,
        env=environment({"TCP_NODELAY": "1"}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    ).returncode


def only(relay: RecordingRelay) -> ObservedConnection:
    """Return what is seen of the one connection, which is nothing of a data set, however it is cut."""
    (said,) = relay.conversations()
    connection = observed(said)
    pieces = [
        each._replace(data=each.data[at : at + 211]) if each.data else each
        for each in said
        for at in range(0, max(1, len(each.data)), 211)
    ]
    assert observed(pieces) == connection
    assert [secret for secret in SECRETS if secret in repr(connection)] == []
    return connection


def services(connection: ObservedConnection) -> list[Used]:
    """Return what was asked for, how often, how it was answered, and how many data sets there were."""
    return [
        (use.command, use.sop_class, use.sender, use.requests, use.statuses, use.data_sets)
        for use in connection.services
    ]


def in_order(connection: ObservedConnection) -> bool:
    """Return whether the association was accepted and released, and nothing is wrong with it."""
    assert (connection.faults, connection.warnings, connection.unanswered) == ((), (), ())
    assert (connection.protocol, connection.partial) == ("dicom", ("", ""))
    assert isinstance(connection.answer, AssociateAc)
    assert connection.accept is not None
    assert connection.release is not None
    return (connection.ending, connection.ended_by) == ("released", "requestor")


def test_storescu(tmp_path: Path) -> None:
    files = [secondary_capture(tmp_path / f"{number}.dcm", number) for number in range(3)]
    (tmp_path / "out").mkdir()
    with dcmtk.storescp(tmp_path / "out") as port, recording(port) as relay:
        assert run(require("/usr/bin/storescu"), "-R", relay.host, str(relay.port), *files) == 0
        connection = only(relay)
    assert in_order(connection)
    assert services(connection) == [("C-STORE", SECONDARY_CAPTURE, "requestor", 3, ((0, 3),), 3)]
    (use,) = connection.services
    assert use.spans is not None
    assert use.spans.times == 3
    assert 3 * (1 << 17) < use.data_bytes < sum(file.stat().st_size for file in files)
    assert connection.request is not None
    assert (connection.request.calling_aet, connection.request.called_aet) == ("STORESCU", "ANY-SCP")
    assert connection.request_pdu[:64] == connection.starts[0]
    assert connection.contexts[0].accepted


def test_echoscu() -> None:
    with dcmtk.storescp(Path("/tmp")) as port, recording(port) as relay:
        assert run(require(ECHOSCU), "--repeat", "5", relay.host, str(relay.port)) == 0
        connection = only(relay)
    assert in_order(connection)
    assert services(connection) == [("C-ECHO", VERIFICATION_SOP_CLASS, "requestor", 5, ((0, 5),), 0)]


def test_findscu_and_movescu(tmp_path: Path) -> None:
    files = [secondary_capture(tmp_path / f"{number}.dcm", number) for number in range(3)]
    key = ("-S", "-k", "0008,0052=STUDY", "-k", "0020,000D", "-k", "0010,0010=Secret*")
    own = free_port()
    caller = f"(MOVER, localhost, {own})"
    with dcmtk.dcmqrscp(tmp_path, callers=[caller]) as port:
        ends = ("-aet", "MOVER", "-aec", "QRSCP", "127.0.0.1")
        assert run(require("/usr/bin/storescu"), "-R", *ends, str(port), *files) == 0
        with recording(port) as relay:
            assert run(require("/usr/bin/findscu"), *key, *ends, str(relay.port)) == 0
            found = only(relay)
        with recording(port) as relay:
            moving = ("-aem", "MOVER", "--port", str(own), "-od", tmp_path)
            assert (
                run(
                    require("/usr/bin/movescu"), *moving, *key[:3], "-k", "0020,000D=", *ends, str(relay.port)
                )
                == 0
            )
            moved = only(relay)
        with recording(port) as relay:
            run(require("/usr/bin/movescu"), *moving[2:], "-aem", "NOBODY", *key[:3], *ends, str(relay.port))
            unknown = only(relay)
    assert in_order(found)
    assert services(found) == [("C-FIND", STUDY_FIND, "requestor", 1, ((0, 1), (0xFF00, 1)), 2)]
    assert in_order(moved)
    ((command, sop_class, _, requests, statuses, _),) = services(moved)
    assert (command, sop_class, requests) == ("C-MOVE", STUDY_MOVE, 1)
    assert dict(statuses)[0] == 1
    assert dict(statuses)[0xFF00] >= 1
    assert dict(unknown.services[0].statuses) == {0xA801: 1}


def test_a_title_that_is_not_called_so(tmp_path: Path) -> None:
    with dcmtk.dcmqrscp(tmp_path) as port, recording(port) as relay:
        assert run(require(ECHOSCU), "-aec", "ELSEWHERE", relay.host, str(relay.port)) != 0
        connection = only(relay)
    assert connection.answer == AssociateRj(1, 1, 7)
    assert (connection.ending, connection.ended_by) == ("rejected", "acceptor")
    assert connection.accept is not None
    assert (connection.services, connection.faults) == ((), ())


@pytest.mark.parametrize("option", ["--abort-after", "--abort-during"])
def test_an_acceptor_that_aborts(option: str, tmp_path: Path) -> None:
    file = secondary_capture(tmp_path / "1.dcm")
    (tmp_path / "out").mkdir()
    with dcmtk.storescp(tmp_path / "out", option) as port, recording(port) as relay:
        assert run(require("/usr/bin/storescu"), "-R", relay.host, str(relay.port), file) != 0
        connection = only(relay)
    assert (connection.ending, connection.ended_by, connection.abort) == ("aborted", "acceptor", (0, 0))
    assert connection.faults == ()
    assert connection.unanswered == ("C-STORE",)


# TLS ----------------------------------------------------------------------------------------------------


def trusting(identity: pki.Identity, folder: Path) -> Sequence[str]:
    """Return echoscu's options to trust an identity."""
    return "+cf", identity.certificate_file(folder)


def tls_of(connection: ObservedConnection) -> ObservedTls:
    """Return what was seen of TLS."""
    assert connection.protocol == "tls"
    assert connection.tls is not None
    assert not set(connection.tls.suites) - registry().keys()
    return connection.tls


def test_dcmtk_over_tls(tmp_path: Path) -> None:
    cast = pki.standard()
    with tls.storescp(tmp_path, cast.server) as port, recording(port) as relay:
        assert run(require(ECHOSCU), "+tla", *trusting(cast.root, tmp_path), relay.host, str(relay.port)) == 0
        connection = only(relay)
    seen = tls_of(connection)
    assert seen.established
    assert seen.version in ("TLS 1.2", "TLS 1.3")
    assert seen.suite in registry()
    assert (connection.request, connection.services, connection.faults) == (None, (), ())


def test_dcmtk_speaks_plain_to_a_port_for_tls(tmp_path: Path) -> None:
    with tls.storescp(tmp_path, pki.standard().server) as port, recording(port) as relay:
        assert run(require(ECHOSCU), relay.host, str(relay.port)) != 0
        connection = only(relay)
    assert connection.protocol == "dicom"
    assert connection.request is not None
    assert connection.answer is None
    if connection.starts[1]:
        assert connection.tls is not None
        assert connection.tls.alerts[0][0] == "acceptor"
    assert connection.ending in ("closed", "reset")


def test_dcmtk_speaks_tls_to_a_port_for_dicom(tmp_path: Path) -> None:
    with dcmtk.storescp(tmp_path) as port, recording(port) as relay:
        assert run(require(ECHOSCU), "+tla", "-ic", relay.host, str(relay.port)) != 0
        connection = only(relay)
    seen = tls_of(connection)
    assert (seen.version, seen.established) == ("", False)
    assert "TLS 1.2" in seen.offered
    assert connection.warnings == ()


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("asks", [False, True])
def test_openssl(version: str, asks: bool, tmp_path: Path) -> None:
    cast = pki.standard()
    name = f"-tls{version.replace('.', '_')}"
    client = ["-cert", cast.client.certificate_file(tmp_path), "-key", cast.client.key_file(tmp_path)]
    with (
        tls.openssl_server(tmp_path, cast.server, clients=cast.root if asks else None) as port,
        recording(port) as relay,
    ):
        where = ("-connect", f"{relay.host}:{relay.port}", "-servername", "pacs.example", name)
        page = b"GET / HTTP/1.0\r\n\r\n"
        command = [require(pki.OPENSSL), "s_client", "-quiet", *where, *(client if asks else ())]
        subprocess.run(command, input=page, capture_output=True, timeout=30, check=False)
        connection = only(relay)
    seen = tls_of(connection)
    assert (seen.version, seen.server_name, seen.established) == (f"TLS {version}", "pacs.example", True)
    assert seen.offered == (f"TLS {version}",)
    assert seen.suite in seen.suites
    if version == "1.2":
        assert seen.asks_for_certificate == asks
        assert seen.certificates[0] == cast.server.certificate.public_bytes(Encoding.DER)
        own = cast.client.certificate.public_bytes(Encoding.DER)
        assert seen.client_certificates[:1] == ((own,) if asks else ())
    else:
        assert (seen.asks_for_certificate, seen.certificates, seen.client_certificates) == (False, (), ())


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_client_that_does_not_trust(version: str, tmp_path: Path) -> None:
    cast = pki.standard()
    with tls.openssl_server(tmp_path, cast.untrusted) as port, recording(port) as relay:
        where = ("-connect", f"{relay.host}:{relay.port}", f"-tls{version.replace('.', '_')}")
        trust = ("-CAfile", cast.root.certificate_file(tmp_path), "-verify_return_error")
        assert run(require(pki.OPENSSL), "s_client", *where, *trust) != 0
        connection = only(relay)
    seen = tls_of(connection)
    assert seen.alerts[0] in (("requestor", "unknown ca"), ("requestor", "encrypted alert"))
    assert not seen.established


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_client_without_the_certificate_that_is_asked_for(version: str, tmp_path: Path) -> None:
    cast = pki.standard()
    with tls.openssl_server(tmp_path, cast.server, clients=cast.root) as port, recording(port) as relay:
        where = ("-connect", f"{relay.host}:{relay.port}", f"-tls{version.replace('.', '_')}")
        run(require(pki.OPENSSL), "s_client", *where)
        connection = only(relay)
    seen = tls_of(connection)
    assert not seen.established
    assert ("acceptor", "handshake failure" if version == "1.2" else "encrypted alert") in seen.alerts
    assert seen.asks_for_certificate == (version == "1.2")


def test_no_version_in_common(tmp_path: Path) -> None:
    with (
        tls.openssl_server(tmp_path, pki.standard().server, "-tls1_3") as port,
        recording(port) as relay,
    ):
        assert run(require(pki.OPENSSL), "s_client", "-connect", f"{relay.host}:{relay.port}", "-tls1_2") != 0
        seen = tls_of(only(relay))
    assert (seen.alerts, seen.version) == ((("acceptor", "protocol version"),), "")
