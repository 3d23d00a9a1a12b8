"""The interface of browser engines."""

import json
import time
from abc import ABC, abstractmethod
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Any, ClassVar, Self

from tools.visit.engines.connect_proxy import ConnectProxy

#: The seconds that an engine may take to start or to answer.
ENGINE_SECONDS = 60
#: The seconds that a script may take. Fewer, because the page's own error has more details.
SCRIPT_SECONDS = 30
#: How long ITP keeps cookies that scripts write.
ITP_KEEPS = timedelta(days=7)


class BrowserError(Exception):
    """The engine failed, or the page's script raised. The message gives the reason."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cookie:
    """A cookie as the engine stores it.

    `domain` begins with a dot if the cookie has a `Domain` attribute; otherwise it is the host.
    `same_site` is "Strict", "Lax", or "None", or the engine's own word if the cookie has no such
    attribute. `days` is its remaining lifetime by the browser's clock, None for a session cookie.
    """

    name: str
    value: str
    domain: str
    http_only: bool
    secure: bool
    same_site: str
    days: float | None


def is_gone_after(cookie: Cookie, gap: timedelta) -> bool:
    """Return whether, after this time, a cookie has expired or ITP has deleted it.

    This is a model of ITP: all cookies that are not HttpOnly count as written by a script.
    """
    has_expired = cookie.days is not None and timedelta(days=cookie.days) <= gap
    return has_expired or (gap >= ITP_KEEPS and not cookie.http_only)


def days_until(unix_time: float) -> float:
    """Return the days from now, rounded to 0.01, so that a test's own duration does not count."""
    return round((unix_time - time.time()) / 86400, 2)


class Tab(ABC):
    """A tab of a browser."""

    @abstractmethod
    def goto(self, url: str) -> None:
        """Load a page and wait for its load event."""

    @abstractmethod
    def begin(self, url: str) -> None:
        """Begin to load a page. Scripts may still run in the previous page for a moment."""

    def eval(self, body: str) -> Any:
        """Run the body of an async function in the page and return its value, as JSON.

        It must not leave the page, because the value would be lost; use `fire` for that.
        """
        text = self._call(
            f"""
            const value = (async () => {{ {body}
            }})();
            const late = new Promise((_, reject) => setTimeout(
                () => reject(new Error("no value within {SCRIPT_SECONDS} s")),
                {SCRIPT_SECONDS} * 1000));
            return JSON.stringify((await Promise.race([value, late])) ?? null);
            """
        )
        try:
            return json.loads(text)
        except (TypeError, ValueError, RecursionError) as error:
            # The page may have replaced JSON.stringify.
            raise BrowserError("the page's value is not JSON") from error

    @abstractmethod
    def fire(self, statement: str) -> None:
        """Run a statement that leaves the page, and wait for the next page's load event."""

    @abstractmethod
    def _call(self, body: str) -> Any:
        """Run the body of an async function that should return a string."""


class Browser(Tab):
    """A running engine: its first tab, and the methods of the whole profile.

    The traffic of pages goes through `proxy`, and certificates are not verified. Call `fresh()`
    first. All processes of the engine end with `close()`, or when this process ends.
    """

    #: Whether the engine itself caps script-written cookies and moves its clock.
    has_real_itp: ClassVar[bool]

    def __init__(self, proxy: ConnectProxy) -> None:
        self.proxy = proxy
        self._is_direct = False
        self._page_script = ""
        self._tab: Tab
        with ExitStack() as resources:
            self.version = self._start(resources)
            self._resources = resources.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.close()

    @staticmethod
    @abstractmethod
    def missing() -> str | None:
        """Return what to install on this machine for the engine, or None if nothing is missing."""

    def close(self) -> None:
        """End the engine and delete its profile."""
        self._resources.close()

    def fresh(self, *, direct: bool = False, page_script: str = "") -> None:
        """Continue with a new profile and one blank tab, and forget the contacted hosts.

        If `direct` is true, pages use the network of this machine instead of `proxy`. `page_script`
        runs in every page before the page's own scripts.
        """
        self._is_direct = direct
        self._page_script = page_script
        self._tab = self._new_profile()
        self.proxy.forget()

    @abstractmethod
    def new_tab(self) -> Tab:
        """Open another tab in the same profile.

        A tab may see what another tab stored only some milliseconds later.
        """

    @abstractmethod
    def cookies(self) -> list[Cookie]:
        """Return all cookies of the profile, including HttpOnly cookies."""

    def days_later(self, days: int) -> None:
        """Make the visitor come back after this many days, as `later` describes."""
        self.later(timedelta(days=days))

    def later(self, gap: timedelta) -> None:
        """Make the visitor come back after this time, in one blank tab. Calls add up.

        With real ITP, the engine restarts with the same profile and a moved clock. In other engines
        the clock does not move, and the cookies that `is_gone_after` selects are deleted.

        No engine deletes localStorage. ITP does in Safari, but WebKitGTK never did in trials. So
        a scenario must delete it, on a page of the site that does not load the SDK.
        """
        self._tab = self._reopen(gap)

    def goto(self, url: str) -> None:
        self._tab.goto(url)

    def begin(self, url: str) -> None:
        self._tab.begin(url)

    def fire(self, statement: str) -> None:
        self._tab.fire(statement)

    @abstractmethod
    def _start(self, resources: ExitStack) -> str:
        """Start the engine, register its cleanup with `resources`, and return its version."""

    @abstractmethod
    def _new_profile(self) -> Tab:
        """Delete the profile, create another, and return its tab."""

    @abstractmethod
    def _reopen(self, gap: timedelta) -> Tab:
        """Close all tabs, move the time, and return the new tab."""

    def _call(self, body: str) -> Any:
        return self._tab._call(body)
