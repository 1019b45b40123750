"""The UIDs, against pydicom's dictionary and the order that DCMTK counts transfer syntaxes in."""

import pytest
from pydicom._uid_dict import UID_dictionary
from pydicom.uid import UID

from dcmtool import uids

# Suffixes of 1.2.840.10008.1.2 in the order of DCMTK 3.6.7, then those that 3.7.0 has besides.
OF_3_6_7 = """
- .1 .2 .4.50 .4.51 .4.52 .4.53 .4.54 .4.55 .4.56 .4.57 .4.58 .4.59 .4.60 .4.61 .4.62 .4.63 .4.64 .4.65 .4.66
.4.70 .5 .1.99 .4.80 .4.81 .4.90 .4.91 .4.92 .4.93 .4.100 .4.101 .4.102 .4.103 .4.104 .4.105 .4.106 .4.107
.4.108
"""
OF_3_7_0 = """
.1.98 .8.1 .4.100.1 .4.101.1 .4.102.1 .4.103.1 .4.104.1 .4.105.1 .4.106.1 .4.201 .4.202 .4.203
.4.110 .4.111 .4.112
"""


def test_the_order_of_the_transfer_syntaxes() -> None:
    suffixes = [suffix.replace("-", "") for suffix in (OF_3_6_7 + OF_3_7_0).split()]
    assert tuple("1.2.840.10008.1.2" + suffix for suffix in suffixes) == uids.TRANSFER_SYNTAXES
    assert (len(OF_3_6_7.split()), len(uids.TRANSFER_SYNTAXES)) == (38, 53)


# Newer than the dictionary of the pydicom that the project asks for at least.
NEWER = {
    "1.2.840.10008.1.2.1.98",
    "1.2.840.10008.1.2.8.1",
    "1.2.840.10008.1.2.4.110",
    "1.2.840.10008.1.2.4.111",
    "1.2.840.10008.1.2.4.112",
}


@pytest.mark.parametrize("uid", sorted(set(uids.TRANSFER_SYNTAXES) - NEWER))
def test_pydicom_knows_each_as_a_transfer_syntax(uid: str) -> None:
    assert UID_dictionary[uid][1] == "Transfer Syntax"


def test_the_other_uids_are_those_of_the_standard() -> None:
    assert UID(uids.VERIFICATION_SOP_CLASS).keyword == "Verification"
    assert UID(uids.APPLICATION_CONTEXT).keyword == "DICOMApplicationContext"
    assert UID(uids.IMPLICIT_VR_LITTLE_ENDIAN).keyword == "ImplicitVRLittleEndian"


def test_our_implementation_is_named_as_the_standard_allows() -> None:
    assert UID(uids.IMPLEMENTATION_CLASS_UID).is_valid
    # PS3.5 B.2: 2.25. and the decimal value of a UUID, which has 128 bits.
    number = int(uids.IMPLEMENTATION_CLASS_UID.removeprefix("2.25."))
    assert 0 < number < 1 << 128
    assert 1 <= len(uids.IMPLEMENTATION_VERSION_NAME) <= 16
    assert uids.IMPLEMENTATION_VERSION_NAME.isascii()


def test_described_as_in_dumps() -> None:
    assert uids.described("1.2.840.10008.1.1") == "=VerificationSOPClass"
    assert uids.described("1.2.840.10008.1.2.4.105") == "=MPEG4HighProfile/Level4.2For3DVideo"
    assert uids.described("1.2.3") == "1.2.3"
    assert len(set(uids.NAMES.values())) == len(uids.NAMES)
