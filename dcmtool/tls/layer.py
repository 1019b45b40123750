"""TLS between a procedure and its driver: encrypted steps in place of plain ones, over any driver."""

import ssl
from contextlib import suppress
from datetime import UTC, datetime
from time import monotonic_ns
from typing import TypeVar

from dcmtool.errors import ConnectionLost, TransportError, reason_of
from dcmtool.steps import (
    Close,
    Connect,
    Deadline,
    PlainProcedure,
    Procedure,
    Receive,
    Received,
    Result,
    Secured,
    Send,
    StartTls,
    Step,
    TlsSession,
    carried_out,
    earliest,
    receive,
    send,
)
from dcmtool.tls import failures
from dcmtool.tls.checks import check_session
from dcmtool.tls.contexts import PreparedTls
from dcmtool.tls.seeds import write_seed
from dcmtool.tls.stream import TlsStream, looks_like_tls

_Report = TypeVar("_Report")
_SECOND_LOOK = 5.0  # seconds that a second connection, made to see the certificate, may take
_LAST_WORDS = 1.0  # seconds that a close_notify, or reading the alert of a broken connection, may take


def over_tls(procedure: Procedure[_Report], prepared: PreparedTls) -> PlainProcedure[_Report]:
    """Take a procedure's steps and yield those that carry them out over TLS; return its report."""
    report = yield from carried_out(procedure, _Layer(prepared).obey, (TransportError, KeyboardInterrupt))
    seed_file = prepared.settings.write_seed_file
    if seed_file is not None and getattr(report, "success", False):
        write_seed(seed_file)
    return report


class _Layer:
    """One connection: nothing of what the procedure sends goes out before it is secured."""

    def __init__(self, prepared: PreparedTls) -> None:
        self._prepared, self._settings = prepared, prepared.settings
        self._connect: Connect | None = None
        self._stream: TlsStream | None = None
        self._arrived = 0  # when the newest bytes did (monotonic ns)

    def obey(self, step: Step) -> PlainProcedure[Result]:
        if isinstance(step, Receive):
            return (yield from self._receive(step))
        if isinstance(step, Send):
            return (yield from self._send(step))
        if isinstance(step, StartTls):
            return (yield from self._start(step))
        if isinstance(step, Connect):
            self._connect = step
        elif isinstance(step, Close):
            yield from self._say_goodbye()
        return (yield step)

    # The handshake ----------------------------------------------------------------------------------

    def _start(self, step: StartTls) -> PlainProcedure[Secured]:
        stream = TlsStream(self._prepared.context, self._settings.server_name)
        try:
            yield from self._handshake(stream, step.deadline)
        except ssl.SSLCertVerificationError as error:
            session = yield from self._second_look(step.deadline)
            raise failures.refused_twice(
                error.verify_code, error.verify_message, self._prepared, session
            ) from error
        except ssl.SSLError as error:
            asked = stream.asks_for_certificate
            raise failures.handshake_failure(error, self._settings, stream.answered, asked) from error
        except ConnectionLost as lost:
            asked = stream.asks_for_certificate
            raise failures.connection_lost(lost, self._settings, stream.answered, asked) from lost
        self._stream = stream
        session = stream.session(verified=self._settings.verify_peer)
        check_session(session, self._settings, step.host, datetime.now(UTC))
        return Secured(session, self._arrived)

    def _handshake(self, stream: TlsStream, deadline: Deadline | None) -> PlainProcedure[None]:
        """Go through the handshake; its last flight is sent even where OpenSSL refuses what came before."""
        while True:
            try:
                done = stream.shake_hands()
            except ssl.SSLError:
                with suppress(TransportError):
                    yield from _send_what_is_ready(stream, deadline)  # the alert
                raise
            yield from _send_what_is_ready(stream, deadline)
            if done:
                return
            awaited = "end of the TLS handshake" if stream.answered else "answer to the TLS ClientHello"
            received = yield from receive(awaited, deadline)
            if not received.data:
                raise ConnectionLost
            if not (stream.begun or looks_like_tls(received.data)):
                raise failures.no_tls(received.data)
            self._take(stream, received)

    def _second_look(self, deadline: Deadline | None) -> PlainProcedure[TlsSession | None]:
        """Connect once more without verifying, to see the certificate that did not pass; None if it fails.

        Python gives no certificate of a handshake that failed.
        """
        assert self._connect is not None, "a procedure connects first"
        limit = earliest(deadline, Deadline.after(monotonic_ns(), "a second look", _SECOND_LOOK))
        stream = TlsStream(self._prepared.without_verifying(), self._settings.server_name)
        try:
            yield Close()
            yield self._connect._replace(deadline=limit)
            yield from self._handshake(stream, limit)
        except (TransportError, ssl.SSLError):
            return None
        self._stream = stream  # to be ended in order
        return stream.session(verified=False)

    # Afterwards -------------------------------------------------------------------------------------

    def _send(self, step: Send) -> PlainProcedure[int]:
        stream = self._secured
        data = yield from self._encrypted(stream, step)
        try:
            return (yield from send(data, step.deadline))
        except ConnectionLost as lost:
            yield from self._read_alert(stream)
            raise self._lost(stream, lost) from lost

    def _encrypted(self, stream: TlsStream, step: Send) -> PlainProcedure[bytes]:
        try:
            while (data := stream.encrypt(step.data)) is None:
                yield from _send_what_is_ready(stream, step.deadline)
                self._take(stream, (yield from receive("end of the TLS renegotiation", step.deadline)))
        except ssl.SSLError as error:
            raise failures.session_failure(error, self._settings, stream.in_use) from error
        return data

    def _receive(self, step: Receive) -> PlainProcedure[Received | None]:
        stream = self._secured
        while (data := self._decrypted(stream)) is None:
            yield from _send_what_is_ready(stream, step.deadline)  # such as our part of a renegotiation
            try:
                received = yield step
            except ConnectionLost as lost:
                raise self._lost(stream, lost) from lost
            if received is None:
                return None
            assert isinstance(received, Received)
            self._take(stream, received)
        yield from _send_what_is_ready(stream, step.deadline)  # such as the answer to a KeyUpdate
        return Received(data, self._arrived)

    def _read_alert(self, stream: TlsStream) -> PlainProcedure[None]:
        """Read what is left of a broken connection, for the alert that gives the reason."""
        limit = Deadline.after(monotonic_ns(), "last words", _LAST_WORDS)
        while self._decrypted(stream) is None:
            try:
                self._take(stream, (yield from receive("alert", limit)))
            except TransportError:
                return

    def _decrypted(self, stream: TlsStream) -> bytes | None:
        try:
            return stream.decrypt()
        except ssl.SSLError as error:
            raise failures.session_failure(error, self._settings, stream.in_use) from error

    def _lost(self, stream: TlsStream, lost: ConnectionLost) -> TransportError:
        """Return what a lost connection means: TLS 1.3 refuses a client certificate after the handshake."""
        if stream.in_use or stream.protocol != "TLSv1.3" or lost.error is None:
            return lost
        what = (
            f"the peer broke the connection ({reason_of(lost.error)}) right after the TLS handshake, perhaps"
        )
        return failures.client_certificate(self._settings, what)

    def _say_goodbye(self) -> PlainProcedure[None]:
        if self._stream is not None:
            stream, self._stream = self._stream, None
            farewell = stream.goodbye()
            if farewell:
                with suppress(TransportError):
                    yield Send(farewell, Deadline.after(monotonic_ns(), "last words", _LAST_WORDS))

    # The pieces -------------------------------------------------------------------------------------

    @property
    def _secured(self) -> TlsStream:
        assert self._stream is not None, "a procedure that was given TLS settings starts TLS first"
        return self._stream

    def _take(self, stream: TlsStream, received: Received) -> None:
        self._arrived = received.at
        stream.feed(received.data)


def _send_what_is_ready(stream: TlsStream, deadline: Deadline | None) -> PlainProcedure[None]:
    data = stream.data_to_send()
    if data:
        yield Send(data, deadline)
