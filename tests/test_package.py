"""What `import dcmtool` gives, and when it is loaded."""

import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version

import pytest

import dcmtool


@pytest.mark.parametrize("name", dcmtool.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(dcmtool, name) is not None
    assert name in dir(dcmtool)


@pytest.mark.parametrize("name", dcmtool._HOMES)
def test_a_name_is_loaded_when_it_is_first_used(name: str) -> None:
    vars(dcmtool).pop(name, None)
    value = getattr(dcmtool, name)
    assert f"{value.__module__}.".startswith(f"{dcmtool._HOMES[name]}.")
    assert vars(dcmtool)[name] is value  # from now on without a detour


def test_what_is_listed_is_what_can_be_had() -> None:
    assert set(dcmtool.__all__) == {"__version__", *dcmtool._HOMES, *dcmtool._MODULES}
    assert dir(dcmtool) == dcmtool.__all__


def test_modules_are_loaded_when_they_are_first_used() -> None:
    statement = "import dcmtool; print('dcmtool.events' in sys.modules); dcmtool.events.Pdu"
    assert {"False", "dcmtool.events"} <= loaded_by(statement)


def test_another_name_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match=r"^module 'dcmtool' has no attribute 'nonsense'$"):
        dcmtool.nonsense  # noqa: B018


def test_the_version_is_the_one_installed() -> None:
    try:
        installed = version("dcmtool")
    except PackageNotFoundError:
        installed = dcmtool.__version__  # run from the source tree
    assert dcmtool.__version__ == installed


def loaded_by(statement: str) -> set[str]:
    """Return the names of the modules that a fresh interpreter has loaded after a statement."""
    code = f"import sys; {statement}; print('\\n'.join(sys.modules))"
    output = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path[:0] = {sys.path!r}; {code}"],
        check=True,
        capture_output=True,
        text=True,
    )
    return set(output.stdout.split())


def test_importing_the_package_loads_nothing_else_of_it() -> None:
    assert {name for name in loaded_by("import dcmtool") if name.startswith("dcmtool.")} == set()


def test_a_blocking_echo_loads_no_library() -> None:
    statement = "import dcmtool; dcmtool.echo('127.0.0.1', 1)"
    heavy = {"asyncio", "ssl", "rich", "click", "pydicom", "pynetdicom", "logging"}
    assert loaded_by(statement) & (heavy | {"dcmtool.events"}) == set()  # nobody listens


def test_a_sweep_loads_nothing_that_it_may_not_need() -> None:
    late = {
        *("dcmtool.tls.contexts", "dcmtool.diagnosis.rules", "dcmtool.reporting.nagios", "rich"),
        *("dcmtool.cli.output.sweep_table", "dcmtool.cli.output.sweep_watch", "cryptography"),
    }
    loaded = loaded_by("import dcmtool.cli.commands.sweep, dcmtool.cli.output.sweep_run")
    assert "dcmtool.fleet.sweep" in loaded
    assert loaded & late == set()
