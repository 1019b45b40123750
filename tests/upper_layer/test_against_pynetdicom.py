"""pynetdicom reads what we encode, field by field, and we read what pynetdicom encodes: every PDU."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from pynetdicom import pdu as theirs
from pynetdicom import pdu_items as their_items

from dcmtool.upper_layer import pdus
from dcmtool.upper_layer import user_information as ours
from tests.upper_layer import strategies
from tests.upper_layer.pdu_table import ROWS, SUB_ITEMS, Row


def _set(made: Any, **fields: object) -> Any:
    """Return an object of pynetdicom's with its fields set."""
    for name, value in fields.items():
        setattr(made, name, value)
    return made


# Our sub-items as pynetdicom's, and back ----------------------------------------------------------------


def _made_maximum_length(item: ours.MaximumLength) -> Any:
    return _set(their_items.MaximumLengthSubItem(), maximum_length_received=item.value)


def _made_class_uid(item: ours.ImplementationClassUid) -> Any:
    return _set(their_items.ImplementationClassUIDSubItem(), implementation_class_uid=item.uid)


def _made_version_name(item: ours.ImplementationVersionName) -> Any:
    return _set(their_items.ImplementationVersionNameSubItem(), implementation_version_name=item.name)


def _made_window(item: ours.AsynchronousOperationsWindow) -> Any:
    return _set(
        their_items.AsynchronousOperationsWindowSubItem(),
        maximum_number_operations_invoked=item.invoked,
        maximum_number_operations_performed=item.performed,
    )


def _made_roles(item: ours.RoleSelection) -> Any:
    return _set(
        their_items.SCP_SCU_RoleSelectionSubItem(),
        sop_class_uid=item.sop_class,
        scu_role=int(item.scu),
        scp_role=int(item.scp),
    )


def _made_extended(item: ours.ExtendedNegotiation) -> Any:
    return _set(
        their_items.SOPClassExtendedNegotiationSubItem(),
        sop_class_uid=item.sop_class,
        service_class_application_information=item.information,
    )


def _made_common_extended(item: ours.CommonExtendedNegotiation) -> Any:
    return _set(
        their_items.SOPClassCommonExtendedNegotiationSubItem(),
        sop_class_uid=item.sop_class,
        service_class_uid=item.service_class,
        related_general_sop_class_identification=list(item.related),
    )


def _made_identity(item: ours.UserIdentity) -> Any:
    return _set(
        their_items.UserIdentitySubItemRQ(),
        user_identity_type=item.identity_type,
        positive_response_requested=int(item.response_requested),
        primary_field=item.primary,
        secondary_field=item.secondary,
    )


def _made_identity_response(item: ours.UserIdentityResponse) -> Any:
    return _set(their_items.UserIdentitySubItemAC(), server_response=item.response)


_MAKERS: dict[type, Callable[[Any], Any]] = {
    ours.MaximumLength: _made_maximum_length,
    ours.ImplementationClassUid: _made_class_uid,
    ours.ImplementationVersionName: _made_version_name,
    ours.AsynchronousOperationsWindow: _made_window,
    ours.RoleSelection: _made_roles,
    ours.ExtendedNegotiation: _made_extended,
    ours.CommonExtendedNegotiation: _made_common_extended,
    ours.UserIdentity: _made_identity,
    ours.UserIdentityResponse: _made_identity_response,
}

_READERS: dict[str, Callable[[Any], ours.SubItem]] = {
    "MaximumLengthSubItem": lambda i: ours.MaximumLength(i.maximum_length_received),
    "ImplementationClassUIDSubItem": lambda i: ours.ImplementationClassUid(str(i.implementation_class_uid)),
    "ImplementationVersionNameSubItem": lambda i: ours.ImplementationVersionName(
        i.implementation_version_name
    ),
    "AsynchronousOperationsWindowSubItem": lambda i: ours.AsynchronousOperationsWindow(
        i.maximum_number_operations_invoked, i.maximum_number_operations_performed
    ),
    "SCP_SCU_RoleSelectionSubItem": lambda i: ours.RoleSelection(
        str(i.sop_class_uid), i.scu_role == 1, i.scp_role == 1
    ),
    "SOPClassExtendedNegotiationSubItem": lambda i: ours.ExtendedNegotiation(
        str(i.sop_class_uid), i.service_class_application_information
    ),
    "SOPClassCommonExtendedNegotiationSubItem": lambda i: ours.CommonExtendedNegotiation(
        str(i.sop_class_uid),
        str(i.service_class_uid),
        tuple(map(str, i.related_general_sop_class_identification)),
    ),
    "UserIdentitySubItemRQ": lambda i: ours.UserIdentity(
        i.user_identity_type, i.positive_response_requested == 1, i.primary_field, i.secondary_field
    ),
    "UserIdentitySubItemAC": lambda i: ours.UserIdentityResponse(i.server_response),
}


# Our PDUs as pynetdicom's -------------------------------------------------------------------------------


def _their_syntax(uid: str) -> Any:
    return _set(their_items.TransferSyntaxSubItem(), transfer_syntax_name=uid)


def _their_context(context: pdus.ProposedContext | pdus.ContextResult) -> Any:
    if isinstance(context, pdus.ContextResult):
        return _set(
            their_items.PresentationContextItemAC(),
            presentation_context_id=context.context_id,
            result_reason=context.result,
            transfer_syntax_sub_item=[_their_syntax(context.transfer_syntax)],
        )
    abstract = _set(their_items.AbstractSyntaxSubItem(), abstract_syntax_name=context.abstract_syntax)
    return _set(
        their_items.PresentationContextItemRQ(),
        presentation_context_id=context.context_id,
        abstract_transfer_syntax_sub_items=[abstract, *map(_their_syntax, context.transfer_syntaxes)],
    )


def _their_associate(pdu: pdus.AssociateRq | pdus.AssociateAc) -> Any:
    application_context = _set(
        their_items.ApplicationContextItem(), application_context_name=pdu.application_context
    )
    user_data = [_MAKERS[type(sub_item)](sub_item) for sub_item in pdu.user_information]
    user_information = _set(their_items.UserInformationItem(), user_data=user_data)
    fields = {
        "protocol_version": pdu.protocol_version,
        "variable_items": [application_context, *map(_their_context, pdu.contexts), user_information],
    }
    if isinstance(pdu, pdus.AssociateRq):
        titles = {"called_ae_title": pdu.called_aet, "calling_ae_title": pdu.calling_aet}
        return _set(theirs.A_ASSOCIATE_RQ(), **titles, **fields)
    return _set(theirs.A_ASSOCIATE_AC(), reserved_aet=pdu.called_aet, reserved_aec=pdu.calling_aet, **fields)


def _their_pdv(pdv: pdus.Pdv) -> Any:
    control = bytes((pdv.is_command | pdv.is_last << 1,))
    return _set(
        their_items.PresentationDataValueItem(),
        presentation_context_id=pdv.context_id,
        presentation_data_value=control + pdv.data,
    )


def as_theirs(pdu: pdus.AnyPdu) -> Any:
    """Return pynetdicom's object with the fields of ours."""
    match pdu:
        case pdus.AssociateRq() | pdus.AssociateAc():
            return _their_associate(pdu)
        case pdus.AssociateRj(result, source, reason):
            return _set(theirs.A_ASSOCIATE_RJ(), result=result, source=source, reason_diagnostic=reason)
        case pdus.PDataTf(pdvs):
            return _set(theirs.P_DATA_TF(), presentation_data_value_items=list(map(_their_pdv, pdvs)))
        case pdus.ReleaseRq():
            return theirs.A_RELEASE_RQ()
        case pdus.ReleaseRp():
            return theirs.A_RELEASE_RP()
        case pdus.Abort(source, reason):
            return _set(theirs.A_ABORT_RQ(), source=source, reason_diagnostic=reason)


# pynetdicom's PDUs as ours ------------------------------------------------------------------------------


def _our_associate(pdu: Any) -> tuple[tuple[ours.SubItem, ...], str, int]:
    user_data = pdu.user_information.user_data
    sub_items = tuple(_READERS[type(item).__name__](item) for item in user_data)
    return sub_items, str(pdu.application_context_name), pdu.protocol_version


def _our_pdv(item: Any) -> pdus.Pdv:
    bits = item.message_control_header_byte
    return pdus.Pdv(item.context_id, bits[7] == "1", bits[6] == "1", item.data[1:])


def _our_request(pdu: Any) -> pdus.AssociateRq:
    contexts = tuple(
        pdus.ProposedContext(i.context_id, str(i.abstract_syntax), tuple(map(str, i.transfer_syntax)))
        for i in pdu.presentation_context
    )
    return pdus.AssociateRq(pdu.called_ae_title, pdu.calling_ae_title, contexts, *_our_associate(pdu))


def _our_answer(pdu: Any) -> pdus.AssociateAc:
    contexts = tuple(
        pdus.ContextResult(i.context_id, i.result_reason, str(i.transfer_syntax or ""))
        for i in pdu.presentation_context
    )
    return pdus.AssociateAc(pdu.called_ae_title, pdu.calling_ae_title, contexts, *_our_associate(pdu))


_PDU_READERS: dict[int, tuple[Callable[[], Any], Callable[[Any], pdus.AnyPdu]]] = {
    1: (theirs.A_ASSOCIATE_RQ, _our_request),
    2: (theirs.A_ASSOCIATE_AC, _our_answer),
    3: (theirs.A_ASSOCIATE_RJ, lambda p: pdus.AssociateRj(p.result, p.source, p.reason_diagnostic)),
    4: (theirs.P_DATA_TF, lambda p: pdus.PDataTf(tuple(map(_our_pdv, p.presentation_data_value_items)))),
    5: (theirs.A_RELEASE_RQ, lambda _: pdus.ReleaseRq()),
    6: (theirs.A_RELEASE_RP, lambda _: pdus.ReleaseRp()),
    7: (theirs.A_ABORT_RQ, lambda p: pdus.Abort(p.source, p.reason_diagnostic)),
}


def read_by_theirs(data: bytes) -> pdus.AnyPdu:
    """Return what pynetdicom reads in a PDU's bytes, as one of our PDUs."""
    kind, read = _PDU_READERS[data[0]]
    decoded = kind()
    decoded.decode(data)
    return read(decoded)


def _both_read(sub_item: ours.SubItem) -> bool:
    # pynetdicom raises KeyError at an unknown type, and reads on past a primary field of no bytes.
    return not (
        isinstance(sub_item, ours.UnknownSubItem)
        or (isinstance(sub_item, ours.UserIdentity) and not sub_item.primary)
    )


def known_to_both(pdu: pdus.AnyPdu) -> pdus.AnyPdu:
    """Return the PDU without the sub-items that pynetdicom does not read."""
    if not isinstance(pdu, pdus.AssociateRq | pdus.AssociateAc):
        return pdu
    return pdu._replace(user_information=tuple(filter(_both_read, pdu.user_information)))


PDUS = strategies.PDUS.map(known_to_both)


@given(PDUS)
def test_pynetdicom_reads_what_we_encode(pdu: pdus.AnyPdu) -> None:
    assert repr(read_by_theirs(pdu.encode())) == repr(pdu)


@given(PDUS)
def test_we_read_what_pynetdicom_encodes(pdu: pdus.AnyPdu) -> None:
    data = as_theirs(pdu).encode()
    assert repr(pdus.decode_pdu(data[0], data[6:])) == repr(pdu)
    assert data == pdu.encode()


@pytest.mark.parametrize(
    "row", [row for row in ROWS if known_to_both(row.pdu) == row.pdu], ids=lambda row: row.name
)
def test_pynetdicom_reads_the_table(row: Row) -> None:
    assert repr(read_by_theirs(row.data(reserved=0xFF))) == repr(row.pdu)


@pytest.mark.parametrize("kind", _MAKERS, ids=lambda kind: kind.__name__)
def test_every_sub_item_both_ways(kind: type) -> None:
    rows = [row.sub_item for row in SUB_ITEMS if type(row.sub_item) is kind]
    assert rows
    for sub_item in rows:
        made = _MAKERS[kind](sub_item)
        assert made.encode() == sub_item.encode()
        decoded = type(made)()
        decoded.decode(sub_item.encode())
        assert _READERS[type(made).__name__](decoded) == sub_item


def test_every_sub_item_that_pynetdicom_knows_is_here() -> None:
    known = {kind.__name__ for number, kind in their_items.PDU_ITEM_TYPES.items() if number > 0x50}
    assert known == set(_READERS)
    assert set(_MAKERS) == set(strategies.SUB_ITEMS) - {ours.UnknownSubItem}
