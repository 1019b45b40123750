"""`dcmtool exporter`: DICOM nodes in Prometheus."""

from importlib.util import find_spec

from dcmtool.cli.actions import ACTIONS
from dcmtool.cli.completion.candidates import OF_OPTIONS
from dcmtool.cli.grammar.command import DicomCommand
from dcmtool.cli.grammar.command_line import CommandLine
from dcmtool.options.exporter import EXPORTER
from dcmtool.options.values import UsageError, Values

EPILOG = """\
It answers /probe?target=NODE&module=NAME, /metrics, /config, /logs, /-/healthy and /-/reload as
blackbox_exporter does, with probe_success and its other metrics. NODE is the name of a node in the node
file, or [CALLED@]HOST[:PORT]. docs/monitoring has what Prometheus and Grafana need besides.

SIGHUP has its files read again. SIGTERM and Ctrl-C abort what is open, and end it with the exit code 0.

Each option can also be set by the environment variable DCMTOOL_EXPORTER_ and its long name in capitals with
underscores, such as DCMTOOL_EXPORTER_WEB_LISTEN_ADDRESS=:9115; the command line beats it.
"""
_LIBRARIES = {  # of the extra, by their modules
    "bcrypt": "bcrypt",
    "httptools": "httptools",
    "prometheus_client": "prometheus_client",
    "starlette": "starlette",
    "uvicorn": "uvicorn",
    "yaml": "PyYAML",
}


def _run(values: Values, _line: CommandLine, _called: str) -> int:
    """Serve until told to end, and return the exit code."""
    missing = [name for module, name in _LIBRARIES.items() if find_spec(module) is None]
    if missing:
        raise UsageError(
            f"dcmtool exporter needs more libraries than there are ({', '.join(missing)}): "
            "pip install 'dcmtool[exporter]'"
        )
    from dcmtool.cli.output import exporter_run

    return exporter_run.run(values)


command = DicomCommand(
    EXPORTER,
    _run,
    actions=ACTIONS,
    completions=OF_OPTIONS,
    help="""Verify DICOM nodes whenever Prometheus asks, and answer with metrics.""",
    short_help="have Prometheus verify DICOM nodes",
    epilog=EPILOG,
)
