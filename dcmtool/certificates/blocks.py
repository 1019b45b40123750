"""Files of keys, certificates and revocation lists as blocks of a kind, and what a file is if not that."""

import re
import warnings
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from shlex import quote
from typing import Literal, NamedTuple, TypeVar

from cryptography import x509
from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_private_key

from dcmtool import pipes
from dcmtool.advice import Advice
from dcmtool.errors import InputFileError, reason_of
from dcmtool.named_tuple import shown_without
from dcmtool.settings import FileFormat
from dcmtool.text import brief

Kind = Literal[
    "certificate", "revocation list", "private key", "Diffie-Hellman parameters", "PKCS#12", "PKCS#7"
]
T = TypeVar("T")

# What the library raises at what it cannot read, by its documentation and as damaged files showed: mostly a
# ValueError, from as many decoders as a certificate has parts.
LIBRARY_ERRORS = (
    ValueError,
    TypeError,
    OverflowError,  # a number or a date beyond what the language has
    NotImplementedError,
    UnsupportedAlgorithm,
    InternalError,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)

# The largest revocation lists in use have some 10 MB; a device or a disk image named by mistake is endless.
MAX_BYTES = 16 << 20

# A block runs to the END of its own label; text around blocks is a comment (RFC 7468 2).
_PEM = re.compile(rb"-----BEGIN ([!-,.-~ ]+)-----(?:(?!-----BEGIN ).)*?-----END \1-----", re.DOTALL)
_LABELS: dict[Kind, re.Pattern[str]] = {
    "certificate": re.compile("(X509 )?CERTIFICATE"),
    "revocation list": re.compile("X509 CRL"),
    "private key": re.compile("([A-Z0-9]+ )?PRIVATE KEY"),
    "Diffie-Hellman parameters": re.compile("(X9[.]42 )?DH PARAMETERS"),
    "PKCS#7": re.compile("PKCS7|CMS"),
}
_SEQUENCE, _INTEGER = 0x30, 0x02  # tags (X.690 8.3, 8.9)
_LINE = 64  # characters of base64 (RFC 7468 2)
_BASE64 = re.compile(rb"[A-Za-z0-9+/\s]{40,}={0,2}\s*")
_UTF16 = (b"\xff\xfe", b"\xfe\xff", b"-\0", b"\0-")  # its marks of byte order, or a dash without one


def check_dh_parameters(data: bytes) -> None:
    """Check for a SEQUENCE of two INTEGERs at least (PKCS #3), which the library reads no longer.

    Raises:
        ValueError: it is none.
    """
    first, end = _contents(data, 0, _SEQUENCE)
    _, second = _contents(data, first, _INTEGER)
    if end != len(data) or data[second : second + 1] != bytes([_INTEGER]):
        raise ValueError


_DER: dict[Kind, Callable[[bytes], object]] = {
    "certificate": x509.load_der_x509_certificate,
    "revocation list": x509.load_der_x509_crl,
    "private key": lambda data: load_der_private_key(data, None),
    "Diffie-Hellman parameters": check_dh_parameters,
}
# How the contents of their SEQUENCE begin: version 3 (RFC 7292 4), the type signedData (RFC 5652 5.1).
_CONTENTS: dict[Kind, bytes] = {
    "PKCS#12": b"\x02\x01\x03\x30",
    "PKCS#7": b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02",
}


class Block(NamedTuple):
    """A part of a file, or all of it: its kind, or its label if that is none we know, and its bytes."""

    kind: str
    data: bytes

    def __repr__(self) -> str:  # of a private key, perhaps
        return shown_without(self, "data")


class Blocks(NamedTuple):
    """What a file holds: its blocks, the form in which they were found, and the form that was insisted on."""

    path: str
    blocks: tuple[Block, ...]
    form: str = "PEM"
    insisted: FileFormat | None = None
    is_cut_off: bool = False

    def holds(self, *kinds: Kind) -> bool:
        """Return whether there is a block of one of these kinds."""
        return any(block.kind in kinds for block in self.blocks)

    def needing(self, *kinds: Kind) -> "Blocks":
        """Return the same where it holds a block of one of these kinds.

        Raises:
            InputFileError: it does not.
        """
        if self.blocks and self.insisted is not None and self.form != self.insisted.upper():
            advice = Advice("not-pem" if self.insisted == "pem" else "not-der")
            raise InputFileError(self.path, f"is {self.form}, not {self.insisted.upper()}", advice)
        if not self.holds(*kinds):
            raise InputFileError(self.path, *self._instead(kinds[0]))
        return self

    def _instead(self, wanted: Kind) -> tuple[str, Advice | None]:
        """Return what it holds in place of the kind wanted, and what makes that of it."""
        cut_off = "is cut off: a block of it has no end, so it " if self.is_cut_off else ""
        if not self.blocks:
            return f"{cut_off}holds no {wanted}", None
        held = dict.fromkeys(_with_article(block.kind) for block in self.blocks)
        packed = next((each for each in _CONTENTS if self.holds(each)), None)
        advice = self._unpacking(packed) if packed and wanted == "certificate" else None
        return f"holds {', '.join(held)} and no {wanted}", advice

    def _unpacking(self, kind: Kind) -> Advice:
        form = "der" if self.form == "DER" else "pem"
        shown = {"file": quote(brief(self.path)), "made": quote(brief(f"{self.path}.pem"))}
        return Advice.about("pkcs12" if kind == "PKCS#12" else "pkcs7", form=form, **shown)

    def first(self, kind: Kind) -> bytes:
        """Return the bytes of the first block of a kind."""
        return next(block.data for block in self.blocks if block.kind == kind)

    def loaded(self, kind: Kind, load: Callable[[bytes], T]) -> list[T]:
        """Return all blocks of a kind as what they stand for.

        Raises:
            InputFileError: one of them cannot be read.
        """
        return list(self._loaded(kind, load))

    def _loaded(self, kind: Kind, load: Callable[[bytes], T]) -> Iterator[T]:
        data = [block.data for block in self.blocks if block.kind == kind]
        for number, each in enumerate(data, 1):
            try:
                yield load(each)
            except LIBRARY_ERRORS as error:
                which = f"{kind} number {number}" if len(data) > 1 else kind
                verb = "are" if kind.endswith("s") else "is"
                raise InputFileError(self.path, f"the {which} in it {verb} damaged") from error


@contextmanager
def without_warnings() -> Iterator[None]:
    """Silence the library's warnings of what it will no longer read, which the user cannot change."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def read(path: str, file_format: FileFormat | None) -> Blocks:
    """Read what a file holds, of any kind, by its content; a format that is given is insisted on.

    Raises:
        InputFileError: it cannot be read.
    """
    data = _bytes(path)
    if file_format is not None:
        found = tuple(_pem_blocks(data) if file_format == "pem" else _der_blocks(data))
        if found:
            return Blocks(path, found, file_format.upper(), file_format)
    form, found = next(((form, blocks) for form, blocks in _forms(data) if blocks), ("", ()))
    return Blocks(path, found, form, file_format, b"-----BEGIN " in data)


def _forms(data: bytes) -> Iterator[tuple[str, tuple[Block, ...]]]:
    """Yield the forms that a file of certificates comes in, with the blocks that are found so."""
    yield "PEM", tuple(_pem_blocks(data))
    yield "DER", tuple(_der_blocks(data))
    if data.startswith(_UTF16):
        order = "utf-16" if data.startswith(_UTF16[:2]) else "utf-16-be" if data[0] == 0 else "utf-16-le"
        text = data.decode(order, "replace").encode("ascii", "replace")
        yield "UTF-16", tuple(_pem_blocks(text)) or _base64_blocks(text)
    yield "base64 alone", _base64_blocks(data)


def _base64_blocks(data: bytes) -> tuple[Block, ...]:
    """Return what base64 without a first and a last line holds."""
    if not _BASE64.fullmatch(data):
        return ()
    try:
        return tuple(_der_blocks(b64decode(data)))
    except ValueError:  # a part of a group of four
        return ()


def _bytes(path: str) -> bytes:
    try:
        data = pipes.read(path, MAX_BYTES + 1)
    except OSError as error:
        raise InputFileError(path, reason_of(error)) from error
    except ValueError as error:  # a NUL in the name
        raise InputFileError(path, str(error)) from error
    if not data:
        raise InputFileError(path, "is empty")
    if len(data) > MAX_BYTES:
        raise InputFileError(path, f"is larger than {MAX_BYTES} bytes, as no file of certificates is")
    return data


def _pem_blocks(data: bytes) -> Iterator[Block]:
    for match in _PEM.finditer(data):
        label = match[1].decode("ascii")
        known = (kind for kind, labels in _LABELS.items() if labels.fullmatch(label))
        yield Block(next(known, label), _with_lines(label, match[0]))


def _with_lines(label: str, block: bytes) -> bytes:
    """Return a block of PEM, with line ends where it has none, as from an environment variable or JSON."""
    if b"\n" in block:
        return block
    first, last = f"-----BEGIN {label}-----", f"-----END {label}-----"
    body = block[len(first) : -len(last)].replace(b"\\r", b"").replace(b"\\n", b"")
    return in_pem(label, b"".join(body.split()))


def in_pem(label: str, base64: bytes) -> bytes:
    """Return base64 as a block of PEM."""
    lines = [base64[start : start + _LINE] for start in range(0, len(base64), _LINE)]
    return b"\n".join([f"-----BEGIN {label}-----".encode(), *lines, f"-----END {label}-----".encode(), b""])


def _der_blocks(data: bytes) -> Iterator[Block]:
    start, _ = _contents(data, 0, _SEQUENCE)
    packed = next((kind for kind, first in _CONTENTS.items() if data.startswith(first, start)), None)
    if packed is not None:
        yield Block(packed, data)
        return
    for kind, load in _DER.items():
        try:
            load(data)
        except TypeError:  # an encrypted key
            pass
        except LIBRARY_ERRORS:  # it is none of this kind
            continue
        yield Block(kind, data)
        return


def _contents(data: bytes, at: int, tag: int) -> tuple[int, int]:
    """Return where the contents of an element begin and end (X.690 8.1), the very end where it is none."""
    if len(data) < at + 2 or data[at] != tag:
        return len(data), len(data)
    size = data[at + 1] & 0x7F if data[at + 1] & 0x80 else 0
    start = at + 2 + size
    return start, start + (int.from_bytes(data[at + 2 : start]) if size else data[at + 1])


def _with_article(kind: str) -> str:
    if kind in _CONTENTS:
        return kind
    if kind not in _LABELS:
        return f"'{brief(kind)}'"
    return kind if kind.endswith("s") else f"a {kind}"
