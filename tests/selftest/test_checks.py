"""The checks, against SCPs that do as they say and such that do not."""

import pytest

from dcmtool.errors import Rejection, TlsSettingsError
from dcmtool.scp.settings import Faults
from dcmtool.selftest import checks
from dcmtool.selftest.checks import NOT_DONE, Check, run
from dcmtool.selftest.identities import identities
from dcmtool.settings import ServerTls, TlsSettings
from dcmtool.verification.report import Outcome

REJECTED = Faults(reject=Rejection(1, 1, 7))


def test_all_hold() -> None:
    with identities() as everybody:
        results = list(run(checks.checks(everybody)))
    assert [result.check.name for result in results if not result.holds] == []
    assert len(results) == 14
    assert {result.check.outcome for result in results} >= {
        *(Outcome.SUCCESS, Outcome.REJECTED, Outcome.NO_PRESENTATION_CONTEXT, Outcome.ECHO_FAILED),
        *(Outcome.ABORTED, Outcome.TLS_FAILED),
    }


def test_every_check_has_a_name_of_its_own() -> None:
    with identities() as everybody:
        names = [check.name for check in checks.checks(everybody)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("check", "seen", "sentence"),
    [
        (Check("a fault", Outcome.SUCCESS, faults=REJECTED), "rejected", "Called AE Title Not Recognized"),
        (Check("no fault", Outcome.REJECTED), "success", ""),
        (Check("another reason", Outcome.REJECTED, "Calling", REJECTED), "rejected", "Called AE Title"),
        (
            Check("too few echoes", Outcome.SUCCESS, faults=Faults(abort_after=2), call={"repeat": 3}),
            "aborted",
            "A-ABORT",
        ),
        (
            Check("no key", Outcome.SUCCESS, server=ServerTls(TlsSettings("/no/key", "/no/certificate"))),
            NOT_DONE,
            "/no/key",
        ),
    ],
    ids=lambda value: value.name if isinstance(value, Check) else "",
)
def test_what_does_not_hold(check: Check, seen: str, sentence: str) -> None:
    (result,) = run([check])
    assert (result.seen, result.holds) == (seen, False)
    assert sentence in result.sentence


def test_one_that_cannot_be_done_does_not_end_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise TlsSettingsError("no such cipher")

    monkeypatch.setattr(checks, "echo", refuse)
    first, second = run([Check("one", Outcome.SUCCESS), Check("two", Outcome.TLS_FAILED)])
    assert (first.holds, second.holds) == (False, False)
    assert first.sentence == "no such cipher"
