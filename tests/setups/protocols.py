"""Something else on the port: HTTP, SSH, mail, FTP, databases, and TLS where none was spoken."""

from tests.peers.vocabulary import Raw
from tests.setups import servers
from tests.setups.connections import CLOSED, REQUESTED, SILENT
from tests.setups.setup import ACSE, Findings, Setup, played, tapped

# Who says something before a caller does, and who answers one.
BANNERS = {
    "SSH": b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n",
    "SMTP": b"220 mail.example.org ESMTP Postfix (Debian/GNU)\r\n",
    "FTP": b"220 (vsFTPd 3.0.3)\r\n",
    "POP3": b"+OK Dovecot ready.\r\n",
    "IMAP": b"* OK [CAPABILITY IMAP4rev1] Dovecot ready.\r\n",
    "MySQL": b"\x5b\0\0\0\x0a8.0.36\0" + bytes(70),
    "VNC": b"RFB 003.008\n",
    "telnet": b"\xff\xfd\x18\xff\xfd\x20\xff\xfd\x23\xff\xfd\x27",
}
ANSWERS = {
    "Redis": b"-ERR unknown command\r\n",
    "RTSP": b"RTSP/1.0 400 Bad Request\r\n\r\n",
    "HL7": b"\x0bMSH|^~\\&|RIS|HOSPITAL\r\x1c\r",
    "LDAP": bytes.fromhex("300c02010078070a010204000400"),
    "PostgreSQL": b"E\0\0\0\x8dSFATAL\0VFATAL\0C0A000\0",
    "HTTP/2": bytes.fromhex("000012040000000000000300000064"),
    "noise": bytes(range(0x80, 0xC0)),
}
RDP = bytes.fromhex("0300001309d000001234000208000000000000")  # begins as an A-ASSOCIATE-RJ does
HTTP = "bytes 48 54 54 50 2f 31 closed"
OTHER = ("other-protocol",)


def _other(name: str, said: bytes, *, first: bool) -> Setup:
    script = (Raw(said),) if first else (REQUESTED, Raw(said))
    return Setup(name, played(script), OTHER, f"bytes {said[:6].hex(' ')}", 61)


def _server(name: str, run: servers.Server, findings: Findings, on_the_wire: str, *options: str) -> Setup:
    return Setup(name, tapped(run, *options), findings, on_the_wire, 61)


SETUPS = (
    _server("nginx", servers.nginx(), OTHER, HTTP),
    _server("Python's HTTP server", servers.http_server(), SILENT, "silence", *ACSE),
    _server("Orthanc's HTTP port", servers.orthanc_http(), OTHER, HTTP),
    *(_other(name, said, first=True) for name, said in BANNERS.items()),
    *(_other(name, said, first=False) for name, said in ANSWERS.items()),
    Setup(
        "RDP",
        played((REQUESTED, Raw(RDP))),
        ("malformed-answer", "other-protocol"),
        "bytes 03 00 00 13 09 d0",
        61,
    ),
    _server("nginx with TLS, called without", servers.nginx("ssl", secured=True), OTHER, HTTP),
    _server("OpenSSL, called without TLS", servers.openssl(), CLOSED, "closed"),
    _server("storescp with TLS, called without", servers.secured_storescp(), CLOSED, "reset"),
    _server("Orthanc with TLS, called without", servers.secured_orthanc(), CLOSED, "reset"),
    Setup(
        "TLS alert, called without TLS",
        played((REQUESTED, Raw(bytes([21, 3, 3, 0, 2, 2, 10])))),
        ("tls-expected",),
        "alert 10",
        71,
    ),
)
