"""The blocks that DCMTK and pynetdicom print of PDUs and of messages: their parameters by name.

A block begins and ends with a ruler, and each of its lines may have the log's own beginning.
"""

import re

from dcmtool.capture.logs.association import SideParameters
from dcmtool.capture.logs.message import FIELDS, PENDING, LoggedMessage
from dcmtool.capture.logs.names import uid_of
from dcmtool.upper_layer.contexts import ACCEPTANCE, RESULTS
from dcmtool.upper_layer.pdus import ContextResult, ProposedContext

MOST_LINES = 1 << 15  # of a block; one of 128 contexts with as many transfer syntaxes each has half of it
_MOST_CONTEXTS = 128  # and transfer syntaxes of one: there are as many odd numbers (PS3.8 7.1.1.13)
_OF_QUERIES = tuple(FIELDS[f"C-{name}-RSP"] for name in ("FIND", "MOVE", "GET"))
_RULER = re.compile(r"(?<!=)={3,40} (BEGIN|INCOMING|OUTGOING) ([A-Z -]{1,40}?)(?: PDU)? =+\s*$")
_END = re.compile(r"(?<!=)={3,40} END [A-Z -]{1,40} =+\s*$")
_FIELD = re.compile(
    r"(?:^|\s)((?:Our|Their) (?:Implementation (?:Class UID|Version Name)|Max PDU Receive Size)"
    r"|(?:Calling|Called) Application Name|Context ID|Abstract Syntax|Accepted Transfer Syntax"
    r"|Message Type|Presentation Context ID|Message ID Being Responded To|Message ID"
    r"|Affected SOP Class UID|Requested SOP Class UID|Move Destination|Data Set|Identifier"
    r"|(?:DIMSE )?Status|(?:Remaining|Completed|Failed|Warning) Sub-?operations"
    r"|Result|Source|Reason|Abort Source|Abort Reason)\s*:\s*(.*?)\s*$"
)
_SYNTAX = re.compile(r"(?:^|\s)=([^=\s].*?)\s*$")
_CONTEXT = re.compile(r"(\d+) +\((?:Rejected - )?(.*)\)")
_HEX = re.compile(r"0x([0-9A-Fa-f]{4})")
_RESULTS = {text.lower(): number for number, text in RESULTS.items()}
_NO_REASON = 2  # a refusal in other words
_SUBOPERATIONS = ("Remaining", "Completed", "Failed", "Warning")


def begins(text: str) -> "Dump | None":
    """Return the block that a line begins, if it does."""
    found = _RULER.search(text) if "====" in text else None
    return Dump(found[2], found[1]) if found else None


class Dump:
    """A block: its `name`, such as A-ASSOCIATE-RQ, and whether it came in or went out, if it says so."""

    def __init__(self, name: str, direction: str) -> None:
        self.name = name
        self.is_incoming = {"INCOMING": True, "OUTGOING": False}.get(direction)
        self.fields: dict[str, str] = {}
        self._lines = 0
        self._contexts: list[tuple[int, str, list[str], list[str]]] = []

    def add(self, text: str) -> bool:
        """Take a line; return whether it ended the block."""
        self._lines += 1
        if ("====" in text and _END.search(text)) or self._lines > MOST_LINES:
            return True
        if found := _FIELD.search(text):
            self._take(found[1], found[2])
        elif self._contexts and (found := _SYNTAX.search(text)):
            syntaxes = self._contexts[-1][3]
            if len(syntaxes) < _MOST_CONTEXTS:
                syntaxes.append(uid_of(found[1]))
        return False

    def _take(self, name: str, value: str) -> None:
        if name == "Context ID":
            found = _CONTEXT.match(value)
            if found and len(self._contexts) < _MOST_CONTEXTS and 0 < int(found[1][:4]) < 256:
                self._contexts.append((int(found[1]), found[2].strip().lower(), [], []))
        elif self._contexts and name == "Abstract Syntax":
            self._contexts[-1][2][:] = [uid_of(value)]
        elif self._contexts and name == "Accepted Transfer Syntax":
            self._contexts[-1][3][:] = [uid_of(value)]
        else:
            self.fields.setdefault(name, value[:256])

    # What it says -----------------------------------------------------------------------------------

    def proposed(self) -> tuple[ProposedContext, ...]:
        """Return the contexts as they were proposed; in a block of the answer, as far as it tells."""
        return tuple(
            ProposedContext(number, "".join(abstract), tuple(syntaxes))
            for number, _, abstract, syntaxes in self._contexts
        )

    def results(self) -> tuple[ContextResult, ...]:
        """Return what the contexts came to."""
        return tuple(
            ContextResult(number, _result(words), "".join(syntaxes[:1]))
            for number, words, _, syntaxes in self._contexts
            if words != "proposed"
        )

    def parameters(self, whose: str) -> SideParameters:
        """Return what a side said of itself: `Our` or `Their`."""
        size = self.fields.get(f"{whose} Max PDU Receive Size", "")
        return SideParameters(
            self.fields.get(f"{whose} Implementation Class UID", ""),
            self.fields.get(f"{whose} Implementation Version Name", ""),
            _whole(size, 1 << 32),
        )

    def message(self) -> LoggedMessage | None:
        """Return the message; None if it is of no kind that there is."""
        field = FIELDS.get(self.fields.get("Message Type", "").replace(" ", "-"))
        if field is None:
            return None
        status = self.fields.get("DIMSE Status") or self.fields.get("Status", "")
        number = self._number("Message ID Being Responded To")
        sop_class = self.fields.get("Affected SOP Class UID") or self.fields.get(
            "Requested SOP Class UID", ""
        )
        data_set = self.fields.get("Data Set") or self.fields.get("Identifier", "")
        number_of_status = int(found[1], 16) if (found := _HEX.match(status)) else None
        # dcmqrscp announces a data set with every response, though only the matches of a C-FIND have one.
        has_none = field in _OF_QUERIES and number_of_status not in PENDING
        return LoggedMessage(
            field,
            None,
            self._number("Presentation Context ID"),
            self._number("Message ID") if number is None else number,
            "" if sop_class.lower() == "none" else uid_of(sop_class),
            number_of_status,
            data_set.lower() == "present" and not has_none,
            self.fields.get("Move Destination", ""),
            self._suboperations(),
        )

    def _number(self, name: str) -> int | None:
        return _whole(self.fields.get(name, ""), 1 << 16)

    def _suboperations(self) -> tuple[int | None, ...]:
        counts = tuple(self._number(f"{each} Suboperations") for each in _SUBOPERATIONS)
        return counts if any(count is not None for count in counts) else ()


def _whole(text: str, limit: int) -> int | None:
    """Return a whole number below a limit."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else limit
    return number if number < limit else None


def _result(words: str) -> int:
    return ACCEPTANCE if words == "accepted" else _RESULTS.get(words, _NO_REASON)
