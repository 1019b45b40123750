"""Whether the names of a certificate are those of a host (RFC 6125, RFC 9525)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtool.certificates.names import matches

# (host, alternative names, common name, whether they match)
TABLE: list[tuple[str, tuple[str, ...], str | None, bool]] = [
    # names, without regard to case or the final dot
    ("pacs.example", ("DNS:pacs.example",), None, True),
    ("PACS.Example", ("DNS:pacs.EXAMPLE",), None, True),
    ("pacs.example.", ("DNS:pacs.example",), None, True),
    ("pacs.example", ("DNS:pacs.example.",), None, True),
    ("pacs.example", ("DNS:other.example", "DNS:pacs.example"), None, True),
    ("pacs.example", ("DNS:example",), None, False),
    ("example", ("DNS:pacs.example",), None, False),
    ("localhost", ("DNS:localhost",), None, True),
    ("pacs_1.example", ("DNS:pacs_1.example",), None, True),
    ("pacs.example", ("DNS:pacs.example\0.evil.example",), None, False),
    ("pacs.example", ("DNS: pacs.example",), None, False),
    ("pacs.example", (), None, False),
    # wildcards stand for the whole leftmost label
    ("pacs.clinic.example", ("DNS:*.clinic.example",), None, True),
    ("PACS.clinic.example.", ("DNS:*.CLINIC.EXAMPLE.",), None, True),
    ("xn--bcher-kva.clinic.example", ("DNS:*.clinic.example",), None, True),
    ("clinic.example", ("DNS:*.clinic.example",), None, False),
    (".clinic.example", ("DNS:*.clinic.example",), None, False),
    ("a.pacs.clinic.example", ("DNS:*.clinic.example",), None, False),
    ("pacs.com", ("DNS:*.com",), None, False),
    ("pacs.local", ("DNS:*.local",), None, False),
    ("pacs.local.", ("DNS:*.local.",), None, False),
    ("pacs.example", ("DNS:*.example",), None, False),
    ("pacs.local", (), "*.local", False),
    ("pacs.example", ("DNS:p*.example",), None, False),
    ("pacs.example", ("DNS:*s.example",), None, False),
    ("pacs.example", ("DNS:*a*.example",), None, False),
    ("a.pacs.example", ("DNS:a.*.example",), None, False),
    ("a.pacs.example", ("DNS:*.*.example",), None, False),
    ("pacs", ("DNS:*",), None, False),
    ("pacs.example", ("DNS:*",), None, False),
    # names beyond ASCII are compared as A-labels
    ("bücher.example", ("DNS:xn--bcher-kva.example",), None, True),
    ("BÜCHER.example", ("DNS:xn--bcher-kva.example",), None, True),
    ("bücher.example", ("DNS:XN--BCHER-KVA.example",), None, True),
    ("bücher.example", (), "bücher.example", False),
    ("bücher.clinic.example", ("DNS:*.clinic.example",), None, True),
    ("bu\N{COMBINING DIAERESIS}cher.example", ("DNS:xn--bcher-kva.example",), None, True),
    ("bucher.example", ("DNS:xn--bcher-kva.example",), None, False),
    ("\N{FULLWIDTH LATIN SMALL LETTER P}acs.example", ("DNS:pacs.example",), None, True),
    ("bü..example", ("DNS:bü..example",), None, False),
    # addresses are those of the certificate, byte by byte
    ("127.0.0.1", ("IP:127.0.0.1",), None, True),
    ("::1", ("IP:::1",), None, True),
    ("[::1]", ("IP:::1",), None, True),
    ("0:0::1", ("IP:::1",), None, True),
    ("FE80::1", ("IP:fe80::1",), None, True),
    ("fe80::1%eth0", ("IP:fe80::1",), None, True),
    ("127.0.0.2", ("IP:127.0.0.1",), None, False),
    ("::ffff:127.0.0.1", ("IP:127.0.0.1",), None, False),
    ("127.0.0.1", ("IP:127.0.0.0/8",), None, False),
    ("127.0.0.1", ("DNS:127.0.0.1",), None, False),
    ("127.0.0.1", ("DNS:*.0.0.1",), None, False),
    ("::1", ("DNS:::1",), None, False),
    ("127.0.0.1", (), "127.0.0.1", False),
    ("127.1", ("DNS:127.1", "DNS:*.1"), "127.1", False),
    ("2130706433", ("DNS:2130706433",), None, False),
    ("pacs.example", ("IP:127.0.0.1",), None, False),
    # the common name stands in for names that are not there
    ("pacs.example", (), "pacs.example", True),
    ("pacs.clinic.example", (), "*.clinic.example", True),
    ("pacs.example", ("email:a@example", "URI:http://pacs.example/"), "pacs.example", True),
    ("pacs.example", (), "Test Server", False),
    ("pacs.example", ("DNS:other.example",), "pacs.example", False),
    ("pacs.example", ("IP:127.0.0.1",), "pacs.example", False),
    ("pacs.example", ("unreadable",), "pacs.example", False),
    # what is no name at all
    ("", ("DNS:",), "", False),
    (".", ("DNS:.",), ".", False),
    ("a..b", ("DNS:a..b",), None, False),
    ("[]", ("DNS:[]", "IP:"), None, True),
    ("a" * 254, ("DNS:" + "a" * 254,), None, False),
    ("a" * 253, ("DNS:" + "a" * 253,), None, True),
]


@pytest.mark.parametrize(("host", "names", "common_name", "expected"), TABLE)
def test_matches(host: str, names: tuple[str, ...], common_name: str | None, expected: bool) -> None:
    assert matches(host, names, common_name) is expected


@given(st.text(), st.lists(st.text() | st.builds("{}:{}".format, st.sampled_from(["DNS", "IP"]), st.text())))
def test_any_text_is_compared(host: str, names: list[str]) -> None:
    assert matches(host, names, host) in (True, False)
