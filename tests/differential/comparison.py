"""How two runs of the same line differ without a documented reason."""

import re
import struct
from collections.abc import Iterator

from tests.differential.differences import ODD_PDU
from tests.differential.lines import Line
from tests.differential.observation import Observation
from tests.peers import wire
from tests.peers.wire import ASSOCIATE_RQ, Pdu

MAXIMUM_LENGTH, IMPLEMENTATION_UID, IMPLEMENTATION_NAME = 0x51, 0x52, 0x55
LEADS = (
    "F: Association Request Failed:",
    "F: Association Rejected:",
    "F: No Acceptable Presentation Contexts",
    "E: Echo Failed:",
    "F: Association Release Failed:",
)


def differences(line: Line, echoscu: Observation, dcmtool: Observation) -> Iterator[str]:
    """Yield each undocumented difference between the two runs."""
    if line.expected is not None:
        wanted = (line.expected.echoscu, line.expected.dcmtool)
        yield from _unequal("exit codes", wanted, (echoscu.code, dcmtool.code))
    if line.refused:
        yield from _refusal(line, echoscu, dcmtool)
    elif line.taken:
        yield from _unequal("connected", (False, True), (echoscu.connected, dcmtool.connected))
    else:
        yield from _unequal("standard output", echoscu.stdout, dcmtool.stdout)
        yield from _unequal("PDUs", _wire(line, echoscu) + _extra(line), _wire(line, dcmtool))
        yield from _COMPARED[line.behaviour.compared](line, echoscu, dcmtool)


def _unequal(what: str, expected: object, actual: object) -> Iterator[str]:
    if expected != actual:
        yield f"{what}:\n    {expected}\n    {actual}"


def _refusal(line: Line, echoscu: Observation, dcmtool: Observation) -> Iterator[str]:
    """Compare runs of a line that dcmtool must not even connect for."""
    yield from _unequal("dcmtool connected", False, dcmtool.connected)
    if not dcmtool.stderr or "Traceback" in dcmtool.stderr:
        yield "dcmtool does not say why"
    if line.expected is None:
        yield from _unequal("echoscu connected", False, echoscu.connected)
        yield from _unequal("exit codes", (True, True), (echoscu.code != 0, dcmtool.code in (1, 20)))


def _wire(line: Line, run: Observation) -> list[object]:
    """Return the PDUs to be compared: the association request by content, all others by their bytes."""
    odd = bool(line.expected and line.expected.row == ODD_PDU)
    return [_request(pdu, odd) if pdu.type == ASSOCIATE_RQ else pdu.data for pdu in run.pdus]


def _request(pdu: Pdu, odd: bool) -> wire.Request:
    """Return the request without what names the program; an odd maximum length as echoscu lowers it."""
    request = wire.parse_request(pdu.body)
    user = [(kind, _anonymous(kind, value, odd)) for kind, value in request.user]
    return request._replace(user=tuple(user))


def _anonymous(kind: int, value: bytes, odd: bool) -> bytes:
    if kind in (IMPLEMENTATION_UID, IMPLEMENTATION_NAME):
        return b"..."
    if kind == MAXIMUM_LENGTH and odd:
        (length,) = struct.unpack(">I", value)
        return struct.pack(">I", length & ~1)
    return value


def _extra(line: Line) -> list[object]:
    return [wire.pdu(kind, bytes(4)) for kind in line.expected.extra] if line.expected else []


def _lines(line: Line, echoscu: Observation, dcmtool: Observation) -> Iterator[str]:
    """Compare all lines."""
    yield from _unequal("standard error", echoscu.talk, dcmtool.talk)


def _status(line: Line, echoscu: Observation, dcmtool: Observation) -> Iterator[str]:
    """Compare all lines but for the words of the status and the failure that echoscu does not report."""
    shown = [[_masked(text) for text in run.talk if not text.startswith("E: ")] for run in (echoscu, dcmtool)]
    yield from _unequal("standard error", *shown)


def _masked(text: str) -> str:
    return re.sub(r"^(I: Received Echo Response) \(.*\)$", r"\1", text)


def _leading_words(line: Line, echoscu: Observation, dcmtool: Observation) -> Iterator[str]:
    """Compare the lines before the failure, and the words that scripts look for in that."""
    before, lead = _until_failure(echoscu)
    ours, our_lead = _until_failure(dcmtool)
    if line.expected and line.expected.warned:
        ours = [text for text in ours if not text.startswith("W: ")]
    yield from _unequal("standard error before the failure", before, ours)
    said_by_us = lead is None and our_lead == "E: Echo Failed:"  # the row QUIET
    if line.expected and line.expected.lead and not said_by_us:
        yield from _unequal("leading words", lead, our_lead)


def _until_failure(run: Observation) -> tuple[list[str], str | None]:
    """Return the lines before the first failure, and its leading words."""
    before: list[str] = []
    for text in run.talk:
        if text.startswith(("F: ", "E: ")):
            return before, next((lead for lead in LEADS if text.startswith(lead)), text)
        before.append(text)
    return before, None


_COMPARED = {"lines": _lines, "status": _status, "leading words": _leading_words}
