"""The caller that findings are about: what their sentences may name of it."""

from collections.abc import Iterable, Mapping

from dcmtool.diagnosis.callers.table import ALTERNATIVES, CALLERS
from dcmtool.diagnosis.definition import Definition
from dcmtool.diagnosis.findings import Finding, Seen, made
from dcmtool.text import brief

_ORDER = {name: place for place, name in enumerate(CALLERS)}
_PADDING = " \0"


class Subject:
    """A caller by its address and titles, at our own port and title; `table` has what is said of it."""

    def __init__(
        self,
        address: str,
        port: int,
        title: str,
        calling: str = "",
        called: str = "",
        *,
        table: Mapping[str, Definition] = CALLERS,
        facts: Mapping[str, object] | None = None,
    ) -> None:
        own = brief(calling.strip(_PADDING))
        self._table = table
        self._facts: dict[str, object] = {
            "caller": own or f"the caller at {address}",
            "address": address,
            "port": port,
            "title": brief(title),
            "calling": own or "(blank)",
            "called": brief(called.strip(_PADDING)),
            **(facts or {}),
        }

    def finding(
        self,
        name: str,
        *evidence: Seen,
        without: Iterable[str] = (),
        **facts: object,
    ) -> Finding:
        """Return the finding with this id, `without` some alternatives; its sentence names the facts."""
        others = [each for each in ALTERNATIVES.get(name, ()) if each not in without]
        return made(
            name,
            self._table[name],
            self._facts | facts,
            evidence=evidence,
            alternatives=others,
        )


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings with the most important one first, of each id the first."""
    by_id: dict[str, Finding] = {}
    for each in findings:
        by_id.setdefault(each.id, each)
    return tuple(sorted(by_id.values(), key=lambda each: _ORDER[each.id]))
