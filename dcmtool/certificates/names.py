"""Whether a certificate is for a host (RFC 6125, RFC 9525)."""

from collections.abc import Iterable
from ipaddress import ip_address

LEAST_BEHIND_WILDCARD = (
    2  # labels: `*.com` and `*.local` would stand for a whole public suffix (RFC 6125 7.2)
)
MAX_NAME = 253  # characters (RFC 1035 2.3.4 in text); the codec for others is slow on long ones
UNREADABLE = "unreadable"  # stands for the alternative names of a certificate whose extensions cannot be read


def matches(host: str, names: Iterable[str], common_name: str | None) -> bool:
    """Return whether one of the names, as `DNS:name` or `IP:address`, is that of the host.

    The common name counts only for a certificate without any such name (RFC 6125 6.4.4), and never for an
    address.
    """
    by_kind: dict[str, list[str]] = {}
    for kind, _, name in (entry.partition(":") for entry in names):
        by_kind.setdefault(kind, []).append(name)
    address = _address(host.removeprefix("[").removesuffix("]"))
    if address is not None:
        return any(_address(name) == address for name in by_kind.get("IP", ()))
    if common_name is not None and not by_kind.keys() & {"DNS", "IP", UNREADABLE}:
        return _is_for(common_name, host)
    return any(_is_for(name, host) for name in by_kind.get("DNS", ()))


def _address(text: str) -> bytes | None:
    """Return the bytes of an address, in which a zone (`%eth0`) has no part."""
    try:
        return ip_address(text).packed
    except ValueError:
        return None


def _is_for(name: str, host: str) -> bool:
    """Compare by labels; a wildcard stands for the whole leftmost one (RFC 9525 6.3)."""
    if not name.isascii():  # it has to be in A-labels (RFC 5280 7.2)
        return False
    presented, wanted = _labels(name), _labels(host)
    if not all(wanted) or wanted[-1].isdigit():  # as in 127.1, an address that has no certificate
        return False
    if presented[0] == "*":
        return len(presented) > LEAST_BEHIND_WILDCARD and presented[1:] == wanted[1:]
    return presented == wanted


def _labels(name: str) -> list[str]:
    """Return the labels of a name in lower case, as A-labels, by the codec that also looks hosts up."""
    name = name.removesuffix(".")
    if len(name) > MAX_NAME:
        return [""]
    try:
        return (name if name.isascii() else name.encode("idna").decode("ascii")).lower().split(".")
    except UnicodeError:
        return [""]
