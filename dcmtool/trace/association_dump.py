"""The parameters of an association in the lines and the order that DCMTK's tools print them in."""

from collections.abc import Iterable, Iterator

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
    UserIdentityResponse,
    find,
)


def request_parameters(request: AssociateRq) -> Iterator[str]:
    """Yield the dump of an association that is about to be requested."""
    yield "Request Parameters:"
    yield _ruler("BEGIN A-ASSOCIATE-RQ")
    yield from _head(request, ())
    yield from _contexts((PresentationContext(context) for context in request.contexts), ())
    yield from _extended(())
    yield _ruler("END A-ASSOCIATE-RQ")


def negotiated_parameters(
    request: AssociateRq, answer: AssociateAc, contexts: Iterable[PresentationContext]
) -> Iterator[str]:
    """Yield the dump of an association that the peer has answered; contexts in the order proposed."""
    yield "Association Parameters Negotiated:"
    yield _ruler("BEGIN A-ASSOCIATE-AC")
    yield from _head(request, answer.user_information)
    in_order = sorted(contexts, key=lambda context: context.context_id)
    yield from _contexts(in_order, answer.user_information)
    yield from _extended(answer.user_information)
    yield _ruler("END A-ASSOCIATE-AC")


def _ruler(title: str) -> str:
    return f" {title} ".center(66, "=")[:65]


def _head(request: AssociateRq, theirs: tuple[SubItem, ...]) -> Iterator[str]:
    ours = request.user_information
    yield f"Our Implementation Class UID:      {_implementation(ours)}"
    yield f"Our Implementation Version Name:   {_version(ours)}"
    yield f"Their Implementation Class UID:    {_implementation(theirs)}"
    yield f"Their Implementation Version Name: {_version(theirs)}"
    yield f"Application Context Name:    {printable(request.application_context)}"
    yield f"Calling Application Name:    {printable(request.calling_aet)}"
    yield f"Called Application Name:     {printable(request.called_aet)}"
    # The field is reserved in the answer and shall not be tested (PS3.8 9.3.3), so this is what was called.
    yield f"Responding Application Name: {printable(request.called_aet)}"
    yield f"Our Max PDU Receive Size:    {_maximum(ours)}"
    yield f"Their Max PDU Receive Size:  {_maximum(theirs)}"


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
    yield "Requested User Identity Negotiation: none"
    identity = find(theirs, UserIdentityResponse)
    yield f"User Identity Negotiation Response:{'' if identity else '  none'}"
    if identity is not None:
        yield f"  Server Response (not dumped) length: {len(identity.response)}"


def _implementation(information: tuple[SubItem, ...]) -> str:
    found = find(information, ImplementationClassUid)
    return printable(found.uid) if found else ""


def _version(information: tuple[SubItem, ...]) -> str:
    found = find(information, ImplementationVersionName)
    return printable(found.name) if found else ""


def _maximum(information: tuple[SubItem, ...]) -> int:
    found = find(information, MaximumLength)
    return found.value if found else 0
