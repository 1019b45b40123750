"""The parameters of an association as lines."""

import pytest

from dcmtool.trace.association_dump import negotiated_parameters, request_parameters
from dcmtool.uids import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from dcmtool.upper_layer.contexts import PresentationContext, propose
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
)
from tests.trace.told import NOTHING_EXTENDED, answer_dump, context_lines, request_dump

VERIFICATION, IMPLICIT = "1.2.840.10008.1.1", "1.2.840.10008.1.2"
OURS = (
    MaximumLength(16384),
    ImplementationClassUid(IMPLEMENTATION_CLASS_UID),
    ImplementationVersionName(IMPLEMENTATION_VERSION_NAME),
)
THEIRS = (
    MaximumLength(16384),
    ImplementationClassUid("1.2.3.4.5"),
    ImplementationVersionName("SCRIPTED_PEER"),
)
REQUEST = AssociateRq("ANY-SCP", "ECHOSCU", propose(5, VERIFICATION, (IMPLICIT, "1.2.3")), OURS)


def answered(
    *information: SubItem, results: tuple[int | None, ...] = (0,), syntax: str = IMPLICIT
) -> list[str]:
    """Return the dump of an answer, its contexts in the reverse order."""
    contexts = [
        PresentationContext(proposed, result, syntax)
        for proposed, result in zip(REQUEST.contexts, results, strict=False)
    ]
    answer = AssociateAc("ANOTHER", "ECHOSCU", (), (*THEIRS, *information))
    return [f"D: {line}" for line in negotiated_parameters(REQUEST, answer, reversed(contexts))]


def test_request() -> None:
    dump = [f"D: {line}" for line in request_parameters(REQUEST)]
    assert dump == request_dump("=LittleEndianImplicit", "1.2.3", contexts=5)


def test_answer_with_every_result() -> None:
    contexts = [
        *context_lines(1, "Abstract Syntax Not Supported"),
        *context_lines(3, "Accepted", "=LittleEndianImplicit"),
        *context_lines(5, "Transfer Syntaxes Not Supported"),
        "D:   Context ID:        7 (Proposed)",
        "D:     Abstract Syntax: =VerificationSOPClass",
        "D:     Proposed SCP/SCU Role: Default",
        "D:     Proposed Transfer Syntax(es):",
        "D:       =LittleEndianImplicit",
        "D:       1.2.3",
        *context_lines(9, "--Invalid Result/Reason--"),
    ]
    assert answered(results=(3, 0, 4, None, 99)) == answer_dump(contexts)


@pytest.mark.parametrize(
    ("scu", "scp", "role"),
    [(True, False, "SCU"), (False, True, "SCP"), (True, True, "SCP/SCU"), (False, False, "None")],
)
def test_answer_with_a_role(scu: bool, scp: bool, role: str) -> None:
    dump = answered(RoleSelection("1.2.3", False, False), RoleSelection(VERIFICATION, scu, scp))
    assert dump == answer_dump(context_lines(1, "Accepted", "=LittleEndianImplicit", role))


def test_answer_with_extended_negotiation_and_user_identity() -> None:
    dump = answered(ExtendedNegotiation(VERIFICATION, b"\1\0\1"), UserIdentityResponse(b"ok"))
    extended = [
        NOTHING_EXTENDED[0],
        "D: Accepted Extended Negotiation:",
        "D:   =VerificationSOPClass (1.2.840.10008.1.1)",
        "D:     [0x01, 0x00, 0x01]",
        NOTHING_EXTENDED[2],
        "D: User Identity Negotiation Response:",
        "D:   Server Response (not dumped) length: 2",
    ]
    assert dump == answer_dump(context_lines(1, "Accepted", "=LittleEndianImplicit"), extended)


@pytest.mark.parametrize(
    ("identity", "lines"),
    [
        (UserIdentity(1, False, b"anna"), ["1: Username", "Username: [anna]", "No"]),
        (
            UserIdentity(2, True, "änna".encode(), b"s3cret"),
            ["2: Username/Password", "Username: [änna]", "Password: (not dumped)", "Yes"],
        ),
        (UserIdentity(1, False, b"a\xff\x1b"), ["1: Username", "Username: [a\\xff\\x1b]", "No"]),
        (
            UserIdentity(3, False, b"tok"),
            ["3: Kerberos", "Kerberos Service Ticket (not dumped) length: 3", "No"],
        ),
        (UserIdentity(4, False, b"tok"), ["4: SAML", "SAML Assertion (not dumped) length: 3", "No"]),
        (UserIdentity(5, False, b"tok"), ["5: JWT", "JSON Web Token (not dumped) length: 3", "No"]),
        (UserIdentity(9, False, b"tok"), ["9: Unknown", "Primary Field (not dumped) length: 3", "No"]),
    ],
)
def test_a_user_identity_as_dcmtk_shows_it_but_for_the_password(
    identity: UserIdentity, lines: list[str]
) -> None:
    first, *others, last = lines
    expected = [
        "Requested User Identity Negotiation:",
        f"  Authentication mode {first}",
        *(f"  {line}" for line in others),
        f"  Positive Response requested: {last}",
        "User Identity Negotiation Response:  none",
    ]
    request = REQUEST._replace(user_information=(*REQUEST.user_information, identity))
    assert list(request_parameters(request))[-len(expected) - 1 : -1] == expected
    answer = AssociateAc("", "", (), ())
    assert list(negotiated_parameters(request, answer, ()))[-len(expected) - 1 : -1] == expected


def test_answer_of_a_peer_that_says_nothing_of_itself() -> None:
    lines = list(negotiated_parameters(REQUEST, AssociateAc("", "", (), ()), ()))
    assert lines[4:6] == ["Their Implementation Class UID:    ", "Their Implementation Version Name: "]
    assert lines[11] == "Their Max PDU Receive Size:  0"


@pytest.mark.parametrize(
    ("called", "calling", "shown"),
    [
        ("ANY-SCP", "ECHOSCU", ["ECHOSCU", "ANY-SCP", "ANY-SCP"]),
        ("", "", ["", "ANY-SCP", ""]),
        ("  ", "\0", ["", "ANY-SCP", ""]),
        ("\0\0", "X\0", ["X", "ANY-SCP", ""]),
        ("ANOTHER", "TITLE", ["TITLE", "ANY-SCP", "ANY-SCP"]),
    ],
)
def test_the_titles_of_an_answer_are_shown_as_echoscu_shows_them(
    called: str, calling: str, shown: list[str]
) -> None:
    lines = negotiated_parameters(REQUEST, AssociateAc(called, calling, (), THEIRS), ())
    assert [line[29:] for line in lines if "Application Name:" in line] == shown


def test_nothing_that_the_peer_sends_can_steer_the_terminal() -> None:
    hostile = "1.2\x1b[2J\r\nF: [bold]\x9b"
    dump = answered(
        ImplementationClassUid(hostile),
        ImplementationVersionName(hostile),
        ExtendedNegotiation(hostile, b""),
        syntax=hostile,
    )
    escaped = "1.2\\x1b[2J\\r\\nF: [bold]\\x9b"
    assert all(line.isprintable() for line in dump)
    assert [line.partition(escaped)[0] for line in dump if escaped in line] == [
        "D: Their Implementation Class UID:    ",
        "D: Their Implementation Version Name: ",
        "D:     Accepted Transfer Syntax: ",
        "D:   ",
    ]
