"""Titles and addresses that a node does not know: what pynetdicom, dcmqrscp and Orthanc say of them."""

from tests.setups import servers
from tests.setups.setup import FOUR, Findings, Setup, tapped

# 1/1/7 is said by dcmqrscp of a wrong calling title, and of a wrong address, too; 1/1/3 of either.
CALLED = ("called-title", "calling-title", "calling-address")
CALLING = ("calling-title", "calling-address")
ANY_TITLE = {"DicomCheckCalledAet": False}
STRICT = {
    **ANY_TITLE,
    "DicomAlwaysAllowEcho": False,
    "DicomAlwaysAllowStore": False,
    "DicomCheckModalityHost": True,
}
ELSEWHERE = {"DicomModalities": {"caller": ["ECHOSCU", "192.0.2.1", 104]}}


def _server(name: str, run: servers.Server, findings: Findings, reason: int, *options: str) -> Setup:
    return Setup(name, tapped(run, *options), findings, f"RJ 1/1/{reason}", 61)


SETUPS = (
    _server("pynetdicom, called title", servers.pynetdicom(check_called_title=True), CALLED, 7),
    _server("pynetdicom, calling title", servers.pynetdicom(known_callers=("MODALITY",)), CALLING, 3),
    _server("dcmqrscp, called title", servers.dcmqrscp(), CALLED, 7),
    _server(
        "dcmqrscp, calling title", servers.dcmqrscp("(MODALITY, localhost, 104)"), CALLED, 7, "-aec", "QRSCP"
    ),
    _server(
        "dcmqrscp, calling address", servers.dcmqrscp("(ECHOSCU, 192.0.2.1, 104)"), CALLED, 7, "-aec", "QRSCP"
    ),
    # A title that works in place of another does not say what that one lacks: the node may know it.
    Setup(
        "dcmqrscp, calling address, and a title that has ours",
        tapped(
            servers.dcmqrscp("(ECHOSCU, 192.0.2.1, 104)", "(MODALITY, localhost, 104)"),
            *("-aec", "QRSCP"),
            diagnosis=("--try", "titles", "--try-calling", "MODALITY"),
        ),
        ("calling-title", "calling-address"),
        "RJ 1/1/7",
        61,
    ),
    Setup(
        "dcmqrscp, calling title, and a title for anybody",
        tapped(
            servers.dcmqrscp("(MODALITY, localhost, 104)", title="ANY-SCP", for_anybody="QRSCP"),
            diagnosis=("--try", "titles", "--try-called", "QRSCP"),
        ),
        ("called-title", "calling-title"),
        "RJ 1/1/7",
        61,
    ),
    _server("Orthanc, called title", servers.orthanc(), CALLED, 7),
    _server("Orthanc, calling title", servers.orthanc(**STRICT), CALLING, 3),
    _server("Orthanc, calling address", servers.orthanc(**STRICT, **ELSEWHERE), CALLING, 3),
    Setup(
        "Orthanc, query not allowed",
        tapped(servers.orthanc(**ANY_TITLE), diagnosis=("--try", "find")),
        ("service-denied", *CALLING),
        "AC DATA RELEASE-RP",
        0,
        FOUR + 2,
    ),
    Setup(
        "Orthanc, echo not allowed",
        tapped(servers.orthanc(**ANY_TITLE, DicomAlwaysAllowEcho=False)),
        ("aborted-on-echo", *CALLING),
        "AC ABORT 0/0",
        70,
    ),
)
