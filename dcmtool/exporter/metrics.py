"""What came of a probe as metrics: under the names of blackbox_exporter where it has them."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from dcmtool.certificates.description import Description, described_if_any
from dcmtool.exporter.probing import Probe
from dcmtool.steps import TlsSession
from dcmtool.text import brief
from dcmtool.verification.report import PHASES, EchoReport

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4

_SECOND = 1_000_000_000
LONGEST_LABEL = 100  # characters: a version name has 16, a UID 64, and a peer sends what it likes


class _Collected(Collector):
    """Metrics that are there already, for what asks a collector for them."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        """Return them."""
        return self._metrics


def text(metrics: Iterable[Metric]) -> bytes:
    """Return metrics in the text format of Prometheus."""
    return generate_latest(_Collected(metrics))


def of_probe(probe: Probe) -> Iterator[Metric]:
    """Yield the metrics of a probe; what was not reached has none."""
    report = probe.report
    yield GaugeMetricFamily("probe_success", "Whether the node answered (1) or not (0)", report.success)
    yield GaugeMetricFamily(
        "probe_duration_seconds", "How long the probe took, from name lookup to release", probe.duration
    )
    yield GaugeMetricFamily("probe_timeout_seconds", "How long the probe was allowed to take", probe.timeout)
    yield GaugeMetricFamily("probe_dns_lookup_time_seconds", "How long the name lookup took", probe.lookup)
    yield GaugeMetricFamily(
        "probe_ip_protocol", "4 or 6, the version of IP; 0 without an address", probe.protocol
    )
    yield _phases(report)
    yield from _answer(report)
    if report.tls is not None:
        yield from _of_tls(report.tls)
    if probe.finding is not None:
        yield _info(
            "probe_failure_info", "Why the probe failed, by the name of the finding", reason=probe.finding.id
        )


def _phases(report: EchoReport) -> Metric:
    family = GaugeMetricFamily(
        "probe_dicom_duration_seconds", "How long each phase took that was ended", labels=["phase"]
    )
    for phase in PHASES:
        nanoseconds = getattr(report.phases, phase)
        if nanoseconds is not None:
            family.add_metric([phase], nanoseconds / _SECOND)
    return family


def _answer(report: EchoReport) -> Iterator[Metric]:
    if report.echoes.replies:
        status = report.echoes.replies[-1].status
        yield GaugeMetricFamily(
            "probe_dicom_echo_status", "The status of the C-ECHO-RSP (PS3.7 Annex C), 0 for Success", status
        )
    negotiated = report.negotiated
    if negotiated is not None:
        yield _info(
            "probe_dicom_peer_info",
            "What the node says of itself",
            implementation_uid=negotiated.implementation_class_uid,
            implementation_version=negotiated.implementation_version_name,
            max_pdu=str(negotiated.max_pdu),
        )


def _of_tls(session: TlsSession) -> Iterator[Metric]:
    yield _info(
        "probe_tls_version_info",
        "The version of TLS that was used",
        version=session.protocol.replace("TLSv", "TLS "),
    )
    found = _certificate(session.certificate)
    if found is None:
        return
    yield GaugeMetricFamily(
        "probe_ssl_earliest_cert_expiry",
        "When the certificate of the node expires, in seconds since 1970",
        found.not_after.timestamp(),
    )
    yield _info(
        "probe_ssl_last_chain_info",
        "The certificate of the node",
        fingerprint_sha256=found.fingerprint.replace(":", "").lower(),
        issuer=found.issuer,
        subject=found.subject,
        subjectalternative=",".join(name.partition(":")[2] for name in found.names),
    )


@lru_cache(maxsize=256)  # a node shows the same one again and again; a peer chooses how long it is
def _certificate(der: bytes) -> Description | None:
    return described_if_any(der)


def _info(name: str, documentation: str, **labels: str) -> Metric:
    """Return a metric that is 1, and whose labels say something; what a peer sent is made fit for one."""
    family = GaugeMetricFamily(name, documentation, labels=[*labels])
    family.add_metric([_label(value) for value in labels.values()], 1)
    return family


def _label(value: str) -> str:
    shown = brief(value)
    return shown if len(shown) <= LONGEST_LABEL else f"{shown[:LONGEST_LABEL]}..."
