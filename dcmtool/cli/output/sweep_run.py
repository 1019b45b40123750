"""A run of `dcmtool sweep`: each result to whoever shows it, and the exit code of all."""

from collections.abc import Sequence
from time import monotonic_ns
from typing import TYPE_CHECKING

from dcmtool.cli.exit_codes import code_of_sweep
from dcmtool.cli.output.sweep_forms import Sink, SweepOutput, opened
from dcmtool.cli.output.sweep_loop import drawn, gather, until_told
from dcmtool.cli.output.terminals import terminal_for_view
from dcmtool.fleet.limits import Limits
from dcmtool.fleet.result import Summary
from dcmtool.fleet.target import Target

if TYPE_CHECKING:
    from dcmtool.cli.output.sweep_live import Progress, Screen

STREAMED = ("ndjson", "csv", "checkmk")  # forms that write while others are still asked


def run(targets: Sequence[Target], limits: Limits, output: SweepOutput) -> int:
    """Verify the targets, show what comes of them, and return the exit code.

    After Ctrl-C what has come of some is shown, and files are left as they were.

    Raises:
        UsageError, OutputFileError: as `opened` does.
        InputFileError, TlsSettingsError: as `sweep` does.
        KeyboardInterrupt: Ctrl-C or SIGTERM has ended it.
    """
    if output.watch is not None:
        from dcmtool.cli.output import sweep_watch

        return sweep_watch.run(targets, limits, output, output.watch)
    total = Summary()
    with opened(output) as sinks:
        shown = None if output.quiet else _shown(targets, output)
        is_whole = until_told(lambda: _gather(targets, limits, sinks, shown, total))
        for sink in sinks:
            sink.end(total)
        if not is_whole:
            raise KeyboardInterrupt
    return code_of_sweep(total, output.fail_under)


async def _gather(
    targets: Sequence[Target],
    limits: Limits,
    sinks: Sequence[Sink],
    shown: "tuple[Progress, Screen] | None",
    total: Summary,
) -> None:
    if shown is None:
        await gather(targets, limits, sinks, total)
        return
    progress, screen = shown
    with drawn(screen):
        await gather(targets, limits, [*sinks, progress], total, begun=progress.begin)


def _shown(targets: Sequence[Target], output: SweepOutput) -> "tuple[Progress, Screen] | None":
    """Return how far it is and what shows that, None where nobody would see it."""
    terminal = terminal_for_view(output.color, streams=output.file is None and output.form in STREAMED)
    if terminal is None:
        return None
    from dcmtool.cli.output.sweep_live import Progress, Screen  # loads rich

    progress = Progress(len(targets), monotonic_ns)
    return progress, Screen(*terminal, progress)
