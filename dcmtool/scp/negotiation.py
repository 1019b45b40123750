"""What a Verification SCP answers to an association request (PS3.8 7.1.1, PS3.7 D.3.3)."""

from dcmtool.errors import Rejection
from dcmtool.scp.settings import ScpSettings
from dcmtool.uids import (
    APPLICATION_CONTEXT,
    IMPLEMENTATION_CLASS_UID,
    IMPLEMENTATION_VERSION_NAME,
    TRANSFER_SYNTAXES,
    VERIFICATION_SOP_CLASS,
)
from dcmtool.upper_layer.contexts import answers
from dcmtool.upper_layer.pdus import AssociateAc, AssociateRq
from dcmtool.upper_layer.user_information import (
    ImplementationClassUid,
    ImplementationVersionName,
    MaximumLength,
)

CONGESTION, LIMIT_EXCEEDED = Rejection(2, 3, 1), Rejection(2, 3, 2)
_UNKNOWN_APPLICATION_CONTEXT = Rejection(1, 1, 2)
_UNKNOWN_CALLING_TITLE, _UNKNOWN_CALLED_TITLE = Rejection(1, 1, 3), Rejection(1, 1, 7)
_SUPPORTED = {VERIFICATION_SOP_CLASS: frozenset(TRANSFER_SYNTAXES)}


def rejection(request: AssociateRq, settings: ScpSettings) -> Rejection | None:
    """Return why a request is refused, None where it is not (PS3.8 9.3.4).

    Titles of blanks alone are none (PS3.8 9.3.2).
    """
    called, calling = request.called_aet.strip(" \0"), request.calling_aet.strip(" \0")
    allowed = {title.strip() for title in settings.allowed_calling}
    if request.application_context != APPLICATION_CONTEXT:
        return _UNKNOWN_APPLICATION_CONTEXT
    if not called or (settings.require_called and called != settings.title.strip()):
        return _UNKNOWN_CALLED_TITLE
    if not calling or (allowed and calling not in allowed):
        return _UNKNOWN_CALLING_TITLE
    return None


def answer(request: AssociateRq, padded_titles: tuple[str, str], settings: ScpSettings) -> AssociateAc:
    """Return the acceptance of a request; its titles come back as they were sent (PS3.8 9.3.3)."""
    results = answers(request.contexts, {} if settings.faults.refuse_contexts else _SUPPORTED)
    ours = (
        MaximumLength(settings.max_pdu),
        ImplementationClassUid(IMPLEMENTATION_CLASS_UID),
        ImplementationVersionName(IMPLEMENTATION_VERSION_NAME),
    )
    return AssociateAc(*padded_titles, results, ours)
