"""How a node's configuration has a caller, where its implementation class UID says which software it is."""

from collections.abc import Mapping

from dcmtool.diagnosis.evidence import Evidence
from dcmtool.named_tuple import NamedTuple

# Where implementation class UIDs begin (PS3.7 D.3.3.2). Orthanc as Debian builds it has DCMTK's own.
_DCMTK, _DCM4CHE, _PYNETDICOM = "1.2.276.0.7230010.3.", "1.2.40.0.13.1.", "1.2.826.0.1.3680043.9.3811."
_PORT = 104  # of the caller, which an entry must name and an echo does not use


class NodeEntry(NamedTuple):
    """What to write, and where: the software and its file."""

    place: str
    text: str


_ENTRIES: Mapping[str, tuple[NodeEntry, ...]] = {
    _DCMTK: (
        NodeEntry("Orthanc, DicomModalities of orthanc.json", '"{name}": ["{title}", "{address}", {port}]'),
        # It compares texts: the name that it finds for the caller's address, or else the address.
        NodeEntry(
            "dcmqrscp, HostTable of dcmqrscp.cfg, and that name in AETable; where it looks host names up,"
            " this host's in place of the address",
            "{name} = ({title}, {address}, {port})",
        ),
    ),
    _DCM4CHE: (
        NodeEntry("dcm4chee, Configuration, AE list", "AE title {title}, host name {address}, port {port}"),
    ),
    _PYNETDICOM: (NodeEntry("pynetdicom", 'ae.require_calling_aet = [..., "{title}"]'),),
}


def entries(evidence: Evidence) -> tuple[NodeEntry, ...]:
    """Return what lets the caller in that the node does not know, as another one's success has shown."""
    proof = next((each for each in evidence.experiments if each.succeeded), None)
    if proof is None or "calling-title" not in proof.shows or proof.negotiated is None:
        return ()
    uid = proof.negotiated.implementation_class_uid
    title = evidence.request.negotiation.calling_aet
    facts = {"name": title.lower(), "title": title, "address": proof.source, "port": _PORT}
    found = next((each for start, each in _ENTRIES.items() if uid.startswith(start)), ())
    return tuple(entry._replace(text=_filled(entry.text, facts)) for entry in found)


def _filled(text: str, facts: Mapping[str, object]) -> str:
    for name, fact in facts.items():
        text = text.replace(f"{{{name}}}", str(fact))
    return text
