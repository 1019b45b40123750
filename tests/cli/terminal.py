"""A program at a terminal, as a person has it before them."""

import os
import pty
import subprocess
import sys

from tests.peers.programs import ROOT


class Terminal:
    """A process whose controlling terminal we hold the other end of."""

    def __init__(self, command: list[str]) -> None:
        self._ours, theirs = pty.openpty()
        program = f"import os; os.login_tty({theirs}); os.execv({command[0]!r}, {command!r})"
        self._process = subprocess.Popen(
            [sys.executable, "-c", program], cwd=ROOT, pass_fds=[theirs], close_fds=True
        )
        os.close(theirs)
        self.shown = b""

    def wait_for(self, text: bytes) -> None:
        """Read until the process has shown a text."""
        while text not in self.shown:
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
