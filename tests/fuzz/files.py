"""Targets that take a file, each as the program reads it."""

import logging
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout, suppress
from io import BytesIO, StringIO
from pathlib import Path
from typing import get_args

import click

from dcmtool.capture import sources as associations
from dcmtool.certificates import chain, files
from dcmtool.certificates.chain import Trust
from dcmtool.certificates.second_look import Refusal, is_another
from dcmtool.cli.commands.nodes.importing import import_nodes
from dcmtool.cli.grammar.command_line import read_command_line
from dcmtool.cli.grammar.parser import parse
from dcmtool.config import command_file, node_check, node_export, node_table, nodes
from dcmtool.config.defaults import COMMANDS, Defaults
from dcmtool.config.toml_text import load, table_of
from dcmtool.dictionary import lint, sources
from dcmtool.dictionary.lines import BadLine, Entry
from dcmtool.dictionary.lines import parse as parse_line
from dcmtool.dictionary.pydicom import register
from dcmtool.dictionary.table import Dictionary, FileTable
from dcmtool.events import Event
from dcmtool.logging_config.load import load as load_logging
from dcmtool.options import requests
from dcmtool.options.echo import ECHO
from dcmtool.options.file_values import Vocabulary
from dcmtool.options.node_faults import NodeSettings
from dcmtool.settings import ServerTls, TlsSettings
from dcmtool.steps import TlsSession
from dcmtool.tls.contexts import prepare
from dcmtool.tls.server import prepare_server
from dcmtool.trace import json_lines, tls_dump
from tests.capture.told import Notes
from tests.dictionary import pydicom_state
from tests.fuzz.checks import LONGEST_LINE, NOW, check_shown, check_text, refusals
from tests.fuzz.sandbox import nothing_is_touched, written
from tests.logging_config import logging_state


def dictionary(data: bytes) -> None:
    """A data dictionary: its entries, what is complained of, what pydicom is told."""
    path = written("f.dic", data)
    with refusals():
        text = sources.read(path)
        for finding in lint.findings(text):
            check_text(f"{finding.rule}: {finding.message}", LONGEST_LINE)
        table = FileTable(path, text)
        assert dict(table.singles()) == _one_by_one(text, table)
    read = sources.read_all([path])
    for warning in read.warnings():
        check_text(warning)
    _used(read.parsed(), registers=len(data) < _MOST_REGISTERED)


def _one_by_one(text: str, table: FileTable) -> dict[tuple[int, str], Entry]:
    """Return the entries of single elements as the lines give them, each by itself."""
    singles: dict[tuple[int, str], Entry] = {}
    skipped = 0
    for number, line in enumerate(text.split("\n"), 1):
        try:
            entry = parse_line(line, number)
        except BadLine:
            skipped += 1
            continue
        if entry is not None and entry.single:
            singles[entry.group.low << 16 | entry.element.low, entry.creator] = entry
        elif entry is not None:
            assert (entry.group, entry.element, entry.creator) in table.ranges
    assert skipped == table.skipped
    return singles


_MOST_REGISTERED = 256  # bytes: pydicom's tables have to be put back, which takes a while


def _used(read: Dictionary, *, registers: bool) -> None:
    for complaint in sources.complaints(read):
        check_text(complaint, LONGEST_LINE)
    for found in read.entries():
        entry = found.entry
        assert (
            read.find(entry.group.low << 16 | entry.element.low, entry.creator) or entry.group.parity != "u"
        )
    if registers:
        with pydicom_state.restored():
            register(read)


def arguments(data: bytes) -> None:
    """A command file, whose arguments become a command line of `dcmtool echo`."""
    path = written("f", data)
    with refusals():
        args = command_file.expand([f"@{path}"])
        assert sum(map(len, args)) <= len(data)
        with nothing_is_touched():
            values = parse(ECHO, read_command_line(args, ECHO.options))
            request = requests.echo_request(values, ask=lambda _key: lambda: "secret")
            requests.output(values)
            assert request.peer.host


def node_file(data: bytes) -> None:
    """A node file or the user's defaults: nodes, the verification of each, and the TOML of it."""
    path = written("f.toml", data)
    found: list[nodes.Node] = []
    with refusals():
        for node in nodes.read(path).all():
            Vocabulary(ECHO.options).of_node(node)
            found.append(node)
    for node in found:
        with refusals(), nothing_is_touched():
            requests.of_node(node)
        again = load(written("again.toml", node.text().encode()), "node file")["nodes"][node.name]
        assert nodes.made(path, node.name, again) == node
    with refusals():
        tables = table_of(path, load(path, "configuration"), "defaults", ("defaults",))
        for command in COMMANDS:
            settings = table_of(path, tables, command, COMMANDS)
            Vocabulary(ECHO.options).of_defaults(Defaults(path, f"defaults.{command}", settings))


def orthanc(data: bytes) -> None:
    """A configuration of Orthanc, from which `dcmtool nodes import` makes a node file."""
    _imported(data, "orthanc")


def table(data: bytes) -> None:
    """A table of comma-separated values, from which `dcmtool nodes import` makes a node file."""
    _imported(data, "csv")


def _imported(data: bytes, kind: str) -> None:
    command: Callable[..., None] | None = import_nodes.callback
    assert command is not None
    given = {"file": written("f", data), "kind": kind, "strict": False, "output_file": None, "force": False}
    ends = refusals(), suppress(click.exceptions.Exit)
    with redirect_stdout(StringIO()) as output, redirect_stderr(StringIO()) as said, ends[0], ends[1]:
        click.Context(import_nodes).invoke(command, **given, output="toml")
    for line in said.getvalue().splitlines():
        check_text(line)
    settings = NodeSettings()
    made = nodes.read(written("made.toml", output.getvalue().encode())).all()
    imported = [node for node in made if not [*settings.faults(node), *node_check.impossible(node)]]
    assert len(imported) == output.getvalue().count("[nodes.")
    _exported(imported, settings)


def _exported(imported: list[nodes.Node], settings: NodeSettings) -> None:
    """See that what was imported is the same once it has gone through the table that is exported."""
    cells: dict[str, dict[str, str]] = {
        node.name: {key: settings.keys.to_text(key, value, "") or "" for key, value in node.settings.items()}
        for node in imported
    }
    for form in node_export.FORMS:
        text, remarks = node_export.export(imported, form, lambda node: cells[node.name])
        for remark in remarks:
            check_text(remark)
        if form == "csv":
            rows = node_table.table("f", text).rows
            assert [row.cells["name"] for row in rows] == [node.name for node in imported]
            assert [row.cells.get("tags", []) for row in rows] == [list(node.tags) for node in imported]


_EXTENSIONS = {b"j": ".json", b"t": ".toml", b"i": ".ini", b"p": ".cfg"}


def logging_file(data: bytes) -> None:
    """A logging configuration, and a record that is logged with it.

    The first byte says its form: j, t, i or p (DCMTK's `logger.cfg`); by any other it is found out.
    """
    path = written(f"f{_EXTENSIONS.get(data[:1], '')}", data[1:])
    known = set(logging.root.manager.loggerDict)
    silent = redirect_stdout(StringIO()), redirect_stderr(StringIO())
    with logging_state.restored(), silent[0], silent[1], refusals(), nothing_is_touched():
        for complaint in load_logging(path):
            check_text(complaint)
        logging_state.say("Requesting Association")
    for name in set(logging.root.manager.loggerDict) - known:
        del logging.root.manager.loggerDict[name]


# Certificates -----------------------------------------------------------------------------------------


def _secret() -> bytes:
    return b"secret"


def certificates(data: bytes) -> None:
    """A file of certificates, keys or revocation lists; and a certificate of a peer."""
    path = written("f.pem", data)
    for form in (None, "pem", "der"):
        with refusals():
            files.authorities(path, form)
    with refusals():
        for each in files.certificates(path, None):
            assert each in files.authorities(path, None)[0]
    for call in _CALLS:
        with refusals():
            call(path)
    for refusal in get_args(Refusal):
        is_another(data, refusal, Trust(), [data], NOW)
    shown = TlsSession("TLSv1.3", "TLS_AES_256_GCM_SHA384", 256, data, True, "pacs.example")
    for line in [*tls_dump.details(shown, "pacs", NOW), *tls_dump.summary(shown, "pacs", NOW)]:
        check_text(line, LONGEST_LINE)


def keys(data: bytes) -> None:
    """A file of a private key, alone or with its certificate; or Diffie-Hellman parameters."""
    path = written("key.pem", data)
    for call in _KEY_CALLS:
        with refusals():
            call(path)


_CALLS: tuple[Callable[[str], object], ...] = (
    lambda path: chain.verify(path, Trust(ca_files=(path,)), NOW),
    lambda path: chain.verify(path, Trust((path,), (), (path,), "chain"), NOW),
    lambda path: chain.verify_root(path, None, NOW),
    lambda path: prepare(TlsSettings(ca_files=(path,), crl_files=(path,))),
)
_KEY_CALLS: tuple[Callable[[str], object], ...] = (
    lambda path: files.private_key(path, None, _secret),
    lambda path: files.private_key(path, "der", None),
    lambda path: files.key_pair(path, path, None, _secret),
    files.dh_parameters,
    lambda path: prepare(TlsSettings(path, path, "secret")),
    lambda path: prepare_server(ServerTls(TlsSettings(path, path, "secret", dh_parameters=path)), None),
)


# What tells of associations ---------------------------------------------------------------------------


def told(data: bytes) -> None:
    """A log, a dump or a trace, as it is recognised and as each form is told."""
    for form in (None, "trace", "hex", *associations.LOGS):
        notes = Notes()
        with refusals():
            for seen in associations.read(BytesIO(data), "f", form, notes.observe, check_text):
                assert seen is not None
        for observer in notes.observers:
            for event in observer.events:
                check_shown(event)


# Traces -----------------------------------------------------------------------------------------------


def trace(data: bytes) -> None:
    """A trace file, whose events are shown and written once more."""
    path = written("f.ndjson", data)
    events: list[Event] = []
    with refusals(), Path(path).open(encoding="utf-8") as file:
        events.extend(json_lines.read(file, path))
    for event in events:
        check_shown(event)
        line = json_lines.json_line(event)
        (again,) = json_lines.read([json_lines.header("0"), line])
        assert json_lines.json_line(again) == line
