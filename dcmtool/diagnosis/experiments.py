"""What is tried where the user asks for it: one thing is otherwise each time, and what its success shows."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import Literal

from dcmtool.diagnosis.evidence import Attempt, Evidence
from dcmtool.dimse.find import SOP_CLASSES
from dcmtool.errors import (
    ConnectFailed,
    ConnectionLost,
    DeadlineExpired,
    NotDicom,
    RemoteProtocolError,
    TlsFailure,
    TlsWanted,
)
from dcmtool.fields import Frozen
from dcmtool.named_tuple import NamedTuple
from dcmtool.settings import EchoRequest, TlsSettings, check_ae_title, first_transfer_syntaxes

APART = 1.0  # seconds between two experiments: what a node's own limits on callers let pass
_LONGER = 4  # times as long as before
_LARGE_CONTEXTS, _LARGE_SYNTAXES = 100, 4  # an A-ASSOCIATE-RQ of some 12 kB, which takes several segments
LARGE, DENIED = "large-requests-lost", "service-denied"


# What may be tried, by the word for it.
Kind = Literal["tls", "plain", "titles", "time", "family", "large", "find"]
KINDS: Mapping[Kind, str] = {
    "tls": "TLS where there was none",
    "plain": "no TLS where there was",
    "titles": "the titles that are named",
    "time": "more time for each wait",
    "family": "addresses of the other family",
    "large": "of a node in order: a request of 12 kB",
    "find": "of a node in order: a C-FIND that matches nothing",
}


class Tries(Frozen):
    """Which kinds to try, and the AE titles; no other one is."""

    kinds: tuple[Kind, ...] = tuple(KINDS)
    called: tuple[str, ...] = ()
    calling: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for title in self.called:
            check_ae_title("called AE title", title)
        for title in self.calling:
            check_ae_title("calling AE title", title)


class Experiment(NamedTuple):
    """One association with something otherwise: what, in words, and the findings that its end shows."""

    kind: Kind
    what: str
    request: EchoRequest
    address: str
    shows: tuple[str, ...]
    service: str = ""  # of `dimse.find`, which is asked for what matches nothing, in place of an echo

    @property
    def is_remedy(self) -> bool:
        """Whether its success is what the user looks for: what a node in order is asked shows by failing."""
        return self.kind not in ("large", "find")


def experiments(evidence: Evidence, tries: Tries) -> Iterator[Experiment]:
    """Yield what may tell more about how a node answered so far, the most promising first."""
    return (each for each in _sensible(evidence, tries) if each.kind in tries.kinds)


def _sensible(evidence: Evidence, tries: Tries) -> Iterator[Experiment]:
    request = replace(evidence.request, repeat=1, interval=0, reconnect=False)
    first = next(iter(evidence.attempts), None)
    if first is None or isinstance(first.cause, ConnectFailed):
        yield from _other_family(evidence, request)
    if first is None or first.was_stopped:
        return
    address = first.address or request.peer.host
    if first.succeeded:
        yield _large(request, address)
        for service in SOP_CLASSES:
            what = f"a C-FIND of the {service} that matches nothing"
            yield Experiment("find", what, request, address, (DENIED,), service)
        return
    yield from _other_transport(first, request, address)
    yield from _other_titles(first, request, address, tries)
    if isinstance(first.cause, DeadlineExpired):
        yield Experiment("time", f"{_LONGER} times as much time", _patient(request), address, ())


def _other_family(evidence: Evidence, request: EchoRequest) -> Iterator[Experiment]:
    peer = replace(request.peer, family="auto")
    for lookup in evidence.lookups:
        for address in () if lookup.wanted else lookup.addresses:
            what = f"the address {address} of the other family"
            yield Experiment("family", what, replace(request, peer=peer), address, ("family-mismatch",))


def _other_transport(first: Attempt, request: EchoRequest, address: str) -> Iterator[Experiment]:
    """Yield the same with TLS or without, unless the node has shown which it speaks."""
    cause = first.cause
    if request.tls is not None:
        if _exposes(request, None):
            return
        if first.stage == "tls" and not (isinstance(cause, TlsFailure) and cause.session is not None):
            yield Experiment("plain", "no TLS", replace(request, tls=None), address, ("plain-expected",))
    elif first.stage == "associate" and isinstance(
        cause, ConnectionLost | DeadlineExpired | NotDicom | TlsWanted
    ):
        secured = replace(request, tls=TlsSettings(verify_peer=False))
        what = "TLS, with whatever certificate there is"
        yield Experiment("tls", what, secured, address, ("tls-expected",))


def _exposes(request: EchoRequest, tls: TlsSettings | None) -> bool:
    """Whether more could read what proves the user's identity over this than over what was asked for."""
    identity = request.negotiation.identity
    if identity is None or identity.exposure(tls) is None:
        return False
    return identity.exposure(request.tls) is None


def _other_titles(first: Attempt, request: EchoRequest, address: str, tries: Tries) -> Iterator[Experiment]:
    """Yield the titles that the user gave: each alone, then each with each."""
    if first.stage not in ("associate", "echo") or isinstance(first.cause, NotDicom | RemoteProtocolError):
        return
    titles = request.negotiation
    called = [each for each in dict.fromkeys(tries.called) if each != titles.called_aet]
    calling = [each for each in dict.fromkeys(tries.calling) if each != titles.calling_aet]
    for title in called:
        other = replace(titles, called_aet=title)
        what, shows = f"the called title {title}", ("called-title",)
        yield Experiment("titles", what, replace(request, negotiation=other), address, shows)
    for title in calling:
        other = replace(titles, calling_aet=title)
        what, shows = f"the calling title {title}", ("calling-title",)
        yield Experiment("titles", what, replace(request, negotiation=other), address, shows)
    for one, two in product(called, calling):
        other = replace(titles, called_aet=one, calling_aet=two)
        what = f"the called title {one} and the calling title {two}"
        both = ("called-title", "calling-title")
        yield Experiment("titles", what, replace(request, negotiation=other), address, both)


def _patient(request: EchoRequest) -> EchoRequest:
    times = request.timeouts
    longer = {
        name: seconds * _LONGER
        for name in ("connect", "acse", "dimse")
        if (seconds := getattr(times, name)) is not None
    }
    return replace(request, timeouts=replace(times, **longer))


def _large(request: EchoRequest, address: str) -> Experiment:
    negotiation = replace(
        request.negotiation,
        contexts=_LARGE_CONTEXTS,
        transfer_syntaxes=first_transfer_syntaxes(_LARGE_SYNTAXES),
    )
    what = "a request of 12 kB"
    return Experiment("large", what, replace(request, negotiation=negotiation), address, (LARGE,))
