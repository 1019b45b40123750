"""Files of keys, certificates and revocation lists as blocks of a kind, and what a file is if not that."""

import re
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_der_private_key

from dcmtool.errors import InputFileError, reason_of
from dcmtool.settings import FileFormat
from dcmtool.text import printable

Kind = Literal["certificate", "revocation list", "private key", "Diffie-Hellman parameters"]
T = TypeVar("T")

# The largest revocation lists in use have some 10 MB; a device or a disk image named by mistake is endless.
MAX_BYTES = 16 << 20

# A block runs to the END of its own label; text around blocks is a comment (RFC 7468 2).
_PEM = re.compile(rb"-----BEGIN ([!-,.-~ ]+)-----(?:(?!-----BEGIN ).)*?-----END \1-----", re.DOTALL)
_LABELS: dict[Kind, re.Pattern[str]] = {
    "certificate": re.compile("(X509 )?CERTIFICATE"),
    "revocation list": re.compile("X509 CRL"),
    "private key": re.compile("([A-Z0-9]+ )?PRIVATE KEY"),
    "Diffie-Hellman parameters": re.compile("(X9[.]42 )?DH PARAMETERS"),
}
_DER: dict[Kind, Callable[[bytes], object]] = {
    "certificate": x509.load_der_x509_certificate,
    "revocation list": x509.load_der_x509_crl,
    "private key": lambda data: load_der_private_key(data, None),
}


class Block(NamedTuple):
    """A part of a file, or all of it: its kind, or its label if that is none we know, and its bytes."""

    kind: str
    data: bytes


class Blocks(NamedTuple):
    """A file that holds at least one block of the kinds it was read for."""

    path: str
    blocks: tuple[Block, ...]

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
            except Exception as error:  # the library fails in many ways
                which = f"{kind} number {number}" if len(data) > 1 else kind
                verb = "are" if kind.endswith("s") else "is"
                raise InputFileError(self.path, f"the {which} in it {verb} damaged") from error


def read(path: str, file_format: FileFormat, *kinds: Kind) -> Blocks:
    """Read a file that holds a block of one of these kinds.

    Raises:
        InputFileError: it cannot be read, or holds no such block in this format.
    """
    data = _bytes(path)
    blocks = tuple(_pem_blocks(data) if file_format == "pem" else _der_blocks(data))
    if not any(block.kind in kinds for block in blocks):
        raise InputFileError(path, _instead(data, file_format, blocks, kinds[0]))
    return Blocks(path, blocks)


def _bytes(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
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
        yield Block(next(known, label), match[0])


def _der_blocks(data: bytes) -> Iterator[Block]:
    for kind, load in _DER.items():
        try:
            load(data)
        except TypeError:  # an encrypted key
            pass
        except Exception:  # the library fails in many ways
            continue
        yield Block(kind, data)
        return


def _instead(data: bytes, file_format: FileFormat, blocks: tuple[Block, ...], wanted: Kind) -> str:
    """Return why a file holds nothing of the kind wanted, and what it is instead."""
    if blocks:
        held = dict.fromkeys(_with_article(block.kind) for block in blocks)
        return f"holds {', '.join(held)} and no {wanted}"
    if file_format == "der":
        return "is PEM, not DER: leave out -der" if any(_pem_blocks(data)) else f"holds no {wanted}"
    if any(_der_blocks(data)):
        return "is DER, not PEM: add -der"
    return (
        f"is cut off: a block of it has no end, so it holds no {wanted}"
        if b"-----BEGIN " in data
        else (f"holds no {wanted}")
    )


def _with_article(kind: str) -> str:
    if kind not in _LABELS:
        return f"'{printable(kind)}'"
    return kind if kind.endswith("s") else f"a {kind}"
