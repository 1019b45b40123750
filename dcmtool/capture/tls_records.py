"""What TLS says in the clear: its records, the handshake's first messages, its alerts (RFC 8446, RFC 5246).

Nothing is decrypted. What is encrypted is passed over by its length; memory is bounded by `_MAX_MESSAGE`.
"""

from collections.abc import Iterator
from functools import cache

from dcmtool.association.observed import Side
from dcmtool.capture.connection import ObservedTls
from dcmtool.steps import TlsSession
from dcmtool.text import decoded
from dcmtool.tls.cipher_suites import registry

# Content types (RFC 8446 5.1)
_CHANGE_CIPHER_SPEC, _ALERT, _HANDSHAKE, _APPLICATION_DATA = 20, 21, 22, 23
# Handshake types (RFC 8446 4, RFC 5246 7.4)
_CLIENT_HELLO, _SERVER_HELLO, _CERTIFICATE, _CERTIFICATE_REQUEST = 1, 2, 11, 13
_READ = (_CLIENT_HELLO, _SERVER_HELLO, _CERTIFICATE)
_SERVER_NAME, _SUPPORTED_VERSIONS = 0, 43  # extensions (RFC 8446 4.2)
_RECORD_HEADER, _MESSAGE_HEADER = 5, 4  # bytes
_MAX_RECORD = (1 << 14) + 2048  # bytes after the header (RFC 5246 6.2.3)
_MAX_MESSAGE = 1 << 17  # bytes; a chain of a dozen certificates makes a sixth of it
_MOST = {"suites": 256, "versions": 16, "certificates": 16, "alerts": 8}
_SIGNALLING = (0x00FF, 0x5600)  # which stand for no suite (RFC 5746 3.3, RFC 7507 2)
_TLS_1_3 = 0x0304
_CLEAR_ALERT = 2  # bytes; what is encrypted is longer
_TAGS = (8, 16)  # bytes that the suites of TLS 1.3 put behind what they encrypt (RFC 8446 B.4)
_ENCRYPTED_ALERTS = tuple(2 + 1 + tag for tag in _TAGS)  # with its content type (RFC 8446 5.2)

_VERSIONS = {0x0002: "SSL 2.0", 0x0300: "SSL 3.0", 0x0301: "TLS 1.0", 0x0302: "TLS 1.1"}
_VERSIONS |= {0x0303: "TLS 1.2", _TLS_1_3: "TLS 1.3"}
# RFC 8446 6 and 6.2, and of earlier versions RFC 5246 7.2
_ALERTS = {
    0: "close notify",
    10: "unexpected message",
    20: "bad record mac",
    21: "decryption failed",
    22: "record overflow",
    30: "decompression failure",
    40: "handshake failure",
    41: "no certificate",
    42: "bad certificate",
    43: "unsupported certificate",
    44: "certificate revoked",
    45: "certificate expired",
    46: "certificate unknown",
    47: "illegal parameter",
    48: "unknown ca",
    49: "access denied",
    50: "decode error",
    51: "decrypt error",
    60: "export restriction",
    70: "protocol version",
    71: "insufficient security",
    80: "internal error",
    86: "inappropriate fallback",
    90: "user canceled",
    100: "no renegotiation",
    109: "missing extension",
    110: "unsupported extension",
    111: "certificate unobtainable",
    112: "unrecognized name",
    113: "bad certificate status response",
    115: "unknown psk identity",
    116: "certificate required",
    120: "no application protocol",
}
ENCRYPTED_ALERT = "encrypted alert"


class _Sent:
    """One side's records: what is left of the one that has begun, and of its handshake's message."""

    def __init__(self, role: Side) -> None:
        self.role: Side = role
        self.buffer = bytearray()  # of a record's header, or of an alert
        self.kind = self.length = self.left = 0  # of the record
        self.message = bytearray()
        self.to_skip = 0  # bytes of a message that is not read
        self.is_encrypted = self.is_lost = False
        self.has_hole = False  # and may be read on from where a record begins
        self.has_lost_messages = False  # in a hole
        self.certificates: tuple[bytes, ...] = ()
        self.application_data = 0  # records


class TlsRecords:
    """Reads the records of both sides, in any pieces; nothing is raised, whatever they are."""

    def __init__(self) -> None:
        self._sides: dict[Side, _Sent] = {"requestor": _Sent("requestor"), "acceptor": _Sent("acceptor")}
        self._offered: tuple[int, ...] = ()
        self._suites: tuple[int, ...] = ()
        self._server_name: str | None = None
        self._version = self._suite = 0
        self._asks = self._is_answered = False
        self._has_finished = False  # of the requestor's handshake of TLS 1.3
        self._alerts: list[tuple[Side, str]] = []

    def feed(self, sender: Side, data: bytes | memoryview) -> None:
        """Take bytes that a side sent."""
        side, at, end = self._sides[sender], 0, len(data)
        if side.has_hole and end >= _RECORD_HEADER and is_record_header(data):
            side.has_hole = side.is_lost = False
        while at < end and not side.is_lost:
            if side.left:
                count = min(side.left, end - at)
                if side.kind == _HANDSHAKE and not side.is_encrypted:
                    self._take_handshake(side, bytes(data[at : at + count]))
                elif side.kind == _ALERT and side.length == _CLEAR_ALERT:
                    side.buffer += data[at : at + count]
                side.left -= count
                at += count
                if not side.left:
                    self._end_record(side)
            else:
                count = min(_RECORD_HEADER - len(side.buffer), end - at)
                side.buffer += data[at : at + count]
                at += count
                if len(side.buffer) == _RECORD_HEADER:
                    self._begin_record(side)

    def missed(self, sender: Side, count: int) -> None:
        """Take note that bytes of a side were not seen, before what is fed next.

        Past the end of a record no more is read of the side until a record begins what is fed.
        """
        side = self._sides[sender]
        side.has_lost_messages |= count > side.left or side.kind == _HANDSHAKE
        if count > side.left:
            side.has_hole, side.is_lost, side.left = not side.is_lost or side.has_hole, True, 0
            side.buffer.clear()
            return
        side.left -= count
        if not side.left:
            self._end_record(side)

    def seen(self) -> ObservedTls:
        """Return what was in the clear."""
        requestor, acceptor = self._sides["requestor"], self._sides["acceptor"]
        if self._version == _TLS_1_3:
            established = self._is_answered
        else:
            established = bool(requestor.application_data and acceptor.application_data)
        return ObservedTls(
            tuple(map(version_name, self._offered)),
            tuple(map(_suite_name, self._suites)),
            self._server_name,
            version_name(self._version) if self._version else "",
            _suite_name(self._suite) if self._version else "",
            acceptor.certificates,
            requestor.certificates,
            self._asks,
            tuple(self._alerts),
            established,
        )

    # Records ----------------------------------------------------------------------------------------

    def _begin_record(self, side: _Sent) -> None:
        header = bytes(side.buffer)
        side.buffer.clear()
        side.kind, side.length = header[0], int.from_bytes(header[3:])
        side.left = side.length
        if not is_record_header(header):
            side.is_lost = True
        elif not side.length:
            self._end_record(side)

    def _end_record(self, side: _Sent) -> None:
        if side.kind == _CHANGE_CIPHER_SPEC:
            # In TLS 1.3 it means nothing, but then no handshake and no alert is in the clear after it either.
            side.is_encrypted = True
        elif side.kind == _ALERT:
            is_clear = len(side.buffer) == _CLEAR_ALERT
            self._alert(side, _alert_name(side.buffer[1]) if is_clear else ENCRYPTED_ALERT)
            side.buffer.clear()
        elif side.kind == _APPLICATION_DATA:
            self._take_application_data(side)

    def _take_application_data(self, side: _Sent) -> None:
        side.application_data += 1
        if self._version != _TLS_1_3:
            return
        if side.length in _ENCRYPTED_ALERTS:
            self._alert(side, ENCRYPTED_ALERT)
        elif side.role == "requestor":
            self._has_finished = True
        else:
            # The acceptor's own handshake is encrypted too, but over before the requestor's begins.
            self._is_answered |= self._has_finished

    def _alert(self, side: _Sent, name: str) -> None:
        if len(self._alerts) < _MOST["alerts"]:
            self._alerts.append((side.role, name))

    # The handshake ----------------------------------------------------------------------------------

    def _take_handshake(self, side: _Sent, data: bytes) -> None:
        at, end = 0, len(data)
        while at < end and not side.has_lost_messages:
            if side.to_skip:
                count = min(side.to_skip, end - at)
                side.to_skip -= count
                at += count
                continue
            wanted = _MESSAGE_HEADER
            if len(side.message) >= _MESSAGE_HEADER:
                wanted += int.from_bytes(side.message[1:_MESSAGE_HEADER])
            count = min(wanted - len(side.message), end - at)
            side.message += data[at : at + count]
            at += count
            if len(side.message) == wanted:
                self._end_message(side)

    def _end_message(self, side: _Sent) -> None:
        """Take the header of a message, or the whole of one that is read."""
        message = side.message
        kind, length = message[0], int.from_bytes(message[1:_MESSAGE_HEADER])
        if len(message) == _MESSAGE_HEADER and length:
            self._asks |= kind == _CERTIFICATE_REQUEST and side.role == "acceptor"
            if kind not in _READ or length > _MAX_MESSAGE:
                side.to_skip = length
                message.clear()
            return
        body = bytes(message[_MESSAGE_HEADER:])
        message.clear()
        if kind == _CLIENT_HELLO and not self._offered:
            self._client_hello(_Cursor(body))
        elif kind == _SERVER_HELLO:
            self._server_hello(_Cursor(body))
        elif kind == _CERTIFICATE:
            side.certificates = tuple(_certificates(_Cursor(body)))

    def _client_hello(self, fields: "_Cursor") -> None:
        """Take a ClientHello (RFC 8446 4.1.2)."""
        legacy = fields.number(2)
        fields.take(32)  # random
        fields.vector(1)  # session
        suites = fields.vector(2)
        fields.vector(1)  # compression
        extensions = dict(_extensions(fields))
        versions = _Cursor(extensions.get(_SUPPORTED_VERSIONS, b"")).vector(1)
        named = tuple(each for each in _numbers(versions) if not _is_grease(each))
        self._offered = named[: _MOST["versions"]] or ((legacy,) if legacy else ())
        real = [each for each in _numbers(suites) if not _is_grease(each) and each not in _SIGNALLING]
        self._suites = tuple(real[: _MOST["suites"]])
        names = _Cursor(_Cursor(extensions.get(_SERVER_NAME, b"")).vector(2))
        if names.number(1) == 0:  # host_name (RFC 6066 3)
            self._server_name = decoded(names.vector(2)[:255]) or None

    def _server_hello(self, fields: "_Cursor") -> None:
        """Take a ServerHello or HelloRetryRequest (RFC 8446 4.1.3, 4.1.4)."""
        legacy = fields.number(2)
        fields.take(32)  # random
        fields.vector(1)  # session
        self._suite = fields.number(2)
        fields.take(1)  # compression
        version = dict(_extensions(fields)).get(_SUPPORTED_VERSIONS, b"")
        self._version = int.from_bytes(version) if len(version) == 2 else legacy


class _Cursor:
    """A cursor over a message; what is not there is read as nothing."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, count: int) -> bytes:
        """Return so many bytes, or what is left."""
        taken = self._data[self._at : self._at + count]
        self._at += len(taken)
        return taken

    def number(self, size: int) -> int:
        """Return a number of so many bytes."""
        return int.from_bytes(self.take(size))

    def vector(self, size: int) -> bytes:
        """Return the bytes behind their length, which is a number of `size` bytes."""
        return self.take(self.number(size))

    @property
    def has_more(self) -> bool:
        """Whether anything is left."""
        return self._at < len(self._data)


def of_session(session: TlsSession) -> ObservedTls:
    """Return what a trace tells of a session of its own."""
    number = session.protocol.removeprefix("TLSv")
    version = f"TLS {number if '.' in number else f'{number}.0'}"
    certificates = (session.certificate,) if session.certificate else ()
    return ObservedTls(
        server_name=session.server_name,
        version=version,
        suite=session.cipher,
        certificates=certificates,
        established=True,
    )


def is_record_header(header: bytes | memoryview) -> bool:
    """Return whether five bytes begin a record: its type, SSL 3.0 to TLS 1.3, a length that one may have."""
    kind, major, minor, high, low = header[:_RECORD_HEADER]
    return 20 <= kind <= 23 and major == 3 and minor <= 4 and (high << 8 | low) <= _MAX_RECORD


def version_name(number: int) -> str:
    """Return a version in words, such as TLS 1.2; one without a name by its number."""
    return _VERSIONS.get(number, f"0x{number:04X}")


def _suite_name(number: int) -> str:
    return _names().get(number, f"0x{number:04X}")


@cache
def _names() -> dict[int, str]:
    return {code: name for name, code in registry().items()}


def _alert_name(number: int) -> str:
    return _ALERTS.get(number, f"alert {number}")


def _numbers(data: bytes) -> tuple[int, ...]:
    return tuple(data[at] << 8 | data[at + 1] for at in range(0, len(data) - 1, 2))


def _is_grease(number: int) -> bool:
    """Return whether a number is one that clients throw in to keep servers tolerant (RFC 8701 2)."""
    return number & 0x0F0F == 0x0A0A and number >> 8 == number & 0xFF


def _extensions(fields: _Cursor) -> Iterator[tuple[int, bytes]]:
    inside = _Cursor(fields.vector(2))
    while inside.has_more:
        yield inside.number(2), inside.vector(2)


def _certificates(fields: _Cursor) -> Iterator[bytes]:
    """Yield the certificates of a message of TLS 1.2 or earlier (RFC 5246 7.4.2)."""
    inside = _Cursor(fields.vector(3))
    for _ in range(_MOST["certificates"]):
        if not inside.has_more:
            break
        yield inside.vector(3)
