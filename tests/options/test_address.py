"""`[CALLED@]HOST[:PORT]` and URLs as title, host and port; hosts that are none."""

import pytest

from dcmtool.errors import SettingsError
from dcmtool.options.address import NodeAddress, address_of, address_of_url
from dcmtool.settings import Peer


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("h", (None, "h", None)),
        ("h:1", (None, "h", "1")),
        ("h:", (None, "h", "")),
        ("A@h", ("A", "h", None)),
        ("A@h:1", ("A", "h", "1")),
        ("A:1@h:2", ("A:1", "h", "2")),
        ("A@B@h", ("A@B", "h", None)),
        ("@h", ("", "h", None)),
        ("A@", ("A", "", None)),
        ("::1", (None, "::1", None)),
        ("[::1]", (None, "::1", None)),
        ("[::1]:1", (None, "::1", "1")),
        ("A@[fe80::1%eth0]:1", ("A", "fe80::1%eth0", "1")),
        ("[::1", (None, "[::1", None)),
        ("[::1]x", (None, "[::1]x", None)),
        ("", (None, "", None)),
    ],
)
def test_a_word(word: str, expected: tuple[str | None, str, str | None]) -> None:
    assert address_of(word) == NodeAddress(*expected)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("dicom://h:1", (None, "h", "1")),
        ("dicom://A@h:1/B", ("A", "h", "1")),
        ("dicom://h/A?x=1", ("A", "h", None)),
        ("http://[::1]:1/", (None, "::1", "1")),
    ],
)
def test_a_url(url: str, expected: tuple[str | None, str, str | None]) -> None:
    assert address_of_url(url) == NodeAddress(*expected)


@pytest.mark.parametrize(
    "host",
    [
        *(
            "localhost",
            "pacs.1",
            "1.pacs",
            "0xpacs",
            "123e",
            "a_b",
            "127.0.0.1",
            "0.0.0.0",
            "255.255.255.255",
        ),
        *("::1", "fe80::1%eth0", "FE80::1%1", "fec0::1", "fe80", "fe80.example", "2001:db8::1", "pacs."),
    ],
)
def test_a_name_or_a_full_address(host: str) -> None:
    assert Peer(host, 104).host == host


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        *(
            (host, "is a number")
            for host in ("0", "1", "127.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.256")
        ),
        *((host, "is a number") for host in ("0x7f.1", "0x7f000001", "017700000001", "127.0.0.010", "²")),
        *((host, "has a colon") for host in ("pacs:104", "127.0.0.1:104", "dicom://pacs", ":")),
        *((host, "is a pattern") for host in ("*", "*.example")),
        *((host, "link-local") for host in ("fe80::1", "FE80::1", "febf::1", "fe90::", "fea0::1")),
        ("[fe80::1]", "link-local"),
    ],
)
def test_neither(host: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=reason):
        Peer(host, 104)


def test_an_address_of_the_other_family() -> None:
    for host, family in (("127.0.0.1", "ipv6"), ("::1", "ipv4")):
        with pytest.raises(SettingsError, match=r"is an IPv. address, but only IPv. is to be used"):
            Peer(host, 104, family)  # type: ignore[arg-type]
    assert Peer("localhost", 104, "ipv6").family == "ipv6"
