"""What is said of a finding where neither side is ours."""

from dcmtool.diagnosis.definition import Actor
from dcmtool.named_tuple import NamedTuple


class Wording(NamedTuple):
    """The sentence and the keys of the advice that stand in place of a finding's own.

    The sentence may name `requestor` and `acceptor` with their titles and addresses, the address `place` of
    the acceptor and `source` of the requestor, the `port`, the titles `calling` and `called`, and, of what
    either side may do, the `sender` and the `receiver`. The `actor` is that of the finding's own where it is
    None.
    """

    sentence: str
    advice: tuple[str, ...]
    actor: Actor | None = None
