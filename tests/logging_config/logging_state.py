"""Python's logging as it was: tests that configure it leave nothing behind."""

import contextlib
import logging
from collections.abc import Iterator


def _ours() -> list[logging.Logger]:
    names = [name for name in logging.getLogger().manager.loggerDict if name.split(".")[0] == "dcmtool"]
    return [logging.getLogger(), *map(logging.getLogger, names)]


@contextlib.contextmanager
def restored() -> Iterator[None]:
    """Begin with no handler on the root and on our loggers, and end with what was there."""
    logging.getLogger("dcmtool.echo")
    before = [
        (logger, logger.level, logger.handlers[:], logger.propagate, logger.disabled) for logger in _ours()
    ]
    known = dict(logging.getLogger().manager.loggerDict)
    raises, disabled = logging.raiseExceptions, {name: _disabled(entry) for name, entry in known.items()}
    for logger, *_ in before:
        logger.handlers[:] = []
    try:
        yield
    finally:
        for logger in _ours():
            for handler in logger.handlers:
                handler.close()
            logger.handlers[:], logger.disabled, logger.propagate = [], False, True
            logger.filters[:] = []
            vars(logger).pop("filter", None)
            logger.setLevel(logging.NOTSET)
        for logger, level, handlers, propagate, off in before:
            logger.handlers[:], logger.propagate, logger.disabled = handlers, propagate, off
            logger.setLevel(level)
        for name, off in disabled.items():
            entry = known[name]
            if isinstance(entry, logging.Logger):
                entry.disabled = off
        logging.raiseExceptions = raises


def _disabled(entry: object) -> bool:
    return isinstance(entry, logging.Logger) and entry.disabled


def say(text: str = "Requesting Association", level: int = logging.INFO, name: str = "dcmtool.echo") -> None:
    """Log one line as the console does."""
    logging.getLogger(name).log(level, "%s", text)
