"""What came of a probe as metrics: under the names of blackbox_exporter where it has them."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from prometheus_client.core import Metric
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


class _Gauge:
    """A metric of probes that is written as text at once; prometheus_client takes four times as long."""

    def __init__(self, name: str, documentation: str, *labels: str) -> None:
        self._head = f"# HELP {name} {documentation}\n# TYPE {name} gauge\n"
        self._name, self._labels = name, labels

    def of(self, value: float) -> str:
        """Return it with one value, without labels."""
        return f"{self._head}{self._name} {float(value)}\n"

    def by(self, values: Mapping[str, float]) -> str:
        """Return it with values by its label, of which we choose the words."""
        (label,) = self._labels
        lines = [f'{self._name}{{{label}="{word}"}} {float(value)}\n' for word, value in values.items()]
        return self._head + "".join(lines)

    def info(self, *values: str) -> str:
        """Return it with the value 1 and labels that say something; what a peer sent is made fit for one."""
        labels = ",".join(
            f'{label}="{_label(value)}"' for label, value in zip(self._labels, values, strict=True)
        )
        return f"{self._head}{self._name}{{{labels}}} 1.0\n"


def _label(value: str) -> str:
    shown = brief(value)
    if len(shown) > LONGEST_LABEL:
        shown = f"{shown[:LONGEST_LABEL]}..."
    return shown.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


_SUCCESS = _Gauge("probe_success", "Whether the node answered (1) or not (0)")
_DURATION = _Gauge("probe_duration_seconds", "How long the probe took, from name lookup to release")
_TIMEOUT = _Gauge("probe_timeout_seconds", "How long the probe was allowed to take")
_LOOKUP = _Gauge("probe_dns_lookup_time_seconds", "How long the name lookup took")
_PROTOCOL = _Gauge("probe_ip_protocol", "4 or 6, the version of IP; 0 without an address")
_PHASES = _Gauge("probe_dicom_duration_seconds", "How long each phase took that was ended", "phase")
_STATUS = _Gauge("probe_dicom_echo_status", "The status of the C-ECHO-RSP (PS3.7 Annex C), 0 for Success")
_PEER = _Gauge(
    *("probe_dicom_peer_info", "What the node says of itself"),
    *("implementation_uid", "implementation_version", "max_pdu"),
)
_TLS = _Gauge("probe_tls_version_info", "The version of TLS that was used", "version")
_EXPIRY = _Gauge(
    "probe_ssl_earliest_cert_expiry", "When the certificate of the node expires, in seconds since 1970"
)
_CHAIN = _Gauge(
    *("probe_ssl_last_chain_info", "The certificate of the node"),
    *("fingerprint_sha256", "issuer", "subject", "subjectalternative"),
)
_FAILURE = _Gauge("probe_failure_info", "Why the probe failed, by the name of the finding", "reason")


def of_probe(probe: Probe) -> bytes:
    """Return the metrics of a probe in the text format of Prometheus; what was not reached has none."""
    return "".join(_of_probe(probe)).encode()


def _of_probe(probe: Probe) -> Iterator[str]:
    report = probe.report
    yield _SUCCESS.of(report.success)
    yield _DURATION.of(probe.duration)
    yield _TIMEOUT.of(probe.timeout)
    yield _LOOKUP.of(probe.lookup)
    yield _PROTOCOL.of(probe.protocol)
    yield _PHASES.by(_phases(report))
    if report.echoes.replies:
        yield _STATUS.of(report.echoes.replies[-1].status)
    peer = report.negotiated
    if peer is not None:
        yield _PEER.info(peer.implementation_class_uid, peer.implementation_version_name, str(peer.max_pdu))
    if report.tls is not None:
        yield from _of_tls(report.tls)
    if probe.finding is not None:
        yield _FAILURE.info(probe.finding.id)


def _phases(report: EchoReport) -> dict[str, float]:
    """Return the seconds that each phase took, by its name."""
    took = ((phase, getattr(report.phases, phase)) for phase in PHASES)
    return {phase: nanoseconds / _SECOND for phase, nanoseconds in took if nanoseconds is not None}


def _of_tls(session: TlsSession) -> Iterator[str]:
    yield _TLS.info(session.protocol.replace("TLSv", "TLS "))
    found = _certificate(session.certificate)
    if found is None:
        return
    yield _EXPIRY.of(found.not_after.timestamp())
    yield _CHAIN.info(
        found.fingerprint.replace(":", "").lower(),
        found.issuer,
        found.subject,
        ",".join(name.partition(":")[2] for name in found.names),
    )


@lru_cache(maxsize=256)  # a node shows the same one again and again; a peer chooses how long it is
def _certificate(der: bytes) -> Description | None:
    return described_if_any(der)
