"""The software bill of materials of what is handed out, in CycloneDX 1.6.

The same input gives the same bytes: the time is that of SOURCE_DATE_EPOCH or left out, the serial number is
made of the contents.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import Distribution
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.contrib.this.builders import this_component
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, Property, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import LicenseAcknowledgement
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from tools.supply_chain import libraries
from tools.supply_chain.pins import Pin, normalized

ANY_OF = "the SHA-256 of each file of this release, any of which may be the one installed"


def make(
    package: Distribution,
    contents: Mapping[str, Distribution],
    pins: Mapping[str, Pin],
    file: Path | None = None,
    made_for: str | None = None,
) -> str:
    """Return the bill of a package and its libraries, with the hash of the file that is handed out, if any.

    A library that is not the pinned version has no hashes, since nobody has checked any. What is made for one
    system holds its libraries, and so what is compiled into them, as far as they say.
    """
    root = _component(package, ComponentType.APPLICATION)
    if file is not None:
        root.hashes = [_sha256(hashlib.sha256(file.read_bytes()).hexdigest())]
    if made_for is not None:
        root.properties = [Property(name="dcmtool:made-for", value=made_for)]
    components = {name: _component(each, ComponentType.LIBRARY) for name, each in contents.items()}
    for name, component in components.items():
        if made_for is not None:
            component.components = _compiled_into(contents[name])
        if is_pinned(contents[name], pins):
            component.external_references = [_files(component, pins[name].hashes)]
    bom = Bom(components=components.values(), serial_number=UUID(int=0))
    bom.metadata.component = root
    bom.metadata.tools.components.add(this_component())
    for component, each in ((root, package), *zip(components.values(), contents.values(), strict=True)):
        bom.register_dependency(component, [components[name] for name in libraries.direct(each)])
    return _written(bom)


def is_pinned(library: Distribution, pins: Mapping[str, Pin]) -> bool:
    """Return whether a library is the version that is pinned."""
    pin = pins.get(normalized(library.name))
    return pin is not None and pin.version == library.version


def _component(package: Distribution, kind: ComponentType) -> Component:
    name = normalized(package.name)
    purl = PackageURL("pypi", name=name, version=package.version)
    stated = libraries.licence(package)
    declared = LicenseAcknowledgement.DECLARED
    return Component(
        name=name,
        version=package.version,
        type=kind,
        purl=purl,
        bom_ref=str(purl),
        licenses=[LicenseFactory().make_from_string(stated, license_acknowledgement=declared)]
        if stated
        else (),
    )


def _compiled_into(library: Distribution) -> Iterator[Component]:
    """Yield what the bills in a library's own metadata list (PEP 770), such as OpenSSL in cryptography."""
    for file in library.files or []:
        if file.parent.name == "sboms" and file.suffix == ".json":
            for number, theirs in enumerate(json.loads(file.read_text("utf-8")).get("components", [])):
                yield _foreign(theirs, f"{library.name}/{file.name}/{number}")


def _foreign(theirs: Mapping[str, Any], reference: str) -> Component:
    """Return the identity of a component of another bill, whatever version of the format that has."""
    hashes = [each["content"] for each in theirs.get("hashes", []) if each["alg"] == "SHA-256"]
    return Component(
        type=ComponentType.LIBRARY,
        name=theirs["name"],
        version=theirs.get("version"),
        purl=PackageURL.from_string(theirs["purl"]) if "purl" in theirs else None,
        bom_ref=reference,
        hashes=map(_sha256, hashes),
    )


def _files(component: Component, hashes: Iterable[str]) -> ExternalReference:
    """Return a reference to the files of a release, by a purl, since any index may have them."""
    return ExternalReference(
        type=ExternalReferenceType.DISTRIBUTION,
        url=XsUri(str(component.purl)),
        comment=ANY_OF,
        hashes=[_sha256(each.removeprefix("sha256:")) for each in hashes],
    )


def _sha256(digest: str) -> HashType:
    return HashType(alg=HashAlgorithm.SHA_256, content=digest)


def _written(bom: Bom) -> str:
    """Return the document, with a time if one is given, and a serial number that follows from the rest."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    # The library wants a time where the format does not.
    bom.metadata.timestamp = datetime.fromtimestamp(int(epoch), UTC) if epoch else None  # type: ignore[assignment]
    bom.serial_number = uuid5(NAMESPACE_OID, JsonV1Dot6(bom).output_as_string())
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"
