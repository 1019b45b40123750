"""The table of targets, and what is kept of each: seeds from real programs, and what once broke it."""

from collections.abc import Callable, Iterator
from pathlib import Path

from tests.fuzz import captures, files, observing, peers, tls

Target = Callable[[bytes], None]

CORPORA = Path(__file__).parent / "corpora"
TARGETS: dict[str, Target] = {
    "association": peers.association,
    "observed": peers.observed,
    "verification": peers.verification,
    "scp": peers.scp,
    "dimse": peers.dimse,
    "tls-client": tls.tls_client,
    "tls-server": tls.tls_server,
    "dictionary": files.dictionary,
    "arguments": files.arguments,
    "nodes": files.node_file,
    "orthanc": files.orthanc,
    "table": files.table,
    "logging": files.logging_file,
    "certificates": files.certificates,
    "keys": files.keys,
    "trace": files.trace,
    "connection": observing.connection,
    "capture": captures.capture,
    "segments": captures.segments,
}


def corpus(name: str) -> Iterator[Path]:
    """Yield the inputs that are kept for a target."""
    return (path for path in sorted((CORPORA / name).iterdir()) if path.is_file())
