"""Probes of real nodes in every state: what is answered, and what of it Prometheus reads."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from cryptography.hazmat.primitives.hashes import SHA256

from dcmtool.diagnosis.findings import FINDINGS
from tests.peers import dcmtk, pki, tls, wire
from tests.peers.dcmtool_scp import scp_process
from tests.peers.exporter import Answer, ExporterProcess, at, exporter_process, node_file
from tests.peers.programs import refusing_port, require
from tests.peers.scripted import Link, ScriptedPeer
from tests.peers.vocabulary import Accept, EchoResponse, ExpectPdu, ReleaseResponse

EVERY_PROBE = {
    *("probe_success", "probe_duration_seconds", "probe_timeout_seconds", "probe_dns_lookup_time_seconds"),
    "probe_ip_protocol",
}


@pytest.fixture(scope="module")
def exporter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExporterProcess]:
    """An exporter of nodes in all states."""
    folder, cast = tmp_path_factory.mktemp("exporter"), pki.standard()
    (folder / "rejecting").mkdir()
    (folder / "failing").mkdir()
    root = cast.root.certificate_file(folder)
    trusting = ('tls = "anonymous"', f'add-cert-file = ["{root}"]')
    with (
        dcmtk.storescp(folder) as healthy,
        scp_process(folder / "rejecting", "--reject", "1/1/7") as rejecting,
        scp_process(folder / "failing", "--status", "0110") as failing,
        tls.storescp(folder, cast.server) as secured,
        refusing_port() as dead,
    ):
        nodes = node_file(
            folder,
            healthy=at(healthy, 'call = "STORE"'),
            rejecting=at(rejecting.port),
            failing=at(failing.port),
            dead=at(dead),
            secured=at(secured, *trusting),
            plain=at(secured),
            name=at(healthy, host="localhost"),
            nowhere=at(104, host="no-such-host.invalid"),
            resting=at(healthy, 'do-not-probe = "it is mended"', host="127.0.0.2"),
        )
        modules = folder / "modules.yml"
        modules.write_text("modules:\n  quick: {prober: dicom, timeout: 1500ms, dicom: {calling: QUICK}}\n")
        options = ("--nodes", nodes, "--config.file", str(modules), "--allow", "127.0.0.0/8", "-v")
        with exporter_process(folder, *options) as running:
            yield running


def titles(peer: ScriptedPeer) -> tuple[str, str]:
    """Return by which title a peer was called, and from which."""
    request = peer.request
    return request.called.decode().rstrip(), request.calling.decode().rstrip()


def is_clean(text: str) -> bool:
    """Return whether Prometheus's own tool finds nothing to say of metrics."""
    run = subprocess.run(
        [require("/usr/bin/promtool"), "check", "metrics"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    return (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_a_node_that_answers(exporter: ExporterProcess) -> None:
    answer = exporter.probe("healthy")
    samples = answer.samples
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert (samples["probe_success"], samples["probe_ip_protocol"]) == (1, 4)
    assert samples["probe_dicom_echo_status"] == 0
    phases = [
        f"probe_dicom_duration_seconds{{phase={each}}}"
        for each in ("connect", "associate", "echo", "release")
    ]
    assert all(0 < samples[each] <= samples["probe_duration_seconds"] for each in phases)
    (peer,) = (name for name in samples if name.startswith("probe_dicom_peer_info"))
    assert "implementation_version=OFFIS_DCMTK_" in peer
    assert "max_pdu=16384" in peer
    assert answer.reason == ""
    assert is_clean(answer.text)


@pytest.mark.parametrize(
    ("node", "reason"),
    [
        ("rejecting", "called-title"),
        ("failing", "echo-status"),
        ("dead", "refused"),
        ("plain", "closed-on-association"),
        ("nowhere", "unknown-host"),
    ],
)
def test_a_node_that_does_not(exporter: ExporterProcess, node: str, reason: str) -> None:
    answer = exporter.probe(node)
    assert (answer.status, answer.samples["probe_success"]) == (200, 0)
    assert answer.samples.keys() >= EVERY_PROBE
    assert answer.reason in FINDINGS
    assert answer.reason == reason
    assert is_clean(answer.text)


def test_a_status_other_than_success_is_told(exporter: ExporterProcess) -> None:
    assert exporter.probe("failing").samples["probe_dicom_echo_status"] == 0x0110


def test_a_certificate_and_its_end(exporter: ExporterProcess) -> None:
    answer = exporter.probe("secured")
    samples, server = answer.samples, pki.standard().server
    assert samples["probe_success"] == 1
    assert samples["probe_ssl_earliest_cert_expiry"] == pki.VALID[1].timestamp()
    assert samples["probe_dicom_duration_seconds{phase=tls}"] > 0
    assert any(name.startswith("probe_tls_version_info{version=TLS 1.") for name in samples)
    (chain,) = (name for name in samples if name.startswith("probe_ssl_last_chain_info"))
    assert server.certificate.fingerprint(SHA256()).hex() in chain
    assert is_clean(answer.text)


def test_an_address_needs_no_node(exporter: ExporterProcess) -> None:
    with ScriptedPeer(Accept(), EchoResponse(), ReleaseResponse()) as peer:
        answer = exporter.probe(f"PACS@127.0.0.1:{peer.port}", calling="MON", module="quick")
        assert answer.samples["probe_success"] == 1
        assert answer.samples["probe_timeout_seconds"] == 1.5
    assert titles(peer) == ("PACS", "MON")


def test_the_title_belongs_to_the_target_and_a_module_calls_by_its_own(exporter: ExporterProcess) -> None:
    with ScriptedPeer(Accept(), EchoResponse(), ReleaseResponse()) as peer:
        exporter.probe(f"127.0.0.1:{peer.port}", called="OTHER", module="quick")
    assert titles(peer) == ("OTHER", "QUICK")


@pytest.mark.parametrize(
    ("header", "module", "seconds"),
    [
        ("5", "dicom", 4.5),
        ("0.4", "dicom", 0.04),
        ("5", "quick", 1.5),
        ("1", "quick", 0.5),
        (None, "dicom", 10),
    ],
)
def test_how_long_a_probe_may_take(
    exporter: ExporterProcess, header: str | None, module: str, seconds: float
) -> None:
    headers = {} if header is None else {"X_Prometheus_Scrape_Timeout_Seconds": header}
    answer = exporter.get(f"/probe?target=healthy&module={module}", **headers)
    assert answer.samples["probe_timeout_seconds"] == pytest.approx(seconds)


def test_a_node_that_is_too_slow_fails_in_time(exporter: ExporterProcess) -> None:
    with ScriptedPeer(ExpectPdu(wire.ASSOCIATE_RQ), ExpectPdu(wire.ABORT)) as peer:
        answer = exporter.get(
            f"/probe?target=127.0.0.1:{peer.port}", X_Prometheus_Scrape_Timeout_Seconds="0.9"
        )
        assert answer.samples["probe_success"] == 0
        assert answer.samples["probe_duration_seconds"] < 0.9 + 1.5  # ARTIM, and a slow machine
    assert peer.types == [wire.ASSOCIATE_RQ, wire.ABORT]


@dataclass(frozen=True)
class AcceptAs:
    """Answer the A-ASSOCIATE-RQ by this implementation version name."""

    version: bytes

    def play(self, link: Link) -> None:
        """Read the request and accept it."""
        link.expect(wire.ASSOCIATE_RQ)
        assert link.request is not None
        usual = wire.accept(link.request)[6:]
        start = usual.index(b"\x50\x00", 68)
        version = wire.item(0x51, bytes(4)) + wire.item(0x52, b"1.2") + wire.item(0x55, self.version)
        link.send(wire.pdu(wire.ASSOCIATE_AC, usual[:start] + wire.item(0x50, version)))


def test_what_a_node_sends_is_fit_for_a_label(exporter: ExporterProcess) -> None:
    version = b'a"b\\c\nd\x1b[31m' + b"x" * 500
    with ScriptedPeer(AcceptAs(version), EchoResponse(), ReleaseResponse()) as peer:
        answer = exporter.probe(f"127.0.0.1:{peer.port}")
    (info,) = (line for line in answer.text.splitlines() if line.startswith("probe_dicom_peer_info"))
    assert len(info) < 400
    assert "\x1b" not in info
    assert is_clean(answer.text)


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("/probe", 400, "the parameter target is missing: [CALLED@]HOST[:PORT], or the name of a node"),
        ("/probe?target=healthy&module=none", 400, "unknown module 'none': there is dicom, quick"),
        ("/probe?target=healthy&called=" + "A" * 17, 400, "called AE title"),
        ("/probe?target=healthy&calling=A%0AB", 400, "calling AE title"),
        ("/probe?target=http://localhost/", 400, "is a URL"),
        ("/probe?target=localhost:99999", 400, "port '99999' is not a whole number, 1 to 65535"),
        ("/probe?target=127.1", 400, "is a number: a host is a name or a full address"),
        ("/probe?target=" + "a" * 301, 400, "the target has 301 characters"),
        ("/probe?target=resting", 403, "resting is not to be probed: it is mended"),
        ("/probe?target=192.0.2.1", 403, "192.0.2.1 is at 192.0.2.1, which is not allowed here"),
        ("/logs?id=99999", 404, "this probe is kept no longer"),
        ("/logs?id=x", 404, "this probe is kept no longer"),
        ("/nothing", 404, "Not Found"),
        ("/-/reload", 405, "Method Not Allowed"),
    ],
)
def test_what_is_refused(exporter: ExporterProcess, path: str, status: int, sentence: str) -> None:
    answer = exporter.get(path)
    assert (answer.status, sentence in answer.text) == (status, True), answer.text
    assert len(answer.text.strip().splitlines()) == 1


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("POST", 405)])
def test_another_method(exporter: ExporterProcess, method: str, status: int) -> None:
    answer = exporter.get("/probe?target=healthy", method)
    assert answer.status == status
    assert "probe_success" not in answer.text


@pytest.mark.parametrize("seconds", ["nan", "inf", "-1", "0", "soon"])
def test_a_timeout_of_prometheus_that_is_none(exporter: ExporterProcess, seconds: str) -> None:
    answer = exporter.get("/probe?target=healthy", X_Prometheus_Scrape_Timeout_Seconds=seconds)
    assert (answer.status, "but should be seconds" in answer.text) == (400, True)


def test_a_node_that_is_not_to_be_probed_is_so_by_its_address_too(exporter: ExporterProcess) -> None:
    text = exporter.get("/probe?target=resting").text
    assert "it is mended" in text


def test_debug_says_what_is_wrong_and_what_to_do(exporter: ExporterProcess) -> None:
    text = exporter.probe("rejecting", debug="true").text
    for part in (
        "outcome:  rejected",
        "failure:  the peer rejected the association",
        "finding:  called-title (",
        "to do:    1. ",
        "more:     docs/findings/called-title.md",
        "Trace of the association:",
        "A-ASSOCIATE-RQ",
        'probe_failure_info{reason="called-title"} 1.0',
        "Module configuration:\nprober: dicom",
    ):
        assert part in text


def test_its_own_metrics(exporter: ExporterProcess) -> None:
    before: Answer = exporter.get("/metrics")
    exporter.probe("healthy")
    exporter.probe("dead")
    exporter.get("/probe")
    after = exporter.get("/metrics")
    grown = {name: after.samples[name] - before.samples[name] for name in before.samples if "total" in name}
    assert grown["dcmtool_exporter_probes_total{result=success}"] == 1
    assert grown["dcmtool_exporter_probes_total{result=failure}"] == 1
    assert grown["dcmtool_exporter_requests_refused_total{code=400}"] == 1
    assert after.samples["probe_config_last_reload_successful"] == 1
    assert after.samples["dcmtool_exporter_probes_in_flight"] == 0
    assert is_clean(after.text)


def test_the_page_lists_probes_and_their_logs(exporter: ExporterProcess) -> None:
    exporter.probe("dead")
    page = exporter.get("/")
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert '<td class="failed">refused' in page.text
    number = page.text.partition('href="logs?id=')[2].partition('"')[0]
    assert "Log of the probe of dead" in exporter.get(f"/logs?id={number}").text
    assert exporter.get("/-/healthy").text == "Healthy\n"
    assert "calling: QUICK" in exporter.get("/config").text


def test_failures_are_said(exporter: ExporterProcess) -> None:
    exporter.probe("dead")
    exporter.wait_for_line("D: dead: refused: no connection to 127.0.0.1 port")
