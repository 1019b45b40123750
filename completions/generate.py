"""Write the completion files of the three shells; `make completions` runs this."""

from pathlib import Path

from click.shell_completion import get_completion_class

from dcmtool.cli.main import cli

FILES = {"bash": "dcmtool.bash", "zsh": "_dcmtool", "fish": "dcmtool.fish"}
HERE = Path(__file__).parent


def source(shell: str) -> str:
    """Return the completion script of a shell."""
    completion = get_completion_class(shell)
    assert completion is not None
    return completion(cli, {}, "dcmtool", "_DCMTOOL_COMPLETE").source().strip() + "\n"


if __name__ == "__main__":
    for shell, name in FILES.items():
        (HERE / name).write_text(source(shell), encoding="utf-8")
        print(f"completions/{name}")
