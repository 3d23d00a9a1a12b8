"""A person in a browser on the site, and what the vendor learns of them."""

import json
from datetime import timedelta

from tests.browser.engines.engine import Browser, Tab
from tests.browser.world import Site, World
from tests.checkout import ROOT

# How often the SDK sends its calls to the cookie service, in ms, where no race is the point. Too
# often where a clear and a renew call wait together: after this time the SDK sends the next call
# although the one before is under way.
_QUICK = 50
#: The SDK's own interval, and one in which it never gets to it.
DEFAULT_FLUSH = 1000
NEVER = 10**9

_SETTLED = """
    await new Promise((resolve) => htevents.ready(resolve));
    const service = htevents.user().options.httpCookieService;
    const waits = () => service?.flushInterval < 60_000 && service.queue.length > 0;
    while (window.underWay > 0 || waits()) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
"""
_DELIVERED = """
    await htevents.track("look");
    while (window.underWay > 0) await new Promise((resolve) => setTimeout(resolve, 10));
"""
# WebKit: a cookie that a script has deleted can be read again for some ms, and the SDK writes again
# what it reads. So a cookie counts as gone after 20 looks in a row.
_GONE = """
    for (let looks = 0; looks < 20; looks += 1) {
      if (/htjs_(anonymous|user)_id=/.test(document.cookie)) looks = 0;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
"""
_PRIVACY = (ROOT / "docs" / "privacy.md").read_text()
#: The logout that our documents show, as statements.
DOCUMENTED_LOGOUT = _PRIVACY.partition("```js\n")[2].partition("```")[0]
#: Log in as A and go on when the SDK is about to send the renew call that follows.
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
# As a script deletes cookies: on the host and on each parent.
_DELETE = """
    for (const name of names) {
      const parts = location.hostname.split(".");
      document.cookie = `${name}=; Max-Age=0; path=/`;
      for (let i = 0; i < parts.length - 1; i += 1) {
        document.cookie = `${name}=; Max-Age=0; path=/; domain=${parts.slice(i).join(".")}`;
      }
    }
"""


class Visitor:
    """A new visitor of `site`: a fresh profile in `browser`.

    `story` has what the vendor learned at each `look()`, such as "a2/A": the second anonymous id,
    user A; "-" stands for no user id, "nothing" for no event.
    """

    def __init__(self, browser: Browser, world: World, site: Site) -> None:
        self.browser = browser
        self.story: list[str] = []
        self._world = world
        self._site = site
        self._first_event = len(world.events)
        self._anonymous_ids: dict[str, str] = {}
        browser.proxy.routes = dict.fromkeys(site.hosts, world.port)
        browser.fresh()

    def open(self, path: str = "/", *, flush: int = _QUICK, tab: Tab | None = None) -> None:
        """Load a page of the site and wait until the SDK is done with it."""
        tab = tab or self.browser
        tab.goto(f"{self._site.url}{path}?flush={flush}")
        self.settle(tab)

    def reload(self, tab: Tab | None = None) -> None:
        """Reload the page at once, whatever the SDK has still to send, and let the SDK finish."""
        tab = tab or self.browser
        tab.fire("location.reload()")
        self.settle(tab)

    def settle(self, tab: Tab | None = None) -> None:
        """Wait until the SDK has nothing more to send."""
        (tab or self.browser).eval(_SETTLED)

    def identify(self, user_id: str, tab: Tab | None = None) -> None:
        """Log in."""
        tab = tab or self.browser
        tab.eval(f"await htevents.identify({json.dumps(user_id)});")
        self.settle(tab)

    def reset(self, tab: Tab | None = None) -> None:
        """Log out with the SDK alone, and wait until the cookies are gone and all is sent."""
        tab = tab or self.browser
        tab.eval(f"htevents.reset(); {_GONE}")
        self.settle(tab)

    def wait_until_gone(self) -> None:
        """Wait until no browser cookie is left."""
        self.browser.eval(_GONE)

    def leave(self, statements: str) -> None:
        """Run statements, the last of which leaves the page, and let the SDK finish on the next."""
        self.browser.fire(f"(async () => {{ {statements} }})()")
        self.settle()

    def look(self, tab: Tab | None = None) -> None:
        """Add to the story as whom the vendor gets the visitor's events now, if it gets any."""
        tab = tab or self.browser
        before = len(self._world.events)
        tab.eval(_DELIVERED)
        got = [one for one in self._world.events[before:] if one.get("event") == "look"]
        if not got:
            self.story.append("nothing")
            return
        [event] = got
        anonymous = self._anonymous_ids.setdefault(
            event["anonymousId"], f"a{len(self._anonymous_ids) + 1}"
        )
        self.story.append(f"{anonymous}/{event.get('userId') or '-'}")

    def hours_later(self, hours: int) -> None:
        """Let the cookie service's clock go on; the visitor's browser keeps all it has."""
        self._world.move_clock(timedelta(hours=hours))

    def days_later(self, days: int) -> None:
        """Come back days later: ITP took script-written cookies and localStorage."""
        self._world.move_clock(timedelta(days=days))
        self.browser.days_later(days)
        self.blank()
        if left := self.browser.eval("return document.cookie.match(/htjs_[a-z_]+/g);"):
            raise AssertionError(f"ITP left script-written cookies: {left}")
        self.delete_storage()

    def blank(self) -> None:
        """Go to a page of the site that does not load the SDK."""
        self.browser.goto(f"{self._site.url}/blank")

    def delete_ids(self) -> None:
        """Delete both browser cookies and localStorage, on a page without the SDK."""
        self.blank()
        self.delete_cookies("htjs_anonymous_id", "htjs_user_id")
        self.delete_storage()

    def delete_cookies(self, *names: str) -> None:
        """Delete browser cookies by script, as a consent tool does."""
        self.browser.eval(f"const names = {list(names)!r}; {_DELETE}")

    def delete_storage(self, *names: str) -> None:
        """Delete the SDK's items in localStorage: those named, or all."""
        self.browser.eval(
            f"const names = {list(names)!r};"
            "for (const name of names.length ? names : Object.keys(localStorage)) {"
            "  localStorage.removeItem(name);"
            "}"
        )

    def server_cookies(self) -> dict[str, str]:
        """Return the values of the HttpOnly cookies, by name."""
        return {one.name: one.value for one in self.browser.cookies() if one.http_only}

    def joined_users(self) -> dict[str, set[str]]:
        """Return the users whom the vendor knows by one anonymous id, where there are several."""
        users: dict[str, set[str]] = {}
        for event in self._world.events[self._first_event :]:
            if event.get("userId"):
                users.setdefault(event["anonymousId"], set()).add(str(event["userId"]))
        return {anonymous: known for anonymous, known in users.items() if len(known) > 1}

    def foreign_hosts(self) -> set[str]:
        """Return the hosts contacted that are none of the site's own three."""
        return set(self.browser.proxy.contacted) - set(self._site.hosts)
