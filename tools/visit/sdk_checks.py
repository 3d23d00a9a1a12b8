"""Check whether the SDK loads, becomes ready, calls the cookie service, and sends events. Pure.

Each check yields a finding about one step, or a note that describes the step.
"""

from collections.abc import Iterator

from attachment.finding import Finding
from tools.doctor.report import Note, Result
from tools.visit.observation import Call, Observation, PageState
from tools.visit.traffic import Exchange, host_of, origin_of

HIGHTOUCH_DOMAIN = "hightouch-events.com"

_SNIPPET_FIX = "add the snippet in the stack's output ClientSnippet to the head of each page"


def snippet(_: Observation, page: PageState) -> Iterator[Finding]:
    if page.snippets > 1:
        yield Finding(
            "snippet-twice",
            f"the page has the snippet {page.snippets} times, and only the first one runs",
            "keep one and remove the others; often both a tag manager and the page's template add "
            "it",
        )
    if page.sdk != "none" or page.calls:
        return
    inline = [one for one in page.violations if one.blocked == "inline"]
    if page.snippets and inline:
        yield Finding(
            "csp-blocks-snippet",
            f"the content security policy blocks the snippet ({inline[0].directive})",
            "add the policy's nonce to the snippet's script tag, or the snippet's hash to "
            f"{inline[0].directive}",
        )
    elif page.waiting_snippets:
        yield Finding(
            "snippet-waits",
            "the snippet is in the page, but its script tag has a type that browsers do not run, "
            "which consent tools use to delay a script",
            "pass --click with the CSS selector of the button that gives consent",
        )
    elif page.snippets:
        yield Finding("snippet-failed", "the snippet is in the page but did not run", _SNIPPET_FIX)
    else:
        yield Finding(
            "no-snippet",
            "the page does not load Hightouch's SDK",
            f"{_SNIPPET_FIX}; if a consent tool loads it, pass --click with the CSS selector of "
            "the button that gives consent",
        )


def sdk(seen: Observation, page: PageState) -> Iterator[Result]:
    if page.sdk != "snippet":
        yield from _running_sdk(seen, page)
        return
    host, url = host_of(page.sdk_url), page.sdk_url
    exchange = next((one for one in seen.exchanges if one.url == url), None)
    blocked = [one for one in page.violations if host_of(one.blocked) == host]
    if not url:
        yield Finding(
            "sdk-not-loaded",
            "the snippet is in the page, but nothing calls htevents.load()",
            "call htevents.load() as the snippet in the stack's output ClientSnippet does",
        )
    elif blocked:
        yield Finding("csp-blocks-sdk", *_csp("the SDK", blocked[0].directive, origin_of(url)))
    elif url.startswith("http:"):
        yield _mixed_content("the SDK", host)
    elif url in page.failed_scripts and exchange is None:
        yield Finding(
            "sdk-blocked",
            f"the browser did not request the SDK at {url}",
            "see the browser's console for the reason",
        )
    elif exchange and exchange.failure == "untrusted-certificate":
        yield untrusted_certificate(exchange)
    elif exchange and exchange.failure:
        yield Finding(
            "sdk-unreachable",
            f"{exchange.host} cannot be reached: {exchange.reason}",
            "check the DNS records of the SDK proxy",
        )
    elif exchange and (exchange.status != 200 or "html" in exchange.content_type):
        yield Finding(
            "sdk-unavailable",
            f"{url} answered {exchange.status} ({exchange.content_type or 'no content type'})",
            "run `python -m tools doctor`, which checks the SDK proxy",
        )
    elif url in page.failed_scripts:
        yield _not_run(seen, url)
    else:
        yield _not_ready(page)


def _not_run(seen: Observation, url: str) -> Finding:
    documents = [one for one in seen.exchanges if one.destination == "document"]
    policy = documents[-1].embedder_policy if documents else ""
    if policy.partition(";")[0].strip() not in ("", "unsafe-none"):
        return Finding(
            "coep-blocks-sdk",
            f"the page's header Cross-Origin-Embedder-Policy ({policy}) stops the SDK at {url}",
            "remove that header from the page: as Hightouch's table says, the SDK proxy has no "
            "response headers policy, so it sends no Cross-Origin-Resource-Policy",
        )
    return Finding(
        "sdk-blocked",
        f"the browser received the SDK at {url}, but did not run it",
        "look for the reason in the browser's console, such as an integrity attribute or a header "
        "of the page",
    )


def _not_ready(page: PageState) -> Finding:
    waiting = [call.url for call in page.calls_of("cookie service") if call.milliseconds is None]
    if waiting:
        return Finding(
            "sdk-not-ready",
            f"the SDK waits for {waiting[0]}, which does not answer, and sends no event until then",
            "run `python -m tools doctor --endpoint` with the URL of the site",
        )
    return Finding(
        "sdk-not-ready",
        "the SDK is loaded but does not become ready, so it sends no event",
        "see the browser's console for an error of the SDK, and check the write key",
    )


def _running_sdk(seen: Observation, page: PageState) -> Iterator[Note]:
    versions = [
        str(_inner(event, "context", "library", "version") or "") for _, event in seen.events
    ]
    version = page.version or next(filter(None, versions), "of an unknown version")
    source = host_of(page.sdk_url) or "the site's own scripts"
    yield Note("sdk", f"SDK {version} from {source}")


def hosts(seen: Observation, _: PageState) -> Iterator[Finding]:
    if hosts := hightouch_hosts(seen):
        yield Finding(
            "hightouch-contacted",
            f"the page contacts Hightouch's hosts, which ad blockers block: {', '.join(hosts)}",
            "use the snippet in the stack's output ClientSnippet, which sets the SDK's host, _cdn, "
            "and apiHost; with the SDK from npm, set apiHost",
        )


def cookie_service(seen: Observation, page: PageState) -> Iterator[Result]:
    renews = page.calls_of("cookie service")
    if page.keeps_nothing:
        yield Finding(
            "persistence-off",
            "the SDK's option disableClientPersistence is on, so the SDK stores no ID and calls no "
            "cookie service",
            "remove the option from the call of load()",
        )
        return
    if not renews:
        yield Finding(
            "no-cookie-service",
            "the SDK does not call a cookie service, so ITP deletes the visitors' IDs after seven "
            "days",
            "set httpCookieServiceOptions as the snippet in the stack's output ClientSnippet does",
        )
        return
    renew = renews[0]
    answers = [one for one in seen.exchanges if one.method == "POST" and one.url == renew.url]
    blocked = [one for one in page.violations if host_of(one.blocked) == host_of(renew.url)]
    if blocked and not answers:
        yield Finding(
            "csp-blocks-renew",
            *_csp("calls to the cookie service", blocked[0].directive, "'self'"),
        )
    elif not answers and renew.status is not None:
        yield Finding(
            "renew-by-service-worker",
            f"a service worker answers {renew.url}, so the request does not leave the browser",
            "make the service worker ignore POST requests: return from its fetch handler before "
            "respondWith()",
        )
    elif renew.status is None or not 200 <= renew.status < 300:
        yield Finding(
            "renew-failed",
            f"{renew.url} answered {renew.status or 'nothing'}, so no ID is restored",
            "attach the cookie service to the site's distribution, and deploy with the renew_path "
            "and clear_path that are in the snippet",
        )
    elif "html" in answers[0].content_type:
        yield Finding(
            "renew-is-a-page",
            f"{renew.url} answered with a page ({answers[0].content_type}), so no ID is restored",
            "attach the cookie service to the site's distribution, because the site's own server "
            "answers this path now",
        )
    else:
        yield Note(
            "renew",
            f"{renew.url} answered {renew.status}; the SDK waited {renew.milliseconds} ms for it",
        )


def event(seen: Observation, page: PageState) -> Iterator[Result]:
    failed = [call for call in page.calls_of("event") if call.failed or (call.status or 0) >= 400]
    if failed:
        yield _lost_event(seen, page, failed[0])
    elif events := seen.events:
        exchange, event = events[0]
        ids = [name for name in ("anonymousId", "userId") if event.get(name)]
        kind = str(event.get("type", "unknown"))[:30]
        yield Note("event", f"{kind} event to {exchange.host} with {' and '.join(ids)}")
    else:
        yield Finding(
            "no-event",
            "the SDK is ready, but the page sends no event",
            "call htevents.page() on each page, as the snippet does",
        )


def _lost_event(seen: Observation, page: PageState, call: Call) -> Finding:
    host = host_of(call.url)
    exchange = next((one for one in seen.exchanges if one.url == call.url), None)
    blocked = [one for one in page.violations if host_of(one.blocked) == host]
    if blocked:
        directive = blocked[0].directive
        return Finding("csp-blocks-events", *_csp("events", directive, origin_of(call.url)))
    if call.url.startswith("http:"):
        return _mixed_content("events", host)
    if exchange and exchange.failure == "untrusted-certificate":
        return untrusted_certificate(exchange)
    if exchange and exchange.failure:
        return Finding(
            "events-host-unreachable",
            f"{host} cannot be reached: {exchange.reason}",
            f"check apiHost, and the DNS records of {host}",
        )
    return Finding(
        "events-blocked",
        f"the browser did not send an event to {host}",
        "see the browser's console for the reason",
    )


def hightouch_hosts(seen: Observation) -> list[str]:
    """Return Hightouch's hosts that the page contacted or tried to contact."""
    tried = {one.host for one in seen.exchanges}
    if seen.page:
        tried |= {host_of(one.blocked) for one in seen.page.violations}
        tried |= {host_of(url) for url in seen.page.failed_scripts}
        tried |= {host_of(call.url) for call in seen.page.calls}
    return sorted(host for host in tried if f".{host}".endswith(f".{HIGHTOUCH_DOMAIN}"))


def untrusted_certificate(exchange: Exchange) -> Finding:
    """Return the finding for a host whose certificate browsers do not trust."""
    return Finding(
        "untrusted-certificate",
        f"browsers do not trust the certificate of {exchange.host}: {exchange.reason}",
        "use a certificate for that name from a public certificate authority; if you use a private "
        "authority on purpose, pass its certificate with --trust",
    )


def _csp(what: str, directive: str, source: str) -> tuple[str, str]:
    return (
        f"the content security policy blocks {what} ({directive})",
        f"add {source} to {directive} in the page's content security policy",
    )


def _mixed_content(what: str, host: str) -> Finding:
    return Finding(
        "mixed-content",
        f"the page uses plain HTTP for {what} on {host}, which browsers block on an HTTPS page",
        "use https: in the snippet, and remove the option protocol",
    )


def _inner(value: object, *keys: str) -> object:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value
