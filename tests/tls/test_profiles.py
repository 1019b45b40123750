"""The TLS profiles: what each has OpenSSL offer, beside what echoscu offers, and what it refuses."""

import ssl
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from socket import create_server
from typing import NamedTuple

import pytest

from dcmtool.cli.wording import COMMAND_LINE
from dcmtool.errors import TlsSettingsError
from dcmtool.settings import TlsSettings
from dcmtool.tls import profiles
from dcmtool.tls.cipher_suites import is_available, registry
from dcmtool.tls.profiles import PROFILES, cipher_string, met_by, offered, profile, warnings
from tests.peers.programs import ECHOSCU, require, run_echoscu

SIGNALLING = {0x00FF, 0x5600}  # no suites: secure renegotiation (RFC 5746) and fallback (RFC 7507)
TLS_1_3 = [0x1302, 0x1303, 0x1301]
G4 = [0xC02F, 0x009E, 0xC030, 0x009F]
VERSIONS = {"TLSv1": 0x0301, "TLSv1.1": 0x0302, "TLSv1.2": 0x0303, "TLSv1.3": 0x0304}
AES_128_GCM, AES_256_GCM = "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"
ECDHE_GCM, DHE_GCM = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"
RSA_GCM, RSA_CBC = "TLS_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_128_CBC_SHA"
NULL = "TLS_RSA_WITH_NULL_SHA"

TITLES = {
    "8996": "the BCP 195 RFC 8996, 9325 TLS Secure Transport Connection Profile (PS3.15 B.12)",
    "8996-mod": "the Modified BCP 195 RFC 8996, 9325 TLS Secure Transport Connection Profile (PS3.15 B.13)",
    "bcp195-nd": "the Non-Downgrading BCP 195 TLS Secure Transport Connection Profile (PS3.15 B.10)",
    "bcp195": "the BCP 195 TLS Secure Transport Connection Profile (PS3.15 B.9)",
    "bcp195-ex": "the Extended BCP 195 TLS Secure Transport Connection Profile (PS3.15 B.11)",
    "basic": "the Basic TLS Secure Transport Connection Profile (PS3.15 B.1)",
    "aes": "the AES TLS Secure Transport Connection Profile (PS3.15 B.3)",
    "null": "the Authenticated Unencrypted Communication (IHE ATNA)",
}
THREE_DES = [0x000A] if is_available("TLS_RSA_WITH_3DES_EDE_CBC_SHA") else []  # rare in OpenSSL 3
# The code points of what each offers up to TLS 1.2; no OpenSSL has Camellia in GCM.
OFFERED = {
    "8996": [0xC02F, 0xC02B, 0xC030, 0xC02C],
    "8996-mod": [0xC0AC, 0xC0AE, 0xC02F, 0xC02B, 0xCCA8, 0xCCA9, 0xC0AD, 0xC0AF, 0xC030, 0xC02C],
    "bcp195-nd": G4,
    "bcp195": [*G4, 0x002F, *THREE_DES],
    "bcp195-ex": [*G4, 0xC02C, 0xC02B],
    "aes": [0x002F, *THREE_DES],
    "null": [0x0002],
}
every_profile = pytest.mark.parametrize("word", PROFILES)
every_usable_profile = pytest.mark.parametrize("word", OFFERED)


class Hello(NamedTuple):
    """What a ClientHello offers (RFC 8446 4.1.2): the versions, the preferred first, and the suites."""

    versions: list[int]
    suites: list[int]


def numbers(data: bytes) -> list[int]:
    return [int.from_bytes(data[at : at + 2]) for at in range(0, len(data), 2)]


def parse(record: bytes) -> Hello:
    """Read a ClientHello; one without `supported_versions` offers its legacy version and maybe lower ones."""
    assert (record[0], record[5]) == (22, 1)
    versions, rest = numbers(record[9:11]), record[43:]
    rest = rest[1 + rest[0] :]  # session id
    end = 2 + int.from_bytes(rest[:2])
    suites, rest = numbers(rest[2:end]), rest[end:]
    rest = rest[1 + rest[0] + 2 :]  # compression methods, length of the extensions
    while rest:
        kind, length = numbers(rest[:4])
        if kind == 43:
            versions = numbers(rest[5 : 4 + length])
        rest = rest[4 + length :]
    return Hello(versions, [suite for suite in suites if suite not in SIGNALLING])


def context_for(word: str, added: Sequence[str] = ()) -> ssl.SSLContext:
    rules = profile(word)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.minimum_version = {
        "TLSv1": ssl.TLSVersion.MINIMUM_SUPPORTED,  # naming an old version draws a warning of Python's
        "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    }[rules.minimum]
    context.maximum_version = ssl.TLSVersion[rules.maximum.replace(".", "_")]
    context.set_ciphers(cipher_string(rules, added))
    return context


def our_hello(word: str, added: Sequence[str] = ()) -> Hello:
    outgoing = ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        context_for(word, added).wrap_bio(ssl.MemoryBIO(), outgoing).do_handshake()
    return parse(outgoing.read())


def hello_of_echoscu(*options: str) -> Hello:
    require(ECHOSCU)  # before anything waits for it
    with create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as pool:
        server.settimeout(30)
        run = pool.submit(run_echoscu, "-q", "+tla", *options, "127.0.0.1", str(server.getsockname()[1]))
        connection = server.accept()[0]
        with connection, connection.makefile("rb") as stream:
            header = stream.read(5)
            record = header + stream.read(int.from_bytes(header[3:]))
        assert run.result(30).returncode == 1
    return parse(record)


def refusal(word: str, *added: str) -> str:
    with pytest.raises(TlsSettingsError) as caught:
        cipher_string(profile(word), added)
    return str(caught.value)


# What is offered ------------------------------------------------------------------------------------


@every_usable_profile
def test_openssl_offers_the_suites_of_the_profile_and_those_of_tls_1_3(word: str) -> None:
    suites = [suite["id"] & 0xFFFF for suite in context_for(word).get_ciphers()]
    assert suites == TLS_1_3 + OFFERED[word]


@every_usable_profile
def test_a_client_hello_offers_versions_and_suites_of_the_profile(word: str) -> None:
    hello, bounds = our_hello(word), (VERSIONS[profile(word).minimum], VERSIONS[profile(word).maximum])
    with_1_3 = bounds[1] == 0x0304
    assert hello.suites == (TLS_1_3 if with_1_3 else []) + OFFERED[word]
    expected = list(range(bounds[1], bounds[0] - 1, -1))
    assert hello.versions == (expected if with_1_3 else [0x0303])


@pytest.mark.interop
@pytest.mark.parametrize("word", ["bcp195-nd", "bcp195", "bcp195-ex", "aes", "null"])
def test_echoscu_offers_the_same(word: str) -> None:
    # Of DCMTK 3.6.7, which has neither +pg nor +pm, and no +pb either where OpenSSL has no 3DES.
    assert our_hello(word) == hello_of_echoscu(COMMAND_LINE[f"profile {word}"])


@pytest.mark.interop
def test_echoscu_adds_suites_in_the_same_order() -> None:
    added = ["TLS_RSA_WITH_AES_256_CBC_SHA", "TLS_RSA_WITH_AES_128_CBC_SHA256"]
    options = [word for suite in added for word in ("+cs", suite)]
    assert our_hello("bcp195-nd", added) == hello_of_echoscu("+py", *options)
    assert our_hello("bcp195-nd", added).suites[-2:] == [0x003C, 0x0035]


@pytest.mark.interop
@pytest.mark.parametrize("word", PROFILES)
def test_the_options_are_those_of_echoscu(word: str) -> None:
    short, long = COMMAND_LINE[f"profile {word}"], f"--profile-{word}"
    lines = [line.split() for line in run_echoscu("--help").stdout.splitlines()]
    assert [line[1] for line in lines if line[:1] == [short]] in ([long], [])


def test_the_cipher_string() -> None:
    assert cipher_string(PROFILES["bcp195-nd"]) == (
        "ECDHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES128-GCM-SHA256:"
        "ECDHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES256-GCM-SHA384:@SECLEVEL=1"
    )


def test_what_is_added_follows_from_right_to_left_and_once() -> None:
    added = [RSA_CBC, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA", ECDHE_GCM, RSA_CBC, RSA_GCM]
    assert cipher_string(PROFILES["null"], added) == (
        "NULL-SHA:AES128-GCM-SHA256:AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES128-SHA:@SECLEVEL=0"
    )


# The table ------------------------------------------------------------------------------------------


@every_profile
def test_a_profile_says_what_it_is(word: str) -> None:
    assert str(profile(word)) == TITLES[word]
    assert profile(word) is PROFILES[word]
    assert profile(word).word == word


@every_profile
def test_a_profile_names_suites_and_versions_that_exist(word: str) -> None:
    rules = profile(word)
    assert set(rules.suites) <= set(registry())
    assert len(set(rules.suites)) == len(rules.suites)
    assert VERSIONS[rules.minimum] <= VERSIONS[rules.maximum]
    assert rules.security_level == {"8996": 2, "8996-mod": 2, "bcp195-nd": 1, "bcp195-ex": 1}.get(word, 0)


def test_the_order_is_that_of_dcmtk() -> None:
    shorts = [COMMAND_LINE[f"profile {word}"] for word in PROFILES]
    assert shorts == ["+pg", "+pm", "+py", "+px", "+pz", "+pb", "+pa", "+pn"]


def test_the_clauses() -> None:
    clauses = [rules.clause.removeprefix("PS3.15 ") for rules in PROFILES.values()]
    assert clauses == ["B.12", "B.13", "B.10", "B.9", "B.11", "B.1", "B.3", "IHE ATNA"]


def test_only_the_newer_profiles_ask_for_a_length_of_rsa_keys() -> None:
    asked = {word: rules.minimum_rsa_bits for word, rules in PROFILES.items() if rules.minimum_rsa_bits}
    assert asked == {"8996": 2048, "8996-mod": 2048}


def test_the_default_of_the_settings_is_a_profile() -> None:
    assert profile(TlsSettings().profile).clause == "PS3.15 B.10"


def test_an_unknown_profile() -> None:
    with pytest.raises(TlsSettingsError) as caught:
        profile("bcp\x1b")
    assert str(caught.value) == (
        "TLS profile 'bcp\\x1b' is not known: "
        "choose one of 8996, 8996-mod, bcp195-nd, bcp195, bcp195-ex, basic, aes, null"
    )


# What this OpenSSL lacks ----------------------------------------------------------------------------


def test_a_profile_of_which_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profiles, "is_available", lambda suite: "_3DES_" not in suite)
    monkeypatch.setattr(profiles, "openssl_version", lambda: "OpenSSL 3.0.22")
    assert refusal("basic", RSA_CBC) == (
        "the Basic TLS Secure Transport Connection Profile (PS3.15 B.1) needs 3DES, "
        "which OpenSSL 3.0.22 does not have: choose another profile"
    )
    assert cipher_string(PROFILES["aes"]) == "AES128-SHA:@SECLEVEL=0"


def test_several_ciphers_that_would_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profiles, "is_available", lambda _suite: False)
    monkeypatch.setattr(profiles, "openssl_version", lambda: "OpenSSL 9")
    assert refusal("aes").endswith(
        " (PS3.15 B.3) needs AES or 3DES, which OpenSSL 9 does not have: choose another profile"
    )


def test_3des_is_offered_where_openssl_has_it() -> None:
    suite = "TLS_RSA_WITH_3DES_EDE_CBC_SHA"
    assert (suite in offered(PROFILES["aes"])) == is_available(suite)


# What must not be added -----------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["8996", "bcp195-nd", "bcp195", "aes"])
def test_a_suite_without_encryption(word: str) -> None:
    assert refusal(word, NULL) == (
        f"cipher suite {NULL} does not encrypt, which {TITLES[word]} forbids: only profile='null' allows it"
    )


def test_a_suite_without_encryption_where_nothing_is_encrypted() -> None:
    assert cipher_string(PROFILES["null"], ["TLS_RSA_WITH_NULL_SHA256"]) == (
        "NULL-SHA:NULL-SHA256:@SECLEVEL=0"
    )


@pytest.mark.parametrize("word", ["bcp195-ex", "8996-mod"])
@pytest.mark.parametrize("suite", [RSA_CBC, RSA_GCM, ECDHE_GCM])
def test_a_profile_that_takes_no_others(word: str, suite: str) -> None:
    assert refusal(word, suite) == (
        f"cipher suite {suite} cannot be added: {TITLES[word]} allows no suites but its own"
    )


def test_sha_1_with_rfc_8996() -> None:
    assert refusal("8996", RSA_GCM, RSA_CBC) == (
        f"cipher suite {RSA_CBC} uses SHA-1, which {TITLES['8996']} forbids: "
        "choose another suite or another profile"
    )


def test_md5_with_rfc_8996(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profiles, "openssl_name", lambda suite: suite)  # none that encrypts is in OpenSSL 3
    assert "WITH_RC4_128_MD5 uses MD5, which " in refusal("8996", "TLS_RSA_WITH_RC4_128_MD5")


@pytest.mark.parametrize(
    "suite",
    ["TLS_DH_anon_WITH_AES_128_CBC_SHA", "TLS_RSA_PSK_WITH_AES_128_CBC_SHA", "TLS_PSK_WITH_AES_128_CCM"],
)
def test_a_suite_without_a_certificate(suite: str) -> None:
    assert refusal("bcp195", suite) == (
        f"cipher suite {suite} does not prove the peer's identity by a certificate: "
        "choose one that dcmtool.tls.cipher_suites.selectable() lists"
    )


def test_a_suite_that_does_not_exist() -> None:
    assert refusal("bcp195-ex", "NULL-SHA") == (
        f"cipher suite 'NULL-SHA' is not known: that is OpenSSL's name of {NULL}"
    )


@pytest.mark.parametrize("word", ["8996", "bcp195-nd", "bcp195", "aes"])
def test_key_transport_with_rsa_is_warned_of_once(word: str) -> None:
    assert warnings(profile(word), [ECDHE_GCM, RSA_GCM, DHE_GCM, RSA_GCM]) == [
        f"cipher suite {RSA_GCM} uses RSA key transport, which gives no forward secrecy: "
        "RFC 9325 4.1 advises against it"
    ]


def test_where_nothing_is_encrypted_there_is_nothing_to_warn_of() -> None:
    assert warnings(PROFILES["null"], [RSA_GCM]) == []


# In words -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "added", "words"),
    [
        (
            "bcp195",
            (),
            "TLS 1.0 to 1.3; TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_DHE_RSA_WITH_AES_128_GCM_SHA256, "
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TLS_DHE_RSA_WITH_AES_256_GCM_SHA384 and 1 more",
        ),
        (
            "8996",
            (),
            "TLS 1.2 to 1.3; TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, "
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        ),
        ("null", (), "TLS 1.0 to 1.2; TLS_RSA_WITH_NULL_SHA"),
        ("null", (RSA_CBC, RSA_GCM), f"TLS 1.0 to 1.2; TLS_RSA_WITH_NULL_SHA, {RSA_GCM}, {RSA_CBC}"),
    ],
)
def test_what_is_offered_in_words(
    word: str, added: tuple[str, ...], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profiles, "is_available", lambda suite: "_3DES_" not in suite)
    assert offered(profile(word), added) == words


def test_one_version_in_words() -> None:
    assert offered(PROFILES["bcp195-ex"]).startswith("TLS 1.2; TLS_ECDHE_RSA")
    assert offered(PROFILES["bcp195-ex"]).endswith(" and 2 more")


# What a session meets -------------------------------------------------------------------------------

RSA_2048, RSA_1024 = ("RSA", 2048), ("RSA", 1024)


@pytest.mark.parametrize(
    ("protocol", "cipher", "key", "met"),
    [
        ("TLSv1.3", AES_256_GCM, RSA_2048, ["B.12", "B.13", "B.10", "B.9"]),
        ("TLSv1.3", "TLS_AES_128_CCM_8_SHA256", RSA_2048, ["B.12", "B.13", "B.10", "B.9"]),
        ("TLSv1.3", "TLS_SHA256_SHA256", RSA_2048, []),
        ("TLSv1.3", AES_128_GCM, RSA_1024, ["B.10", "B.9"]),
        ("TLSv1.3", AES_128_GCM, None, ["B.10", "B.9"]),
        ("TLSv1.3", AES_128_GCM, ("EC", 256), ["B.12", "B.13", "B.10", "B.9"]),
        ("TLSv1.3", AES_128_GCM, ("EC", 224), ["B.12", "B.10", "B.9"]),
        ("TLSv1.3", AES_128_GCM, ("EC", 192), ["B.10", "B.9"]),
        ("TLSv1.3", AES_128_GCM, ("Ed25519", 256), ["B.12", "B.13", "B.10", "B.9"]),
        ("TLSv1.2", ECDHE_GCM, RSA_2048, ["B.12", "B.13", "B.10", "B.9", "B.11"]),
        ("TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256", RSA_2048, ["B.12", "B.13", "B.10", "B.9", "B.11"]),
        ("TLSv1.2", ECDHE_GCM, RSA_1024, ["B.10", "B.9", "B.11"]),
        ("TLSv1.2", DHE_GCM, RSA_2048, ["B.12", "B.10", "B.9", "B.11"]),
        ("TLSv1.2", "TLS_DHE_DSS_WITH_AES_128_GCM_SHA256", ("DSA", 1024), ["B.10", "B.9"]),
        ("TLSv1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", ("EC", 256), ["B.12", "B.13", "B.9"]),
        ("TLSv1.2", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", RSA_2048, ["B.12", "B.13", "B.10", "B.9"]),
        ("TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", RSA_2048, ["B.12", "B.9"]),
        ("TLSv1.2", RSA_GCM, RSA_2048, ["B.12", "B.9"]),
        ("TLSv1.2", RSA_CBC, RSA_2048, ["B.9"]),
        ("TLSv1.1", RSA_CBC, RSA_2048, ["B.9"]),
        ("TLSv1", RSA_CBC, RSA_2048, ["B.9"]),
        ("TLSv1", "TLS_RSA_WITH_3DES_EDE_CBC_SHA", None, ["B.9"]),
        ("SSLv3", RSA_CBC, RSA_2048, []),
        ("TLSv1.2", NULL, RSA_2048, []),
        ("TLSv1", "TLS_RSA_WITH_RC4_128_SHA", RSA_2048, []),
        ("TLSv1", "TLS_RSA_WITH_DES_CBC_SHA", RSA_2048, []),
        ("TLSv1.2", "TLS_DH_anon_WITH_AES_128_GCM_SHA256", None, []),
        ("TLSv1.2", "GOST2012-GOST8912-GOST8912", RSA_2048, []),
        ("", "", None, []),
    ],
)
def test_which_profiles_a_session_meets(
    protocol: str, cipher: str, key: tuple[str, int] | None, met: list[str]
) -> None:
    clauses = [rules.clause for rules in met_by(protocol, cipher, key)]
    assert clauses == [f"PS3.15 {clause}" for clause in met]


@pytest.mark.parametrize("word", ["8996", "8996-mod", "bcp195-nd", "bcp195", "bcp195-ex"])
def test_a_session_with_a_suite_of_the_profile_meets_it(word: str) -> None:
    for suite in profile(word).suites:
        assert profile(word) in met_by("TLSv1.2", suite, RSA_2048)
