"""What a requestor proposes, with any presentation contexts, and the A-ASSOCIATE-RQ that says so."""

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from dcmtool.errors import SettingsError
from dcmtool.named_tuple import NamedTuple
from dcmtool.settings import (
    DEFAULT_PDU,
    MAX_CONTEXTS,
    MAX_PDU,
    MIN_PDU,
    check_ae_title,
    check_transfer_syntaxes,
    check_uid,
    check_whole,
)
from dcmtool.uids import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from dcmtool.upper_layer.pdus import AssociateRq, ProposedContext
from dcmtool.upper_layer.user_information import (
    ImplementationClassUid,
    ImplementationVersionName,
    MaximumLength,
    RoleSelection,
    SubItem,
    UserIdentity,
)

if TYPE_CHECKING:
    from dcmtool.identity import Identity

_IDENTITY_HEADER = 10  # bytes of the sub-item beside its two fields (PS3.7 D.3.3.7.1)
_CLASS_UID = ImplementationClassUid(IMPLEMENTATION_CLASS_UID)
_VERSION_NAME = ImplementationVersionName(IMPLEMENTATION_VERSION_NAME)
_MAX_LENGTH = 0xFFFF  # bytes of an item's value: its length has 16 bits (PS3.8 9.3.2.3)


class Proposal(NamedTuple):
    """The titles, the presentation contexts, and what else is to be negotiated.

    A context is an abstract syntax and its transfer syntaxes (UIDs); `max_pdu` is the Maximum Length that we
    take, in bytes. Roles are for abstract syntaxes of the contexts (PS3.7 D.3.3.4).
    """

    calling_aet: str
    called_aet: str
    contexts: tuple[tuple[str, tuple[str, ...]], ...]
    max_pdu: int = DEFAULT_PDU
    roles: tuple[RoleSelection, ...] = ()
    user_identity: UserIdentity | None = None


@lru_cache(maxsize=64)  # a monitor asks its nodes the same again and again
def associate_rq(proposal: Proposal) -> AssociateRq:
    """Return the A-ASSOCIATE-RQ of a proposal; its contexts have the IDs 1, 3, 5 and so on.

    Raises:
        SettingsError: no association can be made with it.
    """
    _check(proposal)
    user_information: tuple[SubItem, ...] = (
        MaximumLength(proposal.max_pdu),
        _CLASS_UID,
        *proposal.roles,
        _VERSION_NAME,
    )
    if proposal.user_identity is not None:
        user_information += (_fitting(proposal.user_identity, user_information),)
    contexts = tuple(
        ProposedContext(2 * index + 1, abstract_syntax, transfer_syntaxes)
        for index, (abstract_syntax, transfer_syntaxes) in enumerate(proposal.contexts)
    )
    return AssociateRq(proposal.called_aet, proposal.calling_aet, contexts, user_information)


def _check(proposal: Proposal) -> None:
    check_ae_title("calling AE title", proposal.calling_aet)
    check_ae_title("called AE title", proposal.called_aet)
    check_whole("number of presentation contexts", len(proposal.contexts), 1, MAX_CONTEXTS)
    for abstract_syntax, transfer_syntaxes in dict.fromkeys(proposal.contexts):  # many may be the same
        check_uid("abstract syntax", abstract_syntax)
        check_transfer_syntaxes(transfer_syntaxes)
    check_whole("maximum PDU length", proposal.max_pdu, MIN_PDU, MAX_PDU)
    _check_roles(proposal.roles, {abstract_syntax for abstract_syntax, _ in proposal.contexts})
    if proposal.user_identity is not None:
        _check_user_identity(proposal.user_identity)


def _check_roles(roles: Iterable[RoleSelection], abstract_syntaxes: set[str]) -> None:
    open_for_a_role = set(abstract_syntaxes)
    for role in roles:
        if role.sop_class not in abstract_syntaxes:
            raise SettingsError("role selection", role.sop_class, "is for no proposed abstract syntax")
        if role.sop_class not in open_for_a_role:
            raise SettingsError("role selection", role.sop_class, "is given twice (PS3.7 D.3.3.4)")
        open_for_a_role.remove(role.sop_class)


def _fitting(identity: UserIdentity, others: Iterable[SubItem]) -> UserIdentity:
    """Return the user identity, which stands in one item with other sub-items (PS3.8 9.3.2.3)."""
    taken = sum(len(each.encode()) for each in others) + _IDENTITY_HEADER
    if len(identity.primary) + len(identity.secondary) > _MAX_LENGTH - taken:
        raise SettingsError("user identity", "***", "is longer than its item can say (PS3.8 9.3.2.3)")
    return identity


def user_identity(identity: "Identity") -> UserIdentity:
    """Return the sub-item that says who the user is."""
    return UserIdentity(identity.kind, identity.positive_response, identity.primary, identity.secondary)


def _check_user_identity(identity: UserIdentity) -> None:
    check_whole("user identity type", identity.identity_type, 1, 5)
    if identity.secondary and identity.identity_type != 2:
        raise SettingsError("user identity", "***", "has a passcode, which only type 2 has (PS3.7 D.3.3.7.1)")
