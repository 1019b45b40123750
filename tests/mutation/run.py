"""A run: the tests of a component against each mutant of its functions, and a sample of what else it has.

What only an import runs (tables, constants, defaults) needs all tests to be loaded anew for each mutant.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import json
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import CodeType, ModuleType
from typing import NamedTuple

import pytest

from tests.markdown import ROOT
from tests.mutation.mutants import Mutant, mutants
from tests.mutation.plugin import RunMutants, StopAtFailure, in_process

COMPONENTS = ("upper_layer", "dimse", "association")
SAMPLE = 15  # of the mutants of a module that only an import runs
_SECONDS = 120  # of a processor that all tests of a component may take
_PYTEST = (
    *("-q", "-s", "--no-cov", "-o", "timeout=0", "-W", "ignore::pytest.PytestAssertRewriteWarning"),
    *("-p", "no:randomly", "-p", "no:xdist", "-p", "no:cacheprovider"),
)


class Outcome(NamedTuple):
    """What became of one mutant: killed, survived, hung or crashed."""

    path: str
    key: str
    word: str

    @property
    def lives(self) -> bool:
        """Whether no test saw it."""
        return self.word == "survived"


class _OneMutated(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads one module from the code of a mutant."""

    def __init__(self, path: str, code: CodeType) -> None:
        self._name = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        self._code = code

    def find_spec(
        self, fullname: str, path: object, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return how to load the module, if it is the one."""
        return importlib.util.spec_from_loader(fullname, self) if fullname == self._name else None

    def exec_module(self, module: ModuleType) -> None:
        """Run the mutant's code."""
        exec(self._code, vars(module))


def outcomes(component: str, chosen: Callable[[str], bool], sample: int) -> Iterator[Outcome]:
    """Run the tests against the mutants of the modules chosen, and yield what became of each."""
    inside, outside, whole = [], [], {}
    for file in sorted((ROOT / "dcmtool" / component).glob("*.py")):
        path = file.relative_to(ROOT).as_posix()
        if not chosen(path):
            continue
        source = file.read_text(encoding="utf-8")
        found = list(mutants(source, path))
        inside += [mutant for mutant in found if mutant.function]
        rest = [mutant for mutant in found if not mutant.function]
        # The path is the seed, so that it is the same sample each time.
        outside += rest if len(rest) <= sample else random.Random(path).sample(rest, sample)
        whole[path] = source
    for outcome in _of_functions(component, inside) if inside else ():
        if outcome.word != "no test":
            yield outcome
            continue
        # No test does, once all are loaded; an import may.
        code = mutants(whole[outcome.path], outcome.path, whole=True)
        outside.append(next(mutant for mutant in code if mutant.key == outcome.key))
    for mutant in outside:
        word = in_process(lambda mutant=mutant: _imported(component, mutant), _SECONDS)  # type: ignore[misc]
        yield Outcome(_path(mutant), mutant.key, word)


def _path(mutant: Mutant) -> str:
    return mutant.key.partition(" ")[0]


def _of_functions(component: str, inside: list[Mutant]) -> list[Outcome]:
    """Run the tests in a process that has them loaded once, and return what it wrote down."""
    with NamedTemporaryFile("r", encoding="utf-8") as file:

        def work() -> int:
            with Path(file.name).open("w", encoding="utf-8") as written:

                def done(mutant: Mutant, word: str) -> None:
                    written.write(json.dumps((_path(mutant), mutant.key, word)) + "\n")
                    written.flush()

                return int(pytest.main([*_PYTEST, f"tests/{component}"], plugins=[RunMutants(inside, done)]))

        word = in_process(work, None)
        if word != "survived":
            sys.exit(f"the tests of {component} do not pass without any mutation: pytest tests/{component}")
        return [Outcome(*json.loads(line)) for line in file]


def _imported(component: str, mutant: Mutant) -> int:
    sys.meta_path.insert(0, _OneMutated(_path(mutant), mutant.code))
    return int(pytest.main([*_PYTEST, "-x", f"tests/{component}"], plugins=[StopAtFailure()]))
