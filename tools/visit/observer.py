"""A visitor whose pages are observed until the SDK has nothing more to send."""

import json
import time
from pathlib import Path
from urllib.parse import urljoin

from tools.visit.engines.engine import Browser, BrowserError
from tools.visit.observation import Observation, PageState
from tools.visit.proxy import RecordingProxy
from tools.visit.traffic import BLANK_PATH
from tools.visit.visitor import Visitor

_PAGE_SCRIPT = Path(__file__).with_name("page.js").read_text()
_STATE = Path(__file__).with_name("state.js").read_text()

#: The seconds after which the observation of a page ends, even if the SDK is not finished.
_PAGE_SECONDS = 15
# The SDK sends its calls to the cookie service from a queue, once a second.
_QUIET_AFTER_EVENT_SECONDS = 1.3
_QUIET_SECONDS = 3
_CLICK_SECONDS = 6
_POLL_SECONDS = 0.1

_CLICK = """
    const found = document.querySelector({selector});
    if (document.readyState !== "complete" && performance.now() < 3000) return false;
    found?.click();
    return Boolean(found);
"""


class Deadline:
    """The time at which a step must end."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def within(self, seconds: float) -> "Deadline":
        """Return a deadline after this many seconds, or this deadline if it is earlier."""
        deadline = Deadline(seconds)
        deadline._at = min(deadline._at, self._at)
        return deadline

    @property
    def is_over(self) -> bool:
        """Whether the deadline has passed."""
        return self._at <= time.monotonic()


class Observer(Visitor):
    """A new visitor of `url`, whose traffic goes through `proxy`.

    `click` is the CSS selector of the element that the visitor clicks on each page, if the page has
    it. The visitor waits for nothing after `deadline`.
    """

    def __init__(
        self,
        browser: Browser,
        proxy: RecordingProxy,
        url: str,
        *,
        click: str | None = None,
        deadline: Deadline,
    ) -> None:
        self._proxy = proxy
        self._click = click
        self._deadline = deadline
        super().__init__(
            browser,
            empty_page=urljoin(url, BLANK_PATH),
            move_clock=proxy.move_clock,
            page_script=_PAGE_SCRIPT,
        )

    def open(self, url: str) -> Observation:
        """Open a page and observe it until the SDK has nothing more to send."""
        first = len(self._proxy.exchanges)
        state: PageState | None = None
        clicked: bool | None = None
        failure = ""
        try:
            self.browser.begin(url)
            if self._click:
                clicked = self._wait_and_click(self._click)
            state = self._settle(first)
        except BrowserError as error:
            failure = str(error)
        if state:
            # A redirect may have led to another host, which has its own localStorage.
            self._empty_page = urljoin(state.url, BLANK_PATH)
        return Observation(
            requested=url,
            page=state,
            exchanges=tuple(self._proxy.exchanges[first:]),
            cookies=tuple(
                cookie for cookie in self.browser.cookies() if cookie.name.startswith("htjs_")
            ),
            was_clicked=clicked,
            failure=failure,
        )

    def is_blocked(self, url: str) -> bool:
        """Return whether the browser itself blocks a request for `url`, so that none is sent."""
        before = len(self._proxy.exchanges)
        self.browser.eval(f"await fetch({json.dumps(url)}, {{mode: 'no-cors'}}).catch(() => 0);")
        return not any(one.url == url for one in self._proxy.exchanges[before:])

    def _wait_and_click(self, selector: str) -> bool:
        script = _CLICK.format(selector=json.dumps(selector))
        deadline = self._deadline.within(_CLICK_SECONDS)
        while not deadline.is_over:
            try:
                if self.browser.eval(script):
                    return True
            except BrowserError as error:
                # Another error may be temporary, because the page navigates. An invalid selector
                # remains invalid.
                if "selector" in str(error).lower():
                    return False
            time.sleep(_POLL_SECONDS)
        return False

    def _settle(self, first: int) -> PageState | None:
        """Return the page's state when it no longer changes, or when the time is over."""
        deadline = self._deadline.within(_PAGE_SECONDS)
        state: PageState | None = None
        last: object = None
        since = time.monotonic()
        while not deadline.is_over:
            now = time.monotonic()
            read = self._read()
            state = read or state
            signature = read, self._events(first)
            if signature != last:
                last, since = signature, now
            elif read and now - since > self._needed_quiet(read, first):
                break
            time.sleep(_POLL_SECONDS)
        return state

    def _needed_quiet(self, state: PageState, first: int) -> float:
        """Return the number of seconds without a change after which the page counts as settled."""
        is_waiting = any(call.milliseconds is None for call in state.calls) or any(
            one.destination == "script" and not one.has_ended
            for one in self._proxy.exchanges[first:]
        )
        if is_waiting or not state.is_complete:
            return _PAGE_SECONDS
        if state.sdk != "snippet" and self._events(first):
            return _QUIET_AFTER_EVENT_SECONDS
        return _QUIET_SECONDS

    def _events(self, first: int) -> int:
        return sum(one.is_sunk and one.has_ended for one in self._proxy.exchanges[first:])

    def _read(self) -> PageState | None:
        """Return the state of the page, or None if the browser shows no page yet."""
        try:
            value = self.browser.eval(_STATE)
        except BrowserError:
            return None  # between two pages
        state = PageState.parse(value)
        is_page = state.url.startswith("https:") and BLANK_PATH not in state.url
        return state if is_page else None
