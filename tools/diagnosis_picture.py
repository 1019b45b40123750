"""A diagnosis as a terminal shows it, drawn by the code that shows it: what dcmqrscp says to a stranger.

The guide has the same one as it really happens, which a test runs.
"""

import contextlib
import io
import os
from datetime import UTC, datetime
from unittest import mock

from dcmtool.cli.output import diagnosis_text
from dcmtool.cli.output.echo_command import echo_command
from dcmtool.diagnosis import checklist
from dcmtool.diagnosis.conclusions import findings_of
from dcmtool.diagnosis.evidence import Attempt, Evidence, Inquiry, Lookup
from dcmtool.diagnosis.findings import Seen
from dcmtool.diagnosis.node_words import entries
from dcmtool.errors import Rejection
from dcmtool.settings import EchoRequest, Negotiation, Peer
from dcmtool.verification.report import NegotiatedParameters, Phases, Reply

COMMAND = "dcmtool diagnose -aec ARCHIVE --try-calling CT1 pacs.example.org 104"
_NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
_PEER, _SLOW, _CONNECTED = Peer("pacs.example.org", 104), 1_000_000_000, 300_000
_STRANGER = EchoRequest(_PEER, Negotiation(called_aet="ARCHIVE"))
_KNOWN = EchoRequest(_PEER, Negotiation("CT1", "ARCHIVE"))
_ADDRESS, _SOURCE = "192.0.2.7", "198.51.100.20"  # of documentation (RFC 5737)
_REJECTED = Rejection(1, 1, 7)
_PDU = bytes.fromhex("03000000000400010107")


class _Terminal(io.StringIO):
    """A terminal that shows colours and UTF-8."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def _rejected() -> Attempt:
    seen = (Seen(str(_REJECTED), 1, 12_400_000, _PDU),)
    phases = Phases(resolve=0, connect=_CONNECTED)
    asked = Inquiry.by(_STRANGER)
    return Attempt(
        asked, "associate", _REJECTED, 1, address=_ADDRESS, source=_SOURCE, phases=phases, seen=seen
    )


def _accepted() -> Attempt:
    return Attempt(
        Inquiry.by(_KNOWN),
        "done",
        None,
        2,
        address=_ADDRESS,
        source=_SOURCE,
        phases=Phases(resolve=0, connect=_CONNECTED, associate=4_100_000),
        negotiated=NegotiatedParameters((), 16384, "1.2.276.0.7230010.3.0.3.6.7", "OFFIS_DCMTK_367"),
        replies=(Reply(1, 0, 800_000),),
        experiment="the calling title CT1",
        shows=("calling-title",),
    )


def drawn(columns: int) -> str:
    """Return what is shown on a terminal of so many columns, with its escape sequences."""
    lookup, rejected, accepted = Lookup("ipv4", (_ADDRESS,), took=1_900_000), _rejected(), _accepted()
    evidence = Evidence(_STRANGER, _SLOW, (lookup,), (rejected,), experiments=(accepted,), works=_KNOWN)
    terminal = _Terminal()
    environment = {"COLUMNS": str(columns), "TERM": "xterm", "NO_COLOR": ""}
    with mock.patch.dict(os.environ, environment), contextlib.redirect_stdout(terminal):
        for stage in (checklist.of_lookup(lookup, _SLOW), *checklist.of_attempt(rejected, _SLOW)):
            diagnosis_text.write_stage(stage, "auto")
        diagnosis_text.announce(accepted.experiment, "auto")
        diagnosis_text.write_stage(checklist.again(accepted, _SLOW), "auto")
        works = echo_command(_KNOWN)
        diagnosis_text.write_findings(findings_of(evidence, _NOW), "auto", works, entries(evidence))
    return terminal.getvalue()
