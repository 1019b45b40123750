"""What options do in place of a verification: check a certificate file."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

import click

from dcmtool.cli import stderr
from dcmtool.cli.wording import COMMAND_LINE
from dcmtool.options.requests import level
from dcmtool.options.tls_requests import CRL_CHECK, FILE_FORMAT
from dcmtool.options.values import Values
from dcmtool.text import brief
from dcmtool.trace.levels import Level, Line

if TYPE_CHECKING:
    from datetime import datetime

REJECTED = 22  # the exit code for a certificate that does not pass


def check_certificate(ctx: click.Context, values: Values, path: str) -> NoReturn:
    """Say whether the certificate in a file passes by the authorities that the options name, and exit.

    Raises:
        InputFileError: a file cannot be read or is not what it should be.
    """
    from dcmtool.certificates.chain import Trust, verify

    trust = Trust(
        ca_files=values["add_cert_file"],
        ca_directories=values["add_cert_dir"],
        crl_files=values["add_crl_file"],
        crl_check=CRL_CHECK.of(values),
        file_format=FILE_FORMAT.of(values),
    )
    result = f"Verification of certificate '{brief(path)}'"
    _conclude(ctx, values, lambda now: verify(path, trust, now), f"{result} passed.", f"{result} failed.")


def check_root(ctx: click.Context, values: Values, path: str) -> NoReturn:
    """Say whether the certificate in a file is a valid, self-signed one, and exit.

    Raises:
        InputFileError: the file cannot be read or holds no certificate.
    """
    from dcmtool.certificates.chain import verify_root

    file_format = FILE_FORMAT.of(values)
    name, kind = f"Certificate '{brief(path)}'", "a valid, self-signed root CA."
    _conclude(
        ctx,
        values,
        lambda now: verify_root(path, file_format, now),
        f"{name} is {kind}",
        f"{name} is not {kind}",
    )


def _conclude(
    ctx: click.Context, values: Values, check: Callable[["datetime"], None], good: str, bad: str
) -> NoReturn:
    """Check, say the result, for a bad one also the reason, and exit."""
    from datetime import UTC, datetime

    from dcmtool.certificates.chain import CertificateRejected

    try:
        check(datetime.now(UTC))
    except CertificateRejected as error:
        click.echo(bad)
        sentence = error.in_words(COMMAND_LINE)
        if level(values) != "off":  # what ends a run is said under -q too
            stderr.write(str(Line(Level.ERROR, f"certificate verification failed: {sentence}")))
        ctx.exit(REJECTED)
    click.echo(good)
    ctx.exit()
