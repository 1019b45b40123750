"""What failed in `make test` once more, alone: `python -m tests.alone CODE`, with pytest's exit code.

The tests share the processors with one another and with servers that they start. What fails there and passes
when it has the machine to itself is unsteady: it is named, so that somebody mends it, and the run goes on.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

MOST = 5
"""How many tests may be unsteady at once; where more fail, they fail."""

_LAST_FAILED = Path(".pytest_cache/v/cache/lastfailed")


def main(arguments: Sequence[str]) -> int:
    """Run what failed last, and return the exit code: the old one where that was of another kind."""
    code = int(arguments[0])
    failed = list(json.loads(_LAST_FAILED.read_text())) if _LAST_FAILED.exists() else []
    if code != pytest.ExitCode.TESTS_FAILED or not 0 < len(failed) <= MOST:
        return code
    print(f"once more, alone: {' '.join(failed)}", flush=True)
    again = subprocess.run([sys.executable, "-m", "pytest", *failed], check=False).returncode
    if again == 0:
        print(f"UNSTEADY: failed beside other tests, and passed alone: {' '.join(failed)}")
    return again


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
