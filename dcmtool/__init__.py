"""Will this DICOM node talk to me, how fast, and if not, exactly why?

    report = dcmtool.echo("pacs.example.org", 104, called_aet="PACS")
    if not report.success:
        print(report.stage, report.error)

What is imported from here is loaded when it is first used.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dcmtool.api import async_echo, echo
    from dcmtool.errors import DcmtoolError, InputFileError, SettingsError, TlsSettingsError
    from dcmtool.settings import Timeouts, TlsSettings
    from dcmtool.verification.report import EchoReport, Outcome

__version__ = "0.1.0"
__all__ = [
    "DcmtoolError",
    "EchoReport",
    "InputFileError",
    "Outcome",
    "SettingsError",
    "Timeouts",
    "TlsSettings",
    "TlsSettingsError",
    "__version__",
    "async_echo",
    "echo",
]

_HOMES = {
    "DcmtoolError": "dcmtool.errors",
    "EchoReport": "dcmtool.verification.report",
    "InputFileError": "dcmtool.errors",
    "Outcome": "dcmtool.verification.report",
    "SettingsError": "dcmtool.errors",
    "Timeouts": "dcmtool.settings",
    "TlsSettings": "dcmtool.settings",
    "TlsSettingsError": "dcmtool.errors",
    "async_echo": "dcmtool.api",
    "echo": "dcmtool.api",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
