"""Runs a command of dcmtool in this process; as a program several, with arguments and outcomes as JSON."""

import contextlib
import io
import json
import sys

from dcmtool.cli.main import main


def captured(args: list[str]) -> tuple[int, str]:
    """Run a command, and return its exit code and what it wrote to standard output."""
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        code = main(args)
    assert out.getvalue(), (args, code, err.getvalue())
    return code, out.getvalue()


if __name__ == "__main__":
    json.dump([captured(args) for args in json.load(sys.stdin)], sys.stdout)
