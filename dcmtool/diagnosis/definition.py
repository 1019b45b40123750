"""What is known of a finding before anything was seen."""

from string import Formatter
from typing import Literal

from dcmtool.named_tuple import NamedTuple

Certainty = Literal["certain", "likely", "possible"]
# Between two others it is one of these, and neither is "us".
Actor = Literal["us", "node", "network", "requestor", "acceptor"]


class Definition(NamedTuple):
    """Who has to act, how certain the cause is at best, what is said, and the keys of the advice.

    The sentence has facts in braces; it stands alone, begins in lower case and has no full stop.
    """

    actor: Actor | None
    certainty: Certainty
    sentence: str
    advice: tuple[str, ...]
    clause: str = ""

    @property
    def in_general(self) -> str:
        """The sentence with the names of its facts in capitals."""
        named = {field: field.upper() for _, field, _, _ in Formatter().parse(self.sentence) if field}
        return self.sentence.format_map(named)
