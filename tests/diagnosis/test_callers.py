"""The table of findings about callers: each whole, of use, and with a page of its own."""

import re
from string import Formatter

import pytest

from dcmtool.advice import SENTENCES
from dcmtool.diagnosis.callers.first_bytes import begins_tls, other_protocol, proxy_version
from dcmtool.diagnosis.callers.table import ALTERNATIVES, CALLERS
from dcmtool.diagnosis.definition import Definition
from dcmtool.diagnosis.findings import FINDINGS

every_finding = pytest.mark.parametrize(("name", "definition"), CALLERS.items(), ids=CALLERS)


def test_the_ids_are_no_others() -> None:
    assert not CALLERS.keys() & FINDINGS.keys()
    assert {*ALTERNATIVES, *(each for others in ALTERNATIVES.values() for each in others)} <= CALLERS.keys()


@every_finding
def test_a_finding_is_a_sentence_with_advice_and_a_clause(name: str, definition: Definition) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)+", name)
    assert re.match(r"[a-z{]", definition.sentence)
    assert not definition.sentence.endswith(".")
    assert any(field == "caller" for _, field, _, _ in Formatter().parse(definition.sentence))
    assert definition.advice
    assert {*definition.advice} <= SENTENCES.keys()
    assert definition.clause
    assert definition.actor in ("us", "node", "network")


@every_finding
def test_what_has_alternatives_is_not_certain(name: str, definition: Definition) -> None:
    others = ALTERNATIVES.get(name, ())
    assert name not in others
    assert definition.certainty != "certain" or not others


@pytest.mark.parametrize(
    ("start", "version"),
    [
        (b"", None),
        (b"P", None),
        (b"PRO", 1),
        (b"PROXY UNKNOWN\r\n", 1),
        (b"PROPFIND /", None),
        (b"\r\n\r\n", None),
        (b"\r\n\r\n\0\r\nQUIT\n\x21\x11", 2),
        (b"\r\n\r\n\0\r\nQUIX", None),
    ],
)
def test_proxy_headers(start: bytes, version: int | None) -> None:
    assert proxy_version(start) == version


@pytest.mark.parametrize(
    ("start", "is_tls"),
    [(b"", False), (b"\x16", True), (b"\x16\x03\x01", True), (b"\x16\x04", False), (b"\x80\x2e\1\3\1", True)],
)
def test_what_begins_tls(start: bytes, is_tls: bool) -> None:
    assert begins_tls(start) is is_tls


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (b"", None),
        (b"\1\0\0\0\0\xcd", None),
        (b"\5\0\0\0\0\4\0\0\0\0", None),
        (b"\3\0\0\0\0\4\0\1\1\1", None),
        (b"GET /", "speaks HTTP"),
        (b"GETAWAY", None),
        (b"OPTIONS sip:a", "speaks SIP"),
        (b"OPTIONS / RTSP/1.0", "speaks RTSP"),
        (b"MSH|^~", "speaks HL7 (MLLP)"),
        (b"\xff\xfb\x1f", "speaks Telnet"),
        (b"\r\n\r\n", "sends blank lines, as scanners do,"),
    ],
)
def test_other_protocols(start: bytes, words: str | None) -> None:
    assert other_protocol(start) == words
