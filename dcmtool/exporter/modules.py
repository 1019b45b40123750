"""The modules of a configuration file: how the nodes are probed that a scrape names with each."""

from collections.abc import Mapping
from typing import Any

import yaml

from dcmtool.config.defaults import Defaults
from dcmtool.config.toml_text import shown
from dcmtool.errors import InputFileError
from dcmtool.exporter import yaml_file
from dcmtool.exporter.go_duration import seconds_of
from dcmtool.named_tuple import NamedTuple
from dcmtool.options.exporter import module_settings

BUILT_IN = "dicom"
_PROBER = "dicom"
_KEYS = ("prober", "timeout", "dicom")
_KIND = "configuration of modules"


class Module(NamedTuple):
    """A module: its timeout in seconds, if it has one of its own, and settings by the keys of node files.

    `text` is its table in the file of this `path`, as YAML.
    """

    name: str
    timeout: float | None = None
    settings: Mapping[str, Any] = {}
    text: str = f"prober: {_PROBER}\n"
    path: str = ""

    @property
    def defaults(self) -> Defaults | None:
        """Its settings as what counts where a node's entry says nothing; None where it has none."""
        if not self.settings:
            return None
        return Defaults(self.path, f"modules.{self.name}.{_PROBER}", self.settings)


def load(path: str | None) -> dict[str, Module]:
    """Return the modules of a file, and the one that is built in. Raises `InputFileError`."""
    modules = {BUILT_IN: Module(BUILT_IN)}
    if path is None:
        return modules
    tables = yaml_file.table(path, "the file", yaml_file.load(path, _KIND), ("modules",))
    for name, value in yaml_file.table(path, "modules", tables.get("modules") or {}).items():
        modules[name] = _module(path, name, value)
    return modules


def _module(path: str, name: str, value: object) -> Module:
    place = f"modules.{name}"
    table = yaml_file.table(path, place, {} if value is None else value, _KEYS)
    if table.get("prober") != _PROBER:
        raise InputFileError(
            path, f"{place}: prober should be {_PROBER}, but is {shown(table.get('prober'))}"
        )
    timeout = None
    if "timeout" in table:
        timeout = seconds_of(table["timeout"])
        if not timeout:
            raise InputFileError(
                path, f"{place}: timeout should be a duration such as 5s, but is {shown(table['timeout'])}"
            )
    dicom = yaml_file.table(path, f"{place}.{_PROBER}", table.get("dicom") or {})
    for key in ("tls", "identity"):
        if isinstance(dicom.get(key), dict):
            yaml_file.table(path, f"{place}.{_PROBER}.{key}", dicom[key])
    try:
        settings = module_settings(dicom)
    except KeyError as error:
        raise InputFileError(path, f"{place}.{_PROBER}: {error.args[0]}") from error
    return Module(name, timeout, settings, as_yaml(table), path)


def as_yaml(value: object) -> str:
    """Return plain data as YAML, in the order that it has."""
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True)
