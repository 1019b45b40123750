"""What an observed connection comes to: findings as `diagnose` and `scp` have them, and who has to act.

The requestor's view says why it did not get what it asked for, the acceptor's what the requestor did. Of both
the first finding is the one that explains the rest; what does no harm comes last.
"""

from collections.abc import Iterable, Iterator

from dcmtool.capture.associations import is_answered_by_no_pdu, of_end, of_faults, of_odd_responses
from dcmtool.capture.beginnings import of_beginning, of_no_request, of_unreachable
from dcmtool.capture.connection import ObservedConnection, ObservedFinding
from dcmtool.capture.moments import lacks_answers
from dcmtool.capture.parties import Parties, acted_on
from dcmtool.capture.responses import ECHO, of_slow, of_statuses
from dcmtool.diagnosis.callers.conduct_rules import MESSAGE_HAS
from dcmtool.diagnosis.callers.first_bytes import begins_tls
from dcmtool.diagnosis.callers.request_rules import about_request
from dcmtool.diagnosis.conclusions import seconds
from dcmtool.diagnosis.findings import Seen
from dcmtool.text import brief, counted
from dcmtool.uids import TRANSFER_SYNTAXES, VERIFICATION_SOP_CLASS
from dcmtool.upper_layer.pdus import AssociateAc, AssociateRj
from dcmtool.upper_layer.user_information import UserIdentityResponse, find

SLOW = 2.0  # seconds
# What costs nobody anything but a place in a log: what else is found comes before.
_HARMLESS = frozenset(
    (
        *("release-unanswered", "release-aborted", "release-not-awaited", "no-release"),
        *("association-left-open", "certificate-expires-soon"),
    )
)
# What is no oddity between two others: not every requestor echoes.
_OF_ECHOES_ALONE = frozenset(("no-verification-proposed", "no-known-transfer-syntax"))
# What is usual, and only of interest where one of these may be taken for offence at it.
_USUAL = frozenset(("roles-proposed", "asynchronous-window", "identity-unanswered"))
_OFFENCE = frozenset(
    ("aborted-on-association", "closed-on-association", "left-after-answer", "refuses-our-answer")
)
# What an acceptor that is strict aborts a request for, and how it does.
_BREACHES = frozenset(("malformed-sub-item", "odd-context-id", "odd-uid", "incomplete-user-information"))
_ABOUT_PARAMETERS = ((2, 4), (2, 5), (2, 6))
_RECORDS = (b"", b"\x14\x03", b"\x15\x03", b"\x16\x03", b"\x17\x03")  # how those of TLS begin
_FEW = 3  # segments that were sent again, which is usual
_ONE_IN = 100  # segments
_SEGMENT = 1000  # bytes, for want of their number


def explained(connection: ObservedConnection, slow: float = SLOW) -> ObservedConnection:
    """Return a connection with its findings; what takes `slow` seconds is one. In order it has none."""
    return connection._replace(findings=tuple(_findings(connection, int(slow * 1_000_000_000))))


def _findings(connection: ObservedConnection, slow: int) -> list[ObservedFinding]:
    parties = Parties(connection)
    main = list(_unique(_main(parties, slow)))
    told = {each.finding.id for each in main}
    odd = [each for each in _unique(_oddities(parties, told)) if each.finding.id not in told]
    breaks = [each for each in odd if each.finding.id in _BREACHES] if _names_parameter(connection) else []
    rest = [each for each in odd if each not in breaks]
    return [*breaks, *sorted(main, key=lambda each: each.finding.id in _HARMLESS), *rest]


def _names_parameter(connection: ObservedConnection) -> bool:
    """Return whether the request was answered by an abort for one of its parameters (PS3.8 9.3.8)."""
    is_for_one = connection.abort is not None and connection.abort in _ABOUT_PARAMETERS
    return is_for_one and connection.answer is None and connection.ended_by == "acceptor"


def _unique(findings: Iterable[ObservedFinding]) -> Iterator[ObservedFinding]:
    """Yield each finding once: of one id those that say something else."""
    told = set()
    for each in findings:
        key = each.finding.id, each.finding.sentence
        if key not in told:
            told.add(key)
            yield each


def _main(parties: Parties, slow: int) -> Iterator[ObservedFinding]:
    connection = parties.connection
    if connection.unreachable is not None:  # the rest follows from it
        yield from of_statuses(parties)
        yield of_unreachable(parties, connection.unreachable)
    elif not lacks_answers(connection):  # without them nothing can be said of what was asked
        yield from _of_what_is_spoken(parties, slow)
    yield from _of_network(parties, slow)


def _of_what_is_spoken(parties: Parties, slow: int) -> Iterator[ObservedFinding]:
    connection = parties.connection
    first = connection.starts[0]
    if connection.ending in ("refused", "unanswered"):
        yield from of_beginning(parties)
    elif begins_tls(first) or (connection.protocol == "tls" and first[:2] in _RECORDS):
        from dcmtool.capture.tls_explanation import of_tls

        yield from of_tls(parties)
    elif connection.protocol == "dicom" or (
        connection.request is not None and connection.protocol != "proxy"
    ):
        yield from _of_dicom(parties)
        yield from of_slow(parties, slow)
        yield from _of_certificates(parties)
    else:
        yield from of_beginning(parties)


def _of_dicom(parties: Parties) -> Iterator[ObservedFinding]:
    connection = parties.connection
    if connection.request is None:
        found = list(of_no_request(parties))
        if found:
            yield from found
            return
    yield from of_statuses(parties)
    if is_answered_by_no_pdu(connection):  # which is a fault as well
        yield from of_end(parties)
        return
    faults = [*of_odd_responses(parties), *of_faults(parties)]
    yield from faults
    # Whoever met a fault ends the association for it; a rejection has a reason of its own.
    if not faults or isinstance(connection.answer, AssociateRj):
        yield from of_end(parties)


def _of_certificates(parties: Parties) -> Iterator[ObservedFinding]:
    """Yield what is wrong with a certificate that a trace or a log tells of."""
    tls = parties.connection.tls
    if tls is not None and tls.certificates and tls.established:
        from dcmtool.capture.tls_explanation import of_certificate

        yield from of_certificate(parties)


# The network ------------------------------------------------------------------------------------------


def _of_network(parties: Parties, slow: int) -> Iterator[ObservedFinding]:
    connection = parties.connection
    if connection.accept is not None and connection.accept >= slow:
        took = seconds(connection.accept)
        seen = Seen(f"took {took}", at=parties.since(connection.requested))
        yield parties.finding(
            "slow-accept", seen, alternatives=("slow-reverse-lookup",), facts={"seconds": took}
        )
    if connection.connect is not None and (connection.syns > 1 or connection.connect >= slow):
        took = seconds(connection.connect)
        seen = Seen(f"took {took}, with {counted(connection.syns, 'SYN')}")
        yield parties.finding("slow-connect", seen, facts={"seconds": took})
    again = sum(connection.retransmitted)
    if again >= _FEW and again * _ONE_IN * _SEGMENT >= sum(connection.bytes):
        both = zip(("requestor", "acceptor"), connection.retransmitted, strict=True)
        sides = [f"{times} by the {side}" for side, times in both if times]
        what = f"{counted(again, 'segment was', 'segments were')} sent again"
        yield parties.finding("packets-lost", Seen(", ".join(sides)), facts={"what": what})


# What is odd, and was taken all the same ---------------------------------------------------------------


def _oddities(parties: Parties, told: set[str]) -> Iterator[ObservedFinding]:
    connection = parties.connection
    for warning in connection.warnings:
        if warning.startswith(MESSAGE_HAS):
            what = brief(warning.removeprefix(MESSAGE_HAS))
            yield parties.finding("odd-command", Seen(what), facts={"what": what})
            break
    for use in connection.services:
        if use.command == ECHO and use.sop_class not in ("", VERIFICATION_SOP_CLASS):
            what = f"the SOP class '{brief(use.sop_class)}', which is not Verification"
            yield parties.finding("odd-command", Seen(what), facts={"what": what})
    request, pdu = connection.request, connection.request_pdu
    if request is None or not pdu:
        return
    passed_over = set(_OF_ECHOES_ALONE) | (set() if told & _OFFENCE else _USUAL)
    answer = connection.answer
    if isinstance(answer, AssociateAc) and find(answer.user_information, UserIdentityResponse) is not None:
        passed_over.add("identity-unanswered")
    for found in about_request(request, pdu, parties.subject(), frozenset(TRANSFER_SYNTAXES)):
        if found.id not in passed_over:
            yield acted_on(found)
