"""`dcmtool exporter`: what it needs before it listens."""

import importlib.util
from pathlib import Path

import pytest

from dcmtool.cli.main import main
from tests.peers.exporter import at, node_file


def run(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str]:
    """Return the exit code, and what stderr has."""
    code = main(["exporter", *args])
    out, err = capsys.readouterr()
    assert out == ""
    return code, err


def test_without_its_libraries_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        "dcmtool.cli.commands.exporter.find_spec",
        lambda name: None if name in ("starlette", "yaml") else find(name),
    )
    code, err = run(capsys, "--allow", "192.0.2.0/24")
    assert code == 1
    assert err.endswith(
        "Error: dcmtool exporter needs more libraries than there are (starlette, PyYAML): "
        "pip install 'dcmtool[exporter]'\n"
    )


def test_files_are_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nodes = node_file(tmp_path, one=at(104), two=at(105))
    modules = tmp_path / "modules.yml"
    modules.write_text("modules: {quick: {prober: dicom, timeout: 1s}}")
    arguments = ("--config.check", "--nodes", nodes, "--config.file", str(modules))
    assert run(capsys, *arguments) == (0, f"in order: modules dicom, quick; 2 nodes of {nodes}\n")
    modules.write_text("modules: {quick: {prober: icmp}}")
    assert run(capsys, *arguments) == (
        20,
        f'Error: {modules}: modules.quick: prober should be dicom, but is "icmp"\n',
    )


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        ((), 1, "there is no node file, and nothing else may be probed: name --nodes, or --allow"),
        (("--allow", "pacs"), 1, "Invalid value for option --allow: network 'pacs' is none: 192.0.2.0/24 or"),
        (("--allow", "::/0", "--web.listen-address", "1.2.3.4.5:9"), 60, "cannot listen on 1.2.3.4.5 port 9"),
        (
            ("--allow", "::/0", "--web.listen-address", ":x"),
            1,
            "address ':x' is none to listen on: [HOST]:PORT is",
        ),
        (("--allow", "::/0", "--web.listen-address", ":99999"), 1, "address ':99999' is none to listen on"),
        (("--allow", "::/0", "--timeout-offset", "-1"), 1, "should be a number, at least 0"),
        (
            ("--nodes", "/nonexistent.toml"),
            20,
            "/nonexistent.toml: cannot be read: No such file or directory",
        ),
        (("--allow", "::/0", "--config.file", "/nonexistent.yml"), 20, "/nonexistent.yml: cannot be read"),
        (
            ("--allow", "::/0", "--web.config.file", "/nonexistent.yml"),
            20,
            "/nonexistent.yml: cannot be read",
        ),
    ],
)
def test_what_cannot_be(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    got, err = run(capsys, *arguments)
    assert (got, sentence in err) == (code, True), err
