"""What is shown of a connection that was relayed, once it has ended: a block of text, or a JSON object."""

from collections.abc import Iterator

from dcmtool.capture.connection import ObservedConnection
from dcmtool.capture.explanation import explained
from dcmtool.cli.output import explain_text
from dcmtool.cli.output.explain_forms import ExplainOutput, block_look
from dcmtool.cli.wording import COMMAND_LINE
from dcmtool.reporting import explain_report
from dcmtool.settings import Color
from dcmtool.trace.levels import Level


def block(connection: ObservedConnection, color: Color, *, verbose: bool) -> Iterator[str]:
    """Yield the lines of a connection; `verbose` shows all that is known, `color` is the user's choice."""
    output = ExplainOutput(color=color, level=Level.INFO if verbose else Level.WARN)
    yield from explain_text.block(explained(connection), block_look(output))


def document(connection: ObservedConnection) -> explain_report.Object:
    """Return a connection as plain JSON types."""
    return explain_report.connection(explained(connection), COMMAND_LINE)
