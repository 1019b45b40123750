"""The options of what goes to stdout: the report as a document, or as a monitor's line."""

from collections.abc import Mapping
from typing import Any

import click
from click import get_current_context

from dcmtool.cli.options import LEVEL, grouped, option
from dcmtool.cli.parameters import DicomOption, gathers
from dcmtool.cli.values import LONGEST, Number, Words
from dcmtool.settings import Output
from dcmtool.text import printable

FORMS = {
    "text": "nothing on stdout, as echoscu",
    "json": "the report as a JSON document",
    "ndjson": "a JSON object a line: each reply, then the report",
    "nagios": "one line for a monitor",
}
REPORT = ("report options", None)


class Form(Words):
    """A word of `FORMS`."""

    name = "form"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the word."""
        if value not in FORMS:
            self.fail(f"{printable(str(value))}: none of {', '.join(FORMS)}", param, ctx)
        return value

    def words(self) -> Mapping[str, str | None]:
        """Return the words."""
        return FORMS


_THRESHOLD: dict[str, Any] = {
    "section": REPORT,
    "type": Number(0, LONGEST, fractions=True),
    "metavar": "MS",
}

output_options = grouped(
    option(
        "--output",
        section=REPORT,
        type=Form(),
        metavar="FORM",
        default="text",
        show_default=True,
        conflicts=[("--verify-cert",), ("--is-root-cert",)],
        help="what goes to stdout: " + ", ".join(FORMS),
    ),
    option("--warning", **_THRESHOLD, help="warn if the mean round trip takes longer (only with nagios)"),
    option("--critical", **_THRESHOLD, help="alarm if the mean round trip takes longer (only with nagios)"),
)


def _settled(**fields: Any) -> Output:
    """Return what is to be said and shown; thresholds without a monitor are refused."""
    for name in ("warning", "critical"):
        if fields[name] is not None and fields["form"] != "nagios":
            raise click.UsageError(f"{_named(name)} only allowed with --output nagios", get_current_context())
    return Output(**fields)


def _named(name: str) -> str:
    """Return what an option was given by: its variable, or its long name."""
    ctx = get_current_context()
    param = next(param for param in ctx.command.params if param.name == name)
    return (isinstance(param, DicomOption) and param.variable(ctx)) or f"--{name}"


gather_output = gathers(
    _settled,
    "output",
    level=LEVEL,
    log_config="log_config",
    form="output",
    warning="warning",
    critical="critical",
    color="color",
    trace_file="trace_file",
    statistics="stats",
)
