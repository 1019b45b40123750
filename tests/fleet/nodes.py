"""Sweeps in a test's own process: targets, and what comes of them."""

import asyncio
from collections.abc import Iterable
from typing import Any

from dcmtool.fleet.limits import Limits
from dcmtool.fleet.result import NodeResult
from dcmtool.fleet.sweep import sweep
from dcmtool.fleet.target import Target
from dcmtool.settings import EchoRequest, Negotiation, Peer, Timeouts

LONG = Timeouts(deadline=60)


def target(host: str, port: int, called: str = "ANY-SCP", timeouts: Timeouts = LONG, **more: Any) -> Target:
    """Return a node to verify."""
    request = EchoRequest(Peer(host, port), Negotiation(called_aet=called), timeouts)
    return Target(f"{called}@{host}:{port}", request, **more)


def swept(targets: Iterable[Target], **limits: Any) -> list[NodeResult]:
    """Return the results as they come."""

    async def gathered() -> list[NodeResult]:
        return [result async for result in sweep(targets, Limits(**limits))]

    return asyncio.run(gathered())


def outcomes(results: Iterable[NodeResult]) -> dict[str, str]:
    """Return how each node ended, by its name."""
    return {each.target.name: each.outcome for each in results}
