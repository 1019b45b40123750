"""Logs of programs that use pynetdicom, its own among them."""

import re

from dcmtool.capture.logs.dcmtk import DcmtkLog
from dcmtool.capture.logs.dumps import Dump
from dcmtool.capture.logs.message import FIELDS, LoggedMessage
from dcmtool.capture.logs.reader import Sentences
from dcmtool.capture.logs.sentences import abort_of, rejection_of

# Another thread dumps them, before the sentences about what came earlier.
_OF_ANOTHER_THREAD = tuple(FIELDS[f"C-{name}-RSP"] for name in ("FIND", "MOVE", "GET"))


class PynetdicomLog(DcmtkLog):
    """Reads what pynetdicom's loggers tell at INFO and DEBUG."""

    SENTENCES: Sentences = (
        ("requesting", r"Requesting Association"),
        ("accepted", r"Association Accepted"),
        ("accepting", r"Accepting Association"),
        ("rejecting", r"Rejecting Association"),
        ("over", r"Association Released"),
        ("releasing", r"Releasing Association"),
        ("unconnected", r"unable to connect to remote"),
        ("provider_aborted", r"Association Aborted"),
        ("aborting", r"Aborting Association"),
        ("lost", r"Connection closed while waiting for DIMSE message"),
    )

    def _take_dump(self, dump: Dump) -> None:
        last = self._last()
        if dump.name == "A-ASSOCIATE-RJ" and last is not None:
            fields = dump.fields
            answer = rejection_of(*(fields.get(name, "") for name in ("Result", "Source", "Reason")))
            last.reject(answer, self._at)
            self._end()
        elif dump.name == "A-ABORT" and last is not None:
            sender = self._sender(bool(dump.is_incoming))
            fields = dump.fields
            last.abort(
                sender,
                self._at,
                *abort_of(fields.get("Abort Source", ""), fields.get("Abort Reason", "")),
            )
            self._end()
        else:
            super()._take_dump(dump)

    def _comes_late(self, message: LoggedMessage) -> bool:
        return message.field in _OF_ANOTHER_THREAD

    def _begun_request(self) -> None:
        """The sentence comes before the block."""
        self._begin("requestor")

    def _accepting(self, *_: object) -> None:
        last = self._last("acceptor")
        if last is None or last.is_accepted:
            last = self._begin("acceptor")
        last.accept(self._at)

    def _rejecting(self, *_: object) -> None:
        """The numbers follow, where blocks are told."""
        if self._last("acceptor") is None:
            self._begin("acceptor")

    def _over(self, *_: object) -> None:
        if last := self._last():
            last.release("requestor" if last.kept_by == "acceptor" else "acceptor", self._at)
            self._end()

    def _provider_aborted(self, line: str, _: re.Match[str]) -> None:
        if last := self._last():
            sender = self._sender(is_incoming=True)
            last.abort(sender, self._at, *((2, 0) if "A-P-ABORT" in line else (0, 0)))
            self._end()

    def _lost(self, *_: object) -> None:
        if last := self._last():
            last.close(self._sender(is_incoming=True), "closed", self._at)
            self._end()
