"""What we offer in a ClientHello, and that echoscu offers the same with the same profile."""

from collections.abc import Callable

import pytest

from dcmtool.cli.wording import COMMAND_LINE
from dcmtool.settings import TlsSettings
from tests.interop.secured import Echo, either_driver
from tests.peers.programs import run_echoscu
from tests.peers.scripted import ScriptedPeer
from tests.peers.tls import ClientHello, Hear
from tests.peers.vocabulary import CloseConnection

pytestmark = pytest.mark.interop

V10, V11, V12, V13 = 0x0301, 0x0302, 0x0303, 0x0304
OF_TLS_1_3 = (0x1302, 0x1303, 0x1301)
G4 = (0xC02F, 0x009E, 0xC030, 0x009F)
OFFERS = {
    "8996": ((V13, V12), (*OF_TLS_1_3, 0xC02F, 0xC02B, 0xC030, 0xC02C)),
    "8996-mod": (
        (V13, V12),
        (*OF_TLS_1_3, 0xC0AC, 0xC0AE, 0xC02F, 0xC02B, 0xCCA8, 0xCCA9, 0xC0AD, 0xC0AF, 0xC030, 0xC02C),
    ),
    "bcp195-nd": ((V13, V12), (*OF_TLS_1_3, *G4)),
    "bcp195": ((V13, V12, V11, V10), (*OF_TLS_1_3, *G4, 0x002F)),
    "bcp195-ex": ((V12,), (*G4, 0xC02C, 0xC02B)),
    "aes": ((V12,), (0x002F,)),  # up to TLS 1.2 a ClientHello names the newest version alone
    "null": ((V12,), (0x0002,)),
}


def hello_of(call: Callable[[str, int], object]) -> ClientHello:
    """Return the ClientHello that a call sends."""
    ear = Hear()
    with ScriptedPeer(ear, CloseConnection()) as peer:
        call(peer.host, peer.port)
    return ClientHello.parse(ear.heard[0])


@either_driver
@pytest.mark.parametrize("profile", OFFERS)
def test_what_a_profile_offers(profile: str, echo: Echo) -> None:
    hello = hello_of(lambda host, port: echo(host, port, tls=TlsSettings(profile=profile)))
    assert (hello.versions, hello.suites) == OFFERS[profile]
    assert not hello.asks_for_a_name


@pytest.mark.parametrize("profile", ["bcp195-nd", "bcp195", "bcp195-ex", "aes", "null"])
def test_echoscu_offers_the_same(profile: str) -> None:
    hello = hello_of(
        lambda host, port: run_echoscu("+tla", COMMAND_LINE[f"profile {profile}"], host, str(port))
    )
    assert (hello.versions, hello.suites) == OFFERS[profile]


@either_driver
def test_added_suites_come_last_and_backwards(echo: Echo) -> None:
    added = ("TLS_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_256_CBC_SHA")
    hello = hello_of(lambda host, port: echo(host, port, tls=TlsSettings(ciphers=added)))
    options = ("+cs", added[0], "+cs", added[1])
    theirs = hello_of(lambda host, port: run_echoscu("+tla", *options, host, str(port)))
    assert hello.suites == theirs.suites == (*OF_TLS_1_3, *G4, 0x0035, 0x009C)


@either_driver
def test_a_server_name_is_asked_for(echo: Echo) -> None:
    settings = TlsSettings(server_name="pacs.example")
    hello = hello_of(lambda host, port: echo(host, port, tls=settings))
    assert hello.asks_for_a_name
