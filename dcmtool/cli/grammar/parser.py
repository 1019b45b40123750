"""The one parser: a command line, the environment, a node and defaults come to the values of options."""

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from dcmtool.cli.grammar.command_line import CommandLine
from dcmtool.config import defaults
from dcmtool.options.option import Option, Signature
from dcmtool.options.precedence import settle
from dcmtool.options.values import Rank, Stored, UsageError, Values, converted
from dcmtool.text import printable

if TYPE_CHECKING:
    from dcmtool.config.nodes import Node
    from dcmtool.errors import UnknownNode

CALLED = "call"  # the name of the option that the title of a word stands for


def parse(signature: Signature, line: CommandLine) -> Values:
    """Return the values that a command line asks for, with what others say where it is silent.

    Options are taken in the order of their declaration: first those of the command line, then, after the
    parameters, those of the environment.

    Raises:
        UsageError: the command line cannot be, or the environment.
        InputFileError: a file cannot be used, or says what it cannot.
    """
    values = Values(signature.options, signature.parameters)
    stored = _defaults(signature)
    parameters = line.parameters if line.takes_parameters else []
    if signature.takes_nodes and parameters:
        parameters = _addressed(signature, line, values, stored)
    _check_count(signature, line, parameters)
    for option, texts in line.counting(signature.options).items():
        values.set(option, converted(option, texts), Rank.COMMAND_LINE)
    _set_parameters(signature, values, parameters)
    for option, variable, text in _in_environment(signature, os.environ):
        if not values.is_set(option):
            several = option.kind.split(text) if option.multiple or option.arity > 1 else [text]
            values.set(option, converted(option, several, variable), Rank.ENVIRONMENT, variable)
    values.supply(stored)
    if not signature.for_many:
        settle(values)
    return values


def _defaults(signature: Signature) -> dict[str, Stored]:
    if not signature.takes_defaults:
        return {}
    found = defaults.of((signature.like or signature).name, signature.name)
    if found is None:
        return {}
    from dcmtool.options.file_values import Vocabulary

    return _known(signature, Vocabulary((signature.like or signature).options).of_defaults(found))


def _known(signature: Signature, stored: dict[str, Stored]) -> dict[str, Stored]:
    """Return what a command has options for, of what a file holds."""
    if signature.like is None:
        return stored
    names = {option.name for option in signature.options}
    return {name: entry for name, entry in stored.items() if name in names}


def _addressed(
    signature: Signature, line: CommandLine, values: Values, stored: dict[str, Stored]
) -> list[str]:
    """Return host and port, of a node's entry or of the words, and take what else these say."""
    words, called = line.parameters, None
    if len(words) == 1:
        from dcmtool.errors import UnknownNode

        node = _node(line)
        if not isinstance(node, UnknownNode):
            stored |= _stored_by(node, signature)
            values.node, values.origin_of_parameters = node, f"{node.owner} in {node.path}"
            if _MARKS & {*words[0]}:
                values.remarks.append(
                    f"'{printable(words[0])}' is taken for the {node.owner} of {printable(node.path)}"
                )
            return [node.host, str(node.port)]
        from dcmtool.cli.grammar import peer

        called, words = peer.of_one_word(line, words[0], node)
    elif _MARKS & {*words[0]}:
        from dcmtool.cli.grammar import peer

        called, words = peer.of_words(line, words)
    if called is not None:
        values.set(values.option(CALLED), called, Rank.COMMAND_LINE)
    return words


_MARKS = frozenset("@:[")  # what is more than a name or an IPv4 address


def _node(line: CommandLine) -> "Node | UnknownNode":
    """Return the node that the one parameter names, or that there is none."""
    from dcmtool.config import nodes
    from dcmtool.errors import UnknownNode

    files = [values[0] for option, values in line.occurrences if option.long_name == "--nodes"]
    try:
        return nodes.read(files[-1] if files else None).node(line.parameters[0])
    except UnknownNode as unknown:
        return unknown


def _stored_by(node: "Node", signature: Signature) -> dict[str, Stored]:
    from dcmtool.options.file_values import Vocabulary

    return _known(signature, Vocabulary((signature.like or signature).options).of_node(node))


def _check_count(signature: Signature, line: CommandLine, words: Sequence[str]) -> None:
    if any(each.many for each in signature.parameters):
        return
    missing = [each for each in signature.parameters[len(words) :] if each.default is None]
    if missing and not line.stands_alone:
        if not words and signature.takes_nodes:
            from dcmtool.cli.grammar import peer

            raise peer.none_left(line, missing[0].name)
        raise UsageError(f"Missing parameter {missing[0].name}")
    if len(words) > len(signature.parameters):
        from dcmtool.cli.grammar import peer

        raise peer.too_many(signature, line, words)


def _set_parameters(signature: Signature, values: Values, words: Sequence[str]) -> None:
    if any(each.many for each in signature.parameters):
        (parameter,) = signature.parameters
        values.set_parameters({parameter.name: tuple(words)}, values.origin_of_parameters)
        return
    try:
        for parameter, text in zip(signature.parameters, words, strict=False):
            values.set_parameter(parameter, text)
    except UsageError as error:
        if not signature.takes_nodes or len(words) < 2:
            raise
        from dcmtool.cli.grammar import peer

        peer.refuse_port(signature, error, words)


def _in_environment(signature: Signature, environ: Mapping[str, str]) -> Iterator[tuple[Option, str, str]]:
    """Yield the options that variables give, with the variable and its text; an empty one gives nothing."""
    there = {*environ}
    for option in signature.options:
        variable = option.variable or f"{signature.prefix}_{option.name.upper()}"
        if variable in there and (option.settable or option.variable) and environ[variable]:
            yield option, variable, environ[variable]
