"""The command line that makes a request: `dcmtool echo` makes the same of it."""

import shlex
from typing import Any

import pytest

from dcmtool.cli.output.echo_command import echo_command
from dcmtool.identity import Identity
from dcmtool.settings import EchoRequest, Negotiation, Peer, Timeouts, TlsSettings, first_transfer_syntaxes
from tests.cli.configuration import Asked

CASES: dict[str, EchoRequest] = {
    "plain": EchoRequest(Peer("pacs", 104)),
    "titles": EchoRequest(Peer("pacs", 104), Negotiation("WARD 3", "A'B")),
    "family": EchoRequest(Peer("::1", 104, "ipv6")),
    "proposal": EchoRequest(Peer("h", 1), Negotiation("A", "B", first_transfer_syntaxes(3), 7, 8192)),
    "times": EchoRequest(Peer("h", 1), timeouts=Timeouts(connect=40, acse=120, dimse=5)),
    "TLS": EchoRequest(Peer("h", 1), tls=TlsSettings(verify_peer=False, server_name="pacs")),
    "TLS in DER": EchoRequest(Peer("h", 1), tls=TlsSettings(crl_check="chain", file_format="der")),
    "much of TLS": EchoRequest(
        Peer("h", 1),
        tls=TlsSettings(
            "key.pem",
            "cert.pem",
            ca_files=("a.pem", "b c.pem"),
            ca_directories=("d",),
            system_ca=True,
            crl_files=("e.pem",),
            crl_check="leaf",
            profile="bcp195",
            ciphers=("TLS_RSA_WITH_AES_128_CBC_SHA",),
            check_hostname=True,
            min_days=3,
        ),
    ),
}


@pytest.mark.parametrize("request_", CASES.values(), ids=CASES)
def test_it_makes_the_same_request(request_: EchoRequest, asked: Asked) -> None:
    program, command, *words = shlex.split(echo_command(request_))
    assert (program, command) == ("dcmtool", "echo")
    made = asked(*words).request
    assert (made.peer, made.negotiation, made.timeouts) == (
        request_.peer,
        request_.negotiation,
        request_.timeouts,
    )
    assert _shown(made.tls) == _shown(request_.tls)


def _shown(tls: TlsSettings | None) -> dict[str, Any] | None:
    """Return the settings but for the password, which is never on the command line."""
    return None if tls is None else {**vars(tls), "password": None}


@pytest.mark.parametrize(
    ("identity", "words"),
    [
        (Identity("anna", "s3cret"), "--identity-user anna --identity-passcode-prompt"),
        (Identity("anna b", positive_response=True), "--identity-user 'anna b' --identity-response"),
        (Identity(jwt="s3cret"), "--identity-jwt FILE"),
        (Identity(kerberos_ticket=b"s3cret"), "--identity-kerberos FILE"),
        (Identity(saml_assertion="s3cret"), "--identity-saml FILE"),
    ],
)
def test_what_proves_an_identity_is_not_on_it(identity: Identity, words: str) -> None:
    request = EchoRequest(Peer("h", 1), Negotiation(identity=identity))
    assert echo_command(request) == f"dcmtool echo {words} h 1"


def test_what_is_usual_of_a_diagnosis_is_left_out() -> None:
    request = EchoRequest(Peer("h", 1), timeouts=Timeouts(connect=10, acse=30, dimse=30))
    assert echo_command(request) == "dcmtool echo h 1"
