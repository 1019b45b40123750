"""The bill of materials: valid by the strict schema, complete, and the same each time."""

import hashlib
import json
from importlib.metadata import Distribution
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.supply_chain.conftest import Package
from tools.supply_chain import sbom
from tools.supply_chain.pins import Pin

VALIDATOR = JsonStrictValidator(SchemaVersion.V1_6)
DIGESTS = ("a" * 64, "b" * 64)


class Handed:
    """A package, its libraries, and their pins."""

    def __init__(self, package: Package) -> None:
        self.package = package("Top", "0.1", "License-Expression: MIT", "Requires-Dist: one")
        one = package(
            "one",
            "1.0",
            "License-Expression: MIT OR Apache-2.0",
            "Requires-Dist: T.wo",
            "Requires-Dist: three",
        )
        two = package("t_wo", "2.0", "Classifier: License :: OSI Approved :: BSD License")
        three = package("three", "3.0", "License-Expression: BSD-3-Clause")
        self.contents: dict[str, Distribution] = {"one": one, "t-wo": two, "three": three}
        hashes = tuple(f"sha256:{digest}" for digest in DIGESTS)
        versions = {"one": "1.0", "t-wo": "1.9"}
        self.pins = {
            name: Pin(name, version, None, hashes, frozenset()) for name, version in versions.items()
        }

    def bill(self, file: Path | None = None, made_for: str | None = None) -> dict[str, Any]:
        """Return the bill, once it is known to be valid."""
        text = sbom.make(self.package, self.contents, self.pins, file, made_for)
        assert VALIDATOR.validate_str(text) is None
        made: dict[str, Any] = json.loads(text)
        return made


@pytest.fixture
def handed(package: Package) -> Handed:
    """What is handed out."""
    return Handed(package)


def test_name_version_and_purl(handed: Handed) -> None:
    bill = handed.bill()
    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.6", 1)
    root = bill["metadata"]["component"]
    assert (root["type"], root["name"], root["version"], root["purl"]) == (
        "application",
        "top",
        "0.1",
        "pkg:pypi/top@0.1",
    )
    assert "hashes" not in root
    assert [(each["name"], each["version"], each["purl"]) for each in bill["components"]] == [
        ("one", "1.0", "pkg:pypi/one@1.0"),
        ("t-wo", "2.0", "pkg:pypi/t-wo@2.0"),
        ("three", "3.0", "pkg:pypi/three@3.0"),
    ]


def test_licences(handed: Handed) -> None:
    one, two, three = handed.bill()["components"]
    assert one["licenses"] == [{"acknowledgement": "declared", "expression": "MIT OR Apache-2.0"}]
    assert "licenses" not in two  # "BSD License" says too little
    assert three["licenses"] == [{"license": {"acknowledgement": "declared", "id": "BSD-3-Clause"}}]


def test_who_needs_whom(handed: Handed) -> None:
    assert {each["ref"]: each.get("dependsOn", []) for each in handed.bill()["dependencies"]} == {
        "pkg:pypi/top@0.1": ["pkg:pypi/one@1.0"],
        "pkg:pypi/one@1.0": ["pkg:pypi/t-wo@2.0", "pkg:pypi/three@3.0"],
        "pkg:pypi/t-wo@2.0": [],
        "pkg:pypi/three@3.0": [],
    }


def test_hashes_are_those_of_the_pinned_version_and_no_other(handed: Handed) -> None:
    one, two, three = handed.bill()["components"]
    (files,) = one["externalReferences"]
    assert (files["type"], files["url"]) == ("distribution", "pkg:pypi/one@1.0")
    assert files["hashes"] == [{"alg": "SHA-256", "content": digest} for digest in DIGESTS]
    assert "externalReferences" not in two  # 2.0 is here, 1.9 is pinned
    assert "externalReferences" not in three  # not pinned at all


def test_the_file_that_is_handed_out(handed: Handed, tmp_path: Path) -> None:
    file = tmp_path / "top.pyz"
    file.write_bytes(b"contents")
    root = handed.bill(file, "cpython-311 linux")["metadata"]["component"]
    assert root["hashes"] == [{"alg": "SHA-256", "content": hashlib.sha256(b"contents").hexdigest()}]
    assert root["properties"] == [{"name": "dcmtool:made-for", "value": "cpython-311 linux"}]


def test_what_is_compiled_into_a_library(handed: Handed, tmp_path: Path) -> None:
    theirs = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "metadata": {"tools": [{"name": "older form"}]},
        "components": [
            {
                "type": "library",
                "name": "openssl",
                "version": "4.0.3",
                "purl": "pkg:generic/openssl@4.0.3",
                "hashes": [{"alg": "SHA-256", "content": DIGESTS[0]}, {"alg": "MD5", "content": "c" * 32}],
            },
            {"type": "library", "name": "unnumbered"},
        ],
    }
    folder = tmp_path / "one-1.0.dist-info"
    (folder / "sboms").mkdir()
    (folder / "sboms" / "theirs.json").write_text(json.dumps(theirs))
    (folder / "RECORD").write_text("one-1.0.dist-info/sboms/theirs.json,,\none-1.0.dist-info/METADATA,,\n")
    openssl, other = handed.bill(made_for="cpython-311 linux")["components"][0]["components"]
    assert (openssl["name"], openssl["version"], openssl["purl"]) == (
        "openssl",
        "4.0.3",
        "pkg:generic/openssl@4.0.3",
    )
    assert openssl["hashes"] == [{"alg": "SHA-256", "content": DIGESTS[0]}]
    assert (other["name"], "version" in other) == ("unnumbered", False)
    assert "components" not in handed.bill()["components"][0]  # what runs everywhere holds none of it


def test_the_same_each_time(handed: Handed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    first = handed.bill()
    assert handed.bill() == first
    assert "timestamp" not in first["metadata"]
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    dated = handed.bill()
    assert dated["metadata"]["timestamp"] == "2023-11-14T22:13:20+00:00"
    assert handed.bill() == dated


def test_another_bill_has_another_number(handed: Handed) -> None:
    first = handed.bill()["serialNumber"]
    del handed.pins["one"]
    assert handed.bill()["serialNumber"] != first
