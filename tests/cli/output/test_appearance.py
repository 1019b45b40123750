"""When the trace is laid out for a terminal, and when it has colours."""

import io

import pytest

from dcmtool.cli.output.appearance import Look, look
from dcmtool.settings import Color

PLAIN, UNCOLOURED, COLOURED = Look.PLAIN, Look.UNCOLOURED, Look.COLOURED


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


@pytest.mark.parametrize(
    ("choice", "environ", "on_a_terminal", "in_a_pipe"),
    [
        ("auto", {}, COLOURED, PLAIN),
        ("auto", {"TERM": "xterm"}, COLOURED, PLAIN),
        ("auto", {"TERM": "dumb"}, PLAIN, PLAIN),
        ("auto", {"NO_COLOR": "1"}, UNCOLOURED, PLAIN),
        ("auto", {"NO_COLOR": ""}, COLOURED, PLAIN),
        ("auto", {"FORCE_COLOR": "1"}, COLOURED, COLOURED),
        ("auto", {"FORCE_COLOR": "1", "TERM": "dumb"}, COLOURED, COLOURED),
        ("auto", {"FORCE_COLOR": ""}, COLOURED, PLAIN),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, UNCOLOURED, PLAIN),
        ("auto", {"NO_COLOR": "1", "TERM": "dumb"}, PLAIN, PLAIN),
        ("always", {"NO_COLOR": "1", "TERM": "dumb"}, COLOURED, COLOURED),
        ("never", {"FORCE_COLOR": "1"}, PLAIN, PLAIN),
    ],
)
def test_look(choice: Color, environ: dict[str, str], on_a_terminal: Look, in_a_pipe: Look) -> None:
    assert look(choice, Terminal(), environ) is on_a_terminal
    assert look(choice, io.StringIO(), environ) is in_a_pipe


@pytest.mark.parametrize("choice", ["auto", "always", "never"])
def test_where_there_is_no_stream(choice: Color) -> None:
    assert look(choice, None, {}) is PLAIN


def test_a_stream_that_is_closed_is_no_terminal() -> None:
    stream = io.StringIO()
    stream.close()
    assert look("auto", stream, {}) is PLAIN
