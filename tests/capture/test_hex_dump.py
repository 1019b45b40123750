"""Dumps in hexadecimal: the same conversation as each program prints it, and what only looks like one."""

import random
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtool.capture import hex_dump
from dcmtool.capture.hex_frames import carried_by
from dcmtool.capture.hex_lines import HexLine, in_log, last_offset, parsed, peer_of
from dcmtool.dimse import command_set as cs
from dcmtool.dimse.messages import NO_DATA_SET
from dcmtool.errors import InputFileError
from dcmtool.upper_layer.pdus import Abort, AssociateRj, AssociateRq, PDataTf, Pdv, ReleaseRp, ReleaseRq
from tests.capture import told

ECHO = [
    *("requestor ECHOSCU calls ANY-SCP 1", "acceptor accepts 1", "requestor C-ECHO-RQ 1 on 1"),
    *("acceptor C-ECHO-RSP 1 on 1 0000", "requestor releases"),
]
BYTES = bytes.fromhex("".join((told.SAMPLES / "xxd-plain.txt").read_text().split()))
ALONE = (
    *("xxd.txt", "xxd-plain.txt", "xxd-array.txt", "hexdump.txt", "od.txt", "od-octal.txt"),
    *("pynetdicom-raw.log", "wireshark-arrays.txt"),
)
ENDS = "10.0.0.1:40000 > 10.0.0.2:104"


def read(lines: Iterable[str], warnings: list[str] | None = None) -> told.Notes:
    notes, said = told.Notes(), list[str]()
    found = list(hex_dump.read(lines, "dump", notes.observe, said.append))
    assert len(found) == len(notes.observers)
    assert said == (warnings or [])
    return notes


@pytest.mark.parametrize("name", [*ALONE, "follow.txt", "follow-raw.txt", "frames.txt"])
def test_samples(name: str) -> None:
    notes, found = told.read(told.SAMPLES / name)
    assert notes.stories == [ECHO]
    assert notes.observers[0].ends == (" > " if name in ALONE else ENDS)
    assert (found[0].began, found[0].ended, found[0].logged) == (0, None, False)


@pytest.mark.parametrize("name", ["follow.txt", "xxd.txt", "pynetdicom-raw.log", "frames.txt"])
def test_one_after_the_other(name: str) -> None:
    text = (told.SAMPLES / name).read_text()
    assert read((text + text).splitlines()).stories == [ECHO, ECHO]


def test_one_after_the_other_in_one_line() -> None:
    assert read([(BYTES * 3).hex()]).stories == [ECHO] * 3


@given(st.lists(st.integers(1, 40), min_size=1))
def test_lines_of_any_length(lengths: list[int]) -> None:
    lines, at = list[str](), 0
    while at < len(BYTES):
        length = 2 * lengths[len(lines) % len(lengths)] + 4
        lines.append(BYTES[at : at + length].hex())
        at += length
    assert read(lines).stories == [ECHO]


@pytest.mark.parametrize(
    ("line", "data", "offset"),
    [
        ("00000000: 0100 0000 00d9 0001 0000 414e 592d 5343  ..........ANY-SC", 16, "00000000"),
        ("\t0x0010:  0a00 0002 9c40 0068  .....@.h", 8, "0010"),
        ("00000010  61 62 63 64 65 66 67 68  61 62 63 64 65 66 67 68  abcdefgh abcdefgh", 16, "00000010"),
        ("00000010  61 62 20 20                                       ab  ", 4, "00000010"),
        ("00000020  ab cd                                             |ab|", 2, "00000020"),
        ("000020 0a 0b  >..<", 2, "000020"),
        ("01 00 00 00", 4, None),
        ("0100000000d9", 6, None),
        ("  0x01, 0x2, 0X03 };  /* ... */", 3, None),
        ("data = {0x01, 0x02} // two", 2, None),
    ],
)
def test_a_line(line: str, data: int, offset: str | None) -> None:
    found = parsed(line)
    assert found is not None
    assert (len(found.data), found.offset) == (data, offset)


@pytest.mark.parametrize(
    "line",
    [
        *(
            "",
            "text",
            "0000",
            "0000 zz",
            "0100000000d",
            "0x01 and more",
            "x = 0xfff",
            "01 02",
            "D: 01 02 03 04",
        ),
        *("2026-01-02 03:04:05", "0x", "{}", "0000000 0100 0000 00d9"),
    ],
)
def test_no_line_of_a_dump(line: str) -> None:
    assert parsed(line) is None
    assert not hex_dump.is_dump(line)


def test_other_lines() -> None:
    assert last_offset("0000020") == "0000020"
    assert last_offset("20") is None
    assert peer_of("char peer1_0[] = { /* Packet 6 */") == "peer 1"
    assert peer_of("unsigned char all_bin[] = {") is None
    assert in_log("D:   01 ff") == b"\x01\xff"
    assert in_log("D: no bytes") == b""
    assert in_log("01 " * 1000) == b""
    assert hex_dump.is_dump("01 00 00 00")
    assert parsed("0000  01 02") == HexLine(b"\1\2", "0000", "")


def commanded(field: int, more: dict[int, bytes] | None = None) -> bytes:
    elements = {
        cs.COMMAND_FIELD: cs.us(field),
        cs.MESSAGE_ID_BEING_RESPONDED_TO if field & 0x8000 else cs.MESSAGE_ID: cs.us(1),
        cs.COMMAND_DATA_SET_TYPE: cs.us(NO_DATA_SET),
    }
    command = cs.encode(sorted((elements | (more or {})).items()))
    return PDataTf((Pdv(1, True, True, command),)).encode()


def senders(*pdus: bytes) -> list[str]:
    """Return who is taken for the sender of each PDU."""
    notes = read([each.hex() for each in pdus])
    events = [event for each in notes.observers for event in each.events]
    kinds = ("Pdu", "MessageReceived", "ProtocolFault", "DataSetReceived")
    return [str(each.sender) for each in events if type(each.what).__name__ in kinds]


START = BYTES[:223], BYTES[223:425]


def test_who_sends_what() -> None:
    assert BYTES[223] == 2
    released = [ReleaseRq().encode(), ReleaseRp().encode()]
    assert senders(*START, *released) == ["requestor", "acceptor", "requestor", "acceptor"]
    assert senders(*START, commanded(0x0100), commanded(0x8100))[2:] == ["acceptor", "requestor"]
    assert senders(*START, commanded(0x0030), commanded(0x8030))[2:] == ["requestor", "acceptor"]
    assert senders(START[0], AssociateRj(1, 1, 1).encode())[:2] == ["requestor", "acceptor"]
    assert senders(*START, commanded(0x8030), Abort(0, 0).encode())[-1] == "acceptor"


def test_a_data_set_is_from_who_sent_the_command() -> None:
    data = PDataTf((Pdv(1, False, True, bytes(600)),)).encode()
    more = {cs.COMMAND_DATA_SET_TYPE: cs.us(1), cs.STATUS: cs.us(0xFF00)}
    notes = read([each.hex() for each in (*START, commanded(0x0020), commanded(0x8020, more), data)])
    assert notes.stories[0][-1] == "acceptor data set"


@pytest.mark.parametrize(
    "data", [b"\4\0\0\0\0\1x", b"\4\0\0\0\0\0", b"\xff" * 30, b"\4\0\0\0\0\x0b\0\0\0\7\1\3abcde"]
)
def test_what_is_no_command(data: bytes) -> None:
    assert len(read([(b"".join(START) + data).hex()]).stories) == 1


@pytest.mark.parametrize("cut", [1, 5, 100, 230, 440, 700])
def test_a_dump_that_ends_early(cut: int) -> None:
    notes = read([BYTES[:cut].hex().ljust(12, "0")])
    assert len(notes.observers) == 1


def test_a_request_in_the_middle_of_another_pdu_is_no_other_connection() -> None:
    request = AssociateRq("B", "A", (), ()).encode()
    lines = ["00000000  " + BYTES[:20].hex(" ")[:47], "00000000  " + request[:16].hex(" ")]
    assert len(read(lines).observers) == 1


REPEATED = "the dump leaves out more bytes than can be taken as read: those were passed over"


@pytest.mark.parametrize(
    ("offsets", "count"),
    [(("00000000", "00000100"), 256), (("0000000", "0000400"), 256), (("00000000", "00000000"), 16)],
)
def test_lines_that_are_left_out(offsets: tuple[str, str], count: int) -> None:
    first, last = offsets
    line = "04 00" + f"{' 00' * 14}"
    warnings = [REPEATED] if count == 16 else []
    notes = told.Notes()
    said: list[str] = []
    list(hex_dump.read([f"{first}  {line}", "*", last], "dump", notes.observe, said.append))
    assert said == warnings
    assert notes.observers


def test_more_is_left_out_than_there_is_room_for() -> None:
    line = f"00000000  {'00 ' * 15}00"
    read([line, "*", "ffffffff", line, "*", "fffffffff"], [REPEATED])
    read([line, "*", f"ffffffff  {'00 ' * 15}00"], [REPEATED])
    read(["*", "00000010", line, "*", "text", "*"])
    read([line.replace("00000000", "0000000"), "*", "0000009"])


FRAME = bytes.fromhex("020000000002020000000001")
IPV4 = bytes.fromhex("0800 4500 0000 0000 0000 4006 0000 0a000001 0a000002".replace(" ", ""))


def segment(data: bytes, ports: bytes = b"\x9c\x40\0\x68") -> bytes:
    return ports + bytes(8) + b"\x50\x18" + bytes(6) + data


def test_frames() -> None:
    tcp = segment(b"abc")
    ipv4 = IPV4[:4] + (20 + len(tcp)).to_bytes(2, "big") + IPV4[6:] + tcp
    ipv6 = (
        bytes.fromhex("86dd60000000")
        + len(tcp).to_bytes(2, "big")
        + b"\6\x40"
        + bytes(15)
        + b"\1"
        + bytes(15)
    )
    ipv6 += b"\2" + tcp
    for frame in (FRAME + ipv4, FRAME + b"\x81\0\0\1" + ipv4, ipv4[2:], FRAME + ipv6):
        found = carried_by(frame + b"padding")
        assert found is not None
        assert found.data == b"abc"
        assert (found.sender.port, found.receiver.port) == (40000, 104)
        assert str(found.sender) in ("10.0.0.1:40000", "[::1]:40000")
    for cut in (FRAME, FRAME + ipv4[:30], FRAME + b"\x08\6" + bytes(60), b"\x45" + bytes(60)):
        assert carried_by(cut) is None
    short = IPV4[:4] + (24).to_bytes(2, "big") + IPV4[6:] + tcp
    assert carried_by(FRAME + short + bytes(20)) is None


def test_a_frame_without_data_says_nothing() -> None:
    tcp = segment(b"")
    frame = FRAME + IPV4[:4] + (20 + len(tcp)).to_bytes(2, "big") + IPV4[6:] + tcp
    lines = [f"{at:04x}  {frame[at : at + 16].hex(' ')}" for at in range(0, len(frame), 16)]
    assert read([*lines, "", *lines]).observers == []


def test_a_frame_that_was_cut_is_no_frame() -> None:
    frame = FRAME + IPV4 + bytes(14)
    lines = [f"{at:04x}  {frame[at : at + 16].hex(' ')}" for at in range(0, len(frame), 16)]
    assert len(read(lines).observers) == 1


def test_a_frame_without_an_end() -> None:
    block = (FRAME + IPV4 + segment(bytes(2000))).hex()
    assert len(read([block] * 200).observers) == 1


@pytest.mark.parametrize("lines", [[], ["text"], ["", "0000"]])
def test_no_dump(lines: list[str]) -> None:
    with pytest.raises(InputFileError, match="dump: holds no bytes in hexadecimal"):
        read(lines)


def test_anything() -> None:
    """Nothing is raised, and nothing takes long, whatever stands there."""
    rng = random.Random(7)
    words = [
        "00000000",
        "*",
        "01 00 00 00",
        "0x01,",
        " ",
        "peer0_1[",
        "Node 0: a:1",
        "0000: ",
        "ENCODED PDU",
        "ff",
    ]
    for _ in range(300):
        lines = [" ".join(rng.choices(words, k=rng.randrange(6))) for _ in range(20)]
        list(hex_dump.read([*lines, "01 00 00 00"], "dump", told.Notes().observe, list[str]().append))
    for line in (
        "0000  " + "00 " * 300_000,
        " " * 1_000_000,
        "0x00 " * 200_000,
        "0x00" + " " * 900_000 + "!",
    ):
        list(hex_dump.read([line, "01 00 00 00"], "dump", told.Notes().observe, list[str]().append))
