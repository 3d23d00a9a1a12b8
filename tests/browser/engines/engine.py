"""What every engine offers to a test."""

import json
import time
from abc import ABC, abstractmethod
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any, ClassVar, Self

from tests.browser.engines.connect_proxy import ConnectProxy

#: How long an engine may take to start, and to answer.
ENGINE_SECONDS = 60
#: How long a script may take to return; less, as the page's error says more than the engine's.
SCRIPT_SECONDS = 30


class BrowserError(Exception):
    """The engine could not do it, or the page's script raised. The text says which and why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cookie:
    """A cookie as the engine keeps it.

    `domain` begins with a dot for a cookie with a Domain attribute, and is the host alone without.
    `same_site` is "Strict", "Lax" or "None", or the engine's own word where none was given. `days`
    is what is left of its life by the browser's clock, and None for a session cookie.
    """

    name: str
    value: str
    domain: str
    http_only: bool
    secure: bool
    same_site: str
    days: float | None


def days_until(unix_time: float) -> float:
    """Return the days from now, rounded to 0.01, so that a test's own seconds do not count."""
    return round((unix_time - time.time()) / 86400, 2)


class Tab(ABC):
    """A tab of a browser."""

    @abstractmethod
    def goto(self, url: str) -> None:
        """Load a page and wait until its load event."""

    def eval(self, body: str) -> Any:
        """Run the body of an async function in the page and return its value, as JSON has it.

        It must not leave the page, as there would be nobody to return the value: see `fire`.
        """
        return json.loads(
            self._call(
                f"""
                const value = (async () => {{ {body}
                }})();
                const late = new Promise((_, reject) => setTimeout(
                    () => reject(new Error("no value within {SCRIPT_SECONDS} s")),
                    {SCRIPT_SECONDS} * 1000));
                return JSON.stringify((await Promise.race([value, late])) ?? null);
                """
            )
        )

    @abstractmethod
    def fire(self, statement: str) -> None:
        """Run a statement that leaves the page, and wait until the next page's load event."""

    @abstractmethod
    def _call(self, body: str) -> str:
        """Run the body of an async function that returns a text."""


class Browser(Tab):
    """A running engine: its first tab, and what belongs to the whole profile.

    The pages' traffic goes through `proxy`, and certificates are not checked. The first call has to
    be `fresh()`. No process of it outlives `close()`, or this process.
    """

    #: Whether script-written cookies are capped, and days pass, in the engine itself.
    has_real_itp: ClassVar[bool]

    def __init__(self, proxy: ConnectProxy) -> None:
        self.proxy = proxy
        self._is_direct = False
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
        """Say what the engine needs and this machine does not have, None if it has all."""

    def close(self) -> None:
        """End the engine and delete its profile."""
        self._resources.close()

    def fresh(self, *, direct: bool = False) -> None:
        """Go on with a new, empty profile and one blank tab; the hosts contacted are forgotten.

        With `direct` its pages use the network of this machine instead of `proxy`.
        """
        self._is_direct = direct
        self._tab = self._new_profile()
        self.proxy.forget()

    @abstractmethod
    def new_tab(self) -> Tab:
        """Open another tab in the same profile.

        A tab may see some ms later what another one has just stored.
        """

    @abstractmethod
    def cookies(self) -> list[Cookie]:
        """Return all cookies of the profile, HttpOnly ones too."""

    def days_later(self, days: int) -> None:
        """Let the visitor come back so many days later, on top of earlier ones, in one blank tab.

        With real ITP the engine starts anew on the same profile with its clock moved. Elsewhere no
        clock moves, and the cookies that scripts can write, those that are not HttpOnly, are
        deleted: a model of ITP for a visitor who stays away for longer than its 7 days.

        localStorage stays everywhere. ITP empties it in Safari, but WebKitGTK never did in our
        trials: a scenario has to do it, on a page of the site that does not load the SDK.
        """
        self._tab = self._reopen(days)

    def goto(self, url: str) -> None:
        self._tab.goto(url)

    def fire(self, statement: str) -> None:
        self._tab.fire(statement)

    @abstractmethod
    def _start(self, resources: ExitStack) -> str:
        """Start the engine, leave what ends it with `resources`, and return its version."""

    @abstractmethod
    def _new_profile(self) -> Tab:
        """Drop the profile, begin another and return its tab."""

    @abstractmethod
    def _reopen(self, days: int) -> Tab:
        """Close all tabs, let the days pass and return the new tab."""

    def _call(self, body: str) -> str:
        return self._tab._call(body)
