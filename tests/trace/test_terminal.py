"""What the laid out trace promises whatever the peer says and however wide the terminal is."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from dcmtool.dimse.messages import CEchoRsp
from dcmtool.errors import EchoFailed, RemoteProtocolError, StatusNotSuccess
from dcmtool.settings import MAX_CONTEXTS, Negotiation, first_transfer_syntaxes
from dcmtool.steps import TlsSession
from dcmtool.trace.levels import Level, Line
from dcmtool.trace.record import Event, Record
from dcmtool.trace.tables import MAX_BYTES, MAX_ROWS
from dcmtool.upper_layer import events, pdus
from dcmtool.upper_layer.contexts import PresentationContext
from dcmtool.upper_layer.user_information import (
    AsynchronousOperationsWindow,
    ExtendedNegotiation,
    ImplementationClassUid,
    ImplementationVersionName,
    RoleSelection,
    UserIdentityResponse,
)
from dcmtool.verification import progress
from tests.trace.scenes import SCENES, success
from tests.trace.snapshots import SGR, rendered
from tests.verification.playbook import ECHO, MS, Playbook

OF_RICH = re.compile(r"\x1b\[(?:[0-9]|;|3[0-7]|4[0-7])*m")
# Text as a peer sends it, likely with what a terminal or rich would act on.
HOSTILE = st.one_of(
    st.text(st.characters(max_codepoint=0xFF), max_size=40),
    st.lists(
        st.sampled_from(
            [
                "\x1b[31m",
                "\x1b]0;x\x07",
                "\x9b2J",
                "[bold]",
                "[/]",
                "[link=x]",
                ":smile:",
                "\r\n",
                "é",
                "\xad",
            ]
        ),
        max_size=6,
    ).map("".join),
)


def shown(*told: Event, level: Level = Level.TRACE, width: int = 80) -> str:
    """Return what a terminal is sent for some events."""
    return rendered([Record(0, "received", event) for event in told], level, width)


def text_of(*told: Event, level: Level = Level.DEBUG, width: int = 80) -> list[str]:
    """Return the lines of it without their colours."""
    return SGR.sub("", shown(*told, level=level, width=width)).splitlines()


def assert_harmless(output: str) -> None:
    """Only rich's own colours and line ends may steer the terminal."""
    rest = OF_RICH.sub("", output).replace("\n", "")
    assert rest.isprintable(), ascii(rest)


def _answer(text: str, maximum: int) -> pdus.AssociateAc:
    sub_items = (
        ImplementationVersionName(text),
        ImplementationClassUid(text),
        RoleSelection(text, True, False),
        ExtendedNegotiation(text, b"\x1b"),
        AsynchronousOperationsWindow(maximum, 0),
        UserIdentityResponse(b"\x1b"),
    )
    return pdus.AssociateAc(text[:16], text[:16], (pdus.ContextResult(1, 0, text),), sub_items)


@settings(max_examples=60)
@given(HOSTILE, st.integers(0, 0xFFFF), st.integers(20, 220))
def test_no_text_of_a_peer_steers_the_terminal(text: str, number: int, width: int) -> None:
    raw = text.encode("latin-1")
    request = success().told[1]
    assert isinstance(request, progress.Requesting)
    answer = _answer(text, number)
    context = PresentationContext(request.associate.contexts[0], 0, text)
    body = answer._replace(called_aet="", calling_aet="").encode()[6:]
    output = shown(
        progress.Requesting(ECHO, request.associate._replace(called_aet=text)),
        progress.TransportOpened(text, 104, 60),
        progress.Negotiated(ECHO, request.associate, answer, (context,)),
        progress.MessageReceived(1, {0x0002: raw, 0x0902: raw, number: raw}),
        progress.EchoAnswered(CEchoRsp(1, number, text), MS),
        progress.Failed(EchoFailed("echo", StatusNotSuccess(number, "so", text))),
        progress.Secured(TlsSession("TLSv1.3", "X", 256, raw, True, text), text),
        events.PduReceived(pdus.ASSOCIATE_AC, body),
        events.PduReceived(pdus.P_DATA_TF, raw),
        width=width,
    )
    assert_harmless(output)


@settings(max_examples=60)
@given(st.integers(1, 7), st.binary(max_size=300), st.integers(20, 220))
def test_no_bytes_of_a_peer_steer_the_terminal(kind: int, body: bytes, width: int) -> None:
    assert_harmless(shown(events.PduReceived(kind, body), width=width))


def test_markup_and_emoji_codes_are_text() -> None:
    warned = progress.Warned("[bold]x[/bold] :smile: \x1b[2J")
    assert text_of(warned) == ["   0.00 ms W < [bold]x[/bold] :smile: \\x1b[2J"]


@pytest.mark.parametrize("width", [40, 80, 120, 200])
@pytest.mark.parametrize("name", SCENES)
def test_no_line_is_wider_than_the_terminal_or_ends_with_blanks(name: str, width: int) -> None:
    output = SGR.sub("", rendered(SCENES[name]().records, Level.TRACE, width))
    for line in output.splitlines():
        assert cell_len(line) <= width
        assert not line.endswith(" ")


@pytest.mark.parametrize("name", SCENES)
def test_the_colours_are_all_that_colour_adds(name: str) -> None:
    records = SCENES[name]().records
    coloured = rendered(records, Level.TRACE, 80)
    assert SGR.sub("", coloured) == rendered(records, Level.TRACE, 80, coloured=False)
    assert "\x1b" not in rendered(records, Level.TRACE, 80, coloured=False)


def test_elapsed_time_has_its_column() -> None:
    offsets = (0, 1_234_567, 9_999_000_000, 10_000_000_000, 2_000_000_000_000)
    records = [Record(offset, "sent", progress.Releasing()) for offset in offsets]
    assert rendered(records, Level.INFO, 80, coloured=False).splitlines() == [
        "   0.00 ms I > Releasing Association",
        "   1.23 ms I > Releasing Association",
        "9999.00 ms I > Releasing Association",
        "   10.00 s I > Releasing Association",
        " 2000.00 s I > Releasing Association",
    ]


def test_what_a_threshold_hides_is_not_there() -> None:
    records = success().records
    assert rendered(records, Level.ERROR, 80) == ""
    verbose = rendered(records, Level.INFO, 80, coloured=False)
    assert [line[11:] for line in verbose.splitlines()] == [
        "I   Requesting Association (ECHOSCU calls ANY-SCP at pacs port 104)",
        "I < Association Accepted (Max Send PDV: 16372)",
        "I > Sending Echo Request (MsgID 1)",
        "I < Received Echo Response (Success) after 1.00 ms",
        "I > Releasing Association",
    ]


def test_equal_contexts_share_a_row() -> None:
    negotiation = Negotiation(contexts=MAX_CONTEXTS, transfer_syntaxes=first_transfer_syntaxes(2))
    play = Playbook(replace(ECHO, negotiation=negotiation))
    play.requests()
    lines = SGR.sub("", rendered(play.records, Level.DEBUG, 80)).splitlines()
    assert [line.strip() for line in lines if "VerificationSOPClass" in line] == [
        "Context 1 to 255  VerificationSOPClass"
    ]


def test_a_peer_that_says_little_or_much_of_itself() -> None:
    request = success().told[1]
    assert isinstance(request, progress.Requesting)
    silent = pdus.AssociateAc("A", "B", (), ())
    contexts = (PresentationContext(request.associate.contexts[0]),)
    assert [
        line.strip() for line in text_of(progress.Negotiated(ECHO, request.associate, silent, contexts))
    ] == [
        "0.00 ms D < The peer's answer",
        "Max PDU         not said, so no limit",
        "Implementation  not named",
        "Class UID       missing (PS3.7 D.3.3.2)",
        "Context  proposed                answered",
        "1        VerificationSOPClass    no answer",
        "LittleEndianImplicit",
    ]
    talkative = text_of(progress.Negotiated(ECHO, request.associate, _answer("1.2.3", 5), ()))
    assert [line.strip() for line in talkative[4:8]] == [
        "Roles           SCU for 1.2.3",
        "Extended        1b for 1.2.3",
        "Async. window   5 invoked, no limit performed",
        "User identity   response of 1 bytes",
    ]


def test_a_pdu_of_many_fields_is_cut() -> None:
    body = b"\0\1" + bytes(66) + b"\x51\0\0\0" * 2000
    lines = text_of(events.PduReceived(pdus.ASSOCIATE_AC, body), level=Level.TRACE)
    assert lines[-1] == f"  and {2006 - MAX_ROWS} more fields: --trace-file keeps all bytes"
    assert len(lines) <= 2 * MAX_ROWS + 2


def test_a_field_of_many_bytes_is_cut() -> None:
    body = (1002).to_bytes(4) + b"\1\0" + bytes(range(1, 251)) * 4
    lines = text_of(events.PduReceived(pdus.P_DATA_TF, body), level=Level.TRACE)
    assert lines[-1].strip() == f"and {1000 - MAX_BYTES} more"


def test_a_sentence_about_bytes_that_are_no_pdu() -> None:
    failure = EchoFailed("echo", RemoteProtocolError("that is wrong", "PS3.8 9.3.1"))
    assert text_of(progress.Failed(failure)) == ["   0.00 ms E < Echo Failed: that is wrong (PS3.8 9.3.1)"]


def test_lines_that_belong_to_no_event(capsys: pytest.CaptureFixture[str]) -> None:
    import sys

    from dcmtool.trace.terminal import Terminal, console_for
    from tests.trace.scenes import NOW

    terminal = Terminal(console_for(sys.stdout, coloured=False), Level.DEBUG, lambda: NOW)
    terminal.say(Line(Level.DEBUG, "$dcmtool: \x1b$"))
    terminal.say(Line(Level.DEBUG, ""))
    assert capsys.readouterr().out == "           D   $dcmtool: \\x1b$\n"
