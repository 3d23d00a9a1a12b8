"""Faults of pages that are tested in only one engine, Chromium."""

from dataclasses import replace
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from attachment.finding import Finding
from tests.browser.visit_contract import Visited, visited
from tests.support.example import make_settings
from tests.support.visited_site import (
    BARE,
    HIGHTOUCH_EVENTS,
    HIGHTOUCH_SDK,
    OWN_RENEW,
    Answer,
    cookie_service,
    no_answer,
    page,
    with_hosts,
    with_options,
    with_own_renew,
)
from tools.doctor.report import Note
from tools.visit.proxy import recording_proxy

ENGINE = "chromium"

__all__ = ["visited"]

_WHEN_READY = "<script>htevents.ready(() => setTimeout(() => { %s }, 200))</script>"
_HOST_ONLY = _WHEN_READY % "document.cookie = 'htjs_anonymous_id=other; path=/'"
_RESET = _WHEN_READY % "htevents.reset()"
_DELETE = _WHEN_READY % (
    "document.cookie = 'htjs_anonymous_id=; Max-Age=0; path=/; domain=shop.localhost'"
)
_CSP_WITH_NONCE = "script-src 'nonce-abc' https://cdn.shop.localhost:*"
_BANNER = page(
    lambda snippet: snippet.replace("text/javascript", "text/plain", 1),
    """<button id="accept">Accept</button><script>
    document.querySelector("#accept").addEventListener("click", () => {
      const waiting = document.querySelector("script[type='text/plain']");
      const script = document.createElement("script");
      script.text = waiting.text;
      waiting.replaceWith(script);
    });
    </script>""",
)
_REDIRECT: Answer = lambda _: RedirectResponse("https://other.example/x")  # noqa: E731
_WORKER = """
    addEventListener("install", () => skipWaiting());
    addEventListener("activate", (event) => event.waitUntil(clients.claim()));
    addEventListener("fetch", (event) => {
      if (event.request.url.endsWith("/ht/renew")) event.respondWith(new Response("{}"));
    });
"""
_REGISTER = """<script>
    navigator.serviceWorker.register("/worker.js");
    navigator.serviceWorker.ready.then(() => {
      const start = () => {
        const script = document.createElement("script");
        script.text = document.querySelector("template").content.textContent;
        document.head.append(script);
      };
      if (navigator.serviceWorker.controller) start();
      else navigator.serviceWorker.addEventListener("controllerchange", start);
    });
</script>"""


@pytest.fixture(autouse=True)
def _without_faults(visited: Visited) -> None:
    visited.site.reset()


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        pytest.param(
            "csp-blocks-snippet",
            page(Content_Security_Policy=_CSP_WITH_NONCE),
            id="content-security-policy-with-nonce",
        ),
        pytest.param("snippet-twice", page(lambda snippet: snippet * 2), id="snippet-twice"),
        pytest.param(
            "hightouch-contacted",
            page(with_hosts(sdk=HIGHTOUCH_SDK, events=HIGHTOUCH_EVENTS)),
            id="hosts-of-hightouch",
        ),
        pytest.param(
            "duplicate-cookie",
            page(lambda snippet: snippet + _HOST_ONLY),
            id="host-only-cookie",
        ),
        pytest.param(
            "cookies-deleted",
            page(lambda snippet: snippet + _DELETE),
            id="script-deletes-cookies",
        ),
        pytest.param(
            "reset-on-page", page(lambda snippet: snippet + _RESET), id="reset-without-a-user"
        ),
        pytest.param(
            "coep-blocks-sdk",
            page(Cross_Origin_Embedder_Policy="require-corp"),
            id="embedder-policy",
        ),
        pytest.param(
            "persistence-off",
            page(with_options(disableClientPersistence=True)),
            id="option-without-persistence",
        ),
        pytest.param("snippet-waits", _BANNER, id="consent-banner-not-clicked"),
        pytest.param(
            "mixed-content",
            # Browsers trust names below localhost on plain HTTP, too.
            page(
                lambda snippet: with_hosts(sdk="cdn.shop.example")(
                    snippet.replace('o.src="https:', 'o.src="http:')
                )
            ),
            id="sdk-over-plain-http",
        ),
        pytest.param(
            "mixed-content",
            page(with_options(protocol="http", apiHost="events.shop.example")),
            id="events-over-plain-http",
        ),
        pytest.param(
            "page-never-settles", page(body='<img src="/endless">'), id="page-that-never-settles"
        ),
        pytest.param(
            "no-event",
            page(lambda snippet: snippet.replace(",\ne.page()", "")),
            id="page-without-a-page-call",
        ),
        pytest.param("redirected", _REDIRECT, id="redirect-to-another-site"),
    ],
)
def test_fault_of_the_page_is_the_only_finding(visited: Visited, code: str, answer: Answer) -> None:
    visited.site.answers |= {"/": answer, "/endless": no_answer}
    assert visited.codes() == [code]


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        pytest.param("renew-is-a-page", page(lambda _: "<p>shop</p>"), id="page-of-the-site"),
        pytest.param("renew-failed", lambda _: Response("", 404), id="not-found"),
        pytest.param("sdk-not-ready", no_answer, id="no-answer"),
        pytest.param("no-server-cookie", lambda _: Response("{}"), id="no-cookies"),
        pytest.param(
            "cookie-domain-differs",
            cookie_service(
                make_settings(
                    cookie_domain="www.shop.localhost",
                    cookie_domain_is_registrable=False,
                    renew_path=OWN_RENEW,
                )
            ),
            id="domain-too-narrow",
        ),
    ],
)
def test_fault_of_renew_is_the_only_finding(visited: Visited, code: str, answer: Answer) -> None:
    """The site itself answers renew."""
    visited.site.answers |= {"/": page(with_own_renew()), OWN_RENEW: answer}
    assert visited.codes() == [code]


def test_service_worker_that_answers_renew_is_a_finding(visited: Visited) -> None:
    def head(snippet: str) -> str:
        text = snippet.partition(">")[2].rpartition("</script>")[0]
        return f"{_REGISTER}<template>{text.replace('<', '&lt;')}</template>"

    worker = lambda _: Response(_WORKER, media_type="text/javascript")  # noqa: E731
    visited.site.answers |= {"/": page(head), "/worker.js": worker}
    assert visited.codes() == ["renew-by-service-worker"]


def test_consent_banner_that_is_clicked_has_no_findings(visited: Visited) -> None:
    visited.site.answers["/"] = _BANNER
    assert visited.codes(click="#accept") == []


@pytest.mark.parametrize("selector", ["#no-such-button", "no [ selector"])
def test_selector_that_matches_nothing_is_a_finding(visited: Visited, selector: str) -> None:
    assert visited.codes(click=selector) == ["click-target-missing"]


def _renew_that_restores_nothing(request: Request) -> Response:
    response = Response("{}")
    if value := request.cookies.get("htjs_anonymous_id"):
        attributes = (
            "Domain=shop.localhost; Path=/; Max-Age=31536000; Secure; HttpOnly; SameSite=Lax"
        )
        response.headers.append("Set-Cookie", f"htjs_anonymous_id_srvr={value}; {attributes}")
    return response


@pytest.mark.parametrize("url", ["", f"https://{BARE}/"], ids=["site", "host-that-redirects"])
def test_renew_that_restores_nothing_loses_the_visitor(visited: Visited, url: str) -> None:
    """The SDK's localStorage is emptied, on the host to which the site redirects, too."""
    visited.site.answers |= {
        "/": page(with_own_renew()),
        OWN_RENEW: _renew_that_restores_nothing,
    }
    results = visited.results(url=url)
    assert [one.code for one in results if not isinstance(one, Note)] == ["visitor-lost"]


def test_untrusted_certificate_is_a_finding(visited: Visited, tmp_path: Path) -> None:
    with recording_proxy(tmp_path, trusted=None, addresses={}) as proxy, visited.through(proxy):
        other = replace(visited, proxy=proxy)
        assert other.codes() == ["untrusted-certificate"]


def test_further_page_is_named_in_its_finding(visited: Visited) -> None:
    visited.site.answers["/checkout"] = page(lambda _: "")
    [finding] = [one for one in visited.results(paths=("/checkout",)) if isinstance(one, Finding)]
    assert finding.code == "no-snippet"
    assert finding.problem.startswith("/checkout: ")


def test_cookie_service_that_restores_after_hours_sees_that_days_have_passed(
    visited: Visited,
) -> None:
    """The visit cannot move the service's clock, so it moves the time in the service's cookie."""
    settings = make_settings(
        cookie_domain="shop.localhost", restore_after_seconds=23 * 3600, renew_path=OWN_RENEW
    )
    visited.site.answers |= {"/": page(with_own_renew()), OWN_RENEW: cookie_service(settings)}
    results = visited.results()
    assert [one.code for one in results if not isinstance(one, Note)] == []
    assert "same-visitor" in [one.code for one in results]
