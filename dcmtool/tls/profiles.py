"""The TLS profiles of DICOM (PS3.15 annex B): what each offers to a peer, and which a session meets."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from dcmtool.advice import Advice
from dcmtool.errors import TlsSettingsError
from dcmtool.text import brief
from dcmtool.tls.cipher_suites import (
    has_certificate,
    iana_name,
    is_available,
    openssl_name,
    openssl_version,
    registry,
)

_NAMED = 4  # suites that a line about a failure names
_NUMBERS = {"TLSv1": "1.0"}  # of the versions whose words do not end with theirs


class Profile(NamedTuple):
    """A TLS profile: its word in `TlsSettings`, its title, its clause, and what it asks for.

    Versions are as `ssl.SSLSocket.version` reports them, and sort as text. `suites` are IANA's names of those
    up to TLS 1.2, the preferred first; TLS 1.3 has its own, which `ssl` always offers.
    """

    word: str
    name: str
    clause: str
    minimum: str
    maximum: str
    suites: tuple[str, ...]
    allows_added_ciphers: bool = True
    minimum_rsa_bits: int | None = None
    # OpenSSL's: 0 takes what old nodes have; 1 neither SHA-1 and MD5 signatures nor keys under 80 bits of
    # strength (RSA 1024), in the whole chain; 2 nothing under 112 bits (RSA 2048).
    security_level: int = 0

    def __str__(self) -> str:
        return f"the {self.name} ({self.clause})"


_BCP_195 = (
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
)
_AES_OR_3DES = ("TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_3DES_EDE_CBC_SHA")
_TITLE = "TLS Secure Transport Connection Profile"

_ALL = (
    Profile(
        *("8996", f"BCP 195 RFC 8996, 9325 {_TITLE}", "PS3.15 B.12"),
        *("TLSv1.2", "TLSv1.3"),
        (
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        ),
        minimum_rsa_bits=2048,
        security_level=2,
    ),
    Profile(
        *("8996-mod", f"Modified BCP 195 RFC 8996, 9325 {_TITLE}", "PS3.15 B.13"),
        *("TLSv1.2", "TLSv1.3"),
        (
            "TLS_ECDHE_RSA_WITH_CAMELLIA_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_CCM",
            "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_CAMELLIA_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_CAMELLIA_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_CCM",
            "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        ),
        allows_added_ciphers=False,
        minimum_rsa_bits=2048,
        security_level=2,
    ),
    Profile(
        *("bcp195-nd", f"Non-Downgrading BCP 195 {_TITLE}", "PS3.15 B.10"),
        *("TLSv1.2", "TLSv1.3", _BCP_195),
        security_level=1,
    ),
    Profile(
        *("bcp195", f"BCP 195 {_TITLE}", "PS3.15 B.9"),
        *("TLSv1", "TLSv1.3", _BCP_195 + _AES_OR_3DES),
    ),
    Profile(
        *("bcp195-ex", f"Extended BCP 195 {_TITLE}", "PS3.15 B.11"),
        *("TLSv1.2", "TLSv1.2"),
        (
            *_BCP_195,
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        ),
        allows_added_ciphers=False,
        security_level=1,
    ),
    Profile(
        *("basic", f"Basic {_TITLE}", "PS3.15 B.1"),
        *("TLSv1", "TLSv1.2", _AES_OR_3DES[1:]),
    ),
    Profile(
        *("aes", f"AES {_TITLE}", "PS3.15 B.3"),
        *("TLSv1", "TLSv1.2", _AES_OR_3DES),
    ),
    Profile(
        *("null", "Authenticated Unencrypted Communication", "IHE ATNA"),
        *("TLSv1", "TLSv1.2", ("TLS_RSA_WITH_NULL_SHA",)),
    ),
)
PROFILES: dict[str, Profile] = {profile.word: profile for profile in _ALL}  # in the order of DCMTK's help


def profile(word: str) -> Profile:
    """Return the profile that `TlsSettings.profile` names; raise `TlsSettingsError` if there is none."""
    if word not in PROFILES:
        raise TlsSettingsError(
            f"TLS profile '{brief(word)}' is not known: choose one of {', '.join(PROFILES)}"
        )
    return PROFILES[word]


def _available(profile: Profile) -> list[str]:
    """Return the profile's suites that this OpenSSL has; raise `TlsSettingsError` if it has none."""
    available = [suite for suite in profile.suites if is_available(suite)]
    if not available:
        needed = dict.fromkeys(suite.partition("_WITH_")[2].partition("_")[0] for suite in profile.suites)
        raise TlsSettingsError(
            f"{profile} needs {' or '.join(needed)}, which {openssl_version()} does not have: "
            "choose another profile"
        )
    return available


def _all_suites(profile: Profile, added: Sequence[str]) -> list[str]:
    """Return what is offered, the preferred first; as in echoscu the last of the added suites comes first."""
    return list(dict.fromkeys([*_available(profile), *reversed(added)]))


def cipher_string(profile: Profile, added: Sequence[str] = ()) -> str:
    """Return what `ssl.SSLContext.set_ciphers` takes for a profile and the IANA names of suites added to it.

    Raises:
        TlsSettingsError: a suite is not known, not in this OpenSSL, or not for this profile.
    """
    for suite in added:
        _check_added(profile, suite)
    names = [openssl_name(suite) for suite in _all_suites(profile, added)]
    return ":".join([*names, f"@SECLEVEL={profile.security_level}"])


def _check_added(profile: Profile, suite: str) -> None:
    openssl_name(suite)  # raises for what cannot be chosen at all
    objection = _objection(profile, suite)
    if objection:
        reason, advice = objection
        raise TlsSettingsError(f"cipher suite {suite} {reason}", advice)


def _objection(profile: Profile, suite: str) -> tuple[str, Advice | None] | None:
    """Return why a suite must not be added to a profile, to be read after its name, with advice if any."""
    if not profile.allows_added_ciphers:
        return f"cannot be added: {profile} allows no suites but its own", None
    if not has_certificate(suite):
        return "does not prove the peer's identity by a certificate", Advice("listed-cipher")
    if "_WITH_NULL_" in suite and profile.word != "null":
        return f"does not encrypt, which {profile} forbids", Advice("null-profile")
    if profile.word == "8996" and _has_old_hash(suite):
        old = "MD5" if suite.endswith("_MD5") else "SHA-1"
        return f"uses {old}, which {profile} forbids: choose another suite or another profile", None
    return None


def _has_old_hash(suite: str) -> bool:
    return suite.endswith(("_SHA", "_MD5"))


def warnings(profile: Profile, added: Sequence[str]) -> list[str]:
    """Return a sentence for each added suite that is allowed with the profile, but weak."""
    return [
        f"cipher suite {suite} uses RSA key transport, which gives no forward secrecy: "
        "RFC 9325 4.1 advises against it"
        for suite in dict.fromkeys(added)
        if suite.startswith("TLS_RSA_WITH_") and profile.word != "null"
    ]


def offered(profile: Profile, added: Sequence[str] = ()) -> str:
    """Return in words, for a line about a failure, which versions and suites we offer to the peer."""
    suites = _all_suites(profile, added)
    more = f" and {len(suites) - _NAMED} more" if len(suites) > _NAMED else ""
    return f"TLS {_versions(profile)}; {', '.join(suites[:_NAMED])}{more}"


def _versions(profile: Profile) -> str:
    numbers = [_NUMBERS.get(version, version[-3:]) for version in (profile.minimum, profile.maximum)]
    return " to ".join(dict.fromkeys(numbers))


# Which profiles a session meets ---------------------------------------------------------------------


class _Requirement(NamedTuple):
    """What a profile asks of a session besides its versions and the length of an RSA key."""

    permits: Callable[[str], bool]
    minimum_ec_bits: int = 0


def _is_sound(suite: str) -> bool:
    """Whether RFC 7525 4.1 and RFC 9325 4.1 allow a suite: 112 bits or more, not RC4, and a certificate."""
    weak = ("_NULL_", "_RC4_", "_WITH_DES_", "TLS_SHA")  # TLS_SHA256_SHA256 does not encrypt (RFC 9150)
    return suite in registry() and has_certificate(suite) and not any(word in suite for word in weak)


def _is_strong(suite: str) -> bool:
    """Whether a suite is as strong as B.10's own four: forward secrecy, AEAD, and a tag of full length."""
    ephemeral = "_WITH_" not in suite or suite.startswith(("TLS_ECDHE_", "TLS_DHE_"))
    return _is_sound(suite) and ephemeral and "_CBC_" not in suite and not suite.endswith("_CCM_8")


def _is_of_b13(suite: str) -> bool:
    """Whether a suite is one of those that B.13 names; for TLS 1.3 it names all that encrypt."""
    tls_1_3 = "_WITH_" not in suite and _is_sound(suite)
    return tls_1_3 or suite in PROFILES["8996-mod"].suites


_REQUIREMENTS = {
    "8996": _Requirement(lambda suite: _is_sound(suite) and not _has_old_hash(suite), 224),
    "8996-mod": _Requirement(_is_of_b13, 256),
    "bcp195-nd": _Requirement(_is_strong),
    "bcp195": _Requirement(_is_sound),
    "bcp195-ex": _Requirement(lambda suite: suite in PROFILES["bcp195-ex"].suites),
}


def met_by(protocol: str, cipher: str, certificate_key: tuple[str, int] | None) -> list[Profile]:
    """Return the BCP 195 profiles (PS3.15 B.9 to B.13) whose demands a session meets.

    `protocol` is as `ssl` reports it ("TLSv1.2"), `cipher` a name of IANA's or OpenSSL's, `certificate_key`
    the kind and bits of the peer's key ("RSA" or "EC"), or None if unknown, which proves no length. What the
    RFCs only advise against does not count; the length of a Diffie-Hellman key cannot be seen.
    """
    suite = iana_name(cipher)
    return [
        PROFILES[word]
        for word, requirement in _REQUIREMENTS.items()
        if PROFILES[word].minimum <= protocol <= PROFILES[word].maximum
        and requirement.permits(suite)
        and _is_long_enough(certificate_key, PROFILES[word].minimum_rsa_bits, requirement.minimum_ec_bits)
    ]


def _is_long_enough(key: tuple[str, int] | None, rsa_bits: int | None, ec_bits: int) -> bool:
    if rsa_bits is None or key is None:
        return rsa_bits is None
    kind, bits = key
    return bits >= (ec_bits if kind.startswith("EC") else rsa_bits if kind in ("RSA", "DSA") else 0)
