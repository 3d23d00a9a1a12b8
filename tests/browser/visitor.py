"""A visitor of the site in a browser, and the IDs that Hightouch gets."""

import json
from datetime import timedelta
from typing import Any

from tests.browser.deployments import Deployments, Site
from tests.browser.settled import SETTLED
from tests.support.checkout import ROOT
from tools.visit.engines.engine import ITP_KEEPS, Browser, Tab
from tools.visit.visitor import Visitor

# The interval, in ms, at which the SDK sends its calls to the cookie service, in scenarios without
# a race. It is too short if a clear and a renew call are queued together: then the SDK sends the
# second call while the first is under way.
_QUICK = 50
#: The SDK's default interval.
DEFAULT_FLUSH = 1000
#: An interval that is so long that the SDK sends no call.
NEVER = 10**9

_DELIVERED = """
    await htevents.track("look");
    while (window.underWay > 0) await new Promise((resolve) => setTimeout(resolve, 10));
"""
# In WebKit, a script can read a cookie for some ms after another script deleted it, and the SDK
# writes again what it reads. So a cookie counts as deleted after 20 reads without it.
_COOKIES_DELETED = """
    for (let reads = 0; reads < 20; reads += 1) {
      if (/htjs_(anonymous|user)_id=/.test(document.cookie)) reads = 0;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
"""
_PRIVACY = (ROOT / "docs" / "privacy.md").read_text()
#: The logout in docs/privacy.md, as statements.
DOCUMENTED_LOGOUT = _PRIVACY.partition("```js\n")[2].partition("```")[0]
#: Log in as A and continue when the SDK has queued the following renew call.
IDENTIFY_AND_SEE_THE_RENEW_QUEUED = """
    const { queue } = htevents.user().options.httpCookieService;
    const queued = new Promise((resolve) => {
      queue.push = (...calls) => {
        resolve();
        return Array.prototype.push.apply(queue, calls);
      };
    });
    htevents.identify("A");
    await queued;
"""
#: Send a second clear call only when the calls before it are answered. Otherwise the answer of a
#: slow renew call could come last, and set the cookies again.
HOLD_THE_SECOND_CLEAR = """
    const send = window.fetch;
    let clears = 0;
    window.fetch = async (...request) => {
      clears += request[0] === "/ht/clear" ? 1 : 0;
      while (clears > 1 && window.underWay > 0) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return send(...request);
    };
"""
# A script deletes cookies of the host and of each parent domain.
_DELETE = """
    for (const name of names) {
      const parts = location.hostname.split(".");
      document.cookie = `${name}=; Max-Age=0; path=/`;
      for (let i = 0; i < parts.length - 1; i += 1) {
        document.cookie = `${name}=; Max-Age=0; path=/; domain=${parts.slice(i).join(".")}`;
      }
    }
"""


class ScenarioVisitor(Visitor):
    """A new visitor of `site`, with a new profile in `browser`.

    `story` has the IDs that Hightouch got at each `look()`. "a2/A" is the second anonymous ID and
    user A, "a2/-" is no user ID, and "nothing" is no event. `anonymous_ids` has the name of each
    anonymous ID, and `marks` whether each event was marked as part of a restored visit.
    """

    def __init__(self, browser: Browser, deployments: Deployments, site: Site) -> None:
        self.story: list[str] = []
        self.marks: list[bool] = []
        self._deployments = deployments
        self._site = site
        self._first_event = len(deployments.events)
        self.anonymous_ids: dict[str, str] = {}
        browser.proxy.routes = dict.fromkeys(site.hosts, deployments.port)
        super().__init__(browser, empty_page=f"{site.url}/blank", move_clock=deployments.move_clock)

    def open(self, path: str = "/", *, flush: int = _QUICK, tab: Tab | None = None) -> None:
        """Load a page of the site and wait until the SDK has nothing more to send."""
        tab = tab or self.browser
        tab.goto(f"{self._site.url}{path}?flush={flush}")
        self.settle(tab)

    def reload(self, tab: Tab | None = None) -> None:
        """Reload the page at once, even if calls are queued, and wait until the SDK is done."""
        tab = tab or self.browser
        tab.fire("location.reload()")
        self.settle(tab)

    def settle(self, tab: Tab | None = None) -> None:
        """Wait until the SDK has nothing more to send."""
        (tab or self.browser).eval(SETTLED)

    def identify(self, user_id: str, tab: Tab | None = None) -> None:
        """Log in."""
        tab = tab or self.browser
        tab.eval(f"await htevents.identify({json.dumps(user_id)});")
        self.settle(tab)

    def reset(self, tab: Tab | None = None) -> None:
        """Log out with the SDK only. Wait until cookies are deleted and all calls are sent."""
        tab = tab or self.browser
        tab.eval(f"htevents.reset(); {_COOKIES_DELETED}")
        self.settle(tab)

    def wait_until_cookies_are_deleted(self) -> None:
        """Wait until both browser cookies are deleted."""
        self.browser.eval(_COOKIES_DELETED)

    def leave(self, statements: str) -> None:
        """Run statements that end with leaving the page, and wait until the next page is done."""
        self.browser.fire(f"(async () => {{ {statements} }})()")
        self.settle()

    def look(self, tab: Tab | None = None) -> None:
        """Send an event, and add the IDs with which Hightouch gets it to the story."""
        tab = tab or self.browser
        before = len(self._deployments.events)
        tab.eval(_DELIVERED)
        received = self._deployments.events[before:]
        looks = [event for event in received if event.get("event") == "look"]
        if not looks:
            self.story.append("nothing")
            return
        [event] = looks
        anonymous = self.anonymous_ids.setdefault(
            event["anonymousId"], f"a{len(self.anonymous_ids) + 1}"
        )
        self.story.append(f"{anonymous}/{event.get('userId') or '-'}")
        self.marks.append(event["context"].get("restored", False))

    def hours_later(self, hours: int) -> None:
        """Move the cookie service's clock. The browser keeps everything."""
        self._deployments.move_clock(timedelta(hours=hours))

    def later(self, gap: timedelta) -> None:
        """Come back after this time, and fail if ITP should have deleted cookies but did not."""
        super().later(gap)
        if gap < ITP_KEEPS:
            return
        if left := self.browser.eval("return document.cookie.match(/htjs_[a-z_]+/g);"):
            raise AssertionError(f"ITP left script-written cookies: {left}")

    def delete_ids(self) -> None:
        """Delete both browser cookies and localStorage, on a page without the SDK."""
        self.leave_page()
        self.delete_cookies("htjs_anonymous_id", "htjs_user_id")
        self.delete_storage()

    def delete_cookies(self, *names: str) -> None:
        """Delete browser cookies by script, as a consent tool does."""
        self.browser.eval(f"const names = {list(names)!r}; {_DELETE}")

    def plant(self, cookie: str) -> None:
        """Set a cookie for the whole domain by a script on a sibling subdomain, in another tab."""
        host, sibling, _ = self._site.hosts
        tab = self.browser.new_tab()
        tab.goto(f"https://{sibling}/browser/release/v1-latest/events.min.js")
        written = f"{cookie}; Domain={host}; Max-Age=31536000; Secure"
        tab.eval(f"document.cookie = {written!r};")

    def server_cookies(self) -> dict[str, str]:
        """Return the values of the HttpOnly cookies, by name."""
        cookies = self.browser.cookies()
        return {cookie.name: cookie.value for cookie in cookies if cookie.http_only}

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events of this visitor that Hightouch got."""
        return self._deployments.events[self._first_event :]

    def joined_users(self) -> dict[str, set[str]]:
        """Return the anonymous IDs that Hightouch got with several users, and those users."""
        users: dict[str, set[str]] = {}
        for event in self.events:
            if event.get("userId"):
                users.setdefault(event["anonymousId"], set()).add(str(event["userId"]))
        return {anonymous: known for anonymous, known in users.items() if len(known) > 1}

    def foreign_hosts(self) -> set[str]:
        """Return the contacted hosts other than the site's three hosts."""
        return set(self.browser.proxy.contacted) - set(self._site.hosts)
