"""Hatchling's hook that puts a bill of materials into the wheel (PEP 770), where `make dist` names one.

A wheel that somebody builds from source, as `pip install .` does, has none, and needs nothing but hatchling.
"""

import os
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VARIABLE = "DCMTOOL_SBOM"


class SbomHook(BuildHookInterface[BuilderConfig]):
    """Add the file that the environment names."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Tell hatchling of the file."""
        if version == "standard" and (named := os.environ.get(VARIABLE)):
            build_data["sbom_files"].append(named)
