"""Basic authentication, by the bcrypt hashes of a web configuration."""

import asyncio
import base64
import binascii
from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from dcmtool.exporter.web_config import WebConfig

if TYPE_CHECKING:
    from collections.abc import Mapping

_REMEMBERED = 100  # passwords that were right: a hash is made to take long
# Of nobody's password, for a name that is nobody's: the answer takes as long as for a wrong password.
_NOBODY = b"$2b$10$" + b"." * 21 + b"u" + b"u" * 31


class Authentication:
    """Passes requests on to an application, of a web configuration's users if it has any."""

    def __init__(self, application: ASGIApp, web: Callable[[], WebConfig]) -> None:
        self._application, self._web = application, web
        self._right: dict[bytes, None] = {}
        self._one_at_a_time = asyncio.Lock()  # which bounds what strangers can have computed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        users = self._web().users
        if not users or await self._is_known(users, _authorization(scope)):
            await self._application(scope, receive, send)
            return
        refusal = PlainTextResponse(
            "Unauthorized\n", 401, {"www-authenticate": 'Basic realm="dcmtool exporter", charset="UTF-8"'}
        )
        await refusal(scope, receive, send)

    async def _is_known(self, users: "Mapping[str, bytes]", given: tuple[str, bytes] | None) -> bool:
        if given is None:
            return False
        name, password = given
        known = users.get(name)
        digest = sha256(b"\0".join((name.encode(), known or b"", password))).digest()
        if digest in self._right:
            return True
        import bcrypt

        async with self._one_at_a_time:
            # bcrypt reads 72 bytes, and refuses what is longer
            fits = await asyncio.to_thread(bcrypt.checkpw, password[:72], known or _NOBODY)
        if known is None or not fits:
            return False
        while len(self._right) >= _REMEMBERED:
            self._right.pop(next(iter(self._right)))
        self._right[digest] = None
        return True


def _authorization(scope: Scope) -> tuple[str, bytes] | None:
    """Return the name and the password of a request."""
    for key, value in scope["headers"]:
        scheme, _, encoded = value.partition(b" ")
        if key == b"authorization" and scheme.lower() == b"basic":
            try:
                name, colon, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
                return (name.decode(), password) if colon and b"\0" not in password else None
            except (binascii.Error, UnicodeDecodeError):
                return None
    return None
