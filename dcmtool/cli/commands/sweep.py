"""`dcmtool sweep`: verify many DICOM nodes at once."""

import gc
import re
from collections.abc import Iterator

from dcmtool.cli import stderr
from dcmtool.cli.actions import ACTIONS
from dcmtool.cli.asked_password import Asked, passcode
from dcmtool.cli.completion.candidates import OF_OPTIONS
from dcmtool.cli.completion.nodes import complete_node
from dcmtool.cli.exit_codes import COMMAND_LINE_ERROR
from dcmtool.cli.grammar.command import DicomCommand
from dcmtool.cli.grammar.command_line import CommandLine
from dcmtool.config import defaults, nodes, text_file
from dcmtool.fleet.target import Target, distinct
from dcmtool.options.gathering import gathered
from dcmtool.options.precedence import settle
from dcmtool.options.roster import Roster
from dcmtool.options.sweep import SWEEP, WRITTEN, limits
from dcmtool.options.tls import SECTIONS
from dcmtool.options.values import UsageError, Values
from dcmtool.text import brief

_MOST_SHOWN = 20  # problems
_COMMENT = re.compile(r"(^|\s)#.*")  # a title may have a # in it

EPILOG = """\
NODE is looked up in the node file first; what is no name there is an address. What a node's entry says of
itself, such as its titles, its TLS and its limits, counts where no option says otherwise.

The exit code is 0 if every node answered, or as many as --fail-under says, and else 2; it is 3 where all that
is wrong is that certificates end before the days of --min-days. Nodes that are not to be probed do not count.
"""


def _run(given: Values, _line: CommandLine, _called: str) -> int:
    """Verify the nodes, and return the exit code."""
    warn = stderr.warning("fatal" if given["quiet"] else "warn")
    file = nodes.read(given["nodes"])
    roster = Roster(
        SWEEP, given, file, defaults.of("echo", "sweep"), ask=Asked, ask_passcode=passcode, warn=warn
    )
    targets, wrong = _targets(given, roster)
    for problem in wrong[:_MOST_SHOWN]:
        stderr.write(f"Error: {problem}")
    if len(wrong) > _MOST_SHOWN:
        stderr.write(f"Error: and {len(wrong) - _MOST_SHOWN} more like these")
    if wrong and not (given["keep_going"] and targets):
        return COMMAND_LINE_ERROR
    roster.check()
    targets, left_out = distinct(targets)
    if left_out:
        warn(_duplicates(left_out))
    _check_files(roster)
    from dcmtool.cli.output.sweep_forms import SweepOutput
    from dcmtool.cli.output.sweep_run import run
    from dcmtool.fleet.limits import within_descriptors

    values = given.copy()
    settle(values, passes_over=True)
    kept, lowered = within_descriptors(limits(values), min(len(targets), values["concurrency"]))
    if lowered is not None:
        warn(lowered)
    gc.freeze()  # what is there now stays until the end, and need not be looked through again and again
    code = run(targets, kept, gathered(SweepOutput, values, **WRITTEN))
    return COMMAND_LINE_ERROR if wrong else code


def _targets(given: Values, roster: Roster) -> tuple[list[Target], list[str]]:
    """Return what is to be verified, and what of the words cannot be."""
    targets: list[Target] = []
    wrong: list[str] = []
    words = [*_words(given["node"])]
    for word, place in words:
        try:
            targets.append(roster.of_word(word))
        except UsageError as error:
            wrong.append(f"{place}{error}")
    if given["all"] or given["tag"]:
        targets += roster.chosen(given["tag"])
    elif not given["node"]:
        raise UsageError("Missing parameter node: name nodes, or --all, or a --tag")
    elif not words:
        raise UsageError("Missing parameter node: standard input names none")
    return targets, wrong


def _words(given: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield the words with what says where they stand."""
    for word in given:
        if word != text_file.STDIN:
            yield word, ""
            continue
        name, text = text_file.text_or_stdin(word, text_file.MOST, "list of nodes")
        for number, line in enumerate(text.split("\n"), 1):
            node = _COMMENT.sub("", line).strip()
            if node:
                yield node, f"line {number} of {brief(name)}: "


def _check_files(roster: Roster) -> None:
    """See that the files of all TLS settings can be used."""
    if roster.secured:
        from dcmtool.options.tls_requests import check_files
        from dcmtool.tls.contexts import prepare

        check_files(roster.secured, prepare)


def _duplicates(left_out: list[tuple[str, str]]) -> str:
    """Return the sentence about names that stand for what is verified anyway."""
    same = [f"{brief(name)} is {brief(kept)}" for name, kept in left_out[:_MOST_SHOWN] if name != kept]
    twice = dict.fromkeys(f"{brief(name)} is given twice" for name, kept in left_out if name == kept)
    told = [*same, *twice][:_MOST_SHOWN]
    more = len(left_out) - len(told)
    rest = f", and {more} more" if more > 0 else ""
    return f"each node is verified once: {', '.join(told)}{rest}"


command = DicomCommand(
    SWEEP,
    _run,
    actions=ACTIONS,
    completions={**OF_OPTIONS, "node": complete_node},
    last_sections=SECTIONS,
    no_args_is_help=True,
    help="""Verify that each NODE answers, all at once, and show what comes of it, the worst first.""",
    short_help="verify many DICOM nodes at once",
    epilog=EPILOG,
)
