"""What a node accepts as JSON, by `dcmtool/schemas/capabilities-1.json`; read back, and compared."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from dcmtool.diagnosis.capabilities import Capabilities, Capability
from dcmtool.errors import InputFileError
from dcmtool.named_tuple import NamedTuple
from dcmtool.reporting.diagnosis_report import asked_peer
from dcmtool.reporting.finding_report import Object
from dcmtool.reporting.json_report import instant
from dcmtool.settings import EchoRequest
from dcmtool.text import brief

SCHEMA = "dcmtool.capabilities/1"
NOT_PROVED = "That a context is accepted proves no service: the node may still refuse each request."


class KnownClass(NamedTuple):
    """What is compared of a SOP class: its name, the transfer syntaxes accepted, and whether that is all."""

    name: str
    transfer_syntaxes: frozenset[str]
    complete: bool


class Change(NamedTuple):
    """What differs of a SOP class: whether it was and is accepted, and the transfer syntaxes lost and won."""

    uid: str
    name: str
    was_accepted: bool
    is_accepted: bool
    lost: tuple[str, ...]
    gained: tuple[str, ...]


def document(
    found: Capabilities,
    request: EchoRequest,
    started: datetime,
    exit_code: int,
    changes: Iterable[Change] | None = None,
) -> Object:
    """Return what a node accepted; `changes` are those since the file that it was compared with, if any."""
    return {
        "schema": SCHEMA,
        "started": instant(started),
        "peer": asked_peer(request),
        "implementation_class_uid": found.implementation_class_uid or None,
        "implementation_version_name": found.implementation_version_name or None,
        "associations": found.associations,
        "note": NOT_PROVED,
        "sop_classes": [_capability(each) for each in found.known],
        "changes": None if changes is None else [each._asdict() | _lists(each) for each in changes],
        "exit_code": exit_code,
    }


def _capability(known: Capability) -> Object:
    return {
        "uid": known.sop_class.uid,
        "name": known.sop_class.name,
        "service": known.sop_class.service,
        "result": known.result,
        "transfer_syntaxes": list(known.accepted),
        "complete": known.complete,
    }


def _lists(change: Change) -> Object:
    return {"lost": list(change.lost), "gained": list(change.gained)}


def accepted(found: Capabilities) -> dict[str, KnownClass]:
    """Return what is compared of each SOP class, by its UID."""
    return {
        each.sop_class.uid: KnownClass(each.sop_class.name, frozenset(each.accepted), each.complete)
        for each in found.known
    }


def read(path: str, text: str) -> dict[str, KnownClass]:
    """Return what a saved document holds, by the UIDs of the SOP classes.

    Raises:
        InputFileError: it is none, or one of another version.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputFileError(path, f"is not valid JSON: {brief(str(error))}") from error
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema != SCHEMA:
        found = f"its schema is {brief(str(schema))}" if schema else "it has no schema"
        raise InputFileError(path, f"is no saved list of capabilities ({SCHEMA}): {found}")
    try:
        return {
            _text(each["uid"]): KnownClass(
                _text(each["name"]),
                frozenset(map(_text, each["transfer_syntaxes"])),
                each["complete"] is True,
            )
            for each in document["sop_classes"]
        }
    except (KeyError, TypeError) as error:
        raise InputFileError(path, f"does not follow its schema {SCHEMA}: {brief(str(error))}") from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def changes(before: Mapping[str, KnownClass], now: Mapping[str, KnownClass]) -> Iterator[Change]:
    """Yield what differs, of the SOP classes that both know; what only one asked for is no change."""
    for uid, is_ in now.items():
        was = before.get(uid)
        if was is None:
            continue
        lost = was.transfer_syntaxes - is_.transfer_syntaxes if is_.complete else frozenset[str]()
        gained = is_.transfer_syntaxes - was.transfer_syntaxes if was.complete else frozenset[str]()
        if lost or gained:
            yield Change(
                *(uid, is_.name, bool(was.transfer_syntaxes), bool(is_.transfer_syntaxes)),
                *(tuple(sorted(lost)), tuple(sorted(gained))),
            )
