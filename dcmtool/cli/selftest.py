"""`dcmtool selftest`: verify SCPs of our own, good ones and ones that fail, and show what came of it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from dcmtool.cli.exit_codes import COMMAND_LINE_ERROR
from dcmtool.cli.results import output_option, write_columns, write_json
from dcmtool.text import printable

if TYPE_CHECKING:
    from dcmtool.selftest.checks import Result

FAILED = COMMAND_LINE_ERROR  # the exit code where a check does not hold


@click.command("selftest", short_help="See whether dcmtool works on this machine.")
@output_option("table", "json")
@click.pass_context
def command(ctx: click.Context, output: str) -> None:
    """See whether dcmtool works on this machine.

    Verifies SCPs of its own on the loopback interface, over TCP and over TLS with certificates made for the
    run: good ones, and ones that reject, abort, refuse or do not answer. The exit code is 0 only if all ends
    as it must.
    """
    from dcmtool.selftest.cast import cast
    from dcmtool.selftest.checks import checks, run

    with cast() as everybody:
        results = list(run(checks(everybody)))
    if output == "json":
        write_json([_as_object(each) for each in results])
    else:
        _show(results)
    if not all(each.holds for each in results):
        ctx.exit(FAILED)


def _show(results: Sequence["Result"]) -> None:
    """Write a table, and below it the sentences of what does not hold; 80 columns are enough if all does."""
    rows = [
        ("yes" if each.holds else "NO", each.check.name, str(each.check.outcome), each.seen)
        for each in results
    ]
    write_columns([("OK", "CHECK", "EXPECTED", "SEEN"), *rows])
    for each in results:
        if not each.holds:
            click.echo(f"{each.check.name}: {printable(each.sentence) or each.seen}")


def _as_object(result: "Result") -> dict[str, object]:
    return {
        "check": result.check.name,
        "expected": str(result.check.outcome),
        "seen": result.seen,
        "message": result.sentence or None,
        "ok": result.holds,
    }
