"""Text for one line: from outside (peers, files, the command line) made safe to print; counts, times."""

from collections.abc import Iterable

LONGEST_VALUE = 200  # characters: a subject may have 40 kB, and a sentence is to be read
_GAP, _TAIL = "...", 40
_HEAD = LONGEST_VALUE - len(_GAP) - _TAIL


def printable(text: str) -> str:
    """Return `text` with everything that could steer or deceive a terminal as a visible escape."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text
    )


def decoded(raw: bytes) -> str:
    """Return a peer's bytes as text, one character a byte, so that none is lost; not yet printable."""
    return raw.decode("latin-1")


def brief(text: str) -> str:
    """Return a value for a sentence: printable, and without its middle where it is of any length."""
    shown = printable(text if len(text) <= LONGEST_VALUE else f"{text[:_HEAD]}{_GAP}{text[-_TAIL:]}")
    return shown if len(shown) <= LONGEST_VALUE else f"{shown[:_HEAD]}{_GAP}{shown[-_TAIL:]}"


def asked(near: Iterable[str]) -> str:
    """Return the question whether one of these was meant by a word that nothing has; nothing for none."""
    meant = " or ".join(map(brief, near))
    return f" (did you mean {meant}?)" if meant else ""


def bare_host(host: str) -> str:
    """Return a host without the blanks around it, and an address without the brackets of URLs."""
    host = host.strip()
    return host[1:-1] if host.startswith("[") and host.endswith("]") else host


_LINK_LOCAL = ("fe8", "fe9", "fea", "feb")  # how what is in fe80::/10 begins (RFC 4291 2.5.6)


def zone_missing(host: str) -> str:
    """Return what is said of a link-local address without its zone, which cannot be reached, or nothing."""
    bare = bare_host(host)
    if bare[:3].lower() not in _LINK_LOCAL or ":" not in bare or "%" in bare:
        return ""
    return (
        "is a link-local address without its zone, which names the interface that it is reached through, "
        f"as in {bare}%eth0 (RFC 4007 11)"
    )


_OCTETS = frozenset(map(str, range(256)))  # of an IPv4 address: no zero goes before (RFC 6943 3.1.1)


def is_ipv4(host: str) -> bool:
    """Return whether a host is a full IPv4 address."""
    labels = host.split(".")
    return len(labels) == 4 and _OCTETS.issuperset(labels)


def hours(seconds: int) -> str:
    """Return a time as hours, minutes and seconds."""
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with what it counts."""
    return f"{number} {one if number == 1 else many or one + 's'}"
