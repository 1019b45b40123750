"""Clients that keep an exporter waiting are dropped; the patience is shortened here."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
import uvicorn

from dcmtool.exporter import guard

Client = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 "


async def _application(scope: object, receive: object, send: Callable[[object], Awaitable[None]]) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


def visit(client: Client) -> None:
    """Serve while a client is there."""

    async def play() -> None:
        config = uvicorn.Config(_application, http=guard.GuardedProtocol, lifespan="off", log_config=None)
        config.load()
        server = uvicorn.Server(config)
        listening = await asyncio.get_running_loop().create_server(
            lambda: guard.GuardedProtocol(config, server.server_state, {}), "127.0.0.1", 0
        )
        async with listening, asyncio.timeout(30):
            reader, writer = await asyncio.open_connection(*listening.sockets[0].getsockname())
            await client(reader, writer)
            writer.close()

    asyncio.run(play())


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "PATIENCE", 0.05)


async def _ended(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read(10_000)
    except ConnectionResetError:
        return b""


@pytest.mark.parametrize("start", [b"", b"GET / HTTP/1.1\r\nHost:"])
def test_a_client_that_says_nothing_is_dropped(start: bytes) -> None:
    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        assert await _ended(reader) == b""

    visit(client)


def test_a_client_that_stays_is_dropped_after_its_answer() -> None:
    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await reader.readuntil(b"ok")).startswith(OK)
        assert await _ended(reader) == b""

    visit(client)


def test_a_client_that_sends_a_header_bit_by_bit_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"GET / HTTP/1.1\r\n")
        ended = asyncio.create_task(_ended(reader))
        while not ended.done():
            writer.write(b"X: y\r\n")
            await asyncio.wait([ended], timeout=0.01)
        assert ended.result() == b""

    visit(client)


def test_an_answer_without_a_body_is_sent() -> None:
    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(OK)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert (await reader.read(10_000)).endswith(b"\r\n\r\nok")

    visit(client)
