"""From what was seen of a caller to findings about it: why it did not get what it wants."""

from collections.abc import Iterator

from dcmtool.diagnosis.callers.call import Call
from dcmtool.diagnosis.callers.conduct_rules import of_conduct
from dcmtool.diagnosis.callers.connection_rules import of_connection, sent
from dcmtool.diagnosis.callers.subject import Subject, in_order
from dcmtool.diagnosis.findings import Finding, Seen
from dcmtool.text import counted

_CALLED_TITLE, _CALLING_TITLE = 7, 3  # reasons of the service user (PS3.8 9.3.4)


def about_call(call: Call, of_request: tuple[Finding, ...], *, expects_title: bool) -> tuple[Finding, ...]:
    """Return what is to be said of a caller, the most important first; `of_request` is known of its request.

    With `expects_title` our own title is one that callers are to know.
    """
    subject = subject_of(call)
    if call.has_no_place and call.stage == "connected":
        limit = Seen(f"{call.max_associations} associations may be open at a time")
        return (subject.finding("too-many-connections", limit),)
    if call.stage == "connected":
        return in_order((*of_request, *of_connection(call, subject)))
    blank = {each.id for each in of_request}
    found = (*of_request, *_of_answer(call, subject, blank), *of_conduct(call, subject, blank))
    if expects_title and call.rejection is None:
        found = (*found, *_of_title(call, subject))
    return in_order(found)


def subject_of(call: Call) -> Subject:
    """Return whom the findings are about."""
    return Subject(call.address, call.port, call.title, call.calling, call.called)


def _of_answer(call: Call, subject: Subject, known: set[str]) -> Iterator[Finding]:
    """Yield why we answered the request otherwise than by an acceptance."""
    rejection = call.rejection
    if rejection is None:
        yield from _of_faults(call, subject)
        return
    seen = Seen(f"we answered with A-ASSOCIATE-RJ {rejection.numbers}", at=call.ended)
    if call.purpose.rejected:
        yield subject.finding("rejected-on-purpose", seen, code=rejection.numbers)
    elif call.has_no_place:
        limit = Seen(f"{call.max_associations} associations may be open at a time")
        yield subject.finding("association-limit", seen, limit)
    elif rejection.source == 1 and rejection.reason == _CALLED_TITLE and "blank-called-title" not in known:
        yield subject.finding("called-title-not-ours", *_titles(call), seen, case=_case(call))
    elif rejection.source == 1 and rejection.reason == _CALLING_TITLE and "blank-calling-title" not in known:
        yield subject.finding("calling-title-not-allowed", *_titles(call), seen)


def _of_faults(call: Call, subject: Subject) -> Iterator[Finding]:
    purpose = call.purpose
    if purpose.aborted:
        echoes = counted(call.echoes, "echo", "echoes")
        yield subject.finding("aborted-on-purpose", Seen("we sent A-ABORT", at=call.ended), echoes=echoes)
    elif purpose.refused_contexts:
        what = "no accepted presentation context"
        yield subject.finding("failed-on-purpose", Seen(f"we answered with {what}"), what=what)
    elif purpose.status and call.echoes:
        what = f"status 0x{purpose.status:04X}"
        yield subject.finding("failed-on-purpose", Seen(f"we answered with {what}"), what=what)


def _of_title(call: Call, subject: Subject) -> Iterator[Finding]:
    called = call.called.strip(" \0")
    if called and called != call.title.strip():
        yield subject.finding("other-title-called", *_titles(call), case=_case(call))


def _titles(call: Call) -> tuple[Seen, ...]:
    calling, called = (title.strip(" \0") for title in (call.calling, call.called))
    return (sent(f"'{calling}' called '{called}'"),)


def _case(call: Call) -> str:
    """Return that titles differ in their case alone, where they do."""
    called, own = call.called.strip(" \0"), call.title.strip()
    return " (it is in other case)" if called != own and called.lower() == own.lower() else ""
