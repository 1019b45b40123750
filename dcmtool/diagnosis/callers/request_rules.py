"""What is odd about an association request, whatever is answered to it (PS3.8 9.3.2, PS3.7 D.3.3)."""

import re
from collections.abc import Collection, Iterator

from dcmtool.diagnosis.callers.subject import Subject
from dcmtool.diagnosis.findings import Finding, Seen
from dcmtool.text import brief, counted, printable
from dcmtool.uids import APPLICATION_CONTEXT, IMPLICIT_VR_LITTLE_ENDIAN, VERIFICATION_SOP_CLASS
from dcmtool.upper_layer.items import ITEM_HEADER, USER_INFORMATION
from dcmtool.upper_layer.pdus import AssociateRq, ProposedContext
from dcmtool.upper_layer.undecoded import item_offsets, raw_titles
from dcmtool.upper_layer.user_information import (
    AsynchronousOperationsWindow,
    ImplementationClassUid,
    ImplementationVersionName,
    MaximumLength,
    RoleSelection,
    UnknownSubItem,
    UserIdentity,
    find,
    is_defined,
)

_UID = re.compile(r"[0-9]+(\.[0-9]+)+")  # PS3.5 9.1; leading zeros of components harm nobody
_MOST_UID, _MOST_NAME = 64, 16  # characters (PS3.5 9.1, PS3.7 D.3.3.2.3)
_TITLES_AT = (10, 26)  # bytes before the called and the calling title (PS3.8 9.3.2)
_SHOWN = 16  # bytes of what is malformed
_IDENTITIES = range(1, 6)  # PS3.7 D.3.3.7.1
_MOST_NAMED = 3  # of several UIDs, or IDs


def about_request(
    request: AssociateRq, pdu: bytes, caller: Subject, syntaxes: Collection[str]
) -> tuple[Finding, ...]:
    """Return what is odd about a request, whose bytes are `pdu`; `syntaxes` are those that we know."""
    return (
        *_of_titles(pdu, caller),
        *_of_contexts(request, caller, syntaxes),
        *_of_user_information(request, pdu, caller),
    )


# Titles ---------------------------------------------------------------------------------------------


def _of_titles(pdu: bytes, caller: Subject) -> Iterator[Finding]:
    odd: dict[str, list[tuple[str, Seen]]] = {"nul-padded-title": [], "odd-title": []}
    for which, raw, at in zip(("called", "calling"), raw_titles(pdu), _TITLES_AT, strict=True):
        seen = Seen(f'the {which} AE title is "{printable(raw)}"', data=pdu[at : at + 16])
        title = raw.strip(" \0")
        if not title:
            yield caller.finding(f"blank-{which}-title", seen)
            continue
        if "\0" in raw:
            odd["nul-padded-title"].append((which, seen))
        if not (title.isascii() and title.isprintable()) or "\\" in title:
            odd["odd-title"].append((which, seen))
    for name, titles in odd.items():
        if titles:
            both = " and ".join(which for which, _ in titles)
            yield caller.finding(name, *(seen for _, seen in titles), which=both)


# Presentation contexts ------------------------------------------------------------------------------


def _of_contexts(request: AssociateRq, caller: Subject, syntaxes: Collection[str]) -> Iterator[Finding]:
    contexts = request.contexts
    if request.application_context != APPLICATION_CONTEXT:
        what = brief(request.application_context)
        seen = Seen(f"the application context name is '{what}'")
        yield caller.finding("other-application-context", seen, what=what)
    wanted = [each for each in contexts if each.abstract_syntax == VERIFICATION_SOP_CLASS]
    if wanted:
        yield from _of_syntaxes(wanted, caller, syntaxes)
    else:
        number = counted(len(contexts), "presentation context")
        seen = Seen(_named([each.abstract_syntax for each in contexts]) or "no presentation context")
        yield caller.finding("no-verification-proposed", seen, contexts=number)
    yield from _of_ids([each.context_id for each in contexts], caller)
    uids = {uid: None for each in contexts for uid in (each.abstract_syntax, *each.transfer_syntaxes)}
    odd = [uid for uid in uids if not _UID.fullmatch(uid) or len(uid) > _MOST_UID]
    if odd:
        yield caller.finding("odd-uid", Seen(_named(odd)), what=brief(odd[0]))


def _of_syntaxes(
    wanted: list[ProposedContext], caller: Subject, syntaxes: Collection[str]
) -> Iterator[Finding]:
    offered = [uid for each in wanted for uid in each.transfer_syntaxes]
    seen = Seen(f"proposed for Verification: {_named(offered) or 'no transfer syntax'}")
    if not any(uid in syntaxes for uid in offered):
        yield caller.finding("no-known-transfer-syntax", seen)
    elif IMPLICIT_VR_LITTLE_ENDIAN not in offered:
        yield caller.finding("no-implicit-little-endian", seen)


def _of_ids(ids: list[int], caller: Subject) -> Iterator[Finding]:
    even = [number for number in ids if number % 2 == 0]
    twice = [number for number in dict.fromkeys(ids) if ids.count(number) > 1]
    if even or twice:
        number = (even or twice)[0]
        what = f"{number} {'is not odd' if even else 'stands for two'}"
        yield caller.finding("odd-context-id", Seen(f"the IDs {_several(map(str, ids))}"), what=what)


def _named(uids: list[str]) -> str:
    return _several(brief(uid) or "''" for uid in dict.fromkeys(uids))


def _several(words: "Iterator[str] | map[str]") -> str:
    every = list(words)
    more = f" and {len(every) - _MOST_NAMED} more" if len(every) > _MOST_NAMED else ""
    return ", ".join(every[:_MOST_NAMED]) + more


# User information -----------------------------------------------------------------------------------


def _of_user_information(request: AssociateRq, pdu: bytes, caller: Subject) -> Iterator[Finding]:
    items = request.user_information
    malformed = [each for each in items if isinstance(each, UnknownSubItem) and is_defined(each.kind)]
    for sub_item in malformed[:1]:
        yield _malformed(sub_item, pdu, caller)
    needed = {"the maximum length": MaximumLength, "the implementation class UID": ImplementationClassUid}
    absent = [name for name, kind in needed.items() if find(items, kind) is None]
    if absent and not malformed:
        what = " and ".join(absent)
        yield caller.finding("incomplete-user-information", Seen(f"{what} not there"), what=what)
    version = find(items, ImplementationVersionName)
    if version is not None and len(version.name) > _MOST_NAME:
        seen = Seen(f"the implementation version name is '{brief(version.name)}'")
        yield caller.finding("long-version-name", seen, length=len(version.name))
    roles = [each.sop_class for each in items if isinstance(each, RoleSelection)]
    if roles:
        yield caller.finding("roles-proposed", Seen(f"roles for {_named(roles)}"), what=_named(roles))
    window = find(items, AsynchronousOperationsWindow)
    if window is not None and window != (1, 1):
        what = "/".join("without end" if each == 0 else str(each) for each in window)
        yield caller.finding(
            "asynchronous-window", Seen(f"operations invoked and performed: {what}"), what=what
        )
    yield from _of_identity(find(items, UserIdentity), caller)


def _malformed(sub_item: UnknownSubItem, pdu: bytes, caller: Subject) -> Finding:
    kind, value = sub_item
    header = bytes((kind,))
    inside = [at for at in item_offsets(pdu, USER_INFORMATION) if pdu[at : at + 1] == header]
    at = next((at for at in inside if pdu[at + ITEM_HEADER :].startswith(value)), None)
    data = pdu[at : at + ITEM_HEADER + _SHOWN] if at is not None else value[:_SHOWN]
    seen = Seen(f"its value has {len(value)} bytes", data=data[: ITEM_HEADER + len(value)])
    where = "?" if at is None else at
    return caller.finding("malformed-sub-item", seen, kind=f"{kind:02X}H", offset=where)


def _of_identity(identity: UserIdentity | None, caller: Subject) -> Iterator[Finding]:
    if identity is None:
        return
    kind = identity.identity_type
    if kind not in _IDENTITIES:
        yield caller.finding("unknown-identity-type", Seen(f"the identity's type is {kind}"), kind=kind)
    if identity.response_requested:
        yield caller.finding("identity-unanswered", Seen("a positive response was requested"))
