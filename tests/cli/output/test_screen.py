"""Lines for a terminal: broken at words, below where they begin."""

import re

import pytest

from dcmtool.cli.output import screen
from dcmtool.cli.output.appearance import Look
from dcmtool.trace.levels import Level, Line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("short", "TIME I: short"),
        (
            "ME called YOU for Verification, rejected: Called AE Title Not Recognized",
            "TIME I: ME called YOU for Verification,\n            rejected: Called AE Title Not\n"
            "            Recognized",
        ),
        (
            "  what is found about it, and more of the same",
            "TIME I:   what is found about it, and\n              more of the same",
        ),
    ],
)
def test_a_line_with_the_time_is_broken_at_words(
    text: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "44")
    line = screen.with_time(Line(Level.INFO, text))
    assert re.sub(r"\d\d:\d\d:\d\d", "TIME", line, count=1) == expected
    assert max(map(len, line.splitlines())) <= 44


def test_a_sentence_is_broken_at_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    screen.write_sentence("localhost port 104 answered in 0.8 ms (associated in 3.3 ms, OFFIS_DCMTK_367)")
    assert capsys.readouterr().err.splitlines() == [
        "localhost port 104 answered in 0.8 ms",
        "(associated in 3.3 ms, OFFIS_DCMTK_367)",
    ]


def test_an_error_is_broken_at_words_on_a_terminal_unless_it_has_a_line_to_type(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    looks = {"never": Look.PLAIN, "auto": Look.UNCOLOURED}
    monkeypatch.setattr(screen, "look", lambda choice, _stream: looks[choice])
    screen.write_error("nothing listens on port 104 of the host that is called pacs")
    assert capsys.readouterr().err.splitlines() == [
        "Error: nothing listens on port 104 of",
        "       the host that is called pacs",
    ]
    screen.write_error("it is something else: `openssl x509 -in a -out b` makes PEM of it")
    assert capsys.readouterr().err.count("\n") == 1
