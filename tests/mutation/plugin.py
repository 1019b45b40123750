"""A pytest plugin that runs tests for each mutant, in a forked process, to the first failure.

So that it is quick, the mutant's code is put into the function that is loaded, and only the tests that run
the statement are run, the shortest first.
"""

import contextlib
import gc
import os
import resource
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import _lru_cache_wrapper
from pathlib import Path
from types import CodeType, FunctionType

import pytest
from coverage import Coverage, CoverageData
from hypothesis import Phase, settings

from tests.mutation.mutants import Mutant

EXAMPLES = 20
_SURVIVED, _KILLED = 0, 7  # exit codes of the process of a mutant
_SECONDS = 5  # of a processor that a test may take, beside three times what it takes
_MEMORY = 2 << 30  # bytes


def few_examples(items: list[pytest.Item]) -> None:
    """Have the property tests draw few examples, the same in each run, and not look for smaller ones."""
    for item in items:
        for holder in (getattr(item, "obj", None), getattr(getattr(item, "cls", None), "__test__", None)):
            drawn = getattr(holder, "_hypothesis_internal_use_settings", None)
            if drawn is not None:
                few = settings(
                    drawn,
                    max_examples=min(EXAMPLES, drawn.max_examples),
                    derandomize=True,
                    database=None,
                    deadline=None,
                    phases=(Phase.explicit, Phase.generate),
                )
                setattr(getattr(holder, "__func__", holder), "_hypothesis_internal_use_settings", few)  # noqa: B010


def in_process(work: Callable[[], int], seconds: float | None) -> str:
    """Return what became of the work in a forked process: survived, killed, hung or crashed."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, 1)
            os.dup2(null, 2)
            if seconds is not None:
                _bound(seconds)
            code = work()
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return "hung" if os.WTERMSIG(status) in (signal.SIGPROF, signal.SIGALRM) else "crashed"
    return {_SURVIVED: "survived", _KILLED: "killed"}.get(os.WEXITSTATUS(status), "crashed")


def _bound(seconds: float) -> None:
    """Have the process end if it takes more time of a processor, ten times as long, or much memory."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, 10 * seconds)


class StopAtFailure:
    """Ends the process at the first test that fails."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """End the process if this is a failure."""
        if report.failed:
            os._exit(_KILLED)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """End the process if a file cannot be loaded."""
        if report.failed:
            os._exit(_KILLED)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Put the property tests last, which take longest."""
        few_examples(items)
        items.sort(key=lambda item: hasattr(getattr(item, "obj", None), "hypothesis"))


class RunMutants:
    """Runs the tests for each mutant of a function in place of running them once."""

    def __init__(self, mutants: list[Mutant], done: Callable[[Mutant, str], None]) -> None:
        self._mutants, self._done = mutants, done

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Find out which tests run which lines, then run those of each mutant."""
        few_examples(session.items)
        seen, took = self._observed(session)
        functions: defaultdict[CodeType, list[FunctionType]] = defaultdict(list)
        for each in gc.get_objects():
            if isinstance(each, FunctionType):
                functions[each.__code__].append(each)
        by_place = {_place(code): code for code in functions}
        for mutant in self._mutants:
            new = next(_codes(mutant.code, mutant.function, mutant.first_line))
            new = new.replace(co_filename=str(Path(new.co_filename).absolute()))
            by_line = seen.contexts_by_lineno(new.co_filename)
            numbers = {int(test) for line in mutant.lines for test in by_line.get(line, ()) if test}
            tests = sorted(numbers, key=took.__getitem__)
            old = by_place.get(_place(new))
            if not tests or old is None:
                self._done(mutant, "no test")
                continue
            bounds = [_SECONDS + 3 * took[test] for test in tests]
            work = _work(functions[old], new, [session.items[test] for test in tests], bounds)
            self._done(mutant, in_process(work, sum(bounds)))
        return True

    def _observed(self, session: pytest.Session) -> tuple[CoverageData, list[float]]:
        """Return which lines each test runs, by its number, and how long it takes."""
        took = []
        coverage = Coverage(data_file=None, config_file=False, include="dcmtool/*")
        coverage.start()
        for number in range(len(session.items)):
            coverage.switch_context(str(number))
            begun = time.process_time()
            _run(session.items, number)
            took.append(time.process_time() - begun)
        coverage.stop()
        if session.testsfailed:
            sys.exit("a test fails without any mutation")
        for each in gc.get_objects():
            if isinstance(each, _lru_cache_wrapper):  # or a mutant would give what its original gave
                each.cache_clear()
        return coverage.get_data(), took


def _place(code: CodeType) -> tuple[str, str, int]:
    return code.co_filename, code.co_qualname, code.co_firstlineno


def _run(items: list[pytest.Item], number: int) -> None:
    following = items[number + 1] if number + 1 < len(items) else None
    items[number].config.hook.pytest_runtest_protocol(item=items[number], nextitem=following)


def _work(
    functions: list[FunctionType], new: CodeType, items: list[pytest.Item], bounds: list[float]
) -> Callable[[], int]:
    """Return what runs the tests with the new code, each within its seconds of a processor."""

    def work() -> int:
        for function in functions:
            function.__code__ = new
        items[0].config.pluginmanager.register(StopAtFailure())
        for number, seconds in enumerate(bounds):
            signal.setitimer(signal.ITIMER_PROF, seconds)
            _run(items, number)
        return _SURVIVED

    return work


def _codes(code: CodeType, name: str, line: int) -> Iterator[CodeType]:
    """Yield the code objects inside that have this name and begin there."""
    for each in code.co_consts:
        if isinstance(each, CodeType):
            if (each.co_qualname, each.co_firstlineno) == (name, line):
                yield each
            with contextlib.suppress(ValueError):
                yield from _codes(each, name, line)
