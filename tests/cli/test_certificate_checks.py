"""The options that do something else than verify a node: +vc, +rc, +cc and +ph."""

import errno
import io
import sys
from pathlib import Path

import pytest

from dcmtool.cli.main import main
from dcmtool.cli.output import echo_run
from dcmtool.cli.wording import COMMAND_LINE
from dcmtool.tls.cipher_suites import selectable
from dcmtool.tls.profiles import PROFILES
from tests.peers.pki import EXPIRED, Authority, hashed_directory, self_signed, standard
from tests.peers.programs import run_echoscu

WHOLE = "it should be a whole number,"


@pytest.fixture(autouse=True)
def _no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(echo_run, "run")


def passed(path: str) -> str:
    """Return what is said of a certificate that passes."""
    return f"Verification of certificate '{path}' passed.\n"


def failed(path: str) -> str:
    """Return what is said of one that does not."""
    return f"Verification of certificate '{path}' failed.\n"


class Full(io.StringIO):
    """A stream that takes nothing."""

    def write(self, _text: str) -> int:
        """Fail as a full disk does."""
        raise OSError(errno.ENOSPC, "No space left on device")


class TestVerifyCertificate:
    def check(self, *args: str) -> int:
        return main(["echo", *args])

    @pytest.mark.parametrize("tls", [[], ["+tla"], ["+tls", "no key", "no certificate"], ["-tls"]])
    def test_it_passes_with_or_without_tls(
        self, tls: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        pki = standard()
        path, root = pki.server.certificate_file(tmp_path), pki.root.certificate_file(tmp_path)
        assert self.check("+vc", path, "+cf", root, *tls) == 0
        assert capsys.readouterr() == (passed(path), "")

    def test_it_fails_with_a_reason(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path = standard().server.certificate_file(tmp_path)
        assert self.check("+vc", path) == 22
        reason = (
            'the issuer "CN=Test Root CA,O=Test,C=DE" of "CN=localhost,O=Test,C=DE" is not among the '
            "authorities given: add its certificate with +cf"
        )
        assert capsys.readouterr() == (failed(path), f"E: certificate verification failed: {reason}\n")

    @pytest.mark.parametrize(("options", "said"), [("-q", 1), ("-ll fatal", 1), ("-ll off", 0)])
    def test_the_reason_is_hidden_by_off_alone(
        self, options: str, said: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = standard().expired.certificate_file(tmp_path)
        assert self.check("+vc", path, *options.split()) == 22
        out, err = capsys.readouterr()
        assert (out, err.count("E: certificate verification failed: "), err.count("\n")) == (
            failed(path),
            said,
            said,
        )

    @pytest.mark.parametrize("errors", [Full(), None])
    def test_the_exit_code_is_true_even_if_the_reason_cannot_be_said(
        self, errors: Full | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = standard().server.certificate_file(tmp_path)
        monkeypatch.setattr(sys, "stderr", errors)
        assert self.check("+vc", path) == 22

    def test_all_files_may_be_der(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        pki = standard()
        path, root = (each.certificate_file(tmp_path, "der") for each in (pki.server, pki.root))
        assert self.check("-der", "+vc", path, "+cf", root) == 0
        assert capsys.readouterr() == (passed(path), "")

    def test_a_directory_of_authorities(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        pki = standard()
        path, directory = pki.server.certificate_file(tmp_path), hashed_directory(tmp_path, pki.root)
        assert self.check("+vc", path, "+cd", directory) == 0
        assert capsys.readouterr() == (passed(path), "")

    @pytest.mark.parametrize("check", [[], ["+crv"], ["+cra"]])
    def test_revocation(self, check: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        pki = standard()
        trust = ["+cf", pki.root.certificate_file(tmp_path)]
        trust += ["+crl", pki.root.revocation_list_file(tmp_path, pki.revoked), *check]
        good, bad = pki.server.certificate_file(tmp_path), pki.revoked.certificate_file(tmp_path)
        assert self.check("+vc", good, *trust) == 0
        assert self.check("+vc", bad, *trust) == 22
        assert capsys.readouterr().out == passed(good) + failed(bad)

    def test_what_it_needs_not(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        pki = standard()
        path, root = pki.server.certificate_file(tmp_path), pki.root.certificate_file(tmp_path)
        for parameters in (["h"], ["h", "not a port"], ["a", "b", "c", "d"]):
            assert self.check(*parameters[:1], "+vc", path, "+cf", root, *parameters[1:]) == 0
        assert capsys.readouterr() == (passed(path) * 3, "")

    def test_the_rightmost_counts(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        pki = standard()
        path, root = pki.server.certificate_file(tmp_path), pki.root.certificate_file(tmp_path)
        assert self.check("+vc", "nowhere", "+cf", root, f"--verify-cert={path}") == 0
        assert capsys.readouterr() == (passed(path), "")

    def test_authorities_of_the_environment(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        pki = standard()
        path = pki.server.certificate_file(tmp_path)
        monkeypatch.setenv("DCMTOOL_ECHO_ADD_CERT_FILE", pki.root.certificate_file(tmp_path))
        monkeypatch.setenv("DCMTOOL_ECHO_SYSTEM_CA", "1")
        assert self.check("+vc", path) == 0
        assert capsys.readouterr() == (passed(path), "")

    @pytest.mark.parametrize(
        ("args", "sentence"),
        [
            ("-to 0", f"Invalid value for option --timeout (0): {WHOLE} at least 1"),
            (
                "+tla --min-days x",
                f"Invalid value for option --min-days (x): {WHOLE} at least 0",
            ),
            ("+crv +cra", "--enable-crl-all not allowed with --enable-crl-vfy"),
            ("+pg", "--profile-8996 only allowed with --enable-tls or --anonymous-tls"),
            ("--system-ca", "--system-ca not allowed with --verify-cert"),
        ],
    )
    def test_other_options_must_be_valid(
        self, args: str, sentence: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert self.check("+vc", "f", *args.split()) == 1
        captured = capsys.readouterr()
        assert (captured.out, captured.err.splitlines()[-1]) == ("", f"Error: {sentence}")

    def test_a_file_that_cannot_be_read(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path = f"{tmp_path}/no\nfile"
        assert self.check("-q", "+vc", path) == 20
        assert capsys.readouterr() == ("", f"Error: {tmp_path}/no\\nfile: No such file or directory\n")

    def test_a_name_cannot_steer_the_terminal(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        pki = standard()
        path = Path(pki.server.certificate_file(tmp_path)).rename(tmp_path / "\x1b[2J")
        assert self.check("+vc", str(path), "+cf", pki.root.certificate_file(tmp_path)) == 0
        assert capsys.readouterr().out == passed(f"{tmp_path}/\\x1b[2J")


class TestIsRoot:
    def check(self, *args: str) -> int:
        return main(["echo", *args])

    @pytest.mark.parametrize("file_format", ["pem", "der"])
    def test_one(self, file_format: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path = standard().root.certificate_file(tmp_path, "pem" if file_format == "pem" else "der")
        assert self.check("+rc", path, f"-{file_format}") == 0
        assert capsys.readouterr() == (f"Certificate '{path}' is a valid, self-signed root CA.\n", "")

    def test_others(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        late = Authority("Late CA", validity=EXPIRED)
        for path in (each.certificate_file(tmp_path) for each in (standard().server, late)):
            assert self.check("h", "+rc", path) == 22
            sentence = f"Certificate '{path}' is not a valid, self-signed root CA.\n"
            captured = capsys.readouterr()
            assert captured.out == sentence
            assert captured.err.startswith("E: certificate verification failed: ")

    def test_a_file_that_cannot_be_read(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.check("+rc", str(tmp_path)) == 20
        assert capsys.readouterr() == ("", f"Error: {tmp_path}: Is a directory\n")


def header(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return the lines of --version up to those about libraries."""
    assert main(["echo", "--version"]) == 0
    return capsys.readouterr().out.partition("\n\nLibraries:")[0].splitlines()


@pytest.mark.parametrize("args", ["+cc", "--list-ciphers h", "+cc -to 0 +cf x", "1 2 3 +cc"])
def test_the_list_of_cipher_suites(args: str, capsys: pytest.CaptureFixture[str]) -> None:
    expected = [
        *header(capsys),
        "",
        "Supported TLS ciphersuites are:",
        *(f"  {name}" for name in selectable()),
    ]
    assert main(["echo", *args.split()]) == 0
    captured = capsys.readouterr()
    assert (captured.out.splitlines(), captured.err) == (expected, "")


def test_the_list_of_profiles(capsys: pytest.CaptureFixture[str]) -> None:
    beginning = [*header(capsys), "", "Supported TLS profiles are:"]
    assert main(["echo", "+ph"]) == 0
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert (lines[: len(beginning)], captured.err) == (beginning, "")
    for profile in PROFILES.values():
        short = COMMAND_LINE[f"profile {profile.word}"]
        at = lines.index(f"  {short} --profile-{profile.word}: {profile.name} ({profile.clause})")
        versions = [version for version in (profile.minimum, profile.maximum) if version in lines[at + 1]]
        assert versions == [profile.minimum, profile.maximum]
        shown = [line.split()[0] for line in lines[at + 2 : at + 2 + len(profile.suites)]]
        assert shown == list(profile.suites)
    assert "      TLS_RSA_WITH_NULL_SHA" in lines


@pytest.mark.parametrize(
    ("args", "first"),
    [
        ("+rc f +vc f +ph +cc --version -h", "Usage: dcmtool echo [OPTIONS] PEER PORT"),
        ("+rc f +vc f +ph +cc --version", "Libraries:"),
        ("+rc f +vc f +ph +cc", "Supported TLS ciphersuites are:"),
        ("+rc f +vc f +ph", "Supported TLS profiles are:"),
    ],
)
def test_which_comes_first(args: str, first: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["echo", *args.split()]) == 0
    out = capsys.readouterr().out.splitlines()
    others = {"Libraries:", "Supported TLS ciphersuites are:", "Supported TLS profiles are:"} - {first}
    assert first in out
    assert not others & set(out)


def test_verifying_comes_before_the_question_for_a_root(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = standard().root.certificate_file(tmp_path)
    assert main(["echo", "+rc", path, "+vc", path, "+cf", path]) == 0
    assert capsys.readouterr() == (passed(path), "")


@pytest.mark.interop
def test_the_results_are_those_of_echoscu(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pki = standard()
    root = pki.root.certificate_file(tmp_path)
    cast = (
        pki.root,
        pki.server,
        pki.chained,
        pki.expired,
        pki.future,
        pki.untrusted,
        pki.client_only,
        pki.own,
    )
    paths = [each.certificate_file(tmp_path) for each in (*cast, self_signed(key="p256"))]
    paths.append(pki.chained.certificate_file(tmp_path, chain=True))
    for args in [["+tla", "+vc", path, "+cf", root] for path in paths] + [["+rc", path] for path in paths]:
        theirs = run_echoscu(*args)
        assert (main(["echo", *args]), capsys.readouterr().out) == (theirs.returncode, theirs.stdout)
