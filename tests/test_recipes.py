"""The recipes work as they are pasted, but for where the node is."""

import configparser
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.peers.programs import ROOT, environment, refusing_port, require
from tests.peers.scp import Scp, verification_scp

TEXT = (ROOT / "docs" / "guide" / "recipes.md").read_text(encoding="utf-8")
NODES = "/etc/dcmtool/nodes.toml"
Run = Callable[..., subprocess.CompletedProcess[str]]


def _blocks(heading: str, language: str) -> list[str]:
    """Return the pieces of code of a recipe."""
    recipe = re.split(r"^## ", TEXT, flags=re.MULTILINE)
    (text,) = (each for each in recipe if each.startswith(heading))
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def _yaml(heading: str) -> list[Any]:
    return [yaml.safe_load(text) for text in _blocks(heading, "yaml")]


@pytest.fixture
def run(tmp_path: Path, pynetdicom_scp: Scp) -> Run:
    """Run a command line of a recipe against a real node, in place of the ones that it names."""
    programs = tmp_path / "bin"
    programs.mkdir()
    start = tmp_path / "start.py"
    start.write_text("from dcmtool.__main__ import start\nstart()\n")
    for name, words in {"dcmtool": [sys.executable, "-m", "dcmtool"], "python3": [sys.executable]}.items():
        (programs / name).write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
        (programs / name).chmod(0o755)
    nodes = tmp_path / "nodes.toml"
    nodes.write_text(f'[nodes.pacs]\nhost = "127.0.0.1"\nport = {pynetdicom_scp.port}\n')

    def run(words: Sequence[str], port: int = pynetdicom_scp.port) -> subprocess.CompletedProcess[str]:
        replaced = [
            word.replace("/usr/local/bin/dcmtool", "dcmtool")
            .replace("/opt/dcmtool.pyz", str(start))
            .replace(NODES, str(nodes))
            .replace("/scratch", str(tmp_path))
            .replace(" pacs 4242", " 127.0.0.1 4242")
            .replace("4242", str(port))
            for word in words
        ]
        path = f"{programs}:{os.environ['PATH']}"
        return subprocess.run(
            replaced,
            env=environment({"PATH": path}),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def _nagios(kind: str) -> list[dict[str, str]]:
    """Return the objects of one kind in Nagios's configuration."""
    (first, second) = _blocks("Nagios", "")
    found = re.findall(rf"define {kind} {{\n(.*?)\n}}", first + second, re.DOTALL)
    lines = [[line.split(None, 1) for line in body.splitlines()] for body in found]
    return [{name: value.strip() for name, value in each} for each in lines]


def _substituted(line: str, macros: dict[str, str]) -> list[str]:
    return shlex.split(re.sub(r"\$(\w+)\$", lambda found: macros[found[1]], line))


def answered(done: subprocess.CompletedProcess[str]) -> None:
    """Expect of a check that the node answered, if later than it should on a machine that is busy."""
    states = {"DICOM OK - 127.0.0.1 port": 0, "DICOM WARNING - 127.0.0.1 port": 1}
    code = next((code for start, code in states.items() if done.stdout.startswith(start)), None)
    assert (done.stderr, done.returncode) == ("", code)


def test_nagios(run: Run, pynetdicom_scp: Scp) -> None:
    (service,) = _nagios("service")
    name, *arguments = service["check_command"].split("!")
    command = next(each for each in _nagios("command") if each["command_name"] == name)
    macros = {f"ARG{number}": value for number, value in enumerate(arguments, 1)} | {
        "HOSTADDRESS": "127.0.0.1"
    }
    line = _substituted(command["command_line"], macros)
    done = run(line)
    answered(done)
    request = pynetdicom_scp.accepted[0].assoc.requestor.primitive
    assert request is not None
    assert (request.calling_ae_title, request.called_ae_title) == ("NAGIOS", "ORTHANC")
    with refusing_port() as port:
        failed = run(line, port)
    assert (failed.stdout.startswith("DICOM CRITICAL - no connection"), failed.returncode) == (True, 2)


def test_nagios_with_a_node_file(run: Run) -> None:
    line = next(each for each in _nagios("command") if each["command_name"] == "check_dicom_node")[
        "command_line"
    ]
    done = run(_substituted(line, {"ARG1": "pacs"}))
    assert (done.stdout.startswith("DICOM OK - "), done.returncode) == (True, 0)


def test_icinga(run: Run, pynetdicom_scp: Scp) -> None:
    (text,) = _blocks("Icinga", "")
    (command,) = re.findall(r"command = \[(.*)\]", text)
    words = re.findall(r'"([^"]+)"', command)
    values = dict(re.findall(r"vars\.(\w+) = \"?([^\s\"]+)\"?", text))
    values |= {"address": "127.0.0.1", "dicom_port": "4242", "dicom_call": "ORTHANC"}
    for key, value in re.findall(r'"(-[\w-]+)" = "\$(\w+)\$"', text):
        words += [key, values[value]]
    ordered = re.findall(r'value = "\$(\w+)\$", skip_key = true, order = (\d)', text)
    words += [values[name] for name, _ in sorted(ordered, key=lambda each: int(each[1]))]
    done = run(words)
    answered(done)
    assert text.count("{") == text.count("}")


def test_kubernetes(run: Run) -> None:
    pod, snippet = _yaml("Kubernetes")
    (probe,) = (each["readinessProbe"] for each in pod["spec"]["containers"] if "readinessProbe" in each)
    for each in (probe, snippet["livenessProbe"]):
        words = each["exec"]["command"]
        assert all(isinstance(word, str) for word in words)
        assert float(words[words.index("--deadline") + 1]) < each["timeoutSeconds"]
        done = run(words)
        assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
        with refusing_port() as port:
            assert run(words, port).returncode == 60
    (image,) = _blocks("Kubernetes", "dockerfile")
    assert re.findall("^[A-Z]+", image, re.MULTILINE) == ["FROM", "COPY", "RUN", "USER"]


def _units() -> dict[str, str]:
    names = re.findall(r"^`/etc/systemd/system/(.*)`:$", TEXT, re.MULTILINE)
    return dict(zip(names, _blocks("A systemd timer", "ini"), strict=True))


def _unit(text: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(text)
    return parser


def test_systemd_units(run: Run) -> None:
    units = {name: _unit(text) for name, text in _units().items()}
    assert {name.split(".")[1] for name in units} == {"service", "timer"}
    service = units["dicom-echo@.service"]
    assert service["Unit"]["OnFailure"].replace("%i", "") in units
    assert "dicom-echo@.timer" in units
    done = run(shlex.split(service["Service"]["ExecStart"].replace("%i", "pacs")))
    assert (done.returncode, "Received Echo Response (Success)" in done.stderr) == (0, True)


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    analyze = require("/usr/bin/systemd-analyze")
    for name, text in _units().items():
        there = text.replace("/usr/local/bin/dcmtool", sys.executable).replace("/usr/bin/logger", "/bin/sh")
        (tmp_path / name).write_text(there)
    names = [str(tmp_path / name.replace("@", "@pacs")) for name in _units()]
    for name in _units():
        (tmp_path / name.replace("@", "@pacs")).symlink_to(tmp_path / name)
    done = subprocess.run(
        [analyze, "verify", "--man=no", *names], capture_output=True, text=True, check=False
    )
    assert (done.stdout, [line for line in done.stderr.splitlines() if str(tmp_path) in line]) == ("", [])
    assert done.returncode == 0, done.stderr


def test_ci_waits_for_a_node(run: Run, pynetdicom_scp: Scp) -> None:
    (line,) = _blocks("CI", "sh")
    done = run(shlex.split(line))
    assert (done.returncode, len(pynetdicom_scp.echoes)) == (0, 1)
    with refusing_port() as port:
        late = run(shlex.split(line.replace("timeout 60", "timeout 0.5")), port)
    assert late.returncode == 124


def test_ci_jobs(run: Run, tmp_path: Path, pynetdicom_scp: Scp) -> None:
    github, gitlab = _yaml("CI")
    (job,) = github["jobs"].values()
    steps = [step["run"] for step in job["steps"] if "run" in step]
    (line,) = _blocks("CI", "sh")
    assert steps[1] == line.strip()
    lines = [*steps, *gitlab["dicom"]["script"]]
    ran = [each for each in lines if "pip install" not in each]
    assert len(lines) - len(ran) == 2
    for each in ran:
        done = run(["sh", "-c", each])
        assert done.returncode == 0, done.stderr
    assert '"outcome": "success"' in (tmp_path / gitlab["dicom"]["artifacts"]["paths"][0]).read_text()
    assert len(pynetdicom_scp.accepted) == 1 + 10 + 1 + 1


def test_a_drill(run: Run) -> None:
    (script,) = _blocks("Access-control", "sh")
    with verification_scp(title="ORTHANC", check_called_title=True) as scp:
        kept = run(["sh", "-c", script], scp.port)
        assert (kept.returncode, kept.stdout, kept.stderr) == (0, "", "")
        assert len(scp.echoes) == 1
    with verification_scp(title="ORTHANC") as scp:  # which takes any title
        failed = run(["sh", "-c", script], scp.port)
    expected = "F: Expected rejected:called-title, but it came to success\n"
    assert (failed.returncode, failed.stdout, failed.stderr) == (1, "", expected)
