"""Options and parameters as a command declares them: place in the help, rivals, origin of the value."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import click
from click.core import ParameterSource

from dcmtool.cli.values import Number, OutOfRange
from dcmtool.text import printable

Section = tuple[str, str | None]  # heading and subheading in the help
Alternatives = tuple[str, ...]  # long names, any one of which counts
Action = Callable[[click.Context, Any], None]


class DicomArgument(click.Argument):
    """A parameter with a description for the help page; `DicomCommand` sees to it that it is there."""

    def __init__(self, param_decls: Sequence[str], *, description: str, **attrs: Any) -> None:
        super().__init__(param_decls, required=False, **attrs)
        self.description = description
        self.metavar = self.metavar or self.name.upper()  # without Click's brackets of what may be left out

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
    the value, and ends the run. The value of a `secret` option is never shown.
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
        secret: bool = False,
        **attrs: Any,
    ) -> None:
        if attrs.get("is_flag"):
            attrs["flag_value"] = True  # older releases of Click turn a flag off whose default is on
        super().__init__(param_decls, **attrs)
        self.section, self.block, self.needs, self.conflicts = section, block, needs, conflicts
        self.unless, self.refusal, self.instead, self.secret = unless, refusal, instead, secret
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
        """Return whether the command line or the environment gives it; a flag that is set to false is not."""
        explicit = (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT)
        return ctx.get_parameter_source(self.name) in explicit and ctx.params.get(self.name) is not False

    def variable(self, ctx: click.Context) -> str | None:
        """Return the environment variable that its value comes from, None if it is from elsewhere."""
        if ctx.get_parameter_source(self.name) is not ParameterSource.ENVIRONMENT:
            return None
        return f"{ctx.auto_envvar_prefix}_{self.name.upper()}"

    def origin(self, ctx: click.Context) -> str:
        """Return in words where its value comes from."""
        variable = self.variable(ctx)
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
        notes = "; ".join(self._notes())
        return f"{short:<6}{self.long_name}{value}", (self.help or "") + (f"  [{notes}]" if notes else "")

    def _notes(self) -> Iterable[str]:
        if isinstance(self.type, Number):
            yield self.type.range()
        if self.show_default is True:
            yield "default" if self.is_flag else f"default: {self._unset}"
        elif self.show_default:
            yield f"default: {self.show_default}"
