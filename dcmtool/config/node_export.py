"""Nodes in the very form that another program reads: monitors, inventories, Orthanc, spreadsheets."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from dcmtool.config import orthanc
from dcmtool.config.node_check import title_of
from dcmtool.config.node_import import free_name, new_name
from dcmtool.config.nodes import Node
from dcmtool.config.spreadsheet import cell_of, defused
from dcmtool.text import bare_host, brief

Form = Literal["prometheus-sd", "zabbix-lld", "checkmk", "ansible", "csv", "orthanc"]
Cells = Callable[
    [Node], Mapping[str, str]
]  # the settings of a node as texts that an import makes them of again

FORMS: Mapping[Form, str] = {
    "prometheus-sd": "targets for file_sd_configs of Prometheus",
    "zabbix-lld": "rows for low-level discovery of Zabbix",
    "checkmk": "hosts for the REST API of Checkmk, to be created in bulk",
    "ansible": "a dynamic inventory of Ansible",
    "csv": "a table, which import reads again",
    "orthanc": "DicomModalities of Orthanc, which import reads again",
}
_MONITORS = ("prometheus-sd", "zabbix-lld", "checkmk")  # what these know they probe


class Export(NamedTuple):
    """The text for another program, and what is to be said of it."""

    text: str
    remarks: list[str]


def export(nodes: Sequence[Node], form: Form, cells: Cells) -> Export:
    """Return the nodes in a form; a monitor gets none that is not to be probed."""
    remarks: list[str] = []
    if form in _MONITORS:
        remarks += [
            f"{each.name} is left out, as it is not to be probed: {brief(each.do_not_probe)}"
            for each in nodes
            if each.do_not_probe
        ]
        nodes = [each for each in nodes if not each.do_not_probe]
    if form == "csv":
        return Export(_csv(nodes, cells), remarks)
    made = _document(nodes, form, remarks)
    return Export(json.dumps(made, indent=2, ensure_ascii=False) + "\n", remarks)


def _document(nodes: Sequence[Node], form: Form, remarks: list[str]) -> object:
    if form == "checkmk":
        return _checkmk(nodes, remarks)
    if form == "orthanc":
        return _orthanc(nodes, remarks)
    return {"prometheus-sd": _prometheus, "zabbix-lld": _zabbix, "ansible": _ansible}[form](nodes)


def address(node: Node) -> str:
    """Return the address of a node in one word, `[CALLED@]HOST:PORT`."""
    host, title = bare_host(node.host), title_of(node)
    return f"{f'{title}@' if title else ''}{f'[{host}]' if ':' in host else host}:{node.port}"


def _prometheus(nodes: Iterable[Node]) -> list[dict[str, object]]:
    """Return target groups; a label that begins with __meta_ is for relabelling, and in no series."""
    return [
        {
            "targets": [address(node)],
            "labels": {
                "name": node.name,
                "__meta_dicom_host": bare_host(node.host),
                "__meta_dicom_port": str(node.port),
                "__meta_dicom_called": title_of(node),
                # Between commas, as other discoveries of Prometheus have it, so that `.*,ct,.*` finds one.
                "__meta_dicom_tags": "".join(f",{tag}" for tag in node.tags) + ("," if node.tags else ""),
            },
        }
        for node in nodes
    ]


def _zabbix(nodes: Iterable[Node]) -> list[dict[str, str]]:
    return [
        {
            "{#NAME}": node.name,
            "{#HOST}": bare_host(node.host),
            "{#PORT}": str(node.port),
            "{#CALLED}": title_of(node),
            "{#CALLING}": str(node.settings.get("aetitle", "")),
            "{#TARGET}": address(node),
            "{#TAGS}": ",".join(node.tags),
        }
        for node in nodes
    ]


def _checkmk(nodes: Iterable[Node], remarks: list[str]) -> dict[str, object]:
    """Return the body of a request to create hosts in bulk: Checkmk reads host lists nowhere else.

    What it knows of a host besides its address is its labels, which cannot hold a colon.
    """
    entries: dict[str, object] = {}
    for node in nodes:
        name = _renamed(node, re.sub(r"[^A-Za-z0-9_.-]+", "-", node.name), entries, remarks)
        host = bare_host(node.host)
        where = (
            {"ipv6address": host, "tag_address_family": "ip-v6-only"} if ":" in host else {"ipaddress": host}
        )
        labels = {"dicom/node": node.name, "dicom/port": str(node.port), "dicom/called": title_of(node)}
        labels |= {f"dicom/tag/{tag}": "yes" for tag in node.tags}
        kept = {key: value for key, value in labels.items() if value and ":" not in key + value}
        attributes = {"alias": node.name, **where, "tag_agent": "no-agent", "labels": kept}
        entries[name] = {"folder": "/", "host_name": name, "attributes": attributes}
    return {"entries": list(entries.values())}


def _renamed(node: Node, wanted: str, taken: Mapping[str, object], remarks: list[str]) -> str:
    name = free_name(wanted, taken)
    if name != node.name:
        remarks.append(f"{node.name} is called {name} there")
    return name


def _ansible(nodes: Sequence[Node]) -> dict[str, object]:
    """Return what an inventory script answers, with a group for all and one for each tag."""
    groups: dict[str, list[str]] = {"dicom": [node.name for node in nodes]}
    for node in nodes:
        for tag in node.tags:
            members = groups.setdefault(f"tag_{re.sub('[^A-Za-z0-9_]', '_', tag)}", [])
            if node.name not in members[-1:]:
                members.append(node.name)
    variables = {
        node.name: {
            "ansible_host": bare_host(node.host),
            "dicom_port": node.port,
            "dicom_called": title_of(node) or None,
            "dicom_calling": node.settings.get("aetitle"),
            "dicom_target": address(node),
            "dicom_tags": list(node.tags),
            "dicom_do_not_probe": node.do_not_probe or None,
        }
        for node in nodes
    }
    return {
        "_meta": {"hostvars": _untemplated(variables)},
        "all": {"children": list(groups)},
        **{group: {"hosts": members} for group, members in groups.items()},
    }


def _untemplated(value: Any) -> Any:
    """Return a value whose texts Ansible takes as they are: it would run what stands in braces (CWE-1336)."""
    if isinstance(value, dict):
        return {key: _untemplated(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_untemplated(each) for each in value]
    return {"__ansible_unsafe": value} if isinstance(value, str) and "{" in value else value


def _csv(nodes: Iterable[Node], cells: Cells) -> str:
    rows: list[dict[str, str]] = [
        {
            "name": node.name,
            "host": node.host,
            "port": str(node.port),
            "tags": cell_of(node.tags),
            "do-not-probe": node.do_not_probe,
            **cells(node),
        }
        for node in nodes
    ]
    usual = ("name", "host", "port", "call", "aetitle", "tags", "do-not-probe")
    columns = dict.fromkeys([*usual, *(key for row in rows for key in row)])
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([defused(row.get(column, "")) for column in columns] for row in rows)
    return text.getvalue()


def _orthanc(nodes: Iterable[Node], remarks: list[str]) -> dict[str, object]:
    """Return a configuration of Orthanc with these modalities, and what TLS they share."""
    modalities: dict[str, dict[str, Any]] = {}
    shared: dict[str, set[str]] = {}
    lost: dict[str, int] = {}
    for node in nodes:
        name = _renamed(node, new_name(node.name, ()), modalities, remarks)
        modality, tls, left = orthanc.modality_of(node)
        if not title_of(node):
            remarks.append(f"{node.name} has no title to be called by: {brief(modality['AET'])} stands there")
        modalities[name] = modality
        for key, value in tls.items() if modality.get("UseDicomTls") else ():
            shared.setdefault(key, set()).add(value)
        for key in left:
            lost[key] = lost.get(key, 0) + 1
    common = {key: values.pop() for key, values in shared.items() if len(values) == 1}
    remarks += [
        f"{key} differs, and Orthanc has one for all: it is left out" for key in shared.keys() - common
    ]
    if lost:
        keys = ", ".join(f"{key} ({number})" for key, number in lost.items())
        remarks.append(f"Orthanc has no place for what some nodes have: {keys}")
    return {"DicomModalities": modalities, **{key: value for key, value in common.items() if value}}
