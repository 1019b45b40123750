"""What is known of one side's bytes on a connection between two others."""

from collections.abc import Iterator

from dcmtool.association.observed import Side
from dcmtool.capture.protocols import Followed, PduSearch, begins_pdu, named
from dcmtool.text import brief, counted, decoded
from dcmtool.upper_layer.pdus import P_DATA_TF

_TITLES = slice(10, 42)  # where they are in an A-ASSOCIATE-RQ: called, calling (PS3.8 9.3.2)
SHOWN = 64  # bytes of what a side sent first


class ObservedSide:
    """What one side sends: how much, what it speaks once that is known, and what is held until then."""

    __slots__ = (
        *("bytes", "ended", "held", "holes", "is_judged", "is_late", "missing", "retransmitted", "role"),
        *("room", "search", "speaks", "start", "to_skip", "was_proxied"),
    )

    def __init__(self, role: Side) -> None:
        self.role: Side = role
        self.bytes = self.missing = self.retransmitted = 0
        self.start, self.room = b"", SHOWN  # the first bytes, and how many there may be
        self.is_late = False  # whether others had come before those
        self.speaks: Followed | None = None
        self.held = b""  # at most as long as the longest header that tells what is spoken
        self.to_skip = 0  # bytes of a header of the PROXY protocol
        self.was_proxied = self.ended = False
        self.is_judged = False  # by the association, though it does not look like DICOM
        self.search: PduSearch | None = None  # after a hole, for where to read on
        self.holes = 0  # after each of which there was a search

    def miss(self, count: int) -> None:
        """Take note of bytes that were not seen."""
        self.missing += count
        self.is_late = self.is_late or not self.start
        self.room = len(self.start) or self.room

    def begin_with_answer(self) -> None:
        """Take it that nothing was sent before what was seen, as the other side's first bytes are a request.

        What comes before an answer is a greeting, of another protocol.
        """
        if self.speaks is None and not self.missing and (not self.start or named(self.start) != "unknown"):
            self.search, self.is_late = None, False
            self.speaks = "other" if self.start else None

    def beginning(self) -> bytes:
        """Return the first bytes, but nothing where they may be of a data set: in the middle of one."""
        begins = self.speaks == "tls" or (begins_pdu(self.start) and self.start[0] != P_DATA_TF)
        return self.start if begins or not self.is_late else b""

    def cut_request(self) -> Iterator[str]:
        """Yield who called whom in an A-ASSOCIATE-RQ that could not be read whole (PS3.8 9.3.2)."""
        if self.start[:2] == b"\1\0" and len(self.start) >= _TITLES.stop:
            called, calling = (
                brief(decoded(self.start[at : at + 16]).strip(" \0"))
                for at in range(_TITLES.start, _TITLES.stop, 16)
            )
            yield f"the A-ASSOCIATE-RQ could not be read whole; in it '{calling}' calls '{called}'"

    def losses(self) -> Iterator[str]:
        """Yield what was not seen of what belongs to an association."""
        if not self.missing or self.speaks not in ("dicom", None):
            return
        count = counted(self.missing, "byte")
        verb = "is" if self.missing == 1 else "are"
        missing = f"of what the {self.role} sent, {count} {verb} not in the capture"
        if not self.holes:
            yield f"{missing}; they are of data sets, and counted"
        elif self.search is None:
            yield f"{missing}; PDUs were lost in {counted(self.holes, 'place')}"
        else:
            yield f"{missing}; nothing could be read after them"
