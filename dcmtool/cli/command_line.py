"""The command line by DCMTK's rules: read before Click parses, settled with the environment after."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import NamedTuple, NoReturn

import click

from dcmtool.cli.declared import DicomOption, Rank
from dcmtool.text import printable

HIDDEN = "***"


class Occurrence(NamedTuple):
    """An option where it stands on the command line, with its values."""

    option: DicomOption
    values: tuple[str, ...]


class CommandLine(NamedTuple):
    """A command line read by DCMTK's rules; `words` shows all of it in order, with long spellings."""

    occurrences: list[Occurrence]
    parameters: list[str]
    words: list[str]

    @property
    def needs_parameters(self) -> bool:
        """Whether it asks for the run, and not for something else in its place."""
        return not any(option.stands_alone for option, _ in self.occurrences)

    @property
    def takes_parameters(self) -> bool:
        """Whether what it asks for makes use of parameters."""
        return all(option.about_parameters for option, _ in self.occurrences if option.stands_alone)

    @property
    def only_shows(self) -> bool:
        """Whether it asks for something that no other option matters to, such as help."""
        return any(option.is_eager for option, _ in self.occurrences)

    def canonical(self, order: Sequence[click.Parameter]) -> list[str]:
        """Return what Click is to parse: the options that count, in `order`, then parameters where needed."""
        counting = sorted(_rightmost(self.occurrences), key=lambda each: order.index(each.option))
        options = [word for option, values in counting for word in (option.long_name, *values)]
        return [*options, "--", *self.parameters] if self.takes_parameters else options


def read_command_line(
    args: Iterable[str], options: Iterable[DicomOption], complain: Callable[[str], object]
) -> CommandLine:
    """Read a command line by DCMTK's rules, which `--long=value` and `--` add to.

    An option takes its values blindly. What cannot be read goes to `complain` and is left out.
    """
    spellings = {spelling: option for option in options for spelling in option.opts}
    line = CommandLine([], [], [])
    tokens = iter(args)
    for token in tokens:
        if token == "--":
            _add_parameters(line, token, *tokens)
        elif not _is_option(token):
            _add_parameters(line, "", token)
        elif (found := _recognised(token, spellings)) is None:
            complain(_unknown(token, spellings))
        else:
            option, inline = found
            values = (*inline, *islice(tokens, option.arity - len(inline)))
            if len(values) < option.arity:
                complain(f"Missing value for option {option.long_name}")
                break
            line.occurrences.append(Occurrence(option, values))
            line.words.extend((option.long_name, *(HIDDEN if option.secret else value for value in values)))
    return line


def _is_option(token: str) -> bool:
    return len(token) >= 2 and token[0] in "-+" and token[1] not in "0123456789"


def _add_parameters(line: CommandLine, separator: str, *parameters: str) -> None:
    line.parameters.extend(parameters)
    line.words.extend([separator, *parameters] if separator else parameters)


def _recognised(
    token: str, spellings: Mapping[str, DicomOption]
) -> tuple[DicomOption, tuple[str, ...]] | None:
    if token in spellings:
        return spellings[token], ()
    long_name, equals, value = token.partition("=")
    option = spellings.get(long_name)
    if option and equals and long_name.startswith("--") and option.arity == 1:
        return option, (value,)
    return None


def _unknown(token: str, spellings: Mapping[str, DicomOption]) -> str:
    from difflib import get_close_matches

    name, equals, _ = token.partition("=")
    near = get_close_matches(name[:40], spellings, n=1, cutoff=0.75)
    secret = "pw" in name or "pass" in name or bool(near and spellings[near[0]].secret)
    shown = f"{name}={HIDDEN}" if equals and secret else token
    sentence = f"Unknown option {printable(shown)}"
    suggests = near and near[0] != token and token.startswith("--")
    return f"{sentence} (did you mean {near[0]}?)" if suggests else sentence


def _rightmost(occurrences: Sequence[Occurrence]) -> Iterable[Occurrence]:
    kept: dict[object, Occurrence] = {}
    for place, occurrence in enumerate(occurrences):
        option = occurrence.option
        kept[place if option.multiple else option.block or option.opts[-1]] = occurrence
    return kept.values()


def settle(ctx: click.Context, options: Sequence[DicomOption]) -> None:
    """Settle what excludes or needs what, once values are known: the stronger origin wins.

    The command line beats the environment, that a node, and that the defaults. An option that a stronger one
    excludes is withdrawn, as is what needed it. The options are checked in the order of their declaration.
    """
    before = {option.long_name for option in options if option.is_given(ctx)}
    by_name = {option.long_name: option for option in options}
    names_of_blocks = dict.fromkeys(option.block for option in options if option.block)
    blocks = [[option for option in options if option.block == name] for name in names_of_blocks]
    for members in blocks:
        _settle_block(ctx, members)
    for option in options:
        excused = any(by_name[name].is_given(ctx) for name in option.unless)
        for names in option.needs if not excused else ():
            _settle_need(ctx, option, [by_name[name] for name in names], before)
        for names in option.conflicts:
            _settle_conflict(ctx, option, [by_name[name] for name in names])
    for members in blocks:
        if not any(member.is_given(ctx) for member in members):  # what was may be withdrawn since
            for member in members:
                member.restore(ctx)


def _settle_block(ctx: click.Context, members: Sequence[DicomOption]) -> None:
    given = [member for member in members if member.is_given(ctx)]
    strongest = min((member.rank(ctx) for member in given), default=Rank.BUILT_IN)
    winners = [member for member in given if member.rank(ctx) is strongest]
    if len(winners) > 1:
        _fail_together(ctx, winners)
    for member in members:
        if winners and member is not winners[0]:
            member.withdraw(ctx)


def _fail_together(ctx: click.Context, options: Sequence[DicomOption]) -> NoReturn:
    if stored := options[0].stored(ctx):
        keys = [each.key for option in options if (each := option.stored(ctx))]
        raise stored.refused(f"{', '.join(keys[:-1])} and {keys[-1]} exclude each other")
    names = [option.variable(ctx) or option.long_name for option in options]
    ctx.fail(f"Environment variables {', '.join(names[:-1])} and {names[-1]} exclude each other")


def _settle_conflict(ctx: click.Context, option: DicomOption, rivals: Sequence[DicomOption]) -> None:
    for rival in rivals:
        if not (option.is_given(ctx) and rival.is_given(ctx)):
            continue
        ours, theirs = option.rank(ctx), rival.rank(ctx)
        if ours is theirs is Rank.COMMAND_LINE:
            ctx.fail(f"{option.long_name} not allowed with {_either(rivals)}")
        if ours is theirs:
            _fail_together(ctx, [option, rival])
        (option if ours > theirs else rival).withdraw(ctx)


def _settle_need(
    ctx: click.Context, option: DicomOption, bases: Sequence[DicomOption], before: set[str]
) -> None:
    if not option.is_given(ctx) or any(base.is_given(ctx) for base in bases):
        return
    rank, variable, stored = option.rank(ctx), option.variable(ctx), option.stored(ctx)
    excluded = rank is not Rank.COMMAND_LINE and any(base.long_name in before for base in bases)
    if excluded or rank is Rank.DEFAULTS:  # these are for when they have a place
        option.withdraw(ctx)
        return
    if stored:
        raise stored.refused(f"{stored.key} only allowed with {_either(bases).replace('--', '')}")
    ctx.fail(f"{variable or option.long_name} only allowed with {_either(bases)}")


def _either(options: Sequence[DicomOption]) -> str:
    names = [option.long_name for option in options]
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
