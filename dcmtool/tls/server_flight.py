"""What a server says in the clear of a handshake: whether it wants a certificate, which no alert need say."""

_CHANGE_CIPHER_SPEC, _HANDSHAKE = 0x14, 0x16  # content types (RFC 5246 6.2.1)
_CERTIFICATE_REQUEST, _SERVER_HELLO_DONE = 13, 14  # handshake types (RFC 5246 7.4)
_RECORD_HEADER, _MESSAGE_HEADER = 5, 4  # bytes


class ServerFlight:
    """Reads the types of a server's handshake messages as its bytes come; nothing else of them is kept.

    What follows a ChangeCipherSpec, or in TLS 1.3 the ServerHello, is encrypted and not looked at.
    """

    def __init__(self) -> None:
        self._types: set[int] = set()
        self._record_head = self._message_head = b""  # as far as they have come
        self._left_of_record = self._left_of_message = 0  # bytes
        self._is_handshake = False
        self._is_over = False

    @property
    def asks_for_certificate(self) -> bool | None:
        """Whether it asks for a certificate of the client's; None where that cannot be seen."""
        if _CERTIFICATE_REQUEST in self._types:
            return True
        return False if _SERVER_HELLO_DONE in self._types else None

    def feed(self, data: bytes) -> None:
        """Take bytes that arrived."""
        while data and not self._is_over:
            if not self._left_of_record:
                data = self._begin_record(data)
                continue
            inside, data = data[: self._left_of_record], data[self._left_of_record :]
            self._left_of_record -= len(inside)
            while inside and self._is_handshake:
                inside = self._pass(inside) if self._left_of_message else self._begin_message(inside)

    def _begin_record(self, data: bytes) -> bytes:
        missing = _RECORD_HEADER - len(self._record_head)
        head = self._record_head + data[:missing]
        self._record_head = b"" if len(head) == _RECORD_HEADER else head
        if not self._record_head:
            self._is_handshake = head[0] == _HANDSHAKE
            self._is_over = head[0] == _CHANGE_CIPHER_SPEC
            self._left_of_record = int.from_bytes(head[3:])
        return data[missing:]

    def _begin_message(self, data: bytes) -> bytes:
        missing = _MESSAGE_HEADER - len(self._message_head)
        head = self._message_head + data[:missing]
        self._message_head = b"" if len(head) == _MESSAGE_HEADER else head
        if not self._message_head:
            self._types.add(head[0])
            self._left_of_message = int.from_bytes(head[1:])
        return data[missing:]

    def _pass(self, data: bytes) -> bytes:
        passed = min(self._left_of_message, len(data))
        self._left_of_message -= passed
        return data[passed:]
