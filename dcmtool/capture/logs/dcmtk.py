"""Logs of DCMTK's programs, as they write them when they are verbose or debug."""

import re

from dcmtool.capture.logs.reader import LogReader, Sentences
from dcmtool.capture.logs.sentences import rejection_for
from dcmtool.upper_layer.pdus import AssociateRj

_CALLS = re.compile(r"Association Received \((.*?):(.*?) -> (.*)\)")


class DcmtkLog(LogReader):
    """Reads what echoscu, storescu, findscu, movescu, getscu, storescp and dcmqrscp tell."""

    SENTENCES: Sentences = (
        ("connected", r"Association Received: \S"),
        ("received", r"Association Received(?: \(| in child process|\s*$)|Sub-Association Received"),
        ("requesting", r"Requesting (?:Sub-)?Association"),
        ("negotiated", r"Association Parameters Negotiated:"),
        ("accepted", r"Association Accepted \("),
        ("acknowledged", r"Association Acknowledged \("),
        ("refusing", r"Refusing Association|Association Rejected: "),
        ("released", r"Association Release\s*$|Association Released"),
        ("releasing", r"Releasing (?:Sub-)?Association"),
        ("unconnected", r"TCP Initiali[sz]ation Error"),
        ("peer_aborted", r"Peer [Aa]borted Association"),
        ("aborted", r"Association Aborted"),
        (
            "aborting",
            r"Aborting Association|aborting (?:sub-)?association|No Acceptable Presentation Contexts",
        ),
    )

    def _connected(self, line: str, _: re.Match[str]) -> None:
        self._host = line.partition("Association Received: ")[2].strip()[:256]

    def _received(self, line: str, _: re.Match[str]) -> None:
        association = self._begun("acceptor")
        if found := _CALLS.search(line):
            association.calling, association.called = found[2], found[3]

    def _requesting(self, *_: object) -> None:
        self._begun_request()

    def _begun_request(self) -> None:
        """The sentence comes behind the block, where there is one."""
        last = self._last("requestor")
        if last is None or last.is_accepted:
            self._begin("requestor")
        else:
            last.began = self._at

    def _negotiated(self, *_: object) -> None:
        """What follows is the answer to us."""

    def _accepted(self, *_: object) -> None:
        if last := self._last("requestor"):
            last.accept(self._at)

    def _acknowledged(self, *_: object) -> None:
        if last := self._last("acceptor"):
            last.accept(self._at)

    def _refusing(self, line: str, _: re.Match[str]) -> None:
        if last := self._last("acceptor"):
            last.reject(self._rejection_for(line), self._at)
            self._end()

    def _rejection_for(self, line: str) -> AssociateRj:
        return rejection_for(line)

    def _released(self, *_: object) -> None:
        if last := self._last("acceptor"):
            last.release("requestor", self._at)
            self._end()

    def _releasing(self, *_: object) -> None:
        if last := self._last("requestor"):
            last.release("requestor", self._at)
            self._end()

    def _unconnected(self, *_: object) -> None:
        if last := self._last("requestor"):
            last.refuse(self._at)
            self._end()

    def _peer_aborted(self, *_: object) -> None:
        if last := self._last():
            last.abort("acceptor" if last.kept_by == "requestor" else "requestor", self._at)
            self._end()

    def _aborted(self, *_: object) -> None:
        if last := self._last("acceptor"):
            last.abort("requestor", self._at)
            self._end()

    def _aborting(self, *_: object) -> None:
        if last := self._last():
            last.abort(last.kept_by, self._at)
            self._end()
