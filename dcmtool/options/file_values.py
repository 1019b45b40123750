"""Settings that a file holds: which keys there are, and what they may be, all as the options declare it.

A key is the long name of an option without its dashes. Its value is true or false for a flag, a number or a
text for an option with one value, a list for one with several. What can be set in the environment can be set
in a file, but for secrets; in a node, which is data, nothing personal either. Paths are relative to the file.
"""

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from dcmtool.config.toml_text import key as quoted
from dcmtool.config.toml_text import shown, unknown, written
from dcmtool.options.kinds import Number, Path, Unfit
from dcmtool.options.option import Option
from dcmtool.options.values import Rank, Stored, UsageError, converted
from dcmtool.text import brief

if TYPE_CHECKING:
    from dcmtool.config.defaults import Defaults
    from dcmtool.config.nodes import Node


NOT_OF_A_NODE = (
    "has no place in a node, which is data: "
    "it belongs on the command line, in the environment or in dcmtool.toml"
)

_BESIDE = ("host", "port", "tags", "do-not-probe")  # keys of a node that are no settings
UNKNOWN = "means nothing to a node"
NOT_OF_A_LIST = "names what is sent to the node: write it into the node file yourself"


class Vocabulary:
    """The keys that a file may use, for a command with these options."""

    def __init__(self, options: Iterable[Option]) -> None:
        allowed = [option for option in options if option.settable]
        self.options = {option.key: option for option in allowed}
        self.words: dict[str, dict[str, Option]] = {}
        for option in allowed:
            if option.word:
                self.words.setdefault(option.word[0], {})[option.word[1]] = option

    @property
    def keys(self) -> tuple[str, ...]:
        """All keys, those of secrets left out."""
        return (*self.words, *(key for key, option in self.options.items() if not option.secret))

    def not_imported(self, key: str) -> str | None:
        """Return why an imported list cannot set what this key names, None if it can."""
        option = self.options.get(key)
        if key in self.words:
            return None
        if option is None:
            return UNKNOWN
        if option.secret:
            return self._no_secret(option, in_node=True)
        if option.personal or option.node_prefix:
            return NOT_OF_A_NODE if option.personal else NOT_OF_A_LIST
        return None

    def of_node(self, node: "Node") -> dict[str, Stored]:
        """Return what a node sets, as `read` does."""
        return self.read(node.path, node.table, node.settings, Rank.NODE, node.owner)

    def of_defaults(self, defaults: "Defaults") -> dict[str, Stored]:
        """Return what defaults set, as `read` does."""
        return self.read(defaults.path, defaults.table, defaults.settings, Rank.DEFAULTS, "defaults")

    def read(
        self, path: str, table: str, settings: Mapping[str, Any], rank: Rank, owner: str
    ) -> dict[str, Stored]:
        """Return what a table of a file sets, by the names of the options.

        Raises `InputFileError` for a key that means nothing, a value that does not fit, two for one option.
        """
        read: dict[str, Stored] = {}
        for key, value in settings.items():
            entry = Stored(value, path, table, key, rank, owner)
            option, taken = self._taken(entry)
            if option.name in read:
                raise entry.refused(f"{read[option.name].key} and {key} set the same")
            read[option.name] = Stored(taken, path, table, key, rank, owner)
        return read

    def _taken(self, entry: Stored) -> tuple[Option, Any]:
        words, option = self.words.get(entry.key), self.options.get(entry.key)
        if words:
            option, taken = words.get(entry.value) if isinstance(entry.value, str) else None, True
            wanted = f"one of {', '.join(words)}"
        elif option is None or option.secret:
            raise entry.refused(f"{brief(quoted(entry.key))} {self._no_key(entry, option)}")
        elif option.personal and entry.rank is Rank.NODE:
            raise entry.refused(f"{entry.key} {NOT_OF_A_NODE}")
        else:
            taken, wanted = _taken(option, entry.value, os.path.dirname(entry.path)), _wanted(option)
        if option is None or taken is None:
            raise entry.refused(f"{entry.key} should be {wanted}, but is {shown(entry.value)}")
        prefix = option.node_prefix
        if prefix is not None and entry.rank is Rank.NODE and not str(taken).startswith(prefix):
            raise entry.refused(
                f"{entry.key} should begin with {prefix} in a node, so that no other is sent, "
                f"but is {shown(entry.value)}"
            )
        return option, taken

    def _no_key(self, entry: Stored, option: Option | None) -> str:
        if option:
            return self._no_secret(option, in_node=entry.rank is Rank.NODE)
        if isinstance(entry.value, dict):
            return 'is a table: a name with a dot needs quotes, such as [nodes."pacs.example"]'
        known = (*self.keys, *_BESIDE) if entry.rank is Rank.NODE else self.keys
        return unknown(entry.key, known, self._meant(entry.key))

    def _no_secret(self, option: Option, *, in_node: bool) -> str:
        others = [
            each.key
            for each in self.options.values()
            if each.block == option.block and each.arity and not each.secret
            if not (each.personal and in_node)
        ]
        return f"is a secret, which has no place in this file: use {' or '.join(others)}"

    def _meant(self, key: str) -> list[str]:
        """Return the keys that a short spelling, or the option of another program, stands for."""
        from dcmtool.options.foreign import meant

        short = {
            option.key: None
            for option in self.options.values()
            for spelling in option.spellings[:-1]
            if spelling.lstrip("-+") == key and not option.secret
        }
        return list(short) or [
            name.removeprefix("--") for name in meant(f"--{key}", self.options.values(), ("host", "port"))
        ]

    def of_text(self, key: str, text: str, folder: str) -> Any:
        """Return the value of a key that is written as text, a path made absolute; text that does not fit."""
        option = self.options.get(key)
        if option is None:
            return text
        several = option.multiple or option.arity > 1
        texts = option.kind.split(text) if several else [text]
        if isinstance(option.kind, Path):
            texts = [os.path.abspath(_resolved(each, folder)) for each in texts]
        try:
            values = [
                option.kind.convert(each) if option.arity else converted(option, [each]) for each in texts
            ]
        except (Unfit, UsageError):
            return text
        return values if several else values[0]

    def to_text(self, key: str, value: Any, folder: str) -> str | None:
        """Return the text that `of_text` makes this value of, a path made absolute; None if there is none."""
        option = self.options.get(key)
        values = value if isinstance(value, list) else [value]
        texts = [each if isinstance(each, str) else written(each) for each in values]
        if option is None:
            return texts[0]
        if isinstance(option.kind, Path):
            texts = [os.path.abspath(_resolved(each, folder)) for each in texts]
            value = texts if isinstance(value, list) else texts[0]
        text = (option.kind.separator or " ").join(texts)
        return text if self.of_text(key, text, folder) == value else None


def _taken(option: Option, value: Any, folder: str) -> Any:
    """Return the value of an option that a file's value stands for; None if it does not fit."""
    if not option.arity:
        return value if isinstance(value, bool) else None
    if not option.multiple and option.arity == 1:
        return _one(option, value, folder)
    if not isinstance(value, list) or not (option.multiple or len(value) == option.arity):
        return None
    several = tuple(_one(option, each, folder) for each in value)
    return None if None in several else several


def _one(option: Option, value: Any, folder: str) -> Any:
    if isinstance(option.kind, Number):
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        text = f"{value:f}" if isinstance(value, float) else written(value)
    elif not isinstance(value, str):
        return None
    else:
        text = _resolved(value, folder) if isinstance(option.kind, Path) else value
    try:
        return option.kind.convert(text)
    except Unfit:
        return None


def _resolved(path: str, folder: str) -> str:
    return os.path.join(folder, os.path.expanduser(path))


def _wanted(option: Option) -> str:
    """Return in words what the value of an option should be."""
    if not option.arity:
        return "true or false"
    if option.multiple:
        return "a list of texts"
    return f"a list of {option.arity} texts" if option.arity > 1 else option.kind.wanted()
