"""What the commands of `dcmtool nodes` share: options, rows of nodes, remarks, and where a result goes."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

from dcmtool.cli.completion.nodes import complete_tag
from dcmtool.config.places import NODES
from dcmtool.errors import OutputFileError
from dcmtool.text import brief

if TYPE_CHECKING:
    from dcmtool.config.nodes import Node, NodeFile
    from dcmtool.options.file_values import Vocabulary

MOST_TOLD = 20  # sentences of one kind: what is wrong with ten thousand rows is wrong with the first ones
HEADING = ("NAME", "HOST", "PORT", "CALLED", "CALLING", "TLS", "TAGS")
_TLS = {"anonymous_tls": "anonymous", "enable_tls": "certificate", "disable_tls": "off"}

file_option = click.option(
    "--nodes",
    type=click.Path(),
    metavar="FILE",
    envvar=NODES,
    allow_from_autoenv=False,
    show_envvar=True,
    help="the node file",
)
tag_option = click.option(
    "--tag",
    "tags",
    multiple=True,
    metavar="TAG",
    shell_complete=complete_tag,
    help="only the nodes that have this tag; if given several times, all of them",
)


def output_file_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Declare where a result goes that is for a file."""
    file = click.option(
        "--output-file",
        type=click.Path(allow_dash=True),
        metavar="FILE",
        help="write to this file, whole or not at all; - is standard output",
    )
    force = click.option("--force", is_flag=True, help="replace the file if it exists")
    return file(force(command))


def row(node: "Node", keys: "Vocabulary") -> tuple[str, ...]:
    """Return the cells of a node below `HEADING`. Raises `InputFileError` where its settings are wrong."""
    settings = keys.of_node(node)
    titles = [str(settings[name].value) if name in settings else "" for name in ("call", "aetitle")]
    tls = next((word for name, word in _TLS.items() if name in settings and settings[name].value), "")
    return node.name, node.host, str(node.port), *titles, tls, " ".join(node.tags)


def as_object(node: "Node") -> dict[str, object]:
    """Return a node for JSON."""
    values = node._asdict()
    reason = values.pop("do_not_probe") or None
    return {"file": values.pop("path"), **values, "do-not-probe": reason}


def chosen(file: "NodeFile", tags: Sequence[str], keys: "Vocabulary") -> list["Node"]:
    """Return the nodes that have all of these tags; what is odd goes to standard error.

    Raises `InputFileError` where a node, of these or the others, is wrong.
    """
    nodes = list(file.all())
    for node in nodes:
        keys.of_node(node)
    found = [node for node in nodes if set(tags) <= set(node.tags)]
    if file.tables is None:
        click.echo(f"Warning: there is no node file {brief(file.path)}", err=True)
    if tags and not found:
        wanted = " and ".join(f"'{brief(tag)}'" for tag in tags)
        click.echo(f"Error: no node in {brief(file.path)} has the tag {wanted}", err=True)
    return found


def tell(kind: str, sentences: Iterable[str]) -> None:
    """Write sentences to standard error, the first of many."""
    several = list(sentences)
    for sentence in several[:MOST_TOLD]:
        click.echo(f"{kind}: {sentence}", err=True)
    if len(several) > MOST_TOLD:
        click.echo(f"{kind}: ... and {len(several) - MOST_TOLD} more of this kind", err=True)


def write_result(text: str, output_file: str | None, *, force: bool) -> None:
    """Write a result to a file, or else to standard output.

    Raises:
        OutputFileError: the file cannot be written, or exists.
    """
    if output_file in (None, "-"):
        click.echo(text, nl=False)
        return
    from dcmtool.config import whole_file

    assert output_file is not None
    try:
        whole_file.write(output_file, text.encode("utf-8", "surrogateescape"), replace=force)
    except OutputFileError as error:
        if isinstance(error.__cause__, FileExistsError):
            raise OutputFileError(output_file, "it exists, and --force is not given") from error
        raise
