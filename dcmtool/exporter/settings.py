"""How an exporter is to run."""

from dcmtool.errors import SettingsError
from dcmtool.exporter.access import network_of
from dcmtool.fields import Frozen
from dcmtool.options.address import address_of
from dcmtool.options.gathering import gathered
from dcmtool.options.values import Values


class ExporterSettings(Frozen):
    """Where it listens, the files that it reads, whom it may probe, and how much at a time.

    `networks` are those whose addresses may be probed beside the nodes of the node file. `offset` is by how
    many seconds a probe ends before Prometheus gives up on it.
    """

    host: str
    port: int
    web_config_file: str | None = None
    config_file: str | None = None
    node_file: str | None = None
    networks: tuple[str, ...] = ()
    offset: float = 0.5
    most_probes: int = 128
    history: int = 100

    def __post_init__(self) -> None:
        for each in self.networks:
            network_of(each)


def exporter_settings(values: Values) -> ExporterSettings:
    """Return the settings that values come to. Raises as `dcmtool.options.gathering` does."""
    return gathered(
        lambda address, **fields: ExporterSettings(*_place(address), **fields),
        values,
        address="web_listen_address",
        web_config_file="web_config_file",
        config_file="config_file",
        node_file="nodes",
        networks="allow",
        offset="timeout_offset",
        most_probes="max_concurrent_probes",
        history="history_limit",
    )


def _place(text: str) -> tuple[str, int]:
    """Return host and port of an address to listen on; an empty host stands for every address."""
    address = address_of(text)
    port = address.port or ""
    if address.called is not None or not (port.isascii() and port.isdigit() and int(port[:6]) <= 65535):
        raise SettingsError("address", text, "is none to listen on: [HOST]:PORT is, such as :11104")
    return address.host, int(port)
