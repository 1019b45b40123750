"""Lines of data dictionary files, in every form, and what they come to.

The unit tests hold our parser to these tables, the interop tests show DCMTK's own.
"""

from dcmtool.dictionary.lines import Entry, Span


def one(number: int) -> Span:
    """Return the span of one number."""
    return Span(number, number)


def entry(
    group: Span | int = 0x0010,
    element: Span | int = 0x0010,
    creator: str = "",
    vr: str = "PN",
    name: str = "Name",
    vm: str = "1",
    version: str = "DICOM",
) -> Entry:
    """Return an entry; where nothing is said, that of `(0010,0010)<tab>PN<tab>Name`."""
    spans = [span if isinstance(span, Span) else one(span) for span in (group, element)]
    return Entry(spans[0], spans[1], creator, vr, name, vm, version)


def tagged(tag: str) -> str:
    """Return a line with this tag."""
    return f"{tag}\tPN\tName"


def with_vr(vr: str) -> str:
    """Return a line with this VR."""
    return f"(0010,0010)\t{vr}\tName"


def with_vm(vm: str) -> str:
    """Return a line with this VM."""
    return f"(0010,0010)\tPN\tName\t{vm}"


VRS = (
    "AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT", "OB", "OD", "OF", "OL", "OV",
    "OW", "PN", "SH", "SL", "SQ", "SS", "ST", "SV", "TM", "UC", "UI", "UL", "UN", "UR", "US", "UT", "UV",
    "ox", "px", "xs", "lt", "na", "up", "pi",
)  # fmt: skip

# What DCMTK 3.6.7 takes as well.
ACCEPTED = {
    "(0010,0010)\tPN\tName": entry(),
    "(0010,0010)\tPN\tName\t1-n": entry(vm="1-n"),
    "(0010,0010)\tPN\tName\t2\tDICOM/retired": entry(vm="2", version="DICOM/retired"),
    "(0010,0010)\tPN\tName\t1\t": entry(),
    "(0010,0010)\tPN\tName\t1\tDICOM\t": entry(),
    "(0010,0010)\tPN\tName\r": entry(),
    "(0010,0010)\tPN\tName\t1\tDI COM  ": entry(),
    "  (0010,0010)\tPN\tName": entry(),
    "(0010,0010)\tPN\tPatient Name": entry(name="PatientName"),
    "(0010,0010)\tPN\tName#1\t1": entry(name="Name#1"),
    "(0010,0010)\tPN\tGröße": entry(name="Größe"),
    tagged("(10,10)"): entry(),
    tagged("(0x0010,0X0010)"): entry(),
    tagged("( 0010 , 0010 )"): entry(),
    tagged("(0010,0010) "): entry(),
    tagged("(12340010,0010)"): entry(),
    tagged("(00aB,00Cd)"): entry(0x00AB, 0x00CD),
    tagged("(6000-60FF,0010)"): entry(Span(0x6000, 0x60FF, "e")),
    tagged("(0010,3100-31FF)"): entry(element=Span(0x3100, 0x31FF, "e")),
    tagged("(0009-o-FFFF,0010-u-00FF)"): entry(Span(9, 0xFFFF, "o"), Span(0x10, 0xFF, "u")),
    tagged("(0009-O-FFFF,0010-U-00FF)"): entry(Span(9, 0xFFFF, "o"), Span(0x10, 0xFF, "u")),
    tagged("(0010-e-0020,0010)"): entry(Span(0x10, 0x20, "e")),
    tagged("(0010 - e - 0020,0010)"): entry(Span(0x10, 0x20, "e")),
    tagged("(0010-E-0020,0010)"): entry(Span(0x10, 0x20, "e")),
    tagged('(0009,"ACME 1",10)'): entry(9, 0x10, "ACME 1"),
    tagged('(0009, "ACME 1" ,10)'): entry(9, 0x10, "ACME 1"),
    tagged('(0009,"A,C)M",10)'): entry(9, 0x10, "A,C)M"),
    tagged('(0009,"ACME 1",1010)'): entry(9, 0x1010, "ACME 1"),
    tagged('(0009-o-0013,"ACME 1",10)'): entry(Span(9, 0x13, "o"), 0x10, "ACME 1"),
    tagged('(0009,"ACME 1",10-20)'): entry(9, Span(0x10, 0x20, "e"), "ACME 1"),
    tagged('(0009,"ACME 1",1010-u-1020)'): entry(9, Span(0x1010, 0x1020), "ACME 1"),
    **{with_vr(vr): entry(vr=vr) for vr in VRS},
    with_vr("PNX"): entry(),
    with_vr("P N"): entry(),
    **{with_vr(vr): entry(vr="UN") for vr in ("pn", "P", "", " ", "Zz", "zZ", "12", "??")},
    with_vm("n"): entry(vm="1-n"),
    with_vm("N"): entry(vm="1-n"),
    with_vm("1-3"): entry(vm="1-3"),
    with_vm("1-N"): entry(vm="1-n"),
    with_vm("3n"): entry(vm="3-n"),
    with_vm("2-2n"): entry(vm="2-2n"),
    with_vm("3-1"): entry(vm="3-1"),
    with_vm("0"): entry(vm="0"),
    with_vm("-1"): entry(vm="-1"),
    with_vm(" 1 - n "): entry(vm="1-n"),
}

NOTHING = ["", "   ", "\t", "\r", "# comment", "  # comment", "\t# comment", "#\ta\tb\tc\td\te\tf"]

_TAG_FORMS = 'neither (gggg,eeee) nor (gggg,"CREATOR",ee)'
_NUMBER_OR_RANGE = "is neither a hexadecimal number nor a range of them"
_RESTRICTION = "where -o-, -e- or -u- belongs"
_VM_FORMS = "neither a number nor a range such as 1-3, 1-n or 2-2n"

# What DCMTK 3.6.7 refuses as well, and our sentence.
REFUSED = {
    "x # comment": "too few fields: 1 where tag, VR and name belong, each after a single tab",
    "(0010,0010)\tPN": "too few fields: 2 where tag, VR and name belong, each after a single tab",
    "(0010,0010)\tPN\t": "too few fields: 2 where tag, VR and name belong, each after a single tab",
    "(0010,0010) PN Name": "too few fields: 1 where tag, VR and name belong, each after a single tab",
    "(0010,0010)\tPN\tName\t1\tDICOM\tx": (
        "too many fields: 6 where at most 5 belong, each after a single tab"
    ),
    "(0010,0010)\t\tPN\tName\t1\tDICOM": "too many fields: 6 where at most 5 belong, each after a single tab",
    tagged("(0010,0010"): f"bad tag '(0010,0010': {_TAG_FORMS}",
    tagged("0010,0010)"): f"bad tag '0010,0010)': {_TAG_FORMS}",
    tagged("(00100010)"): f"bad tag '(00100010)': {_TAG_FORMS}",
    tagged("()"): f"bad tag '()': {_TAG_FORMS}",
    tagged("x(0010,0010)"): f"bad tag 'x(0010,0010)': {_TAG_FORMS}",
    tagged("(0010,0010)x"): f"bad tag '(0010,0010)x': {_TAG_FORMS}",
    tagged("\ufeff(0010,0010)"): f"bad tag '\ufeff(0010,0010)': {_TAG_FORMS}",
    tagged("(,0010)"): f"bad tag '(,0010)': '' {_NUMBER_OR_RANGE}",
    tagged("(0010,)"): f"bad tag '(0010,)': '' {_NUMBER_OR_RANGE}",
    tagged("(g010,0010)"): f"bad tag '(g010,0010)': 'g010' {_NUMBER_OR_RANGE}",
    tagged("(-,0010)"): f"bad tag '(-,0010)': '-' {_NUMBER_OR_RANGE}",
    tagged("((0010,0010))"): f"bad tag '((0010,0010))': '(0010' {_NUMBER_OR_RANGE}",
    tagged("(0009,'ACME',10)"): f"bad tag '(0009,'ACME',10)': {_TAG_FORMS}",
    tagged('(0009,"ACME,10)'): f"bad tag '(0009,\"ACME,10)': {_TAG_FORMS}",
    tagged('(0009,"ACME"x,10)'): f"bad tag '(0009,\"ACME\"x,10)': {_TAG_FORMS}",
    tagged('(0009,"A"C",10)'): f'bad tag \'(0009,"A"C",10)\': {_TAG_FORMS}',
    tagged('(0009,"ACME")'): f"bad tag '(0009,\"ACME\")': {_TAG_FORMS}",
    tagged('(0009,"ACME",)'): f"bad tag '(0009,\"ACME\",)': '' {_NUMBER_OR_RANGE}",
    tagged("(0010-x-0020,0010)"): (
        f"bad tag '(0010-x-0020,0010)': unknown range restriction 'x', {_RESTRICTION}"
    ),
    tagged("(0010,0010-z-0020)"): (
        f"bad tag '(0010,0010-z-0020)': unknown range restriction 'z', {_RESTRICTION}"
    ),
    with_vr("ZZ"): "bad VR 'ZZ': no value representation of PS3.5 6.2",
    with_vr("OX"): "bad VR 'OX': no value representation of PS3.5 6.2",
    with_vr("ZZZ"): "bad VR 'ZZ': no value representation of PS3.5 6.2",
    **{
        with_vm(vm): f"bad VM '{vm}': {_VM_FORMS}"
        for vm in ("*", "x", "1-x", "1.5", "1,2", "2-2x", "1-", "1x", "1-2-3", "0x2")
    },
    with_vm("1-3 or 5"): f"bad VM '1-3or5': {_VM_FORMS}",
    "(0010,0010)\tPN\tName\t\tDICOM": f"bad VM '': {_VM_FORMS}",
}

# What DCMTK 3.6.7 takes without a word, as something that nobody can have meant.
REFUSED_BY_US = {
    tagged("(0010x,0010)"): f"bad tag '(0010x,0010)': '0010x' {_NUMBER_OR_RANGE}",  # 0010
    tagged("(0010,0010,0020)"): f"bad tag '(0010,0010,0020)': {_TAG_FORMS}",  # (0010,0010)
    tagged("(0010-,0010)"): f"bad tag '(0010-,0010)': '0010-' {_NUMBER_OR_RANGE}",  # 0010
    tagged("(0010-oo-0020,0010)"): f"bad tag '(0010-oo-0020,0010)': '0010-oo-0020' {_NUMBER_OR_RANGE}",
    tagged("(0011,ACME,10)"): f"bad tag '(0011,ACME,10)': {_TAG_FORMS}",  # (0011,00ac)
    tagged('(0009,"",10)'): "bad tag '(0009,\"\",10)': the private creator is empty",
    tagged("(0020-0010,0010)"): "bad tag '(0020-0010,0010)': the range ends before it begins",
    with_vm("nn"): f"bad VM 'nn': {_VM_FORMS}",  # 1-n
    with_vm("1n2"): f"bad VM '1n2': {_VM_FORMS}",  # 1-n
    "(0010,0010)\tPN\t \t1": "the name is empty",
}
