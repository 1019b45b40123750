"""What the TLS options do in place of a verification: check a certificate file, list suites or profiles."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

import click

from dcmtool.cli.options import called, say
from dcmtool.cli.parameters import Choice
from dcmtool.text import printable
from dcmtool.trace.levels import Level, Line

if TYPE_CHECKING:
    from datetime import datetime

REJECTED = 22  # the exit code for a certificate that does not pass

FILE_FORMAT = Choice(der_keys="der", pem_keys="pem")
CRL_CHECK = Choice(enable_crl_all="chain", enable_crl_vfy="leaf")


def check_certificate(ctx: click.Context, path: str) -> NoReturn:
    """Say whether the certificate in a file passes by the authorities that the options name, and exit.

    Raises:
        InputFileError: a file cannot be read or is not what it should be.
    """
    from dcmtool.certificates.chain import Trust, verify

    given = dict(ctx.params)
    trust = Trust(
        ca_files=given["add_cert_file"],
        ca_directories=given["add_cert_dir"],
        crl_files=given["add_crl_file"],
        crl_check=CRL_CHECK.take(given),
        file_format=FILE_FORMAT.take(given),
    )
    result = f"Verification of certificate '{printable(path)}'"
    _conclude(ctx, lambda now: verify(path, trust, now), f"{result} passed.", f"{result} failed.")


def check_root(ctx: click.Context, path: str) -> NoReturn:
    """Say whether the certificate in a file is a valid, self-signed one, and exit.

    Raises:
        InputFileError: the file cannot be read or holds no certificate.
    """
    from dcmtool.certificates.chain import verify_root

    file_format = FILE_FORMAT.take(dict(ctx.params))
    name, kind = f"Certificate '{printable(path)}'", "a valid, self-signed root CA."
    _conclude(
        ctx, lambda now: verify_root(path, file_format, now), f"{name} is {kind}", f"{name} is not {kind}"
    )


def _conclude(ctx: click.Context, check: Callable[["datetime"], None], good: str, bad: str) -> NoReturn:
    """Check, say the result, for a bad one also the reason, and exit."""
    from datetime import UTC, datetime

    from dcmtool.certificates.chain import CertificateRejected

    try:
        check(datetime.now(UTC))
    except CertificateRejected as error:
        click.echo(bad)
        say(Line(Level.ERROR, f"certificate verification failed: {error}"))
        ctx.exit(REJECTED)
    click.echo(good)
    ctx.exit()


def list_ciphers(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    """Show the cipher suites that can be added to a profile, and exit."""
    if value and not ctx.resilient_parsing:
        from dcmtool.transport.cipher_suites import selectable

        _list(ctx, "Supported TLS ciphersuites are:", selectable())


def list_profiles(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    """Show what each profile stands for, and exit."""
    if value and not ctx.resilient_parsing:
        from dcmtool.transport.cipher_suites import is_available
        from dcmtool.transport.profiles import PROFILES

        lines = []
        for each in PROFILES.values():
            versions = dict.fromkeys((each.minimum, each.maximum))
            lines.append(f"{each.short} {each.long}: {each.name} ({each.clause})")
            lines.append(f"  {' to '.join(versions)}")
            lines += [
                f"    {suite}{'' if is_available(suite) else ' (not in the OpenSSL of this Python)'}"
                for suite in each.suites
            ]
        _list(ctx, "Supported TLS profiles are:", lines)


def _list(ctx: click.Context, heading: str, lines: list[str]) -> NoReturn:
    from dcmtool.cli.version import header

    click.echo("\n".join([header(*called(ctx)), "", heading, *(f"  {line}" for line in lines)]))
    ctx.exit()
