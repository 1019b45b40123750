"""The one home of advice: every sentence on what to change, by its key, without the spelling of any option.

A sentence has facts and settings in braces. What a setting is called depends on the reader: the API's words
are here, the command line's in `dcmtool.cli.wording`, which takes them from its options.
"""

from collections import ChainMap
from collections.abc import Mapping, MutableMapping
from typing import cast

from dcmtool.named_tuple import NamedTuple
from dcmtool.observed_advice import OBSERVED_SENTENCES

Words = Mapping[str, str]  # what each setting is called

API: Words = {
    # The budgets of time, as `steps.Deadline.budget` has them.
    "connect": "timeouts.connect",
    "acse": "timeouts.acse",
    "dimse": "timeouts.dimse",
    "socket": "timeouts.socket",
    "deadline": "timeouts.deadline",
    # The association.
    "calling_aet": "calling_aet=",
    "called_aet": "called_aet=",
    "transfer_syntaxes": "transfer_syntaxes=",
    # TLS: with or without a certificate of our own, and the latter with its two files.
    "tls": "tls=",
    "anonymous_tls": "tls=TlsSettings()",
    "client_certificate": "key_file= and certificate_file=",
    "key_and_certificate": "key_file= and certificate_file=",
    "der": "file_format='der'",
    "pem": "file_format='pem'",
    "ca_files": "ca_files=",
    "system_ca": "system_ca=True",
    "crl_files": "crl_files=",
    "ciphers": "ciphers=",
    "list_of_ciphers": "dcmtool.tls.cipher_suites.selectable()",
    "list_of_profiles": "dcmtool.tls.profiles.PROFILES",
    "server_name": "server_name=",
    "either_family": "family='auto'",
    "trace_file": "listener=",
    **{
        f"profile {word}": f"profile='{word}'"
        for word in ("8996", "8996-mod", "bcp195-nd", "bcp195", "bcp195-ex", "basic", "aes", "null")
    },
}

SENTENCES = {
    # The connection.
    "host-name": "check the spelling of the name, or give the node's address in its place",
    "name-service": "the name service does not answer: give the node's address in place of its name",
    "refused": (
        "nothing listens on port {port} there, or a firewall says so: check that the node is running, and"
        " its port"
    ),
    "unreachable": (
        "no way leads to this address, or a firewall says so: check the address, the network, the VPN, and"
        " the firewalls on the way and at the node"
    ),
    "no-answer": (
        "nothing comes back at all: the address is wrong, or a firewall drops what is sent to port {port}"
    ),
    "other-protocol": "this port {speaks}: {port} is not the DICOM port: ask for that of {node}",
    "search-domain": "give the name with its domain; a name of another network needs that network's VPN",
    "other-family": "use {either_family}, or give an address of the other family",
    "resolver": "see what the name services of this host are, and whether a VPN changed them",
    "published-port": "a container's port has to be published, and a container's localhost is itself",
    "listening-address": "see on the node that the program listens, and not on 127.0.0.1 alone",
    "host-is-up": "see whether the host is up and has this address: DHCP may have given it another",
    "firewall-rule": "have port {port} opened for {source} on the way and on the node",
    "longer-connect": "allow the connection more time: {connect}",
    "route": "see the route to {address}, the gateway, and whether the VPN is up",
    "own-firewall": (
        "have this program and port {port} allowed in this host's firewall or endpoint protection"
    ),
    "own-sandbox": "in a container, a service or a sandbox, see that it may use the network",
    "own-system": "see what this host's system says about it in its log",
    "dead-proxy": (
        "if a proxy, a load balancer or a container's port stands there, see that the node behind runs"
    ),
    "address-list": "have {source} added to the addresses that the node takes connections from",
    "what-listens": "see on the node which program listens on port {port}, and where the DICOM one does",
    "proxy-header": "switch the PROXY protocol off at the node, or call it through its proxy",
    "name-service-slow": "see which name service of this host does not answer, and take it out",
    "hosts-file": "give the node's address in place of its name",
    "lost-packets": "measure loss and delay on the way: cable, duplex, VPN",
    "path-mtu": "let ICMP (type 3 code 4, or ICMPv6 packet too big) through, or lower the MTU of the VPN",
    # The association.
    "called-title": (
        "the called AE title is case-sensitive; you sent {called}: give the node's own with {called_aet}"
    ),
    "calling-title": (
        "the node only answers callers that it knows: have {calling} added there with {source}, or give"
        " a title that it knows with {calling_aet}"
    ),
    "calling-title-and-called": (
        "the node only answers callers that it knows: have {calling} added there with {source}, or give"
        " a title that it knows with {calling_aet}; you called {called}"
    ),
    "no-reason": (
        "the node gives no reason: see its log, and whether it knows the titles {calling} and {called} "
        "and this host's address"
    ),
    "busy": "the node is busy for now: try again later",
    "fewer-syntaxes": (
        "servers built on DCMTK {release} or older take at most {most} transfer syntaxes a context: lower"
        " {transfer_syntaxes}"
    ),
    "more-syntaxes": (
        "the node takes none of the transfer syntaxes offered: offer more with {transfer_syntaxes}"
    ),
    "unknown-caller": "the node may hang up on callers that it does not know: see its log",
    "abort-for-rejection": (
        "some nodes abort where they should reject: see whether it knows the titles {calling} and {called}"
    ),
    "no-verification": (
        "the node offers no Verification (1.2.840.10008.1.1) to {calling}: have it allowed there"
    ),
    "no-called-title": "you called {called}, since no title was given: give the node's own with {called_aet}",
    "calling-too": (
        "some nodes say this of the caller too: have {calling} added there with the address {source}"
    ),
    "own-address": "have {calling} added at the node with the address that it sees us come from, {source}",
    "keep-to-it": "keep to what worked here ({tried}), or have the node take what did not",
    "log-of-node": "read the node's log at this time: it names the titles and the address that it saw",
    "node-hangs": "see the node's log, and whether its program still runs: it may hang or be full",
    "longer-acse": "allow the answer more time: {acse}",
    "provider-abort": "the node's protocol machine found fault with the request: see its log for what",
    "other-standard": "see in the node's log what it found wrong with the request, and bring it up to date",
    "local-limit": "have the node's number of associations raised, and see who leaves them open",
    "open-associations": (
        "see which associations are open at the node: health checks and lost callers hold some"
    ),
    "identity": "see whether the node wants a user and a passcode, and which",
    "reserved-reason": "ask the vendor what it means: titles, a licence and limits are told so by some",
    "vendor": "tell the vendor of the node, with what was seen here",
    "capture": "keep a trace of it: {trace_file}",
    "other-title": "call another of the node's titles with {called_aet}: each may take other services",
    "reverse-lookup": "have the name service answer for {source}, or switch name lookup off at the node",
    "load-of-node": "see how busy the node is: its processor, its database, its disk",
    "maximum-length": "have the maximum PDU length raised in the node's configuration; 16384 is usual",
    # The echo.
    "not-allowed": "have Verification allowed for {calling} at the node",
    "out-of-resources": "the node is short of something for now: try again later",
    "abort-of-echo": (
        "it accepted the association and aborted the echo: it may not know {calling}, or not allow"
        " it to echo: see its log"
    ),
    "closed-echo": (
        "it accepted the association and hung up on the echo: it may have failed, or not know"
        " {calling}: see its log"
    ),
    "release-harmless": "the echo itself was answered, so this does no harm but in the node's log",
    "intermittent": (
        "several nodes, a limit or a restart may be behind it: see the node's log at the times here"
    ),
    "which-nodes": "see whether several nodes share this address or name, such as behind a load balancer",
    "no-response": "the node took the association but does not answer: see its log, or allow it more time",
    # Whether to use TLS.
    "wants-tls": (
        "this port wants TLS: try {anonymous_tls}, or {client_certificate} where it asks for a certificate"
    ),
    "use-tls": "use {anonymous_tls}, or {client_certificate} with a client certificate",
    "closed-without-tls": (
        "the port may want TLS: try {anonymous_tls}; or the node hangs up on callers that it does not know"
    ),
    "silent-without-tls": (
        "something listens but says nothing: the port may be none of DICOM, or want TLS (try {anonymous_tls})"
    ),
    "silent-with-tls": (
        "something listens but does not answer TLS: if the port is one without, leave {tls} out"
    ),
    "closed-with-tls": "if the port is one without TLS, leave {tls} out; else see the peer's log",
    "closed-with-tls-or-name": (
        "if the port is one without TLS, leave {tls} out; else give a server name with {server_name}, or"
        " see the peer's log"
    ),
    "dicom-without-tls": "leave {tls} out, or ask for its TLS port",
    "tls-port": "ask for the node's TLS port, 2762 by the registry, if this one is without",
    "log-of-tls": "see the node's log of TLS at this time",
    "right-port": "is it the right port?",
    # The TLS session.
    "other-profile": "choose another profile ({list_of_profiles} lists them)",
    "other-profile-or-cipher": (
        "choose another profile ({list_of_profiles} lists them) or add a suite with {ciphers}"
    ),
    "other-profile-or-name": (
        "choose another profile ({list_of_profiles} lists them), or give a server name with {server_name}"
    ),
    "other-profile-or-cipher-or-name": (
        "choose another profile ({list_of_profiles} lists them), add a suite with {ciphers}, or give a server"
        " name with {server_name}"
    ),
    "server-name": "give one with {server_name}",
    "other-server-name": "give another with {server_name}, or none",
    "update": "bring it up to date",
    "log": "see its log",
    "log-or-name": "see its log; it may go by a server name: give one with {server_name}",
    # Our certificate.
    "client-certificate": "give one with {key_and_certificate}",
    "other-client-certificate": "give another with {client_certificate}, or have the peer trust it",
    # The peer's certificate.
    "authorities": "add {missing} with {ca_files}",
    "no-authorities": "none was named: give {missing} with {ca_files}, or use {system_ca}",
    "rest-of-chain": "add the certificates above its issuer, up to the root, with {ca_files}",
    "trust-self-signed": "if it is the right one, give it with {ca_files}",
    "revoked": "the peer needs a new one",
    "revocation-lists": "add {missing} with {crl_files}, or leave the check out",
    "newer-revocation-list": "get a newer one from the authority",
    "too-weak": "have it replaced; {profile bcp195} takes it",
    "expired": "have it renewed, and compare the clocks",
    "not-yet-valid": "compare the clocks",
    "expires-soon": "have it renewed",
    "several-nodes": "several nodes may answer at this address: see the certificate of each",
    "right-authority": (
        "ask who runs the node for the certificate of its authority, and give it with {ca_files}"
    ),
    "interception": "if you know another issuer of it, something on the way answers in the node's place",
    "compare-fingerprint": "compare its fingerprint with what the node's own administrator reads",
    "own-clock": "compare the clock of this host with the right time",
    "right-node": "see that the address is that of the right node",
    "certificate-known": "have our certificate, or its authority, added to those that the node trusts",
    "purpose": "the peer needs one for server authentication",
    "wrong-host": "call it by a name of its certificate, or give that with {server_name}",
    # Certificates checked without a connection.
    "add-root": "add it with {ca_files} if you trust it",
    "add-issuer": "add its certificate with {ca_files}",
    "add-right-issuer": "add the certificate of the right key with {ca_files}",
    "add-revocation-list": "add it with {crl_files}",
    # Files and settings.
    "not-pem": "leave out {pem}",
    "not-der": "leave out {der}",
    "pkcs12": "`openssl pkcs12 -in {file} -nokeys -out {made}` makes PEM of its certificates",
    "pkcs7": (
        "`openssl pkcs7 -inform {form} -in {file} -print_certs -out {made}` makes PEM of its certificates"
    ),
    "swapped": "they are swapped: give the key first, {key_and_certificate}",
    "name-authority": "name it with {ca_files}",
    "listed-cipher": "choose one that {list_of_ciphers} lists",
    "ciphers": "{list_of_ciphers} lists those that can be chosen",
    "null-profile": "only {profile null} allows it",
    # What a caller of our own SCP has to change, or we for it.
    "proxy-header-off": (
        "switch the PROXY protocol off for this port (HAProxy: send-proxy, nginx: proxy_protocol)"
    ),
    "proxy-of-tcp": "a proxy or load balancer of DICOM has to pass bytes on as they are, in TCP mode",
    "caller-tls-off": "switch TLS off in the caller's entry for this node",
    "serve-tls": "or give this node a key and a certificate, and let it listen with TLS",
    "caller-tls-on": "switch TLS on in the caller's entry for this node",
    "serve-plain": "or give the caller a port without TLS",
    "caller-port": "see which program at {address} calls port {port} here, and which port it is to call",
    "caller-scanner": "if nobody knows it, it may be a scanner or a monitor: see what runs at {address}",
    "caller-capture": (
        "capture what it sends (tcpdump or Wireshark on port {port}), and show that to its vendor"
    ),
    "caller-trusts": "have our certificate, or its authority, added to what the caller trusts",
    "caller-host-name": "see that the caller calls this node by a name that our certificate has",
    "caller-clock": "compare the caller's clock with the dates of our certificate",
    "caller-certificate": "give the caller a key and a certificate, from an authority that is trusted here",
    "trust-caller": "add the authority of the caller's certificate to those that are trusted here",
    "caller-renews": "or have the caller's certificate renewed",
    "caller-tls-update": "have the caller speak TLS 1.2 or newer with AES-GCM (PS3.15 B.10)",
    "wider-profile": "for a caller that cannot, choose an older profile here",
    "caller-log": "read the log of the caller at this time: it knows why",
    "health-check": "if it is a health check, it does no harm: one that echoes says more",
    "caller-waits": (
        "see that the caller is one of DICOM: it has to speak first, and some protocols wait instead"
    ),
    "caller-path": "measure the way from {address}: loss, MTU of a VPN, a firewall that inspects DICOM",
    "caller-length": "see in a capture whether the length in the PDU's header is right",
    "caller-update": "have the caller's software brought up to date, and tell its vendor what was seen here",
    "more-associations": "allow more associations at a time here",
    "idle-callers": "see which callers leave theirs open, and end idle ones sooner here",
    "fewer-contexts": "have the caller propose fewer SOP classes and transfer syntaxes for this node",
    "caller-maximum": "set the maximum PDU length of the caller to 16384 or more",
    "fault-off": "leave out the fault that was asked for on starting this SCP",
    "caller-called-title": (
        "set the called AE title in the caller's entry for this node to {title}, case and all"
    ),
    "caller-own-title": "set the AE title of the caller itself, in its own DICOM settings",
    "our-title": "or call this node as it is called",
    "allow-caller": "if it is known to you, allow the title {calling} here",
    "caller-title-characters": (
        "give titles of 1 to 16 capitals, digits, underscores and hyphens on both sides"
    ),
    "caller-verification": (
        "have Verification (1.2.840.10008.1.1) switched on in the caller's entry for this node"
    ),
    "other-service": "this node answers C-ECHO alone: for other services call a node that has them",
    "caller-implicit": "have the caller propose Implicit VR Little Endian (1.2.840.10008.1.2) as well",
    "caller-version-name": "have its version name cut to 16 characters: some nodes abort for it",
    "caller-roles": "where a node takes offence, have the caller propose no role selection for it",
    "caller-window": "have the caller wait for each answer, or leave its window out",
    "caller-identity": (
        "see whether the caller needs a user and a passcode for this node, and leave them out if not"
    ),
    "caller-patience": "allow the answer more time at the caller, or see what delays it here",
    "caller-dislikes": (
        "compare what it proposed with what was accepted: it may need a context that was refused"
    ),
    "caller-release": "have the caller release its associations: nodes count those that are open",
    "longer-idle": "if it is to keep them open, allow it more idle time here",
    "harmless-release": "this does no harm, but a node may log it as an error",
    "caller-maximum-of-ours": "have the caller keep to the maximum length of the answer",
    "caller-contexts": "the caller does not read which contexts were accepted: see what it was to send there",
    "caller-sop-class": "have the caller send it: strict nodes abort for this (Orthanc, DCMTK)",
    **OBSERVED_SENTENCES,
}


class Advice(NamedTuple):
    """What to change: the key of a sentence, and the facts that stand in it."""

    key: str
    facts: tuple[tuple[str, str], ...] = ()

    @classmethod
    def about(cls, key: str, **facts: object) -> "Advice":
        """Return the advice with this key about these facts."""
        return cls(key, tuple((name, str(fact)) for name, fact in facts.items()))

    def in_words(self, words: Words) -> str:
        """Return the sentence, its settings called as these words have them."""
        return SENTENCES[self.key].format_map(
            ChainMap(dict(self.facts), cast(MutableMapping[str, str], words))
        )

    def __str__(self) -> str:
        return self.in_words(API)
