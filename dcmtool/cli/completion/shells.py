"""Tab completion in bash, zsh and fish: Click's, with scripts that know `@file` and `--option=value`.

A script passes the command line up to the cursor in COMP_WORDS, and that of bash in COMP_WORD the end of it
that it replaces. The answer is one offer a line, its type first; a file or a directory is left to the shell,
which knows `~`, variables and quoting.
"""

import contextlib
import os
import sys
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem, ShellComplete, split_arg_string

from dcmtool.config.command_file import expand
from dcmtool.errors import InputFileError
from dcmtool.text import printable

if TYPE_CHECKING:
    Item = CompletionItem[str]
else:
    Item = CompletionItem  # generic in the newer releases of Click only

# bash ends a word at each `=` and `:` of COMP_WORDBREAKS and at a quote left open, and replaces only $2, what
# stands after the last. An `@` belongs to $2, so that its own file completion would look for a name with it.
# It quotes no offer by itself, and the name of a node or a file may hold what would be run. If an offer ends
# with the open quote bash does not close it.
_BASH = """\
%(complete_func)s() {
    local line="${COMP_LINE:0:COMP_POINT}" program=%(prog_name)s offer type value at
    case "$1" in
        "~/"*) program="$HOME/${1:2}" ;;
        */*) program="$1" ;;
    esac
    COMPREPLY=()
    while IFS= read -r offer; do
        type="${offer%%%%,*}" value="${offer#*,}"
        case "$type" in
            dir) compopt -o dirnames ;;
            file)
                if [[ "$2" != @* ]]; then compopt -o default; continue; fi
                while IFS= read -r value; do
                    if [[ -d "$value" ]]; then value+=/; compopt -o nospace; fi
                    COMPREPLY+=("@$value")
                done < <(compgen -f -- "$value")
                ;;
            plain) COMPREPLY+=("$value") ;;
        esac
    done < <(COMP_WORDS="$line" COMP_WORD="$2" %(complete_var)s=bash_complete "$program" 2>/dev/null)
    for at in "${!COMPREPLY[@]}"; do
        value="${COMPREPLY[at]}"
        case "${line%%"$2"}" in
            *\\') value=${value//\\'/\\'\\\\\\'\\'} value=${value/%%\\'/\\'\\'} ;;
            *\\")
                value=${value//\\\\/\\\\\\\\} value=${value//\\"/\\\\\\"} value=${value//\\$/\\\\\\$}
                value=${value//\\`/\\\\\\`} value=${value//!/\\"\\\\!\\"}
                value=${value/%%\\"/\\"\\"}
                ;;
            *) printf -v value %%q "$value" ;;
        esac
        COMPREPLY[at]="$value"
    done
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""

# Found on $fpath the whole file is the function, loaded at the first call and called again later; read by `.`
# or `eval` it only says which function there is.
_ZSH = """\
#compdef %(prog_name)s

%(complete_func)s() {
    local program=%(prog_name)s type value help
    local -a response names described
    case "${(Q)words[1]}" in
        "~/"*) program="$HOME/${${(Q)words[1]}#??}" ;;
        */*) program="${(Q)words[1]}" ;;
    esac
    response=("${(@f)$(COMP_WORDS="${(j: :)words[1,CURRENT-1]} $PREFIX" \
%(complete_var)s=zsh_complete "$program" 2>/dev/null)}")

    for type value help in "${response[@]}"; do
        case "$type" in
            dir | file)
                compset -P @ || { [[ "$PREFIX" == --*=* ]] && compset -P 1 '*=' }
                if [[ "$type" == dir ]]; then _path_files -/; else _path_files; fi
                ;;
            plain)
                if [[ -n "$help" ]]; then
                    value="${value//\\\\/\\\\\\\\}"
                    described+=("${value//:/\\\\:}:$help")
                else
                    names+=("$value")
                fi
                ;;
        esac
    done

    (( $#described )) && _describe -V unsorted described -U
    (( $#names )) && compadd -U -V unsorted -a names
}

if [[ "$zsh_eval_context[-1]" == (loadautofunc|shfunc) ]]; then
    %(complete_func)s "$@"
else
    compdef %(complete_func)s %(prog_name)s
fi
"""

_FISH = """\
function %(complete_func)s
    set -l line (commandline -cp | string collect)
    set -l program (commandline -opc)[1]
    set program (string replace -r '^~/' "$HOME/" -- $program)
    string match -q '*/*' -- $program; or set program %(prog_name)s
    for offer in (COMP_WORDS=$line %(complete_var)s=fish_complete $program 2>/dev/null)
        set -l parts (string split -m 2 , -- $offer)
        switch $parts[1]
            case dir
                printf '%%s\\n' $parts[2](__fish_complete_directories $parts[3])
            case file
                printf '%%s\\n' $parts[2](__fish_complete_path $parts[3])
            case plain
                string replace plain, '' -- $offer
        end
    end
end

complete --no-files --keep-order --command %(prog_name)s --arguments '(%(complete_func)s)'
"""


class _Completion(ShellComplete):
    """What the three shells share: how the command line is read, and what is offered for its last word."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the arguments before the last word, those of command files included, and the last word."""
        words, last = _words(os.environ["COMP_WORDS"])
        return [argument for word in words[1:] for argument in _arguments(word)], last

    def get_completions(self, args: list[str], incomplete: str) -> list[Item]:
        """Offer what could complete the last word, each offer whole from where the word begins."""
        if incomplete.startswith("@"):
            return [CompletionItem(incomplete[1:], type="file", before="@")]
        option, equals, value = incomplete.partition("=")
        if not (equals and option.startswith("--")):
            return self._printable(args, incomplete)
        return [_behind(option + equals, item) for item in self._printable([*args, option], value)]

    def _printable(self, args: list[str], incomplete: str) -> list[Item]:
        """Leave out what would end the line, or steer the terminal: a node file may be anybody's."""
        offers = super().get_completions(args, incomplete)
        return [item for item in offers if item.type != "plain" or item.value.isprintable()]


def _words(line: str) -> tuple[list[str], str]:
    """Return the words before the last one, and the last, which is empty after a blank."""
    *words, last = split_arg_string(line + "|")  # the mark makes a word of its own there
    return words, last[:-1]


def _arguments(word: str) -> list[str]:
    # Reading a pipe would take from it, or wait, so only what is a file stands for its arguments.
    if word.startswith("@") and not os.path.isfile(word[1:]):
        return []
    try:
        return expand([word])
    except InputFileError:
        return []


def _behind(before: str, item: Item) -> Item:
    if item.type == "plain":
        return CompletionItem(before + item.value, help=item.help)
    return CompletionItem(item.value, type=item.type, before=before)


def _one_line(text: str | None) -> str:
    return printable(" ".join((text or "").split()))


class Bash(_Completion):
    """bash from 4.4 on, with or without the package bash-completion."""

    name = "bash"
    source_template = _BASH

    def format_completion(self, item: Item) -> str:
        """Return `type,value`; what is offered goes from where the word that bash replaces begins."""
        if item.type != "plain":
            return f"{item.type},{item.value}"
        line = os.environ["COMP_WORDS"]
        _, kept = _words(line.removesuffix(os.environ.get("COMP_WORD", line)))
        return f"plain,{item.value.removeprefix(kept)}"


class Zsh(_Completion):
    """zsh with its completion system, which `compinit` starts."""

    name = "zsh"
    source_template = _ZSH

    def format_completion(self, item: Item) -> str:
        """Return three lines: type, value, help."""
        return f"{item.type}\n{item.value}\n{_one_line(item.help)}"


class Fish(_Completion):
    """fish from 3.1 on."""

    name = "fish"
    source_template = _FISH

    def format_completion(self, item: Item) -> str:
        """Return `plain,value`, a tab and the help, or `type,before,value`."""
        if item.type != "plain":
            return f"{item.type},{item.before or ''},{item.value}"
        return f"plain,{item.value}\t{_one_line(item.help)}"


SHELLS: dict[str, type[_Completion]] = {kind.name: kind for kind in (Bash, Zsh, Fish)}


def answer(cli: click.Command, variable: str) -> int:
    """Write a shell's script or its candidates, as the variable asks, and return the exit code."""
    shell, _, wanted = os.environ[variable].partition("_")
    if shell not in SHELLS:
        return 1
    asked = SHELLS[shell](cli, {}, "dcmtool", variable)
    with contextlib.redirect_stdout(sys.stderr):  # a package that adds a command may print as it is imported
        text = asked.source() if wanted == "source" else asked.complete()
    click.echo(os.fsencode(text))  # the name of a file may be no text
    return 0
