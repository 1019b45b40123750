"""TLS between a server's procedure and its driver: encrypted steps in place of plain ones."""

import ssl
from contextlib import suppress
from typing import TypeVar

from dcmtool.errors import ConnectionLost, DeadlineExpired, NoRoom, TlsFailure, TransportError
from dcmtool.room import Room, Share
from dcmtool.steps import (
    Close,
    Deadline,
    HalfClose,
    PlainProcedure,
    Procedure,
    Receive,
    Received,
    Result,
    Secured,
    Send,
    StartTls,
    Step,
    carried_out,
    clock,
    receive,
    send,
)
from dcmtool.tls.failures import alert_of, no_tls, words
from dcmtool.tls.server import handshake_failure
from dcmtool.tls.stream import TlsStream, looks_like_tls

_MOST_DISCARDED = 1 << 20  # bytes after the end of a session
_START = 64  # bytes that are kept of what is no TLS
_GOODBYE = 1.0  # seconds that the last record may take to be written
_ALERT = bytes.fromhex("15 0303 0002 02 0a")  # fatal, unexpected_message (RFC 8446 6)

_T = TypeVar("_T")


def serve_over_tls(
    procedure: Procedure[_T], context: ssl.SSLContext, room: Room | None = None
) -> PlainProcedure[_T]:
    """Take a procedure's steps and yield those that carry them out over TLS; return its result.

    `room` is what it shares with others for handshakes that are not done.
    """
    layer = _ServerLayer(context, Share(room or Room()))
    try:
        return (yield from carried_out(procedure, layer.obey, TransportError))
    finally:
        layer.share.give_back()


class _ServerLayer:
    """One connection, which is secured before the procedure sends anything."""

    def __init__(self, context: ssl.SSLContext, share: Share) -> None:
        self.share = share
        self._stream = TlsStream(context, server_side=True)
        self._shaken = 0  # bytes of a handshake that is not done, which OpenSSL may all keep
        self._is_secured = self._has_failed = False
        self._left = _MOST_DISCARDED
        self._arrived = 0  # when the newest bytes did (monotonic ns)

    def obey(self, step: Step) -> PlainProcedure[Result]:
        if isinstance(step, Receive):
            return (yield from (self._discard(step) if self._has_failed else self._receive(step)))
        if isinstance(step, Send):
            return (yield from self._send(step))
        if isinstance(step, StartTls):
            return (yield from self._start(step))
        if isinstance(step, HalfClose | Close):
            yield from self._say_goodbye()
        return (yield step)

    # The handshake ----------------------------------------------------------------------------------

    def _start(self, step: StartTls) -> PlainProcedure[Secured]:
        stream = self._stream
        try:
            while not stream.shake_hands():
                yield from self._send_what_is_ready(step)
                yield from self._take_more(step)
        except ssl.SSLError as error:
            with suppress(TransportError):
                yield from self._send_what_is_ready(step)  # the alert
            self._fail()
            raise handshake_failure(error) from error
        except DeadlineExpired as late:
            self._fail()
            if not stream.begun:
                raise
            what = f"the TLS handshake was not done within {late.seconds:g} s"
            raise TlsFailure("handshake", what) from late
        except ConnectionLost as lost:
            self._fail()
            if not stream.begun:
                raise
            raise handshake_failure(lost.error or ssl.SSLEOFError()) from lost
        yield from self._send_what_is_ready(step)
        self._is_secured = True
        self.share.give_back()
        return Secured(stream.session(verified=False), self._arrived)

    def _take_more(self, step: StartTls) -> PlainProcedure[None]:
        received = yield from receive("TLS ClientHello", step.deadline)
        if not received.data:
            raise ConnectionLost
        if not (self._stream.begun or looks_like_tls(received.data)):
            self._fail()
            with suppress(TransportError):
                yield from send(_ALERT, step.deadline)
            raise TlsFailure("not-tls", no_tls(received.data).what, start=received.data[:_START])
        self._arrived = received.at
        self._shaken += len(received.data)
        try:
            self.share.hold(self._shaken)
        except NoRoom as full:
            self._fail()
            raise TlsFailure("handshake", str(full)) from full
        self._stream.feed(received.data)

    def _fail(self) -> None:
        """Take note that there is no session, and forget what came of it."""
        self._has_failed = True
        self._stream.forget()
        self.share.give_back()

    # Afterwards -------------------------------------------------------------------------------------

    def _send(self, step: Send) -> PlainProcedure[int]:
        try:
            data = self._stream.encrypt(step.data)
        except ssl.SSLError as error:
            raise _session_failure(error) from error
        if data is None:
            raise TlsFailure("session", "the client renegotiates the TLS session in the middle of it")
        return (yield from send(data, step.deadline))

    def _receive(self, step: Receive) -> PlainProcedure[Received | None]:
        while (data := self._decrypted()) is None:
            yield from self._send_what_is_ready(step)
            received = yield step
            if received is None:
                return None
            assert isinstance(received, Received)
            self._arrived = received.at
            self._stream.feed(received.data)
        yield from self._send_what_is_ready(step)  # such as the answer to a KeyUpdate
        return Received(data, self._arrived)

    def _decrypted(self) -> bytes | None:
        try:
            return self._stream.decrypt()
        except ssl.SSLError as error:
            self._has_failed = True
            raise _session_failure(error) from error

    def _discard(self, step: Receive) -> PlainProcedure[Received]:
        """Bring nothing of what comes after a session that failed, but its end, as of a closed connection.

        What is unread as we close would have the system take our alert back.
        """
        while self._left > 0:
            received = yield step
            assert isinstance(received, Received), "nothing is waited for until a time any more"
            if not received.data:
                return received
            self._left -= len(received.data)
        return Received(b"", self._arrived)

    def _say_goodbye(self) -> PlainProcedure[None]:
        if self._is_secured and not self._has_failed:
            deadline = Deadline.after((yield from clock()), "close_notify", _GOODBYE)
            with suppress(TransportError):
                yield from send(self._stream.goodbye(), deadline)

    def _send_what_is_ready(self, step: StartTls | Receive) -> PlainProcedure[None]:
        data = self._stream.data_to_send()
        if data:
            yield from send(data, step.deadline)


def _session_failure(error: ssl.SSLError) -> TlsFailure:
    reason = error.reason or str(error)
    return TlsFailure("session", f"the TLS session failed: {words(reason)}", alert=alert_of(reason))
