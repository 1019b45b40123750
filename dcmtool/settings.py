"""What a verification is asked to do: frozen, and valid once made.

A value that no association can be made with raises `SettingsError`.
"""

from collections.abc import Callable, Iterable
from os import PathLike
from types import UnionType
from typing import TYPE_CHECKING, Literal, get_args

from dcmtool.errors import SettingsError
from dcmtool.fields import Frozen, listed, text_of_path
from dcmtool.steps import Family
from dcmtool.text import is_ipv4, zone_missing
from dcmtool.uids import IMPLICIT_VR_LITTLE_ENDIAN, TRANSFER_SYNTAXES

if TYPE_CHECKING:
    from dcmtool.identity import Identity

FilePath = str | PathLike[str]
MAX_CONTEXTS = 128  # presentation context IDs are the odd numbers 1 to 255 (PS3.8 9.3.2.2)
MIN_PDU, MAX_PDU = 4096, 131072  # the range that DCMTK's tools accept
DEFAULT_PDU = 16384
MAX_INTERVAL = 86_400  # seconds: what echoes once a day does not keep a program running for it
ITEM_HEADER = 4  # bytes of a transfer syntax sub-item beside its UID (PS3.8 9.3.2.2.2)
MAX_SYNTAXES = 0xFFFF - 4 - ITEM_HEADER - 64  # bytes: an item's length less its ID and its abstract syntax


def check_ae_title(name: str, title: str) -> str:
    """Return an AE title that can be sent as it is (PS3.5 6.2, VR AE): 1 to 16 characters."""
    _check_type(name, title, str, "text")
    if not title.strip(" "):
        raise SettingsError(name, title, "is empty: an AE title has 1 to 16 characters (PS3.5 6.2, VR AE)")
    if len(title) > 16:
        raise SettingsError(
            name, title, f"has {len(title)} characters: an AE title has at most 16 (PS3.5 6.2, VR AE)"
        )
    if not (title.isascii() and title.isprintable()) or "\\" in title:
        raise SettingsError(
            name, title, "has characters that an AE title must not have: backslash, control or non-ASCII"
        )
    return title


def _check_type(name: str, value: object, kind: type | UnionType, words: str) -> None:
    if not isinstance(value, kind):
        raise SettingsError(name, value, f"is not {words}")


def _check_text(name: str, text: object) -> None:
    if text is not None:
        _check_type(name, text, str, "text")
        if "\0" in str(text):
            raise SettingsError(name, text, "has a NUL in it")


def check_range(name: str, value: float, low: float, high: float | None = None) -> None:
    """Check that a value is a number from `low` to `high`. Raises `SettingsError`."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SettingsError(name, value, "is not a number")
    if not value >= low or (high is not None and value > high):
        bounds = f"at least {low:g}" if high is None else f"from {low:g} to {high:g}"
        raise SettingsError(name, value, f"is out of range: {bounds}")


def check_whole(name: str, value: int, low: int, high: int | None = None) -> None:
    """Check that a value is a whole number from `low` to `high`. Raises `SettingsError`."""
    check_range(name, value, low, high)
    if not isinstance(value, int):
        raise SettingsError(name, value, "is not a whole number")


OTHER_FAMILY = "is to be used"  # how the reason ends where an address is not of the family that is asked for


def family_of(host: str) -> Family:
    """Return the family of an address by how it is written, "auto" of a name."""
    if ":" in host:
        return "ipv6"
    return "ipv4" if is_ipv4(host) or all(label.isdigit() for label in host.split(".")) else "auto"


def check_host(host: str) -> None:
    """Check that a host is a name or a full address: a resolver takes `127.1` and `0` for some machine."""
    if is_ipv4(host):
        return
    if "*" in host:
        raise SettingsError("host", host, "is a pattern: a host is a name or a full address")
    if host.count(":") == 1:  # an IPv6 address has two or more
        raise SettingsError("host", host, "has a colon: a port or a protocol is no part of it")
    if host.strip().startswith("[") != host.strip().endswith("]"):
        raise SettingsError("host", host, "has one bracket: an IPv6 address has two around it, or none")
    if all(label.isdigit() or _is_hexadecimal(label) for label in host.lower().split(".")):
        raise SettingsError(
            "host", host, "is a number: a host is a name or a full address, such as 127.0.0.1"
        )
    if missing := zone_missing(host):
        raise SettingsError("host", host, missing)


def _is_hexadecimal(label: str) -> bool:
    return label.startswith("0x") and all(digit in "0123456789abcdef" for digit in label[2:])


class Peer(Frozen):
    """Where the node listens: host name or address, TCP port, and the IP family to use."""

    host: str
    port: int
    family: Family = "auto"

    def __post_init__(self) -> None:
        _check_type("host", self.host, str, "text")
        if not self.host.strip():
            raise SettingsError("host", self.host, "is empty: name a host or an address")
        check_host(self.host)
        check_whole("port", self.port, 1, 65535)
        if self.family not in ("auto", "ipv4", "ipv6"):
            raise SettingsError("family", self.family, "is none of auto, ipv4, ipv6")
        if {self.family, family_of(self.host)} == {"ipv4", "ipv6"}:
            has, wanted = ("IPv6", "IPv4") if self.family == "ipv4" else ("IPv4", "IPv6")
            raise SettingsError("host", self.host, f"is an {has} address, but only {wanted} {OTHER_FAMILY}")


class Negotiation(Frozen):
    """What the A-ASSOCIATE-RQ proposes: titles, presentation contexts, maximum length to receive (bytes).

    With an `identity` it says who the user is as well.
    """

    calling_aet: str = "ECHOSCU"
    called_aet: str = "ANY-SCP"
    transfer_syntaxes: tuple[str, ...] = (IMPLICIT_VR_LITTLE_ENDIAN,)
    contexts: int = 1
    max_pdu: int = DEFAULT_PDU
    identity: "Identity | None" = None

    def __post_init__(self) -> None:
        if self.identity is not None:
            from dcmtool.identity import Identity

            if not isinstance(self.identity, Identity):  # whatever it is, it may be a secret
                raise SettingsError("user identity", "***", "is not an Identity")
        check_ae_title("calling AE title", self.calling_aet)
        check_ae_title("called AE title", self.called_aet)
        vars(self)["transfer_syntaxes"] = syntaxes = listed(
            "transfer syntaxes", self.transfer_syntaxes, "a sequence of UIDs"
        )
        check_transfer_syntaxes(syntaxes)
        check_whole("number of presentation contexts", self.contexts, 1, MAX_CONTEXTS)
        check_whole("maximum PDU length", self.max_pdu, MIN_PDU, MAX_PDU)


def check_transfer_syntaxes(transfer_syntaxes: tuple[str, ...]) -> None:
    """See that these are the transfer syntaxes of a presentation context. Raises `SettingsError`."""
    _check_type("transfer syntaxes", transfer_syntaxes, tuple, "a sequence of UIDs")
    if not transfer_syntaxes:
        raise SettingsError("transfer syntaxes", "", "name none: propose at least one (PS3.8 9.3.2.2)")
    for uid in transfer_syntaxes:
        check_uid("transfer syntax", uid)
    if sum(len(uid) + ITEM_HEADER for uid in transfer_syntaxes) > MAX_SYNTAXES:
        count = len(transfer_syntaxes)
        raise SettingsError(
            "number of transfer syntaxes", count, "is more than a presentation context holds (PS3.8 9.3.2.2)"
        )


def check_uid(name: str, uid: str) -> None:
    """See that a value is a UID (PS3.5 9.1). Raises `SettingsError`."""
    _check_type(name, uid, str, "text")
    components = uid.split(".")
    if len(uid) > 64 or not all(part.isascii() and part.isdigit() for part in components):
        raise SettingsError(name, uid, "is not a UID: digits and dots, at most 64 characters (PS3.5 9.1)")


def first_transfer_syntaxes(count: int) -> tuple[str, ...]:
    """Return the first `count` (1 to 53) transfer syntaxes, in the order of DCMTK's tools."""
    check_whole("number of transfer syntaxes", count, 1, len(TRANSFER_SYNTAXES))
    return TRANSFER_SYNTAXES[:count]


class Timeouts(Frozen):
    """The budgets of time, in seconds; None is no bound.

    `connect` bounds name lookup and all connection attempts, `acse` each wait of the association control
    service (acceptance, release), `dimse` each response, and `deadline` the whole run. `socket` bounds each
    write, each wait for the rest of a PDU that has begun, and waits that nothing else bounds.
    """

    connect: float | None = None
    acse: float | None = 30
    dimse: float | None = None
    socket: float | None = 60
    deadline: float | None = None

    def __post_init__(self) -> None:
        for name in ("connect", "acse", "dimse", "socket", "deadline"):
            seconds = getattr(self, name)
            if seconds is not None:
                check_range(f"{name} timeout", seconds, 0.001)


FileFormat = Literal["pem", "der"]
CrlCheck = Literal["leaf", "chain"]


class TlsSettings(Frozen):
    """How to secure the connection, and whom to trust; all files are named by their paths.

    A path may be given as a `pathlib.Path`, several as a list: what is kept is text, and a tuple of texts.

    The key and the certificate authenticate us; `password` opens an encrypted key: the password itself, or
    what is called for it once, and only if the key is encrypted. `file_format` is that
    of all files; without it each is read by what it holds.
    `ca_files`, `ca_directories` (with OpenSSL's hashed names) and, with `system_ca`, the operating system's
    store hold the authorities to trust; `crl_files` what they revoked, and `crl_check` of which certificates
    to check it: the peer's own or the whole chain (the peer's own if only files are given).
    `profile` is a word of `dcmtool.tls.profiles`; `ciphers` are IANA's names of suites to allow
    besides. `server_name` is sent as SNI; without it nothing is. `verify_peer` off accepts any certificate.
    With `check_hostname` the certificate must be for `server_name`, or else for the peer's host; with
    `min_days` it must be valid that many days more. `seed_file` is mixed into the random generator before,
    `write_seed_file` is written from it after a success; `key_log_file` takes the secrets of the sessions.
    """

    key_file: str | None = None
    certificate_file: str | None = None
    password: str | Callable[[], str] | None = None
    file_format: FileFormat | None = None
    ca_files: tuple[str, ...] = ()
    ca_directories: tuple[str, ...] = ()
    system_ca: bool = False
    crl_files: tuple[str, ...] = ()
    crl_check: CrlCheck | None = None
    profile: str = "bcp195-nd"
    ciphers: tuple[str, ...] = ()
    dh_parameters: str | None = None
    server_name: str | None = None
    verify_peer: bool = True
    check_hostname: bool = False
    min_days: int | None = None
    seed_file: str | None = None
    write_seed_file: str | None = None
    key_log_file: str | None = None
    _unshown = ("password",)

    if TYPE_CHECKING:  # what is taken is more than what the fields are then

        def __init__(
            self,
            key_file: FilePath | None = None,
            certificate_file: FilePath | None = None,
            password: str | Callable[[], str] | None = None,
            file_format: FileFormat | None = None,
            ca_files: Iterable[FilePath] = (),
            ca_directories: Iterable[FilePath] = (),
            system_ca: bool = False,
            crl_files: Iterable[FilePath] = (),
            crl_check: CrlCheck | None = None,
            profile: str = "bcp195-nd",
            ciphers: Iterable[str] = (),
            dh_parameters: FilePath | None = None,
            server_name: str | None = None,
            verify_peer: bool = True,
            check_hostname: bool = False,
            min_days: int | None = None,
            seed_file: FilePath | None = None,
            write_seed_file: FilePath | None = None,
            key_log_file: FilePath | None = None,
        ) -> None: ...

    def __post_init__(self) -> None:
        self._take_paths()
        self._check_types()
        if (self.key_file is None) != (self.certificate_file is None):
            missing, given = "certificate", self.key_file
            if given is None:
                missing, given = "private key", self.certificate_file
            raise SettingsError("TLS file", given, f"is given without its {missing}")
        if self.min_days is not None:
            check_whole("minimum number of days", self.min_days, 0)
        if self.server_name is not None and not self.server_name.strip(". "):
            raise SettingsError("server name", self.server_name, "is empty: name a host")

    def _take_paths(self) -> None:
        """Make texts of all paths, and tuples of all sequences."""
        fields = vars(self)
        for name in [each for each in fields if each.endswith("_file") or each == "dh_parameters"]:
            fields[name] = text_of_path(fields[name])
            _check_text(name, fields[name])
        for name in ("ca_files", "ca_directories", "crl_files", "ciphers"):
            words = "a list of names" if name == "ciphers" else "a list of paths"
            fields[name] = tuple(map(text_of_path, listed(name, fields[name], words)))
            for text in fields[name]:
                _check_text(name, text)

    def _check_types(self) -> None:
        _check_text("server_name", self.server_name)
        if not (self.password is None or isinstance(self.password, str) or callable(self.password)):
            raise SettingsError("password", "***", "is neither text nor something to call for it")
        if self.file_format not in (None, "pem", "der"):
            raise SettingsError("file format", self.file_format, "is none of pem, der")
        if self.crl_check not in (None, "leaf", "chain"):
            raise SettingsError("CRL check", self.crl_check, "is none of leaf, chain")


ClientCertificates = Literal["none", "optional", "required"]


class ServerTls(Frozen):
    """How a server secures its connections, and whether it asks clients for certificates.

    `settings` names its key and certificate, or neither: then a self-signed one is made for the run. What
    they name as authorities and revocation lists is for the certificates of clients.
    """

    settings: TlsSettings = TlsSettings()
    clients: ClientCertificates = "none"

    def __post_init__(self) -> None:
        _check_type("TLS settings", self.settings, TlsSettings, "a TlsSettings")
        if self.clients not in get_args(ClientCertificates):
            raise SettingsError("client certificates", self.clients, "are none of none, optional, required")
        trusts = self.settings.ca_files or self.settings.ca_directories or self.settings.system_ca
        if self.clients != "none" and not trusts:
            from dcmtool.advice import Advice

            advice = Advice("name-authority")
            raise SettingsError("client certificates", self.clients, "need an authority to trust", advice)


class EchoRequest(Frozen):
    """One verification: the peer, what to negotiate, the budgets, how often to echo, how to end, and TLS.

    `repeat` 0 is without end. `interval` is the seconds between the starts of two echoes, of which a later
    one starts at once when the one before took longer. With `reconnect` each echo has its own association.
    """

    peer: Peer
    negotiation: Negotiation = Negotiation()
    timeouts: Timeouts = Timeouts()
    repeat: int = 1
    abort: bool = False
    tls: TlsSettings | None = None
    interval: float = 0
    reconnect: bool = False

    def __post_init__(self) -> None:
        _check_type("peer", self.peer, Peer, "a Peer")
        _check_type("negotiation", self.negotiation, Negotiation, "a Negotiation")
        _check_type("timeouts", self.timeouts, Timeouts, "a Timeouts")
        _check_type("abort", self.abort, bool, "true or false")
        _check_type("TLS settings", self.tls, TlsSettings | None, "a TlsSettings")
        _check_type("reconnect", self.reconnect, bool, "true or false")
        check_whole("number of echoes", self.repeat, 0)
        check_range("interval", self.interval, 0, MAX_INTERVAL)

    @property
    def watches(self) -> bool:
        """Whether it is to go on for a while, so that Ctrl-C is how it ends rather than a failure."""
        return not self.repeat or bool(self.interval)


LogLevel = Literal["fatal", "error", "warn", "info", "debug", "trace", "off"]
OutputForm = Literal["text", "json", "ndjson", "nagios"]
Color = Literal["auto", "always", "never"]


class Output(Frozen):
    """What is written during the run, and what of the report at its end.

    `level` is the least severe one shown, unless `log_config` names a logging configuration file. The `form`
    is that of what goes to stdout: nothing for text. `warning` and `critical` are the mean round trips, in
    milliseconds, above which a monitor's state is raised; `expect` is the outcome that the run is to have, in
    the words of `dcmtool.diagnosis.expectation`. `color` says whether stderr is
    treated as a terminal with colours; `trace_file` takes all events as JSON. `statistics` shows the
    figures at the end.
    """

    level: LogLevel = "warn"
    log_config: str | None = None
    form: OutputForm = "text"
    warning: float | None = None
    critical: float | None = None
    expect: str | None = None
    color: Color = "auto"
    trace_file: str | None = None
    statistics: bool = False

    def __post_init__(self) -> None:
        if self.warning is not None and self.critical is not None and self.warning > self.critical:
            critical = f"{self.critical:.15g}"
            raise SettingsError("warning threshold", self.warning, f"is above the critical one of {critical}")
