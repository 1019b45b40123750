"""A sweep as JSON, by `dcmtool/schemas/sweep-1.json`: a node's object, and the document of all."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from dcmtool.advice import API, Words
from dcmtool.errors import VerificationFailed
from dcmtool.fleet.result import NodeResult, Summary
from dcmtool.reporting import json_report

SCHEMA = "dcmtool.sweep/1"

Object = dict[str, Any]  # of plain JSON types
ExitCode = Callable[[VerificationFailed], int]


def node(result: NodeResult, exit_code: ExitCode, words: Words = API) -> Object:
    """Return what came of a node; its report is that of `dcmtool echo`, null if it was skipped."""
    target, report = result.target, result.report
    document = None
    if report is not None:
        code = 0 if report.error is None else exit_code(report.error)
        document = json_report.document(
            report, target.request, code, result.started, words, known=result.finding
        )
    return {
        "name": target.name,
        "target": target.address,
        "tags": list(target.tags),
        "outcome": result.outcome,
        "finding": None if result.finding is None else result.finding.id,
        "reason": target.do_not_probe or None,
        "attempts": result.attempts,
        "late_ns": result.late,
        "report": document,
    }


def summary(total: Summary) -> Object:
    """Return what all nodes come to."""
    return {
        "nodes": total.nodes,
        "answered": total.answered,
        "failed": total.failed,
        "skipped": total.skipped,
        "outcomes": dict(sorted(total.outcomes.items())),
        "findings": dict(sorted(total.findings.items())),
        "seconds": total.seconds,
    }


def lines(nodes: Iterable[str], total: Summary) -> Iterator[str]:
    """Yield the lines of the document of a sweep, of which each node's JSON is one."""
    yield f'{{"schema": {json.dumps(SCHEMA)}, "nodes": ['
    waiting = ""
    for each in nodes:
        if waiting:
            yield f"{waiting},"
        waiting = each
    if waiting:
        yield waiting
    yield f'], "summary": {json.dumps(summary(total), allow_nan=False)}}}'
