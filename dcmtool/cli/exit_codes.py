"""The one table from what went wrong to the exit code of the process, and what each code means."""

import click

from dcmtool import errors

COMMAND_LINE_ERROR = 1
INTERRUPTED = 130

# The README, the pages and the man pages have their words from here.
MEANINGS = {
    0: "every echo was answered with Success, and the association ended in order",
    COMMAND_LINE_ERROR: "the command line is wrong",
    20: "an input file (command file, node file, defaults, logging configuration, data dictionary, key, "
    "certificate) cannot be read or is not valid",
    22: "the certificate of `+vc` or `+rc` does not pass",
    40: "an output file, or standard output, cannot be written",
    60: "no connection: unknown name, refused, unreachable, too late; an address that `dcmtool scp` cannot "
    "listen on",
    61: "the association was rejected, or had no answer or none that can be used",
    62: "an echo failed: a status other than Success, an invalid response, or none",
    66: "no presentation context was accepted",
    67: "the association could not be released in order",
    70: "the peer aborted the association",
    71: "TLS: the handshake or the verification failed, or the settings do not work together",
    INTERRUPTED: "interrupted",
}

_CODES: dict[type[BaseException], int] = {
    click.ClickException: COMMAND_LINE_ERROR,
    errors.SettingsError: COMMAND_LINE_ERROR,
    errors.UnknownNode: COMMAND_LINE_ERROR,
    errors.InputFileError: 20,
    errors.OutputFileError: 40,
    OSError: 40,  # every other one is translated where it happens, so this is stdout that cannot be written
    errors.TlsSettingsError: 71,
    errors.ListenFailed: 60,
    errors.NoConnection: 60,
    errors.AssociationFailed: 61,
    errors.EchoFailed: 62,
    errors.NoPresentationContext: 66,
    errors.ReleaseFailed: 67,
    errors.AssociationAborted: 70,
    errors.TlsFailed: 71,
    errors.Interrupted: INTERRUPTED,
    click.Abort: INTERRUPTED,
    KeyboardInterrupt: INTERRUPTED,
}


def exit_code(error: BaseException) -> int:
    """Return the exit code of the nearest ancestor in the table; 1 for an error that has none."""
    return next((_CODES[kind] for kind in type(error).__mro__ if kind in _CODES), COMMAND_LINE_ERROR)
