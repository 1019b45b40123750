"""The trace file: stable names, every event, all bytes, no secret, only ASCII; and what is read equals it."""

import json
from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtool import events
from dcmtool.settings import TlsSettings
from dcmtool.trace.json_lines import EVENTS, header, json_line, read
from dcmtool.upper_layer import pdus
from tests.trace.scenes import SCENES, SECURE, rejection, success, timeout, untrusted, wrong_host
from tests.trace.told import event
from tests.upper_layer.pdu_table import ROWS
from tests.upper_layer.pdu_table import Row as PduRow
from tests.verification.playbook import Playbook

HEADER = header("0.1.0")


def objects(play: Playbook) -> list[dict[str, Any]]:
    """Return the objects of a run."""
    return [json.loads(json_line(each)) for each in play.events]


def first(play: Playbook, name: str) -> dict[str, Any]:
    """Return the first object of an event."""
    return next(each for each in objects(play) if each["event"] == name)


def written(what: events.What) -> dict[str, Any]:
    """Return the object of what happened."""
    document: dict[str, Any] = json.loads(json_line(event(what)))
    return document


def again(*happened: events.Event) -> list[events.Event]:
    """Return events written and read."""
    return list(read([HEADER, *map(json_line, happened)]))


# What is written --------------------------------------------------------------------------------------


def test_the_first_line_names_format_and_version() -> None:
    assert json.loads(HEADER) == {"schema": "dcmtool.trace/1", "version": "0.1.0"}


def test_a_success_from_beginning_to_end() -> None:
    told = objects(success())
    assert [(each["event"], each["sender"]) for each in told] == [
        ("state_changed", None),
        ("requesting", None),
        ("transport_opened", None),
        ("associating", None),
        ("state_changed", None),
        ("pdu", "local"),
        ("timer_started", None),
        ("pdu", "peer"),
        ("state_changed", None),
        ("negotiated", "peer"),
        ("timer_stopped", None),
        ("established", "peer"),
        ("echo_sending", "local"),
        ("state_changed", None),
        ("pdu", "local"),
        ("pdu", "peer"),
        ("state_changed", None),
        ("message_received", "peer"),
        ("echo_answered", "peer"),
        ("releasing", "local"),
        ("state_changed", None),
        ("pdu", "local"),
        ("timer_started", None),
        ("pdu", "peer"),
        ("state_changed", None),
        ("timer_stopped", None),
    ]
    offsets = [each["offset_ns"] for each in told]
    assert offsets == sorted(offsets)
    assert offsets[0] == 0
    assert len({each["association"] for each in told}) == 1


def test_the_fields_of_events() -> None:
    play = success()
    assert first(play, "state_changed") == {
        "association": play.events[0].association.number,
        "role": "requestor",
        "started": "2026-11-24T12:00:00.000000Z",
        "origin_ns": 0,
        "offset_ns": 0,
        "sender": None,
        "event": "state_changed",
        "cause": {"number": 1, "name": "ASSOCIATE_REQUEST"},
        "action": "AE-1",
        "before": {"number": 1, "name": "IDLE"},
        "after": {"number": 4, "name": "AWAITING_TRANSPORT_OPEN"},
    }
    requesting = first(play, "requesting")
    assert requesting["peer"] == {"host": "pacs", "port": 104, "family": "auto"}
    assert (requesting["secured"], requesting["associate"]["calling_aet"]) == (False, "ECHOSCU")
    established = first(play, "established")
    assert established["max_pdv"] == 16372
    assert established["context"] == {
        "proposed": {
            "context_id": 1,
            "abstract_syntax": "1.2.840.10008.1.1",
            "transfer_syntaxes": ["1.2.840.10008.1.2"],
        },
        "result": 0,
        "transfer_syntax": "1.2.840.10008.1.2",
        "result_text": "Accepted",
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
    assert (answered["response"]["status_text"], answered["round_trip_ns"]) == ("Success", 1000000)


def test_failures() -> None:
    failed = first(rejection(), "failed")
    assert failed["failure"] == {
        "type": "AssociationRejected",
        "stage": "associate",
        "cause": {"type": "Rejection", "result": 1, "source": 1, "reason": 7},
    }
    assert failed["sender"] == "peer"
    late = first(timeout(), "failed")
    assert late["failure"]["cause"] == {
        "type": "DeadlineExpired",
        "waiting_for": "answer to A-ASSOCIATE-RQ",
        "budget": "acse",
        "seconds": 30,
        "partial": "",
    }
    assert late["sentence"] == "no answer to A-ASSOCIATE-RQ within 30 s (timeouts.acse)"
    assert first(untrusted(), "failed")["failure"]["cause"]["kind"] == "untrusted"


def test_a_tls_session() -> None:
    refused = first(wrong_host(), "tls_refused")
    assert refused["host"] == "pacs"
    assert refused["session"]["protocol"] == "TLSv1.3"
    assert bytes.fromhex(refused["session"]["certificate"])[0] == 0x30  # DER


def test_no_password_is_written() -> None:
    play = Playbook(replace(SECURE, tls=TlsSettings("key.pem", "crt.pem", password="hunter2")))
    assert "hunter2" not in "".join(map(json_line, play.events))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_pdu_has_its_bytes_and_its_fields(row: PduRow) -> None:
    pdu = events.Pdu(row.kind, row.data())
    told = written(pdu)
    assert (told["pdu"], told["data"]) == (pdus.PDU_NAMES[row.kind], row.data().hex())
    assert told["fields"].keys() == row.pdu._asdict().keys()
    assert again(event(pdu)) == [event(pdu)]


def test_sub_items_are_told_apart_by_their_types() -> None:
    data = next(row.data() for row in ROWS if "all that can be negotiated" in row.name)
    fields = written(events.Pdu(1, data))["fields"]
    assert fields["user_information"][:2] == [
        {"type": "MaximumLength", "value": 16384},
        {"type": "MaximumLength", "value": 0},
    ]
    assert fields["user_information"][-1] == {"type": "UnknownSubItem", "kind": 90, "value": "ff"}


@pytest.mark.parametrize(
    ("pdu", "name", "error"),
    [
        (events.Pdu(7, bytes.fromhex("07000000000100")), "A-ABORT", "A-ABORT has a body of 1 bytes, not 4"),
        (events.Pdu(9, b"\t\0"), None, "09H is the type of no PDU"),
    ],
)
def test_a_pdu_that_breaks_the_standard_has_its_bytes_and_what_is_wrong(
    pdu: events.Pdu, name: str | None, error: str
) -> None:
    told = written(pdu)
    assert (told["pdu"], told["data"], told["fields"]) == (name, pdu.data.hex(), None)
    assert told["error"].startswith(error)
    assert again(event(pdu)) == [event(pdu)]


def test_a_command_that_cannot_be_decoded_has_its_bytes() -> None:
    told = written(events.EchoSending(1, 1, b"\0"))
    assert (told["command"], told["elements"]) == ("00", None)


@given(st.integers(1, 7), st.binary(max_size=200))
def test_whatever_the_peer_sends_is_one_line_of_ascii(kind: int, data: bytes) -> None:
    happened = event(events.Pdu(kind, data), "peer")
    line = json_line(happened)
    assert line.isascii()
    assert line.count("\n") == 1
    assert line[:-1].isprintable()
    assert again(happened) == [happened]


def test_every_event_has_its_name() -> None:
    assert set(EVENTS.values()) == set(get_args(events.What))
    assert {type(each.what) for scene in SCENES.values() for each in scene().events} <= set(EVENTS.values())
