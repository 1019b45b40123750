"""The command sets of all DIMSE services as values, by bytes alone and against pynetdicom."""

from io import BytesIO
from struct import pack
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom._dicom_dict import DicomDictionary
from pydicom.tag import Tag
from pynetdicom import dimse_messages, dimse_primitives
from pynetdicom.pdu_primitives import P_DATA

from dcmtool.dimse import command_set as cs
from dcmtool.dimse.commands import Command, CommandHead, Suboperations
from dcmtool.dimse.messages import COMMANDS, c_echo_rq
from dcmtool.dimse.reassembly import MessageReassembler, WholeCommand, WholeDataSet
from dcmtool.errors import RemoteProtocolError
from dcmtool.upper_layer.pdus import Pdv
from tests.upper_layer.strategies import AE_TITLES, UIDS

MESSAGES = dimse_messages._MESSAGE_TYPES
KEYWORDS = dimse_messages._COMMAND_SET_KEYWORDS
SHORTS = st.integers(0, 0xFFFF)
TAGS = st.integers(0, 0xFFFFFFFF)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "UI": UIDS,
    "US": SHORTS,
    "AE": AE_TITLES,
    "LO": st.text("abc DEF.", min_size=1, max_size=64).map(str.strip).filter(bool),
    "AT": st.lists(TAGS, min_size=1, max_size=5),
}
# Our field for each element of pynetdicom's, by keyword.
FIELDS = {
    "AffectedSOPClassUID": "sop_class",
    "RequestedSOPClassUID": "sop_class",
    "AffectedSOPInstanceUID": "sop_instance",
    "RequestedSOPInstanceUID": "sop_instance",
    "CommandField": "field",
    "MessageID": "message_id",
    "MessageIDBeingRespondedTo": "message_id_being_responded_to",
    "MoveDestination": "move_destination",
    "MoveOriginatorApplicationEntityTitle": "move_originator",
    "MoveOriginatorMessageID": "move_originator_message_id",
    "Priority": "priority",
    "Status": "status",
    "OffendingElement": "offending_elements",
    "ErrorComment": "error_comment",
    "ErrorID": "error_id",
    "EventTypeID": "event_type",
    "ActionTypeID": "action_type",
    "AttributeIdentifierList": "attributes",
}
SUBOPERATIONS = {
    "NumberOfRemainingSuboperations": "remaining",
    "NumberOfCompletedSuboperations": "completed",
    "NumberOfFailedSuboperations": "failed",
    "NumberOfWarningSuboperations": "warning",
}
every_command = pytest.mark.parametrize(
    ("field", "name"), [(field, name) for field, (name, _) in MESSAGES.items()]
)


def test_the_elements_are_those_of_the_data_dictionary() -> None:
    theirs = {tag: (vr, keyword) for tag, (vr, _, _, _, keyword) in DicomDictionary.items() if tag < 0x10000}
    assert theirs == cs.ELEMENTS


def test_the_commands_are_those_of_pynetdicom() -> None:
    assert {field: name for field, (name, _) in MESSAGES.items()} == COMMANDS
    assert {keyword for keywords in KEYWORDS.values() for keyword in keywords} == {
        *("CommandGroupLength", "CommandDataSetType"),
        *FIELDS,
        *SUBOPERATIONS,
    }


@st.composite
def values(draw: st.DrawFn, field: int) -> dict[str, Any]:
    """Values for all elements of a command but its group length, by keyword."""
    drawn: dict[str, Any] = {}
    for keyword in KEYWORDS[MESSAGES[field][0]][1:]:
        (vr,) = {vr for vr, name in cs.ELEMENTS.values() if name == keyword}
        drawn[keyword] = draw(VALUES[vr])
    kind = draw(st.sampled_from([0x0000, 0x0001, 0x0101, 0x0102]))
    return drawn | {"CommandField": field, "CommandDataSetType": kind}


def check(command: Command, expected: dict[str, Any]) -> None:
    """Hold a command against the values that it was made of."""
    for keyword, value in expected.items():
        if keyword in SUBOPERATIONS:
            assert getattr(command.suboperations, SUBOPERATIONS[keyword]) == value
        elif keyword in FIELDS:
            shown = tuple(value) if isinstance(value, list) else value
            assert getattr(command, FIELDS[keyword]) == shown
    assert command.has_data_set == (expected["CommandDataSetType"] != 0x0101)
    assert command.lacking == ()


def encoded(tag: int, value: Any) -> bytes:
    """Return a value as bytes."""
    match cs.VRS[tag]:
        case "US":
            return cs.us(value)
        case "UI":
            return cs.ui(value)
        case "AT":
            return b"".join(pack("<HH", each >> 16, each & 0xFFFF) for each in value)
        case _:
            return bytes(value.ljust(len(value) + len(value) % 2), "ascii")


@every_command
@given(st.data())
@settings(max_examples=25)  # for each of the 23 commands
def test_we_read_what_pynetdicom_encodes(field: int, name: str, data: st.DataObject) -> None:
    expected = data.draw(values(field))
    message = MESSAGES[field][1]()
    for keyword, value in expected.items():
        setattr(message.command_set, keyword, [*map(Tag, value)] if isinstance(value, list) else value)
    message._set_command_group_length()
    message.data_set = BytesIO(b"") if expected["CommandDataSetType"] == 0x0101 else BytesIO(b"data")
    size = data.draw(st.integers(7, 100)) & ~1 | 8
    fragments = [
        Pdv(context_id, bool(value[0] & 1), bool(value[0] & 2), bytes(value[1:]))
        for primitive in message.encode_msg(3, size)
        for context_id, value in primitive.presentation_data_value_list
    ]
    reassembler = MessageReassembler([3])
    whole = [found for pdv in fragments if (found := reassembler.add(pdv)) is not None]
    assert isinstance(whole[0], WholeCommand)
    check(Command.from_command_set(whole[0].elements), expected)
    assert whole[1:] == ([WholeDataSet(3, 4)] if whole[0].has_data_set else [])


@every_command
@given(st.data())
@settings(max_examples=25)  # for each of the 23 commands
def test_pynetdicom_reads_the_elements_that_we_encode(field: int, name: str, data: st.DataObject) -> None:
    expected = data.draw(values(field)) | {"CommandDataSetType": 0x0101}
    tags = {keyword: tag for tag, keyword in cs.NAMES.items()}
    elements = sorted((tags[keyword], encoded(tags[keyword], value)) for keyword, value in expected.items())
    command = cs.encode(elements)
    check(Command.from_command_set(cs.decode(command)), expected)
    primitive = P_DATA()
    primitive.presentation_data_value_list.append((1, b"\3" + command))
    message = dimse_messages.DIMSEMessage()
    assert message.decode_msg(primitive)
    assert type(message) is MESSAGES[field][1]
    for keyword, value in expected.items():
        found = message.command_set[keyword].value
        shown = [found] if isinstance(value, list) and len(value) == 1 else found
        assert shown == value


def read(*elements: tuple[int, bytes]) -> Command:
    """Return the command that the elements make, whose head is the same."""
    command = Command.from_command_set(dict(elements))
    head = CommandHead.from_command_set(dict(elements))
    assert [getattr(command, name) for name in CommandHead._fields] == list(head)
    assert command.is_response == head.is_response
    return command


HEAD = ((cs.COMMAND_FIELD, cs.us(0x0001)), (cs.COMMAND_DATA_SET_TYPE, cs.us(0x0000)))


def test_what_is_not_there_is_none_or_nothing() -> None:
    command = read(*HEAD)
    assert command == Command(
        *(1, True, None, None, None, "", "", None, "", "", None, None, None),
        *(Suboperations(None, None, None, None), (), (), "", None, dict(HEAD)),
    )
    assert (command.name, command.is_response) == ("C-STORE-RQ", False)
    assert [cs.tag_text(element) for element in command.lacking] == [
        "(0000,0110) MessageID",
        "(0000,0002) AffectedSOPClassUID",
        "(0000,0700) Priority",
        "(0000,1000) AffectedSOPInstanceUID",
    ]


@every_command
def test_what_each_command_must_have_is_what_pynetdicom_wants(field: int, name: str) -> None:
    service = name.rpartition("-")[0].replace("-", "_")
    if name == "C-CANCEL-RQ":
        wanted = {"MessageIDBeingRespondedTo"}
    else:
        primitive = getattr(dimse_primitives, service)
        keywords = primitive.REQUEST_KEYWORDS if name.endswith("-RQ") else primitive.RESPONSE_KEYWORDS
        wanted = {*keywords} - {"DataSet", "Identifier", "ModificationList"}  # which are no elements
    lacking = read((cs.COMMAND_FIELD, cs.us(field)), HEAD[1]).lacking
    assert {cs.NAMES[element] for element in lacking} == wanted


def test_a_response_must_say_to_what_and_how() -> None:
    command = read((cs.COMMAND_FIELD, cs.us(0x8020)), HEAD[1])
    assert (command.name, command.is_response) == ("C-FIND-RSP", True)
    assert command.lacking == (cs.MESSAGE_ID_BEING_RESPONDED_TO, cs.STATUS)


def test_a_command_that_the_standard_has_not() -> None:
    command = read((cs.COMMAND_FIELD, cs.us(0x0002)), HEAD[1])
    assert (command.name, command.is_response, command.lacking) == ("", False, ())


def test_an_element_without_value_is_none() -> None:
    assert read(*HEAD, (cs.STATUS, b"")).status is None


def test_texts_lose_their_padding_and_have_a_bound() -> None:
    command = read(*HEAD, (cs.MOVE_DESTINATION, b" XPACSX\0 "), (cs.ERROR_COMMENT, b"x" * 60_000))
    assert (command.move_destination, len(command.error_comment)) == ("XPACSX", 256)


def test_lists_of_tags_have_a_bound_and_lose_a_rest() -> None:
    many = b"\x08\x00\x16\x00" * 10_000
    command = read(*HEAD, (cs.ATTRIBUTE_IDENTIFIER_LIST, many), (cs.OFFENDING_ELEMENT, b"\x08\0\x18\0\1\2"))
    assert (command.attributes[0], len(command.attributes)) == (0x00080016, 1024)
    assert command.offending_elements == (0x00080018,)


@pytest.mark.parametrize(
    ("elements", "sentence"),
    [
        ((), "the command set lacks the element (0000,0100) CommandField"),
        (HEAD[:1], "the command set lacks the element (0000,0800) CommandDataSetType"),
        (
            (*HEAD, (cs.MESSAGE_ID, b"\1")),
            "the element (0000,0110) MessageID of the command set has 1 byte(s), not 2",
        ),
    ],
)
def test_what_is_no_command(elements: tuple[tuple[int, bytes], ...], sentence: str) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        read(*elements)
    assert str(caught.value) == f"{sentence} (PS3.7 E.1)"
    assert caught.value.abort_reason == 6


@given(st.binary(max_size=100).map(lambda tail: c_echo_rq(1) + tail) | st.binary(max_size=60))
def test_any_bytes_are_a_command_or_an_error_of_the_peer(data: bytes) -> None:
    try:
        Command.from_command_set(cs.decode(data))
    except RemoteProtocolError as error:
        assert str(error).isprintable()  # noqa: PT017
