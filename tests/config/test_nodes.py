"""`nodes.toml`: nodes by their names, and what is wrong with a file."""

from pathlib import Path

import pytest

from dcmtool.config import nodes
from dcmtool.errors import InputFileError, UnknownNode

GOOD = """\
[nodes.pacs]
host = "h"
port = 104
tags = ["a", "b", "a"]
call = "PACS"

[nodes."b.c"]
host = "::1"
port = 1
"""


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A good node file."""
    (tmp_path / "nodes.toml").write_text(GOOD)
    return f"{tmp_path}/nodes.toml"


def test_nodes_by_name(path: str) -> None:
    file = nodes.read(path)
    assert file.names == ("pacs", "b.c")
    assert file.node("pacs") == nodes.Node(path, "pacs", "h", 104, ("a", "b"), {"call": "PACS"})
    assert [node.name for node in file.all()] == ["pacs", "b.c"]
    assert file.node("b.c").table == 'nodes."b.c"'
    assert file.node("b.c").owner == "node b.c"


def test_a_node_as_text(path: str) -> None:
    pacs, other = nodes.read(path).all()
    expected = '[nodes.pacs]\nhost = "h"\nport = 104\ncall = "PACS"\ntags = ["a", "b"]\n'
    assert pacs.text() == expected
    assert other.text() == '[nodes."b.c"]\nhost = "::1"\nport = 1\n'


def test_an_unknown_node_names_its_like_and_the_file(path: str) -> None:
    with pytest.raises(UnknownNode) as caught:
        nodes.read(path).node("pcas")
    assert str(caught.value) == f"there is no node 'pcas' in {path} (did you mean pacs?)"


def test_which_file(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("DCMTOOL_NODES", raising=False)
    own = f"{tmp_path}/dcmtool/nodes.toml"
    assert nodes.read(None) == nodes.NodeFile(own, None)
    assert nodes.read(None).names == ()
    with pytest.raises(UnknownNode) as unknown:
        nodes.read(None).node("x")
    assert str(unknown.value) == f"there is no node 'x', as there is no file {own}"
    monkeypatch.setenv("DCMTOOL_NODES", path)
    assert nodes.read(None).path == path
    with pytest.raises(InputFileError):  # what is named must be there
        nodes.read(f"{tmp_path}/none")
    monkeypatch.setenv("DCMTOOL_NODES", f"{tmp_path}/none")
    with pytest.raises(InputFileError):
        nodes.read(None)
    assert nodes.read(path).path == path


def test_a_file_without_nodes(tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    assert nodes.read(f"{tmp_path}/f").names == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[node.a]", "node means nothing here (did you mean nodes?)"),
        ("nodes = 1", "nodes should be a table, but is 1"),
        ("[nodes]\na = 1", "[nodes.a] should be a table, but is 1"),
        ("[nodes.a]", "[nodes.a] has no host"),
        ('[nodes.a]\nhost = "h"', "[nodes.a] has no port"),
        ("[nodes.a]\nhost = 5\nport = 1", "[nodes.a] host '5' is not text"),
        (
            '[nodes.a]\nhost = " "\nport = 1',
            "[nodes.a] host ' ' is empty: name a host or an address",
        ),
        ('[nodes.a]\nhost = "h"\nport = "1"', "[nodes.a] port '1' is not a number"),
        ('[nodes.a]\nhost = "h"\nport = true', "[nodes.a] port 'True' is not a number"),
        ('[nodes.a]\nhost = "h"\nport = 1.5', "[nodes.a] port '1.5' is not a whole number"),
        (
            '[nodes.a]\nhost = "h"\nport = 65536',
            "[nodes.a] port '65536' is out of range: from 1 to 65535",
        ),
        (
            '[nodes.a]\nhost = "h"\nport = 1\ntags = "x"',
            '[nodes.a] tags should be a list of texts, but is "x"',
        ),
        (
            '[nodes.a]\nhost = "h"\nport = 1\ntags = ["x", " "]',
            '[nodes.a] tags should be a list of texts, but is ["x", " "]',
        ),
        *[
            (
                f'[nodes."{name}"]\nhost = "h"\nport = 1',
                f"[nodes.{shown}] is no name of a node: it must be printable and not begin with -, + or @",
            )
            for name, shown in (("", '""'), ("-a", "-a"), ("+a", '"+a"'), ("@a", '"@a"'), ("\\t", '"\\t"'))
        ],
    ],
)
def test_what_is_no_node(text: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "f").write_text(text)
    with pytest.raises(InputFileError) as caught:
        list(nodes.read(f"{tmp_path}/f").all())
    assert (caught.value.path, caught.value.reason) == (f"{tmp_path}/f", reason)


def test_another_node_may_be_wrong(tmp_path: Path) -> None:
    (tmp_path / "f").write_text(GOOD + "[nodes.bad]\n")
    assert nodes.read(f"{tmp_path}/f").node("pacs").port == 104


def test_the_reason_not_to_probe_goes_with_the_node() -> None:
    node = nodes.made(
        "n.toml", "pacs", {"host": "h", "port": 104, "do-not-probe": "it stops", "call": "PACS"}
    )
    assert (node.do_not_probe, dict(node.settings)) == ("it stops", {"call": "PACS"})
    assert 'do-not-probe = "it stops"' in node.text()


def test_who_is_not_to_be_probed(tmp_path: Path) -> None:
    path = tmp_path / "n.toml"
    path.write_text(
        '[nodes.a]\nhost = "H"\nport = 1\n[nodes.b]\nhost = "h"\nport = 2\ndo-not-probe = "no"\n',
        encoding="utf-8",
    )
    found = [nodes.not_to_be_probed(str(path), host, port) for host, port in (("h", 1), ("H", 2), ("i", 2))]
    assert [each and each.name for each in found] == [None, "b", None]
