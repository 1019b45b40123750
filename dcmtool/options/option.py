"""An option and a parameter as data: what the help says of them, and what they mean for each other."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from dcmtool.fields import Frozen
from dcmtool.options.kinds import TEXT, Kind, Number

Section = tuple[str, str | None]  # heading and subheading in the help
Alternatives = tuple[str, ...]  # long names, any one of which counts


class Option:
    """An option: the short spelling, if any, then the long one, by which it is known.

    It takes `arity` values of a `kind`, none as a flag; of a `multiple` one every occurrence counts, of
    others the last. `section` is its place in the help, `metavar` the name of its value there.

    Of the options of a `block` the rightmost counts. Of each of its `needs` one alternative must be given,
    unless one of `unless` is; of its `conflicts` none may be.

    A `first` option shows something, whatever else is given; one that is done `instead` of the run waits
    until all others are settled, and `about_parameters` says that it makes use of what parameters there are.
    What is not `settable` comes from no file, and from no environment variable but `variable`. `refusal` is
    the sentence for a value that does not fit, where DCMTK has one of its own. The value of a `secret` option
    is never shown. A `personal` one has a file written, a secret read or code run: it is set on the command
    line, in the environment or in the defaults, and by no node; of one that has a `node_prefix` a node gives
    only values that begin so, and an imported list none. `word` is another way to set a flag in a
    file: a key, and its value that stands for it. On the command line one that is `short_for` another sets
    that: its long name, and the value. `default_with` is another default, for when another option has a
    value: its long name, that value, and the default then.
    """

    def __init__(
        self,
        *spellings: str,
        section: Section,
        help: str = "",  # noqa: A002
        metavar: str = "",
        kind: Kind = TEXT,
        arity: int = 1,
        multiple: bool = False,
        default: Any = None,
        show_default: bool | str = False,
        block: str | None = None,
        needs: Sequence[Alternatives] = (),
        unless: Alternatives = (),
        conflicts: Sequence[Alternatives] = (),
        first: bool = False,
        instead: bool = False,
        about_parameters: bool = False,
        settable: bool = True,
        variable: str | None = None,
        refusal: str | None = None,
        secret: bool = False,
        personal: bool = False,
        node_prefix: str | None = None,
        hidden: bool = False,
        word: tuple[str, str] | None = None,
        short_for: tuple[str, str] | None = None,
        default_with: tuple[str, Any, Any] | None = None,
    ) -> None:
        self.spellings, self.section, self.help, self.metavar = spellings, section, help, metavar
        self.kind, self.arity, self.multiple = kind, arity, multiple
        self.show_default, self.block, self.needs, self.unless = show_default, block, needs, unless
        self.conflicts, self.first, self.instead = conflicts, first, instead
        self.about_parameters, self.settable, self.variable = about_parameters, settable, variable
        self.refusal, self.hidden, self.word = refusal, hidden, word
        self.secret, self.personal, self.short_for = secret, personal, short_for
        self.node_prefix, self.default_with = node_prefix, default_with
        self.key = spellings[-1].removeprefix("--")
        self.name = self.key.replace("-", "_").replace(".", "_")
        self.unset: Any = () if multiple else default if arity else False
        self.built_in: Any = self.unset if arity else bool(default)

    @property
    def long_name(self) -> str:
        """The long spelling, which messages use."""
        return self.spellings[-1]

    @property
    def stands_alone(self) -> bool:
        """Whether it does something else than the run, and so needs no parameters."""
        return self.first or self.instead

    def notes(self) -> Iterator[str]:
        """Yield what its value may be, and what it is by default."""
        if isinstance(self.kind, Number):
            yield self.kind.range()
        if self.show_default is True:
            yield f"default: {self.unset}" if self.arity else "default"
        elif self.show_default:
            yield f"default: {self.show_default}"


def flag(*spellings: str, **attrs: Any) -> Option:
    """Return an option without values."""
    return Option(*spellings, arity=0, **attrs)


class Parameter(Frozen):
    """A parameter: what it is called, what it is; one that has a default may be left out.

    One of `many` stands for all words that are left, of which there may be none.
    """

    name: str
    description: str
    kind: Kind = TEXT
    default: Any = None
    many: bool = False


class Signature(Frozen):
    """What a command takes, in the order in which it is checked and shown.

    `prefix` begins the environment variables of its options. One that `takes_nodes` takes the name of a node,
    or its address in one word, in place of its parameters; one that `takes_defaults` has some in a file. One
    that is `like` another reads that one's entries in these files, and passes over what it does not have. Of
    one that is `for_many` nodes, what its options exclude and need is settled with each node's entry.
    """

    name: str
    prefix: str
    parameters: tuple[Parameter, ...]
    options: tuple[Option, ...]
    takes_nodes: bool = False
    takes_defaults: bool = False
    like: "Signature | None" = None
    for_many: bool = False


def long_names(options: Iterable[Option]) -> str:
    """Return the long spellings of options as a sentence lists alternatives."""
    names = [option.long_name for option in options]
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
