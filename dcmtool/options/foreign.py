"""Options of other programs, by what they are called here: ping, curl, openssl, pynetdicom, dcm4che, GDCM.

An option of ours stands by its name; a parameter, in capitals, by its own.
"""

from collections.abc import Iterable, Iterator, Mapping

from dcmtool.options.option import Option

_MEANT: dict[tuple[str, ...], tuple[str, ...]] = {
    ("-c",): ("repeat", "count", "call"),
    ("-n", "--count", "--loop", "--number", "--times"): ("repeat", "count"),
    ("-t",): ("timeout", "dimse_timeout", "acse_timeout"),
    ("-tn", "--connect-timeout", "--network-timeout", "-m", "--max-time"): ("timeout", "deadline"),
    ("-w", "-W", "--wait"): ("dimse_timeout", "deadline"),
    ("-i", "--delay"): ("interval",),
    ("-l", "--level", "--loglevel"): ("log_level",),
    ("-vv", "-vvv", "--trace"): ("debug",),
    ("-s", "--silent"): ("quiet",),
    ("-j", "-f", "--format", "--json"): ("output",),
    ("--no-color", "--no-colour", "--colour"): ("color",),
    ("-p", "--port"): ("PORT",),
    ("-H", "--host", "--hostname", "--peer", "--address", "--ip"): ("PEER", "bind"),
    ("--aec", "--called", "--called-aet", "--called-aetitle", "--remote-aet", "--title", "--ae"): ("call",),
    ("-b", "-L", "--aet", "--calling", "--calling-aet", "--calling-aetitle", "--local-aet"): ("aetitle",),
    ("-k", "--insecure"): ("ignore_peer_cert",),
    ("--ca", "--cacert", "--cafile", "-CAfile", "--ca-file"): ("add_cert_file",),
    ("--capath", "-CApath", "--ca-dir"): ("add_cert_dir",),
    ("--cert", "--key", "-E"): ("enable_tls",),
    ("--tls", "--ssl"): ("anonymous_tls", "enable_tls"),
    ("-usr", "--user", "--username"): ("identity_user",),
    ("-pwd", "-epw", "--password", "--user-pass", "--empty-password"): (
        *("identity_passcode_env", "identity_passcode_file", "identity_passcode_prompt"),
        *("password_env", "password_file"),
    ),
    ("-kt", "--kerberos"): ("identity_kerberos",),
    ("--saml", "--user-saml"): ("identity_saml",),
    ("--jwt", "--user-jwt"): ("identity_jwt",),
    ("-rsp", "--pos-response", "--user-rsp"): ("identity_response",),
    ("-xe", "-xb", "-xi", "-x"): ("propose_ts",),
}


def meant(spelling: str, options: Iterable[Option], parameters: Iterable[str]) -> Iterator[str]:
    """Yield what an option of another program is called here: long names, and parameters in capitals."""
    ours = {option.name: option.long_name for option in options}
    ours |= {name.upper(): f"the parameter {name.upper()}" for name in parameters}
    yield from meant_by(spelling, ours)


def meant_by(spelling: str, ours: Mapping[str, str]) -> Iterator[str]:
    """Yield the same where `ours` are the spellings of what there is, by the names of options."""
    for spellings, names in _MEANT.items():
        if spelling in spellings:
            yield from (ours[name] for name in names if name in ours)
