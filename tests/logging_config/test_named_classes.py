"""What a logging configuration may make: handlers, formatters and filters that are named classes."""

import json
import logging
import logging.handlers
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dcmtool.errors import InputFileError
from dcmtool.logging_config.load import load
from tests.logging_config.logging_state import restored

_CALLED = "would call a function, which no configuration may"


class Marked(logging.Filter):
    """A filter that is a named class."""


@pytest.fixture(autouse=True)
def _logging() -> Iterator[None]:
    with restored():
        yield


def _refusal(path: Path, text: str) -> str:
    path.write_text(text)
    with pytest.raises(InputFileError) as caught:
        load(str(path))
    return caught.value.reason


DICTIONARIES: list[tuple[dict[str, Any], str]] = [
    ({"handlers": {"h": {"()": "os.mkdir", "path": "PLANTED"}}}, f"handlers.h: '()' {_CALLED}"),
    ({"handlers": {"h": {"()": "logging.StreamHandler"}}}, f"handlers.h: '()' {_CALLED}"),
    ({"formatters": {"f": {"()": "os.mkdir", "path": "PLANTED"}}}, f"formatters.f: '()' {_CALLED}"),
    (
        {"filters": {"f": {"()": "os.mkdir", "path": "PLANTED"}}},
        "filters.f: 'os.mkdir' is no class of a logging.Filter",
    ),
    (
        {"filters": {"f": {"()": "logging.StreamHandler"}}},
        "filters.f: 'logging.StreamHandler' is no class of a logging.Filter",
    ),
    ({"filters": {"f": {"()": ["x"]}}}, "filters.f: '['x']' is no name of a class"),
    (
        {"handlers": {"h": {"class": "os.mkdir", "path": "PLANTED"}}},
        "handlers.h: 'os.mkdir' is no class of a logging.Handler",
    ),
    (
        {"handlers": {"h": {"class": "subprocess.Popen", "args": ["mkdir", "PLANTED"]}}},
        "handlers.h: 'subprocess.Popen' is no class of a logging.Handler",
    ),
    ({"handlers": {"h": {"class": "no.Such"}}}, "handlers.h: there is no class 'no.Such'"),
    ({"handlers": {"h": {"class": "logging.NoSuch"}}}, "handlers.h: there is no class 'logging.NoSuch'"),
    ({"handlers": {"h": {"class": "ext://os.mkdir"}}}, "handlers.h: 'ext://os.mkdir' is no name of a class"),
    (
        {"handlers": {"h": {"class": "cfg://x"}}, "x": "os.mkdir"},
        "handlers.h: 'cfg://x' is no name of a class",
    ),
    ({"handlers": {"h": {"class": 5}}}, "handlers.h: '5' is no name of a class"),
    ({"handlers": "cfg://x", "x": {"h": {"class": "os.mkdir"}}}, "handlers: 'cfg://x' is no table"),
    ({"handlers": {"h": "cfg://x"}, "x": {"class": "os.mkdir"}}, "handlers.h: 'cfg://x' is no table"),
    (
        {"formatters": {"f": {"class": "subprocess.Popen", "format": "mkdir PLANTED"}}},
        "formatters.f: 'subprocess.Popen' is no class of a logging.Formatter",
    ),
    (
        {"handlers": {"h": {"class": "logging.StreamHandler", "stream": "ext://os.environ"}}},
        "handlers.h: 'ext://os.environ' may only be ext://sys.stdout or ext://sys.stderr",
    ),
    (
        {"handlers": {"h": {"class": "logging.StreamHandler", "filters": ["ext://os.mkdir"]}}},
        "handlers.h.filters: 'ext://os.mkdir' may only be ext://sys.stdout or ext://sys.stderr",
    ),
    (
        {"handlers": {"h": {"class": "logging.handlers.QueueHandler", "queue": {"()": "os.mkdir"}}}},
        f"handlers.h: 'queue' {_CALLED}",
    ),
    (
        {"handlers": {"h": {"class": "logging.handlers.QueueHandler", "listener": "os.mkdir"}}},
        f"handlers.h: 'listener' {_CALLED}",
    ),
    ({"loggers": {"x": {"handlers": [{"()": "os.mkdir"}]}}}, f"loggers.x.handlers.0: '()' {_CALLED}"),
]


@pytest.mark.parametrize(
    ("settings", "reason"), DICTIONARIES, ids=[reason[:60] for _, reason in DICTIONARIES]
)
def test_a_dictionary_that_would_run_something(settings: dict[str, Any], reason: str, tmp_path: Path) -> None:
    planted = tmp_path / "planted"
    text = json.dumps({"version": 1, **settings}).replace("PLANTED", str(planted))
    assert _refusal(tmp_path / "c.json", text) == reason
    assert not planted.exists()


INI = """\
[loggers]
keys=root
[handlers]
keys=h
[formatters]
keys=f
[logger_root]
level=INFO
handlers=h
[handler_h]
class={handler}
formatter=f
args={args}
[formatter_f]
format=%(message)s
class={formatter}
"""


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"args": "(__import__('os').mkdir('PLANTED'),)"}, "[handler_h] args: (__import__('os').mkdir("),
        ({"args": "(os.environ,)"}, "[handler_h] args: (os.environ,) is more than texts, numbers"),
        ({"args": "(os.mkdir,)"}, "[handler_h] args: (os.mkdir,) is more than"),
        ({"args": "(lambda: 1,)"}, "[handler_h] args: (lambda: 1,) is more than"),
        ({"args": "((), *[sys.stdout])"}, "[handler_h] args: ((), *[sys.stdout]) is more than"),
        ({"args": "(f'{1}',)"}, "[handler_h] args: (f'{1}',) is more than"),
        ({"args": "(("}, "[handler_h] args: (( is more than"),
        ({"args": "()\nkwargs={'stream': os.environ}"}, "[handler_h] kwargs: {'stream': os.environ} is more"),
        ({"handler": "__import__('os').mkdir('PLANTED')"}, "[handler_h]: '__import__('os').mkdir("),
        ({"handler": "os.mkdir"}, "[handler_h]: 'logging.os.mkdir' is no class of a logging.Handler"),
        ({"handler": "handlers.NoSuch"}, "[handler_h]: there is no class 'logging.handlers.NoSuch'"),
        (
            {"formatter": "subprocess.Popen"},
            "[formatter_f]: 'subprocess.Popen' is no class of a logging.Formatter",
        ),
        ({"handler": "%(nothing)s"}, "is refused by Python's logging: Bad value substitution"),
    ],
)
def test_a_file_that_would_run_something(changed: dict[str, str], reason: str, tmp_path: Path) -> None:
    planted = tmp_path / "p"
    text = INI.format_map(
        {"handler": "StreamHandler", "args": "()", "formatter": "logging.Formatter"} | changed
    )
    assert _refusal(tmp_path / "c.ini", text.replace("PLANTED", str(planted))).startswith(reason)
    assert not planted.exists()


@pytest.mark.parametrize(
    ("handler", "args", "kind"),
    [
        ("StreamHandler", "(sys.stdout,)", logging.StreamHandler),
        ("logging.StreamHandler", "[sys.stderr]", logging.StreamHandler),
        (
            "handlers.SysLogHandler",
            "(('127.0.0.1', 514), handlers.SysLogHandler.LOG_USER)",
            logging.handlers.SysLogHandler,
        ),
        ("handlers.MemoryHandler", "(10, ERROR)", logging.handlers.MemoryHandler),
        (
            "logging.handlers.MemoryHandler",
            "(-1,)\nkwargs={'flushLevel': 40}",
            logging.handlers.MemoryHandler,
        ),
    ],
)
def test_what_a_file_may_name(handler: str, args: str, kind: type, tmp_path: Path) -> None:
    path = tmp_path / "c.ini"
    path.write_text(INI.format(handler=handler, args=args, formatter="logging.Formatter"))
    assert load(str(path)) == []
    (made,) = logging.getLogger().handlers
    assert type(made) is kind
    made.close()


@pytest.mark.parametrize("stream", ["ext://sys.stdout", "ext://sys.stderr"])
def test_what_a_dictionary_may_name(stream: str, tmp_path: Path) -> None:
    settings = {
        "version": 1,
        "filters": {"m": {"()": f"{__name__}.Marked", "name": "x"}},
        "formatters": {"f": {"class": "logging.Formatter", "format": "%(message)s"}, "g": {"class": ""}},
        "handlers": {
            "h": {"class": "logging.StreamHandler", "stream": stream, "formatter": "f", "filters": ["m"]}
        },
        "root": {"handlers": ["h"]},
    }
    path = tmp_path / "c.json"
    path.write_text(json.dumps(settings))
    assert load(str(path)) == []
    (made,) = logging.getLogger().handlers
    assert [type(each) for each in made.filters] == [Marked]
