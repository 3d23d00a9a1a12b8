"""Check from the observations of a visit whether tracking works on a page. Pure.

The checks have the order in which tracking starts on a page. After a check that finds the cause of
a failure, no other runs: the consequences of that cause are not findings of their own.
"""

from collections.abc import Callable, Iterable, Iterator

from attachment.finding import Finding
from stacks.domains import registrable_domain
from tools.doctor.report import Inconclusive, Note, Result
from tools.visit import cookies, sdk_checks
from tools.visit.observation import Observation, PageState
from tools.visit.traffic import host_of


def check_page(seen: Observation) -> Iterator[Result]:
    """Yield the results of all checks of one page of a first visit."""
    unreachable = list(_unreachable(seen))
    if unreachable or seen.page is None:
        yield from unreachable
        return
    for check, is_cause in _CHECKS:
        results = list(check(seen, seen.page))
        yield from results
        if is_cause and any(isinstance(result, Finding) for result in results):
            return


def check_return(first: Observation, later: Observation) -> Iterator[Result]:
    """Check whether the visitor who comes back eight days later is still the same."""
    known, found = anonymous_ids(first), anonymous_ids(later)
    if not found:
        yield from (one for one in check_page(later) if not isinstance(one, Note))
        return
    if found[0] in known:
        yield Note("same-visitor", "eight days later: the same visitor")
        return
    yield Finding(
        "visitor-lost",
        "eight days later, when ITP has deleted the cookies that scripts wrote, the visitor has "
        "another anonymous ID",
        "run `python -m tools doctor --endpoint` with the URL of the site, which checks the "
        "answers of the cookie service",
    )


def check_blocker(without: Observation, blocked: Observation) -> Iterator[Result]:
    """Compare a visit with an ad blocker to one without it, and yield what is lost."""
    expected, arrived = _event_types(without), _event_types(blocked)
    lost = sorted(expected - arrived)
    if not expected:
        yield Inconclusive(
            "nothing-to-block", "no event was sent without the ad blocker, so none can be lost"
        )
    elif sdk_checks.hightouch_hosts(without):
        yield Note("blocked-hightouch", f"lost with an ad blocker: {', '.join(lost) or 'nothing'}")
    elif (page := blocked.page) and page.sdk == "snippet" and page.sdk_url:
        yield _blocked("the SDK, and so all events", page.sdk_url)
    elif lost:
        calls = page.calls_of("event") if page else ()
        hosts = sorted({call.url for call in calls if call.failed})
        yield _blocked(f"events: {', '.join(lost)}", hosts[0] if hosts else "")
    else:
        yield Note("nothing-blocked", "the ad blocker does not block the SDK or any event")


def anonymous_ids(seen: Observation) -> list[str]:
    """Return the anonymous IDs of the events that the page sent, in their order."""
    return [str(event["anonymousId"]) for _, event in seen.events]


def _unreachable(seen: Observation) -> Iterator[Finding]:
    documents = [one for one in seen.exchanges if one.destination == "document"]
    document = next(reversed(documents or seen.exchanges[:1]), None)
    if document and document.failure == "untrusted-certificate":
        yield sdk_checks.untrusted_certificate(document)
    elif document and document.failure:
        yield Finding(
            "page-unreachable",
            f"{document.host} cannot be reached: {document.reason}",
            "check the URL and the DNS records",
        )
    elif document and (document.status or 0) >= 400:
        yield Finding(
            "page-unreachable",
            f"{document.url} answered {document.status}",
            "visit a page that visitors can open without logging in",
        )
    elif seen.page is None:
        reason = seen.failure.partition("\n")[0] or "the browser showed no page"
        yield Finding("page-unreachable", f"{seen.requested}: {reason}", "check the URL")


def _redirected(seen: Observation, page: PageState) -> Iterator[Result]:
    asked, shown = host_of(seen.requested), host_of(page.url)
    if asked == shown:
        return
    if registrable_domain(asked) == registrable_domain(shown):
        yield Note("redirected-host", f"{asked} redirects to {shown}")
        return
    yield Finding(
        "redirected",
        f"{asked} redirects to {shown}, which is another site: browsers do not send cookies of one "
        "to the other",
        f"visit https://{shown}, and deploy with -c domain={shown}",
    )


def _clicked(seen: Observation, _: PageState) -> Iterator[Finding]:
    if seen.was_clicked is False:
        yield Finding(
            "click-target-missing",
            "the page has nothing that matches the selector of --click",
            "pass a CSS selector that matches the button on the page, such as '#accept-all'",
        )


def _never_settles(seen: Observation, page: PageState) -> Iterator[Finding]:
    open_requests = [
        one.url
        for one in seen.exchanges
        if one.method == "GET" and not one.has_ended and one.url != page.sdk_url
    ]
    if not page.is_complete and open_requests:
        yield Finding(
            "page-never-settles",
            f"the page does not finish loading, because this request does not end: "
            f"{open_requests[0]}",
            "make that request end, or send it after the load event, because tag managers wait for "
            "that event",
        )


def _cookies(seen: Observation, page: PageState) -> Iterator[Result]:
    return cookies.check(seen, registrable_domain(host_of(page.url)) or "", bool(seen.events))


#: The checks in their order, and whether a finding of a check is the cause of all later problems.
_CHECKS: tuple[tuple[Callable[[Observation, PageState], Iterable[Result]], bool], ...] = (
    (_redirected, True),
    (_clicked, True),
    (_never_settles, False),
    (sdk_checks.snippet, True),
    (sdk_checks.sdk, True),
    (sdk_checks.hosts, False),
    (sdk_checks.event, True),
    (sdk_checks.cookie_service, True),
    (_cookies, True),
)


def _blocked(what: str, url: str) -> Finding:
    host = host_of(url)
    return Finding(
        "blocked-name",
        f"the ad blocker blocks {what}" + (f", because its lists match {url}" if url else ""),
        f"deploy with another name than {host}, such as the defaults cdn.<domain> and "
        "events.<domain>"
        if host
        else "deploy with the default names cdn.<domain> and events.<domain>",
    )


def _event_types(seen: Observation) -> set[str]:
    return {str(event.get("type") or one.path.rpartition("/")[2]) for one, event in seen.events}
