"""A row of the rules: when it applies to an attempt, and which finding it comes to."""

from collections.abc import Callable, Mapping
from typing import Any

from dcmtool.diagnosis.definition import Certainty
from dcmtool.diagnosis.evidence import Attempt
from dcmtool.named_tuple import NamedTuple

# Whether a row applies, asked of the cause, of whose type the row is, and of the attempt that it ended.
Applies = Callable[[Any, Attempt], bool]


class Rule(NamedTuple):
    """One row: the type of the cause, when it applies, and the finding with all that looks the same.

    What it says of certainty and advice (keys, the first one being the hint) stands in place of the
    finding's own. `facts` go into the sentences beside those of the attempt.
    """

    cause: type[BaseException]
    applies: Applies
    finding: str
    alternatives: tuple[str, ...] = ()
    certainty: Certainty | None = None
    advice: tuple[str, ...] | None = None
    facts: Mapping[str, object] = {}


def always(_cause: Any, _attempt: Attempt) -> bool:
    """Apply to each cause of the type."""
    return True


def at(*stages: str) -> Applies:
    """Apply at these stages."""
    return lambda _cause, attempt: attempt.stage in stages


def has(**fields: object) -> Applies:
    """Apply where the cause has these values, or one of those of a tuple."""

    def applies(cause: Any, _attempt: Attempt) -> bool:
        return all(
            getattr(cause, name) in value if isinstance(value, tuple) else getattr(cause, name) == value
            for name, value in fields.items()
        )

    return applies


def both(*each: Applies) -> Applies:
    """Apply where all of them do."""
    return lambda cause, attempt: all(one(cause, attempt) for one in each)
