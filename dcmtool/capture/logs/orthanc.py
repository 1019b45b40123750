"""Logs of Orthanc, as it writes them when it is verbose, or traces DICOM."""

import re

from dcmtool.capture.connection import Endpoint
from dcmtool.capture.logs.dcmtk import DcmtkLog
from dcmtool.capture.logs.dumps import Dump
from dcmtool.capture.logs.reader import Sentences

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

    _has_dump = False  # of the message whose sentences follow

    def _take_command(self, dump: Dump) -> None:
        super()._take_command(dump)
        self._has_dump = bool(dump.is_incoming)

    def _is_told(self, verb: str) -> bool:
        """An incoming request is told twice, a third time by its dump if there is one."""
        has_dump, self._has_dump = self._has_dump, False
        return verb == "Received" or has_dump

    def _received(self, line: str, _: re.Match[str]) -> None:
        """The sentence comes behind the block, where there is one."""
        association = self._last("acceptor")
        if association is None or association.is_accepted:
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
