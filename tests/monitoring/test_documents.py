"""The files of `docs/monitoring` by the tools that are there for them, and its six commands as they stand."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import markdown
from tests.peers.dcmtool_scp import wait_for
from tests.peers.programs import ROOT, environment, free_port, listens, require
from tests.peers.prometheus import DOCUMENTED, Prometheus, configuration

PAGE = DOCUMENTED / "index.md"


def run(*command: str, cwd: Path = DOCUMENTED) -> str:
    """Return what a program says that is to succeed."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_prometheus_takes_the_files() -> None:
    promtool = require("/usr/bin/promtool")
    run(promtool, "check", "config", "prometheus.yml")
    run(promtool, "test", "rules", "dicom-alerts-test.yml")


def test_every_alert_has_a_test_and_is_on_the_page() -> None:
    alerts = set(re.findall(r"alert: (\w+)", (DOCUMENTED / "dicom-alerts.yml").read_text()))
    tested = set(re.findall(r"alertname: (\w+)", (DOCUMENTED / "dicom-alerts-test.yml").read_text()))
    assert alerts == tested == set(re.findall(r"`(Dicom\w+)`", PAGE.read_text()))


def test_the_unit_is_one_and_may_do_little(tmp_path: Path) -> None:
    analyze = require("/usr/bin/systemd-analyze")
    unit = tmp_path / "dcmtool-exporter.service"
    text = (DOCUMENTED / unit.name).read_text()
    unit.write_text(text.replace("/usr/local/bin/dcmtool", analyze))
    run(analyze, "verify", "--man=no", str(unit))
    run(analyze, "security", "--offline=true", "--threshold=15", str(unit))


def test_the_modules_of_the_page_are_in_order(tmp_path: Path) -> None:
    from dcmtool.exporter import modules, yaml_file

    (sample,) = (
        token.content
        for token in markdown.tokens_of(PAGE)
        if token.type == "fence" and token.content.startswith("modules:")
    )
    file = tmp_path / "modules.yml"
    file.write_text(sample)
    assert modules.load(str(file))["tls"].timeout == 5
    assert yaml_file.load(str(file), "sample")


# The six commands -----------------------------------------------------------------------------------


def commands() -> list[str]:
    """Return the commands that a newcomer types."""
    (block,) = (
        token.content
        for token in markdown.tokens_of(PAGE)
        if token.type == "fence" and token.info == "console" and "promtool" in token.content
    )
    return [line.removeprefix("$ ") for line in block.splitlines()]


class Shell:
    """A shell that is typed into, in a folder where `dcmtool` and `pip` are those of this Python."""

    def __init__(self, folder: Path, bash: str) -> None:
        programs = folder / "bin"
        programs.mkdir()
        for name, warnings in (("dcmtool", "error"), ("pip", "")):  # pip is not ours to mend
            program = programs / name
            program.write_text(
                f'#!/bin/sh\nPYTHONWARNINGS={warnings} exec "{sys.executable}" -m {name} "$@"\n'
            )
            program.chmod(0o755)
        path = f"{programs}:/usr/bin:/bin"
        self._said = folder / "said"
        with self._said.open("w") as said:
            self._bash = subprocess.Popen(
                [bash],
                stdin=subprocess.PIPE,
                stdout=said,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=environment({"PATH": path, "PYTHONPATH": str(ROOT)}),
                text=True,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        """All that was said."""
        return self._said.read_text()

    def type(self, command: str) -> None:
        """Type a command."""
        assert self._bash.stdin is not None
        self._bash.stdin.write(f"{command}\n")
        self._bash.stdin.flush()

    def close(self) -> None:
        """End it with all that it has started."""
        self.type("kill $(jobs -p); wait; exit")
        self._bash.communicate(timeout=60)


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """A shell."""
    opened = Shell(tmp_path, require("/usr/bin/bash"))
    try:
        yield opened
    finally:
        opened.close()


def test_six_commands_take_a_newcomer_to_an_alert(tmp_path: Path, shell: Shell) -> None:
    """As they stand on the page, but for ports that may be taken, and patience."""
    require("/usr/bin/prometheus")
    install, *rest = commands()
    assert len(rest) == 5
    node, exporter, server = free_port(), free_port(), free_port()
    folder = tmp_path / "docs" / "monitoring"
    folder.mkdir(parents=True)
    configuration(folder, exporter=f"localhost:{exporter}", node=f"localhost:{node}")
    be_node, serve, watch, end, ask = (
        command.replace("11112", str(node)).replace("9090", str(server)).replace("/tmp/", f"{tmp_path}/")
        for command in rest
    )
    # Nothing is fetched: the package of this folder, with all of the extra, is installed already.
    shell.type(f"(cd {ROOT} && {install} --dry-run --no-index --no-build-isolation) && echo INSTALLED")
    wait_for(lambda: "INSTALLED" in shell.said, 100)
    assert "does not provide the extra" not in shell.said
    shell.type(be_node)
    wait_for(lambda: listens(node), 60)
    shell.type(serve.replace(" &", f" --web.listen-address 127.0.0.1:{exporter} &"))
    wait_for(lambda: listens(exporter), 60)
    shell.type(watch.replace(" &", f" --web.listen-address=localhost:{server} &"))
    wait_for(lambda: listens(server), 60)
    prometheus = Prometheus(server)
    target = f"localhost:{node}"
    wait_for(lambda: "Server is ready" in shell.said, 60)
    wait_for(lambda: prometheus.values("probe_success") == {target: 1}, 60)
    shell.type(end)
    wait_for(lambda: ("DicomNodeDown", target) in prometheus.firing, 60)
    shell.type(f"{ask}; echo ASKED")
    wait_for(lambda: "ASKED" in shell.said)
    answer = shell.said.splitlines()[-2]
    assert 'alertname="DicomNodeDown"' in answer
    assert 'alertstate="firing"' in answer
