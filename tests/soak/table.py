"""The runs as rows of a Markdown table."""

from tests.soak.judge import Process, Run, before_and_after

HEADING = """\
| what | lost | time | who | memory after the warm-up, at the end | descriptors, threads: most |
|---|---|---|---|---|---|"""


def rows(run: Run) -> str:
    """Return the rows of a run, one for each of its processes."""
    lost = run.asked - min(run.answered, run.served)
    time = f"{run.seconds:.0f} s ({run.seconds / run.asked * 1e6:.0f} µs each)"
    beginnings = [f" {run.asked:,} {run.name} | {lost} | {time} ", " | | "]
    return "\n".join(
        f"|{beginning}| {_process(process)} |"
        for beginning, process in zip(beginnings, run.processes, strict=True)
    )


def _process(process: Process) -> str:
    before, after = before_and_after(process)
    descriptors, threads = (
        max(getattr(each, what) for each in process.samples) for what in ("descriptors", "threads")
    )
    return f"{process.name} | {before / 1024:.2f}, {after / 1024:.2f} MiB | {descriptors}, {threads}"
