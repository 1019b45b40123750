"""The JSON Schemas of a sweep and of a change in one that is watched, around the one of a report."""

from dcmtool.reporting.sweep_change import SCHEMA as CHANGE
from dcmtool.reporting.sweep_report import SCHEMA
from dcmtool.trace.json_codec import Schema, closed

_TEXT_OR_NULL = {"type": ["string", "null"]}
_COUNT = {"type": "integer", "minimum": 0}


def sweep(report: Schema) -> Schema:
    """Return the schema of a sweep whose nodes have reports by this one."""
    part = {key: value for key, value in report.items() if key != "$schema"}
    return {
        "$schema": report["$schema"],
        "title": "The report of dcmtool sweep --output json",
        "description": "Each node's object stands on a line of its own, in the order of the names. "
        "With --output ndjson each line is such an object, by #/$defs/node, as soon as the node is done "
        "with, and nothing follows the last one.",
        **closed(
            {
                "schema": {"description": "The name and version of this format.", "const": SCHEMA},
                "nodes": {
                    "description": "What came of each node.",
                    "type": "array",
                    "items": {"$ref": "#/$defs/node"},
                },
                "summary": _summary(),
            }
        ),
        "$defs": {"node": _node(), "report": part},
    }


def sweep_change(report: Schema) -> Schema:
    """Return the schema of a change of a node's state, with a report by this one."""
    part = {key: value for key, value in report.items() if key != "$schema"}
    properties = {
        "schema": {
            "description": "The name and version of this format.",
            "const": CHANGE,
        },
        "at": {"description": "When the change was seen, in UTC.", "type": "string", "format": "date-time"},
        **_WHICH,
        "from": {
            "description": "The state that the node had before; null for the first that is known.",
            "enum": [*_STATES, None],
        },
        "to": {
            "description": "The state that it has now, which may be the one before with another finding; "
            "null at the end of the watch, since nobody looks from then on.",
            "enum": [*_STATES, None],
        },
        "finding": {
            "description": "What the failure is put down to first, by the id of its finding, or null.",
            **_TEXT_OR_NULL,
        },
        "since": {
            "description": "Since when it had the state before, in UTC; null where there was none.",
            **_TEXT_OR_NULL,
        },
        "lasted_ns": {
            "description": "How long it had the state before, in nanoseconds; null where there was none.",
            "type": ["integer", "null"],
            "minimum": 0,
        },
        "report": {
            "description": "The verification that showed it, as dcmtool echo reports it; null at the end, "
            "and where the node was skipped.",
            "anyOf": [{"$ref": "#/$defs/report"}, {"type": "null"}],
        },
    }
    return {
        "$schema": report["$schema"],
        "title": "A line of dcmtool sweep --watch SECONDS --output ndjson",
        "description": "A change of a node's state. The first round gives each node's state as a change "
        "from null, the end of the watch the end of each: what lies between is the history.",
        **closed(properties),
        "$defs": {"report": part},
    }


_STATES = ("answered", "failed", "skipped")
_WHICH: Schema = {
    "name": {"description": "The node's name in the node file, or as it was typed.", "type": "string"},
    "target": {
        "description": "Who was called, in one word: CALLED@HOST:PORT, IPv6 in brackets.",
        "type": "string",
    },
    "tags": {"description": "Its tags.", "type": "array", "items": {"type": "string"}},
}


def _node() -> Schema:
    properties = {
        **_WHICH,
        "outcome": {
            "description": "The outcome of its report, or skipped where it is not to be probed.",
            "type": "string",
            "pattern": "^[a-z]+(-[a-z]+)*$",
        },
        "finding": {
            "description": "What a failure is put down to first, by the id of the finding; null without any.",
            **_TEXT_OR_NULL,
        },
        "reason": {"description": "Why it is not to be probed; null where it may be.", **_TEXT_OR_NULL},
        "attempts": {
            "description": "How often it was tried; 1 where nothing was tried again.",
            "type": "integer",
            "minimum": 1,
        },
        "late_ns": {
            "description": "By how long this machine was late in looking at what the node sent, in "
            "nanoseconds; the round trip may hold as much too much.",
            **_COUNT,
        },
        "report": {
            "description": "Its verification, as dcmtool echo reports it, with that command's exit code; "
            "null where it was skipped.",
            "anyOf": [{"$ref": "#/$defs/report"}, {"type": "null"}],
        },
    }
    return {
        "description": "A node.",
        **closed(properties),
        "if": {"properties": {"outcome": {"const": "skipped"}}},
        "then": {
            "properties": {
                "finding": {"type": "null"},
                "reason": {"type": "string"},
                "report": {"type": "null"},
            }
        },
        "else": {"properties": {"report": {"type": "object"}}},
    }


def _summary() -> Schema:
    return {
        "description": "What all nodes come to.",
        **closed(
            {
                "nodes": {"description": "How many there are.", **_COUNT},
                "answered": {"description": "How many answered.", **_COUNT},
                "failed": {"description": "How many did not.", **_COUNT},
                "skipped": {"description": "How many are not to be probed.", **_COUNT},
                "outcomes": _counts("How many nodes ended in each way."),
                "findings": _counts("How many failures are put down to each finding."),
                "seconds": {"description": "How long all took.", "type": "number", "minimum": 0},
            }
        ),
    }


def _counts(description: str) -> Schema:
    return {
        "description": description,
        "type": "object",
        "patternProperties": {"^[a-z]+(-[a-z]+)*$": {"type": "integer", "minimum": 1}},
        "additionalProperties": False,
    }
