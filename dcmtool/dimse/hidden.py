"""Command sets of others, with stars for what tells of a patient: instances, and what has no place in them.

The UID of an instance names the data of one patient (PS3.7 E.1), and an element of another group is of a data
set (PS3.7 6.3.1). All lengths stay what they are.
"""

from dcmtool.dimse.command_set import (
    AFFECTED_SOP_INSTANCE_UID,
    LAST_TAG,
    REQUESTED_SOP_INSTANCE_UID,
    CommandSet,
)

_INSTANCES = frozenset((AFFECTED_SOP_INSTANCE_UID, REQUESTED_SOP_INSTANCE_UID))
_HEADER = 8  # bytes of an element before its value: group, number, length


def is_hidden(tag: int) -> bool:
    """Return whether stars stand for an element's value."""
    return tag in _INSTANCES or tag > LAST_TAG


def without_instances(elements: CommandSet) -> CommandSet:
    """Return a command set with stars in it; one that has nothing to hide is returned itself."""
    if not any(map(is_hidden, elements)):
        return elements
    return {tag: b"*" * len(value) if is_hidden(tag) else value for tag, value in elements.items()}


class InstanceHider:
    """Puts stars into the bytes of one command set, which come in any pieces."""

    def __init__(self) -> None:
        self._header = bytearray()  # of the element that is on its way
        self._left = 0  # bytes of its value
        self._hides = False

    def feed(self, data: bytes) -> bytes:
        """Return the next bytes as they may be shown."""
        shown, at = bytearray(), 0
        while at < len(data):
            if self._left:
                count = min(self._left, len(data) - at)
                self._left -= count
                shown += b"*" * count if self._hides else data[at : at + count]
            else:
                count = min(_HEADER - len(self._header), len(data) - at)
                self._header += data[at : at + count]
                shown += data[at : at + count]
                self._begin()
            at += count
        return bytes(shown)

    def _begin(self) -> None:
        """Begin with a value, once its header is whole."""
        header = self._header
        if len(header) < _HEADER:
            return
        tag = int.from_bytes(header[:2], "little") << 16 | int.from_bytes(header[2:4], "little")
        self._hides, self._left = is_hidden(tag), int.from_bytes(header[4:], "little")
        self._header = bytearray()
