"""The files of an exporter, right and wrong: modules, and who may ask."""

from pathlib import Path

import pytest

from dcmtool.errors import InputFileError
from dcmtool.exporter import modules, web_config
from dcmtool.exporter.configuration import Configuration, Scrape
from dcmtool.exporter.go_duration import seconds_of
from dcmtool.exporter.refusal import RequestRefused
from tests.peers import pki
from tests.peers.exporter import at, node_file


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5s", 5),
        ("500ms", 0.5),
        ("1m30s", 90),
        ("1.5s", 1.5),
        ("1h", 3600),
        ("5", None),
        (5, None),
        ("", None),
        ("-5s", None),
        ("5 s", None),
        ("5s5", None),
    ],
)
def test_durations(text: object, seconds: float | None) -> None:
    assert seconds_of(text) == seconds


MODULE = "modules: {m: {prober: dicom, dicom: {%s}}}"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("modules: [", "is not valid YAML: expected the node content, but found"),
        (
            "modules: {a: {prober: dicom}, a: {prober: dicom}}",
            "is not valid YAML: the key a stands there twice",
        ),
        ("- 1", "configuration of modules should be a table, but is [1]"),
        ("module: {}", "the file: module means nothing here (did you mean modules?)"),
        ("modules: 5", "modules should be a table, but is 5"),
        ("modules: {m: 5}", "modules.m should be a table, but is 5"),
        ("modules: {m: {}}", "modules.m: prober should be dicom, but is None"),
        (
            "modules: {m: {prober: dicom, timeout: 5}}",
            "modules.m: timeout should be a duration such as 5s, but is 5",
        ),
        ("modules: {m: {prober: dicom, time: 5s}}", "modules.m: time means nothing here"),
        (MODULE % "call: PACS", "call has no place in a module: the called title belongs to the target"),
        (
            MODULE % "deadline: 5",
            "deadline has no place in a module: a module has its timeout beside this table",
        ),
        (MODULE % "repeat: 5", "repeat has no place in a module: a probe is one echo on one association"),
        (MODULE % "calling: A, aetitle: B", "modules.m.dicom: aetitle stands there twice"),
        (MODULE % "aetitel: A", "[modules.m.dicom] aetitel means nothing here (did you mean aetitle?)"),
        (
            MODULE % "acse-timeout: soon",
            '[modules.m.dicom] acse-timeout should be a whole number, at least 1, but is "',
        ),
        (
            MODULE % "tls: {use-passwd: geheim}",
            "[modules.m.dicom] use-passwd is a secret, which has no place in this file",
        ),
        (
            MODULE % "tls: {anonymous-tls: true, add-cert-file: [nowhere.pem]}",
            "[modules.m.dicom] add-cert-file: ",
        ),
        (
            MODULE % "identity: {user: me, passcode-env: NOT_SET}",
            "[modules.m.dicom] identity-passcode-env: environment",
        ),
    ],
)
def test_what_is_wrong_with_modules(tmp_path: Path, text: str, sentence: str) -> None:
    file = tmp_path / "modules.yml"
    file.write_text(text)
    with pytest.raises(InputFileError) as raised:
        Configuration(str(file), None)
    assert sentence in str(raised.value)
    assert "\n" not in str(raised.value)
    assert "geheim" not in str(raised.value)


def test_the_node_is_named_whose_file_is_missing(tmp_path: Path) -> None:
    nodes = node_file(tmp_path, pacs=at(104, 'tls = "anonymous"', 'add-cert-file = ["nowhere.pem"]'))
    with pytest.raises(InputFileError) as raised:
        Configuration(None, nodes)
    place = f"{nodes} line 5: [nodes.pacs] add-cert-file: {tmp_path}/nowhere.pem: "
    assert str(raised.value) == f"{place}No such file or directory"


def test_what_a_node_says_of_itself_counts_before_the_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORD", "secret")
    file = tmp_path / "modules.yml"
    file.write_text(
        "modules:\n  m:\n    prober: dicom\n    timeout: 3s\n    dicom:\n      calling: MODULE\n"
        "      acse-timeout: 7\n      tls: {anonymous-tls: true, system-ca: true}\n"
        "      identity: {user: me, passcode-env: WORD}\n"
    )
    nodes = node_file(
        tmp_path, plain=at(104, 'tls = "off"', 'aetitle = "NODE"', 'call = "PACS"'), bare=at(105)
    )
    configuration = Configuration(str(file), nodes)

    def request(name: str, **words: str) -> object:
        return configuration.chosen(Scrape(name, "m", **words), takes_others=True).target.request

    plain, bare = request("plain"), request("bare")
    asked = request("bare", calling="ASKED", called="CALLED")
    titles = [(each.negotiation.calling_aet, each.negotiation.called_aet) for each in (plain, bare, asked)]  # type: ignore[attr-defined]
    assert titles == [("NODE", "PACS"), ("MODULE", "ANY-SCP"), ("ASKED", "CALLED")]
    assert (plain.tls, plain.timeouts.acse) == (None, 7)  # type: ignore[attr-defined]
    assert bare.tls.system_ca  # type: ignore[attr-defined]
    assert bare.negotiation.identity.passcode == "secret"  # type: ignore[attr-defined]
    assert configuration.modules["m"].timeout == 3
    assert "secret" not in configuration.text()
    assert [*configuration.modules] == ["dicom", "m"]
    assert [*modules.load(None)] == ["dicom"]


def test_what_a_scrape_stands_for_is_found_once(tmp_path: Path) -> None:
    configuration = Configuration(None, node_file(tmp_path, pacs=at(104)))
    first = configuration.chosen(Scrape("pacs"), takes_others=False)
    assert configuration.chosen(Scrape("pacs"), takes_others=False) is first
    other = configuration.chosen(Scrape("pacs", calling="ASKED"), takes_others=False)
    assert other.target.request.negotiation.calling_aet == "ASKED"
    assert not configuration.chosen(Scrape("192.0.2.1:104"), takes_others=True).is_node
    with pytest.raises(RequestRefused, match="nothing else is allowed here"):
        configuration.chosen(Scrape("192.0.2.1:104"), takes_others=False)


HASH = "'$2y$10$abcdefghijklmnopqrstuuvwxyz0123456789ABCDEFGHIJKLMNOPQ'"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "basic_auth_user: {}",
            "the file: basic_auth_user means nothing here (did you mean basic_auth_users?)",
        ),
        (
            "basic_auth_users: {me: open sesame}",
            "basic_auth_users: what me has is no bcrypt hash (htpasswd -nB makes one)",
        ),
        ("basic_auth_users: {me: 5}", "basic_auth_users: what me has is no bcrypt hash"),
        ("tls_server_config: {}", "tls_server_config.cert_file should be the path of a file, but is None"),
        (
            "tls_server_config: {cert_file: a.pem, key_file: b.pem}",
            "b.pem cannot be used: No such file or directory",
        ),
        ("tls_server_config: {cert_file: CERT, key_file: CERT}", "cannot be used: "),
        (
            "tls_server_config: {cert_file: CERT, key_file: KEY, min_version: TLS10}",
            "should be one of TLS12, TLS13, but",
        ),
        (
            "tls_server_config: {cert_file: CERT, key_file: KEY, client_auth_type: VerifyClientCertIfGiven}",
            "tls_server_config: client_auth_type needs a client_ca_file",
        ),
        ("http_server_config: {headers: {Set-Cookie: a}}", "Set-Cookie is none that can be set"),
    ],
)
def test_what_is_wrong_with_a_web_configuration(tmp_path: Path, text: str, sentence: str) -> None:
    server = pki.standard().server
    certificate, key = server.certificate_file(tmp_path), server.key_file(tmp_path)
    file = tmp_path / "web.yml"
    file.write_text(
        text.replace("CERT,", f"{certificate},").replace("CERT}", f"{certificate}}}").replace("KEY", key)
    )
    with pytest.raises(InputFileError) as raised:
        web_config.load(str(file))
    assert sentence in str(raised.value)
    assert "open sesame" not in str(raised.value)


def test_a_web_configuration_in_order(tmp_path: Path) -> None:
    server, root = pki.standard().server, pki.standard().root
    file = tmp_path / "web.yml"
    file.write_text(
        f"tls_server_config: {{cert_file: {server.certificate_file(tmp_path)}, "
        f"key_file: {server.key_file(tmp_path)}, "
        f"client_ca_file: {root.certificate_file(tmp_path)}, client_auth_type: RequireAndVerifyClientCert, "
        f"min_version: TLS13}}\nhttp_server_config: {{http2: true}}\nbasic_auth_users: {{me: {HASH}}}\n"
    )
    web = web_config.load(str(file))
    assert web.tls is not None
    assert (web.tls.minimum_version.name, web.tls.verify_mode.name) == ("TLSv1_3", "CERT_REQUIRED")
    assert [*web.users] == ["me"]
    assert HASH.strip("'") not in repr(web)
    assert web_config.load(None) == web_config.WebConfig()
