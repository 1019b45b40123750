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
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key} stands there twice", node.start_mark
                )
        return super().construct_mapping(node, deep)


def load(path: str, kind: str) -> dict[str, Any]:
    """Return the tables of a file; an empty one has none. Raises `InputFileError` for what cannot be used."""
    raw = text_file.read(path, text_file.MOST, kind)
    try:
        found = yaml.load(text_file.decoded(raw), _Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputFileError(path, f"is not valid YAML: {brief(' '.join(str(error).split()))}") from error
    return table(path, kind, {} if found is None else found)


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
