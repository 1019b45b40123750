"""The modalities of Orthanc as nodes: of a configuration (`DicomModalities`), of its REST API, or a bare map.

Each is an array `["AET", "HOST", PORT, "MANUFACTURER"]` or an object with the keys AET, Host and Port. The
configuration is JSON with comments, commas before a bracket that closes, and variables of the environment.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from dcmtool.config.toml_text import shown
from dcmtool.errors import InputFileError
from dcmtool.settings import Negotiation
from dcmtool.text import brief

if TYPE_CHECKING:
    from dcmtool.config.nodes import Node

# A text, which is kept, or a comment, which is not; a `//` or `/*` inside a text is none. What is not closed
# goes on to the end, so that nothing is looked through twice.
_COMMENT = re.compile(
    r"""("(?:[^"\\]++|\\.)*+(?:"|\\?\Z))|//[^\r\n]*+|/\*.*?(?:\*/|\Z)""",
    re.DOTALL,
)
# The same with a comma that nothing follows but the end of its object or array.
_COMMA = re.compile(r"""("(?:[^"\\]++|\\.)*+(?:"|\\?\Z))|,(?=\s*+[\]}])""", re.DOTALL)
# A variable and what stands for it where it is not set, in quotes or not, by Orthanc's own rules. No part of
# it may hold a brace, so that each is looked through once.
_VARIABLE = re.compile(
    r"""\$\{([^:{}"\n]*+)(?::-(?:'([^'{}\n]*+)'|"([^"{}\n]*+)"|([^'"{}\n]*+)))?\}""",
)
MAX_DIGITS = 20  # of a whole number, with its sign: no more than 64 bits have
_MOST = 8 << 20  # characters once the variables have their values: twice what a file may hold
_TIMEOUTS = ("timeout", "acse-timeout", "dimse-timeout")  # of Orthanc's one, which stands for all of them
_FILES = ("DicomTlsPrivateKey", "DicomTlsCertificate", "DicomTlsTrustedCertificates")
_LISTED = "is the list of names that Orthanc has at /modalities: ask it for /modalities?expand"
_ARRAY = ("AET", "Host", "Port")


class Modality(NamedTuple):
    """A modality: its name and its keys, in the words of a node file; or what is wrong with it."""

    name: str
    keys: Mapping[str, Any]
    problem: str = ""


class Modalities(NamedTuple):
    """What a file has of modalities, and the names of the variables that were put in."""

    all: list[Modality]
    variables: list[str]


def without_comments(text: str) -> str:
    """Return JSON without its comments, whose lines stay, so that an error names the right one."""
    return _COMMENT.sub(lambda found: found[1] or "\n" * found[0].count("\n") or " ", text)


def is_json(text: str) -> bool:
    """Return whether a text looks like what Orthanc reads or answers, rather than like a table."""
    return without_comments(text).lstrip().startswith(("{", "["))


def modalities(path: str, text: str, environment: Mapping[str, str]) -> Modalities:
    """Return the modalities; paths are relative to the file, and absolute here.

    Raises `InputFileError` for what has none.
    """
    bare, variables = _with_variables(path, without_comments(text), environment)
    try:
        document = json.loads(_COMMA.sub(lambda found: found[1] or " ", bare), parse_int=_whole)
    except (ValueError, RecursionError) as error:
        raise InputFileError(path, f"is not valid JSON: {brief(str(error))}") from error
    return Modalities(list(_all(path, document)), variables)


def _with_variables(path: str, text: str, environment: Mapping[str, str]) -> tuple[str, list[str]]:
    """Return a text with the values of its variables, and the names of those that are set."""
    used: dict[str, None] = {}
    left = _MOST - len(text)

    def value(found: re.Match[str]) -> str:
        nonlocal left
        name, *defaults = found.groups()
        text = environment.get(name)
        if text is None:
            return next((each for each in defaults if each is not None), "")
        used[name] = None
        left -= len(text)
        if left < 0:
            raise InputFileError(path, f"is too long with the value of the variable {brief(name)} in it")
        return text

    return _VARIABLE.sub(value, text), list(used)


def _all(path: str, document: object) -> Iterator[Modality]:
    if isinstance(document, list) and document and all(isinstance(each, str) for each in document):
        raise InputFileError(path, _LISTED)
    configuration = document if isinstance(document, dict) else {}
    found = configuration.get("DicomModalities", _bare_map(configuration))
    if not isinstance(found, dict):
        raise InputFileError(path, "holds no object DicomModalities, as a configuration of Orthanc does")
    for name, modality in found.items():
        if isinstance(modality, list) and 3 <= len(modality) <= 4:
            modality = dict(zip(_ARRAY, modality, strict=False))
        elif not isinstance(modality, dict):
            problem = f'should be ["AET", "HOST", PORT] or an object, but is {shown(modality)}'
            yield Modality(name, {}, problem)
            continue
        yield Modality(name, {**_keys(modality), **_tls(path, modality, configuration)})


def _bare_map(document: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return an object that holds nothing but modalities, such as the answer of the REST API."""
    return document if document and all(map(_may_be_one, document.values())) else None


def _may_be_one(value: object) -> bool:
    if isinstance(value, list):
        return 3 <= len(value) <= 4
    return isinstance(value, dict) and {"AET", "Host"} <= value.keys()


def _whole(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a number of {len(digits)} digits")
    return int(digits)


def _keys(modality: Mapping[str, Any]) -> dict[str, Any]:
    port = modality.get("Port")
    keys: dict[str, Any] = {
        "host": modality.get("Host"),
        "port": int(port) if isinstance(port, str) and re.fullmatch("[0-9]{1,5}", port) else port,
        "call": modality.get("AET"),
        "aetitle": modality.get("LocalAet") or None,  # empty for that of Orthanc itself
    }
    if modality.get("Timeout"):  # 0 for that of Orthanc itself
        keys |= dict.fromkeys(_TIMEOUTS, modality["Timeout"])
    return {key: value for key, value in keys.items() if value is not None}


def _tls(path: str, modality: Mapping[str, Any], configuration: Mapping[str, Any]) -> dict[str, Any]:
    if not modality.get("UseDicomTls"):
        return {}
    folder = os.path.dirname(path)
    key, certificate, authorities = (
        os.path.abspath(os.path.join(folder, name)) if isinstance(name, str) and name else None
        for name in map(configuration.get, _FILES)
    )
    ours: dict[str, Any] = {"enable-tls": [key, certificate]} if key and certificate else {"tls": "anonymous"}
    return {**ours, **({"add-cert-file": [authorities]} if authorities else {})}


def modality_of(node: "Node") -> tuple[dict[str, Any], dict[str, str], list[str]]:
    """Return a node as a modality, the files that Orthanc has for all, and the keys it has no place for."""
    left = dict(node.settings)
    modality = {"AET": left.pop("call", Negotiation().called_aet), "Host": node.host, "Port": node.port}
    if "aetitle" in left:
        modality["LocalAet"] = left.pop("aetitle")
    times = [left.get(key) for key in _TIMEOUTS]
    if isinstance(times[0], int) and times.count(times[0]) == len(times):
        modality["Timeout"] = times[0]
        left = {key: value for key, value in left.items() if key not in _TIMEOUTS}
    pair, authorities = left.pop("enable-tls", None), left.get("add-cert-file", [])
    if pair or left.get("tls") == "anonymous":
        modality["UseDicomTls"] = True
    if left.get("tls") in ("off", "anonymous"):
        del left["tls"]
    if len(authorities) == 1:
        del left["add-cert-file"]
    files = (*(pair or ("", "")), *(authorities if len(authorities) == 1 else [""]))
    tls = {
        key: os.path.abspath(os.path.join(os.path.dirname(node.path), os.path.expanduser(file)))
        if file
        else ""
        for key, file in zip(_FILES, files, strict=True)
    }
    also = {"tags": node.tags, "do-not-probe": node.do_not_probe}
    return modality, tls, [*left, *(key for key, value in also.items() if value)]
