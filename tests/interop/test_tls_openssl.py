"""`dcmtool.echo` against `openssl s_server`: what a handshake may come to, and what only OpenSSL does."""

import subprocess
from pathlib import Path

import pytest

from dcmtool.settings import Timeouts
from dcmtool.verification.report import Outcome
from tests.interop.secured import (
    CAST,
    CLOSED,
    GOOD,
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
from tests.peers import pki, wire
from tests.peers.programs import require
from tests.peers.tls import ExpectBytes, OpensslPeer, openssl_server
from tests.peers.vocabulary import Accept, Raw, Serve
from tests.peers.wire import ASSOCIATE_RQ, P_DATA, RELEASE_RQ

pytestmark = pytest.mark.interop

SHORT = Timeouts(acse=1, deadline=3)  # s_server waits for HTTP, so an association is never answered
STANDS = failed(
    "no answer to A-ASSOCIATE-RQ within 1 s (timeouts.acse)", "associate", Outcome.ASSOCIATION_FAILED
)
AES = "TLS 1.0 to 1.2; TLS_RSA_WITH_AES_128_CBC_SHA"
NO_VERSION = (
    f"the peer takes none of the TLS versions offered ({AES}): "
    "choose another profile (dcmtool.tls.profiles.PROFILES lists them)"
)
NO_SUITE = (
    f"the peer takes none of the TLS versions and cipher suites offered ({AES}): "
    "choose another profile (dcmtool.tls.profiles.PROFILES lists them), "
    "add a suite with ciphers=, or give a server name with server_name="
)
OLD = ("-cipher", "ALL:@SECLEVEL=0")
either_server = pytest.mark.parametrize(
    ("option", "stage"), [("-tls1_2", "tls"), ("-tls1_3", "associate")], ids=["TLS 1.2", "TLS 1.3"]
)


@either_driver
@pytest.mark.parametrize(
    ("options", "profile", "session"),
    [
        (("-tls1_3",), "bcp195-nd", ("TLSv1.3", "TLS_AES_256_GCM_SHA384", 256)),
        (
            ("-tls1_3", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"),
            "8996",
            ("TLSv1.3", "TLS_CHACHA20_POLY1305_SHA256", 256),
        ),
        (("-tls1_2",), "bcp195-nd", ("TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", 128)),
        (
            ("-tls1_2", "-serverpref"),
            "bcp195-nd",
            ("TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", 256),
        ),
        (
            ("-tls1_2", "-cipher", "DHE-RSA-AES256-GCM-SHA384"),
            "bcp195-nd",
            ("TLSv1.2", "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", 256),
        ),
        (("-tls1_2",), "aes", ("TLSv1.2", "TLS_RSA_WITH_AES_128_CBC_SHA", 128)),
        (("-tls1_1", *OLD), "aes", ("TLSv1.1", "TLS_RSA_WITH_AES_128_CBC_SHA", 128)),
        (("-tls1", *OLD), "aes", ("TLSv1", "TLS_RSA_WITH_AES_128_CBC_SHA", 128)),
        (("-tls1", *OLD), "bcp195", ("TLSv1", "TLS_RSA_WITH_AES_128_CBC_SHA", 128)),
        (("-tls1_2", "-cipher", "eNULL:@SECLEVEL=0"), "null", ("TLSv1.2", "TLS_RSA_WITH_NULL_SHA", 0)),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) and value[0][0] == "-" else None,
)
def test_versions_and_suites(
    options: tuple[str, ...], profile: str, session: tuple[str, str, int], echo: Echo, tmp_path: Path
) -> None:
    with OpensslPeer(tmp_path, CAST.server, Accept(), Serve(), options=options) as peer:
        report = echo(peer.host, peer.port, tls=trusting(tmp_path, profile=profile), repeat=3)
    assert told(report) == GOOD
    assert report.tls is not None
    assert (report.tls.protocol, report.tls.cipher, report.tls.bits) == session
    assert peer.types == [ASSOCIATE_RQ, *[P_DATA] * 3, RELEASE_RQ]


@either_driver
def test_an_added_suite_is_what_is_left(echo: Echo, tmp_path: Path) -> None:
    options = ("-tls1_2", "-cipher", "AES256-GCM-SHA384")
    settings = trusting(tmp_path, ciphers=("TLS_RSA_WITH_AES_256_GCM_SHA384",))
    with OpensslPeer(tmp_path, CAST.server, Accept(), Serve(), options=options) as peer:
        assert told(echo(peer.host, peer.port, tls=settings)) == GOOD


@either_driver
@pytest.mark.parametrize(
    ("options", "profile", "sentence"),
    [
        (("-tls1_3",), "aes", NO_VERSION),
        (("-tls1_2", "-cipher", "AES256-SHA"), "aes", NO_SUITE),
        (
            ("-tls1", *OLD),  # which says no more than that it finds nothing to its liking
            "bcp195-ex",
            "the peer takes none of the TLS versions and cipher suites offered (TLS 1.2; "
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_DHE_RSA_WITH_AES_128_GCM_SHA256, "
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TLS_DHE_RSA_WITH_AES_256_GCM_SHA384 and 2 more): "
            "choose another profile (dcmtool.tls.profiles.PROFILES lists them), "
            "or give a server name with server_name=",
        ),
        (
            ("-tls1_2", "-cipher", "AES256-SHA"),
            "bcp195-ex",
            "the peer takes none of the TLS versions and cipher suites offered (TLS 1.2; "
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_DHE_RSA_WITH_AES_128_GCM_SHA256, "
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TLS_DHE_RSA_WITH_AES_256_GCM_SHA384 and 2 more): "
            "choose another profile (dcmtool.tls.profiles.PROFILES lists "
            "them), or give a server name with server_name=",  # which allows no other suites
        ),
    ],
    ids=["newer", "suite", "older", "suite of a closed profile"],
)
def test_nothing_in_common(
    options: tuple[str, ...], profile: str, sentence: str, echo: Echo, tmp_path: Path
) -> None:
    with openssl_server(tmp_path, CAST.server, *options) as port:
        report = echo("127.0.0.1", port, tls=trusting(tmp_path, profile=profile))
    assert told(report) == failed(sentence)


@either_driver
def test_a_certificate_for_none_of_our_suites(echo: Echo, tmp_path: Path) -> None:
    with openssl_server(tmp_path, CAST.elliptic, "-tls1_2") as port:
        report = echo("127.0.0.1", port, tls=trusting(tmp_path, profile="aes"))
    assert told(report) == failed(NO_SUITE)


@either_driver
@either_server
def test_a_client_certificate_is_required(option: str, stage: str, echo: Echo, tmp_path: Path) -> None:
    with openssl_server(tmp_path, CAST.server, option, clients=CAST.root) as port:
        assert told(echo("127.0.0.1", port, tls=trusting(tmp_path), timeouts=SHORT)) == failed(WANTED, stage)
        settings = as_client(tmp_path, CAST.strange_client)
        assert told(echo("127.0.0.1", port, tls=settings, timeouts=SHORT)) == refused(
            settings, UNTRUSTED, stage
        )
        assert told(echo("127.0.0.1", port, tls=as_client(tmp_path), timeouts=SHORT)) == STANDS


@either_driver
def test_plain_to_a_tls_port(echo: Echo, tmp_path: Path) -> None:
    with openssl_server(tmp_path, CAST.server) as port:
        report = echo("127.0.0.1", port)
    assert told(report) == failed(CLOSED, "associate", Outcome.ASSOCIATION_FAILED)


@either_driver
@pytest.mark.parametrize("fatal", [False, True], ids=["warning", "fatal"])
def test_an_unknown_server_name(fatal: bool, echo: Echo, tmp_path: Path) -> None:
    server = CAST.server
    other = ("-cert2", server.certificate_file(tmp_path), "-key2", server.key_file(tmp_path))
    options = ("-tls1_2", "-servername", "pacs.example", *other, *(("-servername_fatal",) if fatal else ()))
    with openssl_server(tmp_path, server, *options) as port:
        settings = trusting(tmp_path, server_name="another.example")
        report = echo("127.0.0.1", port, tls=settings, timeouts=SHORT)
    refused = failed(
        "the peer does not know the server name asked for: give another with server_name=, or none"
    )
    assert told(report) == (refused if fatal else STANDS)


@either_driver
def test_a_chain_signed_with_sha_1(echo: Echo, tmp_path: Path) -> None:
    """Old nodes have such certificates, and DCMTK's tools take them; we where the profile is as old."""
    server, root, old, usage = CAST.server, CAST.root, tmp_path / "sha1.pem", tmp_path / "usage.cnf"
    usage.write_text("extendedKeyUsage=serverAuth")
    openssl = require(pki.OPENSSL)
    request = [openssl, "req", "-new", "-key", server.key_file(tmp_path), "-subj", "/CN=localhost"]
    asked = subprocess.run(request, check=True, capture_output=True).stdout
    sign = [openssl, "x509", "-req", "-sha1", "-days", "9", "-extfile", str(usage), "-out", str(old)]
    sign += ["-CA", root.certificate_file(tmp_path), "-CAkey", root.key_file(tmp_path), "-set_serial", "77"]
    subprocess.run(sign, input=asked, check=True, capture_output=True)
    text = subprocess.run(
        [openssl, "x509", "-in", str(old), "-noout", "-text"], check=True, capture_output=True
    )
    assert b"ecdsa-with-SHA1" in text.stdout
    with openssl_server(tmp_path, server, "-cert", str(old), *OLD) as port:
        lenient, strict = trusting(tmp_path, profile="bcp195"), trusting(tmp_path)
        assert told(echo("127.0.0.1", port, tls=lenient, timeouts=SHORT)) == STANDS
        assert told(echo("127.0.0.1", port, tls=strict, timeouts=SHORT)) == failed(
            'the peer\'s certificate "CN=localhost" or one that it rests on is signed with SHA-1 or MD5, '
            "which the profile does not take: have it replaced; profile='bcp195' takes it"
        )


# What a server may do in the middle -------------------------------------------------------------------

ACCEPTANCE = wire.accept(
    wire.Request(
        1, b"ANY-SCP", b"ECHOSCU", "1.2.840.10008.3.1.1.1", (wire.Context(1, "", ("1.2.840.10008.1.2",)),), ()
    )
)
REQUESTED, RELEASING = ExpectBytes(b"1.2.840.10008.1.1"), ExpectBytes(b"\5\0\0\0\0\4")
RELEASED = Raw(wire.pdu(wire.RELEASE_RP, bytes(4)))
ECHOED = Raw(wire.p_data(1, wire.echo_response(1)))

# Commands to s_server, each with what it says of it: sent sooner, what follows would be part of the command.
UPDATED = ExpectBytes(b">>> TLS 1.3, Handshake [length 0005], KeyUpdate")
RENEGOTIATED = ExpectBytes(b">>> TLS 1.2, Handshake [length 0004], HelloRequest")


@either_driver
@pytest.mark.parametrize("command", [b"k\n", b"K\n"], ids=["theirs", "ours too"])
def test_keys_are_updated_in_the_middle(command: bytes, echo: Echo, tmp_path: Path) -> None:
    update = (Raw(command), UPDATED)
    script = (REQUESTED, *update, Raw(ACCEPTANCE), REQUESTED, *update, ECHOED, RELEASING, *update, RELEASED)
    with OpensslPeer(tmp_path, CAST.server, *script, options=("-tls1_3", "-msg"), quiet=False) as peer:
        report = echo(peer.host, peer.port, tls=trusting(tmp_path), timeouts=Timeouts(deadline=5))
    assert told(report) == GOOD


@either_driver
def test_the_session_is_renegotiated_in_the_middle(echo: Echo, tmp_path: Path) -> None:
    """TLS 1.2 lets a server ask for another handshake at any time."""
    again = (Raw(b"r\n"), RENEGOTIATED)
    script = (REQUESTED, *again, Raw(ACCEPTANCE), REQUESTED, *again, ECHOED, RELEASING, RELEASED)
    with OpensslPeer(tmp_path, CAST.server, *script, options=("-tls1_2", "-msg"), quiet=False) as peer:
        report = echo(peer.host, peer.port, tls=trusting(tmp_path), timeouts=Timeouts(deadline=5))
    assert told(report) == GOOD
