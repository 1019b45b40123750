"""Who the user is, as a setting: one way to say it, and a secret that is never shown."""

import dataclasses
from typing import Any

import pytest

import dcmtool
from dcmtool.association.proposal import Proposal, associate_rq, user_identity
from dcmtool.errors import SettingsError
from dcmtool.identity import LONGEST, Identity
from dcmtool.settings import EchoRequest, Negotiation, Peer, TlsSettings
from dcmtool.upper_layer.user_information import RoleSelection, UserIdentity
from dcmtool.verification.echo import proposal

SECRET = "s3cret"
CT = "1.2.840.10008.5.1.4.1.1.2"


@pytest.mark.parametrize(
    ("identity", "item"),
    [
        (Identity("anna"), UserIdentity(1, False, b"anna")),
        (Identity("änna", positive_response=True), UserIdentity(1, True, "änna".encode())),
        (Identity("anna", "pä§"), UserIdentity(2, False, b"anna", "pä§".encode())),
        (Identity("anna", "\udcff"), UserIdentity(2, False, b"anna", b"\xff")),
        (Identity(kerberos_ticket=b"\0\1"), UserIdentity(3, False, b"\0\1")),
        (Identity(saml_assertion="<a/>"), UserIdentity(4, False, b"<a/>")),
        (Identity(jwt=b"a.b.c"), UserIdentity(5, False, b"a.b.c")),
    ],
)
def test_the_item(identity: Identity, item: UserIdentity) -> None:
    assert user_identity(identity) == item
    assert proposal(Negotiation(identity=identity)).user_identity == item


ONE_OF_FOUR = "is not one of a name, a Kerberos ticket, a SAML assertion and a JSON web token"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, f"user identity '***' {ONE_OF_FOUR}"),
        ({"user": "anna", "jwt": SECRET}, f"user identity '***' {ONE_OF_FOUR}"),
        ({"passcode": SECRET, "jwt": "a"}, "user identity '***' has a passcode without a name"),
        ({"user": ""}, "user name '' is empty"),
        ({"user": " "}, "user name ' ' is empty"),
        ({"user": "a\nb"}, "user name 'a\\nb' has control characters"),
        ({"user": b"anna"}, "user name 'b'anna'' is not text"),
        ({"user": "a\udcff"}, "user name 'a\\udcff' is not text in UTF-8 (PS3.7 D.3.3.7.1)"),
        ({"user": "anna", "passcode": ""}, "passcode '***' is empty"),
        ({"user": "anna", "passcode": 7}, "passcode '***' is neither text nor bytes"),
        ({"user": "anna", "passcode": "\ud800"}, "passcode '***' is not text in UTF-8 (PS3.7 D.3.3.7.1)"),
        ({"jwt": ""}, "JSON web token '***' is empty"),
        ({"kerberos_ticket": b""}, "Kerberos ticket '***' is empty"),
        ({"saml_assertion": bytes(LONGEST + 1)}, "user identity '***' has 65401 bytes, more than the 65400"),
        ({"user": "a" * 65_000, "passcode": "b" * 401}, "user identity '***' has 65401 bytes"),
        ({"user": "anna", "positive_response": 1}, "positive response '1' is not true or false"),
    ],
)
def test_what_no_identity_can_be(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingsError) as raised:
        Identity(**fields)
    assert str(raised.value).startswith(sentence)
    assert SECRET not in repr(raised.value)


def test_the_longest_fits_into_a_request() -> None:
    identity = Identity(jwt="a" * LONGEST)
    data = associate_rq(proposal(Negotiation(identity=identity))).encode()
    assert b"a" * LONGEST in data


def test_what_else_is_negotiated_takes_of_its_room() -> None:
    contexts = tuple((f"1.2.{number}", ("1.2.840.10008.1.2",)) for number in range(128))
    roles = tuple(RoleSelection(uid, False, True) for uid, _ in contexts)
    item = user_identity(Identity(jwt="a" * LONGEST))
    with pytest.raises(SettingsError, match=r"^user identity '\*\*\*' is longer than its item can say"):
        associate_rq(Proposal("US", "THEM", contexts, roles=roles, user_identity=item))


def test_nothing_secret_is_shown() -> None:
    for identity in (Identity("anna", SECRET), Identity(jwt=SECRET), Identity(saml_assertion=SECRET)):
        request = EchoRequest(Peer("h", 1), Negotiation(identity=identity))
        rq = associate_rq(proposal(request.negotiation))
        for shown in (repr(identity), str(request), repr(rq), f"{proposal(request.negotiation)}"):
            assert SECRET not in shown


def test_what_is_no_identity_may_be_a_secret() -> None:
    with pytest.raises(SettingsError, match=r"^user identity '\*\*\*' is not an Identity$"):
        dcmtool.echo("h", 1, identity=SECRET)  # type: ignore[call-overload]


def test_it_is_a_value() -> None:
    identity = Identity("anna", SECRET)
    assert identity == Identity("anna", SECRET) != Identity("anna", "other")
    assert dataclasses.replace(identity, user="bert") == Identity("bert", SECRET)
    with pytest.raises(dataclasses.FrozenInstanceError):
        identity.user = "bert"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("identity", "tls", "sentence"),
    [
        (Identity("anna"), None, None),
        (Identity("anna", SECRET), TlsSettings(), None),
        (Identity("anna", SECRET), None, "the passcode of the user is sent without TLS"),
        (Identity(kerberos_ticket=b"a"), None, "the Kerberos ticket of the user is sent without TLS"),
        (Identity(saml_assertion="a"), None, "the SAML assertion of the user is sent without TLS"),
        (Identity(jwt="a"), None, "the JSON web token of the user is sent without TLS"),
        (
            Identity(jwt="a"),
            TlsSettings(profile="null"),
            "the JSON web token of the user may be sent without",
        ),
        (
            Identity(jwt="a"),
            TlsSettings(verify_peer=False),
            "the JSON web token of the user is sent to a node",
        ),
    ],
)
def test_who_else_may_read_it(identity: Identity, tls: TlsSettings | None, sentence: str | None) -> None:
    exposure = identity.exposure(tls)
    assert exposure is None if sentence is None else str(exposure).startswith(sentence)
