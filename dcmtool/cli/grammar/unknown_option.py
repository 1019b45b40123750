"""What is said of a word that is no option: what it may be meant for."""

import re
from collections.abc import Mapping
from difflib import get_close_matches

from dcmtool.options.foreign import meant
from dcmtool.options.option import Option
from dcmtool.text import asked, brief

HIDDEN = "***"
# A password that stands right behind what it is one of, as other programs have it: +pwSECRET.
_ATTACHED = re.compile(r"(?is)^([-+]{1,2}[\w-]*?(?:pw|password|passwd|passw(?!ord|d)|pass(?!w))).+$")
LONGEST = 40  # characters that are compared
PARAMETERS = ("peer", "port")


def sentence(token: str, spellings: Mapping[str, Option]) -> str:
    """Return the sentence for a word, with what it may be meant for; no password is shown."""
    name, equals, value = token.partition("=")
    near = get_close_matches(name[:LONGEST], spellings, n=1, cutoff=0.75)
    secret = "pw" in name or "pass" in name or bool(near and spellings[near[0]].secret)
    shown = name
    if not get_close_matches(name[:LONGEST], _public(spellings), n=1, cutoff=0.9):  # else a slip, no password
        shown = _ATTACHED.sub(rf"\1{HIDDEN}", name)
    if equals:
        shown = f"{shown}={HIDDEN if secret else value}"
    guesses = _guesses(name, bool(equals), spellings) or [
        each for each in near if each != token and token.startswith("--")
    ]
    return f"Unknown option {brief(shown)}{asked(guesses)}"


def _public(spellings: Mapping[str, Option]) -> list[str]:
    return [spelling for spelling, option in spellings.items() if not option.secret]


def _guesses(name: str, equals: bool, spellings: Mapping[str, Option]) -> list[str]:
    if equals and name in spellings:  # an option with one dash has its value apart
        return [f"{name} {spellings[name].metavar}".strip()]
    if foreign := list(meant(name, spellings.values(), PARAMETERS)):
        return foreign
    dashes = [f"-{name}", name[1:]] if name.startswith("-") else []
    return [spelling for spelling in dashes if len(spelling) > 2 and spelling in spellings]
