"""The JSON Schema of what `dcmtool explain` writes."""

from typing import get_args

from dcmtool.capture.connection import ActingSide, Ending, Protocol
from dcmtool.reporting.explain_report import SCHEMA
from dcmtool.trace.json_codec import Schema, closed

_TEXT, _TRUTH = {"type": "string"}, {"type": "boolean"}
_TEXT_OR_NULL, _NUMBER_OR_NULL = {"type": ["string", "null"]}, {"type": ["integer", "null"], "minimum": 0}
_COUNT = {"type": "integer", "minimum": 0}
_SIDES = ("requestor", "acceptor")
_BYTE = {"type": "integer", "minimum": 0, "maximum": 255}


def explain() -> Schema:
    """Return the schema."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The report of dcmtool explain --output json",
        "description": "Each connection's object stands on a line of its own, in the order in which they "
        "ended. With --output ndjson each line is such an object, by #/$defs/connection, as soon as the "
        "connection has ended, and nothing follows the last one; with --summary as well each line is a "
        "pair, by #/$defs/pair. No value of a data set is in it.",
        **closed(
            {
                "schema": _told("The name and version of this format.", {"const": SCHEMA}),
                "connections": _told(
                    "The connections that were wanted; none with --summary.", _list(_ref("connection"))
                ),
                "pairs": _told("What they come to, for each pair of nodes.", _list(_ref("pair"))),
                "without_pair": _told(
                    "How many connections are of more pairs than there is room for.", _COUNT
                ),
                "summary": _summary(),
                "warnings": _told("What is odd about the files, in sentences.", _list(_TEXT)),
                "errors": _told("Why files could not be read, in sentences.", _list(_TEXT)),
                "exit_code": _told("How the command ended.", {"enum": [0, 3, 20, 130]}),
            }
        ),
        "$defs": {
            "connection": _connection(),
            "pair": _pair(),
            "association": _association(),
            "service": _service(),
            "tls": _tls(),
            "spans": _spans(),
            "finding": _finding(),
            "certificate": _certificate(),
        },
    }


def _told(description: str, schema: Schema) -> Schema:
    return {"description": description, **schema}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _or_null(name: str) -> Schema:
    return {"anyOf": [_ref(name), {"type": "null"}]}


def _moment(description: str) -> Schema:
    return {
        "description": f"{description}, in UTC, to the nanosecond; null where that is not known.",
        "type": ["string", "null"],
        "format": "date-time",
    }


def _both(description: str, each: Schema) -> Schema:
    return {"description": description, **closed(dict.fromkeys(_SIDES, each))}


def _counts(description: str) -> Schema:
    return {
        "description": description,
        "type": "object",
        "patternProperties": {"^[a-z]+(-[a-z0-9]+)*$": {"type": "integer", "minimum": 1}},
        "additionalProperties": False,
    }


def _by_command(description: str, each: Schema) -> Schema:
    return {
        "description": description,
        "type": "object",
        "patternProperties": {"^.*$": each},
        "additionalProperties": False,
    }


_PORT = {"type": ["integer", "null"], "minimum": 0, "maximum": 65535}
_ENDPOINT = {
    "address": _told("The IP address; null where a log has none.", _TEXT_OR_NULL),
    "port": _told("The TCP port; null where a log has none.", _PORT),
}


def _connection() -> Schema:
    properties = {
        "number": _told("Its number, in the order in which they began.", {"type": "integer", "minimum": 1}),
        "source": _told("The file that it is from.", _TEXT),
        "requestor": {"description": "Who opened it.", **closed(_ENDPOINT)},
        "acceptor": {"description": "Who was called.", **closed(_ENDPOINT)},
        "began": _moment("When it began"),
        "ended": _moment("When it ended"),
        "protocol": _told(
            "What was spoken, by the first bytes; null where nothing was sent.",
            {"enum": [*(each for each in get_args(Protocol) if each), None]},
        ),
        "ending": _told("How it ended; open is the end of the file.", {"enum": list(get_args(Ending))}),
        "ended_by": _told("Who ended it; null where nobody did.", {"enum": [*_SIDES, None]}),
        "handshake": _told("Whether its beginning was captured.", _TRUTH),
        "times": {
            "description": "How long steps took, in nanoseconds; null where that was not seen.",
            **closed(
                {
                    "connect_ns": _told("From the first SYN to its answer.", _NUMBER_OR_NULL),
                    "accept_ns": _told("From the A-ASSOCIATE-RQ to its answer.", _NUMBER_OR_NULL),
                    "release_ns": _told("From the A-RELEASE-RQ to its answer.", _NUMBER_OR_NULL),
                }
            ),
        },
        "association": _told(
            "What was asked for and agreed on; null where no request was seen.", _or_null("association")
        ),
        "services": _told("The commands, by kind and SOP class.", _list(_ref("service"))),
        "unanswered": _by_command("Requests without a final response, by command.", _COUNT),
        "abort": {"description": "The A-ABORT, if there was one.", **_numbers_or_null("source", "reason")},
        "tls": _told("What TLS shows in the clear; null without it.", _or_null("tls")),
        "starts": _both(
            "The first bytes of both sides in hexadecimal, if they are of no patient; null without any.",
            _TEXT_OR_NULL,
        ),
        "partial": _both("The PDU of each side that did not come whole.", _TEXT_OR_NULL),
        "bytes": _both("How many bytes each side sent.", _COUNT),
        "missing_bytes": _both("How many of them are not in the capture.", _COUNT),
        "retransmitted_segments": _both("How many segments each side sent more than once.", _COUNT),
        "syns": _told("How often the connection was asked for.", _COUNT),
        "unreachable": _unreachable(),
        "faults": _told("What breaks a clause of the standard.", _list(_fault())),
        "warnings": _told("What else is odd, in sentences.", _list(_TEXT)),
        "findings": _told("What is wrong, the most important first.", _list(_ref("finding"))),
    }
    return {"description": "A connection between two others.", **closed(properties)}


def _unreachable() -> Schema:
    properties = {
        "sender": _told("Who sent what did not arrive.", {"enum": list(_SIDES)}),
        "by": _told("The address of who says so.", _TEXT),
        "what": _told("What it says.", _TEXT),
        "at": _moment("When it said so"),
    }
    return {
        "description": "That what a side sent did not arrive, as ICMP says; null where nobody does.",
        **closed(properties),
        "type": ["object", "null"],
    }


def _fault() -> Schema:
    return closed(
        {
            "sender": _told("Who sent it.", {"enum": list(_SIDES)}),
            "text": _told("What it is.", _TEXT),
            "clause": _told("The clause.", _TEXT_OR_NULL),
            "at": _moment("When it came"),
        }
    )


def _numbers_or_null(*names: str) -> Schema:
    """Return the schema of numbers of PS3.8, each with its text."""
    properties: Schema = {}
    for name in names:
        properties[name] = _told(f"The {name}, by its number.", _BYTE)
        properties[f"{name}_text"] = _told(f"The {name} in words; null where it has none.", _TEXT_OR_NULL)
    return {**closed(properties), "type": ["object", "null"]}


def _association() -> Schema:
    implementation = {
        "implementation_class_uid": _TEXT_OR_NULL,
        "implementation_version_name": _TEXT_OR_NULL,
        "max_pdu": _told("The longest P-DATA-TF that it takes, in bytes; 0 is any.", _NUMBER_OR_NULL),
    }
    context = {
        "id": _told("Its number.", _BYTE),
        "abstract_syntax": _told("The UID of the SOP class.", _TEXT),
        "name": _told("Its name; null where none is known.", _TEXT_OR_NULL),
        "transfer_syntaxes": _told("Those proposed.", _list(_TEXT)),
        "result": _told("The answer (PS3.8 9.3.3.2), or null.", {**_BYTE, "type": ["integer", "null"]}),
        "result_text": _told("The answer in words.", _TEXT),
        "transfer_syntax": _told("The one accepted, or null.", _TEXT_OR_NULL),
    }
    properties = {
        "calling_aet": _told("The AE title of the requestor.", _TEXT),
        "called_aet": _told("The AE title that was called.", _TEXT),
        "requestor": {"description": "Which implementation it is.", **closed(implementation)},
        "acceptor": {"description": "Which implementation it is.", **closed(implementation)},
        "user_identity_type": _told(
            "The type of the user identity (PS3.7 D.3.3.7), null without one; nothing else of it is told.",
            {**_BYTE, "type": ["integer", "null"]},
        ),
        "contexts": _told("The presentation contexts.", _list(closed(context))),
        "rejection": {
            "description": "The A-ASSOCIATE-RJ, if that was the answer.",
            **_numbers_or_null("result", "source", "reason"),
        },
    }
    return {"description": "An association.", **closed(properties)}


def _service() -> Schema:
    status = {
        "status": _told("The status, by its number.", {"type": "integer", "minimum": 0, "maximum": 65535}),
        "meaning": _told("The same in words.", _TEXT),
        "count": _told("How many responses had it.", _COUNT),
    }
    properties = {
        "command": _told("The request, such as C-STORE.", _TEXT),
        "sop_class": _told("The UID of the SOP class; null where the request has none.", _TEXT_OR_NULL),
        "name": _told("Its name; null where none is known.", _TEXT_OR_NULL),
        "sender": _told("Who asked.", {"enum": list(_SIDES)}),
        "requests": _told("How many requests there were.", _COUNT),
        "statuses": _told("The responses, pending ones too.", _list(closed(status))),
        "answered_after": _told("How long final responses took; null without one.", _or_null("spans")),
        "data_sets": _told("How many data sets were sent, both ways.", _COUNT),
        "data_bytes": _told("How many bytes these have.", _COUNT),
    }
    return {"description": "The commands of one kind.", **closed(properties)}


def _spans() -> Schema:
    properties = {
        "count": _told("How many there are.", _COUNT),
        "median_ns": _COUNT,
        "p95_ns": _COUNT,
        "maximum_ns": _COUNT,
    }
    return {"description": "How times are distributed, in nanoseconds.", **closed(properties)}


def _tls() -> Schema:
    alert = {"sender": _told("Who sent it.", {"enum": list(_SIDES)}), "alert": _told("Its name.", _TEXT)}
    properties = {
        "offered": _told("The versions that the requestor offers.", _list(_TEXT)),
        "suites": _told("The cipher suites that it offers, by IANA's names.", _list(_TEXT)),
        "server_name": _told("The server name that it asks for (SNI).", _TEXT_OR_NULL),
        "version": _told("The version that the acceptor chose.", _TEXT_OR_NULL),
        "suite": _told("The cipher suite that it chose.", _TEXT_OR_NULL),
        "certificates": _told("Those of the acceptor, in the clear.", _list(_ref("certificate"))),
        "client_certificates": _told("Those of the requestor.", _list(_ref("certificate"))),
        "asks_for_certificate": _told("Whether the acceptor asks for one.", _TRUTH),
        "alerts": _told("Who sent which alert.", _list(closed(alert))),
        "established": _told("Whether data went both ways.", _TRUTH),
    }
    return {"description": "A TLS session, as far as it is in the clear.", **closed(properties)}


def _certificate() -> Schema:
    properties = {
        "subject": _TEXT_OR_NULL,
        "issuer": _TEXT_OR_NULL,
        "not_before": _TEXT_OR_NULL,
        "not_after": _TEXT_OR_NULL,
        "names": _list(_TEXT),
        "fingerprint_sha256": _TEXT_OR_NULL,
    }
    return {"description": "A certificate; one that cannot be read has nulls.", **closed(properties)}


def _finding() -> Schema:
    seen = {
        "what": _told("What was seen.", _TEXT),
        "association": _told("The number of its association, or null.", _NUMBER_OR_NULL),
        "at_ns": _told("When, since the connection began, or null.", {"type": ["integer", "null"]}),
        "bytes": _told("The bytes that show it, in hexadecimal, or null.", _TEXT_OR_NULL),
    }
    properties = {
        "id": _told("What it is called.", _TEXT),
        "certainty": _told("How certain it is.", {"enum": ["certain", "likely", "possible"]}),
        "sentence": _told("What it is, in a sentence.", _TEXT),
        "evidence": _told("On what it rests.", _list(closed(seen))),
        "alternatives": _told("What else it could be, by ids.", _list(_TEXT)),
        "actor": _told("Who has to act; null where nobody has.", {"enum": [*get_args(ActingSide), None]}),
        "advice": _told("What to do, in the order in which to try it.", _list(_TEXT)),
        "clause": _told("The clause of the standard, or null.", _TEXT_OR_NULL),
        "page": _told("The page of the documentation.", _TEXT),
    }
    return {"description": "One thing that is wrong.", **closed(properties)}


def _pair() -> Schema:
    requestor = {"address": _ENDPOINT["address"], "aetitle": _told("Its AE title, or null.", _TEXT_OR_NULL)}
    acceptor = {**_ENDPOINT, "aetitle": _told("The AE title that was called, or null.", _TEXT_OR_NULL)}
    properties = {
        "requestor": {"description": "Who called.", **closed(requestor)},
        "acceptor": {"description": "Who was called.", **closed(acceptor)},
        "connections": _told("How many connections there were.", _COUNT),
        "associations": _told("How many of them were associations.", _COUNT),
        "failed": _told("With how many something is wrong.", _COUNT),
        "findings": _counts("How often each finding was made."),
        "accept": _told("How long the acceptance took; null where it was not seen.", _or_null("spans")),
        "commands": _by_command("How long the responses took, by command.", _or_null("spans")),
    }
    return {"description": "What the connections of a pair of nodes come to.", **closed(properties)}


def _summary() -> Schema:
    properties = {
        "connections": _told("How many were wanted.", _COUNT),
        "associations": _told("How many of them were associations.", _COUNT),
        "failed": _told("With how many something is wrong.", _COUNT),
        "left_out": _told("How many more there were that were not wanted.", _COUNT),
        "findings": _counts("With how many connections each finding has to do."),
    }
    return {"description": "What all connections come to.", **closed(properties)}
