"""A test that fails beside others runs once more alone: what that may hide, and what it may not."""

import json
from pathlib import Path

import pytest

from tests import alone

SOUND, BROKEN = "def test_it(): pass\n", "def test_it(): assert False\n"


def failed(folder: Path, monkeypatch: pytest.MonkeyPatch, *tests: str) -> None:
    """Have these tests failed last."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # none is needed here, and each takes its time
    cache = folder / ".pytest_cache/v/cache"
    cache.mkdir(parents=True)
    (cache / "lastfailed").write_text(json.dumps(dict.fromkeys(tests, True)))


@pytest.mark.parametrize(("text", "code"), [(SOUND, 0), (BROKEN, 1)])
def test_what_passes_alone_is_named(
    text: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "test_one.py").write_text(text)
    failed(tmp_path, monkeypatch, "test_one.py::test_it")
    assert alone.main(["1"]) == code
    said = capfd.readouterr().out.splitlines()
    assert said[0] == "once more, alone: test_one.py::test_it"
    unsteady = "UNSTEADY: failed beside other tests, and passed alone: test_one.py::test_it"
    assert (said[-1] == unsteady) is (code == 0)


@pytest.mark.parametrize(
    ("code", "count"), [(1, 0), (1, alone.MOST + 1), (2, 1), (4, 1)], ids=["none", "many", "Ctrl-C", "usage"]
)
def test_what_is_no_matter_of_time_stays(
    code: int, count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    failed(tmp_path, monkeypatch, *(f"test_one.py::test_{number}" for number in range(count)))
    assert alone.main([str(code)]) == code
    assert capfd.readouterr().out == ""


def test_without_a_record_the_code_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert alone.main(["1"]) == 1
