"""A node that is to be verified among others."""

from collections.abc import Iterable

from dcmtool.named_tuple import NamedTuple
from dcmtool.settings import EchoRequest


class Target(NamedTuple):
    """What a node is called, how to verify it, and its tags.

    `do_not_probe` is why it must be left alone, empty where it may be probed.
    """

    name: str
    request: EchoRequest
    tags: tuple[str, ...] = ()
    do_not_probe: str = ""

    @property
    def address(self) -> str:
        """The node in one word, as `[CALLED@]HOST:PORT` has it."""
        peer = self.request.peer
        host = f"[{peer.host}]" if ":" in peer.host else peer.host
        return f"{self.request.negotiation.called_aet}@{host}:{peer.port}"


def distinct(targets: Iterable[Target]) -> tuple[list[Target], list[tuple[str, str]]]:
    """Return the targets without those that would ask a node the same again.

    Beside them stand the names of each that was left out and of the one that stands for it.
    """
    kept: list[Target] = []
    left_out: list[tuple[str, str]] = []
    alike: dict[tuple[object, ...], list[Target]] = {}  # by what tells most of a host's nodes apart
    for target in targets:
        peer, titles = target.request.peer, target.request.negotiation
        key = peer.host.lower(), peer.port, titles.called_aet, titles.calling_aet
        there = alike.setdefault(key, [])
        same = next((each for each in there if each.request == target.request), None)
        if same is None:
            there.append(target)
            kept.append(target)
        else:
            left_out.append((target.name, same.name))
    return kept, left_out
