"""Real shells on a pseudo-terminal, with a home of their own, in which the completion is installed."""

import contextlib
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.peers.programs import ROOT, require

WAIT = 60.0  # seconds for what a shell should do at once, on a machine that is busy
READY = "READY>"
_CLEAR = "\x15"  # Ctrl-U
_TELL = "\x18d"  # Ctrl-X d: the shell writes the line as it stands into the pipe

_ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|\(B)")

# A start-up file sets the prompt and makes the key; $TOLD is the pipe. One press of tab is to list.
_START_UP = {
    "bash": (
        ".bashrc",
        f"""PS1='{READY}'; bind -x '"\\C-xd": printf "%s\\n" "$READLINE_LINE" >"$TOLD"'
bind 'set show-all-if-ambiguous on'; bind 'set completion-query-items 0'; bind 'set page-completions off'
""",
    ),
    "zsh": (
        ".zshrc",
        f"""PS1='{READY}'; tell() {{ print -r -- $BUFFER >$TOLD }}; zle -N tell; bindkey '^Xd' tell
setopt no_list_ambiguous
""",
    ),
    "fish": (
        ".config/fish/config.fish",
        f"""set fish_greeting; function fish_prompt; echo -n '{READY}'; end
function fish_user_key_bindings; bind \\cxd 'commandline >$TOLD'; end
""",
    ),
}


class Terminal:
    """A shell that waits at its prompt."""

    def __init__(self, screen: int, told: int) -> None:
        self._screen, self._told = screen, told
        self._shown = ""

    def completed(self, typed: str) -> str:
        """Return what stands on the line after `typed` and the tab key."""
        self._send(f"{_CLEAR}{typed}\t{_TELL}")
        return self._line()

    def offered(self, typed: str, *expected: str) -> None:
        """Wait until the shell has listed all that is expected after `typed` and the tab key."""
        self._shown = ""
        self._send(f"{_CLEAR}{typed}\t")
        self.wait_for(*expected)

    def run(self, command: str) -> None:
        """Run a command to its end."""
        self._send(f"{_CLEAR}{command}\r{_TELL}")
        self._line()

    def wait_for(self, *expected: str) -> None:
        """Wait until the shell has shown all that is expected."""
        end = time.monotonic() + WAIT
        while missing := [text for text in expected if text not in _ESCAPES.sub("", self._shown)]:
            if time.monotonic() > end:
                raise AssertionError(f"the shell does not show {missing}: {self._shown!r}")
            self._read(None, end)

    def _send(self, keys: str) -> None:
        os.write(self._screen, keys.encode())

    def _line(self) -> str:
        line = b""
        end = time.monotonic() + WAIT
        while not line.endswith(b"\n"):
            line += self._read(self._told, end)
        return line.decode()[:-1]

    def _read(self, wanted: int | None, end: float) -> bytes:
        """Return what comes from `wanted`; what comes to the screen meanwhile is kept."""
        watched = [self._screen] if wanted is None else [self._screen, wanted]
        ready, _, _ = select.select(watched, [], [], max(0.0, end - time.monotonic()))
        if self._screen in ready:
            self._shown += os.read(self._screen, 65536).decode(errors="replace")
        if wanted is not None and wanted in ready:
            return os.read(wanted, 65536)
        if wanted is not None and time.monotonic() > end:
            raise AssertionError(f"the shell does not tell its line: {self._shown!r}")
        return b""


def home(folder: Path, shell: str) -> dict[str, str]:
    """Make a home with the shell's start-up file and the program; return its environment."""
    name, text = _START_UP[shell]
    startup = folder / name
    startup.parent.mkdir(parents=True, exist_ok=True)
    startup.write_text(text)
    program = folder / "bin" / "dcmtool"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m dcmtool "$@"\n')
    program.chmod(0o755)
    return {
        "HOME": str(folder),
        "PATH": f"{program.parent}:/usr/bin:/bin",
        "TERM": "xterm",
        "LANG": "C.UTF-8",
        "SHELL": f"/usr/bin/{shell}",
    }


@contextlib.contextmanager
def terminal(shell: str, environment: Mapping[str, str], folder: Path) -> Iterator[Terminal]:
    """Run a shell in a folder."""
    command = [require(f"/usr/bin/{shell}"), "-i"]
    pipe = folder.parent / "told"
    os.mkfifo(pipe)
    told = os.open(pipe, os.O_RDWR)  # for writing too, so that it never ends
    screen, inside = pty.openpty()
    process = subprocess.Popen(
        command,
        env={**environment, "TOLD": str(pipe)},
        cwd=folder,
        stdin=inside,
        stdout=inside,
        stderr=inside,
        start_new_session=True,
        preexec_fn=_take_terminal,
    )
    os.close(inside)
    try:
        running = Terminal(screen, told)
        running.wait_for(READY)
        yield running
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        os.close(screen)
        os.close(told)


def _take_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 200, 0, 0))  # rows, columns
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
