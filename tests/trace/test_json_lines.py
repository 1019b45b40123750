"""Records as JSON: stable names, every event, all bytes, no secret, and only ASCII."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtool.settings import TlsSettings
from dcmtool.trace.json_lines import _EVENTS, json_line
from dcmtool.trace.record import Record
from dcmtool.upper_layer import events, pdus
from dcmtool.verification import progress
from tests.peers.programs import ROOT
from tests.trace.scenes import SCENES, SECURE, rejection, success, timeout, untrusted, wrong_host
from tests.upper_layer.pdu_table import ROWS
from tests.upper_layer.pdu_table import Row as PduRow
from tests.verification.playbook import Playbook


def objects(play: Playbook) -> list[dict[str, Any]]:
    """Return the objects of a run."""
    return [json.loads(json_line(record)) for record in play.records]


def first(play: Playbook, event: str) -> dict[str, Any]:
    """Return the first object of an event."""
    return next(each for each in objects(play) if each["event"] == event)


def test_a_success_from_beginning_to_end() -> None:
    told = objects(success())
    assert [(each["event"], each["direction"]) for each in told] == [
        ("state_changed", None),
        ("requesting", None),
        ("transport_opened", None),
        ("associating", None),
        ("state_changed", None),
        ("pdu", "sent"),
        ("timer_started", None),
        ("pdu", "received"),
        ("state_changed", None),
        ("negotiated", "received"),
        ("established", "received"),
        ("echo_sending", "sent"),
        ("state_changed", None),
        ("pdu", "sent"),
        ("timer_stopped", None),
        ("pdu", "received"),
        ("state_changed", None),
        ("message_received", "received"),
        ("echo_answered", "received"),
        ("releasing", "sent"),
        ("state_changed", None),
        ("pdu", "sent"),
        ("timer_started", None),
        ("pdu", "received"),
        ("state_changed", None),
        ("timer_stopped", None),
    ]
    offsets = [each["offset_ns"] for each in told]
    assert offsets == sorted(offsets)
    assert offsets[0] == 0


def test_the_fields_of_events() -> None:
    play = success()
    assert first(play, "state_changed") == {
        "offset_ns": 0,
        "event": "state_changed",
        "direction": None,
        "cause": {"number": 1, "name": "ASSOCIATE_REQUEST"},
        "action": "AE-1",
        "before": {"number": 1, "name": "IDLE"},
        "after": {"number": 4, "name": "AWAITING_TRANSPORT_OPEN"},
    }
    requesting = first(play, "requesting")
    assert requesting["peer"] == {"host": "pacs", "port": 104, "family": "auto"}
    assert (requesting["tls"], requesting["repeat"], requesting["abort"]) == (False, 1, False)
    assert requesting["associate"]["calling_aet"] == "ECHOSCU"
    established = first(play, "established")
    assert established["max_pdv"] == 16372
    assert established["context"] == {
        "context_id": 1,
        "abstract_syntax": "1.2.840.10008.1.1",
        "transfer_syntaxes": ["1.2.840.10008.1.2"],
        "result": 0,
        "result_text": "Accepted",
        "accepted_transfer_syntax": "1.2.840.10008.1.2",
    }
    sending = first(play, "echo_sending")
    assert sending["elements"][2] == {
        "tag": "00000100",
        "name": "CommandField",
        "vr": "US",
        "bytes": "3000",
        "value": "0x0030 (C-ECHO-RQ)",
    }
    answered = first(play, "echo_answered")
    assert (answered["status"], answered["status_text"], answered["round_trip_ns"]) == (0, "Success", 1000000)


def test_failures() -> None:
    failed = first(rejection(), "failed")
    assert (failed["stage"], failed["failure"], failed["direction"]) == (
        *("associate", "AssociationRejected", "received"),
    )
    assert failed["cause"] == {"type": "Rejection", "result": 1, "source": 1, "reason": 7}
    late = first(timeout(), "failed")
    assert late["cause"] == {
        "type": "DeadlineExpired",
        "waiting_for": "answer to A-ASSOCIATE-RQ",
        "budget": "-ta, ACSE timeout",
        "seconds": 30,
    }
    assert late["sentence"] == "no answer to A-ASSOCIATE-RQ within 30 s (-ta, ACSE timeout)"
    assert first(untrusted(), "failed")["cause"]["kind"] == "untrusted"


def test_a_tls_session() -> None:
    refused = first(wrong_host(), "tls_refused")
    assert refused["host"] == "pacs"
    assert refused["session"]["protocol"] == "TLSv1.3"
    assert bytes.fromhex(refused["session"]["certificate"])[0] == 0x30  # DER


def test_no_password_is_written() -> None:
    play = Playbook(replace(SECURE, tls=TlsSettings("key.pem", "crt.pem", password="hunter2")))
    assert "hunter2" not in "".join(map(json_line, play.records))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_pdu_has_its_bytes_and_its_fields(row: PduRow) -> None:
    sent = json.loads(json_line(Record(0, "sent", events.PduSent(row.kind, row.data()))))
    received = json.loads(json_line(Record(0, "sent", events.PduReceived(row.kind, row.data()[6:]))))
    assert sent == received
    assert (sent["pdu"], sent["bytes"]) == (pdus.PDU_NAMES[row.kind], row.data().hex())
    assert sent["fields"].keys() == row.pdu._asdict().keys()


def test_sub_items_are_told_apart_by_their_types() -> None:
    data = next(row.data() for row in ROWS if "all that can be negotiated" in row.name)
    fields = json.loads(json_line(Record(0, "sent", events.PduSent(1, data))))["fields"]
    assert fields["user_information"][:2] == [
        {"type": "MaximumLength", "value": 16384},
        {"type": "MaximumLength", "value": 0},
    ]
    assert fields["user_information"][-1] == {"type": "UnknownSubItem", "kind": 90, "value": "ff"}


def test_a_pdu_that_breaks_the_standard_has_its_bytes_and_what_is_wrong() -> None:
    record = Record(0, "received", events.PduReceived(pdus.ABORT, b"\0"))
    told = json.loads(json_line(record))
    assert told["bytes"] == "07000000000100"
    assert told["error"] == "A-ABORT has a body of 1 bytes, not 4 (PS3.8 9.3.8)"
    assert "fields" not in told


@given(st.integers(1, 7), st.binary(max_size=200))
def test_whatever_the_peer_sends_is_one_line_of_ascii(kind: int, body: bytes) -> None:
    line = json_line(Record(0, "received", events.PduReceived(kind, body)))
    assert line.isascii()
    assert line.count("\n") == 1
    assert line[:-1].isprintable()


def test_every_event_has_its_name() -> None:
    kinds = {type(record.event) for scene in SCENES.values() for record in scene().records}
    names = {name for name, _ in _EVENTS.values()}
    assert kinds <= _EVENTS.keys()
    assert len(names) == len(_EVENTS) - 1  # a PDU is a PDU, sent or received
    assert set(progress.ProgressEvent.__args__) <= _EVENTS.keys()


def test_the_documentation_names_every_event_and_field() -> None:
    page = (ROOT / "docs" / "trace.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[^|]*) \|[^|]*\|([^|]*)\|$", page, re.MULTILINE)
    documented = {
        name: set(re.findall(r"`(\w+)`", fields))
        for names, fields in rows
        for name in names[1:-1].split("`, `")
    }
    assert documented.keys() == {name for name, _ in _EVENTS.values()}
    common = {"offset_ns", "event", "direction"}
    for scene in SCENES.values():
        for told in objects(scene()):
            if told["event"] != "tls_refused":  # which refers to another row
                assert told.keys() - common <= documented[told["event"]]
