"""The services of PS3.4 with their SOP classes and transfer syntaxes, as pynetdicom's registry has them."""

from collections.abc import Iterator
from functools import cache

from dcmtool.named_tuple import NamedTuple

# Their names, and the lists of pynetdicom.presentation; a class belongs to the first service that has it.
_LISTS = (
    ("Verification", "VerificationPresentationContexts"),
    ("Query/Retrieve", "QueryRetrievePresentationContexts"),
    ("Modality Worklist", "BasicWorklistManagementPresentationContexts"),
    ("Modality Performed Procedure Step", "ModalityPerformedPresentationContexts"),
    ("Storage Commitment", "StorageCommitmentPresentationContexts"),
    ("Print Management", "PrintManagementPresentationContexts"),
    ("Unified Procedure Step", "UnifiedProcedurePresentationContexts"),
    ("Instance Availability Notification", "InstanceAvailabilityPresentationContexts"),
    ("Relevant Patient Information Query", "RelevantPatientInformationPresentationContexts"),
    ("Media Creation Management", "MediaCreationManagementPresentationContexts"),
    ("Application Event Logging", "ApplicationEventLoggingPresentationContexts"),
    ("Substance Administration Query", "SubstanceAdministrationPresentationContexts"),
    ("RT Machine Verification", "RTMachineVerificationPresentationContexts"),
    ("Display System Management", "DisplaySystemPresentationContexts"),
    ("Hanging Protocol", "HangingProtocolPresentationContexts"),
    ("Color Palette", "ColorPalettePresentationContexts"),
    ("Implant Template", "ImplantTemplatePresentationContexts"),
    ("Defined Procedure Protocol", "DefinedProcedureProtocolPresentationContexts"),
    ("Protocol Approval", "ProtocolApprovalPresentationContexts"),
    ("Non-Patient Object Storage", "NonPatientObjectPresentationContexts"),
    ("Storage", "AllStoragePresentationContexts"),
)
_OF_IMAGES = ("Storage",)  # whose data sets may be compressed


class SopClass(NamedTuple):
    """A SOP class: its UID, its name, its service, and the transfer syntaxes that there are for it."""

    uid: str
    name: str
    service: str
    transfer_syntaxes: tuple[str, ...]


@cache
def sop_classes() -> tuple[SopClass, ...]:
    """Return every SOP class that can be negotiated, by service; loads pynetdicom, which takes a while."""
    return tuple({each.uid: each for each in reversed((*_registered(),))}.values())[::-1]


def _registered() -> Iterator[SopClass]:
    from pynetdicom import ALL_TRANSFER_SYNTAXES, DEFAULT_TRANSFER_SYNTAXES, presentation

    for service, name in _LISTS:
        syntaxes = ALL_TRANSFER_SYNTAXES if service in _OF_IMAGES else DEFAULT_TRANSFER_SYNTAXES
        for context in getattr(presentation, name):
            uid = context.abstract_syntax
            yield SopClass(str(uid), uid.name, service, tuple(map(str, syntaxes)))
