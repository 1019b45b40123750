"""The text of a probe's metrics, read back by prometheus_client."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from dcmtool.exporter import metrics
from dcmtool.exporter.metrics import LONGEST_LABEL


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ("OFFIS_DCMTK_370", "OFFIS_DCMTK_370"),
        ("", ""),
        ('a"b', 'a"b'),
        ("a\\b\\", "a\\b\\"),
        ('\\"', '\\"'),
        ("a\nb", "a\\nb"),
        ("\x1b[31m", "\\x1b[31m"),
        ("é}{=,", "é}{=,"),
        ("x" * LONGEST_LABEL, "x" * LONGEST_LABEL),
        ("x" * (LONGEST_LABEL + 1), "x" * LONGEST_LABEL + "..."),
    ],
)
def test_a_label(value: str, label: str) -> None:
    text = metrics._Gauge("probe_some_info", "What it is", "first", "second").info(value, "2")
    (family,) = text_string_to_metric_families(text)
    assert (family.name, family.documentation, family.type) == ("probe_some_info", "What it is", "gauge")
    (sample,) = family.samples
    assert (sample.labels, sample.value) == ({"first": label, "second": "2"}, 1)


@pytest.mark.parametrize("value", [0, True, 1e-9, 4_102_358_400.0, 1 / 3])
def test_a_value(value: float) -> None:
    (family,) = text_string_to_metric_families(metrics._Gauge("probe_some", "What it is").of(value))
    assert [(sample.labels, sample.value) for sample in family.samples] == [({}, value)]


def test_values_by_a_label() -> None:
    gauge = metrics._Gauge("probe_some_seconds", "How long it took", "phase")
    (family,) = text_string_to_metric_families(gauge.by({"connect": 0.5, "echo": 2}))
    assert {sample.labels["phase"]: sample.value for sample in family.samples} == {"connect": 0.5, "echo": 2}
    (empty,) = text_string_to_metric_families(gauge.by({}))
    assert (empty.name, empty.samples) == ("probe_some_seconds", [])
