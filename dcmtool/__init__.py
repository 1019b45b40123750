"""Will this DICOM node talk to me, how fast, and if not, exactly why?

    report = dcmtool.echo("pacs.example.org", 104, called_aet="PACS")
    if not report:
        print(report.message, report.advice)

What is imported from here is loaded when it is first used.
"""

import sys

TYPE_CHECKING = False  # that of `typing`, which would take longer than all of this
if TYPE_CHECKING:
    from typing import Any

    from dcmtool import events
    from dcmtool.api.echo import async_echo, echo
    from dcmtool.api.explain import explain
    from dcmtool.api.sweep import SweepResult, sweep
    from dcmtool.association.observed import ObservedAssociation
    from dcmtool.capture.connection import ObservedConnection
    from dcmtool.errors import (
        DcmtoolError,
        InputFileError,
        SettingsError,
        TlsSettingsError,
        UnknownNode,
        VerificationFailed,
    )
    from dcmtool.events import Event
    from dcmtool.identity import Identity
    from dcmtool.reporting.report import Report
    from dcmtool.settings import Timeouts, TlsSettings
    from dcmtool.steps import TlsSession
    from dcmtool.upper_layer.contexts import PresentationContext
    from dcmtool.upper_layer.indications import Accepted
    from dcmtool.verification.report import (
        Echoes,
        EchoReport,
        NegotiatedParameters,
        Outcome,
        Phases,
        Reply,
    )
    from dcmtool.verification.statistics import Durations

__version__ = "0.1.0"
__all__ = [
    "Accepted",
    "DcmtoolError",
    "Durations",
    "EchoReport",
    "Echoes",
    "Event",
    "Identity",
    "InputFileError",
    "NegotiatedParameters",
    "ObservedAssociation",
    "ObservedConnection",
    "Outcome",
    "Phases",
    "PresentationContext",
    "Reply",
    "Report",
    "SettingsError",
    "SweepResult",
    "Timeouts",
    "TlsSession",
    "TlsSettings",
    "TlsSettingsError",
    "UnknownNode",
    "VerificationFailed",
    "__version__",
    "async_echo",
    "echo",
    "events",
    "explain",
    "sweep",
]

_HOMES = {
    "Accepted": "dcmtool.upper_layer.indications",
    "DcmtoolError": "dcmtool.errors",
    "Durations": "dcmtool.verification.statistics",
    "EchoReport": "dcmtool.verification.report",
    "Echoes": "dcmtool.verification.report",
    "Event": "dcmtool.events",
    "Identity": "dcmtool.identity",
    "InputFileError": "dcmtool.errors",
    "NegotiatedParameters": "dcmtool.verification.report",
    "ObservedAssociation": "dcmtool.association.observed",
    "ObservedConnection": "dcmtool.capture.connection",
    "Outcome": "dcmtool.verification.report",
    "Phases": "dcmtool.verification.report",
    "PresentationContext": "dcmtool.upper_layer.contexts",
    "Reply": "dcmtool.verification.report",
    "Report": "dcmtool.reporting.report",
    "SettingsError": "dcmtool.errors",
    "SweepResult": "dcmtool.api.sweep",
    "Timeouts": "dcmtool.settings",
    "TlsSession": "dcmtool.steps",
    "TlsSettings": "dcmtool.settings",
    "TlsSettingsError": "dcmtool.errors",
    "UnknownNode": "dcmtool.errors",
    "VerificationFailed": "dcmtool.errors",
    "async_echo": "dcmtool.api.echo",
    "echo": "dcmtool.api.echo",
    "explain": "dcmtool.api.explain",
    "sweep": "dcmtool.api.sweep",
}
_MODULES = ("events",)


def __getattr__(name: str) -> "Any":
    if name not in _HOMES and name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    if name in _MODULES:
        return import_module(f"dcmtool.{name}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


def _is_program() -> bool:
    """Return whether this is imported to run the command line, by Python's -m or by the installed script."""
    if sys.argv[:1] == ["-m"]:  # until Python has found the module
        return ("-m", "dcmtool") in zip(sys.orig_argv, sys.orig_argv[1:], strict=False)
    return sys.argv[0:1] != [] and sys.argv[0].endswith(("/dcmtool", "\\dcmtool", "\\dcmtool.exe"))


def _keep_interrupts() -> None:
    """Keep Ctrl-C in `_kept` while the program is loading, unless it is ignored or somebody else's."""
    # It is there already; `signal` is made of it, and would take longer than a Ctrl-C.
    import _signal  # type: ignore[import-not-found]

    if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
        _signal.signal(_signal.SIGINT, lambda number, _frame: _kept.append(number))


_kept: list[int] = []
if _is_program():
    _keep_interrupts()
