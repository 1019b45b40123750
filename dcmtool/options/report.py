"""The options of what goes to stdout: the report as a document, or as a monitor's line."""

from collections.abc import Mapping
from typing import Any

from dcmtool.options.kinds import LONGEST, Number, OneOf, Unwanted, Words
from dcmtool.options.option import Option, Section, flag

FORMS: dict[str, str | None] = {
    "text": "nothing on stdout, as echoscu",
    "json": "the report as a JSON document",
    "ndjson": "a JSON object a line: each reply, then the report",
    "nagios": "one line for a monitor",
}
REPORT: Section = ("report options", None)


class Expected(Words):
    """An outcome, and perhaps what it is to be put down to."""

    name = "outcome"

    def convert(self, text: str) -> str:
        """Return the outcome in lower case."""
        from dcmtool.diagnosis.expectation import Expectation

        if Expectation.of(text) is None:
            raise Unwanted(text)
        return text.lower()

    def words(self) -> Mapping[str, str | None]:
        """Return the outcomes with their causes."""
        from dcmtool.diagnosis.expectation import vocabulary

        return dict(vocabulary())

    def wanted(self) -> str:
        """Return in words what a value should be."""
        return "one that --list-outcomes lists"


_THRESHOLD: dict[str, Any] = {
    "section": REPORT,
    "kind": Number(0, LONGEST, fractions=True),
    "metavar": "MS",
}

_OFFLINE = [("--verify-cert",), ("--is-root-cert",)]


def form_options(
    forms: Words, section: Section, what: str = "what goes to stdout", **attrs: Any
) -> tuple[Option, Option]:
    """Return the options of the form of a result, of which the first is the default, and of JSON."""
    words = [*forms.words()]
    form = Option(
        *("-o", "--output"),
        section=section,
        kind=forms,
        metavar="FORM",
        default=words[0],
        show_default=True,
        help=f"{what}: {', '.join(words)}",
        **attrs,
    )
    json = flag(
        "--json",
        section=section,
        settable=False,
        short_for=("--output", "json"),
        help="short for --output json",
    )
    return form, json


REPORT_OPTIONS = (
    *form_options(OneOf(FORMS, "form"), REPORT, conflicts=_OFFLINE),
    Option(
        "--expect",
        section=REPORT,
        kind=Expected(),
        metavar="OUTCOME",
        conflicts=[*_OFFLINE, ("--reconnect",)],
        help="exit with 0 exactly if the run ends so, such as with rejected or rejected:called-title",
    ),
    flag(
        "--list-outcomes",
        section=REPORT,
        settable=False,
        instead=True,
        help="show what there is to expect, and exit",
    ),
    Option("--warning", **_THRESHOLD, help="warn if the mean round trip takes longer (only with nagios)"),
    Option("--critical", **_THRESHOLD, help="alarm if the mean round trip takes longer (only with nagios)"),
)
