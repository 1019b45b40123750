"""What the tab key offers of a node file."""

from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from dcmtool.cli.group import cli
from tests.cli.configuration import Configuration


def offered(*args: str, incomplete: str = "") -> list[tuple[str, str | None]]:
    """Return what a shell is told could come next, and what it says of it."""
    completion = ShellComplete(cli, {}, "dcmtool", "_DCMTOOL_COMPLETE")
    return [(item.value, item.help) for item in completion.get_completions([*args], incomplete)]


NODES = """\
[nodes.pacs]
host = "h"
port = 104
tags = ["a", "b"]
[nodes.bad]
[nodes.other]
host = "o"
port = 105
tags = ["b", "c"]
"""


def test_names_with_their_addresses(configuration: Configuration) -> None:
    Path(configuration.nodes).write_text(NODES)
    assert offered("echo", "-v") == [("pacs", "h 104"), ("other", "o 105")]
    assert offered("nodes", "show", incomplete="o") == [("other", "o 105")]
    assert offered("echo", "pacs") == []


def test_tags_each_once(configuration: Configuration) -> None:
    Path(configuration.nodes).write_text(NODES)
    assert offered("nodes", "list", "--tag") == [("a", None), ("b", None), ("c", None)]


@pytest.mark.parametrize("text", [None, "[", "nodes = 1"])
def test_nothing_of_a_bad_file(text: str | None, configuration: Configuration) -> None:
    if text is not None:
        Path(configuration.nodes).write_text(text)
    assert offered("echo") == offered("nodes", "list", "--tag") == []


def test_the_file_that_is_named(configuration: Configuration, tmp_path: Path) -> None:
    (tmp_path / "n").write_text(NODES)
    assert offered("echo", "--nodes", f"{tmp_path}/n", incomplete="p") == [("pacs", "h 104")]
    assert offered("nodes", "show", "--nodes", f"{tmp_path}/n", incomplete="p") == [("pacs", "h 104")]
