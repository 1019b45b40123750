"""A diagnosis as JSON, by `dcmtool/schemas/diagnosis-1.json`: times in nanoseconds, bytes in hexadecimal."""

from collections.abc import Iterable
from datetime import datetime

from dcmtool.advice import API, Words
from dcmtool.diagnosis.checklist import Stage
from dcmtool.diagnosis.evidence import Evidence
from dcmtool.diagnosis.findings import FINDINGS, Finding, page_of
from dcmtool.diagnosis.node_words import entries
from dcmtool.diagnosis.rules import alternatives_of
from dcmtool.reporting.finding_report import Object, finding
from dcmtool.reporting.json_report import instant
from dcmtool.settings import EchoRequest

SCHEMA = "dcmtool.diagnosis/1"


def document(
    evidence: Evidence,
    stages: Iterable[Stage],
    findings: Iterable[Finding],
    exit_code: int,
    started: datetime,
    words: Words = API,
    works: str | None = None,
) -> Object:
    """Return a diagnosis that began at a time (with a time zone) and ended with this exit code.

    `works` is how to call what succeeded in place of what was asked for.
    """
    source = next((each.source for each in evidence.attempts if each.source), None)
    return {
        "schema": SCHEMA,
        "started": instant(started),
        "peer": {**asked_peer(evidence.request), "source": source},
        "stages": [_stage(each) for each in stages],
        "findings": [finding(each, words) for each in findings],
        "works": works,
        "node_entries": [{"place": each.place, "text": each.text} for each in entries(evidence)],
        "exit_code": exit_code,
    }


def asked_peer(request: EchoRequest) -> Object:
    """Return who was asked, and as whom."""
    titles = request.negotiation
    return {
        "host": request.peer.host,
        "port": request.peer.port,
        "calling_aet": titles.calling_aet,
        "called_aet": titles.called_aet,
        "tls": request.tls is not None,
    }


def rules() -> list[Object]:
    """Return all that there may be to find."""
    return [
        {
            "id": name,
            "certainty": definition.certainty,
            "sentence": definition.in_general,
            "alternatives": list(alternatives_of(name)),
            "actor": definition.actor,
            "clause": definition.clause or None,
            "page": page_of(name),
        }
        for name, definition in FINDINGS.items()
    ]


def _stage(stage: Stage) -> Object:
    return {
        "stage": stage.id,
        "state": stage.state,
        "text": stage.text,
        "took_ns": stage.took,
        "address": stage.address,
        "association": stage.association,
    }
