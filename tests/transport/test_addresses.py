"""Names to addresses, without a name service."""

import errno
import queue
import socket

import pytest

from dcmtool.errors import NameNotResolved, TransportError
from dcmtool.steps import Connect, Deadline, Family
from dcmtool.transport.addresses import (
    Address,
    acknowledge,
    is_numeric,
    look_up,
    look_up_aside,
    share_of,
    source_of,
    source_towards,
)
from tests.transport.scenarios import Names

V4, V6 = Address(socket.AF_INET, ("127.0.0.1", 104)), Address(socket.AF_INET6, ("::1", 104, 0, 0))


def step_for(host: str, family: Family = "auto", deadline: Deadline | None = None) -> Connect:
    return Connect(host, 104, family, deadline, None)


def refusal(host: str, family: Family = "auto") -> str:
    with pytest.raises(NameNotResolved) as caught:
        look_up(step_for(host, family))
    return str(caught.value)


def test_a_zone_that_is_no_interface_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    sentence = "its zone 'nope0' is no interface of this machine (RFC 4007 11)"
    assert refusal("fe80::1%nope0") == f"the host name 'fe80::1%nope0' has no address: {sentence}"
    assert sentence in refusal("[fe80::1%nope0]")

    def fail() -> list[tuple[int, str]]:
        raise OSError("not here")

    monkeypatch.setattr(socket, "if_nameindex", fail)
    assert "has no address" in refusal("fe80::1%nope0")
    assert "zone" not in refusal("fe80::1%nope0").partition("address:")[2]


@pytest.mark.parametrize(
    ("host", "address"),
    [("127.0.0.1", V4), (" 127.0.0.1 ", V4), ("127.1", V4), ("::1", V6), ("[::1]", V6)],
)
def test_a_numeric_host_is_its_own_address(host: str, address: Address) -> None:
    assert look_up(step_for(host)) == [address]
    assert is_numeric(host)
    assert address.text == address.sockaddr[0]


@pytest.mark.skipif(not hasattr(socket, "if_nameindex"), reason="interfaces have no names here")
def test_an_address_of_one_link_keeps_its_zone() -> None:
    _, name = socket.if_nameindex()[0]
    host = f"fe80::1%{name}"
    for address in (*look_up(step_for(host)), *look_up(step_for(f"[{host}]"))):
        assert address.text == host
    unnamed = Address(socket.AF_INET6, ("fe80::1", 104, 0, 1 << 30))
    assert unnamed.text == f"fe80::1%{1 << 30}"


@pytest.mark.parametrize("host", ["pacs.example", "käse", "a b", "1.2.3.4.5", "\udcff"])
def test_a_name_is_not_numeric(host: str) -> None:
    assert not is_numeric(host)


def test_addresses_come_in_the_order_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", Names("::1", "127.0.0.1").getaddrinfo)
    assert look_up(step_for("pacs")) == [V6, V4]


def test_an_address_that_the_system_gives_twice_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names("::1", "127.0.0.1", "::1", "127.0.0.1")
    monkeypatch.setattr(socket, "getaddrinfo", names.getaddrinfo)
    assert look_up(step_for("pacs")) == [V6, V4]


@pytest.mark.parametrize(
    ("family", "number"),
    [("auto", socket.AF_UNSPEC), ("ipv4", socket.AF_INET), ("ipv6", socket.AF_INET6)],
)
def test_the_system_is_asked_for_the_family(
    family: Family, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def getaddrinfo(*question: object) -> list[object]:
        asked.append(question)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    assert look_up(step_for("käse.example", family)) == []
    assert asked == [(b"xn--kse-qla.example", 104, number, socket.SOCK_STREAM)]


def test_an_address_of_the_other_family_is_none() -> None:
    assert refusal("::1", "ipv4").startswith("the host name '::1' has no address: ")


@pytest.mark.parametrize("host", ["ä" * 64, "ä..b", "\udcff"])
def test_a_name_that_cannot_exist(host: str) -> None:
    assert refusal(host).endswith(" has no address: it is not a valid host name")
    assert refusal(host).isprintable()


def test_a_name_with_a_nul() -> None:
    assert refusal("127.0.0.1\0x") == (
        "the host name '127.0.0.1\\x00x' has no address: a host name has no NUL"
    )


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "Name or service not known"),
        (socket.gaierror("odd"), "odd"),
        (OSError(errno.EMFILE, "x"), "Too many open files"),
    ],
)
def test_the_name_service_fails(error: OSError, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", Names(error=error).getaddrinfo)
    assert refusal("pacs") == f"the host name 'pacs' has no address: {reason}"


def answer_aside(step: Connect) -> list[Address] | TransportError:
    answers: queue.SimpleQueue[list[Address] | TransportError] = queue.SimpleQueue()
    look_up_aside(step, answers.put)
    return answers.get(timeout=10)


def test_looking_up_in_a_thread() -> None:
    assert answer_aside(step_for("127.0.0.1")) == [V4]


def test_a_failure_in_a_thread_is_an_answer() -> None:
    assert isinstance(answer_aside(step_for("\0")), NameNotResolved)


@pytest.mark.parametrize(("left", "share"), [(1, 6.0), (2, 3.0), (3, 2.0)])
def test_what_remains_is_shared_by_the_addresses_left(left: int, share: float) -> None:
    deadline = Deadline(10_000_000_000, "connect", 10)
    assert share_of(step_for("pacs", deadline=deadline), 4_000_000_000, left) == share


def test_without_a_deadline_there_is_nothing_to_share() -> None:
    assert share_of(step_for("pacs"), 0, 2) is None


def test_received_pieces_are_acknowledged_at_once() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as connection,
    ):
        acknowledge(connection)
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK) == 1


def test_a_system_that_cannot_acknowledge_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(socket, "TCP_QUICKACK")
    with socket.socket() as connection:
        acknowledge(connection)
        assert connection.fileno() >= 0


@pytest.mark.parametrize(("address", "source"), [("127.0.0.1", "127.0.0.1"), ("nobody.invalid", None)])
def test_where_we_would_call_from(address: str, source: str | None) -> None:
    assert source_towards(address, 104) == source


def test_a_connection_that_is_over_has_no_source() -> None:
    with socket.socket() as connection:
        pass
    assert source_of(connection) is None
