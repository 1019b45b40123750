"""What `make demo` shows: `dcmtool echo` against a node that this starts itself."""

import subprocess
import sys

from tests.peers.scp import TITLE, verification_scp


def main() -> int:
    """Start a Verification SCP on a free port of the loopback interface, verify it, return the exit code."""
    with verification_scp() as node:
        command = ["dcmtool", "echo", "-v", "--call", TITLE, "--repeat", "3", "127.0.0.1", str(node.port)]
        print(f"A Verification SCP ({TITLE}, pynetdicom) listens on 127.0.0.1 port {node.port}.")
        print(f"$ {' '.join(command)}", flush=True)
        code = subprocess.run([sys.executable, "-m", *command], check=False).returncode
        print(f"exit code {code}: {'the node talks to us' if code == 0 else 'see above why it does not'}")
        return code


if __name__ == "__main__":
    sys.exit(main())
