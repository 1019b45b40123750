"""Every parser of a file, as the program calls it, and the inputs that may take it long."""

import itertools
import os
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from dcmtool.capture import sources as associations
from dcmtool.certificates import chain, files
from dcmtool.certificates.description import describe
from dcmtool.config import command_file, node_check, node_import, nodes
from dcmtool.dictionary import lint, sources
from dcmtool.dictionary.pydicom import register
from dcmtool.errors import DcmtoolError
from dcmtool.logging_config.load import load
from dcmtool.options.node_faults import NodeSettings
from dcmtool.trace import json_lines
from tests.capture.told import Notes

Parser = Callable[[str], object]


def _nodes(path: str) -> None:
    for node in nodes.read(path).all():
        node.text()


def _check(path: str) -> None:
    _, tables = nodes.load_tables(path)
    list(node_check.problems(path, tables or {}, NodeSettings().faults))


def _import(path: str) -> None:
    taken: dict[str, object] = {}
    others = node_check.Others()
    for foreign in node_import.read(path, "auto").nodes:
        if foreign.problem:
            continue
        name = node_import.new_name(foreign.name, taken)
        taken[name] = node = nodes.made(path, name, {"host": "h", **foreign.keys, "port": 1})
        list(others.beside(node))


def _dictionary(path: str) -> None:
    dictionary = sources.read_all([path]).parsed()
    sources.complaints(dictionary)
    register(dictionary)
    dictionary.find(0x60FF0010)


def _lint(path: str) -> None:
    list(lint.findings(sources.read(path)))


def _trace(path: str) -> None:
    with open(path, encoding="utf-8") as file:
        list(json_lines.read(file, path))


_FORMS = (None, "trace", "hex", *associations.LOGS)


def _told(path: str, form: str | None) -> None:
    notes, warnings = Notes(), list[str]()
    with open(path, "rb") as file:
        for _ in associations.read(file, path, form, notes.observe, warnings.append):
            notes.observers.clear()


def _chain(path: str) -> None:
    chain.verify(path, chain.Trust(ca_files=(path,), crl_check="chain"), datetime(2026, 1, 1, tzinfo=UTC))


def _described(path: str) -> None:
    with suppress(ValueError):
        describe(Path(path).read_bytes())


def _key(path: str) -> None:
    files.private_key(path, "pem", lambda: b"secret")


PARSERS: dict[str, tuple[str, Parser]] = {  # each with the name that its file has
    "node file": ("f.toml", _nodes),
    "check of nodes": ("f.toml", _check),
    "import": ("f", _import),
    "command file": ("f", lambda path: command_file.expand([f"@{path}"])),
    "logger.cfg": ("f.cfg", load),
    "logging JSON": ("f.json", load),
    "logging TOML": ("f.toml", load),
    "logging INI": ("f.ini", load),
    "dictionary": ("f.dic", _dictionary),
    "dictionary check": ("f.dic", _lint),
    "certificates PEM": ("f.pem", lambda path: files.certificates(path, "pem")),
    "certificates DER": ("f.der", lambda path: files.certificates(path, "der")),
    "certificate of a peer": ("f.der", _described),
    "chain": ("f.pem", _chain),
    "key PEM": ("f.pem", _key),
    "Diffie-Hellman parameters": ("f.pem", files.dh_parameters),
    "trace": ("f.ndjson", _trace),
    **{f"associations ({form})": ("f", partial(_told, form=form)) for form in _FORMS},
}


def call(parser: Parser, path: str) -> Callable[[], None]:
    """Return the call that parses a file, whose refusal is as good as an answer."""

    def parse() -> None:
        with suppress(DcmtoolError):
            parser(path)

    return parse


# The inputs: what begins them, what is repeated, what ends them.
REPEATED: dict[str, tuple[bytes, bytes, bytes]] = {
    "blank lines": (b"", b"\n", b""),
    "blank lines of Windows": (b"", b"\r\n", b""),
    "blanks": (b"", b" ", b""),
    "tabs": (b"", b"\t", b""),
    "letters": (b"", b"a", b""),
    "digits": (b"a = ", b"1", b""),
    "hexadecimal digits": (b"a = 0x", b"f", b""),
    "dots": (b"", b"a.", b"a = 1"),
    "dots in a table": (b"[", b"a.", b"a]"),
    "quoted dots": (b"", b'"a" . ', b"a = 1"),
    "double quotes": (b"", b'"', b""),
    "quotes": (b"", b"'", b""),
    "quotes by turns": (b"", b"'\"", b""),
    "words and quotes": (b"", b"a'", b""),
    "backslashes": (b'"', b"\\", b""),
    "escapes in a text": (b'a = "', b"\\n", b'"'),
    "brackets": (b"", b"[", b""),
    "braces": (b"", b"{", b""),
    "braces in JSON": (b"", b'{"a":', b""),
    "comments that do not end": (b"{", b"/*", b""),
    "slashes": (b"{", b"/", b""),
    "variables that do not end": (b"log4cplus.rootLogger = ", b"${", b""),
    "variables": (b"log4cplus.rootLogger = ", b"${a}", b""),
    "variables in variables": (b"a = b\nlog4cplus.rootLogger = ", b"${a", b"}"),
    "times that do not end": (b"log4cplus.appender.A.layout.ConversionPattern = ", b"%d{", b""),
    "times in times": (b"log4cplus.appender.A.layout.ConversionPattern = ", b"%d{", b"}"),
    "conversions": (b"log4cplus.appender.A.layout.ConversionPattern = ", b"%", b""),
    "interpolations": (b"[DEFAULT]\na = 1\nb = ", b"%(a)s", b"\n[loggers]\nkeys = %(b)s"),
    "interpolations that do not end": (b"[loggers]\nkeys = ", b"%(", b""),
    "equal names in a header": (b"host,port", b",a", b"\nh,1"),
    "blanks in a header": (b"host,port,", b" -", b"\nh,1"),
    "equal names of nodes": (b"name,host,port\n", b"a,h,1\n", b""),
    "quotes that nothing closes": (b"host,port\n", b'h,"1\n', b""),
    "cells with quotes in them": (b"host,port\n", b'"h"x,1\n', b""),
    "rulers": (b"I: Requesting Association\n", b"=", b""),
    "beginnings of messages": (b"I: Requesting Association\n", b"I: Sending Echo Request (MsgID 1", b""),
    "messages": (b"I: Requesting Association\n", b"I: Sending Store Request (MsgID 1, SC)\n", b""),
    "responses": (b"I: Requesting Association\n", b"I: Received Store Response (Success)\n", b""),
    "associations": (b"", b"I: Requesting Association\nI: Association Accepted (\n", b""),
    "associations in associations": (b"", b"I: Requesting Association\nI: Association Received\n", b""),
    "blocks": (b"", b"D: ==== BEGIN A-ASSOCIATE-RQ ====\n", b""),
    "contexts": (b"D: ==== BEGIN A-ASSOCIATE-RQ ====\n", b"D:   Context ID:  1 (Proposed)\n", b""),
    "transfer syntaxes": (b"==== BEGIN A-ASSOCIATE-RQ ====\n  Context ID: 1 (Proposed)\n", b"  =x\n", b""),
    "times": (b"", b"I1130 10:35:00.710985 \n", b""),
    "lines of a dump": (b"", b"00000000  01 00 00 00 00 04 00 00\n", b""),
    "lines left out": (b"00000000  01\n", b"*\n00000010\n", b""),
    "bytes in one line": (b"0000  ", b"04 ", b""),
    "elements of an array": (b"{", b"0x04, ", b"}"),
    "PDUs of no length": (b"", b"040000000000", b""),
    "requests": (b"", b"010000000000\n", b""),
    "commas and blanks in JSON": (b'{"a": [1', b", ", b"]}"),
    "variables of Orthanc that do not end": (b'{"a": "', b"${a:-", b'"}'),
    "defaults that do not end": (b'{"a": "', b"${a:-'", b'"}'),
    "variables of Orthanc": (b'{"a": "', b"${a:-'b'}", b'"}'),
    "quotes of a cell": (b"host,port\n", b"'", b"=,1\n"),
    "tags of a node": (b"host,port,tags\nh,1,", b"a;", b"\n"),
    "BEGIN": (b"", b"-----BEGIN CERTIFICATE-----\n", b""),
    "BEGIN that does not end": (b"", b"-----BEGIN ", b""),
    "END": (b"-----BEGIN CERTIFICATE-----\n", b"-----END CERTIFICATE----", b""),
    "empty certificates": (
        b"",
        b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
        b"",
    ),
    "lists in DER": (b"\x30\x82\xff\xff", b"\x30\x80", b""),
    "tags of a dictionary": (b"", b'(0009,"', b""),
}
# The inputs of lines that are numbered: {i} in them, {h} in hexadecimal.
NUMBERED: dict[str, tuple[str, str]] = {
    "columns": ("host,port", ",a{i}"),
    "rows of one name": ("name,host,port\n", "a,h{i},1\n"),
    "rows of one place": ("name,host,port\n", "a{i},h,1\n"),
    "nodes of one title": ("", '[nodes.a{i}]\nhost = "h"\nport = 104\ncall = "A"\n'),
    "settings of a node": ('[nodes.a]\nhost = "h"\nport = 104\n', "b{i} = 1\n"),
    "keys": ("", "a{i} = 1\n"),
    "tables": ("", '[nodes.a{i}]\nhost = "h"\nport = 104\n'),
    "arrays of tables": ("", "[[a]]\nb = {i}\n"),
    "settings that are not known": ("log4cplus.rootLogger = INFO\n", "log4cplus.a{i} = 1\n"),
    "appenders that are not known": ("log4cplus.rootLogger = INFO\n", "log4cplus.appender.a{i} = b\n"),
    "loggers that are not known": ("log4cplus.rootLogger = INFO\n", "log4cplus.logger.a{i} = INFO, b\n"),
    "loggers that are ours": ("log4cplus.rootLogger = INFO\n", "log4cplus.logger.dcmtool.a{i} = INFO, b\n"),
    "filters": (
        "log4cplus.rootLogger = INFO, A\nlog4cplus.appender.A = log4cplus::ConsoleAppender\n",
        "log4cplus.appender.A.filters.{n} = b\n",
    ),
    "appenders of a logger": ("log4cplus.rootLogger = INFO", ", a{i}"),
    "values that double": ("log4cplus.rootLogger = INFO\na = " + "a" * 9000 + "\n", "b{i} = ${{a}}\n"),
    "modalities": ('{{"DicomModalities": {{"z": ["A", "h", 1]', ', "a{i}": ["A", "h", 1]'),
    "sections": ("", "[handler_a{i}]\nclass = a\n"),
    "private elements": ("", '(0009,"ACME",{h})\tUS\tName{i}\t1\tACME\n'),
    "private ranges": ("", '(0009-o-00ff,"ACME{i}",10-u-1f)\tUS\tName{i}\t1\tACME\n'),
    "repeated ranges": ("", "(6001-u-{h},0001-u-fffe)\tUS\tName{i}\t1\tACME\n"),
    "lines that are none": ("", "a{i}\n"),
}
ENDINGS = {"modalities": "}}"}


def repeated(name: str, size: int) -> bytes:
    """Return an input of about so many bytes."""
    start, part, end = REPEATED[name]
    return start + part * ((size - len(start) - len(end)) // len(part)) + end


def numbered(name: str, size: int) -> bytes:
    """Return an input of about so many bytes, each part of it with its number."""
    start, part = NUMBERED[name]
    start = start.replace("{{", "{").replace("}}", "}") if "{{" in start else start
    return _joined(start, part, size, ENDINGS.get(name, "")).encode()


def _joined(start: str, part: str, size: int, end: str) -> str:
    pieces: list[str] = [start]
    length = len(start)
    for i in itertools.count():
        piece = part.format(i=i, n=i + 1, h=f"{0x6002 + i % 0x1000:04x}")
        length += len(piece)
        if length > size:
            break
        pieces.append(piece)
    return "".join(pieces) + end


def written(folder: str, name: str, data: bytes) -> str:
    """Write an input to a file and return its path."""
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        file.write(data)
    return path
