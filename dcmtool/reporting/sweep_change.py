"""A change of a node's state as JSON, by `dcmtool/schemas/sweep-change-1.json`."""

from dcmtool.advice import API, Words
from dcmtool.fleet.watch import StateChange
from dcmtool.reporting import json_report, sweep_report

SCHEMA = "dcmtool.sweep-change/1"


def document(
    change: StateChange, exit_code: sweep_report.ExitCode, words: Words = API
) -> sweep_report.Object:
    """Return what has changed of a node, with the report of the echo that showed it."""
    target, node = change.target, None
    if change.result is not None:
        node = sweep_report.node(change.result, exit_code, words)
    return {
        "schema": SCHEMA,
        "at": json_report.instant(change.at),
        "name": target.name,
        "target": target.address,
        "tags": list(target.tags),
        "from": change.before,
        "to": change.after,
        "finding": node and node["finding"],
        "since": None if change.since is None else json_report.instant(change.since),
        "lasted_ns": change.lasted,
        "report": node and node["report"],
    }
