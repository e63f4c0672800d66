"""A headless Chromium, driven through its DevTools protocol over a pair of pipes.

Nothing is installed and no port is opened: Chromium reads commands from its file descriptor 3 and
writes answers and events to 4, as JSON texts that end with a null byte.
"""

import base64
import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_browser() -> str:
    """Path of a Chromium; skips the test where there is none."""
    for name in _NAMES:
        if path := shutil.which(name):
            return path
    pytest.skip(f"no browser: none of {', '.join(_NAMES)} is installed")


class Browser:
    """One page in a headless Chromium that reaches no other host.

    Attributes:
        requests: addresses of everything the page has asked for, but not of what it holds itself
            (``data:``)
        errors: texts of uncaught exceptions and of errors on the console
    """

    def __init__(self, profile: Path, size: tuple[int, int] = (1500, 950)) -> None:
        command_read, self._commands = os.pipe()
        self._answers, answer_write = os.pipe()
        # out of the way of 3 and 4, which the pipes may have
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (command_read, answer_write)]

        def connect() -> None:
            os.dup2(ends[0], 3)
            os.dup2(ends[1], 4)

        options = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            "--force-device-scale-factor=1",
            f"--window-size={size[0]},{size[1]}",
            f"--user-data-dir={profile}",
            "--remote-debugging-pipe",
            "about:blank",
        ]
        with (profile.parent / f"{profile.name}.log").open("w") as log:
            self._process = subprocess.Popen(
                [find_browser(), *options],
                preexec_fn=connect,
                close_fds=False,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        for end in (command_read, answer_write, *ends):
            os.close(end)
        self._n_sent = 0
        self._rest = b""
        self._session: str | None = None
        self.requests: list[str] = []
        self.errors: list[str] = []
        self._attach()

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *_: object) -> None:
        self._session = None
        try:
            # it may be gone before it answers
            with contextlib.suppress(AssertionError):
                self.send("Browser.close")
            self._process.wait(20)
        finally:
            self._process.kill()
            self._process.wait()
            os.close(self._commands)
            os.close(self._answers)

    def open(self, path: Path) -> None:
        """Open a file."""
        self.send("Page.navigate", url=path.as_uri())
        self.wait_for("document.readyState === 'complete'")

    def value(self, script: str, seconds: float = 20) -> Any:
        """What a piece of JavaScript gives."""
        answer = self.send(
            "Runtime.evaluate", seconds, expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise AssertionError(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def wait_for(self, script: str, seconds: float = 30) -> Any:
        """Wait until a piece of JavaScript gives something true, and return it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if value := self.value(script):
                return value
            time.sleep(0.1)
        raise AssertionError(f"not true within {seconds} s: {script}")

    def frame_value(self, script: str) -> Any:
        """What a piece of JavaScript gives in the first iframe (which scripts of the page around
        it may not read)."""
        tree = self.send("Page.getFrameTree")["frameTree"]
        frame = tree["childFrames"][0]["frame"]["id"]
        world = self.send("Page.createIsolatedWorld", frameId=frame)["executionContextId"]
        answer = self.send(
            "Runtime.evaluate", expression=script, contextId=world, returnByValue=True
        )
        if "exceptionDetails" in answer:
            raise AssertionError(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def frame_text(self) -> str:
        """The text of the page in the first iframe."""
        return self.frame_value("document.body.innerText")

    def screenshot(self, path: Path) -> None:
        """Save what the window shows as PNG."""
        path.write_bytes(base64.b64decode(self.send("Page.captureScreenshot")["data"]))

    def send(self, method: str, seconds: float = 30, /, **params: object) -> dict[str, Any]:
        """Send a command and return its answer; events that come first are noted."""
        self._n_sent += 1
        message = {"id": self._n_sent, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._n_sent:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']}")
                return answer["result"]
            self._note(answer)

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            part = os.read(self._answers, 1 << 20)
            if not part:
                raise AssertionError("the browser has ended")
            self._rest += part
        text, _, self._rest = self._rest.partition(b"\0")
        return json.loads(text)

    def _attach(self) -> None:
        targets = self.send("Target.getTargets")["targetInfos"]
        (page,) = (target["targetId"] for target in targets if target["type"] == "page")
        answer = self.send("Target.attachToTarget", targetId=page, flatten=True)
        self._session = answer["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.send(f"{domain}.enable")

    def _note(self, event: dict[str, Any]) -> None:
        params = event.get("params", {})
        match event.get("method"):
            case "Network.requestWillBeSent":
                url = params["request"]["url"]
                if not url.startswith(("data:", "blob:")):
                    self.requests.append(url)
            case "Runtime.exceptionThrown":
                details = params["exceptionDetails"]
                self.errors.append(details.get("exception", details).get("description", ""))
            case "Log.entryAdded" if params["entry"]["level"] == "error":
                self.errors.append(params["entry"]["text"])
