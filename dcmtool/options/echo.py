"""What `dcmtool echo` takes, which is also what a node and the defaults may set."""

from dcmtool.options.general import GENERAL, GENERAL_OPTIONS
from dcmtool.options.kinds import Number
from dcmtool.options.network import IDENTITY_OPTIONS, NETWORK_OPTIONS
from dcmtool.options.option import Parameter, Signature, flag
from dcmtool.options.repetition import REPETITION_OPTIONS
from dcmtool.options.report import REPORT_OPTIONS
from dcmtool.options.tls import TLS_OPTIONS

FORCE = flag(
    "--force",
    section=GENERAL,
    settable=False,
    help="verify a node that has do-not-probe in its entry all the same",
)

ECHO = Signature(
    "echo",
    "DCMTOOL_ECHO",
    (
        Parameter(
            "peer", "host name or address of the node; alone, its name in a node file, or CALLED@HOST:PORT"
        ),
        Parameter("port", "its TCP port", Number(1, 65535)),
    ),
    (
        *GENERAL_OPTIONS,
        FORCE,
        *REPORT_OPTIONS,
        *NETWORK_OPTIONS,
        *REPETITION_OPTIONS,
        *IDENTITY_OPTIONS,
        *TLS_OPTIONS,
    ),
    takes_nodes=True,
    takes_defaults=True,
)
