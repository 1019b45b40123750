"""Tab completion in the real shells, with their own line editors."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers import shell_terminal as terminal
from tests.peers.programs import ROOT, require

# What a node may be called and a shell would take for something else, by what is typed of it.
NAMES = {
    "my": "my node",
    "co": "co;mma,s",
    "ba": "back\\slash",
    "qu": "quo'te\"s",
    "si": "single'",
    "do": 'double"',
    "ru": "run`touch x`$(touch x)!",
}


def write_nodes(file: Path) -> None:
    """Write a node file with some plain names and tags, and some that are not."""
    nodes = {"pacs": ["archive", "ward 3"], "a:b": ["a=b"], "a=b": [], **{key: [] for key in NAMES.values()}}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        "".join(
            f"[nodes.{json.dumps(name)}]\nhost = 'h'\nport = 104\ntags = {json.dumps(tags)}\n"
            for name, tags in nodes.items()
        )
    )


@pytest.fixture(scope="module", params=["bash", "zsh", "fish"])
def shell(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[terminal.Terminal]:
    """A shell for which `dcmtool completion install` was run, in a folder with some files."""
    require(f"/usr/bin/{request.param}")
    home = tmp_path_factory.mktemp(request.param) / "home"
    environment = terminal.home(home, request.param)
    subprocess.run(["dcmtool", "completion", "install"], env=environment, check=True, capture_output=True)
    work = home / "work"
    for folder in ("store", "deeper"):
        (work / folder).mkdir(parents=True)
    for name in ("authority.pem", "common.args", "deeper/with blank"):
        (work / name).touch()
    (work / "tls.args").write_text("echo +tla pacs")
    os.mkfifo(work / "pipe")
    write_nodes(home / ".config/dcmtool/nodes.toml")
    with terminal.terminal(request.param, environment, work) as running:
        yield running


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("dcmtool ec", "dcmtool echo "),
        ("dcmtool --vers", "dcmtool --version "),
        ("dcmtool completion sh", "dcmtool completion show "),
        ("dcmtool completion show z", "dcmtool completion show zsh "),
        ("dcmtool echo --prof", "dcmtool echo --profile-"),
        ("dcmtool echo --profile-nu", "dcmtool echo --profile-null "),
        ("dcmtool echo +t", "dcmtool echo +tl"),
        ("dcmtool echo +tla +cs TLS_ECDHE_RSA_WITH_AES_256_G", None),
        ("dcmtool echo --cipher=TLS_ECDHE_RSA_WITH_AES_256_G", None),
        ("dcmtool echo --log-level=f", "dcmtool echo --log-level=fatal "),
        ("dcmtool echo -ll f", "dcmtool echo -ll fatal "),
        ("dcmtool echo -pts 4", "dcmtool echo -pts 4"),
        ("dcmtool echo --propose-ts=9", "dcmtool echo --propose-ts=9 "),
        ("dcmtool echo +cf au", "dcmtool echo +cf authority.pem "),
        ("dcmtool echo --add-cert-file=au", "dcmtool echo --add-cert-file=authority.pem "),
        ("dcmtool echo +cd st", "dcmtool echo +cd store/"),
        ("dcmtool echo --add-cert-dir=st", "dcmtool echo --add-cert-dir=store/"),
        ("dcmtool echo @com", "dcmtool echo @common.args "),
        ("dcmtool echo @dee", "dcmtool echo @deeper/"),
        ("dcmtool echo @deeper/w", "dcmtool echo @deeper/with\\ blank "),
        ("dcmtool echo +cf deeper/w", "dcmtool echo +cf deeper/with\\ blank "),
        ("dcmtool @com", "dcmtool @common.args "),
        ("dcmtool @tls.args --prof", "dcmtool @tls.args --profile-"),
        ("dcmtool echo +tls authority.pem au", "dcmtool echo +tls authority.pem authority.pem "),
        ("dcmtool echo 'a b' --deadl", "dcmtool echo 'a b' --deadline "),
        ("dcmtool echo --nonsen", "dcmtool echo --nonsen"),
        ("dcmtool echo pa", "dcmtool echo pacs "),
        ("dcmtool echo -v -- pa", "dcmtool echo -v -- pacs "),
        ("dcmtool echo a:", "dcmtool echo a:b "),
        ("dcmtool echo a=", "dcmtool echo a=b "),
        ("dcmtool nodes show pa", "dcmtool nodes show pacs "),
        ("dcmtool nodes show 'pa", "dcmtool nodes show 'pacs' "),
        ("dcmtool nodes list --tag ar", "dcmtool nodes list --tag archive "),
        ("dcmtool nodes list --tag=wa", "dcmtool nodes list --tag=ward\\ 3 "),
        ("dcmtool nodes list --tag=ward\\ ", "dcmtool nodes list --tag=ward\\ 3 "),
        ("dcmtool nodes show --nodes pipe pa", "dcmtool nodes show --nodes pipe pa"),
        ("dcmtool echo --nodes /dev/zero pa", "dcmtool echo --nodes /dev/zero pa"),
        ("dcmtool echo @pipe --deadl", "dcmtool echo @pipe --deadline "),
        ("dcmtool echo '@deeper/w", "dcmtool echo '@deeper/with blank' "),
        ("dcmtool echo $(touch x) --deadl", "dcmtool echo $(touch x) --deadline "),
        ("~/bin/dcmtool ec", "~/bin/dcmtool echo "),
        ("../bin/dcmtool ec", "../bin/dcmtool echo "),
        ("A=1 dcmtool ec", "A=1 dcmtool echo "),
        ("true; dcmtool ec", "true; dcmtool echo "),
    ],
)
def test_tab(shell: terminal.Terminal, typed: str, line: str | None) -> None:
    assert shell.completed(typed) == (typed + "CM_SHA384 " if line is None else line)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("dcmtool ", ["echo", "completion"]),
        ("dcmtool echo +t", ["+tls", "+tla"]),
        ("dcmtool echo --profile-", ["8996-mod", "bcp195-nd", "null"]),
        ("dcmtool echo +tla +cs ", ["RSA_WITH_AES_128_CBC_SHA", "RSA_WITH_NULL_SHA256"]),
        ("dcmtool echo @", ["common.args", "tls.args"]),
        ("dcmtool echo -pts 5", ["50", "51", "52", "53"]),
        ("dcmtool echo ", ["pacs", "a:b"]),
        ("dcmtool nodes list --tag ", ["archive", "a=b"]),
    ],
)
def test_tab_lists(shell: terminal.Terminal, typed: str, expected: list[str]) -> None:
    shell.offered(typed, *expected)


@pytest.mark.parametrize("quote", ["", "'", '"'])
@pytest.mark.parametrize("begun", NAMES)
def test_a_name_reaches_the_program_whole(
    shell: terminal.Terminal, begun: str, quote: str, tmp_path: Path
) -> None:
    """And nothing in it is run."""
    args = tmp_path / "args"
    line = shell.completed(f"dcmtool nodes show {quote}{begun}")
    shell.run(line.replace("dcmtool nodes show", f"printf %s >{args}"))
    assert args.read_text() == NAMES[begun]


def test_zsh_finds_the_file_on_its_path(tmp_path: Path) -> None:
    """As where a package has put it into `share/zsh/site-functions`."""
    require("/usr/bin/zsh")
    home = tmp_path / "home"
    environment = terminal.home(home, "zsh")
    with (home / ".zshrc").open("a") as startup:
        startup.write(f"fpath=({ROOT}/completions $fpath); autoload -Uz compinit; compinit -u\n")
    with terminal.terminal("zsh", environment, home) as shell:
        assert shell.completed("dcmtool ec") == "dcmtool echo "
        assert shell.completed("dcmtool echo @bi") == "dcmtool echo @bin/"
