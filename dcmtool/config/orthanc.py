"""The modalities of an Orthanc configuration (`DicomModalities`), as nodes.

Each is an array `["AET", "HOST", PORT, "MANUFACTURER"]` or an object with the keys AET, Host and Port. The
configuration is JSON with comments.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

from dcmtool.config.toml_text import shown
from dcmtool.errors import InputFileError
from dcmtool.text import printable

# A text, which is kept, or a comment, which is not; a `//` or `/*` inside a text is none. What is not closed
# goes on to the end, so that nothing is looked through twice.
_COMMENT = re.compile(
    r"""("(?:[^"\\]++|\\.)*+(?:"|\\?\Z))|//[^\r\n]*+|/\*.*?(?:\*/|\Z)""",
    re.DOTALL,
)
_TIMEOUTS = ("timeout", "acse-timeout", "dimse-timeout")  # of Orthanc's one, which stands for all of them


def without_comments(text: str) -> str:
    """Return JSON without its comments, whose lines stay, so that an error names the right one."""
    return _COMMENT.sub(lambda found: found[1] or "\n" * found[0].count("\n") or " ", text)


def modalities(path: str, text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name and the keys of each modality, in the words of a node file.

    Paths are relative to the configuration, and absolute here. Raises `InputFileError` for what is none.
    """
    try:
        configuration = json.loads(without_comments(text))
    except (ValueError, RecursionError) as error:
        raise InputFileError(path, f"is not valid JSON: {printable(str(error))}") from error
    found = configuration.get("DicomModalities") if isinstance(configuration, dict) else None
    if not isinstance(found, dict):
        raise InputFileError(path, "holds no object DicomModalities, as a configuration of Orthanc does")
    for name, modality in found.items():
        if isinstance(modality, list) and 3 <= len(modality) <= 4:
            modality = dict(zip(("AET", "Host", "Port"), modality, strict=False))
        elif not isinstance(modality, dict):
            problem = f'should be ["AET", "HOST", PORT] or an object, but is {shown(modality)}'
            raise InputFileError(path, f"DicomModalities: {printable(name)} {problem}")
        yield name, {**_keys(modality), **_tls(path, modality, configuration)}


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
        for name in map(configuration.get, ("DicomTlsPrivateKey", "DicomTlsCertificate", _AUTHORITIES))
    )
    ours: dict[str, Any] = {"enable-tls": [key, certificate]} if key and certificate else {"tls": "anonymous"}
    return {**ours, **({"add-cert-file": [authorities]} if authorities else {})}


_AUTHORITIES = "DicomTlsTrustedCertificates"
