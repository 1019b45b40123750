"""What the tab key offers for the values of parameters, as Click's `shell_complete` wants it."""

from typing import TYPE_CHECKING

from dcmtool.uids import NAMES, TRANSFER_SYNTAXES

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem


def directories(_ctx: "click.Context", _param: "click.Parameter", incomplete: str) -> "list[CompletionItem]":
    """Leave a directory to the shell."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="dir")]


def cipher_suites(_ctx: "click.Context", _param: "click.Parameter", incomplete: str) -> list[str]:
    """Offer the suites that `--cipher` takes."""
    from dcmtool.transport.cipher_suites import selectable

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
