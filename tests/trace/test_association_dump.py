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
    answer = AssociateAc("ANOTHER", "TITLE", (), (*THEIRS, *information))
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


def test_answer_of_a_peer_that_says_nothing_of_itself() -> None:
    lines = list(negotiated_parameters(REQUEST, AssociateAc("", "", (), ()), ()))
    assert lines[4:6] == ["Their Implementation Class UID:    ", "Their Implementation Version Name: "]
    assert lines[11] == "Their Max PDU Receive Size:  0"


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
