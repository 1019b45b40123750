"""Text from outside (peers, files, the command line) made safe to print on one line."""


def printable(text: str) -> str:
    """Return `text` with everything that could steer or deceive a terminal as a visible escape."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text
    )


def decoded(raw: bytes) -> str:
    """Return a peer's bytes as text, one character a byte, so that none is lost; not yet printable."""
    return raw.decode("latin-1")
