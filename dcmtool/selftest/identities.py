"""Who takes part in the TLS checks: an authority, a server and a client, made for the run."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from dcmtool.certificates import throwaway
from dcmtool.settings import ServerTls, TlsSettings

HOST = "127.0.0.1"


class Identities(NamedTuple):
    """The settings of all sides.

    `server` asks no client for a certificate, `demanding` does of every one; `stranger` knows no authority,
    `anonymous` shows no certificate of its own, `client` does.
    """

    server: ServerTls
    demanding: ServerTls
    stranger: TlsSettings
    anonymous: TlsSettings
    client: TlsSettings


@contextmanager
def identities() -> Iterator[Identities]:
    """Make keys and certificates, in a folder that is there for as long as the block."""
    now = datetime.now(UTC)
    authority = throwaway.authority("dcmtool selftest", now)
    with TemporaryDirectory(prefix="dcmtool-") as name:
        folder = Path(name)
        (folder / "authority.pem").write_bytes(authority.pem)
        trusted = (str(folder / "authority.pem"),)
        server_files = _files(folder, "server", authority.issue("server", [HOST], now))
        client_files = _files(folder, "client", authority.issue("client", [], now))
        yield Identities(
            ServerTls(TlsSettings(*server_files)),
            ServerTls(TlsSettings(*server_files, ca_files=trusted), "required"),
            TlsSettings(),
            TlsSettings(ca_files=trusted, check_hostname=True),
            TlsSettings(*client_files, ca_files=trusted, check_hostname=True),
        )


def _files(folder: Path, name: str, identity: throwaway.KeyedCertificate) -> tuple[str, str]:
    key, certificate = folder / f"{name}.key", folder / f"{name}.pem"
    key.write_bytes(identity.key_pem)
    certificate.write_bytes(identity.pem)
    return str(key), str(certificate)
