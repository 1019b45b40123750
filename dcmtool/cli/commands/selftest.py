"""`dcmtool selftest`: verify SCPs of our own, good ones and ones that fail, and show what came of it."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from dcmtool.cli.exit_codes import COMMAND_LINE_ERROR
from dcmtool.cli.help_page import HelpPage
from dcmtool.cli.output.appearance import Look, look
from dcmtool.cli.output.columns import DIM, GREEN, RED, coloured, output_option, write_json, write_line
from dcmtool.text import printable

if TYPE_CHECKING:
    from dcmtool.selftest.checks import Result

FAILED = COMMAND_LINE_ERROR  # the exit code where a check does not hold


@click.command("selftest", cls=HelpPage, short_help="check that dcmtool works on this machine")
@output_option("table", "json")
@click.pass_context
def command(ctx: click.Context, output: str) -> None:
    """Check that dcmtool works on this machine.

    Verifies SCPs of its own on the loopback interface, over TCP and over TLS with certificates made for the
    run: good ones, and ones that reject, abort, refuse or do not answer. pynetdicom, an implementation of its
    own, calls one of them and is called. The exit code is 0 only if all ends as it must.
    """
    from dcmtool.selftest.checks import checks, run
    from dcmtool.selftest.identities import identities

    with identities() as everybody:
        tried = list(checks(everybody))
        longest = max(len(check.name) for check in tried)
        results = list(run(tried) if output == "json" else _shown(run(tried), longest))
    if output == "json":
        write_json([_as_object(each) for each in results])
    else:
        _sum_up(results)
    if not all(each.holds for each in results):
        ctx.exit(FAILED)


def _shown(results: "Iterable[Result]", longest: int) -> "Iterator[Result]":
    """Yield the results, each once it is written; 80 columns are enough if it holds."""
    for each in results:
        mark = coloured(_tick(), GREEN) if each.holds else coloured(_tick(holds=False), RED)
        write_line(f"{mark} {each.check.name:<{longest}}  {coloured(each.seen, DIM if each.holds else RED)}")
        if not each.holds:
            sentence = f": {printable(each.sentence)}" if each.sentence else ""
            write_line(f"    {each.check.outcome} was expected{sentence}")
        yield each


def _tick(*, holds: bool = True) -> str:
    """Return the sign of a result, where it can be shown."""
    sign, word = ("\u2713", "ok  ") if holds else ("\u2717", "FAIL")
    if look("auto", sys.stdout) is Look.PLAIN:
        return word
    try:
        sign.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return word
    return sign


def _sum_up(results: "Sequence[Result]") -> None:
    passed = sum(each.holds for each in results)
    write_line(coloured(f"{passed} of {len(results)} passed", GREEN if passed == len(results) else RED))


def _as_object(result: "Result") -> dict[str, object]:
    return {
        "check": result.check.name,
        "expected": str(result.check.outcome),
        "seen": result.seen,
        "message": result.sentence or None,
        "ok": result.holds,
    }
