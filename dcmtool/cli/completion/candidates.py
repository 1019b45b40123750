"""What the tab key offers for the values of parameters, as Click's `shell_complete` wants it."""

from typing import TYPE_CHECKING

from dcmtool.uids import NAMES, TRANSFER_SYNTAXES

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem

    from dcmtool.cli.grammar.option import Complete


def directories(_ctx: "click.Context", _param: "click.Parameter", incomplete: str) -> "list[CompletionItem]":
    """Leave a directory to the shell."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="dir")]


def cipher_suites(_ctx: "click.Context", _param: "click.Parameter", incomplete: str) -> list[str]:
    """Offer the suites that `--cipher` takes."""
    from dcmtool.tls.cipher_suites import selectable

    return [name for name in selectable() if name.startswith(incomplete.upper())]


def transfer_syntax_counts(
    _ctx: "click.Context", _param: "click.Parameter", incomplete: str
) -> "list[CompletionItem]":
    """Offer how many transfer syntaxes there can be, each number with the last that it includes."""
    from click.shell_completion import CompletionItem

    return [
        CompletionItem(str(count), help=f"up to {NAMES[uid]}")
        for count, uid in enumerate(TRANSFER_SYNTAXES, 1)
        if str(count).startswith(incomplete)
    ]


def outcomes(_ctx: "click.Context", _param: "click.Parameter", incomplete: str) -> "list[CompletionItem]":
    """Offer what `--expect` takes: the outcomes, and what one can be put down to once it is typed."""
    from click.shell_completion import CompletionItem

    from dcmtool.diagnosis.expectation import vocabulary

    typed = incomplete.lower()
    return [
        CompletionItem(word, help=meaning)
        for word, meaning in vocabulary()
        if word.startswith(typed) and (":" not in word or word.partition(":")[0] == typed.partition(":")[0])
    ]


# Those of options, by their names.
OF_OPTIONS: "dict[str, Complete]" = {
    "propose_ts": transfer_syntax_counts,
    "add_cert_dir": directories,
    "cipher": cipher_suites,
    "expect": outcomes,
}
