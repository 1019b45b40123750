"""The hint under a failure, for who sits at the terminal; scripts read echoscu's lines and nothing else."""

from dcmtool.errors import VerificationFailed
from dcmtool.reporting.advice import advice, without_advice
from dcmtool.settings import EchoRequest
from dcmtool.trace.levels import Line


def with_hint(
    lines: list[Line], failure: VerificationFailed, request: EchoRequest
) -> tuple[list[Line], str | None]:
    """Return a failure's lines and the hint below, if any; advice that the lines end with moves there."""
    sentence = advice(failure, request)
    if sentence is None:
        return lines, None
    shown = [line._replace(text=without_advice(line.text, failure.cause)) for line in lines]
    return shown, f"hint: {sentence}"
