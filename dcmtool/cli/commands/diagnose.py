"""`dcmtool diagnose`: find out why a node does not talk to us, who has to act, and what to change."""

import click

from dcmtool.cli import stderr
from dcmtool.cli.actions import ACTIONS
from dcmtool.cli.asked_password import Asked, passcode
from dcmtool.cli.completion.candidates import OF_OPTIONS
from dcmtool.cli.completion.nodes import complete_node
from dcmtool.cli.grammar.command import DicomCommand
from dcmtool.cli.grammar.command_line import CommandLine
from dcmtool.options.diagnose import DIAGNOSE, tries
from dcmtool.options.requests import check_allowed, echo_request
from dcmtool.options.tls import SECTIONS
from dcmtool.options.tls_requests import naming_entry
from dcmtool.options.values import Values

EPILOG = """\
Each stage is a line with its time: the lookup of the name, then at each address one association with two
echoes, and up to three more. Nothing is connected to without an association, never two at a time, and each
association is released or aborted. Below stand the findings, the most important one first: how certain each
is, what else it could be, on what it rests, who has to act, and what to do next.

With --try one thing is otherwise in each further association, a second apart, until one succeeds: TLS (tls)
or none (plain), the titles that you name (titles), four times the time (time), the other family of addresses
(family). The report ends with the command line that works. A node in order is sent a request of 12 kB
(large), and a C-FIND of the Query/Retrieve and of the Modality Worklist for what nobody has (find).

What no option says comes from the environment (DCMTOOL_DIAGNOSE_ and the long name of an option), the node,
or the defaults of 'dcmtool echo'. A node that has do-not-probe in its entry is left alone.
"""


def _run(values: Values, _line: CommandLine, _called: str) -> int:
    """Diagnose a node, and return the exit code."""
    check_allowed(values)
    warn = stderr.warning("warn")
    request = echo_request(values, ask=Asked, ask_passcode=passcode, warn=warn)
    identity = request.negotiation.identity
    exposure = None if identity is None else identity.exposure(request.tls)
    if exposure is not None:
        warn(exposure)
    with naming_entry(values):
        if values["capabilities"]:
            from dcmtool.cli.output import capabilities_run

            how_many = values["max_associations"]
            return capabilities_run.run(request, how_many, values["compare"], values["output"])
        from dcmtool.cli.output import diagnosis_run

        how = values["slow"], values["max_associations"], tries(values)
        return diagnosis_run.run(request, *how, values["output"], values["color"])


def _list_findings(_ctx: click.Context, values: Values, _value: object) -> None:
    from dcmtool.cli.output import diagnosis_text

    diagnosis_text.write_rules(values["output"])


command = DicomCommand(
    DIAGNOSE,
    _run,
    actions={**ACTIONS, "list_findings": _list_findings},
    completions={**OF_OPTIONS, "peer": complete_node},
    last_sections=SECTIONS,
    no_args_is_help=True,
    help="""Find out why the DICOM node PEER on PORT does not talk to us, who has to act, and what to change.

    PEER alone is the name of a node in a node file, or else [CALLED@]HOST:PORT, as with 'dcmtool echo'.
    """,
    short_help="find out why a DICOM node does not talk to us, and what to change",
    epilog=EPILOG,
)
