"""What a node accepts: the questions are few, and what they tell is what the node would take."""

from collections.abc import Collection, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcmtool.cli.main import main
from dcmtool.diagnosis.capabilities import NOT_PROPOSED, Capabilities, ask
from dcmtool.diagnosis.services import SopClass, sop_classes
from dcmtool.diagnosis.visit import Proposed
from dcmtool.upper_layer.contexts import PresentationContext, answers, negotiated
from dcmtool.upper_layer.pdus import ProposedContext
from dcmtool.verification.report import NegotiatedParameters
from tests.peers import dcmtk
from tests.peers.programs import refusing_port
from tests.peers.scp import verification_scp
from tests.reporting.documents import read

SYNTAXES = tuple(f"1.2.{number}" for number in range(1, 46))
CLASSES = tuple(SopClass(f"1.3.{number}", f"Class {number}", "Storage", SYNTAXES) for number in range(1, 301))

Node = Mapping[str, Collection[str]]  # the transfer syntaxes that it accepts, by SOP class


def said(*contexts: PresentationContext) -> NegotiatedParameters:
    """Return an answer of these contexts."""
    return NegotiatedParameters(contexts, 0, "1.2.3", "NODE")


def answered(node: Node, batch: tuple[Proposed, ...]) -> NegotiatedParameters:
    """Return what a node answers to contexts, as PS3.8 9.3.3.2 asks."""
    proposed = tuple(ProposedContext(2 * place + 1, *each) for place, each in enumerate(batch))
    return said(*negotiated(proposed, answers(proposed, node)))


def asked(
    node: Node, classes: tuple[SopClass, ...], most: int
) -> tuple[Capabilities, list[tuple[Proposed, ...]]]:
    """Ask a node in memory; return what is known then, and what was proposed."""
    inquiry, batches = ask(classes, most), []
    try:
        batch = next(inquiry)
        while True:
            batches.append(batch)
            batch = inquiry.send(answered(node, batch))
    except StopIteration as stop:
        found: Capabilities = stop.value
        return found, batches


nodes = st.dictionaries(
    st.sampled_from([each.uid for each in CLASSES[:5]]),
    st.sets(st.sampled_from(SYNTAXES)).map(frozenset),
)


@given(nodes)
@settings(max_examples=50, deadline=None)
def test_all_of_it_is_known_in_the_end(node: Node) -> None:
    found, batches = asked(node, CLASSES[:5], 1000)
    for known in found.known:
        assert set(known.accepted) == set(node.get(known.sop_class.uid, ()))
        assert known.complete
    assert len(batches) == found.associations
    assert all(1 <= len(batch) <= 128 for batch in batches)


def test_nothing_is_asked_twice_in_the_same_way() -> None:
    _, batches = asked({each.uid: SYNTAXES for each in CLASSES[:5]}, CLASSES[:5], 1000)
    contexts = [context for batch in batches for context in batch]
    assert len(contexts) == len(set(contexts))


def test_a_node_of_uncompressed_syntaxes_takes_few_associations() -> None:
    found, _ = asked({each.uid: SYNTAXES[:3] for each in CLASSES[:160]}, CLASSES[:240], 1000)
    assert found.associations <= 10
    assert all(each.complete for each in found.known)


def test_what_was_not_asked_is_said() -> None:
    found, batches = asked({each.uid: SYNTAXES for each in CLASSES}, CLASSES, 2)
    assert len(batches) == found.associations == 2
    results = [each.result for each in found.known]
    assert results == ["Accepted"] * 256 + [NOT_PROPOSED] * 44
    assert [each.accepted for each in found.known][::256] == [(SYNTAXES[0],), ()]
    assert not any(each.complete for each in found.known)


def test_a_syntax_that_nobody_proposed_ends_nothing_twice() -> None:
    inquiry = ask(CLASSES[:1], 10)
    batch = next(inquiry)
    for _ in range(9):
        contexts = [ProposedContext(2 * place + 1, *each) for place, each in enumerate(batch)]
        try:
            batch = inquiry.send(said(*(PresentationContext(each, 0, "9.9") for each in contexts)))
        except StopIteration as stop:
            (known,) = stop.value.known
            assert (known.accepted, known.complete) == (("9.9",), True)
            return
    pytest.fail("it goes on asking")


def test_contexts_without_an_answer_are_not_asked_again() -> None:
    inquiry = ask(CLASSES[:2], 10)
    batch = next(inquiry)
    first = PresentationContext(ProposedContext(1, *batch[0]), 0, SYNTAXES[0])
    batch = inquiry.send(said(first, PresentationContext(ProposedContext(3, *batch[1]))))
    assert {uid for uid, _ in batch} == {CLASSES[0].uid}
    unanswered = [PresentationContext(ProposedContext(2 * n + 1, *each)) for n, each in enumerate(batch)]
    with pytest.raises(StopIteration) as stop:
        inquiry.send(said(*unanswered))
    assert [each.accepted for each in stop.value.value.known] == [(SYNTAXES[0],), ()]


def test_the_registry() -> None:
    classes = sop_classes()
    assert len({each.uid for each in classes}) == len(classes) > 200
    by_name = {each.name: each for each in classes}
    assert by_name["Verification SOP Class"].service == "Verification"
    assert by_name["Modality Worklist Information Model - FIND"].service == "Modality Worklist"
    assert len(by_name["CT Image Storage"].transfer_syntaxes) > 20
    assert len(by_name["Verification SOP Class"].transfer_syntaxes) == 4


# From the command line -------------------------------------------------------------------------------

SHOWN = """\
PYNETDICOM at 127.0.0.1 port {port} ({name}) accepts 1 of {all} SOP classes, seen by 3 associations.
That a context is accepted proves no service: the node may still refuse each request.

Verification (1 of 1 SOP classes)
  Verification SOP Class  LittleEndianImplicit

None accepted of: Query/Retrieve (13), """


def test_one_that_verifies_alone(capsys: pytest.CaptureFixture[str]) -> None:
    with verification_scp() as scp:
        assert main(["diagnose", "--capabilities", f"PYNETDICOM@127.0.0.1:{scp.port}"]) == 0
        assert len(scp.accepted) == 3
        assert not scp.echoes
    out, err = capsys.readouterr()
    name = out.split("(", 1)[1].split(")", 1)[0]
    assert name.startswith("PYNETDICOM_")
    assert out.startswith(SHOWN.format(port=scp.port, name=name, all=len(sop_classes())))
    assert err == ""


@pytest.mark.interop
def test_storescp_and_what_has_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved = tmp_path / "saved.json"
    whole = ["diagnose", "--capabilities", "--max-associations", "60"]
    with dcmtk.storescp(tmp_path, "+xa") as port:
        assert main([*whole, "--json", "127.0.0.1", str(port)]) == 0
        saved.write_text(capsys.readouterr().out, encoding="utf-8")
        document = read(saved.read_text(encoding="utf-8"), "capabilities")
        of_ct = next(each for each in document["sop_classes"] if each["name"] == "CT Image Storage")
        assert of_ct["complete"]
        assert "1.2.840.10008.1.2.4.70" in of_ct["transfer_syntaxes"]
        again = [*whole, "--compare", str(saved), "127.0.0.1", str(port)]
        assert main(again) == 0
        assert capsys.readouterr().out.endswith(f"\nNothing has changed since {saved}.\n")
    with dcmtk.storescp(tmp_path) as port:
        assert main([*again[:-1], str(port)]) == 3
        out = capsys.readouterr().out
        assert f"\nChanged since {saved}:\n" in out
        assert "  CT Image Storage\n    - " in out
        assert main([*again[:-1], str(port), "--json"]) == 3
        document = read(capsys.readouterr().out, "capabilities")
        changed = next(each for each in document["changes"] if each["name"] == "CT Image Storage")
        assert (changed["was_accepted"], changed["is_accepted"], changed["gained"]) == (True, True, [])
        assert "1.2.840.10008.1.2.4.70" in changed["lost"]


def test_a_node_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    with refusing_port() as port:
        assert main(["diagnose", "--capabilities", "127.0.0.1", str(port)]) == 60
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"E: no connection to 127.0.0.1 port {port}: Connection refused\nhint: ")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("nonsense", "is not valid JSON: "),
        ("[" * 100_000, "is not valid JSON: "),
        ("[]", "it has no schema"),
        ('{"schema": "dcmtool.echo/1"}', "its schema is dcmtool.echo/1"),
        ('{"schema": "dcmtool.capabilities/1"}', "does not follow its schema dcmtool.capabilities/1"),
        ('{"schema": "dcmtool.capabilities/1", "sop_classes": [1]}', "does not follow its schema"),
        (
            '{"schema": "dcmtool.capabilities/1", "sop_classes": '
            '[{"uid": 1, "name": "a", "transfer_syntaxes": [], "complete": true}]}',
            "does not follow its schema",
        ),
    ],
)
def test_a_file_that_is_no_saved_run(
    text: str, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "f").write_text(text)
    run = ["diagnose", "--capabilities", "--compare", str(tmp_path / "f"), "127.0.0.1", "104"]
    assert main(run) == 20
    out, err = capsys.readouterr()
    assert out == ""
    assert why in err
    assert err.count("\n") == 1


def test_compare_needs_capabilities(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagnose", "--compare", str(tmp_path / "f"), "127.0.0.1", "104"]) == 1
    assert "--capabilities" in capsys.readouterr().err
