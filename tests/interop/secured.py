"""`dcmtool.echo` over TLS through either driver, and what it is expected to say of the usual cast."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import dcmtool
from dcmtool.settings import TlsSettings
from dcmtool.verification.report import EchoReport, Outcome
from tests.peers import pki
from tests.peers.tls import V12, V13, ExpectBytes

Echo = Callable[..., EchoReport]
Told = tuple[Outcome, str, str]
CAST = pki.standard()
GOOD: Told = (Outcome.SUCCESS, "done", "None")
CLOSED = "the peer closed the connection without an A-ABORT (PS3.8 9.2.3, AA-4)"
RESET = "the connection broke: Connection reset by peer"
WANTED = (
    "the peer refused the TLS session, most likely for want of a client certificate: "
    "give one with key_file= and certificate_file="
)
NO_TLS_HERE = (
    "in place of an answer to the TLS ClientHello: "
    "if the port is one without TLS, leave tls= out; "
    "else give a server name with server_name=, or see the peer's log"
)
HELLO = ExpectBytes(b"\x16\3\1")  # the head of the record with the ClientHello


def _awaited(host: str, port: int, **settings: Any) -> EchoReport:
    return asyncio.run(dcmtool.async_echo(host, port, **settings))


either_driver = pytest.mark.parametrize("echo", [dcmtool.echo, _awaited], ids=["blocking", "asyncio"])
either_version = pytest.mark.parametrize("version", [V12, V13], ids=["TLS 1.2", "TLS 1.3"])


def told(report: EchoReport) -> Told:
    """Return how it ended, at which stage, and the sentence."""
    return report.outcome, report.stage, str(report.error)


def failed(sentence: str, stage: str = "tls", outcome: Outcome = Outcome.TLS_FAILED) -> Told:
    """Return what is told of a failure."""
    return outcome, stage, sentence


def trusting(folder: Path, **more: Any) -> TlsSettings:
    """Return settings that trust the usual root."""
    return TlsSettings(ca_files=(CAST.root.certificate_file(folder),), **more)


def as_client(folder: Path, identity: pki.Identity = CAST.client, **more: Any) -> TlsSettings:
    """Return the same with a key and a certificate of our own."""
    files = {"key_file": identity.key_file(folder), "certificate_file": identity.certificate_file(folder)}
    return trusting(folder, **files, **more)


def refused(settings: TlsSettings, meaning: str, stage: str) -> Told:
    """Return what is told when the peer refuses our certificate."""
    sentence = f"the peer refused our certificate {settings.certificate_file}: it {meaning}"
    return failed(
        f"{sentence}: give another with key_file= and certificate_file=, or have the peer trust it", stage
    )


UNTRUSTED = "is not from an authority that the peer trusts"
