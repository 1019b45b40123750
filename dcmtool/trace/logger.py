"""The standard logger `dcmtool`, for programs that use the library: it says what `dcmtool echo` would."""

import logging

from dcmtool.events import Event, Listener
from dcmtool.trace.plain import lines

LOGGER = logging.getLogger("dcmtool")
LOGGER.addHandler(logging.NullHandler())  # a program that has set nothing up sees nothing


def logged(listener: Listener | None) -> tuple[Listener | None, bool]:
    """Return a listener that logs too, and whether it wants more than warnings and failures."""
    if not LOGGER.isEnabledFor(logging.ERROR):
        return listener, True

    def listen(event: Event) -> None:
        for line in lines(event):
            LOGGER.log(line.level, "%s", line.text)
        if listener is not None:
            listener(event)

    return listen, listener is not None or LOGGER.isEnabledFor(logging.INFO)
