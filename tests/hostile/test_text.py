"""Whatever steers or deceives a terminal, in every field that a peer can set: no output has it raw."""

import re
import struct
from pathlib import Path

import pytest

from dcmtool.cli.main import main
from tests.peers import wire
from tests.peers.scripted import ScriptedPeer, Step
from tests.peers.vocabulary import Accept, EchoResponseWith, ExpectPdu, Raw, Reject, ReleaseResponse, Serve

ATTACKS = {
    "escapes": b"\x1b[2J\x1b]0;owned\x07\x1b[66;66H",
    "controls": b"\x9b2J\x9d0;x\x9cab\x08\x7f",
    "lines": b"x\rforged\nE: forged\r\nF: forged",
    "NUL": b"a\0b\0",
    "bidi": "a\u202egnp\u2066x\u2028E: forged".encode(),
    "markup": b"[bold red]forged[/] [link=file:///]x",
}


def _answer(title: bytes, uid: bytes, *subs: bytes) -> Step:
    head = struct.pack(">H2x16s16s32s", 1, title[:16].ljust(16), title[:16].ljust(16), title.ljust(32)[:32])
    result = wire.item(0x21, bytes([1, 0, 0, 0]) + wire.item(0x40, wire.IMPLICIT_LITTLE_ENDIAN.encode()))
    user = wire.item(0x50, wire.item(0x51, struct.pack(">I", 16384)) + b"".join(subs))
    return Raw(wire.pdu(wire.ASSOCIATE_AC, head + wire.item(0x10, uid) + result + user))


def _scripts(text: bytes) -> dict[str, tuple[Step, ...]]:
    """Return a script for each field."""
    asked = ExpectPdu(wire.ASSOCIATE_RQ)
    done = Serve()
    even = text + b" " * (len(text) % 2)
    elements = (0x0902, 0x0901, 0x0903, 0x0002, 0x1000, 0x1030, 0x99990010)
    selection = struct.pack(">H", len(text)) + text
    return {
        "titles": (asked, _answer(text, b"1.2.3"), done),
        "application context": (asked, _answer(b"A", text), done),
        "implementation class": (asked, _answer(b"A", b"1.2.3", wire.item(0x52, text)), done),
        "implementation version": (asked, _answer(b"A", b"1.2.3", wire.item(0x55, text)), done),
        "role selection": (asked, _answer(b"A", b"1.2.3", wire.item(0x54, selection + b"\1\1")), done),
        "extended negotiation": (asked, _answer(b"A", b"1.2.3", wire.item(0x56, selection + text)), done),
        "common negotiation": (asked, _answer(b"A", b"1.2.3", wire.item(0x57, selection + selection)), done),
        "user identity": (asked, _answer(b"A", b"1.2.3", wire.item(0x59, selection)), done),
        "an unknown item": (asked, _answer(b"A", b"1.2.3", wire.item(0x99, text)), done),
        "transfer syntax": (Accept(transfer_syntax=text.decode("ascii", "replace")), done),
        "no PDU": (asked, Raw(text)),
        "no message": (Accept(), ExpectPdu(wire.P_DATA), Raw(wire.p_data(1, text))),
        "late bytes": (Accept(), Serve(), Raw(text)),
        "rejection": (Reject(text[0], text[1], text[0]),),
    } | {
        f"element {tag:08X}": (Accept(), EchoResponseWith(((tag, even),)), ReleaseResponse())
        for tag in elements
    }


FORMS = {
    "plain": [],
    "verbose": ["-v"],
    "debug": ["-d"],
    "trace": ["-ll", "trace"],
    "terminal": ["-d", "--color", "always"],
    "json": ["--output", "json", "-d"],
    "ndjson": ["--output", "ndjson", "-d"],
    "nagios": ["--output", "nagios", "-v"],
    "trace file": ["--trace-file", "trace.ndjson"],
}
_CONTROLS = ((0, 0x20), (0x7F, 0xA0), (0x200E, 0x2010), (0x2028, 0x202F), (0x2066, 0x206A))
_NEVER = {chr(code) for bounds in _CONTROLS for code in range(*bounds)}
_OWN = re.compile("\x1b\\[[0-9;]*m")  # the colours of the terminal's rendering


def _raw(text: str) -> set[str]:
    return {char for char in text if char in _NEVER and char != "\n"}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("form", FORMS)
def test_nothing_is_raw(
    form: str, attack: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for field, script in _scripts(ATTACKS[attack]).items():
        with ScriptedPeer(*script) as peer:
            main(["echo", "-ta", "1", "-td", "1", *FORMS[form], peer.host, str(peer.port)])
        out, err = capfd.readouterr()
        written = out + err
        if form == "trace file":
            written += (tmp_path / "trace.ndjson").read_text(encoding="utf-8")
        assert _raw(_OWN.sub("", written) if form == "terminal" else written) == set(), field
        assert not [line for line in written.split("\n") if line.startswith(("E: forged", "F: forged"))], (
            field
        )
