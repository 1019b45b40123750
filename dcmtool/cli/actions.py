"""What options do in place of a run, by their names."""

import click

from dcmtool.cli.certificate_checks import check_certificate, check_root
from dcmtool.cli.grammar.command import Action
from dcmtool.cli.wording import COMMAND_LINE
from dcmtool.options.values import Values


def _show_version(ctx: click.Context, _values: Values, _value: object) -> None:
    from dcmtool.cli.version import version_text

    click.echo(version_text(*_called(ctx)), color=ctx.color)


def _show_settings(_ctx: click.Context, values: Values, _value: object) -> None:
    from dcmtool.cli.grammar import show_settings

    show_settings.show(values)


def list_ciphers(ctx: click.Context, _values: Values, _value: object) -> None:
    """Show the cipher suites that can be added to a profile, in place of a run."""
    from dcmtool.tls.cipher_suites import selectable

    _list(ctx, "Supported TLS ciphersuites are:", selectable())


def list_profiles(ctx: click.Context, _values: Values, _value: object) -> None:
    """Show what each profile stands for, in place of a run."""
    from dcmtool.tls.cipher_suites import is_available
    from dcmtool.tls.profiles import PROFILES

    lines = []
    for each in PROFILES.values():
        versions = dict.fromkeys((each.minimum, each.maximum))
        lines.append(
            f"{COMMAND_LINE[f'profile {each.word}']} --profile-{each.word}: {each.name} ({each.clause})"
        )
        lines.append(f"  {' to '.join(versions)}")
        lines += [
            f"    {suite}{'' if is_available(suite) else ' (not in the OpenSSL of this Python)'}"
            for suite in each.suites
        ]
    _list(ctx, "Supported TLS profiles are:", lines)


def _list_outcomes(_ctx: click.Context, values: Values, _value: object) -> None:
    from dcmtool.cli.output.expected import list_outcomes

    list_outcomes(values["output"])


def _list(ctx: click.Context, heading: str, lines: list[str]) -> None:
    from dcmtool.cli.version import header

    click.echo("\n".join([header(*_called(ctx)), "", heading, *(f"  {line}" for line in lines)]))


def _called(ctx: click.Context) -> tuple[str, str]:
    """Return how the command was called, and what it is for."""
    return ctx.command_path, ctx.command.get_short_help_str(limit=70)


ACTIONS: dict[str, Action] = {
    "version": _show_version,
    "show_settings": _show_settings,
    "list_ciphers": list_ciphers,
    "list_profiles": list_profiles,
    "list_outcomes": _list_outcomes,
    "verify_cert": check_certificate,
    "is_root_cert": check_root,
}
