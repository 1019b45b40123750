"""User identity negotiation with real peers: pynetdicom that asks who calls, others that ignore it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pynetdicom import AE, evt

import dcmtool
from dcmtool import Identity
from dcmtool.cli.main import main
from dcmtool.verification.report import EchoReport, Outcome
from tests.peers.programs import run_dcmtool
from tests.peers.wire import VERIFICATION

CODE, TICKET = "pässcode", b"\0\xffticket"
Asked = tuple[int, bytes, bytes | None]


class Door:
    """pynetdicom's SCP with a handler for user identities."""

    def __init__(self, port: int, asked: list[Asked]) -> None:
        self.port, self.asked = port, asked

    def echo(self, identity: Identity) -> EchoReport:
        """Verify it as this user."""
        return dcmtool.echo("127.0.0.1", self.port, identity=identity)


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    """An SCP that lets anna in with her passcode, bert without, and all who give no name, confirmed."""
    asked: list[Asked] = []

    def check(event: Any) -> tuple[bool, bytes | None]:
        kind, primary, secondary = event.user_id_type, event.primary_field, event.secondary_field
        asked.append((kind, primary, secondary))
        if kind <= 2:
            return (primary, secondary) in ((b"anna", CODE.encode()), (b"bert", None), (b"bert", b"")), None
        return True, b"token of the node"

    entity = AE(ae_title="DOOR")
    entity.add_supported_context(VERIFICATION)
    handlers: Any = [(evt.EVT_USER_ID, check), (evt.EVT_C_ECHO, lambda _event: 0)]
    server: Any = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    try:
        yield Door(server.socket.getsockname()[1], asked)
    finally:
        server.shutdown()
        entity.shutdown()


@pytest.mark.parametrize(
    ("identity", "asked", "confirmed"),
    [
        (Identity("bert"), (1, b"bert"), False),
        (Identity("anna", CODE), (2, b"anna", CODE.encode()), False),
        (Identity(kerberos_ticket=TICKET, positive_response=True), (3, TICKET), True),
        (Identity(saml_assertion="<saml/>", positive_response=True), (4, b"<saml/>"), True),
        (Identity(jwt="a.b.c", positive_response=True), (5, b"a.b.c"), True),
        (Identity(jwt="a" * 65_400), (5, b"a" * 65_400), False),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_who_is_let_in(door: Door, identity: Identity, asked: tuple[Any, ...], confirmed: bool) -> None:
    report = door.echo(identity)
    assert (report.success, report.identity_confirmed) == (True, confirmed)
    kind, primary, secondary = door.asked[-1]
    assert (kind, primary, *([secondary] if secondary else [])) == asked


@pytest.mark.parametrize("identity", [Identity("anna", "wrong"), Identity("anna"), Identity("mallory", CODE)])
def test_who_is_not(door: Door, identity: Identity) -> None:
    report = door.echo(identity)
    assert report.outcome is Outcome.REJECTED
    assert report.error is not None
    assert report.error.cause.args == (2, 2, 1)  # pynetdicom's way to say it (PS3.8 9.3.4 has none)


def test_a_drill(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODE", "wrong")
    expect = ("--expect", "rejected:identity-refused")
    assert main(["echo", "-q", *OPTIONS[1:], *expect, "127.0.0.1", str(door.port)]) == 0
    monkeypatch.setenv("CODE", CODE)
    assert main(["echo", "-q", *OPTIONS[1:], *expect, "127.0.0.1", str(door.port)]) == 63


OPTIONS = ("-v", "--identity-user", "anna", "--identity-passcode-env", "CODE", "--identity-response")


@pytest.mark.interop
def test_storescp_ignores_it(storescp: int) -> None:
    check_ignored(storescp)


@pytest.mark.interop
def test_orthanc_ignores_it(orthanc_node: int) -> None:
    check_ignored(orthanc_node)


def check_ignored(port: int) -> None:
    """Check that the echo is answered, and that nobody confirmed who we are."""
    run = run_dcmtool(*OPTIONS, "-aec", "ORTHANC", "127.0.0.1", str(port), env={"CODE": CODE})
    assert run.returncode == 0
    assert run.stderr.splitlines()[2].startswith("W: the peer accepted the association without confirming")


@pytest.mark.interop
def test_the_token_of_a_file(door: Door, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("a.b.c\n")
    (tmp_path / "token").chmod(0o600)
    run = run_dcmtool("--identity-jwt", str(tmp_path / "token"), "127.0.0.1", str(door.port))
    assert (run.returncode, door.asked[-1][:2]) == (0, (5, b"a.b.c"))
