"""The one table from what went wrong to the exit code of a process; what each means is the command line's."""

from dcmtool import errors

COMMAND_LINE_ERROR = 1
INTERRUPTED = 130

_CODES: dict[type[BaseException], int] = {
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
    KeyboardInterrupt: INTERRUPTED,
}


def exit_code(error: BaseException) -> int:
    """Return the exit code of the nearest ancestor in the table; 1 for an error that has none."""
    return next((_CODES[kind] for kind in type(error).__mro__ if kind in _CODES), COMMAND_LINE_ERROR)
