"""Write the JSON Schemas of the trace file, an explanation, a sweep and its changes; `make docs` runs this.

The first is made of the types of the events; those of a sweep hold the one of a report.
"""

import json

from dcmtool.trace.json_codec import Schema, closed
from dcmtool.trace.json_lines import EVENTS, SCHEMA, Head
from dcmtool.trace.json_values import codec
from tools.explain_schema import explain
from tools.folders import ROOT
from tools.sweep_schema import sweep, sweep_change
from tools.trace_tables import HEAD, summary

FOLDER = ROOT / "dcmtool" / "schemas"


def schemas() -> dict[str, str]:
    """Return each schema by the name of its file."""
    echo = json.loads((FOLDER / "echo-1.json").read_text(encoding="utf-8"))
    return {
        "trace-1.json": trace(),
        "explain-1.json": json.dumps(explain(), indent=1) + "\n",
        "sweep-1.json": json.dumps(sweep(echo), indent=1) + "\n",
        "sweep-change-1.json": json.dumps(sweep_change(echo), indent=1) + "\n",
    }


def trace() -> str:
    """Return the schema of a line of the trace file."""
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A line of dcmtool echo --trace-file",
        "description": "The first line names the format, every other one is an event.",
        "oneOf": [_header(), *(_event(name, kind) for name, kind in EVENTS.items())],
    }
    return json.dumps(document, indent=1) + "\n"


def _header() -> Schema:
    name = {"description": "The name and version of this format.", "const": SCHEMA}
    version = {"description": "That of the dcmtool that wrote it.", "type": "string"}
    return closed({"schema": name, "version": version})


def _event(name: str, kind: type) -> Schema:
    head = {
        key: {"description": HEAD[key], **inner} for key, inner in codec(Head).schema["properties"].items()
    }
    own = codec(kind).schema["properties"]
    return {"description": summary(kind), **closed(head | {"event": {"const": name}} | own)}


if __name__ == "__main__":
    for name, text in schemas().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        print((FOLDER / name).relative_to(ROOT))
