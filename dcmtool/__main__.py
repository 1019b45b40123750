"""The program's entry: `dcmtool`, and `python -m dcmtool`."""

import gc
import sys


def start() -> None:
    """Run the command line and exit with its code."""
    # Starting makes tens of thousands of objects that stay; collecting among them would take 5 ms.
    gc.set_threshold(100_000)
    try:
        from dcmtool.cli.main import main

        code = main()
    except KeyboardInterrupt:  # while it was loading
        from dcmtool.cli.main import interrupted

        code = interrupted()
    sys.exit(code)


if __name__ == "__main__":
    start()
