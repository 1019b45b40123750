"""The nodes that a sweep is to verify, made of words and of the entries of a node file."""

from collections.abc import Iterable, Mapping
from functools import partial

from dcmtool.config import nodes as node_files
from dcmtool.config.defaults import Defaults
from dcmtool.config.node_check import no_host
from dcmtool.config.nodes import Node, NodeFile
from dcmtool.config.toml_text import near_to
from dcmtool.errors import SettingsError
from dcmtool.fields import changed
from dcmtool.fleet.target import Target
from dcmtool.options.address import PORT, address_of, address_of_url
from dcmtool.options.file_values import Vocabulary
from dcmtool.options.kinds import Number, Unfit
from dcmtool.options.option import Signature
from dcmtool.options.precedence import settle
from dcmtool.options.requests import Ask, AskPasscode, Warn, echo_request
from dcmtool.options.values import Rank, Stored, UsageError, Values
from dcmtool.settings import EchoRequest, Negotiation, Peer, TlsSettings
from dcmtool.text import asked, brief

MOST_COMPARED = 20  # words that are compared with all names of a file, which takes its time
_PORTS = Number(1, 65535)


class Roster:
    """Makes targets; those whose entries have the same settings share what is made of them.

    `given` are the values of the command line and the environment; a node's own entry comes after these, and
    the defaults after that. An option that a node has no place for, such as one of TLS, is passed over there;
    `check` is for those that none has a place for.
    """

    def __init__(
        self,
        signature: Signature,
        given: Values,
        file: NodeFile,
        defaults: Defaults | None,
        *,
        ask: Ask | None = None,
        ask_passcode: AskPasscode | None = None,
        warn: Warn | None = None,
    ) -> None:
        vocabulary = Vocabulary((signature.like or signature).options)
        self._given, self._file, self._vocabulary = given, file, vocabulary
        self._names = {option.name for option in signature.options}
        self._defaults = self._known(vocabulary.of_defaults(defaults)) if defaults else {}
        self._made_of = partial(echo_request, ask=ask, ask_passcode=ask_passcode, warn=warn)
        self._warn, self._compared = warn, 0
        self._plain: EchoRequest | None = None
        self._by_settings: dict[str, EchoRequest] = {}
        self._secured: dict[TlsSettings, Values] = {}
        self._misplaced: dict[str, UsageError] | None = None  # by the option, in each node so far

    def chosen(self, tags: Iterable[str]) -> list[Target]:
        """Return the nodes of the file that have all of these tags.

        Raises:
            UsageError: there is none.
            InputFileError: what the file says of one cannot be used.
        """
        wanted, known = dict.fromkeys(tags), set[str]()
        chosen: list[Target] = []
        for node in self._file.all():
            known.update(node.tags)
            if {*wanted} <= {*node.tags}:
                chosen.append(self.of_node(node))
        if not chosen:
            raise UsageError(self._nobody([*wanted], known))
        return chosen

    def _nobody(self, tags: list[str], known: set[str]) -> str:
        """Return the sentence for a file that has no node with all of these tags."""
        path = brief(self._file.path)
        if self._file.tables is None:
            return f"There is no node file {path}: name nodes, or write it"
        unknown = [tag for tag in tags if tag not in known]
        if not self._file.names or not tags:
            return f"{path} has no nodes"
        if not unknown:
            return f"{path} has no node with all of the tags {', '.join(map(brief, tags))}"
        near = asked(near_to(unknown[0], tuple(sorted(known))))
        return f"{path} has no node with the tag '{brief(unknown[0])}'{near}"

    def check(self) -> None:
        """Raise `UsageError` for an option of the command line that has no place in any of the nodes."""
        for error in (self._misplaced or {}).values():
            raise error

    @property
    def secured(self) -> Mapping[TlsSettings, Values]:
        """The TLS settings of all targets so far, each with the values that it was made of first."""
        return self._secured

    def of_word(self, word: str) -> Target:
        """Return the target that a word stands for: a node of the file, or else an address.

        Raises:
            UsageError: it can be neither.
            InputFileError: what the file says of it, or a file that is named, cannot be used.
        """
        if self._file.tables is not None and word in self._file.tables:
            return self.of_node(self._file.node(word))
        if "://" in word:
            meant = address_of_url(word).in_one_word
            raise UsageError(f"'{brief(word)}' is a URL, which is no address here: type {brief(meant)}")
        address = address_of(word)
        if len(parts := address.host.split()) > 1:
            meant = f": type {brief(':'.join(word.split()))}" if parts[1].isdigit() else ""
            raise UsageError(f"'{brief(word)}' is no node: it has a blank in it{meant}")
        if word == address.host:
            self._tell_near(word)
        plain = self._of_words()
        try:
            port = PORT if address.port is None else int(_PORTS.convert(address.port))
            peer = Peer(address.host, port, plain.peer.family)
            negotiation = _calling(plain.negotiation, address.called)
        except Unfit as error:
            raise UsageError(
                f"'{brief(word)}' is no node: port '{error}' is not {_PORTS.wanted()}"
            ) from error
        except SettingsError as error:
            raise UsageError(f"'{brief(word)}' is no node: {error.fact}") from error
        if problem := no_host(address.host):
            raise UsageError(f"'{brief(word)}' is no node: host '{brief(address.host)}' {problem}")
        return Target(word, _towards(plain, peer, negotiation))

    def _tell_near(self, word: str) -> None:
        """Say that a host may be meant for a node of the file whose name looks like it."""
        if self._warn is None or self._compared >= MOST_COMPARED or "." in word or ":" in word:
            return
        self._compared += 1
        if near := near_to(word, self._file.names):
            path = brief(self._file.path)
            self._warn(f"'{brief(word)}' is no node of {path}, and taken for a host{asked(near)}")

    def of_node(self, node: Node) -> Target:
        """Return the target that an entry describes. Raises `InputFileError` where it cannot be used."""
        settings = repr(node.settings)
        if settings not in self._by_settings:
            self._by_settings[settings] = self._request(
                self._known(self._vocabulary.of_node(node)), node.host, node.port
            )
        template = self._by_settings[settings]
        try:
            peer = Peer(node.host, node.port, template.peer.family)
        except SettingsError as error:
            raise node_files.refused(node.path, node.name, error.fact, "host") from error
        request = _towards(template, peer, template.negotiation)
        return Target(node.name, request, node.tags, node.do_not_probe)

    def _of_words(self) -> EchoRequest:
        if self._plain is None:
            self._plain = self._request({}, "localhost", PORT)
        return self._plain

    def _known(self, stored: dict[str, Stored]) -> dict[str, Stored]:
        return {name: entry for name, entry in stored.items() if name in self._names}

    def _request(self, entry: dict[str, Stored], host: str, port: int) -> EchoRequest:
        values = self._given.copy()
        values.supply(entry)
        values.supply(self._defaults)
        values.set_parameters({"peer": host, "port": port}, "")
        as_given = values.copy()
        settle(values, passes_over=True)
        if self._misplaced is None or self._misplaced:
            self._note_misplaced(as_given, values)
        request = self._made_of(values)
        if request.tls is not None:
            self._secured.setdefault(request.tls, values)
        return request

    def _note_misplaced(self, given: Values, settled: Values) -> None:
        """Take note of the options that have no place in this node either, and of what is said of them."""
        gone = {
            option.name
            for option in given.options
            if given.rank(option) < Rank.NODE and given.is_given(option) and not settled.is_given(option)
        }
        if self._misplaced is not None:
            self._misplaced = {name: error for name, error in self._misplaced.items() if name in gone}
        elif not gone:
            self._misplaced = {}
        else:
            try:
                settle(given)
            except UsageError as error:
                self._misplaced = dict.fromkeys(gone, error)
            else:
                self._misplaced = {}


def _calling(negotiation: Negotiation, called: str | None) -> Negotiation:
    return negotiation if called is None else changed(negotiation, called_aet=called)


def _towards(request: EchoRequest, peer: Peer, negotiation: Negotiation) -> EchoRequest:
    return EchoRequest(
        peer,
        negotiation,
        request.timeouts,
        request.repeat,
        request.abort,
        request.tls,
        request.interval,
        request.reconnect,
    )
