"""The programs of set-ups, each as what starts it in a folder and gives its port."""

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

from tests.peers import dcmtk, pki, scp, tls
from tests.peers import orthanc as orthancs
from tests.peers.dcmtool_scp import scp_process
from tests.peers.programs import free_port, listens, require, running

Server = Callable[[Path], AbstractContextManager[int]]
P = ParamSpec("P")

_NGINX = """\
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder};
  proxy_temp_path {folder};
  fastcgi_temp_path {folder};
  uwsgi_temp_path {folder};
  scgi_temp_path {folder};
  server {{ listen 127.0.0.1:{port} {listening}; {more} }}
}}
"""


def server(function: Callable[Concatenate[Path, P], Iterator[int]]) -> Callable[P, Server]:
    """Make a generator function of a folder and more into one of the rest that gives a `Server`."""
    manager = contextmanager(function)

    @functools.wraps(function)
    def with_parameters(*args: P.args, **kwargs: P.kwargs) -> Server:
        return lambda folder: manager(folder, *args, **kwargs)

    return with_parameters


def storescp(*options: str) -> Server:
    """DCMTK's storescp, which takes any title."""
    return lambda folder: dcmtk.storescp(folder, *options)


def secured_storescp(*, demanding: bool = False) -> Server:
    """DCMTK's storescp with TLS, which may demand certificates of clients."""

    def run(folder: Path) -> AbstractContextManager[int]:
        cast = pki.standard()
        return tls.storescp(folder, cast.server, clients=cast.root if demanding else None)

    return run


def dcmqrscp(*callers: str, title: str = "QRSCP", for_anybody: str | None = None) -> Server:
    """DCMTK's dcmqrscp, which may know these callers alone, each as "(TITLE, host, port)"."""
    return lambda folder: dcmtk.dcmqrscp(folder, title, callers=callers, for_anybody=for_anybody)


def orthanc(**more: object) -> Server:
    """Orthanc, called ORTHANC, with more settings."""
    return lambda folder: orthancs.orthanc(folder, more)


def secured_orthanc(*, demanding: bool = False) -> Server:
    """Orthanc with TLS, which may demand certificates of clients."""

    def run(folder: Path) -> AbstractContextManager[int]:
        cast = pki.standard()
        return tls.orthanc(folder, cast.server, clients=cast.root if demanding else None, trusted=cast.root)

    return run


@server
def orthanc_http(folder: Path) -> Iterator[int]:
    """The port of Orthanc's REST API, which is taken for that of DICOM."""
    http = free_port()
    with orthancs.orthanc(folder, {"HttpServerEnabled": True, "HttpPort": http}):
        yield http


@server
def pynetdicom(_folder: Path, /, **how: Any) -> Iterator[int]:
    """pynetdicom's Verification SCP; see `tests.peers.scp`."""
    with scp.verification_scp(**how) as running_scp:
        yield running_scp.port


@server
def dcmtool_scp(folder: Path, *options: str) -> Iterator[int]:
    """Our own, with these options."""
    with scp_process(folder, *options) as process:
        yield process.port


def openssl(*options: str, demanding: bool = False) -> Server:
    """OpenSSL's server, which may demand certificates of clients."""

    def run(folder: Path) -> AbstractContextManager[int]:
        cast = pki.standard()
        return tls.openssl_server(folder, cast.server, *options, clients=cast.root if demanding else None)

    return run


@server
def nginx(
    folder: Path, listening: str = "", more: str = "return 200;", *, secured: bool = False
) -> Iterator[int]:
    """nginx, with more words on its port and of what it does there."""
    program, file = require("/usr/sbin/nginx"), folder / "nginx.conf"
    if secured:
        identity = pki.standard().server
        files = identity.certificate_file(folder), identity.key_file(folder)
        more = f"ssl_certificate {files[0]}; ssl_certificate_key {files[1]}; {more}"

    def command(port: int) -> list[str]:
        file.write_text(_NGINX.format(folder=folder, port=port, listening=listening, more=more))
        return [program, "-e", str(folder / "error.log"), "-p", str(folder), "-c", str(file)]

    with running(command, folder / "nginx.log", ready=listens) as port:
        yield port


@server
def http_server(folder: Path) -> Iterator[int]:
    """Python's HTTP server, which waits for the end of a line."""
    command = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "--directory", str(folder)]
    with running(lambda port: [*command, str(port)], folder / "http.log", ready=listens) as port:
        yield port
