"""A run of `dcmtool diagnose`: a line a stage while it goes on, then the findings, or all of it as JSON."""

import sys
from datetime import UTC, datetime
from functools import cache
from time import monotonic_ns

from dcmtool.cli.exit_codes import FOUND, INTERRUPTED
from dcmtool.cli.output import diagnosis_text
from dcmtool.cli.output.appearance import Look, look
from dcmtool.cli.output.columns import write_json
from dcmtool.cli.output.echo_command import echo_command
from dcmtool.cli.wording import COMMAND_LINE
from dcmtool.diagnosis import checklist
from dcmtool.diagnosis.checklist import Stage
from dcmtool.diagnosis.conclusions import findings_of
from dcmtool.diagnosis.evidence import Attempt, Evidence, Lookup
from dcmtool.diagnosis.experiments import Tries
from dcmtool.diagnosis.findings import IN_ORDER
from dcmtool.diagnosis.node_words import entries
from dcmtool.diagnosis.probe import Prober
from dcmtool.diagnosis.stages import Associate, Task, diagnose
from dcmtool.reporting import diagnosis_report
from dcmtool.settings import Color, EchoRequest
from dcmtool.transport.blocking import Notice
from dcmtool.transport.interrupts import Interrupts


def run(request: EchoRequest, slow: float, most: int, tries: Tries | None, form: str, color: Color) -> int:
    """Diagnose a node, write what is found, and return the exit code.

    Raises:
        InputFileError: a file that the TLS settings name cannot be used.
        TlsSettingsError: no session can be made with these settings.
        OSError: standard output cannot be written.
    """
    if request.tls is not None:
        from dcmtool.tls.contexts import prepare

        prepare(request.tls)  # what cannot be used is told before anything is sent
    started = datetime.now(UTC)
    stages = _Stages(int(slow * 1_000_000_000), shown=form == "text", color=color)
    with Interrupts() as interrupts:
        prober = Prober(request, stages, interrupts.raised, _notice(color) if form == "text" else None)
        evidence = prober.run(diagnose(request, slow, most, tries))
    findings = findings_of(evidence, started)
    works = None if evidence.works is None else echo_command(evidence.works)
    code = _code(evidence, in_order=[each.id for each in findings] == [IN_ORDER])
    if form == "json":
        write_json(
            diagnosis_report.document(evidence, stages.all, findings, code, started, COMMAND_LINE, works)
        )
    else:
        diagnosis_text.write_findings(findings, color, works, entries(evidence))
    return code


def _code(evidence: Evidence, *, in_order: bool) -> int:
    if evidence.was_stopped:
        return INTERRUPTED
    return 0 if in_order else FOUND


class _Stages:
    """Gathers the stages as their tasks end, and shows each."""

    def __init__(self, slow: int, *, shown: bool, color: Color) -> None:
        self._slow, self._shown, self._color = slow, shown, color
        self._addresses: set[str | None] = set()
        self.all: list[Stage] = []

    def __call__(self, task: Task, answer: Lookup | Attempt | None) -> None:
        if answer is None:
            if self._shown and isinstance(task, Associate) and task.experiment is not None:
                diagnosis_text.announce(task.experiment.what, self._color)
            return
        for stage in self._of(answer):
            self.all.append(stage)
            if self._shown:
                diagnosis_text.write_stage(stage, self._color)

    def _of(self, answer: Lookup | Attempt) -> list[Stage]:
        if isinstance(answer, Lookup):
            return [checklist.of_lookup(answer, self._slow)]
        if answer.address in self._addresses or answer.experiment:
            return [checklist.again(answer, self._slow)]
        self._addresses.add(answer.address)
        return list(checklist.of_attempt(answer, self._slow))


def _notice(color: Color) -> Notice | None:
    """Return what says what is waited for, to a person at a terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        return None
    if look(color, sys.stderr) is not Look.COLOURED:
        from dcmtool.cli.output.waiting import waiting_line

        return waiting_line(monotonic_ns)

    @cache
    def spinner() -> Notice:
        from dcmtool.cli.output.watching import spinner_on_stderr

        return spinner_on_stderr()

    def notice(awaited: str | None, begun: int) -> None:
        if awaited is not None or spinner.cache_info().currsize:  # most waits are too short to load it for
            spinner()(awaited, begun)

    return notice
