"""Options and parameters as Click has them: for help pages and for the tab key."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from dcmtool.options.kinds import Kind, Path, Unfit, Words
from dcmtool.options.option import Option, Parameter

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    _ParamType = click.ParamType[Any]
else:
    _ParamType = click.ParamType  # generic in the newer releases of Click only

Complete = Callable[[click.Context, click.Parameter, str], list[Any]]  # Click's `shell_complete`


class KindType(_ParamType):
    """A kind of value as a type of Click's; the tab key offers its words, or files."""

    def __init__(self, kind: Kind) -> None:
        self.kind, self.name = kind, kind.name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the value that a text stands for; a default is one already."""
        if not isinstance(value, str):
            return value
        try:
            return self.kind.convert(value)
        except Unfit as error:
            return self.fail(str(error), param, ctx)

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list["CompletionItem"]:
        """Offer the words that begin as what is typed does; leave a file to the shell."""
        from click.shell_completion import CompletionItem

        if isinstance(self.kind, Path):
            return [CompletionItem(incomplete, type="file")]
        offered = self.kind.words().items() if isinstance(self.kind, Words) else ()
        return [
            CompletionItem(word, help=text) for word, text in offered if word.startswith(incomplete.lower())
        ]


class DicomArgument(click.Argument):
    """A parameter with a description for the help page; one that may be left out has a default."""

    def __init__(self, parameter: Parameter, complete: Complete | None = None) -> None:
        kind = KindType(parameter.kind)
        nargs = -1 if parameter.many else 1
        super().__init__([parameter.name], required=False, type=kind, shell_complete=complete, nargs=nargs)
        self.parameter = parameter
        self.default = parameter.default
        # Click has brackets around every one that it does not require itself.
        self.metavar = parameter.name.upper() if parameter.default is None else f"[{parameter.name.upper()}]"
        if parameter.many:
            self.metavar = f"[{parameter.name.upper()}]..."


class DicomOption(click.Option):
    """An option, shown by its two spellings and the name of its value."""

    def __init__(self, option: Option, complete: Complete | None = None) -> None:
        attrs: dict[str, Any] = {"is_flag": True, "flag_value": True}
        if option.arity:
            attrs = {"type": KindType(option.kind), "nargs": option.arity, "multiple": option.multiple}
        super().__init__(
            [*option.spellings, option.name],
            help=option.help,
            hidden=option.hidden,
            metavar=option.metavar or None,
            is_eager=option.first,
            envvar=option.variable,
            allow_from_autoenv=option.settable,
            shell_complete=complete,
            **attrs,
        )
        self.option = option

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the row of the help page: spellings in two columns with the value's name, and the text."""
        if self.hidden:
            return None
        short = f"{self.opts[0]}, " if len(self.opts) > 1 else ""
        value = f" {self.make_metavar(ctx)}" if self.option.arity else ""
        notes = "; ".join(self.option.notes())
        return f"{short:<6}{self.option.long_name}{value}", self.option.help + (
            f"  [{notes}]" if notes else ""
        )
