"""`dcmtool schema`: the schemas that ship with the package, as they are."""

import json
from pathlib import Path

import pytest

import dcmtool
from dcmtool.cli.commands.schema import FORMATS
from dcmtool.cli.main import main
from dcmtool.verification.report import Outcome
from tests.cli.test_main import bash, loaded
from tests.cli.test_main import run as run_program
from tests.reporting.documents import schema_of
from tools import make_schema

FOLDER = Path(str(dcmtool.__file__)).parent / "schemas"


@pytest.mark.parametrize("name", FORMATS)
def test_it_prints_the_file(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", name]) == 0
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ((FOLDER / f"{name}-1.json").read_text(encoding="utf-8"), "")
    document = json.loads(captured.out)
    first_line = document["oneOf"][0] if name == "trace" else document
    assert first_line["properties"]["schema"] == {
        "description": "The name and version of this format.",
        "const": f"dcmtool.{name}/1",
    }


def test_every_file_has_its_name() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {f"{name}-1.json" for name in FORMATS}


def test_every_object_is_closed_and_whole() -> None:
    def walk(node: object) -> None:
        if isinstance(node, list):
            for inner in node:
                walk(inner)
        if isinstance(node, dict):
            if "patternProperties" in node:
                assert (node["additionalProperties"], "properties" in node) == (False, False)
            elif "additionalProperties" in node:
                assert node["additionalProperties"] is False
                assert node["required"] == list(node["properties"])
            elif "object" in node.get("type", ()):
                assert node.keys() == {"type"}  # a condition of another part
            for inner in node.values():
                walk(inner)

    for name in FORMATS:
        walk(schema_of(name))


def test_what_is_made_is_as_it_would_be_made_now() -> None:
    for name, text in make_schema.schemas().items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text, "run `make docs`"


def test_every_outcome_has_its_exit_code() -> None:
    schema = schema_of("echo")
    outcomes = schema["properties"]["outcome"]["enum"]
    assert {str(outcome) for outcome in Outcome} < set(outcomes)
    cases = [each["properties"] for each in schema["oneOf"] if "expected" not in each["properties"]]
    listed = [word for each in cases for word in each["outcome"]["enum"]]
    assert sorted(listed) == sorted(outcomes)


@pytest.mark.parametrize("args", [[], ["bogus"], ["echo", "echo"]])
def test_another_name(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", *args]) == 1
    assert capsys.readouterr().out == ""


def test_names_and_forms_are_completed() -> None:
    assert run_program([], **bash("schema", "echo-")).stdout == "plain,echo-reply\n"
    assert run_program([], **bash("echo", "--output", "n")).stdout == "plain,ndjson\nplain,nagios\n"


def test_it_loads_little() -> None:
    heavy = {
        "asyncio",
        "logging",
        "pydicom",
        "pynetdicom",
        "rich",
        "socket",
        "ssl",
        "dcmtool.cli.commands.echo",
    }
    assert not loaded(["schema", "--help"]) & heavy
