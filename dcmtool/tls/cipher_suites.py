"""TLS cipher suites: IANA's names, which users and reports have, and OpenSSL's, which Python's `ssl` has.

The two are matched by code point, so the only table is IANA's registry.
"""

from functools import cache
from typing import Any

from dcmtool.advice import Advice
from dcmtool.errors import TlsSettingsError
from dcmtool.text import brief

EVERYTHING = "ALL:COMPLEMENTOFALL:eNULL:@SECLEVEL=0"  # OpenSSL's words for all that it has

# IANA's registry of TLS cipher suites, as far as any OpenSSL had them: key exchange, then code points with
# the rest of the name. Those of TLS 1.3, which come first, choose no key exchange.
_REGISTRY = """
    1301=AES_128_GCM_SHA256 1302=AES_256_GCM_SHA384 1303=CHACHA20_POLY1305_SHA256
        1304=AES_128_CCM_SHA256 1305=AES_128_CCM_8_SHA256 C0B4=SHA256_SHA256 C0B5=SHA384_SHA384
    RSA: 0001=NULL_MD5 0002=NULL_SHA 0004=RC4_128_MD5 0005=RC4_128_SHA 0007=IDEA_CBC_SHA
        0009=DES_CBC_SHA 000A=3DES_EDE_CBC_SHA 002F=AES_128_CBC_SHA 0035=AES_256_CBC_SHA
        003B=NULL_SHA256 003C=AES_128_CBC_SHA256 003D=AES_256_CBC_SHA256 0041=CAMELLIA_128_CBC_SHA
        0084=CAMELLIA_256_CBC_SHA 0096=SEED_CBC_SHA 009C=AES_128_GCM_SHA256 009D=AES_256_GCM_SHA384
        00BA=CAMELLIA_128_CBC_SHA256 00C0=CAMELLIA_256_CBC_SHA256 C050=ARIA_128_GCM_SHA256
        C051=ARIA_256_GCM_SHA384 C07A=CAMELLIA_128_GCM_SHA256 C07B=CAMELLIA_256_GCM_SHA384
        C09C=AES_128_CCM C09D=AES_256_CCM C0A0=AES_128_CCM_8 C0A1=AES_256_CCM_8
    ECDHE_ECDSA: C006=NULL_SHA C007=RC4_128_SHA C008=3DES_EDE_CBC_SHA C009=AES_128_CBC_SHA
        C00A=AES_256_CBC_SHA C023=AES_128_CBC_SHA256 C024=AES_256_CBC_SHA384 C02B=AES_128_GCM_SHA256
        C02C=AES_256_GCM_SHA384 C05C=ARIA_128_GCM_SHA256 C05D=ARIA_256_GCM_SHA384
        C072=CAMELLIA_128_CBC_SHA256 C073=CAMELLIA_256_CBC_SHA384 C086=CAMELLIA_128_GCM_SHA256
        C087=CAMELLIA_256_GCM_SHA384 C0AC=AES_128_CCM C0AD=AES_256_CCM C0AE=AES_128_CCM_8
        C0AF=AES_256_CCM_8 CCA9=CHACHA20_POLY1305_SHA256
    ECDHE_RSA: C010=NULL_SHA C011=RC4_128_SHA C012=3DES_EDE_CBC_SHA C013=AES_128_CBC_SHA
        C014=AES_256_CBC_SHA C027=AES_128_CBC_SHA256 C028=AES_256_CBC_SHA384 C02F=AES_128_GCM_SHA256
        C030=AES_256_GCM_SHA384 C060=ARIA_128_GCM_SHA256 C061=ARIA_256_GCM_SHA384
        C076=CAMELLIA_128_CBC_SHA256 C077=CAMELLIA_256_CBC_SHA384 C08A=CAMELLIA_128_GCM_SHA256
        C08B=CAMELLIA_256_GCM_SHA384 CCA8=CHACHA20_POLY1305_SHA256
    DHE_RSA: 0015=DES_CBC_SHA 0016=3DES_EDE_CBC_SHA 0033=AES_128_CBC_SHA 0039=AES_256_CBC_SHA
        0045=CAMELLIA_128_CBC_SHA 0067=AES_128_CBC_SHA256 006B=AES_256_CBC_SHA256
        0088=CAMELLIA_256_CBC_SHA 009A=SEED_CBC_SHA 009E=AES_128_GCM_SHA256 009F=AES_256_GCM_SHA384
        00BE=CAMELLIA_128_CBC_SHA256 00C4=CAMELLIA_256_CBC_SHA256 C052=ARIA_128_GCM_SHA256
        C053=ARIA_256_GCM_SHA384 C07C=CAMELLIA_128_GCM_SHA256 C07D=CAMELLIA_256_GCM_SHA384
        C09E=AES_128_CCM C09F=AES_256_CCM C0A2=AES_128_CCM_8 C0A3=AES_256_CCM_8
        CCAA=CHACHA20_POLY1305_SHA256
    DHE_DSS: 0012=DES_CBC_SHA 0013=3DES_EDE_CBC_SHA 0032=AES_128_CBC_SHA 0038=AES_256_CBC_SHA
        0040=AES_128_CBC_SHA256 0044=CAMELLIA_128_CBC_SHA 006A=AES_256_CBC_SHA256
        0087=CAMELLIA_256_CBC_SHA 0099=SEED_CBC_SHA 00A2=AES_128_GCM_SHA256 00A3=AES_256_GCM_SHA384
        00BD=CAMELLIA_128_CBC_SHA256 00C3=CAMELLIA_256_CBC_SHA256 C056=ARIA_128_GCM_SHA256
        C057=ARIA_256_GCM_SHA384
    ECDH_ECDSA: C001=NULL_SHA C002=RC4_128_SHA C003=3DES_EDE_CBC_SHA C004=AES_128_CBC_SHA
        C005=AES_256_CBC_SHA C025=AES_128_CBC_SHA256 C026=AES_256_CBC_SHA384 C02D=AES_128_GCM_SHA256
        C02E=AES_256_GCM_SHA384
    ECDH_RSA: C00B=NULL_SHA C00C=RC4_128_SHA C00D=3DES_EDE_CBC_SHA C00E=AES_128_CBC_SHA
        C00F=AES_256_CBC_SHA C029=AES_128_CBC_SHA256 C02A=AES_256_CBC_SHA384 C031=AES_128_GCM_SHA256
        C032=AES_256_GCM_SHA384
    ECDH_anon: C015=NULL_SHA C016=RC4_128_SHA C017=3DES_EDE_CBC_SHA C018=AES_128_CBC_SHA
        C019=AES_256_CBC_SHA
    DH_anon: 0018=RC4_128_MD5 001A=DES_CBC_SHA 001B=3DES_EDE_CBC_SHA 0034=AES_128_CBC_SHA
        003A=AES_256_CBC_SHA 0046=CAMELLIA_128_CBC_SHA 006C=AES_128_CBC_SHA256 006D=AES_256_CBC_SHA256
        0089=CAMELLIA_256_CBC_SHA 009B=SEED_CBC_SHA 00A6=AES_128_GCM_SHA256 00A7=AES_256_GCM_SHA384
        00BF=CAMELLIA_128_CBC_SHA256 00C5=CAMELLIA_256_CBC_SHA256
    RSA_PSK: 002E=NULL_SHA 0092=RC4_128_SHA 0093=3DES_EDE_CBC_SHA 0094=AES_128_CBC_SHA
        0095=AES_256_CBC_SHA 00AC=AES_128_GCM_SHA256 00AD=AES_256_GCM_SHA384 00B6=AES_128_CBC_SHA256
        00B7=AES_256_CBC_SHA384 00B8=NULL_SHA256 00B9=NULL_SHA384 C06E=ARIA_128_GCM_SHA256
        C06F=ARIA_256_GCM_SHA384 C098=CAMELLIA_128_CBC_SHA256 C099=CAMELLIA_256_CBC_SHA384
        CCAE=CHACHA20_POLY1305_SHA256
    ECDHE_PSK: C033=RC4_128_SHA C034=3DES_EDE_CBC_SHA C035=AES_128_CBC_SHA C036=AES_256_CBC_SHA
        C037=AES_128_CBC_SHA256 C038=AES_256_CBC_SHA384 C039=NULL_SHA C03A=NULL_SHA256 C03B=NULL_SHA384
        C09A=CAMELLIA_128_CBC_SHA256 C09B=CAMELLIA_256_CBC_SHA384 CCAC=CHACHA20_POLY1305_SHA256
    DHE_PSK: 002D=NULL_SHA 008E=RC4_128_SHA 008F=3DES_EDE_CBC_SHA 0090=AES_128_CBC_SHA
        0091=AES_256_CBC_SHA 00AA=AES_128_GCM_SHA256 00AB=AES_256_GCM_SHA384 00B2=AES_128_CBC_SHA256
        00B3=AES_256_CBC_SHA384 00B4=NULL_SHA256 00B5=NULL_SHA384 C06C=ARIA_128_GCM_SHA256
        C06D=ARIA_256_GCM_SHA384 C096=CAMELLIA_128_CBC_SHA256 C097=CAMELLIA_256_CBC_SHA384
        C0A6=AES_128_CCM C0A7=AES_256_CCM CCAD=CHACHA20_POLY1305_SHA256
    PSK_DHE: C0AA=AES_128_CCM_8 C0AB=AES_256_CCM_8
    PSK: 002C=NULL_SHA 008A=RC4_128_SHA 008B=3DES_EDE_CBC_SHA 008C=AES_128_CBC_SHA 008D=AES_256_CBC_SHA
        00A8=AES_128_GCM_SHA256 00A9=AES_256_GCM_SHA384 00AE=AES_128_CBC_SHA256 00AF=AES_256_CBC_SHA384
        00B0=NULL_SHA256 00B1=NULL_SHA384 C06A=ARIA_128_GCM_SHA256 C06B=ARIA_256_GCM_SHA384
        C094=CAMELLIA_128_CBC_SHA256 C095=CAMELLIA_256_CBC_SHA384 C0A4=AES_128_CCM C0A5=AES_256_CCM
        C0A8=AES_128_CCM_8 C0A9=AES_256_CCM_8 CCAB=CHACHA20_POLY1305_SHA256
    SRP_SHA: C01A=3DES_EDE_CBC_SHA C01D=AES_128_CBC_SHA C020=AES_256_CBC_SHA
    SRP_SHA_RSA: C01B=3DES_EDE_CBC_SHA C01E=AES_128_CBC_SHA C021=AES_256_CBC_SHA
    SRP_SHA_DSS: C01C=3DES_EDE_CBC_SHA C01F=AES_128_CBC_SHA C022=AES_256_CBC_SHA
"""


@cache
def registry() -> dict[str, int]:
    """Return IANA's names of cipher suites with their code points."""
    suites: dict[str, int] = {}
    prefix = "TLS_"
    for word in _REGISTRY.split():
        if word.endswith(":"):
            prefix = f"TLS_{word[:-1]}_WITH_"
        else:
            code, _, rest = word.partition("=")
            suites[prefix + rest] = int(code, 16)
    return suites


@cache
def _of_openssl() -> dict[int, dict[str, Any]]:
    """Return OpenSSL's description of each of its suites, by code point."""
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers(EVERYTHING)
    return {suite["id"] & 0xFFFF: dict(suite) for suite in context.get_ciphers()}


@cache
def _by_openssl_name() -> dict[str, str]:
    return {_of_openssl()[code]["name"]: iana for iana, code in registry().items() if code in _of_openssl()}


def openssl_version() -> str:
    """Return the name and number of the OpenSSL that Python uses, such as "OpenSSL 3.0.22"."""
    import ssl

    return " ".join(ssl.OPENSSL_VERSION.split()[:2])


def is_available(iana: str) -> bool:
    """Return whether this OpenSSL has the suite with this name of IANA's."""
    return registry().get(iana) in _of_openssl()


def openssl_name(iana: str) -> str:
    """Return OpenSSL's name of a suite that can be chosen; raise `TlsSettingsError` for any other."""
    if iana not in registry():
        unknown, better = f"cipher suite '{brief(iana)}' is not known", _better_name(iana)
        if better:
            raise TlsSettingsError(f"{unknown}: {better}")
        raise TlsSettingsError(unknown, Advice("ciphers"))
    if "_WITH_" not in iana:
        raise TlsSettingsError(
            f"cipher suite {iana} cannot be chosen: "
            "Python's ssl always offers OpenSSL's own selection of TLS 1.3 suites"
        )
    if not is_available(iana):
        raise TlsSettingsError(f"cipher suite {iana} is not in {openssl_version()}", Advice("listed-cipher"))
    return str(_of_openssl()[registry()[iana]]["name"])


def _better_name(name: str) -> str:
    """Return what to write in place of a name that IANA does not have, empty if nothing is like it."""
    if name.upper() in _by_openssl_name():
        return f"that is OpenSSL's name of {_by_openssl_name()[name.upper()]}"
    right = {known.upper(): known for known in registry()}
    if name.upper() in right:
        return f"IANA writes it {right[name.upper()]}"
    from difflib import get_close_matches

    close = get_close_matches(name.upper(), right, n=1)
    return f"did you mean {right[close[0]]}?" if close else ""


def iana_name(openssl_name: str) -> str:
    """Return IANA's name of a suite that OpenSSL names so; one that IANA does not have stays as it is."""
    return _by_openssl_name().get(openssl_name, openssl_name)


def selectable() -> list[str]:
    """Return the suites that can be chosen and prove the peer's identity by a certificate, weakest first."""
    return sorted(
        (iana for iana in registry() if "_WITH_" in iana and is_available(iana) and has_certificate(iana)),
        key=_strength,
    )


def has_certificate(iana: str) -> bool:
    """Return whether with this suite the peer's identity is proven by a certificate, and by nothing else."""
    return not any(word in iana for word in ("_anon_", "PSK", "_SRP_"))


def _strength(iana: str) -> tuple[object, ...]:
    """Rank a suite of this OpenSSL: encryption, forward secrecy, bits, AEAD, hash, length of the tag."""
    facts = _of_openssl()[registry()[iana]]
    return (
        facts["strength_bits"] > 0,
        facts["kea"] != "kx-rsa",
        facts["strength_bits"],
        facts["aead"],
        {"_MD5": 0, "_SHA": 1}.get(iana[-4:], 2),
        not iana.endswith("_CCM_8"),
        iana,
    )
