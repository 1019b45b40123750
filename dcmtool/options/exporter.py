"""What `dcmtool exporter` takes, as blackbox_exporter calls it where that has it; what a module may set."""

from typing import Any

from dcmtool.options.common import port_file_option
from dcmtool.options.echo import ECHO
from dcmtool.options.general import HELP, VERBOSITY, VERSION, nodes_option
from dcmtool.options.kinds import LONGEST, PATH, Number
from dcmtool.options.network import IDENTITY_OPTIONS, NETWORK_OPTIONS
from dcmtool.options.option import Option, Signature, flag
from dcmtool.options.tls import CLIENT_TLS_OPTIONS

WEB = ("web options", None)
MODULES = ("module options", None)
WHOM = ("which nodes", None)
PACE = ("pace options", None)

ADDRESS = ":11104"
MOST_PROBES, MOST_HISTORY = 10_000, 10_000

_WEB_OPTIONS = (
    Option(
        "--web.listen-address",
        section=WEB,
        metavar="[HOST]:PORT",
        default=ADDRESS,
        show_default=True,
        help="listen on this address; without a host on every address of this machine",
    ),
    Option(
        "--web.config.file",
        section=WEB,
        kind=PATH,
        metavar="FILE",
        help="take TLS and basic authentication from this file, in the form of all exporters of Prometheus",
    ),
    port_file_option(WEB),
    Option(
        "--history.limit",
        section=WEB,
        kind=Number(1, MOST_HISTORY),
        metavar="NUMBER",
        default=100,
        show_default=True,
        help="how many probes the index page lists, and of those that failed as many more",
    ),
)

_MODULE_OPTIONS = (
    Option(
        "--config.file",
        section=MODULES,
        kind=PATH,
        metavar="FILE",
        help="take modules from this file (YAML); one that is called dicom is built in",
    ),
    flag(
        "--config.check",
        section=MODULES,
        settable=False,
        help="check the files that are named here, and exit",
    ),
    Option(
        "--timeout-offset",
        section=MODULES,
        kind=Number(0, LONGEST, fractions=True),
        metavar="SECONDS",
        default=0.5,
        show_default=True,
        help="end a probe so long before Prometheus does",
    ),
)

_WHOM_OPTIONS = (
    nodes_option(WHOM, "probe the nodes of this file"),
    Option(
        "--allow",
        section=WHOM,
        multiple=True,
        metavar="NETWORK",
        help="probe whatever has an address in this network too, such as 192.0.2.0/24",
    ),
)

_PACE_OPTIONS = (
    Option(
        "--max-concurrent-probes",
        section=PACE,
        kind=Number(1, MOST_PROBES),
        metavar="NUMBER",
        default=128,
        show_default=True,
        help="associations open at once, of which there is one to an address",
    ),
)

EXPORTER = Signature(
    "exporter",
    "DCMTOOL_EXPORTER",
    (),
    (
        HELP,
        VERSION,
        flag("-q", "--quiet", **VERBOSITY, help="only say what ends the run"),
        flag("-v", "--verbose", **VERBOSITY, help="tell of each probe that fails too"),
        *_WEB_OPTIONS,
        *_MODULE_OPTIONS,
        *_WHOM_OPTIONS,
        *_PACE_OPTIONS,
    ),
)

# What a probe is made of: the options of an echo that a node's entry may set, and a module.
PROBE = Signature("probe", "", (), (*NETWORK_OPTIONS, *IDENTITY_OPTIONS, *CLIENT_TLS_OPTIONS), like=ECHO)

# Why an option of a probe is set by no module, by its key.
OF_NO_MODULE: dict[str, str] = {
    "call": "the called title belongs to the target, not to a module",
    "deadline": "a module has its timeout beside this table",
    "write-seed": "a probe writes no file",
    "write-seed-file": "a probe writes no file",
    "identity-passcode-prompt": "there is nobody to ask",
    "std-passwd": "there is nobody to ask",
}


def module_settings(table: dict[str, Any]) -> dict[str, Any]:
    """Return the keys of a module as a node file has them: `tls` and `identity` may be tables of their own.

    Raises:
        KeyError: a key that no module may have; its argument says why.
    """
    settings: dict[str, Any] = {}
    for key, value in table.items():
        inside: dict[str, Any] = {_CALLED_SO.get(key, key): value}
        if key == "tls" and isinstance(value, dict):
            inside = dict(value)
        elif key == "identity" and isinstance(value, dict):
            inside = {f"identity-{each}": one for each, one in value.items()}
        for name, one in inside.items():
            if name in settings:
                raise KeyError(f"{name} stands there twice")
            if reason := _no_place(name):
                raise KeyError(f"{name} has no place in a module: {reason}")
            settings[name] = one
    return settings


_CALLED_SO = {"calling": "aetitle"}
_KEYS = {option.key for option in PROBE.options}
_OF_ECHO = {option.key for option in ECHO.options} - _KEYS


def _no_place(key: str) -> str | None:
    if key in _OF_ECHO:
        return "a probe is one echo on one association"
    return OF_NO_MODULE.get(key)
