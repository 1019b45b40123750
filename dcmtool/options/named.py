"""The verification of a node by its name: what the caller says, then the node's entry, then the defaults."""

from collections.abc import Mapping

from dcmtool.config import defaults, nodes
from dcmtool.errors import SettingsError
from dcmtool.fields import changed, text_of_path
from dcmtool.options.requests import Warn, of_node
from dcmtool.options.values import UsageError
from dcmtool.settings import EchoRequest, FilePath, Negotiation, Peer


def request_of(
    name: str, file: FilePath | None, given: Mapping[str, object], *, force: bool, warn: Warn | None
) -> EchoRequest:
    """Return the verification of the node of this name, with what is `given` of its fields in their place.

    Raises:
        SettingsError: what is given cannot be, or the node is not to be probed and this is not forced.
        UnknownNode: there is no node of this name.
        InputFileError: a file cannot be used, or says what it cannot.
    """
    node = nodes.read(None if file is None else _text("nodes", text_of_path(file))).node(_text("node", name))
    if node.do_not_probe and not force:
        raise SettingsError("node", name, f"in {node.path} is not to be probed: {node.do_not_probe}")
    try:
        request = of_node(node, defaults.of("echo"), warn=warn)
    except UsageError as error:  # what only a person could answer
        raise nodes.refused(node.path, node.name, str(error)) from error
    return overlaid(request, given)


def overlaid(request: EchoRequest, given: Mapping[str, object]) -> EchoRequest:
    """Return a request with what is `given` in place of its fields, and of its peer's and negotiation's.

    Raises `SettingsError` where that cannot be.
    """
    if not given:
        return request
    fields = dict(given)
    for part, kind in (("peer", Peer), ("negotiation", Negotiation)):
        own = {each: fields.pop(each) for each in kind._defaults if each in fields}
        fields[part] = changed(getattr(request, part), **own)
    return changed(request, **fields)


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise SettingsError(name, value, "is not text")
    return value
