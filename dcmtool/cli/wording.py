"""What the command line calls each setting in a sentence: its options, by the spellings that they have."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache

from dcmtool.advice import API, Words

# The keys of `dcmtool.advice.API`, with the names of options in braces where their short spellings stand.
_WORDS = {
    "connect": "{timeout}, connection timeout",
    "acse": "{acse_timeout}, ACSE timeout",
    "dimse": "{dimse_timeout}, DIMSE timeout",
    "socket": "{socket_timeout}, socket timeout",
    "deadline": "{deadline}",
    "calling_aet": "{aetitle}",
    "called_aet": "{call}",
    "transfer_syntaxes": "{propose_ts}",
    "tls": "{anonymous_tls} or {enable_tls}",
    "anonymous_tls": "{anonymous_tls}",
    "client_certificate": "{enable_tls}",
    "key_and_certificate": "{enable_tls} KEY CERT",
    "der": "{der_keys}",
    "pem": "{pem_keys}",
    "ca_files": "{add_cert_file}",
    "system_ca": "{system_ca}",
    "crl_files": "{add_crl_file}",
    "ciphers": "{cipher}",
    "list_of_ciphers": "{list_ciphers}",
    "list_of_profiles": "{list_profiles}",
    "server_name": "{request_sni}",
    "either_family": "{ip_auto}",
    "trace_file": "{trace_file} FILE",
    **{key: f"{{{key.replace(' ', '_').replace('-', '_')}}}" for key in API if key.startswith("profile ")},
}


class _Words(Mapping[str, str]):
    """The words, each made when a sentence needs it, of what options are called."""

    def __init__(self, names: Callable[[], dict[str, str]]) -> None:
        self._names = names

    def __getitem__(self, key: str) -> str:
        return _WORDS[key].format_map(self._names())

    def __iter__(self) -> Iterator[str]:
        return iter(_WORDS)

    def __len__(self) -> int:
        return len(_WORDS)


@cache
def _spellings() -> dict[str, str]:
    """Return the short spelling, or else the long one, of each option of `dcmtool echo` by its name."""
    from dcmtool.options.echo import ECHO

    return {option.name: option.spellings[0] for option in ECHO.options}


@cache
def _keys() -> dict[str, str]:
    """Return what a node file calls each option of `dcmtool echo`, by its name."""
    from dcmtool.options.echo import ECHO

    return {option.name: option.key for option in ECHO.options}


COMMAND_LINE: Words = _Words(_spellings)
NODE_FILE: Words = _Words(_keys)  # as a module of the exporter does
