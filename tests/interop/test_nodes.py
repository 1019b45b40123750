"""Nodes from the configuration that Orthanc itself writes, called at a real Orthanc."""

import subprocess
from pathlib import Path

import pytest

from dcmtool.cli.main import main
from tests.peers.programs import require

SAMPLE = '// "sample" : [ "STORESCP", "127.0.0.1", 2000 ]'


@pytest.mark.interop
def test_orthancs_own_configuration(
    orthanc_node: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = require("/usr/sbin/Orthanc")
    configuration, nodes = tmp_path / "orthanc.json", tmp_path / "nodes.toml"
    subprocess.run([program, f"--config={configuration}"], capture_output=True, check=True)
    text = configuration.read_text()
    assert SAMPLE in text
    real = f'"sample" : [ "ORTHANC", "127.0.0.1", {orthanc_node} ]'
    configuration.write_text(text.replace(SAMPLE, real))
    assert main(["nodes", "import", str(configuration), "--output-file", str(nodes)]) == 0
    expected = f'[nodes.sample]\nhost = "127.0.0.1"\nport = {orthanc_node}\ncall = "ORTHANC"\n'
    assert nodes.read_text() == expected
    capsys.readouterr()
    assert main(["echo", "--nodes", str(nodes), "sample"]) == 0
    assert capsys.readouterr() == ("", "")
