"""The pages by hand: what they have from the code is the code's, and their examples run."""

import dataclasses
import inspect
import json
import re
from pathlib import Path
from threading import Thread
from typing import Any, get_args

import pytest

import dcmtool
from dcmtool.api.echo import EchoArguments
from dcmtool.cli.main import main
from dcmtool.dimse.fragments import MAX_COMMAND_SET
from dcmtool.settings import EchoRequest, Peer
from dcmtool.steps import Step
from dcmtool.upper_layer.association import ARTIM_NS
from dcmtool.upper_layer.pdus import RequestLimits
from dcmtool.upper_layer.reader import MAX_ASSOCIATE
from dcmtool.upper_layer.states import ACTION_TEXTS, TRANSITIONS, StateEvent
from dcmtool.verification.report import Echoes, Outcome
from tests.capture.examples import REFUSED, REJECTED, showing
from tests.interop.secured import CAST, trusting
from tests.peers.programs import ROOT, free_port, refusing_port
from tests.peers.scp import Scp, verification_scp
from tests.peers.scripted import ScriptedPeer
from tests.peers.tls import server_context
from tests.peers.vocabulary import Accept, Serve
from tests.transport.scenarios import SCENARIOS, Scenario, check, check_flood
from tools import make_tables, state_table

DOCS = ROOT / "docs"


def _examples(name: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (DOCS / name).read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("name", make_tables.PLACES)
def test_what_a_page_has_from_the_code_is_the_codes(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert make_tables.renewed(text) == text, "run `make docs`"


def test_every_table_stands_somewhere_once() -> None:
    pages = [ROOT / "README.md", *DOCS.glob("**/*.md")]
    stand = [
        (path.relative_to(ROOT).as_posix(), name)
        for path in pages
        for name in make_tables.names(path.read_text())
    ]
    assert sorted(name for _, name in stand) == sorted(make_tables.TABLES)
    assert {page for page, _ in stand} == set(make_tables.PLACES)


def test_a_table_that_has_nothing_yet_takes_nothing_of_what_follows() -> None:
    text = "<!-- made: states -->\n<!-- end -->\nkept\n<!-- made: actions -->\nold\n<!-- end -->\n"
    made = make_tables.renewed(text)
    assert "\n<!-- end -->\nkept\n<!-- made: actions -->\n\n| action |" in made
    assert "old" not in made
    assert make_tables.renewed(made) == made


def test_the_state_table_has_every_transition() -> None:
    rows = [line.strip("| ").split("|") for line in state_table.transitions()][3:]
    cells = [cell for row in rows for cell in row[1:] if cell.strip()]
    assert (len(rows), len(cells)) == (len(StateEvent), len(TRANSITIONS["requestor"]))
    actions = [line.split("|")[1].strip() for line in [*state_table.actions()][3:]]
    assert actions == [action.label for action in ACTION_TEXTS]


def _api_example(number: int, port: int) -> None:
    """Run an example of the page on the API, with the port of a real node."""
    text = re.sub(r"\b(104|11112)\b", str(port), _examples("api.md")[number])
    exec(compile(text, "docs/api.md", "exec"), {"__name__": "example"})


def test_example_of_the_report(pynetdicom_scp: Scp, capsys: pytest.CaptureFixture[str]) -> None:
    _api_example(0, pynetdicom_scp.port)
    assert re.fullmatch(
        r"\d+ ns to associate; \d+ ns round trip\nPYNETDICOM_\d+ \d+\n", capsys.readouterr().out
    )


def test_example_on_asyncio(pynetdicom_scp: Scp, capsys: pytest.CaptureFixture[str]) -> None:
    _api_example(2, pynetdicom_scp.port)
    assert capsys.readouterr().out == f"{pynetdicom_scp.port} success\n" * 2


def test_example_of_a_node(pynetdicom_scp: Scp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = f'[nodes.pacs]\nhost = "127.0.0.1"\nport = {pynetdicom_scp.port}\n'
    (tmp_path / "hospital.toml").write_text(entry, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DCMTOOL_NODES", "hospital.toml")
    _api_example(3, pynetdicom_scp.port)


def test_example_of_a_sweep(
    pynetdicom_scp: Scp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "nodes.toml").write_text(
        '[nodes.pacs]\nhost = "127.0.0.1"\nport = 4\ndo-not-probe = "it hangs"\n'
    )
    monkeypatch.setenv("DCMTOOL_NODES", str(tmp_path / "nodes.toml"))
    _api_example(4, pynetdicom_scp.port)
    said = sorted(capsys.readouterr().out.splitlines())
    assert said[0].startswith(f"CT@127.0.0.1:{pynetdicom_scp.port} success ")
    assert said[1:] == ["pacs was left alone: it hangs"]


def test_example_of_a_report(capsys: pytest.CaptureFixture[str]) -> None:
    with refusing_port() as port, pytest.raises(SystemExit) as ended:
        _api_example(5, port)
    sentence, document = capsys.readouterr().out.split("\n", 1)
    assert sentence.endswith(" refused")
    assert (ended.value.code, json.loads(document)["finding"]) == (60, "refused")


def test_example_of_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with verification_scp(check_called_title=True) as running:
        _api_example(6, running.port)
    assert capsys.readouterr().out == "Called AE Title Not Recognized\n"


def test_example_of_a_listener(pynetdicom_scp: Scp, capsys: pytest.CaptureFixture[str]) -> None:
    _api_example(7, pynetdicom_scp.port)
    assert capsys.readouterr().out.count("EchoAnswered(") == 3


def test_example_of_logging(
    pynetdicom_scp: Scp, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("logging.basicConfig", lambda level: caplog.set_level(level))
    _api_example(8, pynetdicom_scp.port)
    assert "Received Echo Response (Success)" in caplog.messages


def test_example_of_an_explanation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "site.pcap").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    showing(monkeypatch, REJECTED, REFUSED)
    _api_example(9, 104)
    assert capsys.readouterr().out.splitlines() == [
        "CT1 called PACS rejected",
        "requestor has to act: called-title PACS at 10.0.0.9 port 104 does not know the AE title PACS that "
        "it was called by",
        "acceptor has to act: refused nothing listens on port 105 of 10.0.0.9",
    ]


def test_example_of_a_relay(pynetdicom_scp: Scp, capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    text = _examples("api.md")[10].replace("11112", str(port)).replace("104", str(pynetdicom_scp.port))
    program = Thread(target=exec, args=(compile(text, "docs/api.md", "exec"), {"__name__": "example"}))
    program.start()
    while not dcmtool.echo("127.0.0.1", port):
        assert program.is_alive()
    program.join(10)
    lines = capsys.readouterr().out.splitlines()
    assert lines.count("requestor MessageReceived") == lines.count("acceptor MessageReceived") == 1
    assert {"requestor Requested", "acceptor Negotiated", "requestor TransportEnded"} <= {*lines}


def test_the_signature_on_the_page_is_that_of_the_function() -> None:
    shown = re.findall(r"^    (\w+): ", _examples("api.md")[1], re.MULTILINE)
    *declared, rest = inspect.signature(dcmtool.echo).parameters
    assert rest == "asked"
    assert shown == [*declared, *EchoArguments.__annotations__]
    assert len(_examples("api.md")) == 11


def test_what_a_listener_raises_ends_the_verification(pynetdicom_scp: Scp) -> None:
    def listen(event: object) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        dcmtool.echo("127.0.0.1", pynetdicom_scp.port, listener=listen)


@pytest.mark.parametrize("kind", [dcmtool.Timeouts, dcmtool.TlsSettings, dcmtool.EchoReport])
def test_fields_on_the_page_are_those_of_the_class(kind: Any) -> None:
    lines = list(make_tables.TABLES[kind.__name__]())
    shown = re.findall(r"^\| `(\w+)` \|", "\n".join(lines), re.MULTILINE)
    properties = [name for name, value in vars(kind).items() if isinstance(value, property)]
    assert shown == [field.name for field in dataclasses.fields(kind)] + properties


def test_attributes_of_a_class_without_fields_are_shown() -> None:
    shown = re.findall(r"^\| `(\w+)` \|", "\n".join(make_tables.TABLES["Echoes"]()), re.MULTILINE)
    assert {name for name in dir(Echoes()) if not name.startswith("_")} == {*shown, "add"}


def test_numbers_of_the_page_on_the_core_are_those_of_the_code() -> None:
    text = " ".join((DOCS / "core.md").read_text(encoding="utf-8").split())
    assert f"association PDUs {MAX_ASSOCIATE // 2**20} MiB, all others 4 bytes" in text
    length, contexts, transfer_syntaxes = RequestLimits()
    assert f"{length // 1024} KiB, with {contexts} contexts of {transfer_syntaxes} transfer syntaxes" in text
    assert f"A command set may have {MAX_COMMAND_SET // 1024} KiB" in text
    assert f"the ARTIM timer is {ARTIM_NS // 10**9} s" in text


def test_the_dictionary_file_of_the_page_is_sound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (DOCS / "dictionaries.md").read_text(encoding="utf-8")
    (tmp_path / "acme.dic").write_text(text.split("```")[1].lstrip("\n"))
    assert main(["dict", "check", f"{tmp_path}/acme.dic"]) == 0
    monkeypatch.setenv("DCMDICTPATH", f"{tmp_path}/acme.dic")
    assert main(["dict", "lookup", "AcmeNumber", "AcmeName"]) == 0
    assert capsys.readouterr().out.count("ACME 1") == 2


# The driver --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def driver() -> dict[str, Any]:
    """What the page on drivers defines."""
    defined: dict[str, Any] = {"__name__": "driver"}
    for text in _examples("drivers.md"):
        exec(compile(text, "docs/drivers.md", "exec"), defined)
    return defined


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_the_driver_of_the_page_does_all_that_ours_do(scenario: Scenario, driver: dict[str, Any]) -> None:
    check(scenario, driver["echo"])


@pytest.mark.parametrize("name", ["echo", "after our abort"])
def test_a_flood_does_not_outlast_the_budget(name: str, driver: dict[str, Any]) -> None:
    check_flood(name, driver["echo"])


def test_the_driver_verifies_a_real_node(pynetdicom_scp: Scp, driver: dict[str, Any]) -> None:
    report = driver["echo"](EchoRequest(Peer("localhost", pynetdicom_scp.port), repeat=3, interval=0.01))
    assert (report.outcome, report.echoes.received, len(pynetdicom_scp.echoes)) == (Outcome.SUCCESS, 3, 3)


def test_the_driver_connects_anew_for_each_echo(pynetdicom_scp: Scp, driver: dict[str, Any]) -> None:
    peer = Peer("127.0.0.1", pynetdicom_scp.port)
    report = driver["echo"](EchoRequest(peer, repeat=3, interval=0.01, reconnect=True))
    assert (report.outcome, len(pynetdicom_scp.accepted)) == (Outcome.SUCCESS, 3)


@pytest.mark.parametrize(
    ("host", "sentence"),
    [("127.0.0.1", "Connection refused"), ("no host", "the host name 'no host' has no address")],
)
def test_the_driver_says_why_there_is_no_connection(host: str, sentence: str, driver: dict[str, Any]) -> None:
    with refusing_port() as port:
        report = driver["echo"](EchoRequest(Peer(host, port)))
    assert report.outcome is Outcome.NO_CONNECTION
    assert sentence in str(report.error)


def test_the_driver_over_tls(tmp_path: Path, driver: dict[str, Any]) -> None:
    context = server_context(tmp_path, CAST.server)
    with ScriptedPeer(Accept(), Serve(), tls=context) as peer:
        request = EchoRequest(Peer(peer.host, peer.port), tls=trusting(tmp_path))
        report = driver["echo_over_tls"](request)
    assert (report.outcome, report.tls is None) == (Outcome.SUCCESS, False)


def test_every_step_is_in_the_table_of_the_page() -> None:
    text = (DOCS / "drivers.md").read_text(encoding="utf-8")
    steps = {kind.__name__: kind._fields for kind in get_args(Step)}
    shown = {
        name: tuple(fields.split(", ")) if fields else ()
        for name, fields in re.findall(r"^\| `(\w+)\((.*?)\)` \|", text, re.MULTILINE)
    }
    assert shown == steps
