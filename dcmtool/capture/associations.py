"""Why an association between two others failed, or did not end in order, by what both sides sent."""

import re
from collections.abc import Iterator
from errno import ECONNRESET

from dcmtool.association.observed import Side
from dcmtool.capture.beginnings import begins_pdu
from dcmtool.capture.connection import ObservedConnection, ObservedFault, ObservedFinding
from dcmtool.capture.moments import LONG, PATIENCE, waited_for_answer, waited_for_response
from dcmtool.capture.parties import Parties, acted_on
from dcmtool.capture.responses import asked_by, failed, of_cut, of_silence, without_statuses
from dcmtool.capture.uid_names import shown
from dcmtool.diagnosis.callers.call import Call, Stage
from dcmtool.diagnosis.callers.conduct_rules import of_conduct
from dcmtool.diagnosis.conclusions import seconds
from dcmtool.diagnosis.evidence import bytes_of
from dcmtool.diagnosis.findings import Seen
from dcmtool.dimse.service_status import is_pending
from dcmtool.errors import (
    Cause,
    ConnectionLost,
    DeadlineExpired,
    MaximumLengthTooSmall,
    NotDicom,
    NothingAccepted,
    PeerAbort,
    Rejection,
    RemoteProtocolError,
    TlsWanted,
    UnexpectedPdu,
)
from dcmtool.text import brief, counted
from dcmtool.uids import APPLICATION_CONTEXT, VERIFICATION_SOP_CLASS
from dcmtool.upper_layer.contexts import PresentationContext
from dcmtool.upper_layer.pdus import AssociateAc, AssociateRj, AssociateRq
from dcmtool.upper_layer.user_information import MaximumLength, find

_TLS_ALERT = b"\x15\x03"
_KEPT = 8  # bytes of what is no PDU, as `NotDicom.start` has them
_OFTEN = 3  # times that what is not acknowledged was sent again: within seconds (RFC 6298 5.5)
_TOO_LONG, _WAS_SENT_TO = "PS3.8 D.1", " was sent to the "
_STATES, _WAS_SENT = "PS3.8 9.2.3", " was sent while "
# Faults that are told by the same id whichever side commits them, and their kinds.
_EITHER = ("context", "too-long")
_PROVIDER = 2  # a source of A-ABORT (PS3.8 9.3.8)
# What is warned of a response of the acceptor's that fits no request.
_NOT_ASKED_FOR = re.compile("the acceptor answered .* which was not asked for")
_LEAST_MAXIMUM = 7  # bytes: the header of a PDV, and one of a message (PS3.8 D.1)
_MOST_NAMED = 3  # SOP classes of a sentence, or responses


def of_faults(parties: Parties) -> Iterator[ObservedFinding]:
    """Yield what was sent that breaks a clause of the standard; of what is sent at once the first counts."""
    connection = parties.connection
    for number, fault in enumerate(connection.faults):
        before = connection.faults[:number]
        if any((each.sender, each.at) == (fault.sender, fault.at) for each in before):
            continue
        if _is_in_request(fault, connection):
            continue
        error = _with_kind(fault.error)
        seen = Seen(parties.words_of(error, fault.sender), at=parties.since(fault.at))
        came = stage_of(connection)
        if fault.sender == "acceptor" and (came == "associate" or error.kind not in _EITHER):
            yield parties.of_attempt(came, error, seen)
            continue
        worded = _error_in_words(error, fault.sender)
        stage: Stage = "requested" if connection.answer is None else "accepted"
        call = _call(connection, worded, stage)
        subject = parties.subject(fault.sender)
        for found in of_conduct(call, subject, frozenset()):
            yield acted_on(found._replace(actor=fault.sender, evidence=(seen,)))


def _is_in_request(fault: ObservedFault, connection: ObservedConnection) -> bool:
    """Return whether a fault is one of a request that can be read all the same, which has its own rules."""
    is_inside = fault.sender == "requestor" and fault.error.clause != _STATES
    return is_inside and connection.request is not None and fault.at == connection.requested


def of_odd_responses(parties: Parties) -> Iterator[ObservedFinding]:
    """Yield what is a response to nothing, or has no status, where a request of that side is unanswered."""
    connection = parties.connection
    odd = [each for each in connection.warnings if _NOT_ASKED_FOR.fullmatch(each)]
    for use in connection.services:
        finals = sum(times for status, times in use.statuses if not is_pending(status))
        if use.sender == "requestor" and use.spans is not None and use.spans.times > finals:
            odd.append(f"a {use.command}-RSP has no status")
    if odd and (connection.unanswered or any(not use.statuses for use in connection.services)):
        yield parties.finding("wrong-answer", *map(Seen, odd[:_MOST_NAMED]), facts={"what": odd[0]})


def _with_kind(error: RemoteProtocolError) -> RemoteProtocolError:
    """Return an error with the kind that its clause says."""
    if error.clause == _TOO_LONG and _WAS_SENT_TO in error.what and not error.kind:
        return RemoteProtocolError(error.what, error.clause, abort_reason=error.abort_reason, kind="too-long")
    return error


def _error_in_words(error: RemoteProtocolError, sender: Side) -> RemoteProtocolError:
    if error.clause == _STATES and _WAS_SENT in error.what:
        pdu, state = error.what.split(_WAS_SENT, 1)
        return UnexpectedPdu(pdu, state)
    what = brief(error.what.replace("the peer", f"the {sender}"))
    return RemoteProtocolError(what, error.clause, offset=error.offset, kind=error.kind)


def stage_of(connection: ObservedConnection) -> str:
    """Return how far the requestor had come, as a verification has it."""
    if connection.answer is None and connection.request is not None:
        return "associate"
    is_releasing = connection.release_by == "requestor" and connection.ending != "released"
    return "release" if is_releasing else "echo"


def of_end(parties: Parties) -> Iterator[ObservedFinding]:
    """Yield why the association failed, or what is wrong with its end."""
    connection = parties.connection
    for side, associate in (("requestor", connection.request), ("acceptor", connection.answer)):
        maximum = None if isinstance(associate, AssociateRj | None) else _maximum(associate)
        if maximum is not None and maximum < _LEAST_MAXIMUM:
            yield _of_maximum(parties, maximum, side)
            return
    if isinstance(connection.answer, AssociateRj):
        yield from _of_rejection(parties, connection.answer)
    elif connection.answer is None and connection.request is not None:
        yield from _of_no_answer(parties)
    elif (connection.contexts or connection.request_pdu) and not _accepted(connection):
        yield _of_nothing_accepted(parties, connection.contexts)
    else:
        yield from _of_accepted(parties)


def _maximum(associate: AssociateRq | AssociateAc) -> int | None:
    """Return the longest PDU that a side takes, None where it sets no bound."""
    found = find(associate.user_information, MaximumLength)
    return found.value if found is not None and found.value else None


def _of_maximum(parties: Parties, maximum: int, side: str) -> ObservedFinding:
    seen = Seen(f"the {side}'s maximum length is {maximum}")
    if side == "requestor":
        return parties.finding("maximum-too-small", seen, facts={"maximum": maximum})
    return parties.of_attempt("echo", MaximumLengthTooSmall(maximum), seen)


# The answer -------------------------------------------------------------------------------------------


def _of_rejection(parties: Parties, answer: AssociateRj) -> Iterator[ObservedFinding]:
    cause = Rejection(*answer)
    at = parties.since(_answered(parties.connection))
    seen = Seen(f"A-ASSOCIATE-RJ {cause.numbers} ({cause})", at=at, data=bytes_of(cause))
    request = parties.connection.request
    if request is None:
        yield parties.of_attempt("associate", cause, seen)
    elif cause.source == 1 and cause.reason == 2 and request.application_context != APPLICATION_CONTEXT:
        what = brief(request.application_context)
        yield parties.finding("other-application-context", seen, facts={"what": what})
    elif cause.source == 2 and cause.reason == 2 and not request.protocol_version & 1:
        yield parties.finding("other-protocol-version", seen)
    elif cause.source == 1 and cause.reason == 7 and not request.called_aet.strip(" \0"):
        yield parties.finding("blank-called-title", seen)
    elif cause.source == 1 and cause.reason == 3 and not request.calling_aet.strip(" \0"):
        yield parties.finding("blank-calling-title", seen)
    else:
        yield parties.of_attempt("associate", cause, seen)


def _answered(connection: ObservedConnection) -> int | None:
    if connection.requested is None or connection.accept is None:
        return None
    return connection.requested + connection.accept


def _of_no_answer(parties: Parties) -> Iterator[ObservedFinding]:
    connection = parties.connection
    start, waited = connection.starts[1], waited_for_answer(connection)
    if is_answered_by_no_pdu(connection):
        cause: Cause = TlsWanted() if start.startswith(_TLS_ALERT) else NotDicom(start[:_KEPT])
        yield parties.of_attempt("associate", cause, Seen("what came in place of an answer", data=start))
    elif connection.ending == "open":
        is_lost = connection.retransmitted[0] >= _OFTEN and not connection.bytes[1]
        if waited is not None and (waited >= LONG or is_lost):
            yield _unanswered(parties, waited)
    elif connection.logged:
        yield from _of_untold_answer(parties)
    elif connection.ended_by != "requestor":
        asked, gone = connection.requested, connection.hung_up
        first = asked is not None and gone is not None and gone < asked
        yield parties.of_attempt("associate", _left(connection), _seen_end(parties), spoke_first=first)
    elif waited is not None and waited < PATIENCE:
        yield from _of_leaving(parties, "requested")
    else:
        yield _unanswered(parties, waited)


def _of_untold_answer(parties: Parties) -> Iterator[ObservedFinding]:
    """Yield what a log tells of an end, where it may have passed over the answer."""
    connection = parties.connection
    if connection.abort is not None and connection.ended_by == "acceptor":
        others = ("aborted-on-request", "service-denied")
        yield parties.of_attempt("associate", _left(connection), _seen_end(parties), also=others)


def is_answered_by_no_pdu(connection: ObservedConnection) -> bool:
    """Return whether what came in place of an answer to the request is none of DICOM."""
    start = connection.starts[1]
    return connection.answer is None and not connection.missing[1] and bool(start) and not begins_pdu(start)


def _unanswered(parties: Parties, waited: int | None) -> ObservedFinding:
    connection = parties.connection
    after = "" if waited is None else f" for {seconds(waited)}"
    cause = DeadlineExpired("A-ASSOCIATE-AC", "acse", (waited or 0) / 1e9, partial=connection.partial[1])
    seen = [Seen(f"no answer{after}", at=parties.since(connection.ended))]
    if connection.retransmitted[0]:
        seen.append(Seen(f"the requestor sent {counted(connection.retransmitted[0], 'segment')} again"))
    lost = ("large-requests-lost",) if connection.retransmitted[0] else ()
    return parties.of_attempt("associate", cause, *seen, also=(*lost, "left-before-answer"))


def _accepted(connection: ObservedConnection) -> list[PresentationContext]:
    return [each for each in connection.contexts if each.accepted]


def _of_nothing_accepted(parties: Parties, contexts: tuple[PresentationContext, ...]) -> ObservedFinding:
    if not contexts:
        return parties.finding(
            "no-context-accepted",
            Seen("the A-ASSOCIATE-RQ has no presentation context"),
            actor="requestor",
            advice=("compare-contexts", "tell-vendor-of-requestor"),
            facts={"what": "it proposes none"},
        )
    cause = NothingAccepted(tuple((each.context_id, each.result_text) for each in contexts))
    at = parties.since(_answered(parties.connection))
    refused = [f"{shown(each.proposed.abstract_syntax)}: {each.result_text}" for each in contexts]
    seen = Seen(several(refused), at=at)
    if all(each.proposed.abstract_syntax == VERIFICATION_SOP_CLASS for each in contexts):
        return parties.of_attempt("associate", cause, seen)
    others = ("calling-title", "called-title")
    return parties.finding("no-context-accepted", seen, alternatives=others, facts={"what": str(cause)})


def several(words: list[str]) -> str:
    """Return the first of these, each once, and how many more there are."""
    every = list(dict.fromkeys(words))
    more = f" and {len(every) - _MOST_NAMED} more" if len(every) > _MOST_NAMED else ""
    return ", ".join(every[:_MOST_NAMED]) + more


# The end ----------------------------------------------------------------------------------------------


def _of_accepted(parties: Parties) -> Iterator[ObservedFinding]:
    connection = parties.connection
    if connection.ending == "released":
        yield from of_silence(parties, connection.unanswered)
        if not connection.services:
            yield from _of_refused_contexts(parties)
    elif connection.ending == "open":
        waited = waited_for_response(connection)
        if waited is not None and waited >= LONG:
            yield from of_silence(parties, connection.unanswered)
    elif connection.release_by == "acceptor" and asked_by(connection, "requestor"):
        cause = UnexpectedPdu("A-RELEASE-RQ", "waiting for a response")
        yield parties.finding(
            "wrong-answer", _seen_end(parties), facts={"what": f"{cause.pdu} ({cause.clause})"}
        )
    elif connection.ended_by == "requestor":
        yield from _of_requestor_s_end(parties)
    else:
        yield from _of_acceptor_s_end(parties)


def _of_acceptor_s_end(parties: Parties) -> Iterator[ObservedFinding]:
    connection, seen = parties.connection, _seen_end(parties)
    waiting = asked_by(connection, "requestor") or without_statuses(connection)
    if connection.release_by == "requestor":
        yield parties.of_attempt("release", _left(connection), seen)
    elif connection.partial[0] and not waiting:
        facts = {"pdu": connection.partial[0], "how": "it sent no more"}
        yield parties.finding("left-in-the-middle", seen, alternatives=("request-lost",), facts=facts)
    elif not waiting and not connection.services and _was_idle(connection):
        yield parties.finding("silent-after-answer", seen, alternatives=("request-lost",))
    elif waiting or not connection.services or _takes_offence(connection):
        yield of_cut(parties, waiting, _left(connection), seen)
    else:
        how = left_in_words(connection)
        yield parties.finding("association-left-open", seen, alternatives=("busy",), facts={"how": how})


def _was_idle(connection: ObservedConnection) -> bool:
    """Return whether an association had been accepted for a while when it was ended."""
    answered = _answered(connection)
    if answered is None or connection.ended is None:
        return False
    return connection.ended - answered >= PATIENCE


def _takes_offence(connection: ObservedConnection) -> bool:
    """Return whether the protocol machine that aborted names a fault of what was sent."""
    return connection.abort is not None and connection.abort[0] == _PROVIDER and connection.abort[1] != 0


def _of_requestor_s_end(parties: Parties) -> Iterator[ObservedFinding]:
    connection = parties.connection
    waiting, waited = asked_by(connection, "requestor"), waited_for_response(connection)
    if connection.partial[0] or (_takes_offence(connection) and _accepted(connection)):
        yield from _of_leaving(parties, "accepted")
    elif connection.release_by == "requestor":
        late = DeadlineExpired("A-RELEASE-RP", "acse", 0)
        yield parties.of_attempt("release", late, _seen_end(parties), also=("release-not-awaited",))
    elif waiting and (waited is None or waited >= PATIENCE):
        yield from of_silence(parties, waiting)
    elif waiting:
        yield from _of_leaving(parties, "asked")
    elif not failed(connection):
        yield from _of_leaving(parties, "echoed" if connection.services else "accepted")


def _of_refused_contexts(parties: Parties) -> Iterator[ObservedFinding]:
    """Yield which SOP classes were refused wholly, where nothing was done on the association."""
    contexts = parties.connection.contexts
    taken = {each.proposed.abstract_syntax for each in contexts if each.accepted}
    refused = [each for each in contexts if each.proposed.abstract_syntax not in taken]
    if refused:
        what = several([shown(each.proposed.abstract_syntax) for each in refused])
        seen = Seen(several([each.result_text for each in refused]))
        yield parties.finding(
            "context-refused", seen, alternatives=("left-after-answer",), facts={"what": what}
        )


def _of_leaving(parties: Parties, stage: Stage) -> Iterator[ObservedFinding]:
    """Yield what the rules of callers say of a requestor that left, as far as it came."""
    connection = parties.connection
    call = _call(connection, _left(connection), stage)
    found = of_conduct(call, parties.subject(), frozenset())
    yield from (acted_on(each) for each in found)


def _left(connection: ObservedConnection) -> ConnectionLost | PeerAbort:
    """Return how the one left that ended the connection, as the other one saw it."""
    if connection.abort is not None:
        return PeerAbort(*connection.abort)
    error = ConnectionResetError(ECONNRESET, "") if connection.ending == "reset" else None
    by = connection.ended_by or "acceptor"
    return ConnectionLost(error, partial=connection.partial[0 if by == "requestor" else 1])


def left_in_words(connection: ObservedConnection) -> str:
    """Return how the one left that ended the connection."""
    by = f"the {connection.ended_by or 'acceptor'}"
    if connection.abort is not None:
        return str(PeerAbort(*connection.abort)).replace("the peer", by)
    return f"{by} {'reset' if connection.ending == 'reset' else 'closed'} the connection"


def _seen_end(parties: Parties) -> Seen:
    connection = parties.connection
    data = bytes_of(PeerAbort(*connection.abort)) if connection.abort else b""
    return Seen(left_in_words(connection), at=parties.since(connection.ended), data=data)


def _call(connection: ObservedConnection, cause: Cause, stage: Stage) -> Call:
    """Return the requestor as a caller of the acceptor, which came that far."""
    waiting = connection.requested if stage == "requested" else connection.waiting
    if waiting is None:
        waiting = connection.began + (connection.connect or 0)
    ended = connection.began if connection.ended is None else connection.ended
    return Call(
        connection.requestor.address,
        connection.acceptor.port or 0,
        "",
        stage,
        cause,
        partial=connection.partial[0],
        contexts=len(connection.contexts),
        accepted=len(_accepted(connection)),
        ended=max(0, ended - connection.began),
        waiting=max(0, waiting - connection.began),
    )
