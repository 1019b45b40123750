"""What README and guide show is what happens: each command line is run, and its lines are compared."""

import contextlib
import json
import re
import shlex
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers import dcmtk, elsewhere, pki
from tests.peers.programs import ROOT, environment, free_port, refusing_port, require
from tests.peers.samples import PAGES, Session, Typed, blocks, pattern
from tests.peers.scp import verification_scp
from tests.peers.scripted import ScriptedPeer
from tests.peers.terminal import Terminal
from tests.peers.tls import server_context
from tests.peers.vocabulary import Accept, Raw, Serve

# Samples that are not run here, by how they begin, and why.
ELSEWHERE = {
    "git clone": "fetches the libraries; .ci/newcomer does what a newcomer does",
    "make demo": "test_tmux runs it",
    "command -v echoscu": "is of the reader's machine; test_guide has its facts",
    "dcmtool scp\n": "its callers are elsewhere; test_guide makes their lines",
    "dcmtool scp --explain --require-called -aet PACS\n": "its caller is elsewhere; test_guide makes them",
    "dcmtool completion install": "writes into the home folder; the tests of completion run it",
    "dcmtool explain": "its capture is elsewhere; test_guide makes its block",
    "dcmtool tap": "its callers are elsewhere; tests/cli/commands/test_tap.py has its lines",
    "export DCMDICTPATH": "test_guide runs it with DCMTK's files",
}
SAMPLES = {
    f"{page}:{number}": block
    for page in PAGES
    for number, block in enumerate(blocks(page))
    if not any(f"{block[0].command}\n".startswith(start) for start in ELSEWHERE)
}
AUTHORITY = pki.Authority("CN=Hospital CA")
SLOW = re.compile(r"answered, but the \w+ took \d")  # which a busy machine may make of a node in order
TRIES = 20
COLOUR = re.compile(r"\x1b\[[\d;]*m")


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, int]]:
    """Which port of this machine a port of the documentation is."""
    server = AUTHORITY.issue("CN=pacs.example.org", ("pacs.example.org",))
    context = server_context(tmp_path_factory.mktemp("tls"), server)
    with contextlib.ExitStack() as stack:
        enter = stack.enter_context
        web = ScriptedPeer(Raw(b"HTTP/1.1 400 Bad Request\r\n"), then=[[Raw(b"HTTP/1.1 400")]] * 9)
        yield {
            80: enter(web).port,
            104: enter(verification_scp(max_pdu=16384)).port,
            105: enter(refusing_port()),
            2762: enter(ScriptedPeer(Accept(), Serve(), tls=context)).port,
            4242: enter(verification_scp(title="ORTHANC", check_called_title=True, max_pdu=16384)).port,
            11112: free_port(),
            22104: enter(socket.create_server(("127.0.0.1", 0))).getsockname()[1],
        }


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with the files and the program that the samples name."""
    modality = AUTHORITY.issue("CN=MODALITY1", (), usage=pki.CLIENT)
    (tmp_path / "hospital-ca.pem").write_bytes(AUTHORITY.pem)
    (tmp_path / "modality.crt").write_bytes(modality.pem)
    (tmp_path / "modality.key").write_bytes(modality.key_bytes())
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "dcmtool"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m {elsewhere.__name__} "$@"\n')
    program.chmod(0o755)
    return tmp_path


@contextlib.contextmanager
def _archive(place: Path) -> Iterator[dict[int, int]]:
    """DCMTK's nodes, of the page on what fails: an archive that knows CT1 alone, and one with TLS."""
    server = AUTHORITY.issue("CN=pacs.example.org", ("pacs.example.org",))
    key, certificate = place / "server.key", place / "server.crt"
    key.write_bytes(server.key_bytes())
    certificate.write_bytes(server.pem)
    with (
        dcmtk.dcmqrscp(place, "ARCHIVE", callers=["(CT1, localhost, 104)"]) as archive,
        dcmtk.storescp(place, "+tls", str(key), str(certificate), "-ic") as secured,
    ):
        yield {104: archive, 2762: secured}


def _configure(place: Path, page: str) -> None:
    """Write the files of a page on nodes where dcmtool looks for them."""
    texts = re.findall(r"```toml\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
    (place / "dcmtool").mkdir()
    shutil.copy(place / "hospital-ca.pem", place / "dcmtool")  # files that a node names lie beside it
    for name, text in zip(("nodes.toml", "dcmtool.toml"), texts, strict=False):
        (place / "dcmtool" / name).write_text(text)


def _surroundings(place: Path, ports: dict[int, int]) -> dict[str, str]:
    return environment(
        {
            "PATH": f"{place}/bin:/usr/bin:/bin",
            "COLUMNS": "0",  # a page has each sentence on a line
            "PYTHONPATH": str(ROOT),
            "XDG_CONFIG_HOME": str(place),
            elsewhere.VARIABLE: json.dumps(ports),
        }
    )


def _on_terminal(place: Path, env: dict[str, str], typed: Typed) -> tuple[str, int]:
    command = [str(place / "bin" / "dcmtool"), *shlex.split(typed.command)[1:]]
    terminal = Terminal(command, env=env, columns=200)  # a page has each sentence on a line
    code = terminal.end()
    return COLOUR.sub("", "".join(f"{line}\n" for line in terminal.lines)), code


def _shown(typed: Typed, session: Session, place: Path, ports: dict[int, int], env: dict[str, str]) -> str:
    """Return what a command shows, with the names and ports of the documentation."""
    if any(line.startswith("hint: ") for line in typed.answer):
        shown, session.code = _on_terminal(place, env, typed)
    else:
        shown = session.run(typed)
    for there, here in ports.items():
        shown = re.sub(rf"\b{here}\b", str(there), shown)
    return shown.replace(str(place), "/home/eva/.config")


@pytest.mark.parametrize("name", SAMPLES)
def test_it_is_what_happens(name: str, nodes: dict[int, int], place: Path) -> None:
    if any("jq " in typed.command for typed in SAMPLES[name]):
        require("/usr/bin/jq")
    page = name.partition(":")[0]
    if page in ("docs/guide/nodes.md", "docs/guide/many-nodes.md"):
        _configure(place, page)
    starts = any(typed.command.endswith("&") for typed in SAMPLES[name])  # nodes of its own, on any free port
    ports = nodes | ({2762: free_port(), 11112: free_port()} if starts else {})
    with contextlib.ExitStack() as stack:
        if "guide/when-it-fails.md" in name and not starts:
            ports |= stack.enter_context(_archive(place))
        env = _surroundings(place, ports)
        session = stack.enter_context(contextlib.closing(Session(place, env)))
        for typed in SAMPLES[name]:
            for _ in range(TRIES):
                shown = _shown(typed, session, place, ports, env)
                if not SLOW.search(shown):
                    break
            assert pattern(typed.answer).fullmatch(shown), f"{typed.command}\n{shown}"


def test_what_is_not_run_is_there() -> None:
    firsts = [f"{block[0].command}\n" for page in PAGES for block in blocks(page)]
    assert [start for start in ELSEWHERE if not any(first.startswith(start) for first in firsts)] == []
