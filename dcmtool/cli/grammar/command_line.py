"""The words of a command line by DCMTK's rules: which option each is, or belongs to."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import NoReturn

from dcmtool.fields import Frozen
from dcmtool.options.option import Option
from dcmtool.options.values import UsageError

HIDDEN = "***"


Occurrence = tuple[Option, tuple[str, ...]]  # an option where it stands, with its values


class CommandLine(Frozen):
    """A command line read by DCMTK's rules; `words` shows all of it in order, with long spellings."""

    occurrences: list[Occurrence]
    parameters: list[str]
    words: list[str]

    @property
    def takes_parameters(self) -> bool:
        """Whether what it asks for makes use of parameters."""
        return all(option.about_parameters for option, _ in self.occurrences if option.stands_alone)

    @property
    def stands_alone(self) -> bool:
        """Whether it asks for something in place of the run."""
        return any(option.stands_alone for option, _ in self.occurrences)

    def counting(self, order: Sequence[Option]) -> dict[Option, tuple[str, ...]]:
        """Return the options that count, in this `order`, with their values.

        Of one given twice, and of those of a block, the rightmost counts; of a multiple one all values do.
        """
        last: dict[str, Option] = {}
        values: dict[Option, tuple[str, ...]] = {}
        for option, given in self.occurrences:
            last[option.block or option.name] = option
            values[option] = values.get(option, ()) + given if option.multiple else given
        return {option: values[option] for option in order if option in {*last.values()}}


def fail(sentence: str) -> NoReturn:
    """Raise the error for a command line that cannot be."""
    raise UsageError(sentence)


def read_command_line(
    args: Iterable[str], options: Iterable[Option], complain: Callable[[str], object] = fail
) -> CommandLine:
    """Read a command line by DCMTK's rules, which `--long=value` and `--` add to.

    An option takes the words after it as its values, whatever they look like. What cannot be read goes to
    `complain` and is left out.
    """
    spellings = {spelling: option for option in options for spelling in option.spellings}
    line = CommandLine([], [], [])
    tokens = iter(args)
    for token in tokens:
        if token == "--":
            _add_parameters(line, token, *tokens)
        elif not _is_option(token):
            _add_parameters(line, "", token)
        elif (found := _recognised(token, spellings)) is None:
            from dcmtool.cli.grammar.unknown_option import sentence

            complain(sentence(token, spellings))
        else:
            option, inline = found
            values = (*inline, *islice(tokens, option.arity - len(inline)))
            if len(values) < option.arity:
                complain(f"Missing value for option {option.long_name}")
                break
            if option.short_for:
                name, value = option.short_for
                line.occurrences.append((spellings[name], (value,)))
            else:
                line.occurrences.append((option, values))
            line.words.extend((option.long_name, *(HIDDEN if option.secret else value for value in values)))
    return line


def _is_option(token: str) -> bool:
    return len(token) >= 2 and token[0] in "-+" and token[1] not in "0123456789"


def _add_parameters(line: CommandLine, separator: str, *parameters: str) -> None:
    line.parameters.extend(parameters)
    line.words.extend([separator, *parameters] if separator else parameters)


def _recognised(token: str, spellings: Mapping[str, Option]) -> tuple[Option, tuple[str, ...]] | None:
    if token in spellings:
        return spellings[token], ()
    long_name, equals, value = token.partition("=")
    option = spellings.get(long_name)
    if option and equals and long_name.startswith("--") and option.arity == 1:
        return option, (value,)
    return None
