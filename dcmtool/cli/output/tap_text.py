"""What is shown of a connection that was relayed, once it has ended: a block of text, or a JSON object."""

from collections.abc import Iterator
from typing import Any

from dcmtool.capture.connection import ObservedConnection
from dcmtool.settings import Color
from dcmtool.text import counted, printable


def block(connection: ObservedConnection, color: Color, *, verbose: bool) -> Iterator[str]:  # noqa: ARG001
    """Yield the lines of a connection; `verbose` shows all that is known, `color` is the user's choice."""
    sent, answered = connection.bytes
    who = f"{connection.number}  {connection.requestor} -> {connection.acceptor}"
    asked = ""
    if connection.request is not None:
        asked = f", {connection.request.calling_aet} called {connection.request.called_aet}"
    yield printable(f"{who}{asked}, {connection.protocol or 'nothing sent'}, {connection.ending}")
    for service in connection.services:
        yield f"   {counted(service.requests, service.command)} of the {service.sender}"
    yield f"   {counted(sent, 'byte')} sent, {answered} back"
    for warning in connection.warnings:
        yield printable(f"   {warning}")


def document(connection: ObservedConnection) -> dict[str, Any]:
    """Return a connection as plain JSON types."""
    return {
        "schema": "dcmtool.explain/1",
        "number": connection.number,
        "requestor": {"address": connection.requestor.address, "port": connection.requestor.port},
        "acceptor": {"address": connection.acceptor.address, "port": connection.acceptor.port},
        "protocol": connection.protocol,
        "ending": connection.ending,
        "bytes": list(connection.bytes),
        "warnings": list(connection.warnings),
    }
