"""What is proposed, as an A-ASSOCIATE-RQ."""

from typing import Any

import pytest

from dcmtool.association.proposal import Proposal, associate_rq, user_identity
from dcmtool.errors import SettingsError
from dcmtool.identity import Identity
from dcmtool.settings import MAX_CONTEXTS, MAX_SYNTAXES, Negotiation
from dcmtool.uids import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from dcmtool.upper_layer.pdus import AssociateRq, ProposedContext
from dcmtool.upper_layer.user_information import (
    ImplementationClassUid,
    ImplementationVersionName,
    MaximumLength,
    RoleSelection,
    UserIdentity,
)
from dcmtool.verification.echo import proposal

CT, MR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"
VERIFICATION, IMPLICIT, EXPLICIT = "1.2.840.10008.1.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
CONTEXTS = ((CT, (IMPLICIT, EXPLICIT)), (MR, (EXPLICIT,)), (CT, (IMPLICIT,)))
OURS = (
    MaximumLength(16384),
    ImplementationClassUid(IMPLEMENTATION_CLASS_UID),
    ImplementationVersionName(IMPLEMENTATION_VERSION_NAME),
)


def test_any_contexts_roles_and_a_user() -> None:
    role, user = RoleSelection(CT, False, True), UserIdentity(2, True, b"me", b"secret")
    made = associate_rq(Proposal("US", "THEM", CONTEXTS, 65536, (role,), user))
    contexts = (
        ProposedContext(1, CT, (IMPLICIT, EXPLICIT)),
        ProposedContext(3, MR, (EXPLICIT,)),
        ProposedContext(5, CT, (IMPLICIT,)),
    )
    maximum, class_uid, version = MaximumLength(65536), OURS[1], OURS[2]
    assert made == AssociateRq("THEM", "US", contexts, (maximum, class_uid, role, version, user))
    assert AssociateRq.decode(made.encode()[6:]) == made


def test_an_echo_proposes_equal_contexts_for_verification() -> None:
    made = associate_rq(proposal(Negotiation("US", "THEM", (EXPLICIT, IMPLICIT), contexts=2)))
    contexts = tuple(ProposedContext(number, VERIFICATION, (EXPLICIT, IMPLICIT)) for number in (1, 3))
    assert made == AssociateRq("THEM", "US", contexts, OURS)


def test_the_most_contexts_have_the_ids_to_255() -> None:
    made = associate_rq(Proposal("US", "THEM", ((CT, (IMPLICIT,)),) * MAX_CONTEXTS))
    assert [context.context_id for context in made.contexts] == list(range(1, 256, 2))


@pytest.mark.parametrize(
    ("identity", "sub_item"),
    [
        (Identity(user="me"), UserIdentity(1, False, b"me")),
        (
            Identity(user="me", passcode="secret", positive_response=True),
            UserIdentity(2, True, b"me", b"secret"),
        ),
        (Identity(jwt="token"), UserIdentity(5, False, b"token")),
    ],
)
def test_who_the_user_is_as_a_sub_item(identity: Identity, sub_item: UserIdentity) -> None:
    assert user_identity(identity) == sub_item


def test_the_longest_user_identity_that_its_item_can_say() -> None:
    others = sum(len(each.encode()) for each in OURS)
    room = 65535 - others - len(UserIdentity(2, False, b"", b"").encode())
    longest = Proposal("US", "THEM", CONTEXTS, 16384, (), UserIdentity(2, False, b"u", bytes(room - 1)))
    assert (
        AssociateRq.decode(associate_rq(longest).encode()[6:]).user_information[-1] == longest.user_identity
    )
    for longer in (UserIdentity(2, False, b"us", bytes(room - 1)), UserIdentity(2, False, b"u", bytes(room))):
        with pytest.raises(SettingsError):
            associate_rq(longest._replace(user_identity=longer))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"calling_aet": ""}, "calling AE title '' is empty: an AE title has 1 to 16 characters"),
        ({"called_aet": "X" * 17}, "called AE title 'XXXXXXXXXXXXXXXXX' has 17 characters"),
        ({"contexts": ()}, "number of presentation contexts '0' is out of range: from 1 to 128"),
        (
            {"contexts": CONTEXTS * 43},
            "number of presentation contexts '129' is out of range: from 1 to 128",
        ),
        ({"contexts": (("CT", (IMPLICIT,)),)}, "abstract syntax 'CT' is not a UID: digits and dots"),
        ({"contexts": ((CT, ()),)}, "transfer syntaxes '' name none: propose at least one (PS3.8 9.3.2.2)"),
        ({"contexts": ((CT, ("x",)),)}, "transfer syntax 'x' is not a UID"),
        (
            {"contexts": ((CT, ("1" * 60,) * (MAX_SYNTAXES // 64 + 1)),)},
            "number of transfer syntaxes '1023' is more than a presentation context holds (PS3.8 9.3.2.2)",
        ),
        ({"max_pdu": 1}, "maximum PDU length '1' is out of range: from 4096 to 131072"),
        (
            {"roles": (RoleSelection(VERIFICATION, True, True),)},
            f"role selection '{VERIFICATION}' is for no proposed abstract syntax",
        ),
        (
            {"roles": (RoleSelection(CT, True, False), RoleSelection(CT, True, True))},
            f"role selection '{CT}' is given twice (PS3.7 D.3.3.4)",
        ),
        (
            {"user_identity": UserIdentity(6, False, b"")},
            "user identity type '6' is out of range: from 1 to 5",
        ),
        (
            {"user_identity": UserIdentity(3, False, bytes(65536))},
            "user identity '***' is longer than its item can say (PS3.8 9.3.2.3)",
        ),
        (
            {"user_identity": UserIdentity(3, False, b"me", b"secret")},
            "user identity '***' has a passcode, which only type 2 has (PS3.7 D.3.3.7.1)",
        ),
        (
            {"user_identity": UserIdentity(0, False, b"")},
            "user identity type '0' is out of range: from 1 to 5",
        ),
        (
            {"user_identity": UserIdentity(1, False, b"me", b"secret")},
            "user identity '***' has a passcode, which only type 2 has (PS3.7 D.3.3.7.1)",
        ),
    ],
)
def test_what_cannot_be_proposed(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingsError) as raised:
        associate_rq(Proposal("US", "THEM", CONTEXTS)._replace(**fields))
    assert str(raised.value).startswith(sentence)
    assert "secret" not in str(raised.value)
