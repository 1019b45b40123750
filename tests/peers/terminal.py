"""A process on a terminal whose other end the test holds."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping

from tests.peers.programs import ROOT, environment

FATAL = "\x1b[31m\x1b[1mF\x1b[0m"  # the letter of a line on a terminal, red and bold


class Terminal:
    """A process whose controlling terminal, of this many columns, we hold the other end of."""

    def __init__(
        self, command: list[str], *, columns: int = 80, env: Mapping[str, str] | None = None
    ) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        program = f"import os; os.login_tty({theirs}); os.execv({command[0]!r}, {command!r})"
        variables = environment({"TERM": "xterm", **(env or {})})
        for name in ("COLUMNS", "LINES"):
            variables.pop(name, None)
        self._process = subprocess.Popen(
            [sys.executable, "-c", program], cwd=ROOT, pass_fds=[theirs], close_fds=True, env=variables
        )
        os.close(theirs)
        self.shown = b""

    def wait_for(self, text: bytes) -> None:
        """Read until the process has shown a text."""
        self.wait_for_match(re.escape(text))

    def wait_for_match(self, pattern: bytes) -> None:
        """Read until what the process has shown matches a pattern."""
        while not re.search(pattern, self.shown, re.DOTALL):
            self.shown += os.read(self._ours, 1024)

    def type(self, keys: bytes) -> None:
        """Type on the terminal."""
        os.write(self._ours, keys)

    def end(self) -> int:
        """Read until the process has ended and return its exit code."""
        try:
            while data := os.read(self._ours, 1024):
                self.shown += data
        except OSError:  # what Linux says once the other end is closed
            pass
        os.close(self._ours)
        return self._process.wait()

    @property
    def lines(self) -> list[str]:
        """What was shown, as lines."""
        return self.shown.decode().replace("\r\n", "\n").splitlines()
