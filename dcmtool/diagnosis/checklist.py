"""The stages of a diagnosis as they went: a line of a checklist each, with its time."""

from collections.abc import Iterator
from typing import Literal

from dcmtool.diagnosis.evidence import Attempt, Lookup, fact_of
from dcmtool.diagnosis.findings import Seen
from dcmtool.errors import (
    ConnectionLost,
    DeadlineExpired,
    NameNotResolved,
    NotDicom,
    NothingAccepted,
    PeerAbort,
    Rejection,
    RemoteProtocolError,
    StatusNotSuccess,
    TlsWanted,
)
from dcmtool.named_tuple import NamedTuple
from dcmtool.steps import TlsSession
from dcmtool.text import brief, decoded
from dcmtool.uids import described

# In their order. `again` is each association after the first one at an address.
StageId = Literal[
    "lookup",
    "connect",
    "first-bytes",
    "tls",
    "associate",
    "contexts",
    "echo",
    "second-echo",
    "release",
    "again",
    "experiment",
]
State = Literal["ok", "slow", "failed", "noted"]

TITLES: dict[StageId, str] = {
    "lookup": "name lookup",
    "connect": "connection",
    "first-bytes": "first bytes",
    "tls": "TLS",
    "associate": "association",
    "contexts": "contexts",
    "echo": "echo",
    "second-echo": "second echo",
    "release": "release",
    "again": "once more",
    "experiment": "try",
}
_ORDER = ("connect", "tls", "associate", "echo", "release", "done")  # of `Attempt.stage`
_FAMILIES = {"ipv4": "IPv4", "ipv6": "IPv6"}
_SHOWN_BYTES = 8


class Stage(NamedTuple):
    """How a stage went: in one sentence, how long it took (ns), and at which address and association."""

    id: StageId
    state: State
    text: str
    took: int | None = None
    address: str | None = None
    association: int | None = None


def of_lookup(lookup: Lookup, slow: int) -> Stage:
    """Return the stage of a lookup; what takes `slow` nanoseconds is slow. No address is no failure yet."""
    family = _FAMILIES[lookup.family]
    said = ", ".join(lookup.addresses) if lookup.addresses else f"none ({_why(lookup.cause)})"
    left_out = "" if lookup.wanted or not lookup.addresses else ", not to be called"
    state: State = "slow" if lookup.took >= slow else "ok" if lookup.addresses else "noted"
    return Stage("lookup", state, f"{family}: {said}{left_out}", lookup.took)


def _why(cause: BaseException | None) -> str:
    if isinstance(cause, NameNotResolved):
        return cause.reason
    return "interrupted" if isinstance(cause, KeyboardInterrupt) else fact_of(cause) if cause else "no answer"


def of_attempt(attempt: Attempt, slow: int) -> Iterator[Stage]:
    """Yield the stages of the first association at an address, as far as it came."""
    for stage in _of_attempt(attempt):
        late = stage.took is not None and stage.took >= slow and stage.state == "ok"
        place = stage._replace(address=attempt.address, association=attempt.number)
        yield place._replace(state="slow") if late else place


def again(attempt: Attempt, slow: int) -> Stage:
    """Return the one stage of an association after the first one at an address."""
    times = [each for each in (attempt.phases.connect, attempt.phases.associate) if each is not None]
    took = sum([*times, *(reply.round_trip for reply in attempt.replies)]) or None
    state: State = "ok" if attempt.succeeded else "failed"
    if state == "ok" and took is not None and took >= slow and not attempt.listened:
        state = "slow"
    how = "listening first: " if attempt.listened else ""
    if attempt.experiment:
        how = f"{attempt.experiment}: "
    elif attempt.asked.secured and attempt.asked.server_name is not None:
        how = f"with the server name {brief(attempt.asked.server_name)}: "
    text = "in order" if attempt.succeeded else _failure(attempt)
    if attempt.service and isinstance(attempt.cause, NothingAccepted):
        state, text = "noted", "it has no such service"
    name: StageId = "experiment" if attempt.experiment else "again"
    return Stage(name, state, f"{how}{text}", took, attempt.address, attempt.number)


def _of_attempt(attempt: Attempt) -> Iterator[Stage]:
    phases, reached = attempt.phases, _ORDER.index(attempt.stage)
    where = f"{attempt.address} port {attempt.asked.port}"
    source = f", from {attempt.source}" if attempt.source else ""
    if attempt.stage == "connect":
        yield Stage("connect", "failed", f"{_failure(attempt)}{source}")
        return
    yield Stage("connect", "ok", f"{where}{source}", phases.connect)
    if attempt.asked.secured:
        if attempt.stage == "tls":
            yield Stage("tls", "failed", _failure(attempt))
            return
        yield Stage("tls", "ok", _session(attempt.session), phases.tls)
    yield from _of_association(attempt)
    for name, place in (("echo", 0), ("second-echo", 1)):
        if place < len(attempt.replies):
            reply = attempt.replies[place]
            state: State = "failed" if reply.status else "ok"
            text = _failure(attempt) if reply.status else "Success"
            yield Stage("echo" if name == "echo" else "second-echo", state, text, reply.round_trip)
    if attempt.stage == "echo" and not isinstance(attempt.cause, StatusNotSuccess):
        yield Stage("second-echo" if attempt.replies else "echo", "failed", _failure(attempt))
    if attempt.stage == "release":
        yield Stage("release", "failed", _failure(attempt))
    elif reached > _ORDER.index("release") or phases.release is not None:
        yield Stage("release", "ok", "in order", phases.release)


def _of_association(attempt: Attempt) -> Iterator[Stage]:
    cause, phases = attempt.cause, attempt.phases
    first = _first_bytes(attempt)
    if first is not None:
        yield first
    if attempt.negotiated is None:
        if not isinstance(cause, NotDicom | TlsWanted):
            yield Stage("associate", "failed", _failure(attempt))
        return
    by = f" by {brief(attempt.implementation)}" if attempt.implementation else ""
    yield Stage("associate", "ok", f"accepted{by}{_confirmation(attempt)}", phases.associate)
    accepted = [each for each in attempt.negotiated.contexts if each.accepted]
    if isinstance(cause, NothingAccepted):
        yield Stage("contexts", "failed", _failure(attempt))
    elif accepted:
        text = f"Verification with {brief(described(accepted[0].transfer_syntax).removeprefix('='))}"
        refused = len(attempt.negotiated.contexts) - len(accepted)
        yield Stage("contexts", "ok", f"{text}{f', {refused} refused' if refused else ''}")


def _confirmation(attempt: Attempt) -> str:
    """Return whether the user identity was confirmed, if that was asked for or told (PS3.7 D.3.3.7)."""
    if not attempt.asked.identity or not (attempt.asked.confirmation or attempt.identity_confirmed):
        return ""
    return f", user identity {'' if attempt.identity_confirmed else 'not '}confirmed"


def _first_bytes(attempt: Attempt) -> Stage | None:
    """Return what the peer began with: a PDU, something else, or nothing."""
    cause = attempt.cause
    data = _first(attempt.seen)
    later = attempt.stage != "associate"
    if data and (later or (not isinstance(cause, TlsWanted) and not _is_none(cause))):
        return Stage("first-bytes", "ok", "DICOM")
    if later:
        return None
    if data:
        start = data[:_SHOWN_BYTES]
        text = "a TLS alert" if isinstance(cause, TlsWanted) else f'"{brief(decoded(start))}", no DICOM'
        return Stage("first-bytes", "failed", f"{start.hex(' ')}: {text}")
    if isinstance(cause, ConnectionLost | DeadlineExpired) and cause.partial:
        return Stage("first-bytes", "ok", f"DICOM: a part of {cause.partial}")
    if isinstance(cause, ConnectionLost):
        by_itself = ", before anything was sent" if attempt.spoke_first else ""
        return Stage("first-bytes", "failed", f"none: the connection was closed{by_itself}")
    if isinstance(cause, DeadlineExpired):
        return Stage("first-bytes", "failed", "none: silence")
    return None


def _is_none(cause: BaseException | None) -> bool:
    """Whether what came is no PDU, as far as one can tell."""
    return isinstance(cause, RemoteProtocolError) and bool(cause.start)


def _first(seen: tuple[Seen, ...]) -> bytes:
    return next((each.data for each in seen if each.data), b"")


def _session(session: TlsSession | None) -> str:
    if session is None:
        return "secured"
    name = f", server name {brief(session.server_name)}" if session.server_name else ""
    checked = "verified" if session.verified else "not verified"
    return f"{session.protocol}, {session.cipher}{name}, certificate {checked}"


def _failure(attempt: Attempt) -> str:
    """Return what ended an attempt, with the numbers that the standard has for it."""
    cause = attempt.cause
    if isinstance(cause, Rejection):
        return f"rejected, {cause.numbers}: {cause.reason_text} ({cause.source_text}, {cause.result_text})"
    if isinstance(cause, PeerAbort):
        return f"{cause}, {cause.source}/{cause.reason}"
    if isinstance(cause, KeyboardInterrupt):
        return "interrupted"
    return "" if cause is None else fact_of(cause)


def milliseconds(took: int | None) -> str:
    """Return a time for the end of a line, in milliseconds, or nothing."""
    if took is None:
        return ""
    time = took / 1_000_000
    return f"{time:.1f} ms" if time < 1000 else f"{time:.0f} ms"
