"""What a Verification SCP may be asked to be."""

from typing import Any

import pytest

from dcmtool.errors import Rejection, SettingsError
from dcmtool.scp.settings import Faults, ScpSettings
from dcmtool.settings import ServerTls, TlsSettings


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"port": -1}, "port"),
        ({"port": 65536}, "port"),
        ({"port": 1.5}, "port '1.5' is not a whole number"),
        ({"title": ""}, "AE title"),
        ({"title": "12345678901234567"}, "AE title"),
        ({"allowed_calling": ("A", "\n")}, "calling AE title"),
        ({"max_pdu": 4095}, "maximum PDU length"),
        ({"max_associations": 0}, "maximum number of associations"),
        ({"max_associations": 10_001}, "maximum number of associations"),
        ({"acse_timeout": 0}, "acse timeout"),
        ({"idle_timeout": float("nan")}, "idle timeout"),
        ({"count": 0}, "number of associations"),
    ],
)
def test_what_an_scp_cannot_be(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        ScpSettings(**settings)


@pytest.mark.parametrize(
    ("faults", "words"),
    [
        ({"reject": Rejection(256, 1, 1)}, "result of the rejection '256'"),
        ({"reject": Rejection(1, -1, 1)}, "source of the rejection '-1'"),
        ({"reject": Rejection(1, 1, 1000)}, "reason of the rejection '1000'"),
        ({"status": 0x10000}, "status"),
        ({"status": -1}, "status"),
        ({"delay_accept": -1}, "delay of the acceptance"),
        ({"delay_echo": True}, "delay of the echo"),
        ({"abort_after": -1}, "number of echoes before the abort"),
    ],
)
def test_faults_that_there_are_not(faults: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        Faults(**faults)


@pytest.mark.parametrize(
    ("tls", "words"),
    [
        ({"clients": "some"}, "none of none, optional, required"),
        ({"clients": "required"}, "need an authority to trust"),
        ({"clients": "optional"}, "need an authority to trust"),
        ({"settings": None}, "TLS settings"),
    ],
)
def test_tls_that_there_is_not(tls: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        ServerTls(**tls)


def test_an_authority_of_whatever_kind_will_do() -> None:
    for trusting in ({"ca_files": ("a",)}, {"ca_directories": ("d",)}, {"system_ca": True}):
        assert ServerTls(TlsSettings(**trusting), "required").clients == "required"
