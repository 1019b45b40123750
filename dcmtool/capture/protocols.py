"""What is spoken on a connection, by its first bytes, and where PDUs can be found again after a hole."""

import re
from typing import Literal

from dcmtool.capture.connection import Protocol
from dcmtool.capture.tls_records import is_record_header
from dcmtool.diagnosis.callers.first_bytes import begins_tls, other_protocol, proxy_version
from dcmtool.upper_layer import pdus
from dcmtool.upper_layer.pdus import PDU_HEADER
from dcmtool.upper_layer.reader import PDU_LIMITS

# What is followed; "other" is not.
Followed = Literal["dicom", "tls", "proxy", "other"]

_RECORDS = (b"\x14\x03", b"\x15\x03", b"\x16\x03", b"\x17\x03")  # of TLS (RFC 8446 5.1)
_PROXIES = (b"PROXY ", b"\r\n\r\n\x00\r\nQUIT\n")  # PROXY protocol 2.1, 2.2
_PROXY_1_LONGEST = 107  # bytes, with CR and LF (PROXY protocol 2.1)
_PROXY_2_HEADER = 16  # bytes, of which the last two are the length of the rest (PROXY protocol 2.2)
_ASSOCIATE = 68  # bytes of A-ASSOCIATE-RQ and -AC before their items (PS3.8 9.3.2)
_MOST_SHOWN, _MOST_UNKNOWN = 16, 4  # bytes of a protocol that is not followed, and of one that nobody knows
_FOUR = 4  # bytes of the body of all PDUs but those and P-DATA-TF
_P_DATA = 12  # bytes of a P-DATA-TF with the header of its first PDV
_WORDS: dict[str, Protocol] = {
    "HL7": "hl7",
    "HTTP": "http",
    "SSH": "ssh",
    "SMTP": "mail",
    "FTP or POP3": "mail",
}
_GREETINGS: tuple[tuple[bytes, Protocol], ...] = ((b"HTTP/", "http"), (b"220 ", "mail"), (b"+OK", "mail"))
# A P-DATA-TF of at most 1 MiB in which a PDV begins: any two bytes may be lengths, so all are looked at.
_P_DATA_TF = re.compile(rb"\x04\x00(\x00[\x00-\x0f]..)(\x00[\x00-\x0f]..)[\x01-\xff][\x00-\x03]", re.DOTALL)


def followed(start: bytes) -> Followed | None:
    """Return what a side speaks by its first bytes; None where more of them are needed."""
    if start[:2] in _RECORDS:
        return "tls"
    if start[:2] == b"\1\0":  # any length: what is wrong with it is told
        return "dicom"
    if any(start.startswith(proxy) for proxy in _PROXIES):
        return "proxy"
    if any(proxy.startswith(start) for proxy in _PROXIES) or start in (b"\x14", b"\x15", b"\x16", b"\x17"):
        return None
    if start[0] in PDU_LIMITS and start[1:2] in (b"", b"\0"):
        if len(start) < PDU_HEADER.size:
            return None
        kind, length = PDU_HEADER.unpack_from(start)
        return "dicom" if _has_its_length(kind, length) else "other"
    return "other"


def _has_its_length(kind: int, length: int) -> bool:
    if kind in (pdus.ASSOCIATE_RQ, pdus.ASSOCIATE_AC):
        return _ASSOCIATE <= length <= PDU_LIMITS[kind]
    return length > _FOUR if kind == pdus.P_DATA_TF else length == _FOUR


def proxy_header_length(start: bytes) -> int | None:
    """Return how long the header of the PROXY protocol is that begins here, None where that is to come."""
    if proxy_version(start) == 1:
        end = start.find(b"\r\n", 0, _PROXY_1_LONGEST)
        if end >= 0:
            return end + 2
        return _PROXY_1_LONGEST if len(start) >= _PROXY_1_LONGEST else None
    if len(start) < _PROXY_2_HEADER:
        return None
    return _PROXY_2_HEADER + int.from_bytes(start[14:_PROXY_2_HEADER])


def named(start: bytes) -> Protocol:
    """Return the protocol of a side that is not followed; at least one byte of it is needed."""
    if start[0] == 0x0B:  # of MLLP
        return "hl7"
    if proxy_version(start) is not None:
        return "proxy"
    if begins_tls(start):
        return "tls"
    for greeting, protocol in _GREETINGS:
        if start.startswith(greeting):
            return protocol
    words = other_protocol(start) or ""
    return next((protocol for word, protocol in _WORDS.items() if word in words), "unknown")


def shown_of(start: bytes) -> int:
    """Return how many of the first bytes may be shown: patient data may come next where nobody follows."""
    if not start or start[0] in PDU_LIMITS or begins_tls(start) or proxy_version(start) is not None:
        return len(start)
    return _MOST_SHOWN if named(start) != "unknown" else _MOST_UNKNOWN


# In the middle --------------------------------------------------------------------------------------


def begins_record(data: bytes | memoryview) -> bool:
    """Return whether a segment from the middle of a connection begins with a record of TLS."""
    return len(data) >= 5 and is_record_header(data)


def begins_pdu(data: bytes | memoryview) -> bool:
    """Return whether a segment from the middle of a connection looks as if it began with a PDU."""
    size = len(data)
    if size < PDU_HEADER.size + _FOUR or data[0] not in PDU_LIMITS or data[1]:
        return False
    kind, length = PDU_HEADER.unpack_from(data)
    if not _has_its_length(kind, length):
        return False
    if kind in (pdus.ASSOCIATE_RQ, pdus.ASSOCIATE_AC):
        return data[6:8] == b"\0\1"  # the protocol's version
    if kind == pdus.P_DATA_TF:
        return size >= _P_DATA and _is_pdv(length, int.from_bytes(data[6:10]), data[10], data[11])
    end = PDU_HEADER.size + _FOUR
    return size == end or data[end] in PDU_LIMITS


def _is_pdv(body: int, length: int, context_id: int, control: int) -> bool:
    """Return whether these may be the header of the first PDV of a P-DATA-TF (PS3.8 9.3.5.1)."""
    return 2 <= length <= body - 4 and context_id & 1 == 1 and control <= 3


class PduSearch:
    """Looks for where a PDU begins in what a side sends: where a segment does, or a P-DATA-TF of one PDV.

    The latter has its length twice, so that hardly anything else looks like it.
    """

    def __init__(self) -> None:
        self._tail = b""

    def find(self, data: bytes | memoryview) -> bytes | None:
        """Return what there is from a PDU on; None where none begins in what was seen so far."""
        if begins_pdu(data):
            return bytes(data)
        whole = self._tail + data
        for match in _P_DATA_TF.finditer(whole):
            body, length = int.from_bytes(match[1]), int.from_bytes(match[2])
            if body == length + 4 and _is_pdv(body, length, whole[match.start() + 10], 0):
                return whole[match.start() :]
        self._tail = whole[1 - _P_DATA :]
        return None
