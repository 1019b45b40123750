"""What DCMTK's storescp and Orthanc take of odd callers, `dcmtool scp` takes too, and says what is odd."""

import struct
from collections.abc import Iterator

import pytest

from tests.peers import wire
from tests.peers.dcmtk import storescp
from tests.peers.orthanc import orthanc
from tests.peers.scu import DEFAULT_USER, RELEASE, VERIFICATION, Client, associate_request, command
from tests.peers.wire import item, p_data
from tests.scp.serving import serving

pytestmark = pytest.mark.interop
SYNTAXES = VERIFICATION[2]
MAXIMUM, IMPLEMENTATION = DEFAULT_USER


def user(*items: bytes) -> bytes:
    """Return a request with this user information besides the usual."""
    return associate_request(user=(*DEFAULT_USER, *items))


def identity(kind: int) -> bytes:
    """Return a User Identity sub-item of a type (PS3.7 D.3.3.7.1)."""
    return item(0x58, struct.pack(">BBH2sH", kind, 0, 2, b"me", 0))


USUAL = associate_request()
ODD_REQUESTS = {
    "NUL-padded titles": (
        associate_request(called=b"YOU".ljust(16, b"\0"), calling=b"ME".ljust(16, b"\0")),
        "nul-padded-title",
    ),
    "backslashed titles": (associate_request(called=b"A\\B", calling=b"M\\E"), "odd-title"),
    "titles of other characters": (associate_request(called=b"\xe9\xff", calling=b"\xc3\xa9"), "odd-title"),
    "titles of control characters": (associate_request(called=b"\x1b[2J", calling=b"\n"), "odd-title"),
    "a name of 17": (user(item(0x55, b"X" * 17)), "long-version-name"),
    "a name of 64": (user(item(0x55, b"X" * 64)), "long-version-name"),
    "an abstract syntax of other characters": (
        associate_request(VERIFICATION, (3, "1.2.\xe9", SYNTAXES)),
        "odd-uid",
    ),
    "a transfer syntax of other characters": (
        associate_request(VERIFICATION, (3, "1.2.9", ("1.\xe9",))),
        "odd-uid",
    ),
    "no abstract syntax": (associate_request(VERIFICATION, (3, "", SYNTAXES)), "odd-uid"),
    "identity 0": (user(identity(0)), "unknown-identity-type"),
    "identity 255": (user(identity(255)), "unknown-identity-type"),
    "an even context": (associate_request((2, *VERIFICATION[1:])), "odd-context-id"),
    "a context twice": (associate_request(VERIFICATION, VERIFICATION), "odd-context-id"),
    "no user information": (associate_request(user=()), "incomplete-user-information"),
    "no maximum length": (associate_request(user=(IMPLEMENTATION,)), "incomplete-user-information"),
    "a short maximum length": (
        associate_request(user=(item(0x51, b"\0\1"), IMPLEMENTATION)),
        "malformed-sub-item",
    ),
    "a short window": (user(item(0x53, b"\0\5")), "malformed-sub-item"),
    "a short common extended negotiation": (user(item(0x57, b"\0\1")), "malformed-sub-item"),
}
ODD_MESSAGES = {
    "another SOP class": command(sop_class="1.2.3"),
    "another group": command() + b"\x08\0\5\0\0\0\0\0",
}
DIALOGUES = {
    **{name: (request, command(), found) for name, (request, found) in ODD_REQUESTS.items()},
    **{name: (USUAL, message, "odd-command") for name, message in ODD_MESSAGES.items()},
}


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    """The two as they are by default."""
    folders = [tmp_path_factory.mktemp(name) for name in ("storescp", "orthanc")]
    with storescp(folders[0]) as store, orthanc(folders[1], {"DicomCheckCalledAet": False}) as other:
        yield {"storescp": store, "Orthanc": other}


def answered(port: int, request: bytes, message: bytes) -> list[str]:
    """Return what a node sends to one who associates, echoes and releases."""
    with Client(port) as client:
        acceptance = client.associate(request)
        assert acceptance is not None
        results = [value for kind, value in wire.items(acceptance.body[68:]) if kind == 0x21]
        context_id = next(value[0] for value in results if value[2] == 0)
        assert client.echo(p_data(context_id, message)) == 0
        client.send(RELEASE)
        client.read()
        return client.told


@pytest.mark.parametrize(("request_pdu", "message", "found"), DIALOGUES.values(), ids=DIALOGUES)
def test_what_others_take_is_taken_and_told(
    ports: dict[str, int], request_pdu: bytes, message: bytes, found: str
) -> None:
    served = ["A-ASSOCIATE-AC", "P-DATA-TF", "A-RELEASE-RP"]
    for name, port in ports.items():
        assert answered(port, request_pdu, message) == served, name
    with serving(explains=True) as heard:
        assert answered(heard.port, request_pdu, message) == served
        (record,) = heard.wait()
    assert [each.id for each in record.findings or ()] == [found]
