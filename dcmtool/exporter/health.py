"""The exporter's own metrics: what it was asked for, how much of that it could do, what it takes."""

from collections.abc import Iterable
from time import time

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import CollectorRegistry

from dcmtool import __version__
from dcmtool.exporter.probing import NodeProber

_RESULTS = ("success", "failure", "cancelled")


class Health:
    """Counts what happens."""

    def __init__(self, prober: NodeProber) -> None:
        self._prober = prober
        self._process = CollectorRegistry()
        ProcessCollector(registry=self._process)
        self.probes = dict.fromkeys(_RESULTS, 0)
        self.seconds = 0.0
        self.refused: dict[int, int] = {400: 0, 403: 0, 500: 0, 503: 0}
        self.reload_successful, self.reloaded_at = True, time()

    def reloaded(self, *, successful: bool) -> None:
        """Note how a reload went."""
        self.reload_successful = successful
        if successful:
            self.reloaded_at = time()

    def metrics(self) -> Iterable[Metric]:
        """Yield the metrics."""
        build = GaugeMetricFamily("dcmtool_exporter_build_info", "The version of dcmtool", labels=["version"])
        build.add_metric([__version__], 1)
        yield build
        probes = CounterMetricFamily("dcmtool_exporter_probes", "Probes by their result", labels=["result"])
        for result, count in self.probes.items():
            probes.add_metric([result], count)
        yield probes
        yield CounterMetricFamily(
            "dcmtool_exporter_probe_seconds", "How long all probes took together", self.seconds
        )
        refused = CounterMetricFamily(
            "dcmtool_exporter_requests_refused",
            "Scrapes that were not answered with a probe",
            labels=["code"],
        )
        for code, count in self.refused.items():
            refused.add_metric([str(code)], count)
        yield refused
        yield from self._now()
        yield from self._process.collect()

    def _now(self) -> Iterable[Metric]:
        turns = self._prober.turns
        yield GaugeMetricFamily(
            "dcmtool_exporter_probes_in_flight", "Probes that are under way", turns.in_flight
        )
        yield GaugeMetricFamily("dcmtool_exporter_probes_waiting", "Probes that wait", turns.waiting)
        yield GaugeMetricFamily(
            "dcmtool_exporter_concurrent_probes_limit", "How many may be under way", turns.most
        )
        yield GaugeMetricFamily(
            "probe_config_last_reload_successful",
            "Whether the configuration could be read when it was read last",
            self.reload_successful,
        )
        yield GaugeMetricFamily(
            "probe_config_last_reload_success_timestamp_seconds",
            "When the configuration was read last, in seconds since 1970",
            self.reloaded_at,
        )
