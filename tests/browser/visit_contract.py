"""Visits of pages with and without faults, which each engine makes."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from attachment.finding import Finding
from tests.browser.blocker_stories import STORIES, arrived, observe
from tests.browser.conftest import ENGINES, require
from tests.support.checkout import ROOT
from tests.support.recorded_connections import recorder
from tests.support.visited_site import (
    EVENTS_PROXY,
    HIGHTOUCH_EVENTS,
    SDK_PROXY,
    SITE,
    VisitedSite,
    page,
    visited_site,
    with_options,
)
from tools.doctor.report import Note, Result
from tools.visit.engine_visits import EngineVisits, Visit
from tools.visit.engines import Browser
from tools.visit.observer import Deadline, Observer
from tools.visit.proxy import RecordingProxy, recording_proxy

_UMD = ROOT / "node_modules/@ht-sdks/events-sdk-js-browser/dist/umd/index.js"

# All ways in which a page can send an event: the SDK's, and others. %s is a list of origins.
_EVENTS = """
const event = JSON.stringify({type: "track", anonymousId: "secret", messageId: "m"});
const paths = [
  "/v1/track", "//v1/track", "/%%761/t", "/x/v1/batch", "/x/../v1/page", "/V1/t", "/e",
];
for (const origin of %s) {
  for (const path of paths) {
    const url = origin + path;
    const json = {"Content-Type": "application/json"};
    await fetch(url, {method: "POST", body: event, headers: json}).catch(() => 0);
    await fetch(url, {method: "POST", body: event, mode: "no-cors"}).catch(() => 0);
    navigator.sendBeacon(url, event);
    await new Promise((resolve) => {
      const request = new XMLHttpRequest();
      request.onloadend = resolve;
      request.open("POST", url);
      request.send(event);
    });
  }
}
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Visited:
    """A running engine behind a recording proxy, and the site that it visits."""

    browser: Browser
    proxy: RecordingProxy
    site: VisitedSite

    @property
    def port(self) -> int:
        """The port of the preview."""
        return urlsplit(self.site.url).port or 443

    def results(
        self, click: str | None = None, paths: tuple[str, ...] = (), url: str = ""
    ) -> list[Result]:
        """Visit the site now and eight days later, and return the results."""
        visit = Visit(url=url or self.site.url, click=click, paths=paths)
        visits = EngineVisits(self.browser, self.proxy, visit, Deadline(50), lambda _: None)
        return list(visits.results())

    @contextmanager
    def through(self, proxy: RecordingProxy) -> Iterator[Browser]:
        """Let the browser use another proxy during the block, without a profile at first."""
        usual, self.browser.proxy = self.browser.proxy, proxy
        try:
            yield self.browser
        finally:
            self.browser.proxy = usual
            self.browser.fresh()

    def finding(self) -> Finding:
        """Visit the site, and return the only result that is not a note."""
        [finding] = [one for one in self.results() if not isinstance(one, Note)]
        assert isinstance(finding, Finding)
        return finding

    def visitor(self) -> Observer:
        """Return a new visitor."""
        return Observer(self.browser, self.proxy, self.site.url, deadline=Deadline(50))

    def codes(self, click: str | None = None) -> list[str]:
        """Visit the site, and return the codes of everything that is not a note."""
        return [one.code for one in self.results(click) if not isinstance(one, Note)]


@pytest.fixture(scope="module")
def visited(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Visited]:
    """The engine that the module names: `ENGINE`."""
    engine = ENGINES[request.module.ENGINE]
    require(engine)
    scratch = tmp_path_factory.mktemp("visit")
    with (
        visited_site(scratch) as site,
        recording_proxy(scratch, trusted=site.trusted, addresses=site.addresses) as proxy,
        engine(proxy) as browser,
    ):
        yield Visited(browser=browser, proxy=proxy, site=site)


class VisitContract:
    """The visits that each engine makes."""

    @pytest.fixture(autouse=True)
    def _without_faults(self, visited: Visited) -> None:
        visited.site.reset()

    def test_page_without_faults_has_no_findings(self, visited: Visited) -> None:
        """The notes describe everything, and the visitor is the same eight days later."""
        results = visited.results()
        assert [one for one in results if not isinstance(one, Note)] == []
        notes = "\n".join(one.text for one in results if isinstance(one, Note))
        assert "SDK 1.5.1 from cdn.shop.localhost" in notes
        assert "page event to events.shop.localhost with anonymousId" in notes
        days = "7 days" if visited.browser.has_real_itp else "365 days"
        assert f"htjs_anonymous_id: .shop.localhost, SameSite=Lax, {days}" in notes
        assert (
            "htjs_anonymous_id_srvr: .shop.localhost, Secure, HttpOnly, SameSite=Lax, 365 days"
            in notes
        )
        assert "eight days later: the same visitor" in notes

    @pytest.mark.parametrize("story", STORIES)
    def test_all_events_arrive_without_an_ad_blocker(
        self, visited: Visited, story: str, record_property: Callable[[str, object], None]
    ) -> None:
        """The names of the hosts make a difference only with an ad blocker."""
        events = arrived(observe(visited.visitor(), visited.site, STORIES[story]))
        assert events == "page, track"
        engine, version = type(visited.browser).__name__, visited.browser.version
        cell = {"site": STORIES[story].summary, "engine": engine, "version": version}
        record_property("blocker", cell | {"events": events})

    def test_no_event_leaves_the_machine(self, visited: Visited, tmp_path: Path) -> None:
        """No connection to any host carries an event, or the preflight of an event.

        The events host gets a TLS handshake, but no data.
        """
        site = visited.site
        hosts = dict.fromkeys((SITE, SDK_PROXY, EVENTS_PROXY), visited.port) | site.addresses
        with (
            recorder(tmp_path, hosts) as (port, recorded),
            recording_proxy(
                tmp_path, trusted=recorded.certificate, addresses=dict.fromkeys(hosts, port)
            ) as proxy,
            visited.through(proxy) as browser,
        ):
            opened = Observer(browser, proxy, site.url, deadline=Deadline(50)).open(site.url)
            origins = [f"https://{host}:{visited.port}" for host in (SITE, EVENTS_PROXY)]
            browser.eval(_EVENTS % json.dumps([*origins, f"https://{HIGHTOUCH_EVENTS}"]))
            posts = [one for one in proxy.exchanges if one.is_sunk and one.method == "POST"]

        assert [event["type"] for _, event in opened.events] == ["page"]
        connections = recorded.connections
        assert {one.host for one in connections if not one.sent} == {
            SITE,
            EVENTS_PROXY,
            HIGHTOUCH_EVENTS,
        }
        assert not any(b"messageId" in one.sent for one in connections)
        requests = {(one.host, *one.sent.split(b" ", 2)[:2]) for one in connections if one.sent}
        assert {request for request in requests if request[1] != b"GET"} == {
            (SITE, b"POST", b"/ht/renew"),
            (EVENTS_PROXY, b"OPTIONS", b"/e"),
            (HIGHTOUCH_EVENTS, b"OPTIONS", b"/e"),
        }
        assert {host for host, method, _ in requests if method == b"GET"} == {SITE, SDK_PROXY}
        # WebKit decodes the character.
        assert {(one.host, one.path.replace("%76", "v")) for one in posts} == {
            (host, path)
            for host in (SITE, EVENTS_PROXY, HIGHTOUCH_EVENTS)
            for path in (
                *("/v1/page", "/v1/track", "//v1/track", "/v1/t", "/x/v1/batch", "/V1/t", "/e"),
            )
        }

    def test_content_security_policy_without_the_sdk_host_is_a_finding(
        self, visited: Visited
    ) -> None:
        """The SDK does not load."""
        policy = "script-src 'self' 'unsafe-inline'"
        visited.site.answers["/"] = page(Content_Security_Policy=policy)
        finding = visited.finding()
        assert finding.code == "csp-blocks-sdk"
        assert f"add https://{SDK_PROXY}:{visited.port} to script-src in" in finding.fix

    def test_content_security_policy_without_the_events_host_is_a_finding(
        self, visited: Visited
    ) -> None:
        """The SDK gets ready, but no event is sent."""
        policy = "connect-src 'self' https://cdn.shop.localhost:*"
        visited.site.answers["/"] = page(Content_Security_Policy=policy)
        finding = visited.finding()
        assert finding.code == "csp-blocks-events"
        assert f"add https://{EVENTS_PROXY}:{visited.port} to connect-src in" in finding.fix

    def test_page_without_the_snippet_is_a_finding(self, visited: Visited) -> None:
        """Nothing loads the SDK."""
        visited.site.answers["/"] = page(lambda _: "")
        assert visited.codes() == ["no-snippet"]

    def test_sdk_from_npm_with_the_wrong_host_is_a_finding(self, visited: Visited) -> None:
        """The host does not exist."""
        options = (
            '{apiHost: "evnts.shop.localhost", httpCookieServiceOptions: '
            '{renewUrl: "/ht/renew", clearUrl: "/ht/clear"}}'
        )
        head = f"<script>{_UMD.read_text()}</script>" + (
            f'<script>HtEvents.HtEventsBrowser.load({{writeKey: "KEY"}}, {options}).page()</script>'
        )
        visited.site.answers["/"] = page(lambda _: head)
        assert visited.codes() == ["events-host-unreachable"]

    def test_snippet_without_the_cookie_service_is_a_finding(self, visited: Visited) -> None:
        """The SDK works, but ITP will delete the IDs."""
        visited.site.answers["/"] = page(with_options(httpCookieServiceOptions=None))
        assert visited.codes() == ["no-cookie-service"]

    def test_page_that_shows_dialogs_has_no_findings(self, visited: Visited) -> None:
        """The visit dismisses the dialogs and continues."""
        visited.site.answers["/"] = page(body="<script>alert(1); confirm(2); prompt(3)</script>")
        assert visited.codes() == []

    def test_page_that_replaces_json_functions_is_a_finding(self, visited: Visited) -> None:
        """It is reported as a page that cannot be read, not as a crash of the visit."""
        lie = "<script>JSON.stringify = () => 'no JSON'</script>"
        visited.site.answers["/"] = page(body=lie)
        assert visited.codes() == ["page-unreachable"]
