"""The peer's certificate, shown by Python's ssl: why it does not pass, each time in one sentence."""

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from dcmtool.errors import TlsFailure
from dcmtool.settings import TlsSettings
from tests.interop.secured import (
    CAST,
    GOOD,
    Echo,
    either_driver,
    either_version,
    failed,
    told,
    trusting,
)
from tests.peers import pki
from tests.peers.pki import EXPIRED, FUTURE
from tests.peers.scripted import ScriptedPeer
from tests.peers.tls import server_context
from tests.peers.vocabulary import Accept, Serve
from tests.peers.wire import ASSOCIATE_RQ, P_DATA, RELEASE_RQ

Settings = Callable[[Path], TlsSettings]
TALK = (Accept(), Serve())
HEARD = [ASSOCIATE_RQ, P_DATA, RELEASE_RQ]
PEER = 'the peer\'s certificate "CN=localhost,O=Test,C=DE"'
ROOT, MIDDLE = '"CN=Test Root CA,O=Test,C=DE"', '"CN=Test Intermediate CA,O=Test,C=DE"'
ADD_ISSUER = "add the certificates from its issuer up to the root with ca_files="
NEW_LIST = "get a newer one from the authority"
TOO_LATE = CAST.root.authority("Test Late CA", validity=EXPIRED)
WHOLE = pki.Identity(
    CAST.chained.certificate, CAST.chained.key, (*CAST.chained.between, CAST.root.certificate)
)


def stranger(folder: Path) -> TlsSettings:
    """Return settings that trust somebody else."""
    return TlsSettings(ca_files=(CAST.stranger.certificate_file(folder),))


def without_root(folder: Path) -> TlsSettings:
    """Return settings that trust the intermediate alone."""
    return TlsSettings(ca_files=(CAST.intermediate.certificate_file(folder),))


def with_lists(*revoked: pki.Identity, validity: pki.Validity = pki.VALID) -> Settings:
    """Return settings with the root's revocation list."""
    return lambda folder: trusting(
        folder, crl_files=(CAST.root.revocation_list_file(folder, *revoked, validity=validity),)
    )


def with_whole_chain(*revoked: pki.Identity, lists: tuple[pki.Authority, ...]) -> Settings:
    """Return settings that check every link with the lists of these authorities."""
    return lambda folder: trusting(
        folder,
        crl_check="chain",
        crl_files=tuple(authority.revocation_list_file(folder, *revoked) for authority in lists),
    )


def with_(**more: object) -> Settings:
    """Return settings that trust the usual root and ask for more."""
    return lambda folder: trusting(folder, **more)


class Refusal(NamedTuple):
    """A certificate that does not pass with these settings, our alert, and the sentence."""

    identity: pki.Identity
    settings: Settings
    alert: str
    sentence: str
    chain: bool = True


REFUSALS = {
    "untrusted": Refusal(
        CAST.untrusted,
        trusting,
        "TLSV1_ALERT_UNKNOWN_CA",
        f"{PEER} is not from an authority that we trust "
        f'(issuer "CN=Test Stranger CA,O=Test,C=DE"): {ADD_ISSUER}',
    ),
    "forged: the name of our root, another key": Refusal(
        pki.Authority().issue(),
        trusting,
        "TLSV1_ALERT_UNKNOWN_CA",
        f"{PEER} is not from an authority that we trust (issuer {ROOT}): {ADD_ISSUER}",
    ),
    "nobody is trusted": Refusal(
        CAST.server,
        lambda _: TlsSettings(),
        "TLSV1_ALERT_UNKNOWN_CA",
        f"{PEER} is not from an authority that we trust (issuer {ROOT}): "
        "none was named: "
        "give the certificates from its issuer up to the root with ca_files=, or use system_ca=True",
    ),
    "intermediate not sent": Refusal(
        CAST.chained,
        trusting,
        "TLSV1_ALERT_UNKNOWN_CA",
        f"{PEER} is not from an authority that we trust (issuer {MIDDLE}): {ADD_ISSUER}",
        chain=False,
    ),
    "intermediate sent, root not trusted": Refusal(
        CAST.chained,
        stranger,
        "TLSV1_ALERT_UNKNOWN_CA",
        f"{PEER} is not from an authority that we trust (issuer {MIDDLE}): {ADD_ISSUER}",
    ),
    "whole chain sent, root not trusted": Refusal(
        WHOLE,
        stranger,
        "TLSV1_ALERT_UNKNOWN_CA",
        f"{PEER} leads to a root that we do not trust (issuer {MIDDLE}): "
        "add the certificate of that root with ca_files=",
    ),
    "intermediate trusted without its root": Refusal(
        CAST.chained,
        without_root,
        "TLSV1_ALERT_UNKNOWN_CA",
        f"the chain of {PEER} ends below a root that we trust (issuer {MIDDLE}): "
        "add the certificates above its issuer, up to the root, with ca_files=",
    ),
    "self-signed": Refusal(
        CAST.own,
        trusting,
        "TLSV1_ALERT_UNKNOWN_CA",
        f"{PEER} is self-signed and not among those that we trust: "
        "if it is the right one, give it with ca_files=",
    ),
    "expired": Refusal(
        CAST.expired,
        trusting,
        "SSLV3_ALERT_CERTIFICATE_EXPIRED",
        f"{PEER} has expired (valid from 2001-01-01 00:00 UTC to 2002-01-01 00:00 UTC): "
        "have it renewed, and compare the clocks",
    ),
    "not yet valid": Refusal(
        CAST.future,
        trusting,
        "SSLV3_ALERT_BAD_CERTIFICATE",
        f"{PEER} is not yet valid (valid from 2098-01-01 00:00 UTC to 2099-12-31 00:00 UTC): "
        "compare the clocks",
    ),
    "expired intermediate": Refusal(
        TOO_LATE.issue(),
        trusting,
        "SSLV3_ALERT_CERTIFICATE_EXPIRED",
        'a certificate above the peer\'s "CN=localhost,O=Test,C=DE" has expired '
        '(issuer "CN=Test Late CA,O=Test,C=DE"): have it renewed, and compare the clocks',
    ),
    "short key": Refusal(
        CAST.small,
        with_(profile="8996"),
        "SSLV3_ALERT_BAD_CERTIFICATE",
        f"{PEER} has too short a key (RSA, 1024 bits), "
        "which the profile does not take: have it replaced; profile='bcp195' takes it",
    ),
    "short key, modified profile": Refusal(
        CAST.small,
        with_(profile="8996-mod"),
        "SSLV3_ALERT_BAD_CERTIFICATE",
        f"{PEER} has too short a key (RSA, 1024 bits), "
        "which the profile does not take: have it replaced; profile='bcp195' takes it",
    ),
    "wrong purpose": Refusal(
        CAST.client_only,
        trusting,
        "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
        f"{PEER} is not for servers (extended key usage, RFC 5280 4.2.1.12): "
        "the peer needs one for server authentication",
    ),
    "signed below the allowed path length": Refusal(
        CAST.intermediate.authority("Test Lowest CA").issue(),
        trusting,
        "TLSV1_ALERT_UNKNOWN_CA",
        f"{PEER} does not pass: path length constraint exceeded",
    ),
    "revoked": Refusal(
        CAST.revoked,
        with_lists(CAST.revoked),
        "SSLV3_ALERT_CERTIFICATE_REVOKED",
        f"{PEER} has been revoked by its authority: the peer needs a new one",
    ),
    "revoked, by the whole chain": Refusal(
        CAST.revoked,
        with_whole_chain(CAST.revoked, lists=(CAST.root,)),
        "SSLV3_ALERT_CERTIFICATE_REVOKED",
        f"{PEER} or one that it rests on has been revoked by its authority: the peer needs a new one",
    ),
    "revoked intermediate": Refusal(
        CAST.chained,
        with_whole_chain(CAST.intermediate, lists=(CAST.root, CAST.intermediate)),
        "SSLV3_ALERT_CERTIFICATE_REVOKED",
        f"{PEER} or one that it rests on has been revoked by its authority: the peer needs a new one",
    ),
    "no list at all": Refusal(
        CAST.server,
        with_(crl_check="leaf"),
        "TLSV1_ALERT_UNKNOWN_CA",
        f"no revocation list was given to check {PEER} against (issuer {ROOT}): "
        "add that of its issuer with crl_files=, or leave the check out",
    ),
    "no list of its issuer": Refusal(
        CAST.chained,
        with_lists(),
        "TLSV1_ALERT_UNKNOWN_CA",
        f"no revocation list was given to check {PEER} against (issuer {MIDDLE}): "
        "add that of its issuer with crl_files=, or leave the check out",
    ),
    "no list of the root": Refusal(
        CAST.chained,
        with_whole_chain(lists=(CAST.intermediate,)),
        "TLSV1_ALERT_UNKNOWN_CA",
        f"no revocation list was given to check {PEER} or one that it rests on against (issuer {MIDDLE}): "
        "add that of every authority up to the root with crl_files=, or leave the check out",
    ),
    "expired list": Refusal(
        CAST.server,
        with_lists(validity=EXPIRED),
        "SSLV3_ALERT_CERTIFICATE_EXPIRED",
        f"the revocation list given has expired: {NEW_LIST}",
    ),
    "list not yet valid": Refusal(
        CAST.server,
        with_lists(validity=FUTURE),
        "SSLV3_ALERT_BAD_CERTIFICATE",
        f"the revocation list given is not yet valid: {NEW_LIST}",
    ),
}


@either_driver
@either_version
@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS.keys())
def test_a_certificate_that_does_not_pass(
    refusal: Refusal, version: ssl.TLSVersion, echo: Echo, tmp_path: Path
) -> None:
    context = server_context(tmp_path, refusal.identity, version, chain=refusal.chain)
    with ScriptedPeer(*TALK, tls=context) as peer:
        report = echo(peer.host, peer.port, tls=refusal.settings(tmp_path))
    assert told(report) == failed(refusal.sentence)
    assert report.tls is not None
    assert (report.tls.certificate, report.tls.verified) == (refusal.identity.der, False)
    assert peer.handshakes[0] == refusal.alert  # then there was a second look, ended in order
    assert (len(peer.handshakes), peer.types, peer.said_goodbye) == (2, [], True)


OBJECTIONS = {
    "wrong host": (
        CAST.elsewhere,
        with_(check_hostname=True),
        "the peer's certificate is not for '127.0.0.1' but for DNS:pacs.example, DNS:*.pacs.example, "
        "IP:192.0.2.1: call it by a name of its certificate, or give that with server_name=",
    ),
    "wrong server name": (
        CAST.server,
        with_(check_hostname=True, server_name="pacs.example"),
        "the peer's certificate is not for 'pacs.example' but for DNS:localhost, IP:127.0.0.1, IP:::1: "
        "call it by a name of its certificate, or give that with server_name=",
    ),
}


@either_driver
@either_version
@pytest.mark.parametrize(("identity", "settings", "sentence"), OBJECTIONS.values(), ids=OBJECTIONS.keys())
def test_a_session_that_we_object_to(
    identity: pki.Identity,
    settings: Settings,
    sentence: str,
    version: ssl.TLSVersion,
    echo: Echo,
    tmp_path: Path,
) -> None:
    with ScriptedPeer(*TALK, tls=server_context(tmp_path, identity, version)) as peer:
        report = echo(peer.host, peer.port, tls=settings(tmp_path))
    assert told(report) == failed(sentence)
    assert report.tls is not None
    assert report.tls.verified
    assert (len(peer.handshakes), peer.types, peer.said_goodbye) == (1, [], True)


@either_driver
def test_a_certificate_that_expires_too_soon(echo: Echo, tmp_path: Path) -> None:
    with ScriptedPeer(*TALK, tls=server_context(tmp_path, CAST.server)) as peer:
        report = echo(peer.host, peer.port, tls=trusting(tmp_path, min_days=100_000))
    assert report.error is not None
    assert isinstance(report.error.cause, TlsFailure)
    left = report.error.cause.what.split(" leaves ")[1].split(" ")[0]  # which depends on the day
    assert 20_000 < int(left) < 30_000
    assert told(report) == failed(
        f"the peer's certificate expires on 2099-12-31, which leaves {left} days where 100000 are asked for: "
        "have it renewed"
    )


PASSES: dict[str, tuple[pki.Identity, Settings]] = {
    "root": (CAST.server, trusting),
    "chain": (CAST.chained, trusting),
    "self-signed and trusted": (
        CAST.own,
        lambda folder: TlsSettings(ca_files=(CAST.own.certificate_file(folder),)),
    ),
    "hashed directory": (
        CAST.server,
        lambda folder: TlsSettings(ca_directories=(pki.hashed_directory(folder, CAST.stranger, CAST.root),)),
    ),
    "hashed directory in DER": (
        CAST.server,
        lambda folder: TlsSettings(
            ca_directories=(pki.hashed_directory(folder, CAST.root, file_format="der"),), file_format="der"
        ),
    ),
    "DER": (
        CAST.server,
        lambda folder: TlsSettings(ca_files=(CAST.root.certificate_file(folder, "der"),), file_format="der"),
    ),
    "several in a file": (
        CAST.server,
        lambda folder: TlsSettings(
            ca_files=(pki.write_all(folder, "all.pem", CAST.stranger, CAST.intermediate, CAST.root),)
        ),
    ),
    "name": (CAST.server, with_(check_hostname=True)),
    "server name": (CAST.elsewhere, with_(check_hostname=True, server_name="ct.pacs.example")),
    "days": (CAST.server, with_(min_days=1)),
    "short key": (CAST.small, trusting),
    "not revoked": (CAST.server, with_lists(CAST.revoked)),
    "leaf alone is checked": (
        CAST.chained,
        lambda folder: trusting(
            folder,
            crl_files=(
                CAST.root.revocation_list_file(folder, CAST.intermediate),
                CAST.intermediate.revocation_list_file(folder),
            ),
        ),
    ),
    "whole chain not revoked": (
        CAST.chained,
        with_whole_chain(CAST.revoked, lists=(CAST.root, CAST.intermediate)),
    ),
    "list in a directory": (
        CAST.server,
        lambda folder: TlsSettings(
            ca_directories=(pki.hashed_directory(folder, CAST.root, CAST.root.revocation_list()),),
            crl_check="leaf",
        ),
    ),
    "not verified: untrusted": (CAST.untrusted, lambda _: TlsSettings(verify_peer=False)),
    "not verified: expired": (CAST.expired, lambda _: TlsSettings(verify_peer=False)),
    "not verified: revoked": (
        CAST.revoked,
        lambda folder: TlsSettings(
            verify_peer=False, crl_files=(CAST.root.revocation_list_file(folder, CAST.revoked),)
        ),
    ),
    "not verified: client's": (CAST.client_only, lambda _: TlsSettings(verify_peer=False)),
    "not verified: short key": (CAST.small, lambda _: TlsSettings(verify_peer=False, profile="8996")),
}


@either_driver
@either_version
@pytest.mark.parametrize(("identity", "settings"), PASSES.values(), ids=PASSES.keys())
def test_a_certificate_that_passes(
    identity: pki.Identity, settings: Settings, version: ssl.TLSVersion, echo: Echo, tmp_path: Path
) -> None:
    with ScriptedPeer(*TALK, tls=server_context(tmp_path, identity, version)) as peer:
        report = echo(peer.host, peer.port, tls=settings(tmp_path))
    assert told(report) == GOOD
    assert report.tls is not None
    assert report.tls.certificate == identity.der
    assert (len(peer.handshakes), peer.types, peer.said_goodbye) == (1, HEARD, True)
