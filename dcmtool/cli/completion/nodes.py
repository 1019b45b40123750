"""The names and tags of nodes, for the tab key; errors in a file are not reported there."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from dcmtool.errors import DcmtoolError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from dcmtool.config.nodes import Node


def complete_node(ctx: click.Context, _param: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    """Offer the nodes whose names begin as what is typed does, with their addresses."""
    from click.shell_completion import CompletionItem

    return [
        CompletionItem(node.name, help=f"{node.host} {node.port}")
        for node in _nodes(ctx)
        if node.name.startswith(incomplete)
    ]


def complete_tag(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Offer the tags of all nodes."""
    tags = dict.fromkeys(tag for node in _nodes(ctx) for tag in node.tags)
    return [tag for tag in tags if tag.startswith(incomplete)]


def _nodes(ctx: click.Context) -> "Iterator[Node]":
    from dcmtool.config import nodes, places

    path = ctx.params.get("nodes") or places.node_file()
    if path is None or not os.path.isfile(path):  # to read a pipe would take from it, or wait
        return
    try:
        file = nodes.read(path)
    except DcmtoolError:
        return
    for name in file.names:
        try:
            yield file.node(name)
        except DcmtoolError:
            continue
