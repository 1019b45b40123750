"""Three lines of each command that can be typed as they are, with what each does; the plainest comes first.

Help pages end with them, and a usage error shows the first.
"""

from collections.abc import Mapping

Examples = tuple[tuple[str, str], tuple[str, str], tuple[str, str]]

EXAMPLES: Mapping[str, Examples] = {
    "dcmtool": (
        ("dcmtool echo localhost 104", "verify a node"),
        ("dcmtool scp 11112", "be a node, to test against"),
        ("dcmtool help echo", "describe a command"),
    ),
    "dcmtool echo": (
        ("dcmtool echo -aec ORTHANC localhost 4242", "verify the node that is called ORTHANC"),
        ("dcmtool echo ORTHANC@localhost:4242 -v", "the same in one word, and say what is being done"),
        ("dcmtool echo --repeat 5 --stats localhost 104", "five echoes, and how long they took"),
    ),
    "dcmtool diagnose": (
        ("dcmtool diagnose localhost 104", "find out what is wrong with a node"),
        (
            "dcmtool diagnose ORTHANC@localhost:4242 --json",
            "as JSON, of the node ORTHANC",
        ),
        ("dcmtool diagnose --list-findings", "what there may be to find"),
    ),
    "dcmtool explain": (
        ("dcmtool explain site.pcapng", "every connection of a capture, and what is wrong with it"),
        ("dcmtool explain site.pcapng --summary", "what they come to, for each pair of nodes"),
        ("dcmtool explain site.pcapng --failed --title CT1", "what failed that CT1 had a part in"),
    ),
    "dcmtool sweep": (
        ("dcmtool sweep pacs ORTHANC@localhost:4242", "verify these nodes"),
        ("dcmtool sweep --all --html nodes.html", "all of the node file, with a page to show"),
        ("dcmtool sweep - -o csv < nodes.txt", "those of a list, for a spreadsheet"),
    ),
    "dcmtool exporter": (
        ("dcmtool exporter --nodes nodes.toml", "verify these nodes whenever Prometheus asks"),
        ("dcmtool exporter --allow 192.0.2.0/24", "whatever is in this network too"),
        ("dcmtool exporter --config.file modules.yml --config.check", "check a file of modules"),
    ),
    "dcmtool scp": (
        ("dcmtool scp 11112", "answer every echo on this port"),
        ("dcmtool scp 11112 --explain", "say of each caller what is wrong or odd about it"),
        ("dcmtool scp 11112 --self-signed --once", "with TLS, and end after one association"),
    ),
    "dcmtool tap": (
        ("dcmtool tap 11112 pacs.example.org:104", "show what is said to this node by who calls port 11112"),
        ("dcmtool tap 11112 pacs --write seen.pcapng", "of a node with a name, and keep it for Wireshark"),
        ("dcmtool tap 11112 localhost:104 --delay 0.5 --once", "as over a slow line, once"),
    ),
    "dcmtool selftest": (
        ("dcmtool selftest", "check everything"),
        ("dcmtool selftest --json", "the same as JSON"),
        ("dcmtool selftest && echo fine", "the exit code says it too"),
    ),
    "dcmtool nodes": (
        ("dcmtool nodes list", "list the nodes"),
        ("dcmtool nodes show pacs", "show one as it stands in the file"),
        ("dcmtool nodes add ct1 CT1@ct1.example.org:11112", "add one to the file"),
    ),
    "dcmtool nodes list": (
        ("dcmtool nodes list", "list the nodes"),
        ("dcmtool nodes list --tag archive", "those with this tag"),
        ("dcmtool nodes list --nodes site.toml --json", "those of this file, as JSON"),
    ),
    "dcmtool nodes show": (
        ("dcmtool nodes show pacs", "show a node as it stands in the file"),
        ("dcmtool nodes show pacs --json", "the same as JSON"),
        ("dcmtool nodes show pacs --nodes site.toml", "the one of this file"),
    ),
    "dcmtool nodes import": (
        ("dcmtool nodes import orthanc.json", "show what the modalities of Orthanc come to"),
        ("dcmtool nodes import nodes.csv --output-file nodes.toml", "write the node file of a table"),
        ("dcmtool nodes import - --format csv --strict", "of standard input, every row or none"),
    ),
    "dcmtool nodes check": (
        ("dcmtool nodes check", "what is wrong with the node file"),
        ("dcmtool nodes check --resolve", "look up the names of its hosts too"),
        ("dcmtool nodes check --nodes site.toml --json", "another file, as JSON"),
    ),
    "dcmtool nodes add": (
        ("dcmtool nodes add ct1 CT1@ct1.example.org:11112", "add the node that is called CT1"),
        ("dcmtool nodes add pacs PACS@10.0.0.1 --tag archive", "on port 104, with a tag"),
        ("dcmtool nodes add ct2 CT2@[2001:db8::2]:104", "by an IPv6 address"),
    ),
    "dcmtool nodes export": (
        ("dcmtool nodes export --format csv", "a table for a spreadsheet"),
        ("dcmtool nodes export --format orthanc --tag archive", "the archives, for Orthanc"),
        ("dcmtool nodes export -o prometheus-sd --tag ct", "targets for Prometheus"),
    ),
    "dcmtool dict": (
        ("dcmtool dict lookup 0010,0010", "look an element up"),
        ("dcmtool dict check site.dic", "check a dictionary file"),
        ("dcmtool dict sources", "list the dictionaries in use"),
    ),
    "dcmtool dict lookup": (
        ("dcmtool dict lookup 0010,0010", "look an element up by its tag"),
        ("dcmtool dict lookup PatientName", "by its keyword"),
        ("dcmtool dict lookup 1.2.840.10008.1.1 --json", "a UID, as JSON"),
    ),
    "dcmtool dict check": (
        ("dcmtool dict check site.dic", "check a file"),
        ("dcmtool dict check one.dic two.dic", "check two"),
        ("dcmtool dict check --json site.dic", "the findings as JSON"),
    ),
    "dcmtool dict sources": (
        ("dcmtool dict sources", "list the dictionaries in use"),
        ("dcmtool dict sources --json", "the same as JSON"),
        ("DCMDICTPATH=site.dic dcmtool dict sources", "with a file of one's own"),
    ),
    "dcmtool schema": (
        ("dcmtool schema echo", "the schema of a report"),
        ("dcmtool schema scp", "that of a line of the SCP"),
        ("dcmtool schema echo > echo-1.json", "as a file"),
    ),
    "dcmtool completion": (
        ("dcmtool completion install", "for the shell in use"),
        ("dcmtool completion install --shell zsh", "for another one"),
        ("dcmtool completion show bash", "show the script"),
    ),
    "dcmtool completion show": (
        ("dcmtool completion show bash", "show the script for bash"),
        ("dcmtool completion show zsh > _dcmtool", "as a file"),
        ("dcmtool completion show fish | source", "for this session of fish"),
    ),
    "dcmtool completion install": (
        ("dcmtool completion install", "for the shell in use"),
        ("dcmtool completion install --shell zsh", "for another one"),
        ("dcmtool completion install --shell bash --shell fish", "for both"),
    ),
}
