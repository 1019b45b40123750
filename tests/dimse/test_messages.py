"""C-ECHO-RQ and C-ECHO-RSP, by bytes alone and against pynetdicom."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pynetdicom.dimse_messages import C_ECHO_RQ, C_ECHO_RSP, DIMSEMessage
from pynetdicom.dimse_primitives import C_ECHO
from pynetdicom.pdu_primitives import P_DATA

from dcmtool.dimse import command_set as cs
from dcmtool.dimse.messages import (
    COMMANDS,
    CEchoRsp,
    c_echo_rq,
    oddities,
    read_c_echo_rq,
    usual_c_echo_rq,
    usual_c_echo_rsp,
)
from dcmtool.errors import RemoteProtocolError, UnexpectedResponse
from dcmtool.text import printable
from tests.peers import scu, wire

WORDS = st.integers(0, 0xFFFF)
IDS = st.integers(1, 0xFFFF)


def read(command: bytes, message_id: int = 1) -> CEchoRsp:
    """Read a command set as the response to a message."""
    return CEchoRsp.from_command_set(cs.decode(command), message_id)


def refusal(command: bytes, message_id: int = 1) -> str:
    """Return the sentence that a command set is refused with."""
    with pytest.raises(UnexpectedResponse) as caught:
        read(command, message_id)
    return str(caught.value)


def test_request() -> None:
    assert c_echo_rq(0x1234) == cs.encode(
        [
            (cs.AFFECTED_SOP_CLASS_UID, b"1.2.840.10008.1.1\0"),
            (cs.COMMAND_FIELD, b"\x30\0"),
            (cs.MESSAGE_ID, b"\x34\x12"),
            (cs.COMMAND_DATA_SET_TYPE, b"\1\1"),
        ]
    )


def test_response_with_a_comment() -> None:
    response = CEchoRsp(7, 0x0110, "disk full")
    assert response.encode() == wire.echo_response(7, 0x0110, comment="disk full ")
    assert read(response.encode(), 7) == response


def test_response_without_a_comment() -> None:
    assert CEchoRsp(7, 0).encode() == wire.echo_response(7)
    assert read(wire.echo_response(7), 7) == CEchoRsp(7, 0)


def test_padding_of_a_comment_is_taken_off() -> None:
    assert read(wire.echo_response(1, 1, comment=" a \0")).error_comment == "a"


def test_a_comment_of_a_size_that_no_comment_has_is_cut() -> None:
    assert read(wire.echo_response(1, 1, comment="x" * 60000)).error_comment == "x" * 256


def test_a_response_without_group_length_and_sop_class() -> None:
    assert read(wire.echo_response(1, omit=frozenset({0x0002}))[12:]) == CEchoRsp(1, 0)


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (0x0100, "CommandField"),
        (0x0120, "MessageIDBeingRespondedTo"),
        (0x0800, "CommandDataSetType"),
        (0x0900, "Status"),
    ],
)
def test_a_mandatory_element_is_missing(number: int, name: str) -> None:
    command = wire.echo_response(1, omit=frozenset({number}))
    assert refusal(command) == f"the response lacks the element (0000,{number:04x}) {name} (PS3.7 9.3.5)"


@pytest.mark.parametrize("value", [b"", b"\0", b"\0\0\0", b"\0\0\0\0"])
def test_an_element_of_the_wrong_length(value: bytes) -> None:
    elements = cs.decode(wire.echo_response(1))
    elements[cs.STATUS] = value
    with pytest.raises(UnexpectedResponse) as caught:
        CEchoRsp.from_command_set(elements, 1)
    assert str(caught.value) == (
        f"the element (0000,0900) Status of the response has {len(value)} byte(s), not 2 (PS3.7 9.3.5)"
    )


@pytest.mark.parametrize(
    ("command", "name"),
    [*COMMANDS.items(), (0x8123, "no command of PS3.7 E.1"), (0, "no command of PS3.7 E.1")],
)
def test_another_command(command: int, name: str) -> None:
    if name == "C-ECHO-RSP":
        assert read(wire.echo_response(1, command_field=command)).status == 0
        return
    assert refusal(wire.echo_response(1, command_field=command)) == (
        f"the peer answered with 0x{command:04X} ({name}) instead of C-ECHO-RSP (PS3.7 9.3.5)"
    )


def test_an_element_of_another_group() -> None:
    elements = cs.decode(wire.echo_response(1)) | {0x00091001: b"x"}
    assert CEchoRsp.from_command_set(elements, 1) == CEchoRsp(1, 0)


def test_only_the_padding_of_a_comment_is_taken_off() -> None:
    elements = cs.decode(wire.echo_response(1)) | {cs.ERROR_COMMENT: b" \0 XaX \0"}
    assert CEchoRsp.from_command_set(elements, 1).error_comment == "XaX"


def test_the_response_to_another_message() -> None:
    assert refusal(wire.echo_response(77)) == "the response is to message 77, not to 1 (PS3.7 9.3.5)"


def test_a_data_set_announced() -> None:
    assert refusal(wire.echo_response(1, data_set_type=0)) == (
        "the response announces a data set (Command Data Set Type 0x0000), "
        "which C-ECHO-RSP has not (PS3.7 9.3.5)"
    )


@given(IDS, WORDS, st.binary(max_size=60))
def test_any_response_ends_as_a_response_or_a_sentence(message_id: int, status: int, noise: bytes) -> None:
    command = wire.echo_response(message_id, status) + noise
    try:
        sentence = read(command, message_id).error_comment
    except (UnexpectedResponse, RemoteProtocolError) as error:
        sentence = str(error)
    assert printable(sentence).isprintable()


@given(WORDS, WORDS, st.text(st.characters(max_codepoint=0xFF), max_size=64))
def test_what_is_encoded_is_decoded(message_id: int, status: int, comment: str) -> None:
    response = CEchoRsp(message_id, status, comment.strip(" \0"))
    assert read(response.encode(), message_id) == response


# The request, as an acceptor reads it -------------------------------------------------------------------


def refused(command: bytes) -> str:
    """Return the sentence that a request is refused with."""
    with pytest.raises(RemoteProtocolError) as caught:
        read_c_echo_rq(cs.decode(command))
    assert (caught.value.clause, caught.value.abort_reason) == ("PS3.7 9.3.5.1", 6)
    return caught.value.what


@given(IDS)
def test_a_request_is_read(message_id: int) -> None:
    assert read_c_echo_rq(cs.decode(c_echo_rq(message_id))) == message_id


def test_a_request_as_nearly_all_are_is_read_at_a_look() -> None:
    usual = c_echo_rq(0x1234)
    assert usual_c_echo_rq(usual) == 0x1234
    assert [usual_c_echo_rq(usual[:end]) for end in range(len(usual))] == [None] * len(usual)
    assert usual_c_echo_rq(usual + b"\0") is None
    identical = usual.index(b"\x34\x12")
    for at in range(len(usual)):
        changed = usual_c_echo_rq(usual[:at] + bytes([usual[at] ^ 1]) + usual[at + 1 :])
        assert changed == {identical: 0x1235, identical + 1: 0x1334}.get(at)


@given(IDS, st.integers(0, 0xFFFF))
def test_a_response_as_nearly_all_are_is_read_at_a_look(message_id: int, status: int) -> None:
    usual = CEchoRsp(message_id, status).encode()
    assert usual_c_echo_rsp(usual, message_id) == CEchoRsp(message_id, status)
    assert usual_c_echo_rsp(usual, message_id ^ 1) is None
    assert usual_c_echo_rsp(usual[:-1], message_id) is None
    assert usual_c_echo_rsp(usual + b"\0", message_id) is None


def test_what_is_read_at_a_look_is_what_its_elements_say() -> None:
    usual = CEchoRsp(7, 0).encode()
    for at in range(len(usual)):
        changed = usual[:at] + bytes([usual[at] ^ 1]) + usual[at + 1 :]
        looked = usual_c_echo_rsp(changed, 7)
        assert (looked is None) == (at < len(usual) - 2)
        assert looked is None or looked == CEchoRsp.from_command_set(cs.decode(changed), 7)


@pytest.mark.parametrize("padding", [" ", "\0", "\0\0\0"])
def test_padding_of_the_sop_class_is_taken_off(padding: str) -> None:
    assert read_c_echo_rq(cs.decode(scu.command(sop_class=wire.VERIFICATION + padding))) == 7


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (scu.command(omit=[0x0100]), "the peer's request lacks the element (0000,0100) CommandField"),
        (scu.command(omit=[0x0110]), "the peer's C-ECHO-RQ lacks the element (0000,0110) MessageID"),
        (
            scu.command(omit=[0x0002]),
            "the peer's C-ECHO-RQ lacks the element (0000,0002) AffectedSOPClassUID",
        ),
        (
            scu.command(omit=[0x0800]),
            "the peer's C-ECHO-RQ lacks the element (0000,0800) CommandDataSetType",
        ),
        (scu.command(0x0001), "the peer sent 0x0001 (C-STORE-RQ) where only C-ECHO-RQ is served"),
        (
            scu.command(0x0031),
            "the peer sent 0x0031 (no command of PS3.7 E.1) where only C-ECHO-RQ is served",
        ),
        (scu.command(data_set_type=1), "the peer's C-ECHO-RQ announces a data set, which it has not"),
        (
            scu.command(more={0x0110: b"\1\0\0\0"}),
            "the peer's C-ECHO-RQ has 4 byte(s) in (0000,0110) MessageID, not 2",
        ),
    ],
)
def test_a_request_that_cannot_be_answered(command: bytes, sentence: str) -> None:
    assert refused(command) == sentence


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        (scu.command(0x0001), "command"),
        (scu.command(omit=[0x0002]), "no-sop-class"),
        (scu.command(omit=[0x0110]), "command-set"),
        (scu.command(data_set_type=1), "command-set"),
    ],
)
def test_the_kind_of_what_is_wrong_with_a_request(command: bytes, kind: str) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        read_c_echo_rq(cs.decode(command))
    assert caught.value.kind == kind


NOT_VERIFICATION = "which is not Verification (PS3.7 9.3.5.1)"


@pytest.mark.parametrize(
    ("command", "found"),
    [
        (scu.command(), ()),
        (scu.command(sop_class=wire.VERIFICATION + "\0 "), ()),
        (scu.command(sop_class=""), (f"the SOP class '', {NOT_VERIFICATION}",)),
        (scu.command(sop_class="X1.2X"), (f"the SOP class 'X1.2X', {NOT_VERIFICATION}",)),
        (
            scu.command(sop_class="1.2\x1b" + "3" * 90),
            (f"the SOP class '1.2\\x1b{'3' * 60}', {NOT_VERIFICATION}",),
        ),
    ],
)
def test_oddities_of_a_request_that_is_answered_all_the_same(command: bytes, found: tuple[str, ...]) -> None:
    elements = cs.decode(command)
    assert read_c_echo_rq(elements) == 7
    assert oddities(elements) == found


def test_no_sop_class_is_an_oddity() -> None:
    assert oddities({}) == (f"the SOP class '', {NOT_VERIFICATION}",)


def test_an_element_of_another_group_is_an_oddity() -> None:
    elements = cs.decode(scu.command(sop_class="1.2")) | {0x00091001: b"x"}
    assert oddities(elements) == (
        f"the SOP class '1.2', {NOT_VERIFICATION}",
        "the element (0009,1001), which is not of group 0000 (PS3.7 6.3.1)",
    )


# Against pynetdicom -----------------------------------------------------------------------------------


def theirs_from(command: bytes) -> C_ECHO:
    """Return the primitive that pynetdicom reads from a command set."""
    data = P_DATA()
    data.presentation_data_value_list.append((1, b"\3" + command))
    message = DIMSEMessage()
    assert message.decode_msg(data)
    primitive = message.message_to_primitive()
    assert isinstance(primitive, C_ECHO)
    return primitive


def theirs(message: C_ECHO_RQ | C_ECHO_RSP, primitive: C_ECHO) -> bytes:
    """Return the command set that pynetdicom encodes."""
    message.primitive_to_message(primitive)
    (data,) = message.encode_msg(1, 16382)
    ((_, value),) = data.presentation_data_value_list
    return bytes(value[1:])


@given(IDS)
def test_pynetdicom_reads_our_request(message_id: int) -> None:
    primitive = theirs_from(c_echo_rq(message_id))
    assert (primitive.MessageID, primitive.AffectedSOPClassUID) == (message_id, wire.VERIFICATION)


@given(IDS)
def test_pynetdicom_writes_our_request(message_id: int) -> None:
    primitive = C_ECHO()
    primitive.MessageID, primitive.AffectedSOPClassUID = message_id, wire.VERIFICATION
    assert theirs(C_ECHO_RQ(), primitive) == c_echo_rq(message_id)


@given(IDS, WORDS)
def test_pynetdicom_reads_our_response(message_id: int, status: int) -> None:
    primitive = theirs_from(CEchoRsp(message_id, status).encode())
    assert (primitive.MessageIDBeingRespondedTo, primitive.Status) == (message_id, status)


@given(IDS, WORDS)
def test_we_read_the_response_of_pynetdicom(message_id: int, status: int) -> None:
    primitive = C_ECHO()
    primitive.MessageIDBeingRespondedTo, primitive.Status = message_id, status
    primitive.AffectedSOPClassUID = wire.VERIFICATION
    assert read(theirs(C_ECHO_RSP(), primitive), message_id) == CEchoRsp(message_id, status)
