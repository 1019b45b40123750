"""pynetdicom2 as a program: `python -m tests.peers.pynetdicom2_peer scp PORT` or `scu PORT`.

In its own process, since its threads outlive an association for a while.
"""

import sys
import threading

from pynetdicom2 import sopclass, uids
from pynetdicom2.applicationentity import AE, ClientAE


def serve(port: int) -> None:
    """Serve until the process is stopped."""
    with AE("PYNETDICOM2", port).add_scp(sopclass.verification_scp):
        threading.Event().wait()


def echo(port: int) -> int:
    """Return the status of one echo."""
    entity = ClientAE("PYNETDICOM2").add_scu(sopclass.verification_scu)
    peer = {"address": "127.0.0.1", "port": port, "aet": "ANY-SCP"}
    with entity.request_association(peer) as association:
        return int(association.get_scu(uids.VERIFICATION_SOP_CLASS)(1))


if __name__ == "__main__":
    role, port = sys.argv[1], int(sys.argv[2])
    if role == "scp":
        serve(port)
    else:
        sys.exit(echo(port))
