"""One target under atheris, or the inputs that are named: `python -m tests.fuzz.one TARGET [...]`.

What follows the target is libFuzzer's: folders of inputs, the first of which takes new ones, and options.
"""

import sys

import atheris

# Ours, and the parsers below ours, whose ways show what to try next.
MEASURED = ("dcmtool", "tomllib", "configparser")


def main(args: list[str]) -> None:
    """Fuzz; libFuzzer ends the process."""
    with atheris.instrument_imports(include=[*MEASURED]):  # whatever a target loads, now or later
        from tests.fuzz.targets import TARGETS

        atheris.Setup([args[0], *args[2:]], TARGETS[args[1]])
        atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv)
