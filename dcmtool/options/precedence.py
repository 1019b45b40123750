"""What excludes or needs what among the values of options: the stronger origin wins.

The command line beats the environment, that a node, and that the defaults.
"""

from collections.abc import Sequence
from typing import NoReturn

from dcmtool.options.option import Option, long_names
from dcmtool.options.values import Rank, UsageError, Values


def settle(values: Values, *, passes_over: bool = False) -> None:
    """Settle what excludes or needs what, once all values are known.

    An option that a stronger one excludes is withdrawn, as is what needed it. The options are checked in the
    order of their declaration. Raises `UsageError`, or `InputFileError` where a file alone is wrong. What is
    given for many nodes may have no place in one of them, which then `passes_over` it.
    """
    if values.are_built_in:
        return
    options = values.options
    before = {option.long_name for option in options if values.is_given(option)}
    by_name = {option.long_name: option for option in options}
    blocks: dict[str, list[Option]] = {}
    for option in options:
        if option.block:
            blocks.setdefault(option.block, []).append(option)
    for members in blocks.values():
        _settle_block(values, members)
    for option in options:
        excused = any(values.is_given(by_name[name]) for name in option.unless)
        for names in option.needs if not excused else ():
            _settle_need(values, option, [by_name[name] for name in names], before, passes_over)
        for names in option.conflicts:
            _settle_conflict(values, option, [by_name[name] for name in names])
    for members in blocks.values():
        if not any(map(values.is_given, members)):  # what was may be withdrawn since
            for member in members:
                values.restore(member)
    for option in options:
        if option.default_with is not None and not values.is_set(option):
            name, value, default = option.default_with
            if name in by_name and values[by_name[name].name] == value:
                values.assume(option, default)


def _settle_block(values: Values, members: Sequence[Option]) -> None:
    given = [member for member in members if values.is_given(member)]
    strongest = min((values.rank(member) for member in given), default=Rank.BUILT_IN)
    winners = [member for member in given if values.rank(member) is strongest]
    if len(winners) > 1:
        _fail_together(values, winners)
    for member in members:
        if winners and member is not winners[0]:
            values.withdraw(member)


def _fail_together(values: Values, options: Sequence[Option]) -> NoReturn:
    if stored := values.stored(options[0]):
        keys = [each.key for option in options if (each := values.stored(option))]
        raise stored.refused(f"{', '.join(keys[:-1])} and {keys[-1]} exclude each other")
    names = [values.variable(option) or option.long_name for option in options]
    raise UsageError(f"Environment variables {', '.join(names[:-1])} and {names[-1]} exclude each other")


def _settle_conflict(values: Values, option: Option, rivals: Sequence[Option]) -> None:
    for rival in rivals:
        if not (values.is_given(option) and values.is_given(rival)):
            continue
        ours, theirs = values.rank(option), values.rank(rival)
        if ours is theirs is Rank.COMMAND_LINE:
            raise UsageError(f"{option.long_name} not allowed with {long_names(rivals)}")
        if ours is theirs:
            _fail_together(values, [option, rival])
        values.withdraw(option if ours > theirs else rival)


def _settle_need(
    values: Values, option: Option, bases: Sequence[Option], before: set[str], passes_over: bool
) -> None:
    if not values.is_given(option) or any(map(values.is_given, bases)):
        return
    rank, variable, stored = values.rank(option), values.variable(option), values.stored(option)
    excluded = rank is not Rank.COMMAND_LINE and any(base.long_name in before for base in bases)
    has_no_place = passes_over and rank < Rank.NODE
    if excluded or has_no_place or rank is Rank.DEFAULTS:  # these are for when they have a place
        values.withdraw(option)
        return
    if stored:
        raise stored.refused(f"{stored.key} only allowed with {long_names(bases).replace('--', '')}")
    raise UsageError(f"{variable or option.long_name} only allowed with {long_names(bases)}")
