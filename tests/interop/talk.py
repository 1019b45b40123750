"""What `dcmtool echo` is expected to say, as whole texts."""

from subprocess import CompletedProcess

CALLED_TITLE_REJECTED = """\
F: Association Rejected:
F: Result: Rejected Permanent, Source: Service User
F: Reason: Called AE Title Not Recognized
"""


def success(max_send_pdv: int, repeat: int = 1, *, abort: bool = False) -> str:
    """Return the lines of -v for a verification that succeeds."""
    lines = ["Requesting Association", f"Association Accepted (Max Send PDV: {max_send_pdv})"]
    for number in range(1, repeat + 1):
        lines += [f"Sending Echo Request (MsgID {number})", "Received Echo Response (Success)"]
    lines.append("Aborting Association" if abort else "Releasing Association")
    return "".join(f"I: {line}\n" for line in lines)


def outcome(run: CompletedProcess[str]) -> tuple[int, str, str]:
    """Return exit code, standard output and standard error, to be compared in one go."""
    return run.returncode, run.stdout, run.stderr
