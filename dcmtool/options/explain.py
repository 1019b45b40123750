"""What `dcmtool explain` takes: files, which of their connections are wanted, and how they are shown."""

import re
from collections.abc import Iterator
from typing import Any

from dcmtool.capture.explanation import SLOW
from dcmtool.capture.selection import HostPattern, Selection
from dcmtool.capture.sources import FORMATS
from dcmtool.options.address import address_of
from dcmtool.options.common import seconds_option
from dcmtool.options.general import GENERAL_OPTIONS, color_option
from dcmtool.options.kinds import PATH, Kind, Number, OneOf, Unwanted
from dcmtool.options.option import Option, Parameter, Signature, flag
from dcmtool.options.report import REPORT, form_options
from dcmtool.options.values import Values

READING = ("reading options", None)
WANTED = ("which connections", None)

FORMS: dict[str, str | None] = {
    "text": "a block a connection",
    "json": "one JSON document",
    "ndjson": "a JSON object a connection, as each ends",
}
_OF_GENERAL = ("--help", "--version", "--quiet", "--verbose", "--debug", "--log-level")


class HostKind(Kind):
    """An IP address or a network, and perhaps a port there."""

    name = "host"

    def convert(self, text: str) -> HostPattern:
        """Return what the text stands for."""
        try:
            return HostPattern.of(text.strip("[]"))  # an address of IPv6 may have no brackets
        except ValueError:
            address = address_of(text)
        try:
            return HostPattern.of(address.host, None if address.port is None else _port(address.port))
        except ValueError as error:
            raise Unwanted(text) from error

    def wanted(self) -> str:
        """Return in words what a value should be."""
        return "an IP address or a network, such as 10.1.0.0/16, and perhaps :PORT"


def _port(text: str) -> int:
    port = Number(1, 65535).convert(text)
    assert isinstance(port, int)
    return port


class NumberRanges(Kind):
    """Numbers and ranges of numbers, with commas between them."""

    name = "numbers"

    def convert(self, text: str) -> tuple[tuple[int, int], ...]:
        """Return the ranges, both of whose ends belong to them."""
        return tuple(_ranges(text))

    def wanted(self) -> str:
        """Return in words what a value should be."""
        return "numbers from 1, such as 7 or 3,10-12"


def _ranges(text: str) -> Iterator[tuple[int, int]]:
    for part in text.split(","):
        found = re.fullmatch(r"([0-9]{1,18})(?:-([0-9]{1,18}))?", part.strip(), re.ASCII)
        if found is None or not 0 < int(found[1]) <= int(found[2] or found[1]):
            raise Unwanted(text)
        yield int(found[1]), int(found[2] or found[1])


def _wanted(name: str, kind: Kind, metavar: str, text: str, **attrs: Any) -> Option:
    return Option(
        name, section=WANTED, kind=kind, metavar=metavar, multiple=True, settable=False, help=text, **attrs
    )


_BOTH = "if given several times, all of them"

_READING_OPTIONS = (
    Option(
        "--format",
        section=READING,
        kind=OneOf(FORMATS, "format"),
        metavar="NAME",
        show_default="by what each file holds",
        help="take the files for this: " + ", ".join(FORMATS),
    ),
    seconds_option(
        "--slow",
        section=READING,
        default=SLOW,
        text="an answer that takes so long is a finding; fractions are allowed",
    ),
)

_WANTED_OPTIONS = (
    _wanted("--host", HostKind(), "ADDRESS[:PORT]", f"those of this address or network; {_BOTH}"),
    _wanted("--port", Number(1, 65535), "NUMBER", f"those of this TCP port; {_BOTH}"),
    _wanted("--title", Kind(), "TITLE", f"associations that call, or are called by, this AE title; {_BOTH}"),
    flag("--failed", section=WANTED, settable=False, help="those with which something is wrong"),
    _wanted(
        "--number",
        NumberRanges(),
        "N[,N-M]",
        "those with these numbers, which count connections in the order in which they began",
    ),
)

_REPORT_OPTIONS = (
    *form_options(OneOf(FORMS, "form"), REPORT),
    flag(
        "--summary",
        section=REPORT,
        help="show no connection but what they come to, for each pair of nodes",
    ),
)

EXPLAIN = Signature(
    "explain",
    "DCMTOOL_EXPLAIN",
    (
        Parameter(
            "file",
            "a capture, a trace file, a hex dump or a log; - is stdin, which is explained as it comes",
            PATH,
            many=True,
        ),
    ),
    (
        *(option for option in GENERAL_OPTIONS if option.long_name in _OF_GENERAL),
        color_option("shown"),
        *_READING_OPTIONS,
        *_WANTED_OPTIONS,
        *_REPORT_OPTIONS,
    ),
    takes_defaults=True,
)


def selection(values: Values) -> Selection:
    """Return which connections are wanted."""
    numbers = tuple(each for ranges in values["number"] for each in ranges)
    return Selection(values["host"], values["port"], values["title"], numbers, values["failed"])
