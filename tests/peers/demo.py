"""What `make demo` shows: `dcmtool echo` against a node that this starts itself, and `dcmtool selftest`."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

TITLE = "DEMO"
STARTUP = 60.0  # seconds that the node may take until it listens, on a machine that has just been set up
DCMTOOL = [sys.executable, "-m", "dcmtool"]


@contextmanager
def node() -> Iterator[str]:
    """Run `dcmtool scp` on a free port of the loopback interface, and give the port."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "port")
        options = ["--bind", "127.0.0.1", "--aetitle", TITLE, "--require-called", "--port-file", str(file)]
        process = subprocess.Popen([*DCMTOOL, "scp", *options, "0"])
        try:
            end = time.monotonic() + STARTUP
            while not file.exists() and process.poll() is None and time.monotonic() < end:
                time.sleep(0.02)
            yield file.read_text().strip()
        finally:
            process.terminate()
            process.wait()


def show(*args: str) -> int:
    """Run a command of dcmtool as it would be typed, and return its exit code."""
    print(f"\n$ dcmtool {' '.join(args)}", flush=True)
    return subprocess.run([*DCMTOOL, *args], check=False).returncode


def main() -> int:
    """Show both, and return the exit code of the first that fails."""
    print("A node is started: dcmtool scp", flush=True)
    with node() as port:
        code = show("echo", "-v", "--call", TITLE, "--repeat", "3", "127.0.0.1", port)
        print(f"exit code {code}: {'the node talks to us' if code == 0 else 'see above why it does not'}")
    return code or show("selftest")


if __name__ == "__main__":
    os.environ.pop("PYTHONWARNINGS", None)  # what is shown is what a user sees
    sys.exit(main())
