"""`dcmtool.echo` over TLS against DCMTK's storescp: profiles, our keys in every form, refusals."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from dcmtool.cli.wording import COMMAND_LINE
from dcmtool.errors import TlsSettingsError
from dcmtool.settings import TlsSettings
from tests.interop.secured import (
    CAST,
    GOOD,
    NO_TLS_HERE,
    UNTRUSTED,
    WANTED,
    Echo,
    as_client,
    either_driver,
    failed,
    refused,
    told,
    trusting,
)
from tests.peers import pki, tls
from tests.peers.programs import run_dcmtool, run_echoscu

pytestmark = pytest.mark.interop

_GCM = (
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_DHE_RSA_WITH_AES_128_GCM_SHA256, "
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"
)
_ECDHE = (
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, "
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
)
_CCM = (
    "TLS_ECDHE_ECDSA_WITH_AES_128_CCM, TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8, "
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
)
OFFERS = {
    "8996": f"TLS 1.2 to 1.3; {_ECDHE}",
    "8996-mod": f"TLS 1.2 to 1.3; {_CCM} and 6 more",
    "bcp195-nd": f"TLS 1.2 to 1.3; {_GCM}",
    "bcp195": f"TLS 1.0 to 1.3; {_GCM} and 1 more",
    "bcp195-ex": f"TLS 1.2; {_GCM} and 2 more",
    "aes": "TLS 1.0 to 1.2; TLS_RSA_WITH_AES_128_CBC_SHA",
    "null": "TLS 1.0 to 1.2; TLS_RSA_WITH_NULL_SHA",
}
CLOSED_PROFILES = ("8996-mod", "bcp195-ex")  # to which no suite may be added
MODERN = ("8996", "8996-mod", "bcp195-nd", "bcp195", "bcp195-ex")
CONNECTS = {  # the server's profile, and the clients' that it takes
    "bcp195-nd": MODERN,
    "bcp195": (*MODERN, "aes"),
    "bcp195-ex": MODERN,
    "aes": ("bcp195", "aes"),
    "null": ("null",),
}


class Server(NamedTuple):
    """A storescp: its port and its profile."""

    port: int
    profile: str


@pytest.fixture(scope="module", params=CONNECTS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A storescp of each profile."""
    word = str(request.param)
    folder = tmp_path_factory.mktemp(f"storescp-{word}")
    with tls.storescp(folder, CAST.server, COMMAND_LINE[f"profile {word}"]) as port:
        yield Server(port, word)


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a storescp that requires client certificates of the root."""
    with tls.storescp(tmp_path_factory.mktemp("strict"), CAST.server, clients=CAST.root) as port:
        yield port


# Profiles ---------------------------------------------------------------------------------------------


def no_suite(profile: str) -> str:
    """Return the sentence for a peer that takes none of the suites of a profile."""
    more = "" if profile in CLOSED_PROFILES else " add a suite with ciphers=,"
    return (
        f"the peer takes none of the TLS versions and cipher suites offered ({OFFERS[profile]}): "
        f"choose another profile (dcmtool.tls.profiles.PROFILES lists them),{more} "
        "or give a server name with server_name="
    )


@either_driver
@pytest.mark.parametrize("profile", OFFERS)
def test_every_profile_with_every_other(server: Server, profile: str, echo: Echo, tmp_path: Path) -> None:
    report = echo("127.0.0.1", server.port, tls=trusting(tmp_path, profile=profile))
    connects = profile in CONNECTS[server.profile]
    assert told(report) == (GOOD if connects else failed(no_suite(profile)))
    assert (report.tls is not None) == connects


@pytest.mark.parametrize("profile", ["bcp195-nd", "bcp195", "bcp195-ex", "aes", "null"])
def test_echoscu_connects_where_we_do(server: Server, profile: str, tmp_path: Path) -> None:
    trust = ("+tla", "+cf", CAST.root.certificate_file(tmp_path))
    run = run_echoscu(COMMAND_LINE[f"profile {profile}"], *trust, "127.0.0.1", str(server.port))
    assert (run.returncode == 0) == (profile in CONNECTS[server.profile])


@either_driver
def test_a_profile_that_this_openssl_cannot_offer(echo: Echo, tmp_path: Path) -> None:
    version = " ".join(ssl.OPENSSL_VERSION.split()[:2])
    with pytest.raises(TlsSettingsError) as raised:
        echo("127.0.0.1", 1, tls=trusting(tmp_path, profile="basic"))
    assert str(raised.value) == (
        f"the Basic TLS Secure Transport Connection Profile (PS3.15 B.1) needs 3DES, "
        f"which {version} does not have: choose another profile"
    )


# Certificates -----------------------------------------------------------------------------------------


@either_driver
def test_repeats(strict: int, echo: Echo, tmp_path: Path) -> None:
    report = echo("127.0.0.1", strict, tls=as_client(tmp_path), repeat=200)
    assert told(report) == GOOD
    assert (report.echoes.received, report.echoes.statuses) == (200, {0: 200})


@either_driver
@pytest.mark.parametrize(
    ("profile", "stage"), [("bcp195-ex", "tls"), ("bcp195-nd", "associate")], ids=["TLS 1.2", "TLS 1.3"]
)
def test_a_client_certificate_is_required(
    strict: int, profile: str, stage: str, echo: Echo, tmp_path: Path
) -> None:
    report = echo("127.0.0.1", strict, tls=trusting(tmp_path, profile=profile))
    assert told(report) == failed(WANTED, stage)
    settings = as_client(tmp_path, CAST.strange_client, profile=profile)
    assert told(echo("127.0.0.1", strict, tls=settings)) == refused(settings, UNTRUSTED, stage)
    assert told(echo("127.0.0.1", strict, tls=as_client(tmp_path, profile=profile))) == GOOD


FORMS: dict[str, tuple[pki.Format, bool, bool]] = {
    "PKCS#8 in PEM": ("pem", False, False),
    "PKCS#8 in PEM, encrypted": ("pem", False, True),
    "traditional in PEM": ("pem", True, False),
    "traditional in PEM, encrypted": ("pem", True, True),
    "PKCS#8 in DER": ("der", False, False),
    "PKCS#8 in DER, encrypted": ("der", False, True),
    "traditional in DER": ("der", True, False),
}


@either_driver
@pytest.mark.parametrize("key", ["rsa2048", "p256"])
@pytest.mark.parametrize(("form", "traditional", "encrypted"), FORMS.values(), ids=FORMS.keys())
def test_every_form_of_a_key_file(
    strict: int,
    form: pki.Format,
    traditional: bool,
    encrypted: bool,
    key: str,
    echo: Echo,
    tmp_path: Path,
) -> None:
    identity = CAST.root.issue("client", (), usage=pki.CLIENT, key=key)
    settings = TlsSettings(
        key_file=identity.key_file(
            tmp_path, form, traditional=traditional, password="open sesame" if encrypted else None
        ),
        certificate_file=identity.certificate_file(tmp_path, form),
        password=(lambda: "open sesame") if encrypted else None,
        file_format=form,
        ca_files=(CAST.root.certificate_file(tmp_path, form),),
    )
    assert told(echo("127.0.0.1", strict, tls=settings)) == GOOD


@pytest.mark.parametrize("options", [("-rc",), ("-vc",), ("-ic",)], ids=" ".join)
def test_the_command_line(strict: int, options: tuple[str, ...], tmp_path: Path) -> None:
    key = CAST.client.key_file(tmp_path, password="open sesame")
    pair = ("+tls", key, CAST.client.certificate_file(tmp_path), "+pw", "open sesame")
    trust = ("+cf", CAST.root.certificate_file(tmp_path))
    run = run_dcmtool(*pair, *trust, *options, "127.0.0.1", str(strict))
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_the_command_line_says_why(strict: int) -> None:
    """Storescp sends the root as well, since it trusts it itself."""
    run = run_dcmtool("+tla", "127.0.0.1", str(strict))
    assert (run.returncode, run.stdout, run.stderr) == (
        71,
        "",
        'F: Association Request Failed: the peer\'s certificate "CN=localhost,O=Test,C=DE" leads to a root '
        'that we do not trust (issuer "CN=Test Root CA,O=Test,C=DE"): none was named: give the '
        "certificate of that root with +cf, or use --system-ca\n",
    )


@either_driver
def test_a_chain(echo: Echo, tmp_path: Path) -> None:
    with tls.storescp(tmp_path, CAST.chained, chain=True) as port:
        assert told(echo("127.0.0.1", port, tls=trusting(tmp_path))) == GOOD


@either_driver
def test_a_short_key(echo: Echo, tmp_path: Path) -> None:
    with tls.storescp(tmp_path, CAST.small) as port:
        assert told(echo("127.0.0.1", port, tls=trusting(tmp_path))) == GOOD
        assert told(echo("127.0.0.1", port, tls=trusting(tmp_path, profile="8996"))) == failed(
            'the peer\'s certificate "CN=localhost,O=Test,C=DE" has too short a key (RSA, 1024 bits), '
            "which the profile does not take: have it replaced; profile='bcp195' takes it"
        )


# With and without TLS ---------------------------------------------------------------------------------


@either_driver
def test_tls_to_a_plain_port(storescp: int, echo: Echo, tmp_path: Path) -> None:
    assert told(echo("127.0.0.1", storescp, tls=trusting(tmp_path))) == failed(
        f"the peer broke the connection (Connection reset by peer) {NO_TLS_HERE}"
    )


@either_driver
def test_plain_to_a_tls_port(strict: int, echo: Echo) -> None:
    report = echo("127.0.0.1", strict)
    assert (report.success, report.stage) == (False, "associate")
