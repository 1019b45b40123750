"""Write the completion files of the three shells; `make completions` runs this."""

from pathlib import Path

from dcmtool.cli.commands.completion import script
from dcmtool.cli.completion.shells import SHELLS
from dcmtool.cli.group import cli

FILES = {"bash": "dcmtool.bash", "zsh": "_dcmtool", "fish": "dcmtool.fish"}
HERE = Path(__file__).parents[1] / "completions"


if __name__ == "__main__":
    assert FILES.keys() == SHELLS.keys()
    for shell, name in FILES.items():
        (HERE / name).write_text(script(cli, shell), encoding="utf-8")
        print(f"completions/{name}")
