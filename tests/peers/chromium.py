"""Chromium without a window, led over a pipe by its DevTools protocol: what a page becomes, and asks for."""

import base64
import contextlib
import fcntl
import json
import os
import select
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.peers.programs import require

PROGRAM = "/usr/bin/chromium"
_OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-extensions", "--disable-dev-shm-usage", "--hide-scrollbars", "--remote-debugging-pipe"),
)
_PATIENCE = 100  # seconds for an answer


class Page:
    """A page of the browser; `requests` are the addresses that it has asked for, `complaints` its errors."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._to, self._from, self._rest = to_browser, from_browser, b""
        self._number, self._session = 0, ""
        self._seen: list[str] = []
        self.requests: list[str] = []
        self.complaints: list[str] = []
        target = self.do("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.do("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.do(f"{domain}.enable")

    def do(self, method: str, **params: Any) -> dict[str, Any]:
        """Have a command done, and return its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result

    def load(self, address: str) -> None:
        """Go to an address, and wait until all of it is there."""
        self._seen.clear()
        self.do("Page.navigate", url=address)
        while "Page.loadEventFired" not in self._seen:
            self._next()

    def run(self, script: str) -> Any:
        """Return what a script comes to on the page."""
        result = self.do("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def set_up(self, *, width: int = 1280, dark: bool = False, medium: str = "") -> None:
        """Set how wide the window is, which colours are preferred, and perhaps another medium."""
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.do("Emulation.setDeviceMetricsOverride", **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.do("Emulation.setEmulatedMedia", media=medium, features=[scheme])

    def picture(self) -> bytes:
        """Return what is shown as a PNG."""
        return base64.b64decode(self.do("Page.captureScreenshot", captureBeyondViewport=True)["data"])

    def pdf(self) -> bytes:
        """Return the page as it is printed."""
        return base64.b64decode(self.do("Page.printToPDF", preferCSSPageSize=True)["data"])

    def _next(self) -> dict[str, Any]:
        end = time.monotonic() + _PATIENCE
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._from], [], [], max(0.0, end - time.monotonic()))
            assert ready, "the browser does not answer"
            chunk = os.read(self._from, 1 << 16)
            assert chunk, "the browser has ended"
            self._rest += chunk
        text, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        self._note(message.get("method", ""), message.get("params", {}))
        return message

    def _note(self, method: str, params: dict[str, Any]) -> None:
        self._seen.append(method)
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(str(params["exceptionDetails"]))
        elif method == "Log.entryAdded":
            self.complaints.append(params["entry"]["text"])


@contextlib.contextmanager
def chromium(folder: Path) -> Iterator[Page]:
    """Run the browser with an empty profile in a folder, until the end."""
    command = [require(PROGRAM), *_OPTIONS, f"--user-data-dir={folder}/profile"]
    homes = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"), str(folder))
    (its_end, to_browser), (from_browser, its_other_end) = os.pipe(), os.pipe()
    # It reads descriptor 3 and writes 4; neither may be one of the ends that are led there.
    lent = [fcntl.fcntl(each, fcntl.F_DUPFD, 10) for each in (its_end, its_other_end)]
    for each in (its_end, its_other_end):
        os.close(each)
    process = subprocess.Popen(
        [require("/usr/bin/bash"), "-c", f'exec "$@" 3<&{lent[0]} 4>&{lent[1]}', "chromium", *command],
        pass_fds=lent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **homes},
    )
    for each in lent:
        os.close(each)
    try:
        yield Page(to_browser, from_browser)
    finally:
        process.kill()
        process.wait()
        os.close(to_browser)
        os.close(from_browser)
