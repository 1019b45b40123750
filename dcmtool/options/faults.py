"""The options of `dcmtool scp` that say what is to go wrong."""

import re
from collections.abc import Mapping
from itertools import product

from dcmtool.errors import Rejection
from dcmtool.options.kinds import LONGEST, Kind, Number, Unfit, Words
from dcmtool.options.option import Option, flag
from dcmtool.text import brief

FAULTS = ("faults (what is to go wrong)", None)


class Status(Kind):
    """The status of a DIMSE response: up to four hexadecimal digits, with or without 0x."""

    name = "status"

    def convert(self, text: str) -> int:
        """Return the number."""
        if not re.fullmatch(r"(0[xX])?[0-9a-fA-F]{1,4}", text):
            raise Unfit(f"{brief(text)}: a status has one to four hexadecimal digits")
        return int(text, 16)


class RejectionNumbers(Words):
    """Result, source and reason of a rejection, with slashes between (PS3.8 9.3.4).

    Each is a number of one byte, also one that the standard does not define and peers send, or its words.
    """

    name = "rejection"

    def convert(self, text: str) -> Rejection:
        """Return the rejection."""
        if re.fullmatch(r"[0-9]{1,3}(/[0-9]{1,3}){2}", text):
            numbers = [int(each) for each in text.split("/")]
            if max(numbers) <= 0xFF:
                return Rejection(*numbers)
        known = {words: rejection for rejection in _rejections() for words in _spellings(rejection)}
        if text.lower() not in known:
            example = _words(Rejection(1, 1, 7))
            raise Unfit(f"{brief(text)}: no rejection: three numbers of 0 to 255 such as 1/1/7, or {example}")
        return known[text.lower()]

    def words(self) -> Mapping[str, str | None]:
        """Return all rejections in words."""
        return dict.fromkeys(map(_words, _rejections()))


def _rejections() -> list[Rejection]:
    return [Rejection(result, *numbers) for result in Rejection.RESULTS for numbers in Rejection.REASONS]


def _spellings(rejection: Rejection) -> list[str]:
    """Return every mixture of numbers and words."""
    pairs = zip(map(str, rejection.args), _words(rejection).split("/"), strict=True)
    return ["/".join(parts) for parts in product(*pairs)]


_SOURCES = {1: "service-user", 2: "acse", 3: "presentation"}  # of the provider the part that it is


def _words(rejection: Rejection) -> str:
    result, reason = rejection.result_text.removeprefix("Rejected "), rejection.reason_text
    return f"{result}/{_SOURCES[rejection.source]}/{reason}".lower().replace(" ", "-")


def _delay(spelling: str, text: str) -> Option:
    return Option(
        spelling,
        section=FAULTS,
        kind=Number(0, LONGEST, fractions=True),
        metavar="SECONDS",
        default=0,
        help=text,
    )


FAULT_OPTIONS = (
    Option(
        "--reject",
        section=FAULTS,
        kind=RejectionNumbers(),
        metavar="RESULT/SOURCE/REASON",
        help="reject every association so: three numbers of 0 to 255, such as 1/1/7, or words: "
        "permanent/service-user/called-ae-title-not-recognized",
    ),
    flag("--refuse-contexts", section=FAULTS, help="accept associations without any presentation context"),
    Option(
        "--status",
        section=FAULTS,
        kind=Status(),
        metavar="HEX",
        default=0,
        help="answer every echo with this status, such as 0110",
    ),
    _delay("--delay-accept", "answer an association request so late"),
    _delay("--delay-echo", "answer an echo so late"),
    Option(
        "--abort-after",
        section=FAULTS,
        kind=Number(0),
        metavar="NUMBER",
        help="abort an association in place of answering more echoes than this",
    ),
)
