"""Every parser of a file or of a peer's bytes takes time in proportion to its input, and has a bound."""

import logging
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from dcmtool.config import command_file, node_import, nodes, text_file
from dcmtool.config.toml_text import MAX_PARTS, parsed
from dcmtool.dictionary import sources
from dcmtool.dictionary.pydicom import register
from dcmtool.errors import InputFileError, RemoteProtocolError
from dcmtool.logging_config.load import load
from tests.dictionary import pydicom_state
from tests.hostile import bytes_of_peers, files
from tests.hostile.growth import IN_FULL, peak, too_slow
from tests.logging_config import logging_state

PATIENCE = 900 if IN_FULL else 120  # seconds a test, on a machine that is busy
pytestmark = [
    pytest.mark.no_cover,  # which would be most of what is measured
    pytest.mark.timeout(PATIENCE),
]
# The larger ones take minutes, and more where coverage is measured: GROWTH=full, as in `.ci/run`.
SIZES = (10_000, 100_000, 1_000_000) if IN_FULL else (4_000, 40_000)
LINES = 40_000 if IN_FULL else 8_000
MOST_MEMORY = 64 << 20  # bytes: a fortieth of what the worst took


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    """Configurations and dictionaries have effects on the whole process."""
    known = set(logging.root.manager.loggerDict)
    with logging_state.restored(), pydicom_state.restored():
        yield
    for name in set(logging.root.manager.loggerDict) - known:
        del logging.root.manager.loggerDict[name]


def _faults(inputs: Mapping[str, Callable[[int], bytes]], call: Callable[[bytes], object]) -> dict[str, str]:
    """Return how the time grows too fast, by input."""
    found = {}
    for name, made in inputs.items():
        calls = [partial(call, made(size)) for size in SIZES]
        if said := next(filter(None, (too_slow(*pair) for pair in pairwise(calls))), ""):
            found[name] = said
    return found


FILE_INPUTS = {name: partial(files.repeated, name) for name in files.REPEATED} | {
    name: partial(files.numbered, name) for name in files.NUMBERED
}


@pytest.mark.parametrize("parser", files.PARSERS)
def test_a_parser_of_files(parser: str, tmp_path: Path) -> None:
    name, parse = files.PARSERS[parser]

    def call(data: bytes) -> None:
        with pydicom_state.restored():
            files.call(parse, files.written(str(tmp_path), name, data))()

    assert _faults(FILE_INPUTS, call) == {}


@pytest.mark.parametrize("parser", bytes_of_peers.PARSERS)
def test_a_parser_of_a_peer_s_bytes(parser: str) -> None:
    parse = bytes_of_peers.PARSERS[parser]

    def call(data: bytes) -> None:
        try:
            parse(data)
        except RemoteProtocolError:
            return

    assert _faults(bytes_of_peers.INPUTS, call) == {}


@pytest.mark.parametrize("name", ["private ranges", "repeated ranges", "private elements"])
def test_the_memory_of_a_dictionary(name: str, tmp_path: Path) -> None:
    path = files.written(str(tmp_path), "f.dic", files.numbered(name, LINES))
    dictionary = sources.read_all([path]).parsed()
    assert peak(partial(register, dictionary)) < MOST_MEMORY * LINES / 40_000


def test_the_memory_of_dotted_keys(tmp_path: Path) -> None:
    dots = b"a." * 20_000
    for text in (dots + b"a = 1", b"[" + dots.replace(b".", b" . ") + b"a]", b"b = {" + dots):
        path = files.written(str(tmp_path), "f.toml", text)
        assert peak(files.call(lambda path: nodes.read(path), path)) < MOST_MEMORY
        with pytest.raises(InputFileError, match=rf"a key of more than {MAX_PARTS} parts \(at line 1\)"):
            nodes.read(path)


def test_dots_that_part_no_key() -> None:
    dots = "." * 100
    text = f"a = \"{dots}\" # {dots}\nb = '{dots}'\n"
    text += f'c = """\n{dots}\n\\"{dots}"""\n' + f"d = '''{dots}\n'{dots}'''\n"
    assert set(parsed(text)) == {"a", "b", "c", "d"}
    assert parsed("a.b.c.d.e.f.g.h = [1.5, 2.5]")["a"]["b"]["c"]["d"]["e"]["f"]["g"]["h"] == [1.5, 2.5]


@pytest.mark.parametrize(
    "number", ["0x" + "f" * 3600, "0o" + "7" * 30, str(1 << 63), "-0b0", str(-(1 << 64))]
)
def test_a_number_of_many_digits_is_a_sentence(number: str, tmp_path: Path) -> None:
    for text in (f"nodes.a = {number}", f"[nodes.a]\nhost='h'\nport=1\ntags=[{number}]"):
        path = files.written(str(tmp_path), "f.toml", text.encode())
        with pytest.raises(InputFileError, match="is not valid TOML: "):
            nodes.read(path)


@pytest.mark.parametrize(
    "read",
    [
        lambda path: list(nodes.read(path).all()),
        lambda path: node_import.read(path, "auto"),
        lambda path: command_file.expand([f"@{path}"]),
        sources.read,
        load,
    ],
)
def test_a_file_is_at_most_4_mb(read: Callable[[str], object], tmp_path: Path) -> None:
    path = files.written(str(tmp_path), "f", b"#" * (text_file.MOST + 1))
    with pytest.raises(InputFileError, match=r"is larger than [0-9]+ bytes, as no"):
        read(path)


def test_the_variables_of_a_log_configuration_are_bounded(tmp_path: Path) -> None:
    lines = [f"a{n} = " + f"%(a{n + 1})s" * 10 for n in range(9)]
    text = "[DEFAULT]\n" + "\n".join([*lines, "a9 = x"]) + "\n[loggers]\nkeys = %(a0)s\n"
    path = files.written(str(tmp_path), "f.ini", text.encode())
    with pytest.raises(InputFileError, match="is refused by Python's logging"):
        load(path)


@pytest.mark.parametrize("name", ["a.b." * 60, "a" * 201])
def test_the_name_of_a_logger_is_bounded(name: str, tmp_path: Path) -> None:
    texts = {
        "f.cfg": f"log4cplus.rootLogger = INFO\nlog4cplus.logger.dcmtool.{name} = INFO\n",
        "f.json": f'{{"version": 1, "loggers": {{"{name}": {{}}}}}}',
        "f.ini": f"[loggers]\nkeys=root,a\n[handlers]\nkeys=\n[logger_a]\nqualname={name}\n",
    }
    for file, text in texts.items():
        with pytest.raises(InputFileError, match=r"names a logger in [0-9]+ characters, more than 200"):
            load(files.written(str(tmp_path), file, text.encode()))
