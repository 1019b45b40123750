"""What each exit code means, of each command; the table from errors to codes is `dcmtool.exit_codes`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dcmtool.exit_codes import COMMAND_LINE_ERROR, INTERRUPTED, exit_code

if TYPE_CHECKING:
    from dcmtool.fleet.result import Summary
    from dcmtool.settings import EchoRequest
    from dcmtool.verification.report import EchoReport

__all__ = [
    "COMMAND_LINE_ERROR",
    "FOUND",
    "INTERRUPTED",
    "MEANINGS",
    "SHORT_OF_DAYS",
    "SOME_FAILED",
    "UNEXPECTED_SUCCESS",
    "VERIFYING",
    "code_of",
    "code_of_sweep",
    "codes_of",
    "exit_code",
]

SOME_FAILED, SHORT_OF_DAYS = 2, 3  # of a sweep
FOUND = 3  # of a diagnosis, and of an explanation
UNEXPECTED_SUCCESS = 63

# The README, the pages and the man pages have their words from here.
MEANINGS = {
    0: "every echo was answered with Success, and the association ended in order; with `--expect`, the run "
    "ended as it says",
    COMMAND_LINE_ERROR: "the command line is wrong, or the node is not to be probed",
    20: "an input file (command file, node file, defaults, logging configuration, data dictionary, key, "
    "certificate) cannot be read or is not valid",
    22: "the certificate of `+vc` or `+rc` does not pass",
    40: "an output file, or standard output, cannot be written",
    60: "no connection: unknown name, refused, unreachable, too late; an address that `dcmtool scp` cannot "
    "listen on",
    61: "the association was rejected, or had no answer or none that can be used",
    62: "an echo failed: a status other than Success, an invalid response, or none",
    UNEXPECTED_SUCCESS: "the verification succeeded, where `--expect` says that it should not",
    66: "no presentation context was accepted",
    67: "the association could not be released in order",
    70: "the peer aborted the association",
    71: "TLS: the handshake or the verification failed, or the settings do not work together",
    INTERRUPTED: "interrupted",
}

# What ends with the code of a verification's stage; all other commands have the codes of any program.
VERIFYING = ("dcmtool echo",)
_BEFORE = "interrupted before it listened"
_WRONG = "the command line is wrong"
_ANY = {
    0: "what was asked for is done",
    COMMAND_LINE_ERROR: _WRONG,
    **{code: MEANINGS[code] for code in (20, 40, INTERRUPTED)},
}
_OTHER = {
    "dcmtool scp": {
        0: "it has served as many associations as it was to, or was told to end",
        COMMAND_LINE_ERROR: _WRONG,
        **{code: MEANINGS[code] for code in (20, 40)},
        60: "the address cannot be listened on",
        71: "TLS settings do not work together",
        INTERRUPTED: _BEFORE,
    },
    "dcmtool tap": {
        0: "it has relayed as many connections as it was to, or was told to end",
        COMMAND_LINE_ERROR: "the command line is wrong, or there is no such node",
        **{code: MEANINGS[code] for code in (20, 40)},
        60: "the address cannot be listened on",
        INTERRUPTED: _BEFORE,
    },
    "dcmtool diagnose": {
        0: "everything is in order",
        COMMAND_LINE_ERROR: MEANINGS[COMMAND_LINE_ERROR],
        FOUND: "something is not in order: a finding says what; with `--compare`, something has changed",
        **{code: MEANINGS[code] for code in (20, 40)},
        60: "with `--capabilities`: no connection",
        **{code: f"with `--capabilities`: {MEANINGS[code]}" for code in (61, 67, 70)},
        71: "the TLS settings do not work together; with `--capabilities`: TLS failed",
        INTERRUPTED: MEANINGS[INTERRUPTED],
    },
    "dcmtool explain": {
        0: "nothing is wrong with the connections that are shown",
        COMMAND_LINE_ERROR: _WRONG,
        FOUND: "something is wrong with one of them: a finding says what",
        20: "a file cannot be read, or holds nothing that can be explained; what the others hold is shown",
        40: MEANINGS[40],
        INTERRUPTED: "interrupted before the end of a file; of standard input alone Ctrl-C is the end",
    },
    "dcmtool sweep": {
        0: "every node answered, or as many as `--fail-under` says; `--watch` was told to end",
        COMMAND_LINE_ERROR: "the command line is wrong, or a word is no node",
        SOME_FAILED: "a node did not answer",
        SHORT_OF_DAYS: "all that is wrong: certificates end before the days of `--min-days`",
        **{code: MEANINGS[code] for code in (20, 40)},
        71: "TLS settings do not work together",
        INTERRUPTED: MEANINGS[INTERRUPTED],
    },
    "dcmtool exporter": {
        0: "it was told to end; with `--config.check`, the files are in order",
        COMMAND_LINE_ERROR: "the command line is wrong, nothing could be probed, or a library is missing",
        20: "a configuration, a node file or a file that these name cannot be read or is not valid",
        40: MEANINGS[40],
        60: "the address cannot be listened on",
        71: "TLS settings do not work together",
        INTERRUPTED: MEANINGS[INTERRUPTED],
    },
    "dcmtool selftest": {
        0: "all is as it must be",
        COMMAND_LINE_ERROR: f"something is not, or {_WRONG}",
        INTERRUPTED: MEANINGS[INTERRUPTED],
    },
}
_OTHER |= {
    "dcmtool nodes check": {
        **_ANY,
        0: "nothing is wrong; there may be remarks",
        20: "the node file cannot be read, or something in it is wrong",
    },
    "dcmtool nodes import": {
        **_ANY,
        0: "the nodes are written; rows that are none may be left out",
        20: "the list cannot be used, nor can any of its rows; with `--strict`, one of them cannot",
    },
}
_OTHER |= {
    command: {**_ANY, COMMAND_LINE_ERROR: f"{text}, or {_WRONG}"}
    for command, text in {
        "dcmtool dict lookup": "nothing is found for a QUERY",
        "dcmtool dict check": "something is found",
        "dcmtool nodes list": "no node has the tags",
        "dcmtool nodes show": "there is no such node",
        "dcmtool nodes add": "the name is taken, or the node cannot be",
        "dcmtool nodes export": "no node has the tags",
    }.items()
}


def codes_of(command: str) -> Mapping[int, str]:
    """Return the exit codes of a command by its words, each with what it means."""
    return MEANINGS if command in VERIFYING else _OTHER.get(command, _ANY)


def code_of(report: "EchoReport", request: "EchoRequest", expect: str | None) -> int:
    """Return the exit code of a verification: 0 where it came to what was expected, or to a success."""
    if expect is not None:
        from dcmtool.diagnosis.expectation import Expectation

        expectation = Expectation.of(expect)
        if expectation is not None and expectation.is_met(report, request):
            return 0
        if report.error is None:
            return UNEXPECTED_SUCCESS
    return report.exit_code


def code_of_sweep(total: "Summary", fail_under: float) -> int:
    """Return the exit code of a sweep; of 100 nodes that may be probed so many must have answered."""
    from dcmtool.fleet.result import SHORT_OF_DAYS as FINDING

    if total.outcomes.get("interrupted"):
        return INTERRUPTED
    probed = total.nodes - total.skipped
    if total.answered * 100 >= fail_under * probed:
        return 0
    return SHORT_OF_DAYS if total.findings.get(FINDING) == total.failed else SOME_FAILED
