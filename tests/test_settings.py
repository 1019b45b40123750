"""Settings are valid once made; what no association can be made with is refused with a sentence."""

from collections.abc import Callable
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from dcmtool.association.proposal import associate_rq
from dcmtool.errors import SettingsError
from dcmtool.settings import (
    EchoRequest,
    Negotiation,
    Output,
    Peer,
    Timeouts,
    TlsSettings,
    check_ae_title,
    first_transfer_syntaxes,
)
from dcmtool.uids import TRANSFER_SYNTAXES
from dcmtool.verification.echo import proposal

PEER = Peer("pacs", 104)
_LONG_UID = "1." + "2" * 63
_AE_CHARACTERS = "has characters that an AE title must not have: backslash, control or non-ASCII"

REFUSED: list[tuple[Callable[..., object], dict[str, Any], str]] = [
    (Peer, {"host": "", "port": 104}, "host '' is empty: name a host or an address"),
    (Peer, {"host": " ", "port": 104}, "host ' ' is empty: name a host or an address"),
    (
        Peer,
        {"host": "[::1", "port": 104},
        "host '[::1' has one bracket: an IPv6 address has two around it, or none",
    ),
    (Peer, {"host": None, "port": 104}, "host 'None' is not text"),
    (Peer, {"host": b"pacs", "port": 104}, "host 'b'pacs'' is not text"),
    (Negotiation, {"calling_aet": None}, "calling AE title 'None' is not text"),
    (Negotiation, {"called_aet": b"PACS"}, "called AE title 'b'PACS'' is not text"),
    (Negotiation, {"transfer_syntaxes": "1.2"}, "transfer syntaxes '1.2' is not a sequence of UIDs"),
    (Negotiation, {"transfer_syntaxes": None}, "transfer syntaxes 'None' is not a sequence of UIDs"),
    (Negotiation, {"transfer_syntaxes": (5,)}, "transfer syntax '5' is not text"),
    (
        Negotiation,
        {"transfer_syntaxes": ("1.2.840.10008.1.2",) * 4000},
        "number of transfer syntaxes '4000' is more than a presentation context holds (PS3.8 9.3.2.2)",
    ),
    (EchoRequest, {"peer": PEER, "timeouts": 5}, "timeouts '5' is not a Timeouts"),
    (EchoRequest, {"peer": "pacs"}, "peer 'pacs' is not a Peer"),
    (EchoRequest, {"peer": PEER, "negotiation": None}, "negotiation 'None' is not a Negotiation"),
    (EchoRequest, {"peer": PEER, "abort": "no"}, "abort 'no' is not true or false"),
    (EchoRequest, {"peer": PEER, "tls": True}, "TLS settings 'True' is not a TlsSettings"),
    (TlsSettings, {"key_file": "k"}, "TLS file 'k' is given without its certificate"),
    (TlsSettings, {"certificate_file": "c"}, "TLS file 'c' is given without its private key"),
    (TlsSettings, {"min_days": -1}, "minimum number of days '-1' is out of range: at least 0"),
    (TlsSettings, {"min_days": 1.5}, "minimum number of days '1.5' is not a whole number"),
    (TlsSettings, {"server_name": " ."}, "server name ' .' is empty: name a host"),
    (Peer, {"host": "pacs", "port": 0}, "port '0' is out of range: from 1 to 65535"),
    (Peer, {"host": "pacs", "port": 65536}, "port '65536' is out of range: from 1 to 65535"),
    (Peer, {"host": "pacs", "port": "104"}, "port '104' is not a number"),
    (Peer, {"host": "pacs", "port": True}, "port 'True' is not a number"),
    (Peer, {"host": "pacs", "port": 1.5}, "port '1.5' is not a whole number"),
    (Peer, {"host": "p", "port": 1, "family": "ipx"}, "family 'ipx' is none of auto, ipv4, ipv6"),
    (
        Negotiation,
        {"calling_aet": ""},
        "calling AE title '' is empty: an AE title has 1 to 16 characters (PS3.5 6.2, VR AE)",
    ),
    (
        Negotiation,
        {"called_aet": "   "},
        "called AE title '   ' is empty: an AE title has 1 to 16 characters (PS3.5 6.2, VR AE)",
    ),
    (
        Negotiation,
        {"called_aet": "SEVENTEEN_LETTERS"},
        "called AE title 'SEVENTEEN_LETTERS' has 17 characters: "
        "an AE title has at most 16 (PS3.5 6.2, VR AE)",
    ),
    (Negotiation, {"called_aet": "A\\B"}, f"called AE title 'A\\B' {_AE_CHARACTERS}"),
    (Negotiation, {"called_aet": "A\x1bB"}, f"called AE title 'A\\x1bB' {_AE_CHARACTERS}"),
    (Negotiation, {"called_aet": "GRÖSSE"}, f"called AE title 'GRÖSSE' {_AE_CHARACTERS}"),
    (
        Negotiation,
        {"transfer_syntaxes": ()},
        "transfer syntaxes '' name none: propose at least one (PS3.8 9.3.2.2)",
    ),
    *(
        (
            Negotiation,
            {"transfer_syntaxes": ("1.2", uid)},
            f"transfer syntax '{uid}' is not a UID: digits and dots, at most 64 characters (PS3.5 9.1)",
        )
        for uid in ("", "1..2", "1.2.", "1.x", "1.٣", "1.²", _LONG_UID)
    ),
    (Negotiation, {"contexts": 0}, "number of presentation contexts '0' is out of range: from 1 to 128"),
    (Negotiation, {"contexts": 129}, "number of presentation contexts '129' is out of range: from 1 to 128"),
    (Negotiation, {"max_pdu": 4095}, "maximum PDU length '4095' is out of range: from 4096 to 131072"),
    (Negotiation, {"max_pdu": 131073}, "maximum PDU length '131073' is out of range: from 4096 to 131072"),
    *(
        (Timeouts, {name: 0}, f"{name} timeout '0' is out of range: at least 0.001")
        for name in ("connect", "acse", "dimse", "socket", "deadline")
    ),
    (Timeouts, {"acse": -1}, "acse timeout '-1' is out of range: at least 0.001"),
    (Timeouts, {"acse": float("nan")}, "acse timeout 'nan' is out of range: at least 0.001"),
    (Timeouts, {"acse": "5"}, "acse timeout '5' is not a number"),
    (EchoRequest, {"peer": PEER, "repeat": -1}, "number of echoes '-1' is out of range: at least 0"),
    (EchoRequest, {"peer": PEER, "interval": 86401}, "interval '86401' is out of range: from 0 to 86400"),
    (EchoRequest, {"peer": PEER, "interval": -0.1}, "interval '-0.1' is out of range: from 0 to 86400"),
    (
        EchoRequest,
        {"peer": PEER, "interval": float("nan")},
        "interval 'nan' is out of range: from 0 to 86400",
    ),
    (EchoRequest, {"peer": PEER, "repeat": 2.0}, "number of echoes '2.0' is not a whole number"),
    (
        first_transfer_syntaxes,
        {"count": 54},
        "number of transfer syntaxes '54' is out of range: from 1 to 53",
    ),
]


@pytest.mark.parametrize(("make", "arguments", "sentence"), REFUSED, ids=[row[2] for row in REFUSED])
def test_refused(make: Callable[..., object], arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        make(**arguments)
    assert str(caught.value) == sentence


@pytest.mark.parametrize("title", ["A", "SIXTEEN_LETTERS_", " A B ", "a.b-c^d*?"])
def test_titles_that_can_be_sent_are_kept_as_they_are(title: str) -> None:
    assert check_ae_title("title", title) == title


def test_the_ends_of_the_ranges() -> None:
    assert Peer("p", 1).port == 1
    assert Peer("p", 65535, "ipv6").family == "ipv6"
    assert Negotiation(contexts=128, max_pdu=131072).contexts == 128
    assert Negotiation(contexts=1, max_pdu=4096, transfer_syntaxes=("1." + "2" * 62,)).max_pdu == 4096
    assert Timeouts(0.001, None, 1, 1.5, 1e300).deadline == 1e300


def test_defaults_are_those_of_echoscu() -> None:
    assert EchoRequest(PEER) == EchoRequest(
        Peer("pacs", 104, "auto"),
        Negotiation("ECHOSCU", "ANY-SCP", ("1.2.840.10008.1.2",), 1, 16384),
        Timeouts(None, 30, None, 60, None),
        1,
        False,
    )
    assert Output() == Output("warn", None)


def test_the_first_transfer_syntaxes() -> None:
    assert first_transfer_syntaxes(1) == ("1.2.840.10008.1.2",)
    assert first_transfer_syntaxes(53) == TRANSFER_SYNTAXES


@pytest.mark.parametrize(
    ("arguments", "watches"),
    [({}, False), ({"repeat": 9}, False), ({"repeat": 0}, True), ({"repeat": 2, "interval": 0.5}, True)],
)
def test_what_goes_on_for_a_while_is_a_watch(arguments: dict[str, Any], watches: bool) -> None:
    assert EchoRequest(PEER, **arguments).watches is watches


def test_settings_are_frozen_and_can_be_keys() -> None:
    with pytest.raises(FrozenInstanceError):
        PEER.port = 105  # type: ignore[misc]
    assert hash(EchoRequest(PEER)) == hash(EchoRequest(Peer("pacs", 104)))


def test_a_password_is_not_shown() -> None:
    settings = TlsSettings("k", "c", password="do not show this")
    assert "do not show this" not in repr(settings)


def test_as_many_transfer_syntaxes_as_a_context_holds() -> None:
    uids = ("1.2.840.10008.1.2",) * 3100
    assert associate_rq(proposal(Negotiation(transfer_syntaxes=uids))).encode()
