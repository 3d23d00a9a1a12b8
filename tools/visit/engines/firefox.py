"""Firefox, driven over WebDriver BiDi without a driver program.

Spec: https://w3c.github.io/webdriver-bidi/
"""

import json
import shutil
import time
from collections import deque
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from websocket import WebSocketException, create_connection

from tools.visit.engines.connect_proxy import ConnectProxy
from tools.visit.engines.engine import (
    ENGINE_SECONDS,
    Browser,
    BrowserError,
    Cookie,
    Tab,
    days_until,
    is_gone_after,
)
from tools.visit.engines.program import Program


class Firefox(Browser):
    """Debian's Firefox ESR. A profile is one of its user contexts ("containers").

    If `opts_out` is true, the visitor has turned on Global Privacy Control.
    """

    has_real_itp = False

    def __init__(self, proxy: ConnectProxy, *, opts_out: bool = False) -> None:
        self._opts_out = opts_out
        super().__init__(proxy)

    @staticmethod
    def missing() -> str | None:
        if shutil.which("firefox-esr"):
            return None
        return "firefox-esr is not installed: apt-get install firefox-esr"

    def new_tab(self) -> Tab:
        created = self._session.command(
            "browsingContext.create", type="tab", userContext=self._user_context
        )
        return _Tab(self._session, created["context"])

    def cookies(self) -> list[Cookie]:
        found = self._session.command("storage.getCookies", partition=self._partition)
        cookies = [
            Cookie(
                name=cookie["name"],
                value=cookie["value"]["value"],
                domain=cookie["domain"],
                http_only=cookie["httpOnly"],
                secure=cookie["secure"],
                same_site=cookie["sameSite"].capitalize(),
                days=days_until(cookie["expiry"]) if "expiry" in cookie else None,
            )
            for cookie in found["cookies"]
        ]
        # Firefox may still list a cookie that has just expired.
        return [cookie for cookie in cookies if cookie.days is None or cookie.days > 0]

    def install(self, extension: Path) -> None:
        """Install the unpacked extension in all profiles."""
        self._session.command(
            "webExtension.install", extensionData={"type": "path", "path": str(extension)}
        )

    def _start(self, resources: ExitStack) -> str:
        folder = Path(resources.enter_context(TemporaryDirectory(prefix="firefox-")))
        profile = folder / "profile"
        profile.mkdir()
        preferences = {
            "network.proxy.type": 1,  # manual: the following settings
            "network.proxy.http": "127.0.0.1",
            "network.proxy.http_port": self.proxy.dead_end,
            "network.proxy.ssl": "127.0.0.1",
            "network.proxy.ssl_port": self.proxy.dead_end,
            "network.proxy.allow_hijacking_localhost": True,  # also for names of this machine
            "network.proxy.allow_bypass": False,
            "network.proxy.failover_direct": False,
            "extensions.enabledScopes": 5,  # of the profile and Firefox itself, not of this machine
            "privacy.globalprivacycontrol.enabled": self._opts_out,
        }
        (profile / "user.js").write_text(
            "".join(
                f"user_pref({json.dumps(name)}, {json.dumps(value)});\n"
                for name, value in preferences.items()
            )
        )
        log = folder / "firefox.log"
        program = resources.enter_context(
            Program(
                "firefox-esr",
                "--headless",
                "--no-remote",
                "--remote-debugging-port=0",
                "--profile",
                profile,
                "about:blank",
                log=log,
                environment={
                    "HOME": str(folder),
                    "TMPDIR": str(folder),
                    "MOZ_CRASHREPORTER_DISABLE": "1",
                },
            )
        )
        self._session = _Session(program, _wait_for_address(program, log))
        resources.callback(self._session.close)
        self._user_context: str | None = None
        return self._session.version

    @property
    def _partition(self) -> dict[str, object]:
        return {"type": "storageKey", "userContext": self._user_context}

    def _new_profile(self) -> Tab:
        if self._user_context:
            self._session.command("browser.removeUserContext", userContext=self._user_context)
        address = f"127.0.0.1:{self.proxy.port}"
        proxy = {"proxyType": "manual", "httpProxy": address, "sslProxy": address}
        self._user_context = self._session.command(
            "browser.createUserContext",
            acceptInsecureCerts=True,
            proxy={"proxyType": "direct"} if self._is_direct else proxy,
        )["userContext"]
        if self._page_script:
            self._session.command(
                "script.addPreloadScript",
                functionDeclaration=f"() => {{ {self._page_script} }}",
                userContexts=[self._user_context],
            )
        return self.new_tab()

    def _reopen(self, gap: timedelta) -> Tab:
        open_tabs = self._session.command("browsingContext.getTree")["contexts"]
        for tab in open_tabs:
            if tab["userContext"] == self._user_context:
                self._session.command("browsingContext.close", context=tab["context"])
        for cookie in self.cookies():
            if is_gone_after(cookie, gap):
                self._session.command(
                    "storage.deleteCookies",
                    filter={"name": cookie.name, "domain": cookie.domain},
                    partition=self._partition,
                )
        return self.new_tab()


class _Tab(Tab):
    def __init__(self, session: "_Session", context: str) -> None:
        self._session = session
        self._context = context
        self._navigation: str | None = None

    def goto(self, url: str) -> None:
        self._navigation = self._session.command(
            "browsingContext.navigate", context=self._context, url=url, wait="complete"
        )["navigation"]

    def begin(self, url: str) -> None:
        self._navigation = self._session.command(
            "browsingContext.navigate", context=self._context, url=url, wait="none"
        )["navigation"]

    def fire(self, statement: str) -> None:
        self._session.events.clear()
        self._evaluate(f"void setTimeout(() => {{ {statement} }})")
        # The load event of the previous page may still arrive.
        while (load := self._session.next_load(self._context))["navigation"] == self._navigation:
            pass
        self._navigation = load["navigation"]

    def _call(self, body: str) -> Any:
        return self._evaluate(f"(async () => {{ {body} }})()").get("value")

    def _evaluate(self, expression: str) -> dict[str, Any]:
        answer = self._session.command(
            "script.evaluate",
            target={"context": self._context},
            expression=expression,
            awaitPromise=True,
        )
        if answer["type"] == "exception":
            raise BrowserError(f"Firefox: {answer['exceptionDetails']['text']}")
        result: dict[str, Any] = answer["result"]
        return result


class _Session:
    """A connection that sends commands and keeps the events that it receives."""

    def __init__(self, program: Program, address: str) -> None:
        self._program = program
        self._last_id = 0
        self.events: deque[dict[str, Any]] = deque()
        self._socket = create_connection(
            f"{address}/session",
            timeout=ENGINE_SECONDS,
            suppress_origin=True,  # Firefox rejects connections with `Origin`
        )
        self.version: str = self.command("session.new", capabilities={})["capabilities"][
            "browserVersion"
        ]
        self.command("session.subscribe", events=["browsingContext.load"])

    def close(self) -> None:
        self._socket.close(timeout=0)

    def command(self, method: str, **parameters: object) -> dict[str, Any]:
        """Send a command and return its result."""
        self._last_id += 1
        deadline = time.monotonic() + ENGINE_SECONDS
        command = {"id": self._last_id, "method": method, "params": parameters}
        try:
            self._socket.send(json.dumps(command))
        except (WebSocketException, OSError) as error:
            raise self._program.failure(f"did not accept a command: {error}") from error
        while (answer := self._receive(method, deadline)).get("id") != self._last_id:
            if answer["type"] == "event":
                self.events.append(answer)
        if answer["type"] == "error":
            raise BrowserError(f"Firefox: {method}: {answer['error']}: {answer['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    def next_load(self, context: str) -> dict[str, Any]:
        """Wait for the next load event of a tab and return it."""
        deadline = time.monotonic() + ENGINE_SECONDS
        while True:
            event = (
                self.events.popleft() if self.events else self._receive("the next page", deadline)
            )
            load: dict[str, Any] = event.get("params", {})
            if load.get("context") == context:
                return load

    def _receive(self, what: str, deadline: float) -> dict[str, Any]:
        try:
            self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
            message: dict[str, Any] = json.loads(self._socket.recv())
        except (WebSocketException, OSError, ValueError) as error:
            raise self._program.failure(f"did not answer {what}: {error}") from error
        return message


def _wait_for_address(program: Program, log: Path) -> str:
    """Wait until Firefox prints the address on which it listens, and return it."""
    deadline = time.monotonic() + ENGINE_SECONDS
    while time.monotonic() < deadline and not program.has_ended:
        for line in log.read_text(errors="replace").splitlines(keepends=True):
            if line.startswith("WebDriver BiDi listening on ") and line.endswith("\n"):
                return line.split()[-1]
        time.sleep(0.05)
    raise program.failure("did not start")
