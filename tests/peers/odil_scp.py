"""odil's Verification SCP, for the Python that Debian's odil is made for: `odil_scp.py PORT`."""

import sys

import odil


def serve(port: int) -> None:
    """Serve one association after the other, each of which listens anew."""
    while True:
        association = odil.Association()
        association.set_tcp_timeout(60)
        try:
            association.receive_association("v4", port)
            echo = odil.EchoSCP(association)
            echo.set_callback(lambda _request: 0)
            dispatcher = odil.SCPDispatcher(association)
            dispatcher.set_echo_scp(echo)
            while True:
                dispatcher.dispatch()
        except Exception as end:  # the release is one as well
            print(f"{type(end).__name__}: {end}", flush=True)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
