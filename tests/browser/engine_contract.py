"""The tests of a browser engine's interface that every engine runs."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

import pytest

from tests.browser.conftest import require
from tests.support.checkout import ROOT
from tests.support.processes import processes_with, wait_until_none_has
from tools.visit.engines import Browser, BrowserError, Cookie

SET_BY_SCRIPT = 'document.cookie = "by_script=1; Max-Age=31536000; Path=/; Secure; SameSite=Lax";'
SET_BY_HTTP = 'await fetch("/cookies", {method: "POST"});'

_PROGRAM = """
import sys
from tools.visit import engines

with engines.ConnectProxy({}) as proxy, getattr(engines, sys.argv[1])(proxy) as browser:
    browser.fresh()
    print("ready", flush=True)
    input()
"""


class EngineContract:
    """The tests of an engine. A subclass names its program, and the message if it is missing."""

    executable: ClassVar[str]
    not_installed: ClassVar[str]

    @pytest.fixture(autouse=True)
    def _fresh(self, browser: Browser, empty_site: dict[str, int]) -> None:
        browser.proxy.routes = empty_site
        browser.fresh()

    @pytest.fixture
    def scratch(self) -> Iterator[Path]:
        """An empty folder. Unlike `tmp_path`, its path is short enough for sockets in it."""
        with TemporaryDirectory() as folder:
            yield Path(folder)

    def test_page_has_its_real_address(self, browser: Browser) -> None:
        """The page has its host name and the default HTTPS port, and is a secure context."""
        browser.goto("https://www.shop.example/next")
        assert browser.eval("return [location.href, document.title, isSecureContext];") == [
            "https://www.shop.example/next",
            "shop",
            True,
        ]

    def test_eval_waits_for_the_value(self, browser: Browser) -> None:
        """It awaits promises. The value passes through JSON."""
        browser.goto("https://shop.example/")
        assert browser.eval(
            "await new Promise((resolve) => setTimeout(resolve, 50)); return {a: [1, 'ü', null]};"
        ) == {"a": [1, "ü", None]}
        assert browser.eval("void 0; // a comment") is None

    def test_eval_raises_the_error_of_the_script(self, browser: Browser) -> None:
        """An error in the page's script is raised in the test."""
        browser.goto("https://shop.example/")
        with pytest.raises(BrowserError, match="out of stock"):
            browser.eval("await null; throw new Error('out of stock');")

    def test_fire_waits_for_the_next_page(self, browser: Browser) -> None:
        """When a statement leaves or reloads the page, `fire` returns after the next page loads."""
        browser.goto("https://shop.example/")
        browser.fire("window.mark = 1; location.href = '/next'")
        assert browser.eval("return [location.pathname, window.mark ?? 0];") == ["/next", 0]
        browser.eval("window.mark = 1;")
        browser.fire("location.reload()")
        assert browser.eval("return [location.pathname, window.mark ?? 0];") == ["/next", 0]

    def test_cookies_have_all_attributes(self, browser: Browser) -> None:
        """HttpOnly cookies are listed, too."""
        browser.goto("https://www.shop.example/")
        browser.eval(SET_BY_HTTP)
        browser.goto("https://other.example/")
        assert sorted(browser.cookies(), key=lambda cookie: cookie.name) == [
            Cookie(
                name="by_http",
                value="a=b%20c",
                domain="www.shop.example",
                http_only=False,
                secure=True,
                same_site="Lax",
                days=365,
            ),
            Cookie(
                name="http_only",
                value="1",
                domain=".shop.example",
                http_only=True,
                secure=True,
                same_site="Strict",
                days=365,
            ),
        ]

    def test_session_cookie_has_no_days_and_deleted_cookie_is_not_listed(
        self, browser: Browser
    ) -> None:
        browser.goto("https://shop.example/")
        browser.eval(SET_BY_SCRIPT + "document.cookie = 'session=1';")
        browser.eval("document.cookie = 'by_script=; Max-Age=0; Path=/; Secure';")
        assert [(cookie.name, cookie.days) for cookie in browser.cookies()] == [("session", None)]

    def test_tabs_share_a_profile(self, browser: Browser) -> None:
        """A tab reads the cookies and storage of another tab. Each tab has its own page."""
        browser.goto("https://shop.example/")
        other = browser.new_tab()
        other.goto("https://shop.example/next")
        browser.eval(SET_BY_SCRIPT + "localStorage.setItem('key', 'kept');")
        other.eval(
            """
            while (document.cookie !== "by_script=1" || localStorage.getItem("key") !== "kept") {
                await new Promise((resolve) => setTimeout(resolve, 10));
            }
            """
        )
        other.fire("location.href = '/'")
        browser.fire("location.href = '/next'")
        assert other.eval("return location.pathname;") == "/"
        assert browser.eval("return location.pathname;") == "/next"

    def test_fresh_profile_is_empty(self, browser: Browser) -> None:
        """A new profile has no cookies, no storage, and no contacted hosts."""
        browser.goto("https://shop.example/")
        browser.eval(SET_BY_SCRIPT + SET_BY_HTTP + "localStorage.setItem('key', 'kept');")
        browser.fresh()
        assert browser.proxy.contacted == []
        assert browser.cookies() == []
        browser.goto("https://shop.example/")
        assert browser.eval("return [document.cookie, localStorage.length];") == ["", 0]

    def test_contacted_hosts_are_recorded(self, browser: Browser) -> None:
        """Hosts without a route are rejected and recorded. The engine's own traffic is not."""
        browser.goto("https://shop.example/")
        answers = browser.eval(
            """
            const hosts = ["other.example", "tracker.example", "localhost", "shop.example:8443"];
            return await Promise.all(hosts.map((host) =>
                fetch(`https://${host}/next`, {mode: "no-cors"}).then(() => true, () => false)));
            """
        )
        assert answers == [True, False, False, False]
        assert sorted(browser.proxy.contacted) == [
            "localhost",
            "other.example",
            "shop.example",
            "tracker.example",
        ]

    def test_page_of_a_rejected_host_is_an_error(self, browser: Browser) -> None:
        with pytest.raises(BrowserError):
            browser.goto("https://tracker.example/")

    def test_days_later_deletes_script_written_cookies(self, browser: Browser) -> None:
        """After 8 days, HttpOnly cookies and localStorage are left.

        Real ITP deletes cookies that a script wrote. The model deletes all that a script can write.
        """
        browser.goto("https://shop.example/")
        browser.eval(SET_BY_SCRIPT + SET_BY_HTTP + "localStorage.setItem('key', 'kept');")
        before = {cookie.name: cookie.value for cookie in browser.cookies()}
        assert before == {"by_script": "1", "by_http": "a=b%20c", "http_only": "1"}
        browser.days_later(8)
        browser.goto("https://shop.example/")
        after = {cookie.name: (cookie.value, cookie.days) for cookie in browser.cookies()}
        if browser.has_real_itp:
            assert after == {"by_http": ("a=b%20c", 357), "http_only": ("1", 357)}
        else:
            assert after == {"http_only": ("1", 365)}
        assert browser.eval("return localStorage.getItem('key');") == "kept"

    @pytest.mark.parametrize("way", ["closed", "killed"])
    def test_no_process_is_left(self, browser: Browser, scratch: Path, way: str) -> None:
        """All processes of the engine end when it is closed or when the test process is killed."""
        mark = f"MARK={uuid.uuid4()}"
        with _user(browser, mark, f"TMPDIR={scratch}") as user:
            assert user.stdout
            assert user.stdout.readline() == "ready\n"
            assert len(processes_with(mark)) > 2
            if way == "killed":
                user.kill()
            else:
                assert user.communicate("\n") == ("", "")
        wait_until_none_has(mark, seconds=20)

    def test_engine_that_does_not_start_is_an_error(self, browser: Browser, scratch: Path) -> None:
        """The error has the last output of the program, and no process is left."""
        program = scratch / self.executable
        program.write_text("#!/bin/sh\necho no such display >&2\nexit 3\n")
        program.chmod(0o755)
        mark = f"MARK={uuid.uuid4()}"
        path = f"PATH={scratch}:{os.environ['PATH']}"
        with _user(browser, mark, f"TMPDIR={scratch}", path) as user:
            printed, error = user.communicate()
        assert printed == ""
        assert "BrowserError: " in error
        assert "no such display" in error.partition("BrowserError: ")[2]
        wait_until_none_has(mark, seconds=20)

    def test_engine_that_is_not_installed_skips_or_fails_the_test(
        self, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """On a developer's machine, the test is skipped, and in CI it fails, with the reason."""
        monkeypatch.setenv("PATH", str(tmp_path))
        outcomes = {}
        for ci in ("", "true"):
            monkeypatch.setenv("CI", ci)
            with pytest.raises((pytest.skip.Exception, pytest.fail.Exception)) as raised:
                require(type(browser))
            assert str(raised.value) == self.not_installed
            outcomes[ci] = raised.type
        assert outcomes == {"": pytest.skip.Exception, "true": pytest.fail.Exception}


def _user(browser: Browser, *variables: str) -> "subprocess.Popen[str]":
    """Start a process that opens the engine and keeps it until it reads a line."""
    return subprocess.Popen(
        ["env", *variables, sys.executable, "-c", _PROGRAM, type(browser).__name__],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
