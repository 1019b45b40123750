"""Command lines for both programs: generated from a seed, valid and invalid, with command files."""

import random
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from tests.differential.behaviours import FAILURES, LATE, LEAVES, SUCCESS, SUCCESSES, WRONG_ID, Behaviour
from tests.differential.differences import (
    DIRECTORY,
    ENDLESS,
    NO_ARGUMENTS,
    NUMBERS,
    ODD_PDU,
    QUIET,
    SAME,
    TITLES,
    Expected,
)

SEED = 20051220
ON_SUCCESS, ON_EACH_FAILURE = 110, 3  # how many lines

TITLES_TAKEN = (
    "A", "STORE", "lower case", " LEADING", "TRAILING ", "16-CHARACTERS-AE", "-FOO", "+tla", "-v", "--bogus",
    "O'Neil", 'a"b', "#1", "127",
)  # fmt: skip
SEPARATORS = (" ", "  ", "\t", "\n", "\r\n", " \n\t ")
HOSTS = ("127.0.0.1", "localhost")
NAMES = {
    "-aet": "--aetitle", "-aec": "--call", "-pts": "--propose-ts", "-ppc": "--propose-pc", "-to": "--timeout",
    "-ts": "--socket-timeout", "-ta": "--acse-timeout", "-td": "--dimse-timeout", "-pdu": "--max-pdu",
    "-v": "--verbose", "-d": "--debug", "-q": "--quiet", "-ll": "--log-level",
}  # fmt: skip
TALK = [[], ["-v"], ["-v"], ["-v"], ["-v"], ["-d"], ["-q"], ["-q", "-v"], ["-d", "-v"], ["-v", "-q"]]
LEVELS = ("fatal", "error", "warn", "Info", "INFO", "debug", "off", "all")
BAD_VALUES = {
    "-pts": ("0", "54", "abc", "", "-1"), "-ppc": ("0", "129", "x"), "-to": ("0", "-1", "abc"),
    "-ts": ("-2", "abc", ""), "-ta": ("0", "-5"), "-td": ("0", "x1"), "-pdu": ("4095", "131073", "0", "many"),
    "--repeat": ("-1", "often"),
}  # fmt: skip
OVERRULED = {**BAD_VALUES, "-aet": ("OVERRULED", "-q"), "-aec": ("OVERRULED", "+tls")}
BAD_ARGUMENTS = (
    ("--bogus",), ("-vd",), ("--aet", "X"), ("-X",), ("+bogus",), ("-aetFOO",), ("-W",), ("--VERBOSE",),
    ("surplus",), ("-5",), ("",), ("-ll", "loud"), ("-ll", "info", "-v"), ("-ll", "debug", "--quiet"),
    ("-lc", "{dir}/missing.cfg"), ("@{dir}/missing",),
    *((name, bad) for name, values in BAD_VALUES.items() for bad in values),
)  # fmt: skip
BAD_LINES = (
    ("-v",), ("127.0.0.1",), ("-v", "127.0.0.1"), ("127.0.0.1", "{port}", "-aet"),
    ("-pts", "127.0.0.1", "{port}"), ("127.0.0.1", "0"), ("127.0.0.1", "65536"), ("127.0.0.1", "port"),
    ("127.0.0.1", ""), ("127.0.0.1", "-1"), ("-aet", "127.0.0.1", "{port}"),
    ("127.0.0.1", "{port}", "--repeat"),
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A command line, in which {port} and {dir} have yet to be filled in, its command files, and its peer.

    `expected` is what must come out of it, and `refused` says that dcmtool must not even connect; `taken`
    that echoscu alone must not.
    """

    argv: tuple[str, ...]
    behaviour: Behaviour
    expected: Expected | None
    files: tuple[tuple[str, str], ...] = ()
    refused: bool = False
    taken: bool = False

    def __str__(self) -> str:
        files = "".join(f"\n  {name}: {content!r}" for name, content in self.files)
        return f"{shlex.join(self.argv)}\n  peer: {self.behaviour.name}, {self.behaviour.script}{files}"


def lines(seed: int = SEED) -> list[Line]:
    """Return the command lines of a seed, all of them distinct."""
    source = random.Random(seed)
    found = dict.fromkeys(_documented())
    for behaviour in [*FAILURES * ON_EACH_FAILURE, *(SUCCESSES * ON_SUCCESS)[:ON_SUCCESS]]:
        found[_line(source, behaviour)] = None
    for argv in BAD_LINES:
        found[_bad(argv)] = None
    for bad in BAD_ARGUMENTS:
        found[_spoilt(source, bad)] = None
    return list(found)


def _documented() -> Iterator[Line]:
    peer = ("127.0.0.1", "{port}")
    yield Line((), SUCCESS, Expected(0, 1, NO_ARGUMENTS), refused=True)
    for title in ("SEVENTEEN-LETTERS", "A\tB", "back\\slash"):
        yield Line((*peer, "-v", "-aec", title), SUCCESS, Expected(0, 1, TITLES), refused=True)
    for option, number in (("--repeat", "2x"), ("-ta", "1.5"), ("-td", "0x10")):
        yield Line((option, number, *peer), SUCCESS, Expected(0, 1, NUMBERS), refused=True)
    for length in ("4097", "131071"):
        yield Line(("-v", *peer, "--max-pdu", length), SUCCESS, Expected(0, 0, ODD_PDU))
    yield Line(("--repeat", "0", *peer), LEAVES, Expected(1, 62, ENDLESS), taken=True)
    for behaviour in LATE:
        yield Line(("-v", "-ts", "1", "-ta", "9", "-td", "9", *peer), behaviour, SAME)
    yield Line(("-q", *peer), WRONG_ID, Expected(70, 62, QUIET))
    yield Line(("@{dir}", *peer), SUCCESS, Expected(0, 20, DIRECTORY), refused=True)


def _bad(argv: tuple[str, ...], files: tuple[tuple[str, str], ...] = ()) -> Line:
    return Line(argv, SUCCESS, None, files, refused=True)


def _spoilt(source: random.Random, bad: tuple[str, ...]) -> Line:
    """Put what is bad behind a good line, where it cannot be overruled."""
    good = _line(source, SUCCESS)
    return _bad((*good.argv, *bad), good.files)


def _line(source: random.Random, behaviour: Behaviour) -> Line:
    groups = _options(source, behaviour)
    source.shuffle(groups)
    groups = [group for final in groups for group in (*_overruled(source, final), final)]
    port = source.choice(["{port}", "{port}", "+{port}"])
    first, second = sorted(source.randrange(len(groups) + 1) for _ in range(2))
    groups.insert(second, [port])
    groups.insert(first, [source.choice(HOSTS)])
    return _with_files(source, [token for group in groups for token in group], behaviour)


def _options(source: random.Random, behaviour: Behaviour) -> list[list[str]]:
    """Return option groups, each complete: any two may change places without a change of meaning."""
    groups = [[_spelled(source, name), value] for name, value in _values(source, behaviour).items()]
    if not behaviour.orderly and source.random() < 0.15:
        groups.append(["--abort"])
    if source.random() < 0.1:
        groups.append(["--arguments"])
    talk = ["-ll", source.choice(LEVELS)] if source.random() < 0.1 else source.choice(TALK)
    groups.append([_spelled(source, token) if token.startswith("-") else token for token in talk])
    return groups


def _values(source: random.Random, behaviour: Behaviour) -> dict[str, str]:
    """Return options with values that are valid and suit the peer; those of the network wait are generous."""
    least = {"-pts": behaviour.syntaxes, "-ppc": behaviour.contexts}
    choices = {
        "-aet": source.choice(TITLES_TAKEN),
        "-aec": source.choice(TITLES_TAKEN),
        "-pts": str(source.choice([1, 2, 3, 22, 37, 38, source.randint(2, 38)])),
        "-ppc": str(source.choice([1, 2, 3, 128, source.randint(1, 128)])),
        "-to": str(source.randint(5, 60)),
        "-ts": str(source.choice([-1, 0, 5, 30])),
        "-ta": str(source.randint(5, 60)),
        "-td": source.choice(["5", "+7", "9"]),
        "-pdu": str(source.choice([4096, 4098, 16384, 65536, 131070, 131072])),
        "--repeat": source.choice(["1", "2", "3", "+2", "003"]),
    }
    chosen = {name: value for name, value in choices.items() if source.random() < 0.35}
    for name, count in least.items():
        if count > int(chosen.get(name, "1")):
            chosen[name] = str(count)
    return chosen


def _overruled(source: random.Random, final: list[str]) -> list[list[str]]:
    """Return, now and then, an earlier occurrence that the final one overrules; its value may be bad."""
    name = next((name for name in OVERRULED if final[:1] in ([name], [NAMES.get(name)])), None)
    if name is None or source.random() > 0.25:
        return []
    return [[_spelled(source, name), source.choice(OVERRULED[name])]]


def _spelled(source: random.Random, name: str) -> str:
    return source.choice([name, NAMES.get(name, name)])


def _with_files(source: random.Random, tokens: list[str], behaviour: Behaviour) -> Line:
    """Move a part of the tokens into a command file, in one line of three."""
    expected = behaviour.expected
    if source.random() > 0.33:
        return Line(tuple(tokens), behaviour, expected)
    start, end = sorted(source.randrange(len(tokens) + 1) for _ in range(2))
    content = "".join(_quoted(source, token) + source.choice(SEPARATORS) for token in tokens[start:end])
    argv = (*tokens[:start], "@{dir}/options", *tokens[end:])
    return Line(argv, behaviour, expected, (("options", source.choice(SEPARATORS) + content),))


def _quoted(source: random.Random, token: str) -> str:
    """Quote a token for a command file, needlessly too; half of a word may be quoted as well."""
    quotes = [quote for quote in ("'", '"') if quote not in token]
    bare = token and not set(token) & set(" \t\r\n'\"")
    styles = [f"{quote}{token}{quote}" for quote in quotes]
    if bare:
        styles += [token, token]
    if bare and "{" not in token:
        half = len(token) // 2
        styles.append(f"{token[:half]}'{token[half:]}'")
    return source.choice(styles)
