"""The values that options have, each with where it is from; of rivals the stronger one counts."""

from collections.abc import Iterator, Mapping, Sequence
from enum import IntEnum
from functools import partial
from typing import TYPE_CHECKING, Any

from dcmtool.errors import DcmtoolError, InputFileError
from dcmtool.fields import Frozen
from dcmtool.options.kinds import Unfit, Unwanted
from dcmtool.options.option import Option, Parameter
from dcmtool.text import brief

if TYPE_CHECKING:
    from dcmtool.config.nodes import Node


class UsageError(DcmtoolError):
    """An option, a value or a parameter that cannot be; the text says which, and why.

    `instead` are the words after the command's own that may be meant, where there is a guess.
    """

    def __init__(self, sentence: str, instead: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.instead = tuple(instead)


class Rank(IntEnum):
    """Where a value is from; of two that exclude each other the one of the lower rank counts."""

    COMMAND_LINE = 0
    ENVIRONMENT = 1
    NODE = 2
    DEFAULTS = 3
    BUILT_IN = 4


class Stored(Frozen):
    """A value that a file holds, its key there, and in words what it belongs to."""

    value: Any
    path: str
    table: str
    key: str
    rank: Rank
    owner: str

    def refused(self, problem: object) -> InputFileError:
        """Return the error for it."""
        from dcmtool.config.toml_lines import line_of  # which only what is refused needs

        place = partial(line_of, self.path, self.table, self.key)
        return InputFileError(self.path, f"[{self.table}] {problem}").located(place)

    def __str__(self) -> str:
        return f"{self.owner} in {brief(self.path)}"


class Values:
    """The values of options and parameters by name; at first those that are built in.

    `origin_of_parameters` says in words where the parameters come from, and `node` is the entry of a node
    file that they are of, if they are; `remarks` is to be said with them.
    """

    def __init__(self, options: Sequence[Option], parameters: Sequence[Parameter] = ()) -> None:
        self.options = options
        self.parameters = parameters
        self.origin_of_parameters = "command line"
        self.node: Node | None = None
        self.remarks: list[str] = []
        self._values: dict[str, Any] = {each.name: each.default for each in parameters}
        self._values.update((option.name, option.built_in) for option in options)
        self._origins: dict[str, tuple[Rank, str | Stored | None]] = {}

    def copy(self) -> "Values":
        """Return the same values, to be changed apart."""
        other = Values(self.options, self.parameters)
        other.origin_of_parameters, other.remarks = self.origin_of_parameters, [*self.remarks]
        other._values, other._origins = {**self._values}, {**self._origins}
        return other

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Return a value, or the default where there is no such option."""
        return self._values.get(name, default)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def set_parameter(self, parameter: Parameter, text: str) -> None:
        """Take the value of a parameter. Raises `UsageError` for one that does not fit."""
        try:
            self._values[parameter.name] = parameter.kind.convert(text)
        except Unfit as error:
            name, wanted = parameter.name.upper(), parameter.kind.wanted()
            if not text.strip():
                raise UsageError(
                    f"Invalid parameter value: {name} is empty, but should be {wanted}"
                ) from error
            raise UsageError(f"Invalid parameter value {error}: {name} should be {wanted}") from error

    def set_parameters(self, values: Mapping[str, Any], origin: str) -> None:
        """Take the values of parameters that are right already, and in words where they come from."""
        self._values |= values
        self.origin_of_parameters = origin

    def supply(self, stored: Mapping[str, Stored]) -> None:
        """Take what files hold, by the names of the options, where nothing stronger gives a value."""
        for option in self.options if stored else ():
            if option.name in stored and option.name not in self._origins:
                entry = stored[option.name]
                self.set(option, entry.value, entry.rank, entry)

    def set(self, option: Option, value: Any, rank: Rank, source: str | Stored | None = None) -> None:
        """Take the value of an option; its source is an environment variable, or what a file holds."""
        self._values[option.name], self._origins[option.name] = value, (rank, source)

    def option(self, name: str) -> Option:
        """Return an option by its name."""
        return next(option for option in self.options if option.name == name)

    @property
    def are_built_in(self) -> bool:
        """Whether no option has been set."""
        return not self._origins

    def is_set(self, option: Option) -> bool:
        """Return whether anything but its default says what it is."""
        return option.name in self._origins

    def is_given(self, option: Option) -> bool:
        """Return whether anything but its default gives it; a flag that is set to false is not."""
        return option.name in self._origins and self._values[option.name] is not False

    def rank(self, option: Option) -> Rank:
        """Return where its value is from."""
        return self._origins[option.name][0] if option.name in self._origins else Rank.BUILT_IN

    def stored(self, option: Option) -> Stored | None:
        """Return what a file says, if that is where its value comes from."""
        _, source = self._origins.get(option.name, (None, None))
        return source if isinstance(source, Stored) else None

    def variable(self, option: Option) -> str | None:
        """Return the environment variable that its value comes from, None if it is from elsewhere."""
        _, source = self._origins.get(option.name, (None, None))
        return source if isinstance(source, str) else None

    def origin(self, option: Option) -> str:
        """Return in words where its value comes from."""
        return origin_of(option, self._origins.get(option.name, (None, None))[1])

    def withdraw(self, option: Option) -> None:
        """Make an option as if it had not been given."""
        self._values[option.name] = option.unset
        self._origins.pop(option.name, None)

    def assume(self, option: Option, default: Any) -> None:
        """Give an option another default."""
        self._values[option.name] = default

    def restore(self, option: Option) -> None:
        """Give an option its default again."""
        self._values[option.name] = option.built_in


def origin_of(option: Option, source: str | Stored | None) -> str:
    """Return in words where a value of an option comes from."""
    if isinstance(source, Stored):
        return str(source)
    return f"environment variable {source}" if source else f"option {option.long_name}"


def converted(option: Option, texts: Sequence[str], variable: str | None = None) -> Any:
    """Return the value that texts stand for: one, or several for an option that takes so many.

    Raises `UsageError` for what does not fit, naming the environment variable that it is from.
    """
    try:
        if not option.arity:
            return _truth(*texts)
        if option.arity > 1 and len(texts) != option.arity:
            were = "1 was" if len(texts) == 1 else f"{len(texts)} were"
            raise Unfit(f"Takes {option.arity} values but {were} given.")
        several = tuple(map(option.kind.convert, texts))
    except Unfit as error:
        wanted = ""
        if isinstance(error, Unwanted):
            wanted = f": {'it' if str(error) else 'it is empty, but'} should be {option.kind.wanted()}"
        shown = f" ({error})" if str(error) else ""
        own = option.refusal if not variable else None
        refusal = own or f"Invalid value for {origin_of(option, variable)}"
        raise UsageError(f"{refusal}{shown}{wanted}") from error
    return several if option.multiple or option.arity > 1 else several[0]


_TRUTH = {**dict.fromkeys(("1", "true", "t", "yes", "y", "on"), True)}
_TRUTH |= dict.fromkeys(("", "0", "false", "f", "no", "n", "off"), False)


def _truth(text: str = "1") -> bool:
    """Return what a flag is set to; on the command line it stands alone, and is set."""
    truth = _TRUTH.get(text.strip().lower())
    if truth is None:
        raise Unfit(f"{brief(text)}: neither true nor false")
    return truth
