"""One line of a dump in hexadecimal, in any of the forms that programs print."""

import re

from dcmtool.named_tuple import NamedTuple

# An offset, then bytes in pairs of digits, 16 at most, since the same as text may follow and look like more.
# xxd and tcpdump put a colon behind the offset, join bytes in groups, and two blanks before the text.
_PAIRS = re.compile(r"((?:[0-9A-Fa-f]{2} {1,2}){0,15}[0-9A-Fa-f]{2})(?=\s|$)")
_GROUPS = re.compile(r"((?:(?:[0-9A-Fa-f]{2})+ )*(?:[0-9A-Fa-f]{2})+)(?=  |\s*$)")
_HEAD = re.compile(r"(\s*)(?:0x)?([0-9A-Fa-f]{4,16})(:?)\s{1,3}(?=[0-9A-Fa-f]{2})")
_END = re.compile(r"\s*([0-9A-Fa-f]{6,16})\s*$")
_STREAM = re.compile(r"(\s*)([0-9A-Fa-f]{12,})\s*$")
_BARE = re.compile(r"(\s*)((?:[0-9A-Fa-f]{2} ){3,}[0-9A-Fa-f]{2})\s*$")
_ELEMENT = re.compile(r"0[xX][0-9A-Fa-f]{1,2}")
_IN_LOG = re.compile(r"(?:^|  )((?:[0-9a-f]{2} )*[0-9a-f]{2})\s*$")
_LONGEST_IN_LOG = 512  # characters, of which 75 are bytes
_NAMED = re.compile(r"\bpeer([01])_\d+\s*\[")


class HexLine(NamedTuple):
    """What a line holds: its bytes, its offset as written, None without one, and how it is indented.

    The lines of an array may be indented for the eye alone, so theirs is None.
    """

    data: bytes
    offset: str | None
    indent: str | None


def parsed(line: str) -> HexLine | None:
    """Return the bytes of a line, None if it is no line of a dump."""
    if found := _STREAM.match(line):
        digits = found[2]
        return None if len(digits) % 2 else HexLine(bytes.fromhex(digits), None, found[1])
    if found := _BARE.match(line):
        return HexLine(bytes.fromhex(found[2]), None, found[1])
    return _with_offset(line) or _of_array(line)


def _of_array(line: str) -> HexLine | None:
    """Return the bytes of a line of an array in C, or a language like it."""
    if "0x" not in line.lower():
        return None
    code = line.partition("/*")[0].partition("//")[0].rpartition("{")[2].partition("}")[0]
    elements = code.replace(",", " ").split()
    if not elements or not all(map(_ELEMENT.fullmatch, elements)):
        return None
    return HexLine(bytes(int(each, 16) for each in elements), None, None)


def _with_offset(line: str) -> HexLine | None:
    head = _HEAD.match(line)
    found = (_GROUPS if head[3] else _PAIRS).match(line, head.end()) if head else None
    if head is None or found is None:
        return None
    return HexLine(bytes.fromhex(found[1]), head[2], head[1])


def in_log(line: str) -> bytes:
    """Return the bytes at the end of a line that pynetdicom logged."""
    found = _IN_LOG.search(line) if len(line) < _LONGEST_IN_LOG else None
    return bytes.fromhex(found[1]) if found else b""


def last_offset(line: str) -> str | None:
    """Return the offset that a line has alone: the length, which hexdump and od print last."""
    found = _END.match(line)
    return found[1] if found else None


def peer_of(line: str) -> str | None:
    """Return whose array begins here, as Wireshark names them."""
    found = _NAMED.search(line)
    return f"peer {found[1]}" if found else None
