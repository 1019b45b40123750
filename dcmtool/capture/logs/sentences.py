"""Statuses, rejections and aborts in the words of logs, as numbers (PS3.7 Annex C, PS3.8 9.3.4, 9.3.8)."""

import re

from dcmtool.capture.logs.association import UNKNOWN
from dcmtool.dimse.status import SUCCESS
from dcmtool.upper_layer.pdus import AssociateRj

# The words of DCMTK's statuses without the numbers, in the order of dcmnet's own.
_STATUSES = {
    "success": SUCCESS,
    "pending": 0xFF00,
    "pending: warningunsupportedoptionalkeys": 0xFF01,
    "cancel": 0xFE00,
    "refused: outofresources": 0xA700,
    "refused: outofresourcesnumberofmatches": 0xA701,
    "refused: outofresourcessuboperations": 0xA702,
    "refused: sopclassnotsupported": 0x0122,
    "refused: movedestinationunknown": 0xA801,
    "refused: notauthorized": 0x0124,
    "error: datasetdoesnotmatchsopclass": 0xA900,
    "failed: identifierdoesnotmatchsopclass": 0xA900,
    "error: cannotunderstand": 0xC000,
    "failed: unabletoprocess": 0xC001,
    "warning: suboperationscompleteoneormorefailures": 0xB000,
}
# Of those in other words, by the first of them: the number that says no more than it does.
_KINDS = {"cancel": 0xFE00, "pending": 0xFF00, "warning": 0xB000, "refused": 0xA700, "success": SUCCESS}
_FAILURE = 0xC000

_RESULTS = (("permanent", 1), ("transient", 2))
_SOURCES = (("acse", 2), ("presentation", 3), ("user", 1))
_REASONS = {
    "no reason": {1: 1, 2: 1},
    "application context": {1: 2},
    "app context": {1: 2},
    "calling ae": {1: 3},
    "called ae": {1: 7},
    "protocol version": {2: 2},
    "congestion": {3: 1},
    "local limit": {3: 2},
}
# How DCMTK's servers, and Orthanc, call the grounds on which they refuse.
_GROUNDS = (
    ("badaeservice", AssociateRj(1, 1, 7)),
    ("called ae", AssociateRj(1, 1, 7)),
    ("badaepeer", AssociateRj(1, 1, 3)),
    ("calling ae", AssociateRj(1, 1, 3)),
    ("remote aet", AssociateRj(1, 1, 3)),
    ("badappcontext", AssociateRj(2, 1, 2)),
    ("application context", AssociateRj(1, 1, 2)),
    ("toomanyassociations", AssociateRj(2, 3, 2)),
    ("cannotfork", AssociateRj(1, 3, 1)),
    ("fork", AssociateRj(2, 3, 1)),
)
_ABORT_REASONS = {
    "unrecogni": 1,
    "unexpected pdu": 2,
    "unrecognised pdu parameter": 4,
    "unexpected pdu parameter": 5,
    "invalid pdu parameter": 6,
}


def status_of(words: str) -> int:
    """Return the status that words are for."""
    plain = words.strip().lower()
    kind = re.split(r"[^a-z]", plain, maxsplit=1)[0]
    return _STATUSES.get(plain, _KINDS.get(kind, _FAILURE))


def rejection_of(result: str, source: str, reason: str) -> AssociateRj:
    """Return the numbers that the words of result, source and reason stand for."""
    of_result, of_source, of_reason = result.lower(), source.lower(), reason.lower()
    number = next((number for word, number in _RESULTS if word in of_result), UNKNOWN.result)
    origin = next((number for word, number in _SOURCES if word in of_source), UNKNOWN.source)
    found = next((numbers for words, numbers in _REASONS.items() if words in of_reason), {})
    return AssociateRj(number, origin, found.get(origin, UNKNOWN.reason))


def rejection_for(grounds: str) -> AssociateRj:
    """Return the numbers that a server sends which refuses on such grounds."""
    plain = grounds.lower()
    return next((answer for words, answer in _GROUNDS if words in plain), UNKNOWN)


def abort_of(source: str, reason: str) -> tuple[int, int]:
    """Return the numbers that the words of an abort's source and reason stand for."""
    if "provider" not in source.lower():
        return 0, 0
    plain = reason.lower()
    return 2, max((number for words, number in _ABORT_REASONS.items() if words in plain), default=0)
