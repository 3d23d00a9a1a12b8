"""Chromium, driven by Playwright."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Error, Page, sync_playwright

from tools.visit.engines.engine import (
    ENGINE_SECONDS,
    Browser,
    BrowserError,
    Cookie,
    Tab,
    days_until,
    is_gone_after,
)


class Chromium(Browser):
    """Debian's Chromium. A profile is one of its browser contexts."""

    has_real_itp = False

    @staticmethod
    def missing() -> str | None:
        if shutil.which("chromium"):
            return None
        return "chromium is not installed: apt-get install chromium"

    def new_tab(self) -> Tab:
        with _errors():
            return _Tab(self._context.new_page())

    def cookies(self) -> list[Cookie]:
        with _errors():
            found = self._context.cookies()
        return [
            Cookie(
                name=cookie["name"],
                value=cookie["value"],
                domain=cookie["domain"],
                http_only=cookie["httpOnly"],
                secure=cookie["secure"],
                same_site=cookie["sameSite"],
                days=None if cookie["expires"] == -1 else days_until(cookie["expires"]),
            )
            for cookie in found
        ]

    def _start(self, resources: ExitStack) -> str:
        home = resources.enter_context(TemporaryDirectory(prefix="chromium-"))
        playwright = resources.enter_context(sync_playwright())
        with _errors():
            self._chromium = resources.enter_context(
                playwright.chromium.launch(
                    executable_path=shutil.which("chromium"),
                    # Unlike the option of a context, this also applies to service workers.
                    args=["--ignore-certificate-errors"],
                    env={**os.environ, "HOME": home},
                    proxy={"server": f"http://127.0.0.1:{self.proxy.dead_end}"},
                    timeout=ENGINE_SECONDS * 1000,
                )
            )
        return self._chromium.version

    def _new_profile(self) -> Tab:
        with _errors():
            for context in self._chromium.contexts:
                context.close()
            self._context = self._chromium.new_context(
                ignore_https_errors=True,
                proxy={
                    "server": f"http://127.0.0.1:{self.proxy.port}",
                    "bypass": "*" if self._is_direct else "",
                },
            )
            if self._page_script:
                self._context.add_init_script(self._page_script)
        return self.new_tab()

    def _reopen(self, gap: timedelta) -> Tab:
        with _errors():
            for page in self._context.pages:
                page.close()
            for cookie in self.cookies():
                if is_gone_after(cookie, gap):
                    self._context.clear_cookies(name=cookie.name, domain=cookie.domain)
        return self.new_tab()


class _Tab(Tab):
    def __init__(self, page: Page) -> None:
        page.set_default_timeout(ENGINE_SECONDS * 1000)
        self._page = page

    def goto(self, url: str) -> None:
        with _errors():
            self._page.goto(url)

    def begin(self, url: str) -> None:
        with _errors():
            self._page.goto(url, wait_until="commit")

    def fire(self, statement: str) -> None:
        with _errors(), self._page.expect_navigation():
            self._page.evaluate(f"() => {{ setTimeout(() => {{ {statement} }}) }}")

    def _call(self, body: str) -> Any:
        with _errors():
            return self._page.evaluate(f"async () => {{ {body} }}")


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except Error as error:
        raise BrowserError(f"Chromium: {error.message}") from error
