"""The line that says what is waited for."""

import io

from rich.console import Console

from dcmtool.trace.spinner import Spinner


def console() -> tuple[Console, io.StringIO]:
    """Return a console of 40 columns, and what is written to it."""
    written = io.StringIO()
    return Console(file=written, width=40, force_terminal=True, color_system=None, _environ={}), written


def test_it_says_what_and_since_when_and_goes() -> None:
    made, written = console()
    spinner = Spinner(made, lambda: 3_500_000_000)
    spinner("echo", 0)
    spinner("\x1b[31m", 500_000_000)
    spinner(None, 0)
    spinner(None, 0)
    text = written.getvalue()
    assert "waiting for the \\x1b[31m, 3 s; Ctrl-C" in text
    assert "\x1b[31m" not in text
    assert text.rstrip("\r").endswith(("\x1b[2K", "\x1b[?25h"))


def test_it_comes_again() -> None:
    made, written = console()
    spinner = Spinner(made, lambda: 0)
    for awaited in ("one", None, "two", None):
        spinner(awaited, 0)
    assert written.getvalue().count("\x1b[?25l") == 2
