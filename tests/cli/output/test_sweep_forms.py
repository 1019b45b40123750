"""`dcmtool sweep` against nodes of every kind, in each of its forms."""

import contextlib
import csv
import io
import json
import os
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator

from dcmtool.cli.main import main
from dcmtool.cli.output.sweep_forms import SweepOutput, opened
from tests.peers import pki
from tests.peers.programs import refusing_port
from tests.peers.scp import verification_scp
from tests.peers.scripted import ScriptedPeer, Step
from tests.peers.tls import server_context
from tests.peers.vocabulary import Accept, Reject, Serve
from tests.reporting.documents import read, schema_of, validator
from tests.reporting.sweep_results import rejected

OUTCOMES = {
    "=pacs": ("success", None),
    "archive": ("rejected", "called-title"),
    "away": ("no-connection", "refused"),
    "odd": ("tls-failed", "certificate-untrusted"),
    "secure": ("success", None),
    "scanner": ("skipped", None),
    "viewer": ("tls-failed", "certificate-expires-soon"),
}


class Hospital(NamedTuple):
    """A node file, and the folder that it is in."""

    file: str
    folder: Path


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    """Nodes that answer, reject, are not there, show each kind of certificate, and one to be left alone."""
    authority, now = pki.Authority(), datetime.now(UTC)
    soon = (now - timedelta(days=1), now + timedelta(days=5))
    secured = [
        authority.issue(),
        authority.issue(validity=soon),
        pki.Authority("Another CA").issue(),
    ]
    contexts = [server_context(tmp_path, identity) for identity in secured]
    with contextlib.ExitStack() as stack:
        ports = {
            "=pacs": stack.enter_context(verification_scp()).port,
            "archive": stack.enter_context(ScriptedPeer(Reject(1, 1, 7), then=[[Reject(1, 1, 7)]] * 9)).port,
            "away": stack.enter_context(refusing_port()),
            "scanner": stack.enter_context(refusing_port()),
        }
        for name, context in zip(("secure", "viewer", "odd"), contexts, strict=True):
            again: list[list[Step]] = [[Accept(), Serve()] for _ in range(9)]
            ports[name] = stack.enter_context(ScriptedPeer(Accept(), Serve(), tls=context, then=again)).port
        tls = {"anonymous-tls": True, "add-cert-file": [authority.certificate_file(tmp_path)], "min-days": 30}
        more: dict[str, dict[str, Any]] = dict.fromkeys(("secure", "viewer", "odd"), tls)
        more |= {"scanner": {"do-not-probe": "it hangs"}, "=pacs": {"tags": ["ct"]}}
        lines = []
        for name, port in ports.items():
            settings = {"host": "127.0.0.1", "port": port, **more.get(name, {})}
            lines.append(f"[nodes.{json.dumps(name)}]")
            lines += [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
        (tmp_path / "nodes.toml").write_text("\n".join(lines))
        yield Hospital(str(tmp_path / "nodes.toml"), tmp_path)


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(hospital: Hospital, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return what runs a sweep of all nodes, and returns its exit code, its stdout and its stderr."""

    def run(*options: str, nodes: tuple[str, ...] = ("--all",)) -> tuple[int, str, str]:
        code = main(["sweep", "--nodes", hospital.file, *nodes, *options])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_json_is_by_its_schema(run: Run) -> None:
    code, text, _ = run("--json")
    document = read(text, "sweep")
    found = {each["name"]: (each["outcome"], each["finding"]) for each in document["nodes"]}
    assert (code, found) == (2, OUTCOMES)
    assert [*found] == sorted(OUTCOMES)
    assert {each["name"]: each["reason"] for each in document["nodes"]}["scanner"] == "it hangs"
    summary = document["summary"]
    assert [summary[key] for key in ("nodes", "answered", "failed", "skipped")] == [7, 2, 4, 1]
    assert summary["outcomes"] == {
        "no-connection": 1,
        "rejected": 1,
        "skipped": 1,
        "success": 2,
        "tls-failed": 2,
    }
    assert all(read(json.dumps(each["report"])) for each in document["nodes"] if each["report"])
    assert len(text.splitlines()) == 9


def test_a_line_of_ndjson_is_a_node(run: Run) -> None:
    _, text, _ = run("--output", "ndjson")
    schema = schema_of("sweep")
    check = Draft202012Validator({"$ref": "#/$defs/node", "$defs": schema["$defs"]})
    nodes = [json.loads(line) for line in text.splitlines()]
    for node in nodes:
        check.validate(node)
    assert {each["name"]: (each["outcome"], each["finding"]) for each in nodes} == OUTCOMES


def test_a_skipped_node_has_no_report(run: Run) -> None:
    document = json.loads(run("--json")[1])
    pacs = next(each for each in document["nodes"] if each["name"] == "=pacs")
    assert not validator("sweep").is_valid({**document, "nodes": [{**pacs, "outcome": "skipped"}]})
    assert not validator("sweep").is_valid({**document, "nodes": [{**pacs, "report": None}]})


def test_the_other_forms_tell_the_same(run: Run) -> None:
    table = [*csv.DictReader(io.StringIO(run("--output", "csv")[1]))]
    expected = {("'=pacs" if name == "=pacs" else name): outcome for name, (outcome, _) in OUTCOMES.items()}
    assert {row["name"]: row["outcome"] for row in table} == expected
    suite = ElementTree.fromstring(run("--output", "junit")[1])[0]
    failures = {
        case.attrib["name"]: case[0].attrib["type"] for case in suite if case.find("failure") is not None
    }
    assert failures == {name: finding for name, (_, finding) in OUTCOMES.items() if finding}
    lines = run("--output", "checkmk")[1].splitlines()
    states = {line.split('"')[1].removeprefix("DICOM "): line[0] for line in lines}
    assert states == {
        **dict.fromkeys(("archive", "away", "odd"), "2"),
        **dict.fromkeys(("_pacs", "secure"), "0"),
        "viewer": "1",
        "scanner": "3",
    }
    text = run("--output", "prometheus")[1]
    assert text.count("dicom_node_success{") == 6
    assert text.count("dicom_node_certificate_not_after_timestamp_seconds{") == 3


def test_the_exit_code_is_3_where_only_days_are_missing(run: Run) -> None:
    assert run("-o", "csv", nodes=("viewer", "secure", "scanner"))[0] == 3
    assert run("-o", "csv", nodes=("viewer", "away"))[0] == 2
    assert run("-o", "csv", "--fail-under", "50", nodes=("secure", "away", "scanner"))[0] == 0


def test_where_nothing_is_probed_a_sentence_says_so(run: Run) -> None:
    code, _, said = run(nodes=("scanner",))
    assert (code, said) == (0, "W: nothing was verified: 1 node, none to be probed\n")


@pytest.mark.parametrize("form", ["table", "json", "ndjson", "csv", "junit", "checkmk", "prometheus"])
def test_a_form_goes_whole_into_its_file(form: str, run: Run, hospital: Hospital) -> None:
    file, page = hospital.folder / "sweep.out", hospital.folder / "sweep.html"
    nodes = ("=pacs", "scanner")
    _, plain, _ = run("--output", form, nodes=nodes)
    code, shown, _ = run("--output", form, "--output-file", str(file), "--html", str(page), nodes=nodes)
    text = file.read_text()
    assert (code, shown) == (0, "")
    assert (len(text.splitlines()), text[-1]) == (len(plain.splitlines()), "\n")
    assert page.read_text().endswith("</html>\n")
    assert not [name for name in os.listdir(hospital.folder) if name.startswith(".")]


def test_what_cannot_be_written_ends_it_before_anything_is_sent(run: Run, hospital: Hospital) -> None:
    code, _, said = run("--html", str(hospital.folder / "no" / "page.html"))
    assert (code, "page.html cannot be written: No such file or directory" in said) == (40, True)
    code, _, said = run("--html", "same", "--output-file", "./same")
    assert (code, "--output-file and --html both name same" in said) == (1, True)


def test_a_node_is_kept_as_little(capsys: pytest.CaptureFixture[str]) -> None:
    """Of 10,000 nodes the document takes less than 30 MB, whatever their reports were made of."""
    with opened(SweepOutput("json")) as (sink, *_):
        sink.add(rejected("first"))  # loads what it needs
        tracemalloc.start()
        try:
            for number in range(200):
                sink.add(rejected(f"node-{number}"))
            assert tracemalloc.get_traced_memory()[0] < 200 * 3000
        finally:
            tracemalloc.stop()


def test_a_node_cannot_have_a_file_written(run: Run, hospital: Hospital) -> None:
    with Path(hospital.file).open("a") as file:
        file.write('\n[nodes.evil]\nhost = "127.0.0.1"\nport = 1\nhtml = "evil.html"\n')
    code, _, _ = run(nodes=("evil",))
    assert code != 0
    assert not Path("evil.html").exists()
