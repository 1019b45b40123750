"""The README says what the code does."""

import re
from pathlib import Path

import click
import pytest

from dcmtool import errors
from dcmtool.cli.echo import command
from dcmtool.cli.exit_codes import MEANINGS, exit_code
from dcmtool.cli.main import COMMANDS, main
from dcmtool.cli.values import RejectionNumbers
from dcmtool.scp import report
from dcmtool.scp.record import Outcome, Record, Totals
from dcmtool.upper_layer.pdus import AssociateRq, ProposedContext
from tests.cli.test_selftest_command import TABLE
from tests.peers.scp import Scp
from tests.reporting.documents import schema_of

ROOT = Path(__file__).parent.parent
VERIFICATION, CT_IMAGE_STORAGE = "1.2.840.10008.1.1", "1.2.840.10008.5.1.4.1.1.2"
README = (ROOT / "README.md").read_text(encoding="utf-8")
OPTIONS = README.split("## Options of")[1].split("## TLS")[0]


def _spellings() -> set[str]:
    return {
        spelling
        for param in command.get_params(click.Context(command))
        if isinstance(param, click.Option)
        for spelling in param.opts
    }


def test_every_option_that_is_named_exists() -> None:
    shown = set(re.findall(r"(?<![\w-])(?:--?|\+)[a-z][a-z0-9-]*", OPTIONS.split("\n- An option")[0]))
    assert {"-v", "--deadline", "+tls", "--help"} <= shown
    assert shown - _spellings() == set()


def test_every_profile_is_named() -> None:
    profiles = README.split("| option | profile | versions |")[1].split("`+ph` lists")[0]
    shown = {each for pair in re.findall(r"`(\+\w+) (--[a-z0-9-]+)`", profiles) for each in pair}
    assert {each for each in shown if each.startswith("--")} == {
        each for each in _spellings() if each.startswith("--profile-")
    }
    assert shown <= _spellings()


def _anchor(heading: str) -> str:
    """Return what GitHub calls a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_every_chapter_and_every_command_is_in_the_contents() -> None:
    contents, _, rest = README.partition("\n## ")
    chapters = [_anchor(heading) for heading in re.findall("^## (.*)$", f"## {rest}", re.MULTILINE)]
    assert sorted(re.findall(r"\]\(#([^)]+)\)", contents)) == sorted(chapters)
    assert [name for name in COMMANDS if f"`dcmtool {name}`" not in contents] == []


def test_every_page_of_the_documentation_is_in_the_contents() -> None:
    contents = README.partition("\n## ")[0]
    pages = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")}
    assert set(re.findall(r"\]\((docs/[^)]+)\)", contents)) == {*pages, "docs/commands/dcmtool.md"}


ERRORS = [
    (errors.SettingsError("port", 0, "is out of range"), 1),
    (errors.UnknownNode("a", "b"), 1),
    (errors.InputFileError("a", "b"), 20),
    (errors.OutputFileError("a", "b"), 40),
    (errors.NoConnection("connect", OSError()), 60),
    (errors.AssociationFailed("associate", OSError()), 61),
    (errors.AssociationRejected("associate", errors.Rejection(1, 1, 1)), 61),
    (errors.EchoFailed("echo", OSError()), 62),
    (errors.NoPresentationContext("associate", OSError()), 66),
    (errors.ReleaseFailed("release", OSError()), 67),
    (errors.AssociationAborted("echo", errors.PeerAbort(0, 0)), 70),
    (errors.TlsFailed("tls", OSError()), 71),
    (errors.TlsSettingsError("no session"), 71),
    (errors.Interrupted("echo", KeyboardInterrupt()), 130),
]


@pytest.mark.parametrize(("error", "code"), ERRORS)
def test_exit_codes(error: Exception, code: int) -> None:
    assert exit_code(error) == code
    assert re.search(rf"^\| {code} \| ", README, re.MULTILINE)


def test_every_exit_code_of_the_table_is_one_of_ours() -> None:
    codes = {exit_code(error) for error, _ in ERRORS}
    assert MEANINGS.keys() == {0, 22, *codes}  # 22 is no error: a certificate that does not pass


def test_outcomes_and_exit_codes_are_those_of_the_schema() -> None:
    table = README.split("| outcome | exit code |")[1].split("**`--output ndjson`**")[0]
    shown = {
        outcome: int(code)
        for outcomes, code in re.findall(r"^\| (`.*`) \| (\d+) \|$", table, re.MULTILINE)
        for outcome in re.findall(r"`([a-z-]+)`", outcomes)
    }
    pairs = [each["properties"] for each in schema_of("echo")["oneOf"]]
    assert shown == {
        outcome: pair["exit_code"]["const"] for pair in pairs for outcome in pair["outcome"]["enum"]
    }


def test_python_example_runs(pynetdicom_scp: Scp, capsys: pytest.CaptureFixture[str]) -> None:
    example = re.findall(r"```python\n(.*?)```", README, re.DOTALL)[0].replace(
        "104", str(pynetdicom_scp.port)
    )
    exec(compile(example, "README.md", "exec"), {})
    assert re.fullmatch(
        r"\d+ ns to associate; \d+ ns round trip\nPYNETDICOM_\d+ \d+\n", capsys.readouterr().out
    )


def _pasted(number: int, port: int) -> str:
    """Return the text of a TOML file of the chapter on configuration, with the port of a real node."""
    texts: list[str] = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    return texts[number].replace("4242", str(port))


def test_the_node_file_works_when_it_is_pasted(
    pynetdicom_scp: Scp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "dcmtool").mkdir()
    (tmp_path / "dcmtool" / "nodes.toml").write_text(_pasted(0, pynetdicom_scp.port))
    (tmp_path / "dcmtool" / "dcmtool.toml").write_text(_pasted(1, pynetdicom_scp.port))
    assert main(["echo", "pacs"]) == 0
    assert capsys.readouterr() == ("", "")
    request = pynetdicom_scp.accepted[0].assoc.requestor.primitive
    assert request is not None
    assert (request.called_ae_title, request.calling_ae_title) == ("ORTHANC", "MODALITY1")
    assert main(["nodes", "list", "--tag", "archive"]) == 0
    shown = README.split("$ dcmtool nodes list --tag archive\n")[1].split("```")[0]
    port = str(pynetdicom_scp.port)
    assert _cells(capsys.readouterr().out) == _cells(shown.replace("4242", port))
    assert main(["echo", "--show-settings", "-ta", "2", "pacs"]) == 0
    rows = _cells(capsys.readouterr().out)
    shown = README.split("$ dcmtool echo --show-settings -ta 2 pacs\n")[1].split("```")[0]
    shown = shown.replace("/home/eva/.config", str(tmp_path)).replace("4242", port)
    assert [row for row in _cells(shown) if row not in [["..."], *rows]] == []


def test_the_other_node_of_the_file_is_one_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "n").write_text(_pasted(0, 4242))
    assert main(["echo", "--nodes", f"{tmp_path}/n", "archive", "--show-settings"]) == 0
    assert ["add-cert-file", f"{tmp_path}/hospital-ca.pem"] in [
        row[:2] for row in _cells(capsys.readouterr().out)
    ]


def _cells(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_the_lines_of_the_scp_are_those_of_the_code() -> None:
    shown = README.split("$ dcmtool scp\n")[1].split("```")[0].splitlines()
    three = _record("192.0.2.17", 40652, "ECHOSCU", "ANY-SCP", (VERIFICATION,), 3, 31)
    one = _record("192.0.2.20", 51514, "CT1", "PACS", (VERIFICATION, CT_IMAGE_STORAGE), 1, 12)
    http = Record("192.0.2.9", 33210, Outcome.NO_REQUEST, 0, str(errors.NotDicom(b"GET / HT")))
    totals = Totals()
    for record in (three, one, http):
        totals.add(record)
    assert shown == [
        "I: DCMTOOL listens on 0.0.0.0 port 11112",
        f"I: {report.sentence(three)}",
        f"I: {report.sentence(one)}",
        f"W: {report.sentence(http)}",
        f"^CI: {report.summary(totals, 74.2)}",
    ]


def _record(
    address: str, port: int, calling: str, called: str, uids: tuple[str, ...], echoes: int, milliseconds: int
) -> Record:
    contexts = tuple(ProposedContext(2 * n + 1, uid, ("1.2.840.10008.1.2",)) for n, uid in enumerate(uids))
    request = AssociateRq(called, calling, contexts, ())
    duration = milliseconds * 1_000_000
    return Record(*(address, port, Outcome.RELEASED, duration), request=request, accepted=1, echoes=echoes)


@pytest.mark.parametrize("value", re.findall(r"--reject (\S+?)`", README))
def test_rejections_are_ones_that_the_option_takes(value: str) -> None:
    assert RejectionNumbers().convert(value, None, None).is_defined


def test_the_table_of_the_selftest_is_its_own() -> None:
    *first, dots, last = README.split("$ dcmtool selftest\n")[1].split("```")[0].splitlines()
    assert dots == "..."
    assert [*first, last] == [*TABLE.splitlines()[:4], TABLE.splitlines()[-1]]
