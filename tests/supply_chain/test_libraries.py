"""What a package needs here, and which licence its metadata state."""

from importlib.metadata import Distribution, PackageNotFoundError, distribution

import pytest

from tests.supply_chain.conftest import Package
from tools.supply_chain import libraries, licences, pins

CLASSIFIER = "Classifier: License :: OSI Approved ::"


@pytest.mark.parametrize(
    ("lines", "licence"),
    [
        (["License-Expression: MIT OR GPL-3.0-only"], "MIT OR GPL-3.0-only"),
        (["License-Expression: ISC", f"{CLASSIFIER} MIT License", "License: MIT"], "ISC"),
        ([f"{CLASSIFIER} MIT License"], "MIT"),
        ([f"{CLASSIFIER} MIT License", f"{CLASSIFIER} Apache Software License"], "MIT AND Apache-2.0"),
        ([f"{CLASSIFIER} MIT License", f"{CLASSIFIER} BSD License"], None),
        ([f"{CLASSIFIER} BSD License", "License: BSD-3-Clause"], None),
        (["Classifier: License :: Other/Proprietary License", "License: MIT"], None),
        (["Classifier: Topic :: Utilities", "License: MIT"], "MIT"),
        (["License: Do what you like with it"], None),
        (["License: UNKNOWN"], "UNKNOWN"),
        ([], None),
    ],
)
def test_the_licence_that_is_stated(package: Package, lines: list[str], licence: str | None) -> None:
    assert libraries.licence(package("some", "1.0", *lines)) == licence


@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        ("MIT", None),
        ("mit", None),
        ("Apache-2.0 OR BSD-3-Clause", None),
        ("MIT OR GPL-3.0-only", None),
        ("(MIT AND BSD-2-Clause) OR GPL-3.0-only", None),
        ("MIT AND GPL-3.0-only", "MIT AND GPL-3.0-only is not on the list of licences"),
        ("GPL-3.0-only", "GPL-3.0-only is not on the list of licences"),
        ("MPL-2.0", "MPL-2.0 is not on the list of licences"),
        (
            "Apache-2.0 WITH LLVM-exception",
            "Apache-2.0 WITH LLVM-exception is not on the list of licences",
        ),
        ("UNKNOWN", "UNKNOWN is no SPDX expression: Unknown license key(s): UNKNOWN"),
        ("MIT AND", "MIT AND is no SPDX expression: "),
    ],
)
def test_what_may_be_handed_out(package: Package, stated: str, reason: str | None) -> None:
    refusal = licences.refusal(package("some", "1.0", f"License-Expression: {stated}"))
    assert refusal == reason or (reason and refusal and refusal.startswith(reason))


def test_no_licence_is_no_permission(package: Package) -> None:
    sentence = "its metadata name no licence that can be understood: read the file itself"
    assert licences.refusal(package("some")) == sentence


def test_every_licence_on_the_list_has_a_name_and_a_reason() -> None:
    known = licences._SPDX.known_symbols
    assert [name for name, reason in licences.ALLOWED.items() if name not in known or not reason] == []


def test_every_library_of_ours_may_be_handed_out() -> None:
    packages = libraries.needed_by(distribution("dcmtool"))
    assert {"click", "cryptography", "cffi", "pynetdicom"} <= packages.keys()
    assert {name: licences.refusal(each) for name, each in packages.items()} == dict.fromkeys(packages)


def test_every_library_of_the_extras_may_be_handed_out_and_is_pinned() -> None:
    dcmtool = distribution("dcmtool")
    extras = libraries.extras_handed_out(dcmtool)
    packages = libraries.needed_by(dcmtool, extras=extras)
    assert "exporter" in extras
    assert {"bcrypt", "click", "h11", "starlette", "uvicorn"} <= packages.keys()
    assert {name: licences.refusal(each) for name, each in packages.items()} == dict.fromkeys(packages)
    assert packages.keys() <= pins.read(pins.CONSTRAINTS.read_text(encoding="utf-8")).keys()


def test_extras_are_followed_where_they_are_asked_for(package: Package) -> None:
    installed: dict[str, Distribution] = {
        "web": package(
            "web", "1", "Requires-Dist: tls; extra == 'secure'", "Requires-Dist: old; extra == 'x'"
        ),
        "tls": package("tls", "1", "Requires-Dist: web"),
        "odd": package("odd", "1", "Requires-Dist: web"),
    }
    top = package(
        *("top", "1", "Provides-Extra: more", "Provides-Extra: dev"),
        *("Requires-Dist: web[secure]; extra == 'more'", "Requires-Dist: odd; extra == 'more'"),
        "Requires-Dist: mypy; extra == 'dev'",
    )
    assert libraries.extras_handed_out(top) == ["more"]
    assert libraries.needed_by(top, installed.__getitem__) == {}
    assert libraries.needed_by(top, installed.__getitem__, extras=["more"]) == installed


def test_what_a_package_needs_is_followed_to_the_end(package: Package) -> None:
    installed: dict[str, Distribution] = {
        "one": package("One", "1", "Requires-Dist: t.wo>=1", "Requires-Dist: extra; extra == 'more'"),
        "t-wo": package("t_wo", "1", "Requires-Dist: one", "Requires-Dist: win; sys_platform == 'none'"),
        "none": package("none", "1"),
    }
    top = package("top", "1", "Requires-Dist: One")
    assert libraries.needed_by(top, installed.__getitem__) == {
        "one": installed["one"],
        "t-wo": installed["t-wo"],
    }


def test_what_is_not_installed_is_an_error(package: Package) -> None:
    with pytest.raises(PackageNotFoundError):
        libraries.needed_by(package("top", "1", "Requires-Dist: surely-not-installed"))
