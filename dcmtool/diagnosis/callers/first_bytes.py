"""Which protocol a caller speaks that is not DICOM, by the first bytes that it sent."""

import re

# Each with its words behind "the caller"; the first one that fits counts.
_PROTOCOLS = tuple(
    (re.compile(pattern, re.DOTALL), words)
    for pattern, words in (
        (rb"\x0b?MSH\|", "speaks HL7 (MLLP)"),
        (rb"[A-Z_]{3,16} \S+ RTSP/|OPTIONS / RTSP", "speaks RTSP"),
        (rb"[A-Z]{3,16} sips?:", "speaks SIP"),
        (rb"(GET|POST|PUT|HEAD|DELETE|OPTIONS|PATCH|CONNECT|TRACE) |PRI \* HTTP/2", "speaks HTTP"),
        (rb"SSH-", "speaks SSH"),
        (rb"(EHLO|HELO) ", "speaks SMTP"),
        (rb"USER |AUTH TLS", "speaks FTP or POP3"),
        (rb"\xff[\xfb-\xfe]", "speaks Telnet"),
        (rb"\x03\x00\x00.[\x00-\x80]\xe0", "speaks RDP (TPKT)"),
        (rb"\x00\x00..[\xfe\xff]SMB", "speaks SMB"),
        (rb"\x30.\x02\x01", "speaks LDAP"),
        (rb"\x00\x00\x00\x08\x04\xd2\x16\x2f", "speaks PostgreSQL"),
        (rb"\x12\x01\x00", "speaks TDS (SQL Server)"),
        (rb"\x10.\x00\x04MQTT", "speaks MQTT"),
        (rb"\x05[\x01\x02]\x00", "speaks SOCKS"),
        (rb"\r?\n|help\r?\n", "sends blank lines, as scanners do,"),
    )
)
# The 12 bytes of version 2 (PROXY protocol 2.2), and how version 1 begins (2.1).
_PROXY_2, _PROXY_1 = b"\r\n\r\n\x00\r\nQUIT\n", b"PROXY "
_BLANK_LINES = 4  # bytes, with which version 2 begins, and which scanners send too
_SSL_2_HELLO = re.compile(rb"[\x80-\xff].\x01[\x00\x03]", re.DOTALL)  # of clients that may speak TLS too


def proxy_version(start: bytes) -> int | None:
    """Return the version of the PROXY protocol whose header these bytes begin; a part of it will do."""
    if len(start) > 2 and start[:6] == _PROXY_1[: len(start)]:
        return 1
    if len(start) > _BLANK_LINES and start[:12] == _PROXY_2[: len(start)]:
        return 2
    return None


def begins_tls(start: bytes) -> bool:
    """Return whether these bytes begin a handshake of TLS, or of what came before it (RFC 8446 5.1)."""
    return start[:2] == b"\x16\x03" or start == b"\x16" or _SSL_2_HELLO.match(start) is not None


def begins_dicom(start: bytes) -> bool:
    """Return whether these bytes begin an A-ASSOCIATE-RQ (PS3.8 9.3.2)."""
    return start[:2] == b"\x01\x00"


def other_protocol(start: bytes) -> str | None:
    """Return which other protocol these bytes begin, as words behind the caller's name."""
    return next((words for pattern, words in _PROTOCOLS if pattern.match(start)), None)
