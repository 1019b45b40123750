"""All options of `dcmtool echo`, which are also what a node and the defaults may set."""

from typing import TYPE_CHECKING

import click

from dcmtool.cli.declared import DicomOption
from dcmtool.cli.options import (
    general_options,
    grouped,
    ip_options,
    negotiation_options,
    network_options,
    title_options,
)
from dcmtool.cli.output_options import output_options
from dcmtool.cli.parameters import DicomCommand
from dcmtool.cli.tls_options import tls_options

if TYPE_CHECKING:
    from dcmtool.cli.stored import Vocabulary

echo_options = grouped(
    general_options,
    output_options,
    ip_options,
    title_options,
    negotiation_options,
    network_options,
    tls_options,
)


def vocabulary() -> "Vocabulary":
    """Return the keys that a node may have."""
    from dcmtool.cli.stored import Vocabulary

    command = click.command("echo", cls=DicomCommand)(echo_options(lambda **_: None))
    return Vocabulary(option for option in command.params if isinstance(option, DicomOption))
