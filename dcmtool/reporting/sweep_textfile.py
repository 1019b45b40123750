"""A sweep in Prometheus's text format, for the textfile collector of node_exporter."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from dcmtool.fleet.result import Summary
from dcmtool.reporting.sweep_row import SweepRow, in_seconds, plain, worst_first

Series = tuple[dict[str, str], str]  # labels and value


def document(rows: Sequence[SweepRow], total: Summary, ended: datetime) -> str:
    """Return the text, without its last line break.

    The collector takes none of a file that has a series twice: of rows with the same name and target the
    worst one stands for all.
    """
    by_node = {(row.name, row.target): row for row in sorted(rows, key=worst_first, reverse=True)}
    return "\n".join(_lines([by_node[key] for key in sorted(by_node)], total, ended))


def _lines(rows: Sequence[SweepRow], total: Summary, ended: datetime) -> Iterator[str]:
    yield from _family(
        "dicom_node_success",
        "Whether the node answered (1) or not (0); no value for one that is not to be probed.",
        [(_node(row), str(int(row.state == "answered"))) for row in rows if row.state != "skipped"],
    )
    yield from _family(
        "dicom_node_duration_seconds",
        "How long each phase of the association took, in seconds.",
        [
            ({**_node(row), "phase": phase}, in_seconds(taken))
            for row in rows
            for phase, taken in row.phases.items()
        ],
    )
    yield from _family(
        "dicom_node_round_trip_seconds",
        "From C-ECHO-RQ to its response, in seconds.",
        [(_node(row), in_seconds(row.round_trip)) for row in rows if row.round_trip is not None],
    )
    yield from _family(
        "dicom_node_certificate_not_after_timestamp_seconds",
        "When the certificate of the node expires, in seconds since 1970.",
        [(_node(row), str(int(row.not_after.timestamp()))) for row in rows if row.not_after is not None],
    )
    yield from _family(
        "dicom_sweep_timestamp_seconds",
        "When the sweep ended, in seconds since 1970.",
        [({}, plain(ended.timestamp(), 3))],
    )
    yield from _family(
        "dicom_sweep_duration_seconds", "How long it took, in seconds.", [({}, plain(total.seconds, 6))]
    )
    yield from _family(
        "dicom_sweep_nodes",
        "How many nodes answered, failed and were skipped.",
        [({"state": state}, str(getattr(total, state))) for state in ("answered", "failed", "skipped")],
    )


def _node(row: SweepRow) -> dict[str, str]:
    return {"name": row.name, "target": row.target}


def _family(name: str, text: str, series: Iterable[Series]) -> Iterator[str]:
    lines = [f"{name}{_labels(labels)} {value}" for labels, value in series]
    if lines:
        yield f"# HELP {name} {text}"
        yield f"# TYPE {name} gauge"
        yield from lines


def _labels(labels: dict[str, str]) -> str:
    pairs = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{pairs}}}" if pairs else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
