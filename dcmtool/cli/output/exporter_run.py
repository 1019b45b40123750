"""A run of `dcmtool exporter`: what it says while it serves, its files, and its end."""

import sys
from contextlib import ExitStack
from datetime import datetime

from dcmtool.cli import stderr
from dcmtool.cli.output.appearance import Look, look
from dcmtool.cli.output.port_file import announced
from dcmtool.cli.output.writer import Writer
from dcmtool.cli.wording import NODE_FILE
from dcmtool.config import nodes
from dcmtool.exporter.server import ExporterServer, Listener
from dcmtool.exporter.settings import exporter_settings
from dcmtool.options.values import UsageError, Values
from dcmtool.text import printable
from dcmtool.trace.levels import Level, Line
from dcmtool.transport.accepted import SocketAddress

_LAST_LINES = 0.25  # seconds that who reads the lines has at the end


def run(values: Values) -> int:
    """Serve until a signal comes, or check the files, and return the exit code.

    Raises:
        UsageError: there is nothing that could be probed.
        InputFileError: a file cannot be used.
        TlsSettingsError: TLS settings do not work together.
        ListenFailed: the address cannot be listened on.
        OutputFileError: the port cannot be written.
    """
    settings = exporter_settings(values)
    with ExitStack() as stack:
        lines = Lines(Level.ERROR if values["quiet"] else Level.DEBUG if values["verbose"] else Level.INFO)
        stack.callback(lines.close)

        def ready(address: SocketAddress) -> None:
            if values["port_file"] is not None:
                stack.enter_context(announced(values["port_file"], address.port))
            lines.write(Level.INFO, f"listening on {address.host} port {address.port}: {server.summary}")

        listener = Listener(
            ready,
            lambda text: lines.write(Level.INFO, text),
            lambda text: lines.write(Level.DEBUG, text),
            lambda text: lines.write(Level.WARN, text),
        )
        server = ExporterServer(settings, listener, NODE_FILE)
        if values["config_check"]:
            stderr.write(f"in order: {server.summary}")
            return 0
        if not settings.networks and nodes.read(settings.node_file).tables is None:
            raise UsageError(
                "there is no node file, and nothing else may be probed: name --nodes, or --allow"
            )
        server.run()
    return 0


class Lines:
    """Lines on stderr, which nobody has to read; on a terminal with the time of day."""

    def __init__(self, level: Level) -> None:
        self._level, self._is_shown = level, look("auto", sys.stderr) is not Look.PLAIN
        self._writer = Writer(
            sys.stderr, missed=lambda count: str(Line(Level.WARN, f"{count} lines are lost"))
        )

    def write(self, level: Level, text: str) -> None:
        """Write a line that is at least this severe."""
        if level >= self._level:
            line = str(Line(level, printable(text)))
            self._writer.write(f"{datetime.now():%H:%M:%S} {line}" if self._is_shown else line)

    def close(self) -> None:
        """Write what is left."""
        self._writer.close(_LAST_LINES)
