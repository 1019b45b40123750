"""The Python samples of README and docs are what a type checker takes, and what they show is public."""

import re
import subprocess
import sys
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path
from textwrap import dedent
from typing import get_type_hints

import pytest

import dcmtool
from dcmtool.certificates.blocks import Block
from dcmtool.events import AssociationId, Event, TlsEstablished
from dcmtool.steps import Secured, TlsSession
from dcmtool.upper_layer.user_information import UserIdentity
from dcmtool.verification.report import EchoReport, NegotiatedParameters
from tests.peers.programs import ROOT

SAMPLE = re.compile(r"```python\n(.*?)```", re.DOTALL)
CALL = re.compile(r"`(dcmtool\.\w+\(.*\).*?)`")
DER = b"\x30\x82secret"


def samples() -> Iterator[tuple[str, str]]:
    """Yield the samples of each page, which build on one another; what is made of the code are signatures."""
    yield "of_the_package.py", "import dcmtool\n\n" + dedent(cleandoc(dcmtool.__doc__ or "").split("\n\n")[1])
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("**/*.md"))):
        text = re.sub(r"<!-- made: .*?<!-- end -->", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        found = SAMPLE.findall(text)
        if page.name == "README.md":  # which is short, and has calls in its lines
            found += [f"import dcmtool\n\n{call}\n" for call in CALL.findall(text)]
        if found:
            yield f"of_{page.stem.replace('-', '_')}.py", "\n".join(found)


def checked_strictly(folder: Path, *names: str) -> "subprocess.CompletedProcess[str]":
    """Return what mypy says of these files."""
    cache = ROOT / ".mypy_cache" / "samples"
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--config-file",
        "",
        "--cache-dir",
        str(cache),
        *names,
    ]
    return subprocess.run(
        command, cwd=folder, env={"MYPYPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )


def test_samples_pass_mypy_strict(tmp_path: Path) -> None:
    names = []
    for name, sample in samples():
        (tmp_path / name).write_text(sample, encoding="utf-8")
        names.append(name)
    assert {"of_the_package.py", "of_api.py", "of_drivers.py", "of_README.py"} <= {*names}
    done = checked_strictly(tmp_path, *names)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (ROOT / "dcmtool" / "py.typed").exists()  # so that a program's own mypy looks, too


GOOD = """\
from pathlib import Path

import dcmtool

key = Path("key.pem")
tls = dcmtool.TlsSettings(key, "cert.pem", ca_files=[Path("ca.pem"), "root.pem"], ciphers=["X"])
files: tuple[str, ...] = tls.ca_files
mean: float | None = dcmtool.echo("h", 1, tls=tls, transfer_syntaxes=["1.2"]).raise_for_failure().echoes.mean
outcome: dcmtool.Outcome = dcmtool.echo(node="pacs", nodes=Path("n.toml"), force=True, repeat=2).outcome
"""
WRONG = (
    'dcmtool.echo("h")',
    "dcmtool.echo()",
    'dcmtool.echo("h", 1, node="pacs")',
    'dcmtool.echo("h", 1, force=True)',
    'dcmtool.echo("h", 1, called="PACS")',
    'dcmtool.echo(node="pacs", repeat="2")',
    "dcmtool.TlsSettings(ca_files=5)",
)


def test_a_type_checker_takes_what_the_api_takes_and_no_more(tmp_path: Path) -> None:
    (tmp_path / "calls.py").write_text(GOOD + "\n".join(WRONG), encoding="utf-8")
    first = GOOD.count("\n") + 1
    done = checked_strictly(tmp_path, "calls.py")
    refused = {int(line.split(":")[1]) for line in done.stdout.splitlines() if ": error: " in line}
    assert refused == set(range(first, first + len(WRONG))), done.stdout + done.stderr


@pytest.mark.parametrize("kind", [EchoReport, NegotiatedParameters])
def test_the_types_of_a_reports_parts_are_public(kind: type) -> None:
    parts = {
        part
        for hint in get_type_hints(kind).values()
        for part in (hint, *getattr(hint, "__args__", ()))
        if getattr(part, "__module__", "").startswith("dcmtool.") and isinstance(part, type)
    }
    assert parts
    for part in parts:
        assert getattr(dcmtool, part.__name__) is part


def test_nothing_shows_der_or_a_passcode() -> None:
    session = TlsSession("TLSv1.3", "X", 256, DER, True, "pacs")
    assert repr(session) == (
        "TlsSession(protocol='TLSv1.3', cipher='X', bits=256, certificate=<8 bytes>, verified=True, "
        "server_name='pacs')"
    )
    event = Event(AssociationId(1, "requestor", 0, 0), None, 0, TlsEstablished(session, "pacs"))
    report = EchoReport("pacs", 104, tls=session)
    identity = (UserIdentity(2, False, b"eva", b"secret"), UserIdentity(5, False, b"secret"))
    for value in (event, report, Secured(session, 0), Block("private key", DER), identity):
        assert "secret" not in repr(value)
        assert "secret" not in str(value)
    assert "eva" in repr(identity)
    assert session == TlsSession("TLSv1.3", "X", 256, DER, True, "pacs")
