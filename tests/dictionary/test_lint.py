"""What the check of a data dictionary file finds."""

import pytest

from dcmtool.dictionary.lint import LintFinding, findings

GOOD = [
    "(0010,0010)\tPN\tPatientName\t1\tDICOM",
    "(6000-60ff,3000)\tox\tOverlayData",
    "(0009-o-ffff,0010-u-00ff)\tLO\tPrivateCreator",
    '(0009,"ACME 1",10)\tSH\tAcme\t2-2n',
    '(0009-o-0013,"ACME 1",11)\tSH\tAcme\t3-n',
    '(0009,"SIXTEENCHARACTER",10)\tSH\tAcme\t1-3',
]
EVEN = "has a private creator, but its group is even (PS3.5 7.8)"
FORBIDDEN = "is in a group that private elements may not use (PS3.5 7.8)"
NO_CREATOR = "is in an odd group, but has no private creator (PS3.5 7.8)"
VM = "is none of PS3.5 6.4, such as 1, 1-3, 1-n or 2-2n"


def test_nothing_is_found_in_a_good_file() -> None:
    assert list(findings("# comment\n\n" + "\n".join(GOOD) + "\n")) == []


@pytest.mark.parametrize(
    ("line", "rule", "message"),
    [
        ("x", "bad-line", "too few fields: 1 where tag, VR and name belong, each after a single tab"),
        ("(0010,0020)\tZZ\t\x1b", "bad-line", "bad VR 'ZZ': no value representation of PS3.5 6.2"),
        ("(0010,0020)\tpn\tName", "unknown-vr", "the VR 'pn' is none of PS3.5 6.2, so UN is assumed"),
        ("(0010,0020)\tPNX\tName", "unknown-vr", "the VR 'PNX' is none of PS3.5 6.2, so PN is assumed"),
        ("(0010,0020)\t\x1b\tName", "unknown-vr", "the VR '\\x1b' is none of PS3.5 6.2, so UN is assumed"),
        *[
            (f"(0010,0020)\tPN\tName\t{vm}", "unknown-vm", f"the VM '{vm}' {VM}")
            for vm in ("0", "-1", "3-1", "1-1")
        ],
        ('(0010,"ACME 1",10)\tPN\tName', "private-group", f'(0010,"ACME 1",10) {EVEN}'),
        ('(0003,"ACME 1",10)\tPN\tName', "private-group", f'(0003,"ACME 1",10) {FORBIDDEN}'),
        ('(ffff,"ACME 1",10)\tPN\tName', "private-group", f'(ffff,"ACME 1",10) {FORBIDDEN}'),
        ("(0009,1010)\tPN\tName", "private-group", f"(0009,1010) {NO_CREATOR}"),
        (
            '(0009,"SEVENTEEN-LETTERS",10)\tPN\tName',
            "long-creator",
            "the private creator 'SEVENTEEN-LETTERS' has 17 characters, more than 16",
        ),
        (
            f'(0009,"{"C" * 65}",10)\tPN\tName',
            "long-creator",
            "the private creator has 65 characters, where VR LO allows 64 (PS3.5 6.2)",
        ),
    ],
)  # fmt: skip
def test_a_finding(line: str, rule: str, message: str) -> None:
    assert list(findings(f"{GOOD[0]}\n{line}\n")) == [LintFinding(2, rule, message)]


def test_the_same_element_with_another_vr() -> None:
    message = "(0010,0010) is defined in line 1 as PN, here as LO"
    text = "(0010,0010)\tPN\tName\n(10,10)\tLO\tName\n(0010,0010)\tLO\tOther\n"
    assert list(findings(text)) == [LintFinding(2, "duplicate", message)]


def test_a_creator_is_spoken_of_once() -> None:
    text = "".join(f'(0009,"SEVENTEEN-LETTERS",{element})\tPN\tName\n' for element in (10, 11, 12))
    assert [finding.line for finding in findings(text)] == [1]


@pytest.mark.parametrize("text", ["", "# only a comment\n"])
def test_a_file_without_entries(text: str) -> None:
    assert list(findings(text)) == [
        LintFinding(1, "no-entry", "the file holds no entry of a data dictionary")
    ]
