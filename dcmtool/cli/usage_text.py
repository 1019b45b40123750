"""What is shown of a command line that cannot be: usage, an example, where the help is, what is wrong."""

from collections.abc import Sequence

import click

from dcmtool.cli.examples import EXAMPLES
from dcmtool.cli.usage_sentences import sentence_of
from dcmtool.text import printable


class Guessed(click.UsageError):
    """A usage error with a guess: the words after the command's own that may have been meant."""

    def __init__(self, sentence: str, ctx: click.Context, instead: Sequence[str]) -> None:
        super().__init__(sentence, ctx)
        self.instead = tuple(instead)


def lines_of(error: click.ClickException) -> tuple[list[str], str]:
    """Return at most four lines, and the sentence to stand below them."""
    ctx = error.ctx if isinstance(error, click.UsageError) else None
    above: list[str] = []
    if ctx is not None:
        above = [
            f"Usage: {' '.join([ctx.command_path, *ctx.command.collect_usage_pieces(ctx)])}",
            *_example(ctx, error.instead if isinstance(error, Guessed) else ()),
            f"Try '{ctx.command_path} --help' for help.",
            "",
        ]
    return above, sentence_of(error)


def _example(ctx: click.Context, instead: Sequence[str]) -> list[str]:
    """Return the line that may have been meant, or else the plainest one of the command."""
    if instead:
        import shlex

        words = " ".join(word if _is_plain(word) else shlex.quote(word) for word in instead)
        return [f"Example: {ctx.command_path} {printable(words)}"]
    return [f"Example: {EXAMPLES[ctx.command_path][0][0]}"] if ctx.command_path in EXAMPLES else []


def _is_plain(word: str) -> bool:
    """Return whether every shell takes a word as it is; brackets too, where no file is called so."""
    return bool(word) and all(each.isalnum() or each in "-+_.,:@%/=[]" for each in word)
