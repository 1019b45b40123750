"""What to change about a connection between two others: sentences that name both sides, and no setting.

They are part of `dcmtool.advice.SENTENCES`, and have facts in braces as those do.
"""

OBSERVED_SENTENCES = {
    # Where to look.
    "acceptor-log": "read the log of {acceptor} at this time: it names the titles and address that it saw",
    "requestor-log": "read the log of {requestor} at this time: it knows why it left",
    "acceptor-log-of-tls": "read what the log of {acceptor} says of TLS at this time",
    "log-of-answerer": "read the log of {answerer} at this time: it knows why",
    "see-other-capture": (
        "capture at the other end as well: what left one side and did not come to the other was lost between"
    ),
    "measure-path": (
        "measure loss and delay between {source} and {place}: cable, duplex, MTU of a VPN, a firewall that"
        " inspects DICOM"
    ),
    "path-mtu": (
        "let ICMP (type 3 code 4, or ICMPv6 packet too big) through, or lower the MTU of the VPN between both"
    ),
    # The connection.
    "see-listener": "see at {place} that the program runs, and listens on more than 127.0.0.1",
    "see-port-of-entry": "compare the entry that {requestor} has with the acceptor's own address and port",
    "see-refusing-firewall": "see whether a firewall between {source} and {place} refuses this port",
    "see-host-is-up": "see whether the host at {place} is up and has this address",
    "ask-who-says-so": "ask who runs {router} why it says so: a rule against port {port}, or no way there",
    "see-firewall-of-host": "see which rule of the firewall of {router} itself is against this connection",
    "see-firewall-between": "have port {port} opened for {source}, on the way and at the acceptor",
    "see-dead-proxy": (
        "if a proxy, a load balancer or a container's port stands at {place}, see that what is behind it runs"
    ),
    "add-to-address-list": "have {source} added to the addresses that {place} takes connections from",
    "see-what-listens": "see which program listens at {place}, and where the DICOM one does",
    "proxy-protocol-off": "switch the PROXY protocol off at {place}",
    "call-through-proxy": "or have {requestor} call it through its proxy",
    "see-caller-at": "see which program at {source} calls {place}, and which port it is to call",
    "see-scanner-at": "if nobody knows it, it may be a scanner or a monitor: see what runs at {source}",
    "see-requestor-waits": (
        "see that {requestor} is one of DICOM: it has to speak first, and some protocols wait instead"
    ),
    # TLS.
    "switch-tls-on": "switch TLS on in the entry that {requestor} has for {place}",
    "see-plain-port": "or give it a port of the acceptor's without TLS",
    "switch-tls-off": "switch TLS off in the entry that {requestor} has for {place}",
    "see-tls-port": "or give it the TLS port of the acceptor, 2762 by the registry",
    "update-older-tls": "bring the one that has only the older versions up to TLS 1.2 or newer (PS3.15 B.10)",
    "share-cipher-suites": (
        "have both take the same profile: AES-GCM with ECDHE is in all that are not retired (PS3.15 B.10)"
    ),
    "right-server-name": "have {requestor} call {place} by the host name that it is known by",
    "trust-authority-of-acceptor": (
        "add the authority of the certificate of {acceptor} to those that {requestor} trusts"
    ),
    "trust-certificate-of-acceptor": (
        "if it is the right one, add the certificate of {acceptor} to those that {requestor} trusts"
    ),
    "certificate-of-authority": "or give {acceptor} a certificate from an authority that {requestor} trusts",
    "send-whole-chain": "have {acceptor} send the certificates between its own and the root as well",
    "renew-certificate-of-acceptor": "give {acceptor} a new certificate",
    "give-revocation-list": "give {requestor} the newest revocation list of that authority",
    "compare-clocks": "compare the clocks of {requestor} and {acceptor} with the dates of the certificate",
    "call-by-name-of-certificate": "have {requestor} call {place} by a name of its certificate",
    "give-requestor-certificate": (
        "give {requestor} a key and a certificate, from an authority that {acceptor} trusts"
    ),
    "demand-no-certificate": "or have {acceptor} demand none",
    "trust-certificate-of-requestor": (
        "add the certificate of {requestor}, or its authority, to those that {acceptor} trusts"
    ),
    # Titles and addresses.
    "set-called-title": (
        "set the called AE title in the entry that {requestor} has for {place} to the acceptor's own, case"
        " and all; it is {called} now"
    ),
    "add-calling-title": "add {calling} with the address {source} to the callers that {acceptor} knows",
    "add-calling-too": (
        "some nodes say so of a caller too: see that {place} knows {calling} with the address {source}"
    ),
    "set-address-of-requestor": "set the address of {calling} at {acceptor} to {source}",
    "see-acceptor-knows": (
        "see whether {place} knows the title {calling} with the address {source}, and goes by {called}"
    ),
    "set-own-title": "set the AE title of {requestor} itself, in its own DICOM settings",
    "set-plain-titles": "give titles of 1 to 16 capitals, digits, underscores and hyphens on both sides",
    "add-destination": (
        "add the title that {asker} names as destination, with its address and port, to the nodes that"
        " {answerer} knows"
    ),
    "see-destination-of-entry": (
        "or correct the destination at {asker}, which as a rule is its own title: case counts"
    ),
    # The association.
    "see-acceptor-hangs": "see whether the program at {place} still runs: it may hang or be full",
    "see-tls-of-acceptor": "see whether {place} wants TLS: some close without a word where it is missing",
    "fewer-syntaxes-of-requestor": (
        "have {requestor} propose at most {most} transfer syntaxes a context: servers built on DCMTK"
        " {release} or older take no more"
    ),
    "try-again-later": "have {requestor} try again later, with a pause",
    "see-open-associations": "see which associations {acceptor} has open, and who leaves them open",
    "raise-limit": "have the number of associations of {acceptor} raised",
    "set-identity": (
        "see whether {acceptor} wants a user and a passcode of {requestor}, and which; leave them out if not"
    ),
    "ask-vendor-of-numbers": (
        "ask the vendor of {acceptor} what the numbers mean: titles, a licence and limits are told so by some"
    ),
    "allow-verification": "have Verification (1.2.840.10008.1.1) allowed to {calling} at {acceptor}",
    "allow-services": "have the SOP classes and transfer syntaxes that were refused allowed at {acceptor}",
    "allow-service": "have {service} allowed to {calling} at {acceptor}, with the address {source}",
    "offer-implicit": "have {requestor} propose Implicit VR Little Endian (1.2.840.10008.1.2) as well",
    "compare-contexts": "compare the presentation contexts that {requestor} proposed with those accepted",
    "propose-less": "have {requestor} propose fewer SOP classes and transfer syntaxes for {place}",
    "propose-no-roles": "where {acceptor} takes offence, have {requestor} propose no role selection for it",
    "propose-no-window": "have {requestor} wait for each answer, or leave its window out",
    "raise-maximum": "set the maximum PDU length of {requestor} to 16384 or more",
    "raise-patience": "allow the answer more time at {requestor}, or see what delays it at {acceptor}",
    "have-released": "have {requestor} release its associations: nodes count those that are open",
    "release-does-no-harm": "all requests were answered before, so this does no harm but in a log",
    "answer-reverse-lookup": (
        "have the name service of {acceptor} answer for {source}, or switch name lookup off there"
    ),
    # Requests and responses.
    "see-room-of-answerer": "see whether {answerer} has room on its disk and runs without errors",
    "see-load-of-acceptor": "see how busy {acceptor} is: its processor, its database, its disk",
    "see-load-of-answerer": "see how busy {answerer} is: its processor, its database, its disk",
    "allow-at-answerer": "have this service allowed to {asker} at {answerer}",
    "see-what-is-sent": "see what {asker} sends: {answerer} finds it wrong, and its log says where",
    "see-failed-suboperations": (
        "see which objects failed, and why: the store associations that follow have the reasons"
    ),
    # Software.
    "tell-vendor-of-acceptor": "tell the vendor of {acceptor}, with this capture",
    "tell-vendor-of-requestor": "tell the vendor of {requestor}, with this capture",
    "tell-vendor-of-sender": "tell the vendor of {sender}, with this capture",
    "update-requestor": "have the software of {requestor} brought up to date",
    "keep-to-maximum": "have {sender} keep to the maximum length that {receiver} gave (PS3.8 D.1)",
}
