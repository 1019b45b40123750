"""What is said of a connection between two others, as titles and texts; every text is printable."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

from dcmtool.capture.connection import ObservedConnection, ServiceUse, Spans
from dcmtool.capture.protocols import shown_of
from dcmtool.capture.uid_names import shown
from dcmtool.cli.output.explain_contexts import contexts
from dcmtool.cli.output.explain_tls import tls
from dcmtool.dimse.service_status import service_meaning
from dcmtool.errors import PeerAbort, Rejection
from dcmtool.text import brief, counted, hours, printable
from dcmtool.upper_layer.pdus import AssociateRj
from dcmtool.upper_layer.user_information import (
    ImplementationClassUid,
    ImplementationVersionName,
    MaximumLength,
    SubItem,
    UserIdentity,
    find,
)

Row = tuple[str, str]  # a title, and what stands beside it
_MOST_ODD = 8  # warnings and faults shown of a connection; JSON has them all
_NEVER_OPENED = ("refused", "unanswered", "unreachable")
_SPEAKS = {
    "tls": "TLS, which nobody can read without its keys",
    "http": "HTTP was spoken, and no DICOM",
    "proxy": "a PROXY protocol header was sent, and no DICOM behind it",
    "hl7": "HL7 (MLLP) was spoken, and no DICOM",
    "ssh": "SSH was spoken, and no DICOM",
    "mail": "a mail protocol was spoken, and no DICOM",
    "unknown": "what was spoken is no DICOM",
    "": "nothing was sent",
}


def head(connection: ObservedConnection) -> str:
    """Return when a connection began, and who called whom."""
    request = connection.request
    who, whom = str(connection.requestor), str(connection.acceptor)
    if request is not None:
        who, whom = _named(request.calling_aet, who), _named(request.called_aet, whom)
    return printable(f"{instant(connection.began)}  {who} called {whom}")


def _named(title: str, where: str) -> str:
    return f"{brief(title) or 'no title'} ({where})" if where else brief(title) or "no title"


def side_name(connection: ObservedConnection, side: str) -> str:
    """Return the title and the address of a side, printable."""
    end = connection.requestor if side == "requestor" else connection.acceptor
    request = connection.request
    if request is None:
        return printable(str(end)) or f"the {side}"
    return printable(_named(request.calling_aet if side == "requestor" else request.called_aet, str(end)))


def instant(nanoseconds: int) -> str:
    """Return a moment in UTC (ISO 8601), to the microsecond; a log may have none."""
    if nanoseconds <= 0:
        return "no time"
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    try:
        date = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None, microsecond=rest // 1000)
    except (OverflowError, ValueError, OSError):  # a capture may say what it likes
        return "no time"
    return date.isoformat(timespec="microseconds") + "Z"


def took(nanoseconds: int) -> str:
    """Return a duration, to be read."""
    seconds, milliseconds = nanoseconds / 1_000_000_000, nanoseconds / 1_000_000
    if seconds < 1:
        return f"{milliseconds:.1f} ms" if milliseconds >= 1 else f"{milliseconds:.3f} ms"
    return f"{seconds:.1f} s" if seconds < 120 else hours(int(seconds))


def size(count: int) -> str:
    """Return a number of bytes, to be read."""
    for unit, factor in (("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}"
    return counted(count, "byte")


def rows(connection: ObservedConnection, *, verbose: bool) -> Iterator[Row]:
    """Yield what is known of a connection; of one that never became an association that is little."""
    if connection.is_association:
        yield from _parties(connection, verbose=verbose)
        yield from contexts(connection, verbose=verbose)
        yield from _answer(connection)
        yield from _services(connection)
    elif connection.ending not in _NEVER_OPENED:
        yield "spoken", _spoken(connection)
    if connection.tls is not None:
        yield from tls(connection.tls, connection.began, verbose=verbose)
    times = ", ".join(_times(connection))
    if times and connection.ending not in _NEVER_OPENED:
        yield "times", times
    yield "end", ending(connection)
    yield from _losses(connection)
    yield from _oddities(connection)


def _spoken(connection: ObservedConnection) -> str:
    said = _SPEAKS[connection.protocol]
    starts = [start[: min(16, shown_of(start))].hex(" ") for start in connection.starts if start]
    return f"{said}; it begins with {' / '.join(starts)}" if connection.protocol == "unknown" else said


def _parties(connection: ObservedConnection, *, verbose: bool) -> Iterator[Row]:
    request, answer = connection.request, connection.answer
    if request is None:
        if connection.handshake:
            yield "note", "no whole A-ASSOCIATE-RQ was sent"
        else:
            yield "note", "the association began before what was captured: what was agreed on is not known"
        return
    information = () if answer is None or isinstance(answer, AssociateRj) else answer.user_information
    for title, items in (("from", request.user_information), ("to", information)):
        if known := ", ".join(_party(items, verbose=verbose)):
            yield title, printable(known)
    identity = find(request.user_information, UserIdentity)
    if identity is not None:
        yield "user", f"user identity of type {identity.identity_type} (PS3.7 D.3.3.7)"


def _party(information: tuple[SubItem, ...], *, verbose: bool) -> Iterator[str]:
    """Yield which implementation a side is, and what it takes."""
    version, uid = find(information, ImplementationVersionName), find(information, ImplementationClassUid)
    maximum = find(information, MaximumLength)
    name, number = version.name if version else "", uid.uid if uid else ""
    if name and number and verbose:
        yield f"{brief(name)} ({brief(number)})"
    elif name or number:
        yield brief(name or number)
    if maximum is not None:
        yield f"takes PDUs of {maximum.value} bytes" if maximum.value else "takes PDUs of any length"


def _answer(connection: ObservedConnection) -> Iterator[Row]:
    """Yield an answer that is no acceptance."""
    answer = connection.answer
    if isinstance(answer, AssociateRj):
        rejection = Rejection(*answer)
        why = f"{rejection.reason_text} ({rejection.source_text}, {rejection.result_text})"
        yield "answer", f"rejected, {rejection.numbers}: {why}"
    elif answer is None and connection.request is not None:
        yield "answer", "none"


# Services -------------------------------------------------------------------------------------------


def _services(connection: ObservedConnection) -> Iterator[Row]:
    for use in connection.services:
        yield use.command, "; ".join(_service(use))
    for command, count in Counter(connection.unanswered).items():
        yield command, f"{counted(count, 'request')} without a final response"


def _service(use: ServiceUse) -> Iterator[str]:
    asked = "" if use.sender == "requestor" else ", asked by the acceptor"
    yield f"{counted(use.requests, 'request')} for {shown(use.sop_class)}{asked}"
    if use.statuses:
        yield ", ".join(f"{count} {status_text(use.command, code)}" for code, count in use.statuses)
    if use.spans is not None:
        yield spans(use.spans)
    if use.data_sets:
        yield f"{counted(use.data_sets, 'data set')}, {size(use.data_bytes)}"


def status_text(command: str, code: int) -> str:
    """Return a status in words, with its number where it is not Success."""
    words = service_meaning(command, code)
    return words if code == 0 else f"{words} ({code:04X}H)"


def spans(times: Spans) -> str:
    """Return how long answers took."""
    if times.times == 1:
        return f"answered after {took(times.median)}"
    return f"answered after {took(times.median)} (median), {took(times.p95)} (p95)"


# Its course ---------------------------------------------------------------------------------------


def _times(connection: ObservedConnection) -> Iterator[str]:
    for name, time in (
        ("connection", connection.connect),
        ("acceptance", connection.accept),
        ("release", connection.release),
    ):
        if time is not None:
            yield f"{name} {took(time)}"
    if connection.ended is not None and connection.ended >= connection.began > 0:
        yield f"{took(connection.ended - connection.began)} in all"


def ending(connection: ObservedConnection) -> str:
    """Return how a connection ended, and who ended it."""
    by = f" by the {connection.ended_by}" if connection.ended_by else ""
    partial = "".join(
        f", the {side} in the middle of {printable(part)}"
        for side, part in zip(("requestor", "acceptor"), connection.partial, strict=True)
        if part
    )
    match connection.ending:
        case "aborted":
            return f"aborted{by}{_abort(connection.abort)}{partial}"
        case "closed" if connection.is_association:
            return f"closed{by} without a release{partial}"
        case "refused":
            return f"refused: a reset answered the SYN{_after(connection)}"
        case "unanswered":
            within = _after(connection).replace("after", "within")
            return f"no answer to {counted(max(connection.syns, 1), 'SYN')}{within}"
        case "unreachable" if connection.unreachable is not None:
            said = connection.unreachable
            return f"the SYN did not arrive: {said.by} says {said.what} (ICMP){_after(connection)}"
        case "open":
            return f"still open where the capture ends{partial}"
        case how:
            return f"{how}{by}{partial}"


def _after(connection: ObservedConnection) -> str:
    duration = (connection.ended or connection.began) - connection.began
    return f" after {took(duration)}" if duration > 0 else ""


def _abort(numbers: tuple[int, int] | None) -> str:
    if numbers is None:
        return ""
    source, reason = numbers
    said = PeerAbort.SOURCES.get(source, f"source {source}")
    if source == 2:  # the reason is only significant from the provider (PS3.8 9.3.8)
        said += f": {PeerAbort.REASONS.get(reason, f'reason {reason}')}"
    return f" ({said})"


def _losses(connection: ObservedConnection) -> Iterator[Row]:
    sides = ("requestor", "acceptor")
    again = [
        f"{counted(count, 'segment')} of the {side}"
        for side, count in zip(sides, connection.retransmitted, strict=True)
        if count
    ]
    if again:
        yield "again", f"{' and '.join(again)} sent more than once: packets were lost on the way, or late"
    holes = [
        f"{size(count)} of the {side}" for side, count in zip(sides, connection.missing, strict=True) if count
    ]
    if holes:
        yield "missing", f"{' and '.join(holes)} not in the capture: what they said is not known"
    if not connection.handshake and connection.is_association and connection.request is not None:
        yield "note", "the beginning of the connection was not captured"


def _oddities(connection: ObservedConnection) -> Iterator[Row]:
    told = [("note", printable(sentence)) for sentence in connection.warnings]
    told += [("fault", f"the {fault.sender}: {printable(str(fault.error))}") for fault in connection.faults]
    yield from told[:_MOST_ODD]
    if len(told) > _MOST_ODD:
        yield "", f"and {len(told) - _MOST_ODD} more like these"
