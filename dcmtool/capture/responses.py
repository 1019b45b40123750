"""What the requests on an observed association come to: statuses, silence, time (PS3.7 9.1, 10.1, PS3.4)."""

from collections.abc import Collection, Iterator

from dcmtool.association.observed import Side
from dcmtool.capture.connection import ObservedConnection, ObservedFinding, ServiceUse
from dcmtool.capture.moments import waited_for_response
from dcmtool.capture.parties import Parties
from dcmtool.capture.uid_names import shown
from dcmtool.diagnosis.conclusions import seconds
from dcmtool.diagnosis.findings import Seen
from dcmtool.dimse.find import REFUSED
from dcmtool.dimse.service_status import is_failure, service_meaning
from dcmtool.errors import ConnectionLost, DeadlineExpired, PeerAbort, StatusNotSuccess
from dcmtool.text import counted
from dcmtool.uids import VERIFICATION_SOP_CLASS

ECHO, _STORE, _MOVE = "C-ECHO", "C-STORE", "C-MOVE"
_RETRIEVING = (_MOVE, "C-GET")  # which take as long as what is retrieved
_DESTINATION_UNKNOWN, _SUBOPERATIONS_FAILED = 0xA801, 0xB000
_UNABLE = 0xC  # the first digit of "unable to process", which Orthanc says of an unknown destination too
_DESTINATION = "move-destination-unknown"
# What is wrong with what was asked, so that who asks has to act (PS3.7 Annex C); 0xA9XX is so as well.
_OF_REQUESTS = frozenset(
    (0x0105, 0x0106, 0x0111, 0x0112, 0x0113, 0x0114, 0x0115, 0x0117, 0x0118, 0x0119, 0x0120, 0x0121, 0x0123)
) | {0x0210, 0x0211, 0x0212}
_OUT_OF_RESOURCES = 0x0213
_FIRST_REQUEST = "the first request"


def asked_by(connection: ObservedConnection, side: Side) -> tuple[str, ...]:
    """Return the commands of a side's requests that were not answered."""
    asked = {each.command for each in connection.services if each.sender == side}
    return tuple(each for each in connection.unanswered if each in asked)


def failed(connection: ObservedConnection) -> bool:
    """Return whether a request was answered with a failure."""
    return any(is_failure(use.command, status) for use in connection.services for status, _ in use.statuses)


# Statuses ---------------------------------------------------------------------------------------------


def of_statuses(parties: Parties) -> Iterator[ObservedFinding]:
    """Yield each status that is a failure, of each command once."""
    told: dict[tuple[str, int, Side], tuple[ServiceUse, int, int]] = {}
    for use in parties.connection.services:
        for status, times in use.statuses:
            key = use.command, status, use.sender
            first, before, all_before = told.get(key, (use, 0, 0))
            told[key] = first, before + times, all_before + use.requests
    for (command, status, _), (use, times, requests) in told.items():
        if is_failure(command, status):
            yield _of_status(parties, use, status, times, requests)


def _of_status(parties: Parties, use: ServiceUse, status: int, times: int, requests: int) -> ObservedFinding:
    command, meaning = use.command, service_meaning(use.command, status)
    of_all = f"{times} of {requests} {command}" if requests > 1 else command
    seen = Seen(f"{command}-RSP with status 0x{status:04X}, {counted(times, 'time')}")
    if command == ECHO and use.sender == "requestor":
        return parties.of_attempt("echo", StatusNotSuccess(status, meaning), seen)
    facts = _sides(parties, use.sender)
    if command == _MOVE and status == _DESTINATION_UNKNOWN:
        return parties.finding(_DESTINATION, seen, actor=_answerer(use.sender), facts=facts)
    if status in REFUSED and use.sender == "requestor":
        service = shown(use.sop_class)
        others = ("calling-title", "calling-address")
        return parties.finding("service-denied", seen, alternatives=others, facts={"service": service})
    is_wrong = status in _OF_REQUESTS or status >> 8 == 0xA9
    return parties.finding(
        "response-status",
        seen,
        alternatives=(_DESTINATION,) if command == _MOVE and status >> 12 == _UNABLE else (),
        actor=use.sender if is_wrong else _answerer(use.sender),
        advice=_advice(command, status, is_wrong=is_wrong),
        facts={**facts, "times": of_all, "status": f"0x{status:04X}", "meaning": meaning},
    )


def _advice(command: str, status: int, *, is_wrong: bool) -> tuple[str, ...]:
    if command == _MOVE and status >> 12 == _UNABLE:
        return "log-of-answerer", "add-destination"
    if command in _RETRIEVING and status == _SUBOPERATIONS_FAILED:
        return "see-failed-suboperations", "log-of-answerer"
    if status in REFUSED:
        return "allow-at-answerer", "log-of-answerer"
    if is_wrong:
        return "see-what-is-sent", "log-of-answerer"
    if status == _OUT_OF_RESOURCES or status >> 8 == 0xA7:
        return "see-room-of-answerer", "log-of-answerer"
    return ("log-of-answerer",)


def _answerer(sender: Side) -> Side:
    return "acceptor" if sender == "requestor" else "requestor"


def _sides(parties: Parties, sender: Side) -> dict[str, object]:
    return {"asker": parties.names[sender], "answerer": parties.names[_answerer(sender)]}


# Requests without a response --------------------------------------------------------------------------


def of_cut(
    parties: Parties, waiting: Collection[str], cause: ConnectionLost | PeerAbort, seen: Seen
) -> ObservedFinding:
    """Return what it means that the acceptor ended the association in place of an answer to these."""
    connection = parties.connection
    command = _most_telling(waiting)
    proposed = {each.proposed.abstract_syntax for each in connection.contexts}
    several = ("too-many-requests",) if len(waiting) > 1 else ()
    if command == ECHO or (not command and proposed <= {VERIFICATION_SOP_CLASS}):
        return parties.of_attempt("echo", cause, seen, also=several)
    is_aborted = isinstance(cause, PeerAbort)
    used = [each for each in connection.services if each.command == command]
    name = "aborted-on-request" if is_aborted else "closed-on-request"
    others: tuple[str, ...] = ("service-denied", "calling-title")
    if not is_aborted:
        others = ("packets-lost", "service-denied")
    # Orthanc aborts what it does not allow: a query, but not a transfer that may fail for a hundred reasons.
    if used and command != _STORE and not any(each.statuses for each in used):
        others = (name, "calling-title", "calling-address", *several)
        service = shown(used[0].sop_class)
        return parties.finding("service-denied", seen, alternatives=others, facts={"service": service})
    return parties.finding(
        name,
        seen,
        alternatives=(*others, *several),
        facts={
            **_sides(parties, "requestor"),
            "command": f"{command}-RQ" if command else _FIRST_REQUEST,
        },
    )


def of_silence(parties: Parties, waiting: Collection[str]) -> Iterator[ObservedFinding]:
    """Yield which of these were not answered, though there was time for it."""
    connection = parties.connection
    waited = waited_for_response(connection)
    after = "" if waited is None else f" for {seconds(waited)}"
    for command in dict.fromkeys(waiting):
        count = sum(each == command for each in waiting)
        seen = Seen(f"{counted(count, f'{command}-RQ')} without a final response{after}")
        sender: Side = "acceptor" if command in asked_by(connection, "acceptor") else "requestor"
        if command == ECHO and sender == "requestor":
            late = DeadlineExpired("C-ECHO-RSP", "dimse", (waited or 0) / 1e9)
            yield parties.of_attempt("echo", late, seen, also=("left-before-response",))
            continue
        yield parties.finding(
            "request-unanswered",
            seen,
            alternatives=("left-before-response", "slow-response"),
            actor=_answerer(sender),
            facts={**_sides(parties, sender), "command": f"{command}-RQ"},
        )


def _most_telling(waiting: Collection[str]) -> str:
    """Return the first command other than an echo, or the echo; nothing where nothing was asked."""
    return next((each for each in waiting if each != ECHO), ECHO if waiting else "")


# Time -------------------------------------------------------------------------------------------------


def of_slow(parties: Parties, slow: int) -> Iterator[ObservedFinding]:
    """Yield which commands took this long (ns) to be answered, but those that wait for transfers."""
    for use in parties.connection.services:
        spans = use.spans
        if spans is None or use.command in _RETRIEVING:
            continue
        seen = Seen(
            f"{counted(spans.times, f'{use.command}-RSP')}: median {seconds(spans.median)},"
            f" 95 % within {seconds(spans.p95)}"
        )
        if use.command == ECHO and spans.longest >= slow:
            yield parties.finding("slow-echo", seen, facts={"seconds": seconds(spans.longest)})
        elif use.command != ECHO and spans.median >= slow:
            yield parties.finding(
                "slow-response",
                seen,
                alternatives=("packets-lost",),
                actor=_answerer(use.sender),
                facts={
                    **_sides(parties, use.sender),
                    "command": use.command,
                    "seconds": seconds(spans.median),
                    "longest": seconds(spans.longest),
                },
            )
