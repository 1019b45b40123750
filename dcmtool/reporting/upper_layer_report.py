"""What ends an association early as JSON, in whatever report: rejections and aborts (PS3.8 9.3.4, 9.3.8)."""

from typing import Any

from dcmtool.errors import PeerAbort, Rejection

Object = dict[str, Any]  # of plain JSON types


def rejection(rejected: Rejection) -> Object:
    """Return a rejection: its numbers, and what they mean."""
    return {
        "result": rejected.result,
        "result_text": rejected.result_text,
        "source": rejected.source,
        "source_text": rejected.source_text,
        "reason": rejected.reason,
        "reason_text": rejected.reason_text,
    }


def abort(source: int, reason: int) -> Object:
    """Return the numbers of an A-ABORT; the reason has a meaning from the provider alone (PS3.8 9.3.8)."""
    return {
        "source": source,
        "source_text": PeerAbort.SOURCES.get(source),
        "reason": reason,
        "reason_text": PeerAbort.REASONS.get(reason) if source == 2 else None,
    }
