"""The parameters of `dcmtool echo` where they are not just a host and a port, and what is wrong there."""

from collections.abc import Sequence
from typing import NoReturn

from dcmtool.cli.grammar.command_line import CommandLine
from dcmtool.errors import UnknownNode
from dcmtool.options.address import NodeAddress, address_of, address_of_url
from dcmtool.options.kinds import TEXT, Path, Unfit
from dcmtool.options.option import Option, Signature
from dcmtool.options.values import UsageError
from dcmtool.text import printable

TITLE = "call"  # the name of the option that a title in a word stands for


def of_one_word(line: CommandLine, word: str, unknown: UnknownNode) -> tuple[str | None, list[str]]:
    """Return the same for a word that is no node of a file. Raises as `of_words` does."""
    if "://" not in word and address_of(word).port is None:
        raise _without_port(line, word, unknown)
    return of_words(line, [word])


def of_words(line: CommandLine, words: Sequence[str]) -> tuple[str | None, list[str]]:
    """Return the title to call, if the words have one, then the host, the port, and what is left over.

    Raises `UsageError` where they cannot be that, with what to type.
    """
    word, *rest = words
    if "://" in word:
        raise _url(word)
    address = address_of(word)
    if rest and address.port is not None:
        raise UsageError(
            f"Invalid parameter value {printable(word)}: it names a port, and so does {printable(rest[0])}",
            [*_title(address), address.host, rest[0]],
        )
    if address.called is not None:
        _check_title(line, address, rest)
    return address.called, [address.host, *rest] if rest else [address.host, address.port or ""]


def _check_title(line: CommandLine, address: NodeAddress, rest: Sequence[str]) -> None:
    for option, values in line.occurrences:
        if option.name == TITLE:
            port = rest if address.port is None else [address.port]
            raise UsageError(
                f"{option.long_name} not allowed with the title before the @: "
                f"{printable(values[0])} or {printable(str(address.called))}?",
                [option.spellings[0], values[0], address.host, *port],
            )


def _title(address: NodeAddress) -> list[str]:
    return [] if address.called is None else ["-aec", address.called]


def _url(word: str) -> UsageError:
    address = address_of_url(word)
    return UsageError(
        f"Invalid parameter value {printable(word)}: a URL is no address here; a host and a port are",
        [*_title(address), address.host, address.port or "104"],
    )


def _without_port(line: CommandLine, word: str, unknown: UnknownNode) -> UsageError:
    if word.isdigit():
        return _taken(line, word) or UsageError(
            f"Missing parameter peer: {word} alone is a port without its host", ["localhost", word]
        )
    address = address_of(word)
    host, colon, port = address.host.rpartition(":")
    if colon and "%" in host:  # no zone has a colon in it
        return UsageError(
            f"Missing parameter port: with a port behind it {printable(host)} stands in brackets",
            [NodeAddress(address.called, host, port).in_one_word],
        )
    return UsageError(f"Missing parameter port: {unknown}", [*_title(address), address.host or "HOST", "104"])


def _taken(line: CommandLine, word: str) -> UsageError | None:
    """Return the error for a port that is left over where the option before it took the host, if so."""
    at = len(line.words) - 1 - line.words[::-1].index(word)
    before = line.words[:at][-1:]
    for option, values in reversed(line.occurrences):
        if before and before == [*values[-1:]] and _takes_text(option):
            took = " and ".join(map(_quoted, values))
            return UsageError(
                f"Missing parameter peer: {option.long_name} took {took} as its {option.metavar}, "
                f"and {word} alone is left",
                [option.spellings[0], *values[:-1], option.metavar.split()[-1], values[-1], word],
            )
    return None


def _takes_text(option: Option) -> bool:
    return option.kind is TEXT or isinstance(option.kind, Path)


def none_left(line: CommandLine, name: str) -> UsageError:
    """Return the error for a line without parameters; the last option may have taken them as its values."""
    for option, values in line.occurrences[-1:]:
        if _takes_text(option) and values[-1:] == (*line.words[-1:],) and values[-1].isdigit():
            took = " and ".join(map(_quoted, values))
            return UsageError(
                f"Missing parameter {name}: {option.long_name} took {took} as its {option.metavar}",
                [option.spellings[0], *option.metavar.split(), *["localhost"][option.arity - 1 :], *values],
            )
    return UsageError(f"Missing parameter {name}")


def refuse_port(signature: Signature, error: UsageError, words: Sequence[str]) -> NoReturn:
    """Raise the error for a port that cannot be; where the two parameters are swapped it says that."""
    first, second = words[:2]
    try:
        signature.parameters[1].kind.convert(first)
    except Unfit:
        raise error from None
    if not second.strip() or second.lstrip("+-").isdigit():
        raise error
    raise UsageError(
        f"Invalid parameter value {printable(second)}: the host comes first, then its port", [second, first]
    ) from error


def too_many(signature: Signature, line: CommandLine, words: Sequence[str]) -> UsageError:
    """Return the error for parameters that are left over: which, and what options of several values took."""
    known = len(signature.parameters)
    read = [
        f"{each.name.upper()} is {_quoted(word)}"
        for each, word in zip(signature.parameters, words, strict=False)
    ]
    took = [
        f"{option.long_name} took {' and '.join(map(_quoted, values))}" for option, values in _several(line)
    ]
    left = f"{', '.join(map(_quoted, words[known:]))} {'is' if len(words) == known + 1 else 'are'} left over"
    return UsageError(f"Too many parameters: {', '.join([*took, *read])}, and {left}")


def _several(line: CommandLine) -> list[tuple[Option, tuple[str, ...]]]:
    return [(option, values) for option, values in line.occurrences if option.arity > 1]


def _quoted(word: str) -> str:
    return f"'{printable(word)}'"
