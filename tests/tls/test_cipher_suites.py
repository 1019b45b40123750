"""IANA's names of cipher suites against OpenSSL's own list, and against those that echoscu prints."""

import ssl
import subprocess
import sys

import pytest

from dcmtool.errors import TlsSettingsError
from dcmtool.tls.cipher_suites import (
    EVERYTHING,
    iana_name,
    is_available,
    openssl_name,
    openssl_version,
    registry,
    selectable,
)
from tests.peers.programs import require, run_echoscu

SELECTABLE = selectable()


def refusal(name: str) -> str:
    with pytest.raises(TlsSettingsError) as caught:
        openssl_name(name)
    return str(caught.value)


def suites_of_openssl() -> list[tuple[int, str]]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers(EVERYTHING)
    return [(suite["id"] & 0xFFFF, suite["name"]) for suite in context.get_ciphers()]


def test_names_and_code_points_are_those_of_openssl() -> None:
    run = subprocess.run(
        [require("/usr/bin/openssl"), "ciphers", "-V", "-stdname", EVERYTHING],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line.split() for line in run.stdout.splitlines()]  # "0xC0,0x2F - TLS_... - ECDHE-..."
    standard = {words[2]: int(words[0].replace(",0x", ""), 16) for words in lines}
    assert len(standard) > 100
    assert standard.items() <= registry().items()


def test_every_code_point_is_used_once() -> None:
    assert len(set(registry().values())) == len(registry())
    assert all(name.startswith("TLS_") for name in registry())


def test_every_suite_of_this_openssl_has_a_name_of_iana() -> None:
    names = {name: iana_name(name) for _, name in suites_of_openssl()}
    assert set(names.values()) <= set(registry())
    assert len(set(names.values())) == len(names)


def test_there_and_back() -> None:
    chosen = [iana for iana in registry() if is_available(iana) and "_WITH_" in iana]
    assert [iana_name(openssl_name(iana)) for iana in chosen] == chosen
    assert {openssl_name(iana) for iana in chosen} | {
        name for _, name in suites_of_openssl() if name.startswith("TLS_")
    } == {name for _, name in suites_of_openssl()}


@pytest.mark.parametrize(
    ("iana", "openssl"),
    [
        ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"),
        ("TLS_RSA_WITH_NULL_SHA", "NULL-SHA"),
        ("TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA"),
        ("TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8", "ECDHE-ECDSA-AES256-CCM8"),
        ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305"),
    ],
)
def test_names(iana: str, openssl: str) -> None:
    assert openssl_name(iana) == openssl
    assert iana_name(openssl) == iana


@pytest.mark.parametrize("name", ["TLS_AES_256_GCM_SHA384", "GOST2012-GOST8912-GOST8912", ""])
def test_a_name_that_is_the_same_or_unknown_stays(name: str) -> None:
    assert iana_name(name) == name


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA348", "did you mean TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384?"),
        ("tls_rsa_with_null_sha", "IANA writes it TLS_RSA_WITH_NULL_SHA"),
        ("TLS_DH_ANON_WITH_AES_128_CBC_SHA", "IANA writes it TLS_DH_anon_WITH_AES_128_CBC_SHA"),
        (
            "ECDHE-RSA-AES256-GCM-SHA384",
            "that is OpenSSL's name of TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        ),
        ("aes128-sha", "that is OpenSSL's name of TLS_RSA_WITH_AES_128_CBC_SHA"),
        ("HIGH", "dcmtool.tls.cipher_suites.selectable() lists those that can be chosen"),
        ("", "dcmtool.tls.cipher_suites.selectable() lists those that can be chosen"),
    ],
)
def test_an_unknown_name_is_answered_with_a_better_one(name: str, advice: str) -> None:
    assert refusal(name) == f"cipher suite '{name}' is not known: {advice}"


def test_a_hostile_name_is_shown_harmless() -> None:
    assert refusal("\x1b[2J") == (
        "cipher suite '\\x1b[2J' is not known: "
        "dcmtool.tls.cipher_suites.selectable() lists those that can be chosen"
    )


@pytest.mark.parametrize("name", ["TLS_AES_128_GCM_SHA256", "TLS_AES_128_CCM_8_SHA256"])
def test_a_suite_of_tls_1_3_cannot_be_chosen(name: str) -> None:
    assert refusal(name) == (
        f"cipher suite {name} cannot be chosen: "
        "Python's ssl always offers OpenSSL's own selection of TLS 1.3 suites"
    )


def test_a_suite_that_this_openssl_lacks() -> None:
    name = "TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256"  # in no OpenSSL since 1.1.0
    assert not is_available(name)
    assert (
        refusal(name) == f"cipher suite {name} is not in {openssl_version()}: "
        "choose one that dcmtool.tls.cipher_suites.selectable() lists"
    )
    assert ssl.OPENSSL_VERSION.startswith(f"{openssl_version()} ")


def test_what_echoscu_lists_can_be_selected() -> None:
    lines = run_echoscu("+cc").stdout.splitlines()
    theirs = [line.strip() for line in lines if line.startswith("  TLS_")]
    assert len(theirs) >= 40
    assert set(theirs) - set(SELECTABLE) == set()


def test_what_can_be_selected_has_a_certificate_and_up_to_tls_1_2() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers(":".join([*map(openssl_name, SELECTABLE), "@SECLEVEL=0"]))
    chosen = [suite for suite in context.get_ciphers() if suite["protocol"] != "TLSv1.3"]
    assert {suite["auth"] for suite in chosen} == {"auth-rsa", "auth-ecdsa", "auth-dss"}
    assert {suite["kea"] for suite in chosen} == {"kx-rsa", "kx-dhe", "kx-ecdhe"}
    assert len(chosen) == len(SELECTABLE) == len(set(SELECTABLE))


@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [
        ("TLS_RSA_WITH_NULL_MD5", "TLS_RSA_WITH_NULL_SHA"),
        ("TLS_ECDHE_RSA_WITH_NULL_SHA", "TLS_RSA_WITH_AES_128_CBC_SHA"),
        ("TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_AES_128_CBC_SHA256"),
        ("TLS_RSA_WITH_AES_256_GCM_SHA384", "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"),
        ("TLS_DHE_RSA_WITH_AES_128_CBC_SHA256", "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"),
        ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"),
        ("TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8", "TLS_ECDHE_ECDSA_WITH_AES_256_CCM"),
    ],
)
def test_the_weakest_come_first(weaker: str, stronger: str) -> None:
    assert SELECTABLE.index(weaker) < SELECTABLE.index(stronger)


def test_ssl_is_not_loaded_before_it_is_needed() -> None:
    program = "import dcmtool.tls.profiles, sys; print('ssl' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"
