"""What the connections of a server may hold together of what is not whole, or not decoded yet."""

from dcmtool.errors import NoRoom

# Bytes of each connection that need no room: who asks for 30 contexts is served whatever others hold.
FREE = 4096
# 16 of the largest requests at once, each for a moment where peers are honest. It takes twice as much
# memory, as buffers grow and are moved, beside the 50 KB of each TLS handshake, and an SCP is to grow by less
# than 30 MB; without a bound in all its thousands of connections would hold 256 KiB each.
DEFAULT_ROOM = 1 << 22


class Room:
    """So many bytes for all connections of a server; a connection that finds no more of it is ended."""

    def __init__(self, size: int = DEFAULT_ROOM) -> None:
        self.size = size
        self.taken = 0


class Share:
    """What one connection takes of a room."""

    def __init__(self, room: Room) -> None:
        self._room, self._taken = room, 0

    def hold(self, count: int) -> None:
        """Take what so many bytes need, in place of what was taken before.

        Raises:
            NoRoom: others have taken the rest; nothing is changed then.
        """
        room, taken = self._room, self._taken
        if count <= FREE and not taken:  # as nearly always
            return
        wanted = max(0, count - FREE)
        if wanted > taken and room.taken - taken + wanted > room.size:
            raise NoRoom(count, room.size)
        room.taken += wanted - taken
        self._taken = wanted

    def give_back(self) -> None:
        """Take nothing any more."""
        self.hold(0)
