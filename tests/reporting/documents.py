"""JSON documents as the schemas have them, and how they are compared: whole, with the times replaced."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

import dcmtool

Document = dict[str, Any]
TAKEN = "some ns"  # in place of every time
NO_TIMES = dict.fromkeys(("resolve_ns", "connect_ns", "tls_ns", "associate_ns", "echo_ns", "release_ns"))
ROUND_TRIP = dict.fromkeys(
    ("minimum_ns", "median_ns", "p95_ns", "p99_ns", "mean_ns", "maximum_ns", "deviation_ns"), TAKEN
)
NO_ECHOES = {"requested": 1, "sent": 0, "received": 0, "lost": 0, "statuses": [], "round_trip": None}
VERIFICATION, IMPLICIT = "1.2.840.10008.1.1", "1.2.840.10008.1.2"


def schema_of(name: str) -> Document:
    """Return the schema of a kind of documents."""
    path = Path(str(dcmtool.__file__)).parent / "schemas" / f"{name}-1.json"
    schema: Document = json.loads(path.read_text(encoding="utf-8"))
    return schema


@cache
def validator(name: str) -> Draft202012Validator:
    """Return what checks documents of a kind (`echo` or `echo-reply`)."""
    schema = schema_of(name)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def read(text: str, name: str = "echo") -> Document:
    """Return the document that a text is, valid by its schema."""
    document: Document = json.loads(text, parse_constant=_refuse)
    validator(name).validate(document)
    return document


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


def timeless(value: Any, key: str = "") -> Any:
    """Return a document with its times replaced."""
    if isinstance(value, dict):
        return {key: timeless(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [timeless(inner) for inner in value]
    return TAKEN if key.endswith(("_ns", "started")) and value is not None else value


def verified(port: int, outcome: str, stage: str, exit_code: int, **others: Any) -> Document:
    """Return the document of a verification of 127.0.0.1; `others` are what is not null or as usual."""
    peer = {"host": "127.0.0.1", "port": port, "address": "127.0.0.1"}
    usual: Document = {
        "schema": "dcmtool.echo/1",
        "started": TAKEN,
        "peer": {**peer, "calling_aet": "ECHOSCU", "called_aet": "ANY-SCP"},
        "outcome": outcome,
        "finding": None,
        "expected": None,
        "stage": stage,
        "exit_code": exit_code,
        "message": None,
        "advice": None,
        "phases": phases("resolve", "connect"),
        "association": None,
        "user_identity": None,
        "rejection": None,
        "abort": None,
        "tls": None,
        "echoes": NO_ECHOES,
    }
    return usual | others


def unverified(outcome: str, exit_code: int, message: str) -> Document:
    """Return the document of a run that ended before it verified anything."""
    nothing = (
        "started",
        "peer",
        "finding",
        "expected",
        "stage",
        "advice",
        "phases",
        "association",
        "user_identity",
        "rejection",
        "abort",
        "tls",
        "echoes",
    )
    return {
        "schema": "dcmtool.echo/1",
        "outcome": outcome,
        "exit_code": exit_code,
        "message": message,
        **dict.fromkeys(nothing),
    }


def phases(*taken: str) -> Document:
    """Return the phases of which these were completed."""
    return NO_TIMES | {f"{phase}_ns": TAKEN for phase in taken}


def association(result: int = 0, text: str = "Accepted") -> Document:
    """Return what the scripted peer answers for one context."""
    context = {
        "id": 1,
        "abstract_syntax": VERIFICATION,
        "accepted": result == 0,
        "result": result,
        "result_text": text,
        "transfer_syntax": None if result else IMPLICIT,
    }
    return {
        "contexts": [context],
        "max_pdu": 16384,
        "implementation_class_uid": "1.2.3.4.5",
        "implementation_version_name": "SCRIPTED_PEER",
    }


def echoes(sent: int, *statuses: tuple[int, str, int], requested: int | None = None) -> Document:
    """Return the counts of echoes: each status with its meaning and how often it came."""
    received = sum(count for _, _, count in statuses)
    return {
        "requested": requested or sent,
        "sent": sent,
        "received": received,
        "lost": sent - received,
        "statuses": [
            {"status": status, "meaning": meaning, "count": count} for status, meaning, count in statuses
        ],
        "round_trip": ROUND_TRIP if received else None,
    }
