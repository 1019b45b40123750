"""Certificates checked without a connection, issuer by issuer, by RFC 5280 6 as OpenSSL goes about it."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from dcmtool.advice import Advice
from dcmtool.certificates import files, revocation, rules
from dcmtool.certificates.blocks import without_warnings
from dcmtool.certificates.rules import CertificateRejected, issuer_of, subject_of
from dcmtool.certificates.signatures import canonical, is_self_signed, is_signed_by
from dcmtool.errors import InputFileError, reason_of
from dcmtool.settings import CrlCheck, FileFormat

__all__ = ["CertificateRejected", "Trust", "verified_chain", "verify", "verify_root"]

LONGEST_CHAIN = 100  # certificates, as in OpenSSL; real ones have two to five
_HASHED_NAME = re.compile(r"[0-9a-f]{8}\.(r?)[0-9]+")  # of `openssl rehash`; with r a revocation list


class Trust(NamedTuple):
    """Whom to trust and what they revoked, as in `TlsSettings`."""

    ca_files: tuple[str, ...] = ()
    ca_directories: tuple[str, ...] = ()
    crl_files: tuple[str, ...] = ()
    crl_check: CrlCheck | None = None
    file_format: FileFormat | None = None


class _Store(NamedTuple):
    authorities: files.Certificates
    revocation_lists: files.RevocationLists


@without_warnings()
def verify(path: str, trust: Trust, now: datetime) -> None:
    """Check the first certificate of a file; the others of it may be its issuers, but are not trusted.

    `now` has a time zone.

    Raises:
        CertificateRejected: it does not pass.
        InputFileError: a file cannot be read, or does not hold what it should.
    """
    leaf, *others = files.certificates(path, trust.file_format)
    _verified(leaf, others, trust, _store(trust), now)


def verified_chain(
    leaf: x509.Certificate, trust: Trust, authorities: Sequence[x509.Certificate], now: datetime
) -> list[x509.Certificate]:
    """Return the checked chain of a certificate, `authorities` trusted too. Raises as `verify` does."""
    store = _store(trust)
    store.authorities.extend(authorities)
    return _verified(leaf, (), trust, store, now)


def _verified(
    leaf: x509.Certificate, others: Sequence[x509.Certificate], trust: Trust, store: _Store, now: datetime
) -> list[x509.Certificate]:
    with rules.sound_certificates():
        chain = _chain(leaf, others, store.authorities, now)
        rules.check(chain, now)
        # Lists without a word of what to check are checked as in DCMTK's tools: for the leaf.
        extent = trust.crl_check or ("leaf" if trust.crl_files else None)
        if extent is not None:
            revocation.check(chain, extent, store.revocation_lists, now)
    return chain


@without_warnings()
def verify_root(path: str, file_format: FileFormat | None, now: datetime) -> None:
    """Check that the first certificate of a file is self-signed and valid; it need not be an authority's.

    Raises:
        CertificateRejected: it is not.
        InputFileError: the file cannot be read, or holds no certificate in this format.
    """
    certificate = files.certificates(path, file_format)[0]
    with rules.sound_certificates():
        if not is_self_signed(certificate):
            raise CertificateRejected(
                f"{subject_of(certificate)} is not self-signed: its issuer is {issuer_of(certificate)}"
            )
        rules.check([certificate], now)


# Whom to trust --------------------------------------------------------------------------------------


def _store(trust: Trust) -> _Store:
    """Return the authorities of all files, and the revocation lists given or found beside them."""
    store = _Store([], [])
    for path in trust.ca_files:
        authorities, lists = files.authorities(path, trust.file_format)
        store.authorities.extend(authorities)
        store.revocation_lists.extend(lists)
    for directory in trust.ca_directories:
        for path, is_list in _hashed(directory):
            if is_list:
                store.revocation_lists.extend(files.revocation_lists(path, trust.file_format))
            else:
                store.authorities.extend(files.certificates(path, trust.file_format))
    for path in trust.crl_files:
        store.revocation_lists.extend(files.revocation_lists(path, trust.file_format))
    return store


def _hashed(directory: str) -> Iterator[tuple[str, bool]]:
    """Yield the files of a directory that have OpenSSL's hashed names, and whether each is a list."""
    try:
        names = sorted(os.listdir(directory))
    except OSError as error:
        raise InputFileError(directory, reason_of(error)) from error
    for name in names:
        if match := _HASHED_NAME.fullmatch(name):
            yield os.path.join(directory, name), bool(match[1])


# The chain ------------------------------------------------------------------------------------------


def _chain(
    leaf: x509.Certificate,
    others: Sequence[x509.Certificate],
    authorities: Sequence[x509.Certificate],
    now: datetime,
) -> list[x509.Certificate]:
    """Return the certificates from the leaf up to a trusted one that is self-signed."""
    chain = [leaf]
    while not is_self_signed(chain[-1]):
        chain.append(_issuer(chain, others, authorities, now))
    if chain[-1] not in authorities:
        raise CertificateRejected(
            f"{subject_of(chain[-1])} is self-signed and not among the authorities given", Advice("add-root")
        )
    return chain


def _issuer(
    chain: Sequence[x509.Certificate],
    others: Sequence[x509.Certificate],
    authorities: Sequence[x509.Certificate],
    now: datetime,
) -> x509.Certificate:
    """Return the issuer of the last certificate, a trusted one if there is a choice."""
    last = chain[-1]
    name = canonical(last.issuer)
    named = [each for each in (*authorities, *others) if canonical(each.subject) == name]
    signers = _signers(last, named)
    found = [each for each in signers if each not in chain]
    trusted = set(authorities)
    if found and len(chain) < LONGEST_CHAIN:
        return min(found, key=lambda each: (each not in trusted, not rules.is_current(each, now)))
    if named and not signers:
        raise CertificateRejected(
            f"{subject_of(last)} was not signed with the key of {issuer_of(last)} that is given",
            Advice("add-right-issuer"),
        )
    raise CertificateRejected(
        f"the issuer {issuer_of(last)} of {subject_of(last)} is not among the authorities given",
        Advice("add-issuer"),
    )


def _signers(certificate: x509.Certificate, candidates: Iterable[x509.Certificate]) -> list[x509.Certificate]:
    try:
        return [each for each in candidates if is_signed_by(certificate, each)]
    except UnsupportedAlgorithm as error:
        raise CertificateRejected(
            f"{subject_of(certificate)} is signed in a way that is not accepted ({error})"
        ) from error
