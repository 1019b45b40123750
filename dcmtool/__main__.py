"""The program's entry: `dcmtool`, and `python -m dcmtool`.

Ctrl-C is kept while it is loading, raised while it runs, and from then on ends the process at once: it is
never shown as a traceback, and its exit code is that of an interruption.
"""

import _signal  # type: ignore[import-not-found]
import atexit
import gc
import os
import sys

from dcmtool import _keep_interrupts, _kept

_keep_interrupts()  # as the package has done already, unless another program called for it
INTERRUPTED = 130


def start() -> None:
    """Run the command line and exit with its code."""
    # Starting makes tens of thousands of objects that stay; collecting among them would take 5 ms.
    gc.set_threshold(100_000)
    try:
        code = _run()
        _handle_interrupts(_leave)
    except KeyboardInterrupt:  # a second one
        _handle_interrupts(_leave)
        code = INTERRUPTED
    atexit.register(_handle_interrupts, _signal.SIG_IGN)  # what comes then is too late: the code is fixed
    _discard_unread_words()
    # A Ctrl-C in what was compiled of text, such as a named tuple, has Python end by a signal, even if it was
    # caught since; running any other text makes it forget that.
    exec("")
    _end_as_told()
    gc.freeze()  # what is left goes with the process: collecting it would take 5 ms again
    sys.exit(code)


def _run() -> int:
    try:
        from dcmtool.cli.main import load, main

        load(sys.argv[1:])
        sys.unraisablehook = _unraisable
        _handle_interrupts(_signal.default_int_handler)
        if _kept:
            raise KeyboardInterrupt
        return main()
    except KeyboardInterrupt:
        pass
    except (
        RuntimeError
    ) as error:  # what Python 3.11 makes of one while the members of an enumeration are made
        if not isinstance(error.__cause__, KeyboardInterrupt):
            raise
    from dcmtool.cli.main import interrupted

    return interrupted()


def _handle_interrupts(handler: object) -> None:
    """Have Ctrl-C handled so from now on, unless it is ignored or somebody else's."""
    if _is_ours(_signal.getsignal(_signal.SIGINT)):
        _signal.signal(_signal.SIGINT, handler)


def _is_ours(handler: object) -> bool:
    return handler in (_signal.default_int_handler, _leave) or getattr(handler, "__module__", "") == "dcmtool"


def _leave(_number: int, _frame: object) -> None:
    os._exit(INTERRUPTED)


def _unraisable(what: "sys.UnraisableHookArgs") -> None:
    """End the process for a Ctrl-C that came where Python can raise nothing, and would go on."""
    if isinstance(what.exc_value, KeyboardInterrupt):
        os._exit(INTERRUPTED)
    sys.__unraisablehook__(what)


def _end_as_told() -> None:
    """End by SIGTERM where that was received while something was open: who sent it is to see so."""
    interrupts = sys.modules.get("dcmtool.transport.interrupts")
    if interrupts is not None and interrupts.Interrupts.terminated:
        try:
            if sys.stdout is not None:
                sys.stdout.flush()
        except OSError:
            pass  # nobody reads it
        os.kill(os.getpid(), _signal.SIGTERM)


def _discard_unread_words() -> None:
    """Discard what stderr still holds where nobody reads it: Python would end with its own exit code, 120."""
    if sys.stderr is None:  # closed by the shell
        return
    try:
        sys.stderr.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


if __name__ == "__main__":
    start()
