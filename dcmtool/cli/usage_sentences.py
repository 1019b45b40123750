"""What is wrong with a command line that Click has read, in the words of the commands that read their own."""

import re
from difflib import get_close_matches

import click

from dcmtool.options.foreign import meant_by
from dcmtool.text import asked, brief, printable

_LEFT_OVER = re.compile(r"Got unexpected extra arguments? \((.*)\)", re.DOTALL)
_NO_CHOICE = re.compile(r"'(.*)' is not one of ", re.DOTALL)
_NO_COMMAND = re.compile(r"No such command '(.*?)'\.", re.DOTALL)
_VERSION = ("-V", "--version")


def sentence_of(error: click.ClickException) -> str:
    """Return the sentence for an error; what a command says itself stays as it is."""
    match error:
        case click.NoSuchOption():
            return _unknown(error)
        case click.BadOptionUsage(option_name=name) if "requires an argument" in error.message:
            return f"Missing value for option {name}"
        case click.BadOptionUsage(option_name=name) if "does not take a value" in error.message:
            return f"Option {name} takes no value"
        case click.MissingParameter(param=click.Argument() as argument):
            return f"Missing parameter {name_of(argument).lower()}"
        case click.BadParameter(param=click.Parameter() as parameter, param_hint=None):
            return _invalid(error, parameter)
    text = error.format_message()
    if left := _LEFT_OVER.match(text):
        words = left[1].split()
        listed = ", ".join(f"'{printable(word)}'" for word in words)
        return f"Too many parameters: {listed} {'is' if len(words) == 1 else 'are'} left over"
    if unknown := _NO_COMMAND.match(text):
        return f"No such command '{printable(unknown[1])}'"
    return text


def name_of(argument: click.Argument) -> str:
    """Return how the usage line calls a parameter, in capitals; by its own name where that is no word."""
    shown = (argument.metavar or "").removesuffix("...")
    return shown if shown.isalpha() else (argument.name or "").upper()


def _invalid(error: click.BadParameter, parameter: click.Parameter) -> str:
    choices = parameter.type.choices if isinstance(parameter.type, click.Choice) else ()
    found = _NO_CHOICE.match(error.message) if choices else None
    listed = f"should be one of {', '.join(map(str, choices))}"
    if isinstance(parameter, click.Argument):
        if found:
            return f"Invalid parameter value {brief(found[1])}: {name_of(parameter)} {listed}"
        return f"Invalid parameter value: {error.message}"
    option = max(parameter.opts, key=len)
    if found:
        return f"Invalid value for option {option} ({brief(found[1])}): it {listed}"
    return f"Invalid value for option {option}: {error.message}"


def _unknown(error: click.NoSuchOption) -> str:
    """Return the sentence for an option that there is not, with what it may be meant for."""
    word, context = error.option_name, error.ctx
    names: dict[str, str] = {}
    spellings: list[str] = []
    for each in context.command.params if context else ():
        if isinstance(each, click.Option):
            names[each.name or ""] = max(each.opts, key=len)
            spellings += each.opts
    near = get_close_matches(word, spellings, n=1, cutoff=0.75)
    program = context.find_root().command_path if context else ""
    if word in _VERSION and word not in spellings:
        near = [f"{program} {word}"]
    return f"Unknown option {brief(word)}{asked(list(meant_by(word, names)) or near)}"
