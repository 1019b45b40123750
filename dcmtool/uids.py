"""The unique identifiers that the Verification service needs, and their names (PS3.6 Annex A)."""

VERIFICATION_SOP_CLASS = "1.2.840.10008.1.1"
APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1"
IMPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2"

# Derived from a UUID (PS3.5 B.2), hence unique without a registered root.
IMPLEMENTATION_CLASS_UID = "2.25.42025186936127297258667235879404728027"
IMPLEMENTATION_VERSION_NAME = "DCMTOOL_010"

_JPEG = "Non-hierarchical:Process"
_JPEG_H = "Hierarchical:Process"

# The order from which a number of them is proposed: that of DCMTK 3.6.7 up to 38, then what 3.7.0 added.
# Each name is the keyword that DCMTK's dumps print, since scripts look for it.
_TRANSFER_SYNTAX_NAMES = {
    "": "LittleEndianImplicit",
    ".1": "LittleEndianExplicit",
    ".2": "BigEndianExplicit",
    ".4.50": "JPEGBaseline",
    ".4.51": "JPEGExtended:Process2+4",
    ".4.52": "JPEGExtended:Process3+5",
    ".4.53": f"JPEGSpectralSelection:{_JPEG}6+8",
    ".4.54": f"JPEGSpectralSelection:{_JPEG}7+9",
    ".4.55": f"JPEGFullProgression:{_JPEG}10+12",
    ".4.56": f"JPEGFullProgression:{_JPEG}11+13",
    ".4.57": f"JPEGLossless:{_JPEG}14",
    ".4.58": f"JPEGLossless:{_JPEG}15",
    ".4.59": f"JPEGExtended:{_JPEG_H}16+18",
    ".4.60": f"JPEGExtended:{_JPEG_H}17+19",
    ".4.61": f"JPEGSpectralSelection:{_JPEG_H}20+22",
    ".4.62": f"JPEGSpectralSelection:{_JPEG_H}21+23",
    ".4.63": f"JPEGFullProgression:{_JPEG_H}24+26",
    ".4.64": f"JPEGFullProgression:{_JPEG_H}25+27",
    ".4.65": f"JPEGLossless:{_JPEG_H}28",
    ".4.66": f"JPEGLossless:{_JPEG_H}29",
    ".4.70": "JPEGLossless:Non-hierarchical-1stOrderPrediction",
    ".5": "RLELossless",
    ".1.99": "DeflatedLittleEndianExplicit",
    ".4.80": "JPEGLSLossless",
    ".4.81": "JPEGLSLossy",
    ".4.90": "JPEG2000LosslessOnly",
    ".4.91": "JPEG2000",
    ".4.92": "JPEG2000MulticomponentLosslessOnly",
    ".4.93": "JPEG2000Multicomponent",
    ".4.100": "MPEG2MainProfile@MainLevel",
    ".4.101": "MPEG2MainProfile@HighLevel",
    ".4.102": "MPEG4HighProfile/Level4.1",
    ".4.103": "MPEG4BDcompatibleHighProfile/Level4.1",
    ".4.104": "MPEG4HighProfile/Level4.2For2DVideo",
    ".4.105": "MPEG4HighProfile/Level4.2For3DVideo",
    ".4.106": "MPEG4StereoHighProfile/Level4.2",
    ".4.107": "HEVCMainProfile/Level5.1",
    ".4.108": "HEVCMain10Profile/Level5.1",
    ".1.98": "EncapsulatedUncompressedLittleEndianExplicit",
    ".8.1": "DeflatedImageFrameCompression",
    ".4.100.1": "FragmentableMPEG2MainProfile@MainLevel",
    ".4.101.1": "FragmentableMPEG2MainProfile@HighLevel",
    ".4.102.1": "FragmentableMPEG4HighProfile/Level4.1",
    ".4.103.1": "FragmentableMPEG4BDcompatibleHighProfile/Level4.1",
    ".4.104.1": "FragmentableMPEG4HighProfile/Level4.2For2DVideo",
    ".4.105.1": "FragmentableMPEG4HighProfile/Level4.2For3DVideo",
    ".4.106.1": "FragmentableMPEG4StereoHighProfile/Level4.2",
    ".4.201": "HighThroughputJPEG2000LosslessOnly",
    ".4.202": "HighThroughputJPEG2000RPCLLosslessOnly",
    ".4.203": "HighThroughputJPEG2000",
    ".4.110": "JPEGXLLossless",
    ".4.111": "JPEGXLJPEGRecompression",
    ".4.112": "JPEGXL",
}

NAMES = {IMPLICIT_VR_LITTLE_ENDIAN + suffix: name for suffix, name in _TRANSFER_SYNTAX_NAMES.items()}
TRANSFER_SYNTAXES = tuple(NAMES)
NAMES[VERIFICATION_SOP_CLASS] = "VerificationSOPClass"
NAMES[APPLICATION_CONTEXT] = "DICOMApplicationContext"


def described(uid: str) -> str:
    """Return `=Name` for a UID that has a name here, otherwise the UID itself, as DCMTK's dumps do."""
    name = NAMES.get(uid)
    return f"={name}" if name else uid
