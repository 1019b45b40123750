"""Hypothesis strategies for everything that PDUs are made of."""

from itertools import pairwise
from string import ascii_letters, digits

from hypothesis import strategies as st

from dcmtool.upper_layer import pdus
from dcmtool.upper_layer.user_information import (
    AsynchronousOperationsWindow,
    CommonExtendedNegotiation,
    ExtendedNegotiation,
    ImplementationClassUid,
    ImplementationVersionName,
    MaximumLength,
    RoleSelection,
    SubItem,
    UnknownSubItem,
    UserIdentity,
    UserIdentityResponse,
)

BYTE, SHORT, LONG = st.integers(0, 0xFF), st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)
UIDS = st.from_regex(r"[12](\.(0|[1-9][0-9]{0,8})){1,6}", fullmatch=True)
_WORD = st.text(ascii_letters + digits + "_- ^.", min_size=1, max_size=16)
NAMES = _WORD.map(str.rstrip).filter(bool)
AE_TITLES = _WORD.map(str.strip).filter(bool)
CONTEXT_IDS = st.integers(0, 127).map(lambda index: 2 * index + 1)
FIELDS = st.binary(max_size=40)

SUB_ITEMS: dict[type, st.SearchStrategy[SubItem]] = {
    MaximumLength: st.builds(MaximumLength, LONG),
    ImplementationClassUid: st.builds(ImplementationClassUid, UIDS),
    AsynchronousOperationsWindow: st.builds(AsynchronousOperationsWindow, SHORT, SHORT),
    RoleSelection: st.builds(RoleSelection, UIDS, st.booleans(), st.booleans()),
    ImplementationVersionName: st.builds(ImplementationVersionName, NAMES),
    ExtendedNegotiation: st.builds(ExtendedNegotiation, UIDS, FIELDS),
    CommonExtendedNegotiation: st.builds(
        CommonExtendedNegotiation, UIDS, UIDS, st.lists(UIDS, max_size=4).map(tuple)
    ),
    UserIdentity: st.builds(UserIdentity, st.integers(1, 5), st.booleans(), FIELDS, FIELDS),
    UserIdentityResponse: st.builds(UserIdentityResponse, FIELDS),
    UnknownSubItem: st.builds(UnknownSubItem, BYTE.filter(lambda kind: not 0x51 <= kind <= 0x59), FIELDS),
}
USER_INFORMATION = st.lists(st.one_of(*SUB_ITEMS.values()), max_size=6).map(tuple)

PROPOSED = st.builds(
    pdus.ProposedContext, CONTEXT_IDS, UIDS, st.lists(UIDS, min_size=1, max_size=4).map(tuple)
)
RESULTS = st.builds(pdus.ContextResult, CONTEXT_IDS, st.integers(0, 4), UIDS)
PDVS = st.builds(pdus.Pdv, BYTE, st.booleans(), st.booleans(), FIELDS)

_VERSIONS = SHORT.map(lambda version: version | 1)
ASSOCIATE_RQ = st.builds(
    pdus.AssociateRq,
    AE_TITLES,
    AE_TITLES,
    st.lists(PROPOSED, max_size=4).map(tuple),
    USER_INFORMATION,
    UIDS,
    _VERSIONS,
)
ASSOCIATE_AC = st.builds(
    pdus.AssociateAc,
    AE_TITLES,
    AE_TITLES,
    st.lists(RESULTS, max_size=4).map(tuple),
    USER_INFORMATION,
    UIDS,
    _VERSIONS,
)
ASSOCIATE_RJ = st.builds(pdus.AssociateRj, BYTE, BYTE, BYTE)
P_DATA_TF = st.builds(pdus.PDataTf, st.lists(PDVS, min_size=1, max_size=4).map(tuple))
RELEASE_RQ = st.builds(pdus.ReleaseRq)
RELEASE_RP = st.builds(pdus.ReleaseRp)
ABORT = st.builds(pdus.Abort, BYTE, BYTE)

PDUS: st.SearchStrategy[pdus.AnyPdu] = st.one_of(
    ASSOCIATE_RQ, ASSOCIATE_AC, ASSOCIATE_RJ, P_DATA_TF, RELEASE_RQ, RELEASE_RP, ABORT
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A PDU's bytes, some of them changed, taken out or put in."""
    data = bytearray(draw(PDUS).encode())
    for _ in range(draw(st.integers(0, 3))):
        position = draw(st.integers(0, len(data)))
        data[position : position + draw(st.integers(0, 2))] = draw(st.binary(max_size=2))
    return bytes(data)


STREAMS = st.lists(st.one_of(st.binary(max_size=40), damaged()), max_size=5).map(b"".join)


@st.composite
def chunked(draw: st.DrawFn, stream: bytes) -> list[bytes]:
    """The bytes of a stream, cut anywhere."""
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(stream) - 1)), max_size=8)))
    edges = [0, *cuts, len(stream)]
    return [stream[start:end] for start, end in pairwise(edges) if start < end]
