"""The audit: what was found, what was not looked at, and that the one never passes for the other."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.supply_chain.conftest import Package
from tools.supply_chain import advisories, audit
from tools.supply_chain.advisories import Answer

HOLE = {"id": "GHSA-1", "aliases": ["CVE-1"], "fix_versions": ["2.1", "3.0"], "description": "bad"}
NO_FIX = {"id": "GHSA-2", "fix_versions": []}


def answered(tmp_path: Path, output: str, error: str = "", code: int = 0) -> Answer:
    """Ask a program that gives this answer, and sees what it is asked about."""
    program = tmp_path / "pip_audit.py"
    program.write_text(
        f"import sys\nassert sys.argv[-2:] == ['--requirement', 'pinned.txt']\n"
        f"assert {{'--disable-pip', '--require-hashes'}} < {{*sys.argv}}\n"
        f"sys.stdout.write({output!r})\nsys.stderr.write({error!r})\nsys.exit({code})\n"
    )
    return advisories.ask([sys.executable, str(program)], Path("pinned.txt"))


def listed(*dependencies: Mapping[str, object]) -> str:
    """Return pip-audit's document."""
    return json.dumps({"dependencies": dependencies, "fixes": []})


SAFE = {"name": "safe", "version": "1.0", "vulns": []}
SKIPPED = {"name": "gone", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize(
    ("output", "answer", "last_line", "code"),
    [
        (listed(SAFE), Answer((), 1, (), ""), "advisories: none on 1 pinned libraries", 0),
        (
            listed(SAFE, {"name": "bad", "version": "2.0", "vulns": [HOLE, NO_FIX]}),
            Answer(
                ("bad 2.0: GHSA-1, mended in 2.1, 3.0", "bad 2.0: GHSA-2, mended in no release yet"),
                2,
                (),
                "",
            ),
            "advisories: 2 on 2 pinned libraries",
            1,
        ),
        (
            listed(SKIPPED),
            Answer((), 0, ("gone",), "Dependency not found on PyPI"),
            "advisories: NOT CHECKED (Dependency not found on PyPI)",
            3,
        ),
        (
            listed(SAFE, SKIPPED),
            Answer((), 1, ("gone",), "Dependency not found on PyPI"),
            "advisories: NOT CHECKED for gone (Dependency not found on PyPI)",
            3,
        ),
        (
            listed(),
            Answer((), 0, (), "pip-audit was asked about nothing"),
            "advisories: NOT CHECKED (pip-audit was asked about nothing)",
            3,
        ),
    ],
)
def test_what_pip_audit_says(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    output: str,
    answer: Answer,
    last_line: str,
    code: int,
) -> None:
    assert answered(tmp_path, output) == answer
    assert audit.advisories_on(answer, offline_ok=False) == code
    assert capsys.readouterr().out.splitlines()[-1] == last_line
    assert audit.advisories_on(answer, offline_ok=True) == (code if code == audit.FOUND else 0)
    assert capsys.readouterr().out.splitlines()[-1] == last_line  # what was not checked is said all the same


@pytest.mark.parametrize(
    ("output", "error", "reason"),
    [
        ("", "Traceback\nConnectionError: no route", "ConnectionError: no route"),
        ("", "", "pip-audit ended with 1 and no answer"),
        ("[]", "", "pip-audit ended with 1 and no answer"),
        ("{}", "odd", "odd"),
    ],
)
def test_no_answer_is_no_good_news(tmp_path: Path, output: str, error: str, reason: str) -> None:
    answer = answered(tmp_path, output, error, 1)
    assert answer == Answer((), 0, (), reason)
    assert audit.advisories_on(answer, offline_ok=False) == audit.NOT_CHECKED


@pytest.mark.parametrize("name", ["GHSA-1", "CVE-1"])
def test_an_advisory_that_does_not_concern_us(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setitem(advisories.ACCEPTED, name, "nothing of ours calls it")
    found = listed({"name": "bad", "version": "2.0", "vulns": [HOLE]})
    assert answered(tmp_path, found) == Answer((), 1, (), "")


def test_licences(package: Package, capsys: pytest.CaptureFixture[str]) -> None:
    good = package("good", "1.0", "License-Expression: MIT")
    assert audit.licences_of({"good": good}) == 0
    bad = package("bad", "2.0", "License-Expression: GPL-3.0-only")
    assert audit.licences_of({"good": good, "bad": bad}) == audit.FOUND
    assert capsys.readouterr().out.splitlines() == [
        "ok good              1.0       MIT",
        "licences: all 1 are on the list",
        "NO bad               2.0       GPL-3.0-only is not on the list of licences",
        "ok good              1.0       MIT",
        "licences: NOT ALL MAY BE HANDED OUT",
    ]


@pytest.mark.parametrize(
    ("options", "code"), [([], audit.NOT_CHECKED), (["--offline-ok"], 0)], ids=["by hand", "in CI"]
)
def test_the_whole_of_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], options: list[str], code: int
) -> None:
    monkeypatch.setattr(advisories, "ask", lambda *_: Answer((), 0, (), "no network"))
    assert audit.main(options) == code
    *_, licensed, last = capsys.readouterr().out.splitlines()
    assert licensed.startswith("licences: all ")
    assert last == "advisories: NOT CHECKED (no network)"


def test_a_library_that_nobody_is_asked_about(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    constraints = tmp_path / "constraints.txt"
    constraints.write_text(f"good==1.0 \\\n    --hash=sha256:{'0' * 64}\n")
    assert audit.pinned(["good"], constraints) == 0
    assert audit.pinned(["good", "loose"], constraints) == audit.FOUND
    assert capsys.readouterr().out.splitlines() == ["NO loose is not pinned: run `make constraints`"]


def test_the_extras_are_part_of_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], package: Package
) -> None:
    monkeypatch.setattr(advisories, "ask", lambda *_: Answer((), 1, (), ""))
    assert audit.main([]) == 0
    first, *lines = capsys.readouterr().out.splitlines()
    assert first.startswith("dcmtool with its extras ")
    assert "exporter" in first
    assert {"starlette", "uvicorn"} <= {line.split()[1] for line in lines}
    monkeypatch.setattr(
        audit, "distribution", lambda _: package("dcmtool", "1", "Requires-Dist: surely-not-installed")
    )
    with pytest.raises(SystemExit, match=r"^surely-not-installed is not installed here, so"):
        audit.main([])


def test_an_unknown_option() -> None:
    with pytest.raises(SystemExit, match=r"^audit knows no --offline: there is --offline-ok$"):
        audit.main(["--offline"])
