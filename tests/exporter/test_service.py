"""An exporter as a service: clients that go, stay or lie, signals, its files read again, TLS and users."""

import base64
import contextlib
import signal
import socket
import ssl
import threading
from pathlib import Path

import bcrypt
import pytest

from dcmtool.exporter.guard import MOST_HEAD
from tests.peers import dcmtk, pki, wire
from tests.peers.dcmtool_scp import taken_by, wait_for
from tests.peers.exporter import ExporterProcess, at, exporter_process, node_file
from tests.peers.scripted import ScriptedPeer
from tests.peers.vocabulary import Accept, EchoResponse, ExpectPdu, ReleaseResponse

ABORTED = [wire.ASSOCIATE_RQ, wire.P_DATA, wire.ABORT]
WAITING = (Accept(), ExpectPdu(wire.P_DATA), ExpectPdu(wire.ABORT))


def ask(exporter: ExporterProcess, request: bytes) -> socket.socket:
    """Send a request, and return the connection."""
    connection = socket.create_connection(("127.0.0.1", exporter.port), timeout=20)
    connection.sendall(request)
    return connection


def probe_of(peer: ScriptedPeer) -> bytes:
    """Return the request for a probe of a peer."""
    return f"GET /probe?target=127.0.0.1:{peer.port} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def test_a_scrape_that_is_cancelled_aborts_its_association(tmp_path: Path) -> None:
    with exporter_process(tmp_path, "--allow", "127.0.0.0/8") as exporter:
        with ScriptedPeer(*WAITING) as peer:
            with ask(exporter, probe_of(peer)):
                wait_for(lambda: peer.types == ABORTED[:2])
            wait_for(lambda: peer.types == ABORTED)
        cancelled = "dcmtool_exporter_probes_total{result=cancelled}"
        wait_for(lambda: exporter.get("/metrics").samples[cancelled] == 1)
        assert exporter.get("/metrics").samples["dcmtool_exporter_probes_in_flight"] == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_aborts_what_is_under_way(tmp_path: Path, number: int) -> None:
    with exporter_process(tmp_path, "--allow", "127.0.0.0/8") as exporter, ScriptedPeer(*WAITING) as peer:
        with ask(exporter, probe_of(peer)) as connection:
            wait_for(lambda: peer.types == ABORTED[:2])
            assert exporter.end(number) == 0
            assert connection.recv(4096).startswith(b"HTTP/1.1 503 ")
        assert peer.types == ABORTED
        assert [line[:2] for line in exporter.lines] == ["I:"]


def test_there_is_one_probe_at_an_address(tmp_path: Path) -> None:
    """The second scrape waits for the first, and is told so where half of its time is over before."""
    with (
        exporter_process(tmp_path, "--allow", "127.0.0.0/8") as exporter,
        ScriptedPeer(*WAITING) as peer,
        ask(exporter, probe_of(peer)),
    ):
        wait_for(lambda: peer.types == ABORTED[:2])
        late = exporter.get(f"/probe?target=localhost:{peer.port}", X_Prometheus_Scrape_Timeout_Seconds="0.7")
        with ScriptedPeer(Accept(), EchoResponse(), ReleaseResponse(), host="127.0.0.2") as other:
            elsewhere = exporter.probe(f"127.0.0.2:{other.port}")
    assert late.status == 503
    assert late.text == (
        "no turn within 0.1 s: 1 probes of 128 are under way, and 1 wait; there is one at an address\n"
    )
    assert elsewhere.samples["probe_success"] == 1


def test_there_are_so_many_probes_at_a_time(tmp_path: Path) -> None:
    options = ("--allow", "127.0.0.0/8", "--max-concurrent-probes", "1")
    with (
        exporter_process(tmp_path, *options) as exporter,
        ScriptedPeer(*WAITING) as peer,
        ask(exporter, probe_of(peer)),
    ):
        wait_for(lambda: peer.types == ABORTED[:2])
        late = exporter.get("/probe?target=127.0.0.2:9", X_Prometheus_Scrape_Timeout_Seconds="0.7")
    assert (late.status, "1 probes of 1 are under way" in late.text) == (503, True)


# Clients --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /" + b"a" * (MOST_HEAD + 1),
        b"GET / HTTP/1.1\r\n" + b"X: " + b"a" * (MOST_HEAD + 1),
        b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * MOST_HEAD,
    ],
    ids=["target", "header", "headers"],
)
def test_a_request_has_an_end(tmp_path: Path, request_: bytes) -> None:
    with exporter_process(tmp_path, "--allow", "127.0.0.0/8") as exporter:
        with ask(exporter, request_) as connection, contextlib.suppress(ConnectionResetError):
            assert connection.recv(4096).startswith((b"HTTP/1.1 431 ", b""))
            assert connection.recv(4096) == b""
        assert exporter.get("/-/healthy").status == 200


def test_what_is_no_http_is_answered_in_a_line(tmp_path: Path) -> None:
    with exporter_process(tmp_path, "--allow", "127.0.0.0/8") as exporter:
        with ask(exporter, b"\x01\x00\x00\x00\x00\xd0 no HTTP\r\n\r\n") as connection:
            assert connection.recv(4096).startswith(b"HTTP/1.1 400 ")
        assert exporter.get("/-/healthy").status == 200
        assert not [line for line in exporter.lines if "Traceback" in line]


# Its files ------------------------------------------------------------------------------------------


def test_files_are_read_again_and_a_broken_one_changes_nothing(tmp_path: Path) -> None:
    modules = tmp_path / "modules.yml"
    modules.write_text("modules: {one: {prober: dicom}}\n")
    nodes = node_file(tmp_path, pacs=at(9))
    options = ("--nodes", nodes, "--config.file", str(modules))
    with exporter_process(tmp_path, *options) as exporter:
        modules.write_text("modules: {two: {prober: dicom}}\n")
        node_file(tmp_path, other=at(9))
        assert exporter.probe("other").status == 400
        assert exporter.get("/-/reload", "POST").text == "Reloaded\n"
        assert exporter.probe("other", module="two").status == 200
        assert exporter.probe("pacs").status == 400

        modules.write_text("modules: {two: {prober: tcp}}\n")
        answer = exporter.get("/-/reload", "POST")
        wrong = f'{modules}: modules.two: prober should be dicom, but is "tcp"'
        assert (answer.status, answer.text) == (500, f"{wrong}\n")
        assert exporter.get("/metrics").samples["probe_config_last_reload_successful"] == 0
        exporter.wait_for_line(f"W: the configuration stays as it was: {wrong}")
        assert exporter.probe("other", module="two").status == 200

        modules.write_text("modules: {three: {prober: dicom}}\n")
        exporter.process.send_signal(signal.SIGHUP)
        wait_for(lambda: exporter.probe("other", module="three").status == 200)
        reloaded = "probe_config_last_reload_successful"
        wait_for(lambda: exporter.get("/metrics").samples[reloaded] == 1)


def test_tls_and_users(tmp_path: Path) -> None:
    server, root = pki.standard().server, pki.standard().root
    web = tmp_path / "web.yml"
    password = bcrypt.hashpw(b"open sesame", bcrypt.gensalt(4)).decode()
    web.write_text(
        f"tls_server_config: {{cert_file: {server.certificate_file(tmp_path)}, "
        f"key_file: {server.key_file(tmp_path)}}}\n"
        f"basic_auth_users: {{prometheus: '{password}'}}\n"
        "http_server_config: {headers: {X-Frame-Options: deny}}\n"
    )
    context = ssl.create_default_context(cafile=root.certificate_file(tmp_path))
    context.check_hostname = False
    options = ("--allow", "127.0.0.0/8", "--web.config.file", str(web))
    with exporter_process(tmp_path, *options, tls=context) as exporter:

        def status(user: str | None, password: str = "open sesame") -> int:
            if user is None:
                return exporter.get("/-/healthy").status
            word = base64.b64encode(f"{user}:{password}".encode()).decode()
            answer = exporter.get("/-/healthy", Authorization=f"Basic {word}")
            assert answer.headers["x-frame-options"] == "deny"
            return answer.status

        assert [status("prometheus"), status("prometheus"), status("prometheus", "wrong")] == [200, 200, 401]
        assert [status(None), status("nobody"), status("prometheus", ""), status("")] == [401] * 4
        refused = exporter.get("/config", Authorization="Basic %%%")
        assert refused.headers["www-authenticate"].startswith("Basic realm=")
        assert password not in "".join(exporter.lines)


def test_a_renewed_certificate_is_shown_after_a_reload(tmp_path: Path) -> None:
    cast, web = pki.standard(), tmp_path / "web.yml"
    context = ssl.create_default_context(cafile=cast.root.certificate_file(tmp_path))

    def write(identity: pki.Identity) -> None:
        files = f"cert_file: {identity.certificate_file(tmp_path)}, key_file: {identity.key_file(tmp_path)}"
        web.write_text(f"tls_server_config: {{{files}}}\n")

    def shown(exporter: ExporterProcess) -> bytes | None:
        with (
            socket.create_connection(("127.0.0.1", exporter.port), timeout=20) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as secured,
        ):
            return secured.getpeercert(binary_form=True)

    write(cast.server)
    options = ("--allow", "127.0.0.0/8", "--web.config.file", str(web))
    with exporter_process(tmp_path, *options, tls=context) as exporter:
        assert shown(exporter) == cast.server.der
        write(cast.elliptic)
        assert exporter.get("/-/reload", "POST").status == 200
        assert shown(exporter) == cast.elliptic.der
        assert exporter.end() == 0


def test_many_ask_at_once(tmp_path: Path) -> None:
    with exporter_process(tmp_path, "--allow", "127.0.0.0/8") as exporter:
        answers: list[int] = []
        threads = [
            threading.Thread(target=lambda: answers.append(exporter.probe("127.0.0.1:9").status))
            for _ in range(20)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert answers == [200] * 20


def test_nothing_grows_with_the_number_of_probes(tmp_path: Path) -> None:
    with dcmtk.storescp(tmp_path) as node, exporter_process(tmp_path, "--allow", "127.0.0.0/8") as exporter:

        def probe(count: int) -> None:
            with contextlib.closing(exporter.connect()) as connection:
                for _ in range(count):
                    connection.request("GET", f"/probe?target=127.0.0.1:{node}")
                    assert b"probe_success 1" in connection.getresponse().read()

        probe(150)  # until the history is full
        before = taken_by(exporter.process.pid)
        probe(450)
        wait_for(lambda: taken_by(exporter.process.pid).descriptors <= before.descriptors)
        after = taken_by(exporter.process.pid)
    assert after.threads == before.threads
    assert after.memory - before.memory < 4096
