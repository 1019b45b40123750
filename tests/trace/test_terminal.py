"""What the laid out trace promises whatever the peer says and however wide the terminal is."""

import io
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from dcmtool import events
from dcmtool.cli.wording import COMMAND_LINE
from dcmtool.dimse.command_set import NAMES
from dcmtool.dimse.messages import CEchoRsp
from dcmtool.errors import EchoFailed, RemoteProtocolError, StatusNotSuccess
from dcmtool.settings import MAX_CONTEXTS, Negotiation, first_transfer_syntaxes
from dcmtool.steps import TlsSession
from dcmtool.trace import plain
from dcmtool.trace.command_dump import element_words
from dcmtool.trace.levels import Level, Line
from dcmtool.trace.plain import lines
from dcmtool.trace.tables import MAX_BYTES, MAX_ROWS
from dcmtool.trace.terminal import NARROWEST, Terminal, console_for
from dcmtool.upper_layer import pdus
from dcmtool.upper_layer.contexts import PresentationContext
from dcmtool.upper_layer.user_information import (
    AsynchronousOperationsWindow,
    ExtendedNegotiation,
    ImplementationClassUid,
    ImplementationVersionName,
    RoleSelection,
    UserIdentityResponse,
)
from tests.trace.scenes import NOW, SCENES, success
from tests.trace.snapshots import SGR, rendered
from tests.trace.told import event
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


def shown(*told: events.What, level: Level = Level.TRACE, width: int = 80) -> str:
    """Return what a terminal is sent for some events."""
    return rendered([event(what, "peer") for what in told], level, width)


def received(kind: int, body: bytes) -> events.Pdu:
    """Return a PDU that came."""
    return events.Pdu(kind, pdus.PDU_HEADER.pack(kind, len(body)) + body)


def text_of(*told: events.What, level: Level = Level.DEBUG, width: int = 80) -> list[str]:
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
    request = success().happened()[1]
    assert isinstance(request, events.Requesting)
    answer = _answer(text, number)
    context = PresentationContext(request.associate.contexts[0], 0, text)
    body = answer._replace(called_aet="", calling_aet="").encode()[6:]
    output = shown(
        events.Requesting(ECHO.peer, False, request.associate._replace(called_aet=text)),
        events.TransportOpened(text, 104, 60),
        events.Negotiated(request.associate, answer, (context,)),
        events.MessageReceived(1, {0x0002: raw, 0x0902: raw, number: raw}),
        events.EchoAnswered(CEchoRsp(1, number, text), MS),
        events.Failed(EchoFailed("echo", StatusNotSuccess(number, "so", text))),
        events.TlsEstablished(TlsSession("TLSv1.3", "X", 256, raw, True, text), text),
        received(pdus.ASSOCIATE_AC, body),
        received(pdus.P_DATA_TF, raw),
        width=width,
    )
    assert_harmless(output)


@settings(max_examples=60)
@given(st.integers(1, 7), st.binary(max_size=300), st.integers(20, 220))
def test_no_bytes_of_a_peer_steer_the_terminal(kind: int, body: bytes, width: int) -> None:
    assert_harmless(shown(received(kind, body), width=width))


def test_markup_and_emoji_codes_are_text() -> None:
    warned = events.Warned("[bold]x[/bold] :smile: \x1b[2J")
    assert text_of(warned) == ["   0.00 ms W < [bold]x[/bold] :smile: \\x1b[2J"]


@pytest.mark.parametrize("width", [NARROWEST, 80, 120, 200])
@pytest.mark.parametrize("name", SCENES)
def test_no_line_is_wider_than_the_terminal_or_ends_with_blanks(name: str, width: int) -> None:
    output = SGR.sub("", rendered(SCENES[name]().events, Level.TRACE, width))
    for line in output.splitlines():
        assert cell_len(line) <= width
        assert not line.endswith(" ")


@pytest.mark.parametrize("name", SCENES)
def test_the_colours_are_all_that_colour_adds(name: str) -> None:
    happened = SCENES[name]().events
    coloured = rendered(happened, Level.TRACE, 80)
    assert SGR.sub("", coloured) == rendered(happened, Level.TRACE, 80, coloured=False)
    assert "\x1b" not in rendered(happened, Level.TRACE, 80, coloured=False)


def test_elapsed_time_has_its_column() -> None:
    offsets = (0, 1_234_567, 9_999_000_000, 10_000_000_000, 2_000_000_000_000)
    shown = [event(events.Releasing(), "local", offset) for offset in offsets]
    assert rendered(shown, Level.INFO, 80, coloured=False).splitlines() == [
        "   0.00 ms I > Releasing Association",
        "   1.23 ms I > Releasing Association",
        "9999.00 ms I > Releasing Association",
        "   10.00 s I > Releasing Association",
        " 2000.00 s I > Releasing Association",
    ]


def test_what_a_threshold_hides_is_not_there() -> None:
    happened = success().events
    assert rendered(happened, Level.ERROR, 80) == ""
    verbose = rendered(happened, Level.INFO, 80, coloured=False)
    assert [line[11:] for line in verbose.splitlines()] == [
        "I   Requesting Association (ECHOSCU calls ANY-SCP at pacs port 104)",
        "I < Association Accepted (Max Send PDV: 16372)",
        "I > Sending Echo Request (MsgID 1)",
        "I < Received Echo Response (Success) after 1.00 ms",
        "I > Releasing Association",
    ]


@pytest.mark.parametrize("width", [NARROWEST, 70, 80, 120])
def test_every_value_is_shown_at_any_width_that_has_tables(width: int) -> None:
    play = success()
    output = "".join(SGR.sub("", rendered(play.events, Level.TRACE, width)).split())
    for told in play.events:
        if isinstance(told.what, events.MessageReceived):
            elements = told.what.elements
            for tag, value in elements.items():
                words = element_words(tag, value).removeprefix("=")
                assert NAMES[tag] + "".join(words.split()) in output
    assert "2.25.42025186936127297258667235879404728027" in output


def test_a_long_name_of_a_dictionary_leaves_room_for_the_value() -> None:
    name = "ANameThatNobodyWouldGiveToAnElementOfACommandSetButADictionaryMay"
    file = io.StringIO()
    console = Console(file=file, width=NARROWEST, force_terminal=True, color_system=None)
    terminal = Terminal(console, Level.DEBUG, lambda: NOW, lambda _tag, _creator: ("US", name))
    terminal.show(event(events.MessageReceived(1, {0x0900: b"\0\0"}), "peer"))
    shown = "".join(file.getvalue().split())
    assert "0x0000(Success)" in shown
    assert name[:10] in shown


@pytest.mark.parametrize("width", [1, 20, 40, NARROWEST - 1])
def test_a_narrow_terminal_has_the_lines_of_a_pipe(width: int) -> None:
    play = success()
    plain = [
        str(line)
        for told in play.events
        for line in lines(told, now=lambda: NOW, words=COMMAND_LINE)
        if line.level >= Level.DEBUG
    ]
    assert SGR.sub("", rendered(play.events, Level.DEBUG, width)).splitlines() == plain
    assert len(SGR.findall(rendered(play.events, Level.DEBUG, width))) == 2 * len(plain)


@pytest.mark.parametrize("columns", ["0", "00", ""])
def test_a_width_of_nothing_is_none(columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert console_for(io.StringIO(), coloured=True).width >= 1
    monkeypatch.setenv("COLUMNS", "77")
    assert console_for(io.StringIO(), coloured=True).width == 77


def test_equal_contexts_share_a_row() -> None:
    negotiation = Negotiation(contexts=MAX_CONTEXTS, transfer_syntaxes=first_transfer_syntaxes(2))
    play = Playbook(replace(ECHO, negotiation=negotiation))
    play.requests()
    lines = SGR.sub("", rendered(play.events, Level.DEBUG, 80)).splitlines()
    assert [line.strip() for line in lines if "VerificationSOPClass" in line] == [
        "Context 1, 3..255  VerificationSOPClass"
    ]


def test_a_peer_that_says_little_or_much_of_itself() -> None:
    request = success().happened()[1]
    assert isinstance(request, events.Requesting)
    silent = pdus.AssociateAc("A", "B", (), ())
    contexts = (PresentationContext(request.associate.contexts[0]),)
    assert [line.strip() for line in text_of(events.Negotiated(request.associate, silent, contexts))] == [
        "0.00 ms D < The peer's answer",
        "Max PDU         not said, so no limit",
        "Implementation  not named",
        "Class UID       missing (PS3.7 D.3.3.2)",
        "Context  proposed                answered",
        "1        VerificationSOPClass    no answer",
        "LittleEndianImplicit",
    ]
    talkative = text_of(events.Negotiated(request.associate, _answer("1.2.3", 5), ()))
    assert [line.strip() for line in talkative[4:8]] == [
        "Roles           SCU for 1.2.3",
        "Extended        1b for 1.2.3",
        "Async. window   5 invoked, no limit performed",
        "User identity   response of 1 bytes",
    ]


def test_a_pdu_of_many_fields_is_cut() -> None:
    body = b"\0\1" + bytes(66) + b"\x51\0\0\0" * 2000
    lines = text_of(received(pdus.ASSOCIATE_AC, body), level=Level.TRACE)
    assert lines[-1] == f"  and {2006 - MAX_ROWS} more fields: the trace file keeps all bytes"
    assert len(lines) <= 2 * MAX_ROWS + 2


def test_a_field_of_many_bytes_is_cut() -> None:
    body = (1002).to_bytes(4) + b"\1\0" + bytes(range(1, 251)) * 4
    lines = text_of(received(pdus.P_DATA_TF, body), level=Level.TRACE)
    assert lines[-1].strip() == f"and {1000 - MAX_BYTES} more"


def test_a_sentence_about_bytes_that_are_no_pdu() -> None:
    failure = EchoFailed("echo", RemoteProtocolError("that is wrong", "PS3.8 9.3.1"))
    assert text_of(events.Failed(failure)) == ["   0.00 ms E < Echo Failed: that is wrong (PS3.8 9.3.1)"]


def test_lines_that_belong_to_no_event(capsys: pytest.CaptureFixture[str]) -> None:
    import sys

    from dcmtool.trace.terminal import Terminal, console_for
    from tests.trace.scenes import NOW

    terminal = Terminal(console_for(sys.stdout, coloured=False), Level.DEBUG, lambda: NOW)
    terminal.say(Line(Level.DEBUG, "$dcmtool: \x1b$"))
    terminal.say(Line(Level.DEBUG, ""))
    assert capsys.readouterr().out == "           D   $dcmtool: \\x1b$\n"


@pytest.mark.parametrize(
    ("kind", "name", "clause"), [(2, "A-ASSOCIATE-AC", "PS3.8 9.3.3"), (1, "A-ASSOCIATE-RQ", "PS3.8 9.3.2")]
)
@pytest.mark.parametrize(
    ("titles", "said"),
    [
        (b"CALLED".ljust(16, b"\0") + b"CALLING".ljust(16), True),
        (b"CALLED".ljust(16) + b"CALLING".ljust(16, b"\0"), True),
        (b"CALLED\0".ljust(16) + b"CALLING".ljust(16), True),
        (bytes(32), False),  # no titles at all
        (b"CALLED".ljust(16) + b"CALLING".ljust(16), False),
        (b"IN\0SIDE".ljust(32), False),
        (b"", False),
    ],
)
def test_titles_padded_with_nul(kind: int, name: str, clause: str, titles: bytes, said: bool) -> None:
    pdu = events.Pdu(kind, bytes([kind, 0]) + bytes(4) + b"\0\1\0\0" + titles)
    sentence = f"The peer pads the AE titles of its {name} with NUL, not blanks ({clause})"
    assert (sentence in shown(pdu, level=Level.INFO, width=120)) is said
    assert (Line(Level.INFO, sentence) in plain.lines(event(pdu, "peer"))) is said
    assert Line(Level.INFO, sentence) not in plain.lines(event(pdu, "local"))
