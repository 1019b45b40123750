"""The values of an INI file: `%(name)s` stands for another one, within a bound that `configparser` lacks."""

import re
from collections.abc import Mapping, MutableMapping
from configparser import (
    MAX_INTERPOLATION_DEPTH,
    Interpolation,
    InterpolationDepthError,
    InterpolationMissingOptionError,
    InterpolationSyntaxError,
)

Parser = MutableMapping[str, Mapping[str, str]]

MAX_VALUE = 65536  # characters: values that double reach gigabytes in 30 steps

_REFERENCE = re.compile(r"%(?:(%)|\(([^()]+)\)s)?")


class BoundedInterpolation(Interpolation):
    """Python's `BasicInterpolation`, which has a bound of the depth alone."""

    def before_get(
        self, _parser: Parser, section: str, option: str, value: str, defaults: Mapping[str, str]
    ) -> str:
        """Return a value with all that it refers to; raises `InterpolationError`."""
        for _ in range(MAX_INTERPOLATION_DEPTH):
            if "%" not in value.replace("%%", ""):
                return value.replace("%%", "%")
            value = self._expanded(section, option, value, defaults)
        raise InterpolationDepthError(option, section, value[:80])

    def _expanded(self, section: str, option: str, value: str, defaults: Mapping[str, str]) -> str:
        left = MAX_VALUE

        def replaced(found: re.Match[str]) -> str:
            nonlocal left
            if found[1]:
                return "%%"
            if found[2] is None:
                problem = f"'%' must be followed by '%' or '(', found: {value[found.start() :][:80]!r}"
                raise InterpolationSyntaxError(option, section, problem)
            name = found[2].lower()  # as `configparser` keeps them
            if name not in defaults:
                raise InterpolationMissingOptionError(option, section, value[:80], name)
            left -= len(defaults[name])
            if left < 0:
                raise InterpolationDepthError(option, section, value[:80])
            return defaults[name]

        return _REFERENCE.sub(replaced, value)
