"""A node in one word, `[CALLED@]HOST[:PORT]`, and what else is taken for one."""

from dcmtool.named_tuple import NamedTuple

PORT = 104  # where a node names none: the well-known port (PS3.8 9.1.1)


class NodeAddress(NamedTuple):
    """What a word says of a node: its AE title and its port only where it has them."""

    called: str | None
    host: str
    port: str | None

    @property
    def in_one_word(self) -> str:
        """The node as it is typed, with its port."""
        host = f"[{self.host}]" if ":" in self.host else self.host or "HOST"
        title = "" if self.called is None else f"{self.called}@"
        return f"{title}{host}:{self.port or PORT}"


def address_of(word: str) -> NodeAddress:
    """Return what a word says: the title is before its last @, an IPv6 address with a port in brackets."""
    called, at, rest = word.rpartition("@")
    host, port = _host_and_port(rest)
    return NodeAddress(called if at else None, host, port)


def _host_and_port(text: str) -> tuple[str, str | None]:
    if text.startswith("["):
        host, closed, rest = text[1:].partition("]")
        if closed and rest[:1] in ("", ":"):
            return host, rest[1:] if rest else None
        return text, None
    host, colon, port = text.rpartition(":")
    if colon and ":" not in host:
        return host, port
    return text, None  # of an IPv6 address the last group is no port


def address_of_url(url: str) -> NodeAddress:
    """Return what a URL says, `dicom://CALLED@HOST:PORT/` or `http://HOST/CALLED` among others."""
    place, _, path = url.partition("://")[2].partition("/")
    address = address_of(place)
    return NodeAddress(address.called or path.split("/")[0].split("?")[0] or None, address.host, address.port)
