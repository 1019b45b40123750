"""The parameters of an association in the lines and the order that DCMTK's tools print them in."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from dcmtool.text import printable
from dcmtool.uids import described
from dcmtool.upper_layer.contexts import PresentationContext
from dcmtool.upper_layer.pdus import AssociateAc, AssociateRq
from dcmtool.upper_layer.user_information import (
    ExtendedNegotiation,
    ImplementationClassUid,
    ImplementationVersionName,
    MaximumLength,
    RoleSelection,
    SubItem,
    UserIdentity,
    UserIdentityResponse,
    find,
)

if TYPE_CHECKING:
    from dcmtool.events import Sender


# How DCMTK's tools call the two sides, by whose answer it is; whom an observer sees is neither.
_US = ("Our", "Their")
_SIDES: "dict[Sender | None, tuple[str, str]]" = {
    "local": ("Their", "Our"),
    "acceptor": ("Requestor's", "Acceptor's"),
}


def request_parameters(request: AssociateRq, answerer: "Sender | None" = "peer") -> Iterator[str]:
    """Yield the dump of an association that is requested, of whom."""
    yield "Request Parameters:"
    yield _ruler("BEGIN A-ASSOCIATE-RQ")
    titles = (request.calling_aet, request.called_aet)
    yield from _head(request, (), _SIDES.get(answerer, _US), titles)
    yield from _contexts((PresentationContext(context) for context in request.contexts), ())
    yield from _extended(())
    yield from _identity(request.user_information, ())
    yield _ruler("END A-ASSOCIATE-RQ")


def negotiated_parameters(
    request: AssociateRq,
    answer: AssociateAc,
    contexts: Iterable[PresentationContext],
    answerer: "Sender | None" = "peer",
) -> Iterator[str]:
    """Yield the dump of an association that was answered, by whom; contexts in the order proposed."""
    yield "Association Parameters Negotiated:"
    yield _ruler("BEGIN A-ASSOCIATE-AC")
    yield from _head(request, answer.user_information, _SIDES.get(answerer, _US), _titles(request, answer))
    in_order = sorted(contexts, key=lambda context: context.context_id)
    yield from _contexts(in_order, answer.user_information)
    yield from _extended(answer.user_information)
    yield from _identity(request.user_information, answer.user_information)
    yield _ruler("END A-ASSOCIATE-AC")


def _ruler(title: str) -> str:
    return f" {title} ".center(66, "=")[:65]


def _titles(request: AssociateRq, answer: AssociateAc) -> tuple[str, str]:
    """Return the calling and responding titles that DCMTK's tools show of an answer.

    Its fields are reserved and shall not be tested (PS3.8 9.3.3): they are shown where they are what they are
    to be, or blank; whoever answers by another title was called by the one that was asked for.
    """
    calling, called = (
        title.partition("\0")[0].strip(" ") for title in (answer.calling_aet, answer.called_aet)
    )
    return calling, request.called_aet if called else ""


def _head(
    request: AssociateRq, answered: tuple[SubItem, ...], sides: tuple[str, str], titles: tuple[str, str]
) -> Iterator[str]:
    both = list(zip(sides, (request.user_information, answered), strict=True))
    if sides[1] == "Our":
        both.reverse()
    for side, information in both:
        yield f"{side} Implementation Class UID:".ljust(34) + " " + _implementation(information)
        yield f"{side} Implementation Version Name:".ljust(34) + " " + _version(information)
    yield f"Application Context Name:    {printable(request.application_context)}"
    yield f"Calling Application Name:    {printable(titles[0])}"
    yield f"Called Application Name:     {printable(request.called_aet)}"
    yield f"Responding Application Name: {printable(titles[1])}"
    for side, information in both:
        yield f"{side} Max PDU Receive Size:".ljust(28) + f" {_maximum(information)}"


def _contexts(contexts: Iterable[PresentationContext], theirs: tuple[SubItem, ...]) -> Iterator[str]:
    yield "Presentation Contexts:"
    for context in contexts:
        yield f"  Context ID:        {context.context_id} ({context.result_text})"
        yield f"    Abstract Syntax: {described(context.proposed.abstract_syntax)}"
        yield "    Proposed SCP/SCU Role: Default"
        if context.result is None:
            yield "    Proposed Transfer Syntax(es):"
            yield from (f"      {described(uid)}" for uid in context.proposed.transfer_syntaxes)
            continue
        yield f"    Accepted SCP/SCU Role: {_role(context, theirs)}"
        if context.accepted:
            yield f"    Accepted Transfer Syntax: {printable(described(context.transfer_syntax))}"


def _role(context: PresentationContext, theirs: tuple[SubItem, ...]) -> str:
    for sub_item in theirs:
        if isinstance(sub_item, RoleSelection) and sub_item.sop_class == context.proposed.abstract_syntax:
            roles = [name for name, held in (("SCP", sub_item.scp), ("SCU", sub_item.scu)) if held]
            return "/".join(roles) or "None"
    return "Default"


def _extended(theirs: tuple[SubItem, ...]) -> Iterator[str]:
    yield "Requested Extended Negotiation: none"
    accepted = [sub_item for sub_item in theirs if isinstance(sub_item, ExtendedNegotiation)]
    yield f"Accepted Extended Negotiation:{'' if accepted else '  none'}"
    for sub_item in accepted:
        yield f"  {printable(described(sub_item.sop_class))} ({printable(sub_item.sop_class)})"
        yield f"    [{', '.join(f'0x{byte:02x}' for byte in sub_item.information)}]"


_MODES = {1: "Username", 2: "Username/Password", 3: "Kerberos", 4: "SAML", 5: "JWT"}
_TOKENS = {3: "Kerberos Service Ticket", 4: "SAML Assertion", 5: "JSON Web Token"}


def _identity(asked: tuple[SubItem, ...], answered: tuple[SubItem, ...]) -> Iterator[str]:
    """Yield what is said of the user; DCMTK's tools show passwords, which are nobody's to read."""
    identity, response = find(asked, UserIdentity), find(answered, UserIdentityResponse)
    yield f"Requested User Identity Negotiation:{'' if identity else ' none'}"
    if identity is not None:
        yield from _requested_identity(identity)
    yield f"User Identity Negotiation Response:{'' if response else '  none'}"
    if response is not None:
        yield f"  Server Response (not dumped) length: {len(response.response)}"


def _requested_identity(identity: UserIdentity) -> Iterator[str]:
    kind, length = identity.identity_type, len(identity.primary)
    yield f"  Authentication mode {kind}: {_MODES.get(kind, 'Unknown')}"
    if UserIdentity.is_named(kind):
        yield f"  Username: [{printable(user_name(identity))}]"
    else:
        yield f"  {_TOKENS.get(kind, 'Primary Field')} (not dumped) length: {length}"
    if kind == 2:
        yield "  Password: (not dumped)"
    yield f"  Positive Response requested: {'Yes' if identity.response_requested else 'No'}"


def user_name(identity: UserIdentity) -> str:
    """Return the name as text, not yet printable; it should be UTF-8 (PS3.7 D.3.3.7.1)."""
    return identity.primary.decode("utf-8", "backslashreplace")


def _implementation(information: tuple[SubItem, ...]) -> str:
    found = find(information, ImplementationClassUid)
    return printable(found.uid) if found else ""


def _version(information: tuple[SubItem, ...]) -> str:
    found = find(information, ImplementationVersionName)
    return printable(found.name) if found else ""


def _maximum(information: tuple[SubItem, ...]) -> int:
    found = find(information, MaximumLength)
    return found.value if found else 0
