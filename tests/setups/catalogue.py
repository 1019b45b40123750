"""All set-ups, by name and by kind."""

import pytest

from tests.setups import (
    answers,
    certificates,
    connections,
    echoes,
    healthy,
    namespaces,
    protocols,
    times,
    titles,
    tls,
)

KINDS = {
    "healthy": healthy.SETUPS,
    "connections": connections.SETUPS,
    "protocols": protocols.SETUPS,
    "tls": tls.SETUPS,
    "certificates": certificates.SETUPS,
    "titles": titles.SETUPS,
    "answers": answers.SETUPS,
    "echoes": echoes.SETUPS,
    "times": times.SETUPS,
    "namespaces": namespaces.SETUPS,
}
SETUPS = {setup.name: setup for kind in KINDS.values() for setup in kind}


def every(*kinds: str) -> pytest.MarkDecorator:
    """Return what gives a test each set-up of these kinds."""
    chosen = [setup for kind in kinds for setup in KINDS[kind]]
    return pytest.mark.parametrize("setup", chosen, ids=lambda setup: setup.name)
