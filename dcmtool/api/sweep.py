"""Verify many nodes, and get what came of each as it ends."""

from collections.abc import AsyncGenerator, Container, Iterable
from contextlib import aclosing
from typing import TYPE_CHECKING

from dcmtool.api.echo import EchoArguments, check_names
from dcmtool.config import defaults
from dcmtool.config import nodes as node_files
from dcmtool.errors import SettingsError
from dcmtool.fields import text_of_path
from dcmtool.fleet.limits import Limits
from dcmtool.fleet.result import NodeResult
from dcmtool.fleet.sweep import sweep as swept
from dcmtool.fleet.target import Target, distinct
from dcmtool.named_tuple import NamedTuple
from dcmtool.options.address import address_of
from dcmtool.options.named import overlaid
from dcmtool.options.roster import Roster
from dcmtool.options.sweep import SWEEP
from dcmtool.options.values import UsageError, Values
from dcmtool.reporting.report import Report
from dcmtool.settings import FilePath

if TYPE_CHECKING:
    from typing import Unpack

_LIMITS = Limits()  # the defaults


class SweepResult(NamedTuple):
    """What came of a node: its name, its address in one word, its tags, and its report.

    Without a report it was left alone, for the `reason` that its entry gives. `attempts` is how often it was
    tried; `late` is by how long this machine was late in looking at what the node sent (ns). It is true if
    the node answered.
    """

    name: str
    target: str
    tags: tuple[str, ...]
    outcome: str
    report: Report | None
    reason: str = ""
    attempts: int = 1
    late: int = 0

    def __bool__(self) -> bool:
        return bool(self.report)


async def sweep(
    targets: Iterable[str] | None = None,
    *,
    nodes: FilePath | None = None,
    tags: Iterable[str] = (),
    concurrency: int = _LIMITS.concurrency,
    per_host: int = _LIMITS.per_host,
    rate: float | None = _LIMITS.rate,
    retries: int = _LIMITS.retries,
    **asked: "Unpack[EchoArguments]",
) -> AsyncGenerator[SweepResult, None]:
    """Verify many nodes at once, as `dcmtool sweep` does, and yield what came of each as it ends.

    Each of `targets` is a name in the node file at `nodes`, or else of the variable DCMTOOL_NODES, or else of
    the user, or an address `[CALLED@]HOST[:PORT]`. Without `targets` it is all nodes of that file, or those
    that have all of the `tags`. What is given of an echo's arguments beats a node's entry, each as a whole,
    and that the user's `[defaults.echo]`; where nothing says otherwise a node has 10 s. Which nodes ask the
    same is asked once.

    `concurrency` is how many associations are open at once, `per_host` how many of them to one address,
    `rate` how many are begun a second. `retries` is how often a transient rejection, or a connection that was
    not made in time, is tried again. Closing the iterator aborts what is open.

    Raises:
        TypeError: an argument is none of these.
        SettingsError: a target is none, or no association can be made with an argument; nothing is sent.
        InputFileError: a file that is named cannot be read, or is not what it should be; nothing is sent.
        TlsSettingsError: no session can be made with TLS settings; nothing is sent.
    """
    check_names(asked)
    limits = Limits(concurrency, per_host, rate, retries)
    chosen = _chosen(targets, nodes, (tags,) if isinstance(tags, str) else tuple(tags), asked)
    async with aclosing(swept(distinct(chosen)[0], limits)) as results:
        async for result in results:
            yield _public(result)


def _chosen(
    words: Iterable[str] | None, nodes: FilePath | None, tags: tuple[str, ...], asked: EchoArguments
) -> list[Target]:
    path = None if nodes is None else text_of_path(nodes)
    if not isinstance(path, str | None):
        raise SettingsError("nodes", path, "is no path")
    file = node_files.read(path)
    roster = Roster(SWEEP, Values(SWEEP.options, SWEEP.parameters), file, defaults.of("echo"))
    chosen = [] if words is None else _of_words(roster, file.names, words, asked)
    if words is None or tags:
        try:
            chosen += [_asked(each, asked) for each in roster.chosen(tags)]
        except UsageError as error:
            raise SettingsError("nodes", file.path, f"are none: {error}") from error
    return chosen


def _asked(target: Target, asked: EchoArguments) -> Target:
    return target._replace(request=overlaid(target.request, asked))


def _of_words(
    roster: Roster, names: Container[str], words: Iterable[str], asked: EchoArguments
) -> list[Target]:
    """Return the targets that words stand for; the title in an address is its own."""
    without_title = asked.copy()
    without_title.pop("called_aet", None)
    if isinstance(words, str):
        raise SettingsError("targets", words, "are a text: put it into a list")
    targets = []
    for word in words:
        try:
            target = roster.of_word(word)
        except UsageError as error:
            raise SettingsError("target", word, f"cannot be: {error}") from error
        has_title = word not in names and address_of(word).called is not None
        targets.append(_asked(target, without_title if has_title else asked))
    return targets


def _public(result: NodeResult) -> SweepResult:
    target, found = result.target, result.report
    report = None if found is None else Report.of(found, target.request, result.started.timestamp())
    return SweepResult(
        target.name,
        target.address,
        target.tags,
        result.outcome,
        report,
        target.do_not_probe,
        result.attempts,
        result.late,
    )
