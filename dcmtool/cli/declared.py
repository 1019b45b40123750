"""Options and parameters as a command declares them: place in the help, rivals, origin of the value."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import IntEnum
from typing import Any, NamedTuple

import click
from click.core import ParameterSource

from dcmtool.cli.values import Number, OutOfRange
from dcmtool.errors import InputFileError
from dcmtool.text import printable

Section = tuple[str, str | None]  # heading and subheading in the help
Alternatives = tuple[str, ...]  # long names, any one of which counts
Action = Callable[[click.Context, Any], None]

_STORED = "dcmtool.stored"


class Rank(IntEnum):
    """Where a value is from; of two that exclude each other the one of the lower rank counts."""

    COMMAND_LINE = 0
    ENVIRONMENT = 1
    NODE = 2
    DEFAULTS = 3
    BUILT_IN = 4


class Stored(NamedTuple):
    """A value that a file holds, its key there, and in words what it belongs to."""

    value: Any
    path: str
    table: str
    key: str
    rank: Rank
    owner: str

    def refused(self, problem: object) -> InputFileError:
        """Return the error for it."""
        return InputFileError(self.path, f"[{self.table}] {problem}")

    def __str__(self) -> str:
        return f"{self.owner} in {printable(self.path)}"


def supply(ctx: click.Context, stored: Mapping[str, Stored]) -> None:
    """Let these values, by the names of the parameters, count where nothing stronger gives one."""
    ctx.meta[_STORED] = stored
    ctx.default_map = {name: each.value for name, each in stored.items()}


_RANKS = {
    ParameterSource.COMMANDLINE: Rank.COMMAND_LINE,
    ParameterSource.ENVIRONMENT: Rank.ENVIRONMENT,
}


class DicomArgument(click.Argument):
    """A parameter with a description for the help page; `DicomCommand` sees to it that it is there.

    One that may be left out has a default.
    """

    def __init__(self, param_decls: Sequence[str], *, description: str, **attrs: Any) -> None:
        super().__init__(param_decls, required=False, **attrs)
        self.description, self.may_be_left_out = description, "default" in attrs
        # Click has brackets around every one that it does not require itself.
        self.metavar = f"[{self.name.upper()}]" if self.may_be_left_out else self.name.upper()

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        """Convert the value; what does not fit is refused with DCMTK's sentence."""
        try:
            return super().type_cast_value(ctx, value)
        except click.BadParameter as error:
            kind = f" ({error.kind})" if isinstance(error, OutOfRange) else ""
            shown = f" {printable(value)}" if value else ""
            raise click.UsageError(f"Invalid parameter value{shown}{kind}", ctx) from error


class DicomOption(click.Option):
    """An option: declare the short spelling, if any, then the long one.

    `section` is its place in the help. Of the options of a `block` the rightmost counts. Of each of its
    `needs` one alternative must be given, unless one of `unless` is; of its `conflicts` none may be.
    `refusal` is the sentence for a value on the command line that does not fit, where DCMTK has one of its
    own. `instead` is done in place of the run once all other options are settled: it takes the context and
    the value, and ends the run; `about_parameters` says that it makes use of what parameters there are. The
    value of a `secret` option is never shown. `word` is another way to set a flag in a file: a key, and its
    value that stands for this flag.
    """

    def __init__(
        self,
        param_decls: Sequence[str] | None = None,
        *,
        section: Section,
        block: str | None = None,
        needs: Sequence[Alternatives] = (),
        unless: Alternatives = (),
        conflicts: Sequence[Alternatives] = (),
        refusal: str | None = None,
        instead: Action | None = None,
        about_parameters: bool = False,
        secret: bool = False,
        word: tuple[str, str] | None = None,
        **attrs: Any,
    ) -> None:
        if attrs.get("is_flag"):
            attrs["flag_value"] = True  # older releases of Click turn a flag off whose default is on
        super().__init__(param_decls, **attrs)
        self.section, self.block, self.needs, self.conflicts = section, block, needs, conflicts
        self.unless, self.refusal, self.instead, self.secret = unless, refusal, instead, secret
        self.about_parameters, self.word = about_parameters, word
        self._default = bool(attrs.get("default"))
        self._unset: Any = False if self.is_flag else () if self.multiple else attrs.get("default")

    @property
    def long_name(self) -> str:
        """The long spelling, which messages use."""
        return self.opts[-1]

    @property
    def arity(self) -> int:
        """The number of values it takes."""
        return 0 if self.is_flag else self.nargs

    @property
    def stands_alone(self) -> bool:
        """Whether it does something else than the run, and so needs no parameters."""
        return self.is_eager or self.instead is not None

    def is_given(self, ctx: click.Context) -> bool:
        """Return whether anything but its default gives it; a flag that is set to false is not."""
        return self.rank(ctx) is not Rank.BUILT_IN and ctx.params.get(self.name) is not False

    def rank(self, ctx: click.Context) -> Rank:
        """Return where its value is from."""
        stored = self.stored(ctx)
        if stored:
            return stored.rank
        source = ctx.get_parameter_source(self.name)
        return Rank.BUILT_IN if source is None else _RANKS.get(source, Rank.BUILT_IN)

    def stored(self, ctx: click.Context) -> Stored | None:
        """Return what a file says, if that is where its value comes from."""
        if ctx.get_parameter_source(self.name) is not ParameterSource.DEFAULT_MAP:
            return None
        found: Stored = ctx.meta[_STORED][self.name]
        return found

    def variable(self, ctx: click.Context) -> str | None:
        """Return the environment variable that its value comes from, None if it is from elsewhere."""
        if ctx.get_parameter_source(self.name) is not ParameterSource.ENVIRONMENT:
            return None
        return str(self.envvar) if self.envvar else f"{ctx.auto_envvar_prefix}_{self.name.upper()}"

    def origin(self, ctx: click.Context) -> str:
        """Return in words where its value comes from."""
        variable, stored = self.variable(ctx), self.stored(ctx)
        if stored:
            return str(stored)
        return f"environment variable {variable}" if variable else f"option {self.long_name}"

    def withdraw(self, ctx: click.Context) -> None:
        """Make it as if it had not been given."""
        ctx.params[self.name] = self._unset
        ctx.set_parameter_source(self.name, ParameterSource.DEFAULT)

    def restore(self, ctx: click.Context) -> None:
        """Give a flag its default again."""
        ctx.params[self.name] = self._default if self.is_flag else self._unset

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        """Convert the value; what does not fit is refused with DCMTK's sentence, naming its origin."""
        try:
            return super().type_cast_value(ctx, value)
        except click.BadParameter as error:
            if self.refusal and not self.variable(ctx):
                raise click.UsageError(self.refusal, ctx) from error
            wrong = f"{printable(str(value))}: neither true nor false" if self.is_flag else error.message
            shown = f" ({wrong})" if wrong else ""
            raise click.UsageError(f"Invalid value for {self.origin(ctx)}{shown}", ctx) from error

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the row of the help page: spellings in two columns with the value's name, and the text."""
        if self.hidden:
            return None
        short = f"{self.opts[0]}, " if len(self.opts) > 1 else ""
        value = f" {self.make_metavar(ctx)}" if self.arity else ""
        notes = "; ".join(self.notes())
        return f"{short:<6}{self.long_name}{value}", (self.help or "") + (f"  [{notes}]" if notes else "")

    def notes(self) -> Iterable[str]:
        """Yield what its value may be, and what it is by default."""
        if isinstance(self.type, Number):
            yield self.type.range()
        if self.show_default is True:
            yield "default" if self.is_flag else f"default: {self._unset}"
        elif self.show_default:
            yield f"default: {self.show_default}"
