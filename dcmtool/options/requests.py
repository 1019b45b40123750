"""What `dcmtool echo` is asked for, of values that come from anywhere: a command line, a node, defaults."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dcmtool.config import places
from dcmtool.options.gathering import Choice, gathered
from dcmtool.options.network import IDENTITY_OPTIONS
from dcmtool.options.precedence import settle
from dcmtool.options.values import UsageError, Values
from dcmtool.settings import (
    EchoRequest,
    Negotiation,
    Output,
    Peer,
    Timeouts,
    TlsSettings,
    first_transfer_syntaxes,
)
from dcmtool.text import brief

if TYPE_CHECKING:
    from dcmtool.config.defaults import Defaults
    from dcmtool.config.nodes import Node
    from dcmtool.identity import Identity

Ask = Callable[[str], Callable[[], str]]  # of a key's path, what asks for its password when it is called
AskPasscode = Callable[[str], str]  # of a user's name, asks for the passcode
Warn = Callable[[str], None]

_VERBOSITY = {"quiet": "fatal", "verbose": "info", "debug": "debug"}


def of_node(
    node: "Node",
    defaults: "Defaults | None" = None,
    *,
    ask: Ask | None = None,
    ask_passcode: AskPasscode | None = None,
    warn: Warn | None = None,
) -> EchoRequest:
    """Return the verification that a node's entry describes; `defaults` say what it leaves open.

    An encrypted key whose password no option gives needs somebody to `ask`, and so does a passcode where the
    options say so; `warn` is told of what is unwise.

    Raises:
        InputFileError: the entry or the defaults, or a file that they name, cannot be used.
    """
    from dcmtool.options.echo import ECHO
    from dcmtool.options.file_values import Vocabulary

    vocabulary, values = Vocabulary(ECHO.options), Values(ECHO.options, ECHO.parameters)
    stored = vocabulary.of_defaults(defaults) if defaults else {}
    values.supply({**stored, **vocabulary.of_node(node)})
    values.set_parameters({"peer": node.host, "port": node.port}, f"{node.owner} in {node.path}")
    settle(values)
    return echo_request(values, ask=ask, ask_passcode=ask_passcode, warn=warn)


def echo_request(
    values: Values,
    *,
    ask: Ask | None = None,
    ask_passcode: AskPasscode | None = None,
    warn: Warn | None = None,
) -> EchoRequest:
    """Return the verification that these values ask for, once where they do not say how often.

    Raises:
        UsageError: they cannot be.
        InputFileError: the same, where they are from a file; or a file that they name cannot be used.
    """
    peer = gathered(
        Peer, values, host="peer", port="port", family=Choice(ipv4="ipv4", ipv6="ipv6", ip_auto="auto")
    )
    identity = _identity(values, ask_passcode, warn)
    negotiation = gathered(
        lambda **fields: Negotiation(**fields, identity=identity),
        values,
        calling_aet="aetitle",
        called_aet="call",
        transfer_syntaxes=Choice(propose_ts=first_transfer_syntaxes),
        contexts="propose_pc",
        max_pdu="max_pdu",
    )
    timeouts = gathered(
        Timeouts,
        values,
        connect="timeout",
        acse="acse_timeout",
        dimse="dimse_timeout",
        socket=Choice(socket_timeout=lambda seconds: seconds if seconds > 0 else None),
        **({"deadline": "deadline"} if "deadline" in values else {}),
    )
    return EchoRequest(
        peer,
        negotiation,
        timeouts,
        values.get("repeat", 1),
        values.get("abort", False),
        _tls(values, ask, warn),
        values.get("interval", 0),
        values.get("reconnect", False),
    )


def _identity(values: Values, ask: AskPasscode | None, warn: Warn | None) -> "Identity | None":
    if not any(map(values.is_given, IDENTITY_OPTIONS)):
        return None
    from dcmtool.options.identity_requests import user_identity

    return user_identity(values, ask, warn)


def _tls(values: Values, ask: Ask | None, warn: Warn | None) -> TlsSettings | None:
    if values["disable_tls"]:
        return None
    from dcmtool.options.tls_requests import client_tls

    return client_tls(values, ask, warn)


def check_allowed(values: Values) -> None:
    """See that no entry of a node file forbids to probe this host and port, as name or as words.

    Where there is no such file that takes a look at its place, and where none of its entries forbids
    anything, no mistake in it counts. With `force` nothing is looked at.

    Raises:
        UsageError: an entry forbids it; the text has its reason.
        InputFileError: the file cannot be used, so that nobody knows.
    """
    if values.get("force"):
        return
    node = values.node or _node_at(values["nodes"], values["peer"], values["port"])
    if node is not None and node.do_not_probe:
        force = f" ({values.option('force').long_name} does it all the same)" if "force" in values else ""
        raise UsageError(
            f"{node.owner} in {brief(node.path)} is not to be probed: {brief(node.do_not_probe)}{force}"
        )


def _node_at(file: str | None, host: str, port: int) -> "Node | None":
    own = places.node_file()
    if not file and (own is None or not os.path.lexists(own)):
        return None
    from dcmtool.config.nodes import not_to_be_probed

    return not_to_be_probed(file, host, port)


def output(values: Values) -> Output:
    """Return what is to be said and shown. Raises as `echo_request` does."""
    return gathered(
        lambda **fields: _output(values, **fields),
        values,
        level=Choice(**_VERBOSITY, log_level=None),
        log_config="log_config",
        form="output",
        warning="warning",
        critical="critical",
        expect="expect",
        color="color",
        trace_file="trace_file",
        statistics="stats",
    )


def _output(values: Values, **fields: Any) -> Output:
    """Return the output; thresholds without a monitor are refused, and two things on standard output."""
    for name in ("warning", "critical"):
        if fields[name] is not None and fields["form"] != "nagios":
            option = values.option(name)
            raise UsageError(
                f"{values.variable(option) or option.long_name} only allowed with --output nagios"
            )
    if fields["trace_file"] == "-" and fields["form"] != "text":
        raise UsageError(
            f"--trace-file - not allowed with --output {fields['form']}: both are standard output"
        )
    return Output(**fields)


def level(values: Values) -> str:
    """Return the least severe level that is said; not every command has `--log-level`."""
    return str(Choice(**_VERBOSITY).of(values) or values.get("log_level", "warn"))
