"""What is said of a word in place of a command: what it may be meant for."""

from collections.abc import Sequence
from difflib import get_close_matches

import click

from dcmtool.cli.usage_text import Guessed
from dcmtool.errors import DcmtoolError
from dcmtool.options.echo import ECHO
from dcmtool.text import printable

_AS_OPTIONS = {"version": "--version"}
_ADDRESS = frozenset(":@.")  # what hosts have in them, and commands have not


def of_word(ctx: click.Context, args: Sequence[str], commands: Sequence[str]) -> click.UsageError | None:
    """Return the error for a first word that is no command; None where nothing is like it."""
    word, *rest = args
    if word.startswith(("-", "+")):
        return of_option(ctx, args) if ctx.parent is None else None
    of_program = ctx.parent is None
    if of_program and word in _AS_OPTIONS:
        guess, instead = _AS_OPTIONS[word], [_AS_OPTIONS[word]]
    elif of_program and (_ADDRESS & {*word} or (rest and rest[0].isdigit())):
        guess, instead = f"echo {word}", _if_shown(["echo", *args])
    elif near := _near(word, commands):
        guess, instead = near[0], _if_shown([near[0], *rest])
    elif of_program and _is_node(word):
        guess, instead = f"echo {word}", _if_shown(["echo", *args])
    else:
        return None
    return Guessed(f"No such command '{printable(word)}' (did you mean {printable(guess)}?)", ctx, instead)


def _is_node(word: str) -> bool:
    """Return whether the user's node file has a node of this name."""
    from dcmtool.config import nodes

    try:
        nodes.read(None).node(word)
    except DcmtoolError:
        return False
    return True


def _near(word: str, commands: Sequence[str]) -> list[str]:
    """Return the command that a word looks like; one that could not be loaded is no guess for itself."""
    others = [each for each in commands if each != word]
    return get_close_matches(word, others, n=1, cutoff=0.6) if len(word) > 2 else []


def of_option(ctx: click.Context, args: Sequence[str]) -> click.UsageError | None:
    """Return the error for an option of echo in front of the command; None where it is none of that."""
    spellings = {spelling for option in ECHO.options for spelling in option.spellings}
    word = next((each for each in args if each.startswith(("-", "+"))), "")
    if word.partition("=")[0] not in spellings:
        return None
    sentence = f"Unknown option {printable(word)} here: it comes after the command (did you mean echo?)"
    rest = list(args)
    if "echo" in rest:
        rest.remove("echo")
    return Guessed(sentence, ctx, _if_shown(["echo", *rest]))


def _if_shown(words: list[str]) -> list[str]:
    """Return a command line, unless there is a password in it."""
    secrets = tuple(spelling for option in ECHO.options if option.secret for spelling in option.spellings)
    return [] if any(word.startswith(secrets) for word in words) else words
