"""What all that was seen of a node comes to: findings, the most important one first."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from errno import ECONNABORTED, ECONNREFUSED, ECONNRESET, EHOSTUNREACH, ENETUNREACH
from typing import TYPE_CHECKING

from dcmtool.advice import Advice
from dcmtool.diagnosis.evidence import Attempt, Evidence, Inquiry, Lookup, fact_of
from dcmtool.diagnosis.experiments import DENIED, LARGE
from dcmtool.diagnosis.findings import FINDINGS, IN_ORDER, Finding, Seen, made
from dcmtool.diagnosis.rules import facts_about, facts_of, finding_of
from dcmtool.dimse.find import REFUSED
from dcmtool.errors import (
    ConnectFailed,
    ConnectionLost,
    DeadlineExpired,
    NameNotResolved,
    PeerAbort,
    Rejection,
    StatusNotSuccess,
    TlsFailure,
    TlsWanted,
)
from dcmtool.settings import family_of
from dcmtool.steps import Family
from dcmtool.text import brief

if TYPE_CHECKING:
    from dcmtool.certificates.description import Description

DAYS = 14  # that a certificate should be valid for, unless told otherwise: who renews it needs some time
_AT_ONCE = "closed-at-once"
_OTHER_HOST = "certificate-other-host"
_NOW_AND_THEN = "intermittent"
_WORDS = {"ipv4": "IPv4", "ipv6": "IPv6"}


def findings_of(evidence: Evidence, now: datetime) -> tuple[Finding, ...]:
    """Return what was found at a time (with a time zone): `in-order` alone where nothing was."""
    found = [
        *_of_experiments(evidence),
        *(() if evidence.works else _of_lookups(evidence)),  # whose reason is known then
        *(() if evidence.works else _of_failures(evidence)),
        *_of_successes(evidence, now),
        *_of_slow_lookups(evidence),
    ]
    unique = {each.id: each for each in reversed(found)}  # of those of one id the first counts
    kept = [each for each in found if unique[each.id] is each]
    if kept or evidence.was_stopped:
        return tuple(kept)
    tried = (each for each in (*evidence.attempts, *evidence.experiments) if each.succeeded)
    seen = [Seen("every association was in order", each.number) for each in tried]
    return (made(IN_ORDER, FINDINGS[IN_ORDER], facts_about(Inquiry.by(evidence.request)), evidence=seen),)


# Experiments ----------------------------------------------------------------------------------------


def _of_experiments(evidence: Evidence) -> Iterator[Finding]:
    """Yield what the experiments prove: by their success, or by the failure of what is only larger."""
    for attempt in evidence.experiments:
        if attempt.was_stopped:
            continue
        if LARGE in attempt.shows:
            yield from _of_larger(attempt)
        elif DENIED in attempt.shows:
            yield from _of_query(attempt)
        elif attempt.succeeded:
            yield from _proven(attempt, evidence)


def _of_larger(attempt: Attempt) -> Iterator[Finding]:
    """Yield that large requests are lost, where nothing came of one; whatever did come says more."""
    likewise = finding_of(attempt)
    if likewise is not None and isinstance(attempt.cause, ConnectionLost | DeadlineExpired):
        others = (likewise.id, *likewise.alternatives)
        yield made(LARGE, FINDINGS[LARGE], facts_of(attempt), evidence=attempt.seen, alternatives=others)
    elif likewise is not None:
        yield likewise


def _of_query(attempt: Attempt) -> Iterator[Finding]:
    """Yield that a service is denied: after the echo of the same titles was answered."""
    cause = attempt.cause
    refused = isinstance(cause, StatusNotSuccess) and cause.status in REFUSED
    if refused or (attempt.stage == "echo" and isinstance(cause, PeerAbort | ConnectionLost)):
        facts = {**facts_of(attempt), "service": attempt.service}
        others = ("calling-title", "calling-address", "called-title")
        yield made(DENIED, FINDINGS[DENIED], facts, evidence=attempt.seen[-1:], alternatives=others)


def _proven(attempt: Attempt, evidence: Evidence) -> Iterator[Finding]:
    """Yield why what was asked for failed, since this did not."""
    first = evidence.attempts[0] if evidence.attempts else None
    facts = {
        **facts_of(Attempt(Inquiry.by(evidence.request), "connect") if first is None else first),
        "tried": attempt.experiment,
    }
    before = () if first is None else first.seen[-1:]
    seen = (*before, Seen(f"with {attempt.experiment}: in order", attempt.number))
    by_chance = () if first is None or _is_for_good(first.cause) else (_NOW_AND_THEN,)
    for name in attempt.shows:
        steps = ("keep-to-it", *FINDINGS[name].advice)
        yield made(
            *(name, FINDINGS[name], facts),
            evidence=seen,
            certainty="certain",
            alternatives=(*by_chance, *_NOT_TOLD.get(name, ())),
            advice=steps,
        )
    if not attempt.shows:  # it had more time
        yield from _slow([attempt], evidence.slow)


# A title that is taken in place of ours shows that ours is not, but not why: the node may know it, from
# another address, or as one that is not for every caller.
_NOT_TOLD: Mapping[str, tuple[str, ...]] = {
    "calling-title": ("calling-address",),
    "called-title": ("calling-title",),
}


_BROKEN = ("broken", "closed", "closed-midway")  # kinds of `TlsFailure` without a word of TLS


def _is_for_good(cause: BaseException | None) -> bool:
    """Whether a failure would have come again, so that what was otherwise is why the next one did not."""
    if isinstance(cause, Rejection):
        return cause.result == 1
    if isinstance(cause, TlsFailure):
        return cause.kind not in _BROKEN
    return isinstance(cause, TlsWanted | ConnectFailed)


# The name -------------------------------------------------------------------------------------------


def _of_lookups(evidence: Evidence) -> Iterator[Finding]:
    """Yield why there is no address to call."""
    if evidence.was_stopped or any(each.addresses for each in evidence.lookups if each.wanted):
        return
    asked = Inquiry.by(evidence.request)
    facts = facts_about(asked)
    seen = [_seen_of_lookup(each) for each in evidence.lookups]
    if any(_is_unanswered(each) for each in evidence.lookups if each.wanted):
        name = "lookup-unanswered"
    elif any(each.addresses for each in evidence.lookups):
        name = "family-mismatch"
    else:
        name = "unknown-host"
    yield made(name, FINDINGS[name], facts, evidence=seen)


def _is_unanswered(lookup: Lookup) -> bool:
    cause = lookup.cause
    return isinstance(cause, DeadlineExpired) or (isinstance(cause, NameNotResolved) and cause.temporary)


def _seen_of_lookup(lookup: Lookup) -> Seen:
    family = _WORDS[lookup.family]
    what = fact_of(lookup.cause) if lookup.cause else f"the addresses {', '.join(lookup.addresses)}"
    return Seen(f"{family}: {what}, after {seconds(lookup.took)}")


def _of_slow_lookups(evidence: Evidence) -> Iterator[Finding]:
    slow = [each for each in evidence.lookups if each.took >= evidence.slow]
    if slow and any(each.addresses for each in evidence.lookups if each.wanted):
        worst = max(each.took for each in slow)
        facts = {**facts_about(Inquiry.by(evidence.request)), "seconds": seconds(worst)}
        yield made("slow-lookup", FINDINGS["slow-lookup"], facts, evidence=map(_seen_of_lookup, slow))


# Failures -------------------------------------------------------------------------------------------


def _of_failures(evidence: Evidence) -> Iterator[Finding]:
    works = {family_of(each.address or "") for each in evidence.attempts if each.succeeded}
    for attempts in _by_address(evidence.attempts):
        failed = [each for each in attempts if not each.succeeded and not each.was_stopped]
        good = [each for each in attempts if each.succeeded]
        if not failed or (works and _is_only_of_other_family(failed[0], works)):
            continue
        if good:
            both = _of_both(failed, good)
            yield both
            if both.id != _NOW_AND_THEN:  # nothing is left to guess of the attempts that failed
                continue
        for attempt in _telling(failed):
            if (finding := finding_of(attempt)) is not None:
                yield _narrowed(finding, failed)


def _telling(failed: list[Attempt]) -> list[Attempt]:
    """Return the failures that tell something: who hangs up by itself does so whatever we send."""
    by_itself = [each for each in failed if _hung_up(each)]
    others = [each for each in failed if not (by_itself and isinstance(each.cause, ConnectionLost))]
    return [*by_itself, *others]


def _hung_up(attempt: Attempt) -> bool:
    """Whether the node ended the connection before anything was sent on it."""
    if isinstance(attempt.cause, ConnectFailed):
        return any(error.errno in (ECONNRESET, ECONNABORTED) for _, error in attempt.cause.attempts)
    return attempt.spoke_first and isinstance(attempt.cause, ConnectionLost)


def _narrowed(finding: Finding, failed: list[Attempt]) -> Finding:
    """Return a finding without the alternative that another attempt rules out."""
    waited = any(each.listened and not each.spoke_first and not _hung_up(each) for each in failed)
    if not waited:
        return finding
    return finding._replace(alternatives=tuple(each for each in finding.alternatives if each != _AT_ONCE))


def _of_both(failed: list[Attempt], good: list[Attempt]) -> Finding:
    """Return what it means that some associations at an address were in order: the name, or chance."""
    first = failed[0]
    facts = facts_of(first)
    seen = [
        *(piece for each in failed for piece in each.seen[-1:]),
        *(Seen("in order", each.number) for each in good),
    ]
    if isinstance(first.cause, TlsFailure) and good[0].asked.server_name != first.asked.server_name:
        name = good[0].asked.server_name
        facts["sni"] = f"takes {name}" if name else "takes none"
        advice = Advice("server-name" if name else "other-server-name")
        by_chance = () if _is_for_good(first.cause) else (_NOW_AND_THEN,)
        return made(
            *("tls-sni", FINDINGS["tls-sni"], facts),
            evidence=seen,
            alternatives=by_chance,
            certainty="certain",
            first=advice,
        )
    facts |= {"failed": len(failed), "all": len(failed) + len(good)}
    return made(
        _NOW_AND_THEN,
        FINDINGS[_NOW_AND_THEN],
        facts,
        evidence=seen,
        alternatives=("different-peers", "busy", "local-limit"),
    )


def _by_address(attempts: Iterable[Attempt]) -> Iterable[list[Attempt]]:
    grouped: dict[str | None, list[Attempt]] = {}
    for attempt in attempts:
        grouped.setdefault(attempt.address, []).append(attempt)
    return grouped.values()


def _is_only_of_other_family(attempt: Attempt, works: set[Family]) -> bool:
    """Whether an address was refused at once where another family's works: that costs a caller nothing."""
    cause = attempt.cause
    return (
        isinstance(cause, ConnectFailed)
        and family_of(attempt.address or "") not in works
        and {error.errno for _, error in cause.attempts} <= {ECONNREFUSED, ENETUNREACH, EHOSTUNREACH}
    )


# Successes that are not as they should be -------------------------------------------------------------


def _of_successes(evidence: Evidence, now: datetime) -> Iterator[Finding]:
    reached = [each for each in evidence.attempts if each.negotiated is not None]
    programs = {each.implementation: each for each in reached}
    if len(programs) > 1:
        facts = {**facts_of(reached[0]), "what": " and ".join(programs)}
        seen = [Seen(f"A-ASSOCIATE-AC of {each.implementation}", each.number) for each in reached]
        yield made("different-peers", FINDINGS["different-peers"], facts, evidence=seen)
    yield from _slow(evidence.attempts, evidence.slow)
    yield from _of_certificates(evidence, now)


def _slow(attempts: Iterable[Attempt], bound: int) -> Iterator[Finding]:
    """Yield what took longer than this (ns)."""
    waited = [each for each in attempts if not each.listened]
    for name, times, others in (
        ("slow-connect", [(each, each.phases.connect) for each in waited], ()),
        ("slow-accept", [(each, each.phases.associate) for each in waited], ("slow-reverse-lookup",)),
        (
            "slow-echo",
            [(each, reply.round_trip) for each in waited for reply in each.replies],
            (),
        ),
    ):
        slow = [(each, time) for each, time in times if time is not None and time >= bound]
        if slow:
            worst, longest = max(slow, key=lambda pair: pair[1])
            seen = [Seen(f"took {seconds(time)}", each.number) for each, time in slow]
            facts = {**facts_of(worst), "seconds": seconds(longest)}
            yield made(name, FINDINGS[name], facts, evidence=seen, alternatives=others)


def _of_certificates(evidence: Evidence, now: datetime) -> Iterator[Finding]:
    """Yield what the name and the dates of the node's certificate come to, unless it was refused for them."""
    tls = evidence.request.tls
    least = DAYS if tls is None or tls.min_days is None else tls.min_days
    for attempt in evidence.attempts:
        described = None if isinstance(attempt.cause, TlsFailure) else _described(attempt)
        if described is None:
            continue
        host = attempt.asked.server_name or attempt.asked.host
        if not described.matches(host):
            names = brief(", ".join(described.names) or f"CN={described.common_name}")
            seen = [Seen(f"the certificate is for {names}", attempt.number)]
            yield made(_OTHER_HOST, FINDINGS[_OTHER_HOST], facts_of(attempt), evidence=seen)
        state, left = described.state(now), described.days_left(now)
        name = {"expired": "certificate-expired", "not-yet-valid": "certificate-not-yet-valid"}.get(state)
        if name is None and left < least:
            name = "certificate-expires-soon"
        if name is not None:
            first, last = (f"{date:%Y-%m-%d}" for date in (described.not_before, described.not_after))
            seen = [Seen(f"the certificate is valid from {first} to {last}", attempt.number)]
            yield made(name, FINDINGS[name], facts_of(attempt), evidence=seen)


def _described(attempt: Attempt) -> "Description | None":
    if attempt.session is None:
        return None
    from dcmtool.certificates.description import described_if_any

    return described_if_any(attempt.session.certificate)


def seconds(nanoseconds: int) -> str:
    """Return a time in words, in seconds or milliseconds."""
    if nanoseconds >= 100_000_000:
        return f"{nanoseconds / 1_000_000_000:.1f} s"
    return f"{nanoseconds / 1_000_000:.1f} ms"
