"""Write the completion files of the three shells; `make completions` runs this."""

from pathlib import Path

from dcmtool.cli.completion import script
from dcmtool.cli.shells import SHELLS

FILES = {"bash": "dcmtool.bash", "zsh": "_dcmtool", "fish": "dcmtool.fish"}
HERE = Path(__file__).parent


if __name__ == "__main__":
    assert FILES.keys() == SHELLS.keys()
    for shell, name in FILES.items():
        (HERE / name).write_text(script(shell), encoding="utf-8")
        print(f"completions/{name}")
