"""One end of a TLS connection over bytes alone: what arrived goes in, what is to be sent comes out."""

import ssl
from contextlib import suppress

from dcmtool.steps import TlsSession
from dcmtool.tls.cipher_suites import iana_name
from dcmtool.tls.server_flight import ServerFlight

_RECORD = 16384  # bytes that a record carries at most (RFC 8446 5.1)
_HANDSHAKE, _ALERT = 0x16, 0x15  # content types (RFC 8446 5.1)


def looks_like_tls(data: bytes) -> bool:
    """Return whether the first bytes of an answer to a ClientHello begin a TLS record."""
    return data[0] in (_HANDSHAKE, _ALERT) and data[1:2] in (b"", b"\3")


class TlsStream:
    """One side of a TLS connection, by default the client's.

    `begun` says whether the peer sent anything, `answered` whether it began a handshake rather than send an
    alert at once, and `in_use` whether it sent data of the application. `flight` is what a server says in the
    clear before that.
    """

    def __init__(
        self, context: ssl.SSLContext, server_name: str | None = None, *, server_side: bool = False
    ) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(
            self._incoming, self._outgoing, server_side=server_side, server_hostname=server_name
        )
        self._server_name = server_name
        self.begun = self.answered = self.in_use = False
        self.flight: ServerFlight | None = None if server_side else ServerFlight()

    @property
    def asks_for_certificate(self) -> bool | None:
        """Whether the server asks for a certificate of ours, as long as the handshake lasts."""
        return None if self.flight is None else self.flight.asks_for_certificate

    def shake_hands(self) -> bool:
        """Go on with the handshake; return whether it is done, or more is needed from the peer.

        Raises:
            ssl.SSLError: what arrived is refused, or was a refusal.
        """
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        self.flight = None  # which is over
        return True

    def feed(self, data: bytes) -> None:
        """Take bytes that arrived; none means that the peer has closed its side."""
        if not self.begun and data:
            self.begun, self.answered = True, data[0] == _HANDSHAKE
        if data and self.flight is not None:
            self.flight.feed(data)
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    def data_to_send(self) -> bytes:
        """Return what is to be sent now."""
        return self._outgoing.read() if self._outgoing.pending else b""

    def encrypt(self, data: bytes) -> bytes | None:
        """Return what is to be sent for `data`, None where more is needed from the peer before.

        It is needed while TLS 1.2 is renegotiated (RFC 5246 7.4.1.1).

        Raises:
            ssl.SSLError: the session is over.
        """
        try:
            self._tls.write(data)
        except ssl.SSLWantReadError:
            return None
        return self._outgoing.read()

    def decrypt(self) -> bytes | None:
        """Return data that has arrived, nothing once the peer has closed, None where more is needed.

        Raises:
            ssl.SSLError: what arrived is no TLS, or an alert.
        """
        try:
            data = self._tls.read(_RECORD)
        except ssl.SSLWantReadError:
            return None
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""
        self.in_use = self.in_use or bool(data)  # nothing is the peer's close_notify
        return data

    def goodbye(self) -> bytes:
        """Return the close_notify that ends the session."""
        with suppress(ssl.SSLError):  # it is not waited for the peer's
            self._tls.unwrap()
        return self.data_to_send()

    def forget(self) -> None:
        """Let go of a session that did not come about, and of its buffers: nothing more is asked of it."""
        del self._tls, self._incoming, self._outgoing

    @property
    def protocol(self) -> str:
        """The version that was negotiated, in Python's words: `TLSv1.3`."""
        return self._tls.version() or ""

    def session(self, *, verified: bool) -> TlsSession:
        """Return what was negotiated, once the handshake is done."""
        name, _, bits = self._tls.cipher() or ("", "", 0)
        certificate = self._tls.getpeercert(binary_form=True) or b""
        return TlsSession(self.protocol, iana_name(name), bits, certificate, verified, self._server_name)
