"""Logs of Orthanc, as it writes them when it is verbose, or traces DICOM."""

import re

from dcmtool.association.observed import Side
from dcmtool.capture.connection import Endpoint
from dcmtool.capture.logs.dcmtk import DcmtkLog
from dcmtool.capture.logs.dumps import Dump
from dcmtool.capture.logs.reader import LONGEST, Sentences

_MOST_OPEN = 256  # associations at the same time; by default Orthanc has 4
_CALLER = re.compile(r"\bAET (\S.{0,15}?) on IP (\S+?)(?:[,:]|\s|$)")
_CALLED = re.compile(r"calling AET (\S.{0,15}?)\s*$")
_BAD_CALLED = re.compile(r"bad called AET in the request \((.*)\)")


class OrthancLog(DcmtkLog):
    """Reads what Orthanc tells: as a server in its own words, as a client in those of DCMTK."""

    SENTENCES: Sentences = (
        ("connected", r"Association Received: \S"),
        ("received", r"Association Received from AET"),
        ("calls", r"Incoming connection from AET"),
        ("negotiated", r"Association Parameters Negotiated:"),
        ("acknowledged", r"Association Acknowledged \("),
        ("refusing", r"Rejected association"),
        ("released", r"Association Release with AET"),
        ("aborting", r"aborting association with AET"),
        ("aborted", r"Association Aborted with AET"),
        ("accepted", r"Association Accepted \("),
        ("releasing", r"Releasing Association"),
        ("unconnected", r"TCP Initiali[sz]ation Error"),
        ("opening", r"Opening a DICOM SCU connection from AET"),
    )

    _kept: tuple[Dump, int] | None = None  # a message, until the sentence about it tells whose it is

    def _take(self, line: str) -> None:
        """Turn to the association that a sentence names: several may go on at the same time."""
        if self._dump is None and " on IP " in line and (found := _CALLER.search(line[:LONGEST])):
            self._turn_to(*found.groups())
            if "Finishing association" in line or "aborting association" in line:
                self._finish()
        super()._take(line)

    def _turn_to(self, title: str, address: str) -> None:
        for at in range(len(self._open) - 1, -1, -1):
            each = self._open[at]
            if each.calling == title and each.requestor.address in ("", address):
                self._open.append(self._open.pop(at))
                return

    def _make_room(self, kept_by: Side) -> None:  # noqa: ARG002 - of each role there are several
        if len(self._open) == _MOST_OPEN:
            self._done.append(self._open.pop(0))

    def _take_command(self, dump: Dump) -> None:
        self._finish()
        if dump.is_incoming:
            self._kept = dump, self._at
        else:
            super()._take_command(dump)

    def _finish(self) -> None:
        if self._kept is not None and self._open:
            (dump, at), self._kept = self._kept, None
            now, self._at = self._at, at
            super()._take_command(dump)
            self._at = now

    def _is_told(self, verb: str) -> bool:
        """An incoming request is told twice, and before that by its dump, if there is one."""
        has_dump = self._kept is not None
        if verb == "Incoming":
            self._finish()
        return verb == "Received" or has_dump

    def _received(self, line: str, _: re.Match[str]) -> None:
        """The sentence comes behind the block, where there is one."""
        association = self._last("acceptor")
        if association is None or association.is_accepted or not association.proposed:
            association = self._begin("acceptor")
        if found := _CALLER.search(line):
            association.calling = association.calling or found[1]
            association.requestor = Endpoint(found[2])

    def _calls(self, line: str, _: re.Match[str]) -> None:
        last = self._last("acceptor")
        if last is not None and (found := _CALLED.search(line)):
            last.called = last.called or found[1]

    def _refusing(self, line: str, found: re.Match[str]) -> None:
        last = self._last("acceptor")
        if last is not None and (named := _BAD_CALLED.search(line)):
            last.called = last.called or named[1]
        super()._refusing(line, found)

    def _opening(self, *_: object) -> None:
        self._begin("requestor")
