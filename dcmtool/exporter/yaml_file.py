"""YAML files of an administrator, read with what is wrong in one sentence."""

from typing import Any

import yaml

from dcmtool.config import text_file
from dcmtool.config.toml_text import shown, unknown
from dcmtool.errors import InputFileError
from dcmtool.text import brief


class _Loader(yaml.SafeLoader):
    """Reads plain data alone, and takes no key twice: YAML forbids it, and PyYAML lets the last one win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return a mapping."""
        seen = set[str]()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"the key {key.value} stands there twice", key.start_mark
                    )
                seen.add(key.value)
        return super().construct_mapping(node, deep)


def load(path: str, kind: str) -> dict[str, Any]:
    """Return the tables of a file; an empty one has none. Raises `InputFileError` for what cannot be used."""
    raw = text_file.read(path, text_file.MOST, kind)
    try:
        found = yaml.load(text_file.decoded(raw), _Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputFileError(path, f"is not valid YAML: {brief(_problem(error))}") from error
    return table(path, kind, {} if found is None else found)


def _problem(error: Exception) -> str:
    """Return what is wrong in one line, with its place."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem:
        mark = error.problem_mark or error.context_mark
        where = f" (at line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        return f"{error.problem}{where}"
    return " ".join(str(error).split())


def table(path: str, place: str, value: object, known: tuple[str, ...] | None = None) -> dict[str, Any]:
    """Return a value that has to be a table with texts for keys, which are `known` ones if these are given.

    Raises `InputFileError`, which names its place in the file.
    """
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise InputFileError(path, f"{place} should be a table, but is {shown(value)}")
    for key in value:
        if known is not None and key not in known:
            raise InputFileError(path, f"{place}: {brief(key)} {unknown(key, known)}")
    return value
