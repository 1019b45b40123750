"""README and guide say what the code does, where no sample shows it."""

import re
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import click
import pytest

from dcmtool import errors
from dcmtool.capture.explanation import explained
from dcmtool.cli.commands.echo import command
from dcmtool.cli.exit_codes import MEANINGS, codes_of, exit_code
from dcmtool.cli.output import finding_text, scp_run
from dcmtool.cli.output.explain_text import block
from dcmtool.diagnosis.callers.call import Call
from dcmtool.diagnosis.callers.rules import about_call
from dcmtool.options.faults import RejectionNumbers
from dcmtool.scp import report
from dcmtool.scp.record import ConnectionOutcome, Record, RequestSummary, Totals
from dcmtool.upper_layer.pdus import AssociateRq, ProposedContext
from tests.capture.examples import REJECTED
from tests.cli.commands.test_selftest import TABLE
from tests.differential.differences import ROWS
from tests.peers.programs import ECHOSCU, environment, require, require_data
from tests.peers.scp import Scp
from tests.reporting.documents import schema_of

ROOT = Path(__file__).parent.parent
VERIFICATION, CT_IMAGE_STORAGE = "1.2.840.10008.1.1", "1.2.840.10008.5.1.4.1.1.2"
BIN = Path(sys.executable).parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _page(name: str) -> str:
    return (ROOT / "docs" / "guide" / name).read_text(encoding="utf-8")


def _spellings() -> set[str]:
    return {
        spelling
        for param in command.get_params(click.Context(command))
        if isinstance(param, click.Option)
        for spelling in param.opts
    }


def test_every_profile_is_named() -> None:
    profiles = _page("tls.md").split("| option | profile | versions |")[1].split("`+ph` lists")[0]
    shown = {each for pair in re.findall(r"`(\+\w+) (--[a-z0-9-]+)`", profiles) for each in pair}
    assert {each for each in shown if each.startswith("--")} == {
        each for each in _spellings() if each.startswith("--profile-")
    }
    assert shown <= _spellings()


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
    # 22 and 63 are no errors: a certificate that does not pass, a success where none was expected
    assert MEANINGS.keys() == {0, 22, 63, *codes}


def test_exit_codes_of_a_sweep_are_on_its_page() -> None:
    table = _page("many-nodes.md").split("## Exit codes")[1]
    shown = [int(code) for code in re.findall(r"^\| (\d+) \| ", table, re.MULTILINE)]
    assert shown == sorted(codes_of("dcmtool sweep"))


def test_the_line_of_cron_writes_what_prometheus_reads(tmp_path: Path, pynetdicom_scp: Scp) -> None:
    (line,) = re.findall(r"^\*/5 (?:\* ){4}monitor (.*)$", _page("many-nodes.md"), re.MULTILINE)
    (tmp_path / "nodes.toml").write_text(f'[nodes.a]\nhost = "127.0.0.1"\nport = {pynetdicom_scp.port}\n')
    for path in ("/etc/dcmtool", "/var/lib/node_exporter"):
        line = line.replace(path, str(tmp_path))
    words = line.replace("/usr/local/bin/dcmtool", f"{sys.executable} -m dcmtool").split()
    subprocess.run(words, cwd=tmp_path, env=environment({"PYTHONPATH": str(ROOT)}), check=True)
    text = (tmp_path / "dicom.prom").read_text()
    assert 'dicom_node_success{name="a",target="ANY-SCP@127.0.0.1:' in text
    check = [require("/usr/bin/promtool"), "check", "metrics"]
    subprocess.run(check, input=text, text=True, check=True)
    rules = tmp_path / "rules.yml"
    rules.write_text(_page("many-nodes.md").split("```yaml\n")[1].split("```")[0])
    subprocess.run([*check[:1], "check", "rules", str(rules)], check=True)
    series = {name for name in re.findall(r"\bdicom_\w+", rules.read_text()) if "certificate" not in name}
    assert series <= set(re.findall(r"^dicom_\w+", text, re.MULTILINE))


def test_outcomes_and_exit_codes_are_those_of_the_schema() -> None:
    table = _page("reports.md").split("| outcome | exit code |")[1].split("**`--output ndjson`**")[0]
    shown = {
        outcome: int(code)
        for outcomes, code in re.findall(r"^\| (`.*`) \| (\d+) \|$", table, re.MULTILINE)
        for outcome in re.findall(r"`([a-z-]+)`", outcomes)
    }
    pairs = [each["properties"] for each in schema_of("echo")["oneOf"]]
    pairs = [each for each in pairs if "expected" not in each]
    assert shown == {
        outcome: pair["exit_code"]["const"] for pair in pairs for outcome in pair["outcome"]["enum"]
    }


def test_the_lines_of_the_scp_are_those_of_the_code() -> None:
    shown = _page("test-node.md").split("$ dcmtool scp\n")[1].split("```")[0].splitlines()
    three = _record("192.0.2.17", 40652, "ECHOSCU", "ANY-SCP", (VERIFICATION,), 3, 31)
    one = _record("192.0.2.20", 51514, "CT1", "PACS", (VERIFICATION, CT_IMAGE_STORAGE), 1, 12)
    http = Record("192.0.2.9", 33210, ConnectionOutcome.NO_REQUEST, 0, str(errors.NotDicom(b"GET / HT")))
    totals = Totals()
    for record in (three, one, http):
        totals.add(record)
    assert shown == [
        "I: DCMTOOL listens on 0.0.0.0 port 11112",
        f"I: {scp_run.exposed('0.0.0.0')}",
        f"I: {report.sentence(three)}",
        f"I: {report.sentence(one)}",
        f"W: {report.sentence(http)}",
        f"^CI: {report.summary(totals, 74.2)}",
    ]


def _record(
    address: str, port: int, calling: str, called: str, uids: tuple[str, ...], echoes: int, milliseconds: int
) -> Record:
    contexts = tuple(ProposedContext(2 * n + 1, uid, ("1.2.840.10008.1.2",)) for n, uid in enumerate(uids))
    request = RequestSummary.of(AssociateRq(called, calling, contexts, ()))
    duration = milliseconds * 1_000_000
    return Record(
        *(address, port, ConnectionOutcome.RELEASED, duration), request=request, accepted=1, echoes=echoes
    )


def test_the_explained_line_is_that_of_the_code() -> None:
    shown = _page("test-node.md").split("--require-called -aet PACS\n")[1].split("```")[0].splitlines()
    call = Call(
        *("192.0.2.20", 11112, "PACS", "requested"),
        rejection=errors.Rejection(1, 1, 7),
        calling="CT1",
        called="pacs",
        ended=1_000_000,
    )
    (finding,) = about_call(call, (), expects_title=True)
    assert shown[3:] == [f"I:   {line}" for line in finding_text.lines(finding)]


@pytest.mark.parametrize("value", re.findall(r"--reject (\S+?)`", _page("test-node.md")))
def test_rejections_are_ones_that_the_option_takes(value: str) -> None:
    assert all(0 <= number <= 255 for number in RejectionNumbers().convert(value).args)


def test_the_table_of_the_selftest_is_its_own() -> None:
    *first, dots, last = _page("installing.md").split("$ dcmtool selftest\n")[1].split("```")[0].splitlines()
    assert dots == "..."
    assert [*first, last] == [*TABLE.splitlines()[:3], TABLE.splitlines()[-1]]


def test_the_block_of_a_connection_is_the_codes() -> None:
    shown = _page("captures.md").split("$ dcmtool explain site.pcap\n")[1].split("```")[0].splitlines()
    requested = REJECTED.began + 900_000
    rejected = REJECTED._replace(number=1, requested=requested, findings=())
    assert shown == [*block(explained(rejected))]


def test_differences_that_are_tested_are_on_the_page() -> None:
    page = (ROOT / "docs" / "differences.md").read_text(encoding="utf-8")
    assert [row for row in ROWS if f"\n| {row} | " not in page] == []


def _asked_for_its_version(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([program, "--version"], capture_output=True, text=True, check=False)


def test_dcmtks_echoscu_says_its_version_as_the_readme_shows() -> None:
    shown = README.split("$ echoscu --version\n")[1].split(" v")[0]
    assert _asked_for_its_version(require(ECHOSCU)).stdout.startswith(f"{shown} v")


def test_pynetdicoms_programs_have_the_names_of_dcmtks() -> None:
    programs = [
        each.name for each in distribution("pynetdicom").entry_points if each.group == "console_scripts"
    ]
    assert {"echoscu", "storescp", "findscu"} <= {*programs} <= {path.name for path in BIN.iterdir()}
    asked = _asked_for_its_version(str(BIN / "echoscu"))
    assert (asked.returncode, asked.stderr.strip().endswith("arguments are required: addr, port")) == (
        2,
        True,
    )


def test_the_lookup_finds_what_the_page_shows(tmp_path: Path) -> None:
    ours = (ROOT / "docs" / "dictionaries.md").read_text(encoding="utf-8").split("```")[1]
    (tmp_path / "acme.dic").write_text(ours.lstrip("\n"))
    export, lookup, *shown = _page("dictionaries.md").split("```console\n")[1].split("```")[0].splitlines()
    name, _, value = export.removeprefix("$ export ").partition("=")
    folder = require_data("libdcmtk*/dicom.dic").parent
    done = subprocess.run(
        [sys.executable, "-m", *lookup.removeprefix("$ ").split()],
        env=environment({name: value.replace("/usr/share/libdcmtk17", str(folder)), "PYTHONPATH": str(ROOT)}),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert _cells(_without_places(done.stdout)) == _cells(_without_places("\n".join(shown)))


def _without_places(text: str) -> str:
    """Return a table without what differs between releases of DCMTK and pydicom."""
    return re.sub(r"\S*/dicom\.dic:\d+|pydicom [\d.]+", "", text)


def _cells(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]
