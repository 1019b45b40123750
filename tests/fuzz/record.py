"""Records the seeds that are binary: what real programs say, each direction; `python -m tests.fuzz.record`.

It takes the programs of `.ci/programs`. Seeds that are text are kept as they were written.
"""

import itertools
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.serialization import Encoding

from dcmtool.settings import ServerTls
from tests.fuzz.memory import by_pdu
from tests.fuzz.targets import CORPORA
from tests.peers import dcmtk, more, pki, tls, wire
from tests.peers.orthanc import TITLE, orthanc
from tests.peers.programs import ECHOSCU, environment, free_port, require
from tests.scp.serving import serving

Said = list[tuple[int, bytes]]  # by the client (0) or the server (1)
_WAIT = 20.0  # seconds for a program to end


def keep(target: str, name: str, data: bytes) -> None:
    """Write a seed."""
    folder = CORPORA / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


class Recorder:
    """What stands between a client and a server, for one connection."""

    def __init__(self, port: int) -> None:
        self._port, self.said = port, Said()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        self._listener.settimeout(_WAIT)
        client, _ = self._listener.accept()
        with self._listener, client, socket.create_connection(("127.0.0.1", self._port)) as server:
            ends, open_ends = (client, server), {client, server}
            while open_ends:
                for end in select.select(list(open_ends), [], [], _WAIT)[0]:
                    who = ends.index(end)
                    data = _received(end)
                    self.said.append((who, data))
                    if data:
                        ends[1 - who].sendall(data)
                    else:
                        open_ends.discard(end)
                        _shut(ends[1 - who])

    def all_of(self, who: int) -> bytes:
        """Wait for the end, and return all that one side said."""
        self._thread.join(_WAIT)
        return b"".join(data for each, data in self.said if each == who)


def _received(end: socket.socket) -> bytes:
    try:
        return end.recv(1 << 16)
    except ConnectionError:
        return b""


def _shut(end: socket.socket) -> None:
    try:
        end.shutdown(socket.SHUT_WR)
    except OSError:
        return


def conversation(said: Said) -> bytes:
    """Return what two sides said as the target `observed` takes it."""
    return b"".join(bytes([who]) + len(data).to_bytes(2) + data for who, data in said)


def _run(*command: str) -> None:
    subprocess.run(command, env=environment({}), capture_output=True, timeout=_WAIT, check=False)


def _dcmtool(*args: str) -> None:
    _run(sys.executable, "-m", "dcmtool", "echo", *args)


# Servers ----------------------------------------------------------------------------------------------

_ECHOES = ("-ppc", "2", "-pts", "2", "--repeat", "3")  # as the target asks


def servers(folder: Path) -> None:
    """Record what SCPs say to us."""
    plain: dict[str, tuple[AbstractContextManager[int], tuple[str, ...]]] = {
        "storescp": (dcmtk.storescp(folder), ()),
        "dcmqrscp": (dcmtk.dcmqrscp(folder), ("-aec", "QRSCP")),
        "dcmqrscp-rejects": (dcmtk.dcmqrscp(folder), ()),
        "orthanc": (orthanc(folder), ("-aec", TITLE)),
        "odil": (more.serving(more.odil(), folder), ()),
        "pynetdicom2": (more.serving(more.pynetdicom2(), folder), ()),
        "pynetdicom": (pynetdicom_scp(), ()),
    }
    for name, (scp, options) in plain.items():
        with scp as port:
            recorder = Recorder(port)
            _dcmtool(*_ECHOES, *options, "127.0.0.1", str(recorder.port))
            said = recorder.all_of(1)
        keep("verification", name, b"\0" + said)
        keep("tls-client", f"session-{name}", b"\x10" + said)
        keep("association", name, b"\0" + said)
        keep("observed", name, conversation(recorder.said))


@contextmanager
def pynetdicom_scp() -> Iterator[int]:
    """Run pynetdicom's AE, and yield its port."""
    from pynetdicom import AE, AllStoragePresentationContexts

    entity, port = AE(), free_port()
    entity.supported_contexts = AllStoragePresentationContexts
    entity.add_supported_context(wire.VERIFICATION)
    entity.start_server(("127.0.0.1", port), block=False)
    try:
        yield port
    finally:
        entity.shutdown()


# Clients ----------------------------------------------------------------------------------------------


def clients(folder: Path) -> None:
    """Record what SCUs say to us, and to an archive."""
    here = ("127.0.0.1",)
    bin_folder = str(Path(sys.executable).parent)
    plain: dict[str, Callable[[str], object]] = {
        "echoscu": lambda port: _run(
            require(ECHOSCU), "-ppc", "2", "-pts", "3", "--repeat", "2", *here, port
        ),
        "echoscu-aborts": lambda port: _run(require(ECHOSCU), "--abort", *here, port),
        "pynetdicom": lambda port: _run(f"{bin_folder}/python", "-m", "pynetdicom", "echoscu", *here, port),
        "odil": lambda port: more.run_scu(more.odil(), int(port)),
        "pynetdicom2": lambda port: more.run_scu(more.pynetdicom2(), int(port)),
        "findscu": lambda port: _run(require("/usr/bin/findscu"), *_QUERY, *here, port),
    }
    for name, call in plain.items():
        with serving() as heard:
            recorder = Recorder(heard.port)
            call(str(recorder.port))
            said = recorder.all_of(0)
        keep("scp", name, b"\0" + said)
        keep("tls-server", f"session-{name}", b"\x10" + said)
        keep("association", f"scu-{name}", b"\0" + said)
        keep("observed", f"scu-{name}", conversation(recorder.said))
    archive(folder)


_QUERY = ("-S", "-aec", "QRSCP", "-k", "0008,0052=STUDY", "-k", "0010,0010=A*")


def archive(folder: Path) -> None:
    """Record messages with data sets: C-STORE, C-FIND, C-MOVE, C-GET."""
    dump = folder / "one.dump"
    dump.write_text(
        "(0008,0016) UI [1.2.840.10008.5.1.4.1.1.7]\n(0008,0018) UI [1.2.3]\n(0010,0010) PN [A]\n"
        "(0010,0020) LO [1]\n(0020,000d) UI [1.2.3.4]\n(0020,000e) UI [1.2.3.5]\n"
    )
    image = str(folder / "one.dcm")
    _run(require("/usr/bin/dump2dcm"), "+te", str(dump), image)
    study = ("-aec", "QRSCP", "-k", "0008,0052=STUDY", "-k", "0020,000d=1.2.3.4")
    calls = {
        "store": (require("/usr/bin/storescu"), "-aec", "QRSCP"),
        "find": (require("/usr/bin/findscu"), *_QUERY),
        "move": (require("/usr/bin/movescu"), "-S", "-aem", "NOBODY", *study),
        "get": (require("/usr/bin/getscu"), "-S", "-od", str(folder), *study),
    }
    with dcmtk.dcmqrscp(folder) as port:
        for name, (program, *options) in calls.items():
            recorder = Recorder(port)
            ours = [image] if name == "store" else []
            _run(program, *options, "127.0.0.1", str(recorder.port), *ours)
            for who, letter in enumerate(("rq", "rsp")):
                _keep_messages(f"{name}-{letter}", recorder.all_of(who))
            if name == "find":
                keep("observed", "dcmqrscp-find", conversation(recorder.said))


def _keep_messages(name: str, stream: bytes) -> None:
    """Keep the messages of one side, as the body of one P-DATA-TF; and the first command set by itself."""
    bodies = [pdu[6:] for pdu in by_pdu(stream) if pdu[0] == wire.P_DATA]
    keep("dimse", f"{name}-messages", b"".join(bodies)[:2048])
    keep("dimse", f"{name}-command", next(wire.pdvs(bodies[0]))[2])


# TLS --------------------------------------------------------------------------------------------------


def secured(folder: Path) -> None:
    """Record what is said where TLS is spoken."""
    for target, version in itertools.product(("tls-client", "tls-server"), (0, 0x40)):
        keep(target, f"changed-{version}", bytes([0x20 | version, 0, 0x30, 1, 0, 0x80, 2, 2, 0, 4]))
    server = pki.Authority().issue()
    for name, options in {"openssl-12": ("-tls1_2",), "openssl-13": ("-tls1_3",)}.items():
        with tls.openssl_server(folder, server, *options) as port:
            _keep_server(name, port)
    with tls.storescp(folder, server) as port:
        _keep_server("storescp", port)
    s_client = (require(pki.OPENSSL), "s_client", "-connect")
    calls: dict[str, Callable[[str], object]] = {
        "openssl-12": lambda port: _run(*s_client, f"127.0.0.1:{port}", "-tls1_2"),
        "openssl-13": lambda port: _run(*s_client, f"127.0.0.1:{port}", "-tls1_3"),
        "echoscu": lambda port: _run(require(ECHOSCU), "+tla", "-ic", "127.0.0.1", port),
    }
    for name, call in calls.items():
        with serving(tls=ServerTls()) as heard:
            recorder = Recorder(heard.port)
            call(str(recorder.port))
            keep("tls-server", name, b"\0" + recorder.all_of(0)[:2048])


def _keep_server(name: str, port: int) -> None:
    recorder = Recorder(port)
    _dcmtool("+tla", "-ic", "-ta", "2", "127.0.0.1", str(recorder.port))
    keep("tls-client", name, b"\0" + recorder.all_of(1)[:4096])


# Certificates and keys --------------------------------------------------------------------------------


def certificates(folder: Path) -> None:
    """Keep certificates, revocation lists and keys, most of them made by OpenSSL."""
    root = pki.Authority()
    below = root.authority(path_length=0)
    leaf, lists = below.issue(key="p256"), root.revocation_list(below)
    chain = b"".join(each.public_bytes(Encoding.PEM) for each in (*leaf.between, root.certificate))
    keep("certificates", "leaf.der", leaf.der)
    keep("certificates", "chain.pem", leaf.pem + chain)
    keep("certificates", "list.der", lists.public_bytes(Encoding.DER))
    keep("certificates", "root-and-list.pem", root.pem + lists.public_bytes(Encoding.PEM))
    keep("keys", "pair.pem", leaf.pem + leaf.key_bytes())
    openssl(folder)


def openssl(folder: Path) -> None:
    """Keep what OpenSSL writes; few iterations, as it is not the strength that is tried."""
    key, certificate = str(folder / "k.pem"), str(folder / "c.pem")
    new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key)
    names = ("-subj", "/C=DE/O=Test/CN=h", "-addext", "subjectAltName=DNS:h,IP:::1,URI:x:y,email:a@b")
    _run(require(pki.OPENSSL), "req", "-x509", *new, "-out", certificate, "-days", "3650", *names)
    few, secret = ("-iter", "1"), ("-passout", "pass:secret")
    to_der = ("pkcs8", "-topk8", "-in", key, "-outform", "DER")
    made: dict[str, tuple[str, ...]] = {
        "encrypted.pem": ("pkcs8", "-topk8", "-in", key, *few, *secret),
        "encrypted.der": (*to_der, "-scrypt", "-scrypt_N", "2", *secret),
        "traditional.pem": ("ec", "-in", key, "-aes128", *secret),
        "plain.der": (*to_der, "-nocrypt"),
        "pair.p12": ("pkcs12", "-export", "-in", certificate, "-inkey", key, *few, *secret),
        "dh.pem": ("genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:ffdhe2048"),
        "rsa.pem": ("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"),
    }
    for name, (command, *options) in made.items():
        out = folder / name
        _run(require(pki.OPENSSL), command, *options, "-out", str(out))
        keep("keys", name, out.read_bytes())
    keep("certificates", "openssl.pem", Path(certificate).read_bytes())
    packed = folder / "c.p7b"
    _run(require(pki.OPENSSL), "crl2pkcs7", "-nocrl", "-certfile", certificate, "-out", str(packed))
    keep("certificates", "openssl.p7b", packed.read_bytes())


# Traces -----------------------------------------------------------------------------------------------


def traces(folder: Path) -> None:
    """Keep traces of our own: of a success over TLS, of a rejection."""
    server = pki.Authority().issue(key="p256")
    with orthanc(folder) as port:
        path = folder / "t.ndjson"
        for name, options in {"success": ("-aec", TITLE), "rejected": ()}.items():
            _dcmtool("--trace-file", str(path), *options, "127.0.0.1", str(port))
            keep("trace", name, path.read_bytes())
    with tls.storescp(folder, server) as port:
        _dcmtool("+tla", "-ic", "--trace-file", str(path), "127.0.0.1", str(port))
        lines = path.read_bytes().splitlines(keepends=True)
        keep("trace", "tls", b"".join(line for line in lines if b'"pdu"' not in line)[:4096])


def main() -> None:
    """Record all."""
    for record in (servers, clients, secured, certificates, traces):
        with TemporaryDirectory() as folder:
            record(Path(folder))


if __name__ == "__main__":
    main()
