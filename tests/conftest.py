"""Fixtures: the real peers, one for each test module that asks."""

import gc
import os
import signal
from collections.abc import Generator, Iterator

import pytest
from hypothesis import settings

from tests.peers import dcmtk, orthanc, scp

# Where tests take half of all the time: attacks, set-ups of real nodes, packages, shells, comparisons.
LONG = (
    *("tests/differential/", "tests/distribution/", "tests/hostile/", "tests/setups/", "tests/shells/"),
    *("tests/capture/test_diagnosed_setups.py", "tests/capture/test_end_to_end.py"),
    *("tests/capture/test_growth.py", "tests/capture/test_observer_programs.py"),
    *("tests/fleet/test_two_hundred.py", "tests/interop/test_more_peers.py"),
)

# What the user of this machine has configured is not what is tested; nothing is there.
os.environ["XDG_CONFIG_HOME"] = os.path.join(os.path.dirname(__file__), "no-settings")

# Warnings are errors in the Pythons that tests start, too.
os.environ["PYTHONWARNINGS"] = "error"

# How long an example takes is the machine's matter.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

# A shell starts what runs in its background with Ctrl-C ignored, which the programs under test would inherit.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep the garbage collector from the thousands of tests, which stay to the end anyway."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what takes its time, and begin with it: a file that comes last has one processor for itself."""
    for item in items:
        if item.nodeid.startswith(LONG):
            item.add_marker("long")
    items.sort(key=lambda item: not item.nodeid.startswith((*LONG, "tests/interop/")))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return how many processes share the tests: more than processors, since half of the time they wait."""
    return min(2 * (os.cpu_count() or 1), 16)


@pytest.fixture(scope="module")
def storescp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a storescp."""
    with dcmtk.storescp(tmp_path_factory.mktemp("storescp")) as port:
        yield port


@pytest.fixture(scope="module")
def dcmqrscp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a dcmqrscp that is called QRSCP."""
    with dcmtk.dcmqrscp(tmp_path_factory.mktemp("dcmqrscp")) as port:
        yield port


@pytest.fixture(scope="module")
def orthanc_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The DICOM port of an Orthanc that checks the called title."""
    with orthanc.orthanc(tmp_path_factory.mktemp("orthanc")) as port:
        yield port


@pytest.fixture
def pynetdicom_scp() -> Iterator[scp.Scp]:
    """pynetdicom's Verification SCP."""
    with scp.verification_scp() as running:
        yield running
