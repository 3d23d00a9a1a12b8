"""Checks that any cookie service follows Hightouch's page and keeps visitors apart.

Where the page leaves something open, its own example servers answer differently. For each such
point, `CASES` has the answer that never restores one visitor's IDs for another visitor.
Spec: Hightouch docs, "First party tracking", "Server setup" (last updated 2024-04-16).
"""

import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from typing import Literal

import httpx

from attachment.finding import Finding
from lambda_edge.cookie_service import (
    LAST_SEEN,
    RESTORED,
    RESTORED_SECONDS,
    SERVER_COOKIE_FOR,
    Settings,
)
from tools.doctor.bounded_client import UnresolvedNameError
from tools.doctor.report import Inconclusive, Result

#: The cookies of the SDK and of a cookie service. Others are ignored.
_NAMES = (*SERVER_COOKIE_FOR, *SERVER_COOKIE_FOR.values(), LAST_SEEN, RESTORED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One call, and the expected answer.

    `cookies` is the `Cookie` header. The answer must set the cookies in `sets`, name to value, and
    expire the cookies in `expires`. It must set and expire no other cookies of the SDK.
    """

    name: str
    route: Literal["renew", "clear"] = "renew"
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: str = ""
    status: int = 200
    sets: Mapping[str, str] = field(default_factory=dict)
    expires: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """The test IDs and the site of one case.

    `anonymous`, `user`, and `older` are test IDs that no other call has. `site` is the called host,
    `domain` the cookie domain, and `now` a Unix time in seconds.
    """

    anonymous: str
    user: str
    older: str
    site: str
    domain: str
    now: float
    restore_after_seconds: int

    @property
    def browser(self) -> str:
        """Both browser cookies, as a `Cookie` header."""
        return f"htjs_anonymous_id={self.anonymous}; htjs_user_id={self.user}"

    @property
    def server(self) -> str:
        """Both server cookies, as a `Cookie` header."""
        return f"htjs_anonymous_id_srvr={self.anonymous}; htjs_user_id_srvr={self.user}"

    @property
    def older_server(self) -> str:
        """Both server cookies with an older ID, as a `Cookie` header."""
        return f"htjs_anonymous_id_srvr={self.older}; htjs_user_id_srvr={self.older}"

    @property
    def renewed(self) -> dict[str, str]:
        """Both server cookies that an answer sets."""
        return {"htjs_anonymous_id_srvr": self.anonymous, "htjs_user_id_srvr": self.user}

    @property
    def restored(self) -> dict[str, str]:
        """All four cookies that an answer sets if it restores both IDs."""
        return {"htjs_anonymous_id": self.anonymous, "htjs_user_id": self.user, **self.renewed}

    @property
    def restored_anonymous(self) -> dict[str, str]:
        """The two cookies that an answer sets if it restores only the anonymous ID."""
        return {
            "htjs_anonymous_id": self.anonymous,
            "htjs_anonymous_id_srvr": self.anonymous,
        }

    @property
    def raw(self) -> str:
        """A value with characters that js-cookie does not encode."""
        return f"{{{self.anonymous}}}@b=c=="

    @property
    def encoded(self) -> str:
        """A value with characters that js-cookie percent-encodes."""
        return f"{self.anonymous}%3B%20Domain%3Dother.example%2C%C3%BC%22"


_SERVER_COOKIES = ("htjs_anonymous_id_srvr", "htjs_user_id_srvr")
_OTHER_SITE = {"origin": "https://other.example", "sec-fetch-site": "cross-site"}


def _with_method(method: str) -> "Callable[[Visit], Case]":
    return lambda visit: Case(
        name=f"renew with {method}", method=method, cookies=visit.server, status=405
    )


CASES: tuple[Callable[[Visit], Case], ...] = (
    lambda visit: Case(name="both browser cookies", cookies=visit.browser, sets=visit.renewed),
    lambda visit: Case(
        name="only the anonymous ID",
        cookies=f"htjs_anonymous_id={visit.anonymous}",
        sets={"htjs_anonymous_id_srvr": visit.anonymous},
    ),
    lambda visit: Case(
        name="only the user ID",
        cookies=f"htjs_user_id={visit.user}",
        sets={"htjs_user_id_srvr": visit.user},
    ),
    lambda visit: Case(
        name="browser cookies with older server cookies",
        cookies=f"{visit.browser}; {visit.older_server}",
        sets=visit.renewed,
    ),
    lambda visit: Case(
        name="an anonymous ID with an older user ID",
        cookies=f"htjs_anonymous_id={visit.anonymous}; {visit.older_server}",
        sets={"htjs_anonymous_id_srvr": visit.anonymous},
        expires=("htjs_user_id_srvr",),
    ),
    lambda visit: Case(
        name="a user ID with an older anonymous ID",
        cookies=f"htjs_user_id={visit.user}; {visit.older_server}",
        sets={"htjs_user_id_srvr": visit.user},
        expires=("htjs_anonymous_id_srvr",),
    ),
    lambda visit: Case(
        name="no browser cookie, both server cookies", cookies=visit.server, sets=visit.restored
    ),
    lambda visit: Case(
        name="no browser cookie, one server cookie",
        cookies=f"htjs_anonymous_id_srvr={visit.anonymous}",
        sets=visit.restored_anonymous,
    ),
    lambda visit: Case(
        name="an empty browser cookie counts as none",
        cookies=f"htjs_anonymous_id=; htjs_anonymous_id_srvr={visit.anonymous}",
        sets=visit.restored_anonymous,
    ),
    lambda visit: Case(name="only other cookies", cookies=f"session={visit.anonymous}; theme=dark"),
    lambda _: Case(name="no cookies"),
    lambda visit: Case(
        name="equal signs in a value",
        cookies=f"htjs_anonymous_id={visit.raw}",
        sets={"htjs_anonymous_id_srvr": visit.raw},
    ),
    lambda visit: Case(
        name="percent-encoding in a value",
        cookies=f"htjs_anonymous_id={visit.encoded}",
        sets={"htjs_anonymous_id_srvr": visit.encoded},
    ),
    lambda visit: Case(
        name="percent-encoding in a value that is restored",
        cookies=f"htjs_anonymous_id_srvr={visit.encoded}",
        sets={"htjs_anonymous_id": visit.encoded, "htjs_anonymous_id_srvr": visit.encoded},
    ),
    lambda visit: Case(
        name="malformed cookies next to the SDK's",
        cookies=f'a b{{="; ; =; broken; {visit.browser}; x="',
        sets=visit.renewed,
    ),
    lambda visit: Case(
        name="two cookies with one name, of which the last counts",
        cookies=f"htjs_anonymous_id={visit.older}; htjs_anonymous_id={visit.anonymous}",
        sets={"htjs_anonymous_id_srvr": visit.anonymous},
    ),
    lambda visit: Case(
        name="a value longer than a browser keeps",
        cookies=f"{visit.browser}{'x' * 4096}",
        sets={"htjs_anonymous_id_srvr": visit.anonymous},
        expires=("htjs_user_id_srvr",),
    ),
    lambda visit: Case(
        name="clear with all cookies",
        route="clear",
        cookies=f"{visit.browser}; {visit.server}",
        expires=_SERVER_COOKIES,
    ),
    lambda _: Case(name="clear without cookies", route="clear", expires=_SERVER_COOKIES),
    lambda visit: Case(
        name="called by a page of the site",
        headers={"origin": f"https://{visit.site}", "sec-fetch-site": "same-origin"},
        cookies=visit.browser,
        sets=visit.renewed,
    ),
    lambda visit: Case(
        name="called by a page of a subdomain",
        headers={"origin": f"https://shop.{visit.domain}", "sec-fetch-site": "same-site"},
        cookies=visit.browser,
        sets=visit.renewed,
    ),
    lambda visit: Case(
        name="renew called by another site",
        headers=_OTHER_SITE,
        cookies=visit.server,
        status=403,
    ),
    lambda visit: Case(
        name="clear called by another site",
        route="clear",
        headers=_OTHER_SITE,
        cookies=visit.server,
        status=403,
    ),
    lambda visit: Case(
        name="called by another site, from a browser that sends only Sec-Fetch-Site",
        headers={"sec-fetch-site": "cross-site"},
        cookies=visit.server,
        status=403,
    ),
    lambda visit: Case(
        name="called by a site whose name ends like this site's",
        headers={"origin": f"https://not{visit.domain}"},
        cookies=visit.server,
        status=403,
    ),
    lambda visit: Case(
        name="called by a site whose name begins like this site's",
        headers={"origin": f"https://{visit.domain}.other.example"},
        cookies=visit.server,
        status=403,
    ),
    *map(_with_method, ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS")),
    lambda visit: Case(
        name="clear with GET", route="clear", method="GET", cookies=visit.server, status=405
    ),
)

#: The cases of a service that does not restore IDs that vanish sooner than ITP deletes them.
RESTORE_AFTER_CASES: tuple[Callable[[Visit], Case], ...] = (
    lambda visit: Case(
        name="browser cookies that vanished soon after the last visit",
        cookies=(
            f"{visit.server}; htjs_seen_srvr={int(visit.now - visit.restore_after_seconds / 2)}"
        ),
        expires=_SERVER_COOKIES,
    ),
    lambda visit: Case(
        name="browser cookies that vanished long after the last visit",
        cookies=(
            f"{visit.server}; htjs_seen_srvr={int(visit.now - visit.restore_after_seconds - 3600)}"
        ),
        sets=visit.restored,
    ),
)

#: The cases of a service that honors Global Privacy Control.
GPC_CASES: tuple[Callable[[Visit], Case], ...] = (
    lambda visit: Case(
        name="a visitor who opts out with Sec-GPC",
        headers={"sec-gpc": "1"},
        cookies=f"{visit.browser}; {visit.server}",
        expires=_SERVER_COOKIES,
    ),
)

_WRONG_STATUS = {
    200: "let POST on this path reach the cookie service; if it does, the service's logs show why "
    "it fails (the SDK treats any other status as a failure, and retries three times)",
    403: "answer 403 to calls whose Sec-Fetch-Site is cross-site or whose Origin is not the "
    "site's: otherwise any page could change a visitor's cookies",
    405: "answer 405 to all methods other than POST: a link or an image on any page can cause a "
    "GET",
}
#: Added to the fix of a 403, because AWS WAF blocks with 403.
_WEB_ACL = "; or let the site's web ACL (AWS WAF, Bot Control) allow these calls, if it has one"
_NO_ANSWER = "let the service answer on this host; the checks DNS and certificate report more"
_NOT_JSON = (
    "let the path reach the cookie service, and let no error page replace its answer: the SDK "
    "treats any 200 as success"
)
_NO_STORE = "send cache-control: no-store, or a cache may send one visitor's IDs to another"
_CACHED = (
    "cache nothing on these paths (cache policy CachingDisabled): the cache sends one visitor's "
    "IDs to another"
)
_IN_THE_BODY = "leave IDs out of the body: scripts can read it, in spite of HttpOnly"
_VALUE = "copy the bytes of the value that was sent, without decoding, encoding, or cutting them"
_RULES = "follow the table of renew and clear in docs/doctor.md"
_CONTEXT = (
    "pass the context with which it was deployed, including restore_after_hours and mark_restored"
)
#: Attribute of a `Set-Cookie` to the reason for its value.
_ATTRIBUTES = {
    "domain": "set every cookie with the SDK's Domain; otherwise it is another cookie, and a "
    "logout misses it",
    "path": "set every cookie with the SDK's Path; otherwise it is another cookie, and a logout "
    "misses it",
    "max-age": "set every cookie with the configured Max-Age, cookie_max_age_days",
    "secure": "set every cookie with Secure, so that browsers never send it without TLS",
    "samesite": "set every cookie with SameSite=Lax, so that browsers do not send it with another "
    "site's requests",
    "httponly": "set server cookies with HttpOnly, so that ITP does not delete them, and browser "
    "cookies without it, because the SDK has to read them",
}

#: The clocks of the service and of this machine may differ by this much.
_CLOCK_SKEW_SECONDS = 300
#: Every ID that doctor sends contains this.
_TEST_ID = "doctor-test-"


def check_endpoint(
    client: httpx.Client,
    endpoint: str,
    settings: Settings,
    *,
    replaced: Collection[int] = (),
) -> Iterator[Result]:
    """Call the cookie service at `endpoint`, a scheme and a host, and yield its findings.

    All IDs that are sent are test IDs, and no finding quotes a cookie's value. `replaced` are
    statuses that an error response of the distribution replaces.
    """
    site = httpx.URL(endpoint)
    cases = [*_cases(site.raw_host.decode(), settings)]
    hidden = [case.name for case, _ in cases if case.status in replaced]
    found: dict[Finding, dict[str, None]] = {}  # finding to the names of its calls, in order
    shown = [(case, visit) for case, visit in cases if case.status not in replaced]
    try:
        for name, finding in _call_each(client, site, settings, shown):
            found.setdefault(finding, {})[name] = None
    except Exception:
        yield from _with_names(found)
        raise
    yield from _with_names(found)
    if hidden:
        yield Inconclusive(
            "status-replaced",
            "a custom error response of the distribution replaces "
            f"{' and '.join(map(str, sorted(replaced)))}: {_listed(hidden)}",
        )


def _cases(site: str, settings: Settings) -> Iterator[tuple[Case, Visit]]:
    remembering = RESTORE_AFTER_CASES if settings.restore_after_seconds else ()
    honoring = GPC_CASES if settings.honor_gpc else ()
    for number, case in enumerate((*CASES, *remembering, *honoring)):
        visit = Visit(
            anonymous=f"{_TEST_ID}{number}-anonymous",
            user=f"{_TEST_ID}{number}-user",
            older=f"{_TEST_ID}{number}-older",
            site=site,
            domain=settings.cookie_domain,
            now=time.time(),
            restore_after_seconds=settings.restore_after_seconds,
        )
        yield _marked(_remembered(case(visit), settings), settings), visit


def _remembered(case: Case, settings: Settings) -> Case:
    """Return the case with the cookie of the last visit, which restore_after_hours adds."""
    if not settings.restore_after_seconds:
        return case
    if case.sets:
        return replace(case, sets={**case.sets, LAST_SEEN: str(int(time.time()))})
    return replace(case, expires=(*case.expires, LAST_SEEN)) if case.expires else case


def _marked(case: Case, settings: Settings) -> Case:
    """Return the case with the cookie that marks restored IDs, which mark_restored adds."""
    if not settings.mark_restored:
        return case
    if "htjs_anonymous_id" in case.sets:
        return replace(case, sets={**case.sets, RESTORED: case.sets["htjs_anonymous_id"]})
    expires_all = {*case.expires}.issuperset(_SERVER_COOKIES)
    return replace(case, expires=(*case.expires, RESTORED)) if expires_all else case


def _with_names(found: Mapping[Finding, Mapping[str, None]]) -> Iterator[Finding]:
    """Yield each finding, with the names of its calls added to the problem."""
    for finding, names in found.items():
        calls = f" ({_listed(list(names))})" if any(names) else ""
        yield replace(finding, problem=f"{finding.problem}{calls}")


def _call_each(
    client: httpx.Client,
    site: httpx.URL,
    settings: Settings,
    cases: Sequence[tuple[Case, Visit]],
) -> Iterator[tuple[str, Finding]]:
    """Yield each finding for an answer, with the name of its case.

    If the host does not answer, the finding has an empty name, and no more calls are made.
    """
    paths = {"renew": settings.renew_path, "clear": settings.clear_path}
    answering: set[str] = set()
    others: list[str] = []
    for case, visit in cases:
        if case.route not in paths:
            continue
        headers = {"content-type": "application/json", **case.headers}
        if case.cookies:
            headers["cookie"] = case.cookies
        url = site.join(paths[case.route])
        try:
            response = client.request(case.method, url, headers=headers)
        except httpx.HTTPError as error:
            yield (
                "",
                Finding(
                    "service-unreachable", f"{url} does not answer: {error!s:.200}", _NO_ANSWER
                ),
            )
            return
        for finding in check_answer(case, response, settings, others):
            yield case.name, finding
        if case.route not in answering and _is_from_elsewhere(response):
            # Further findings on this path would follow from this one.
            del paths[case.route]
        answering.add(case.route)
        others += (visit.anonymous, visit.user, visit.older)


def check_lone_endpoint(
    client: httpx.Client, endpoint: str, settings: Settings
) -> Iterator[Result]:
    """Yield the results of `check_endpoint`, and a finding for a host that cannot be resolved.

    In a check of a whole deployment, the check DNS has this finding.
    """
    try:
        yield from check_endpoint(client, endpoint, settings)
    except UnresolvedNameError as error:
        yield Finding("service-unreachable", str(error), _NO_ANSWER)


def check_answer(
    case: Case, response: httpx.Response, settings: Settings, others: Collection[str]
) -> Iterator[Finding]:
    """Yield the findings for the answer to a case. `others` are the IDs of other calls."""
    cookies = [
        cookie
        for cookie in map(_Cookie.parse, response.headers.get_list("set-cookie"))
        if cookie.name in _NAMES
    ]
    if response.status_code != case.status:
        also = " and sets cookies" if cookies and case.status != 200 else ""
        yield Finding(
            "answer-status",
            f"answers {response.status_code}{also} instead of {case.status}",
            _WRONG_STATUS[case.status] + (_WEB_ACL if response.status_code == 403 else ""),
        )
        return
    if case.status == 405 and "POST" not in response.headers.get("allow", ""):
        yield Finding(
            "answer-without-allow", "answers 405 without allow: POST", "name the allowed method"
        )
    if case.status == 200:
        yield from _check_headers(response)
        if _is_from_elsewhere(response):
            return
        if _TEST_ID.encode() in response.content:
            yield Finding("ids-in-body", "returns IDs in the body", _IN_THE_BODY)
    if any(other in cookie.value for cookie in cookies for other in others):
        yield Finding("ids-of-another-visitor", "sends one visitor the IDs of another", _CACHED)
        return
    yield from _check_cookies(case, _without_other_scopes(cookies, settings), settings)


def _without_other_scopes(cookies: list["_Cookie"], settings: Settings) -> list["_Cookie"]:
    """Return the cookies without those that expire a planted cookie with another scope.

    A service may send them in addition to its own cookie of the same name.
    """
    named = {cookie.name for cookie in cookies if cookie.has_scope_of(settings)}
    return [
        cookie
        for cookie in cookies
        if not cookie.is_expired or cookie.has_scope_of(settings) or cookie.name not in named
    ]


def _check_headers(response: httpx.Response) -> Iterator[Finding]:
    if not _is_json(response):
        content_type = response.headers.get("content-type", "no content type")[:100]
        given = f"a body that is not {content_type}" if _is_called_json(response) else content_type
        yield Finding("answer-not-json", f"answers 200 with {given} instead of JSON", _NOT_JSON)
        if _is_from_elsewhere(response):
            return
    if "no-store" not in response.headers.get("cache-control", ""):
        yield Finding("answer-cacheable", "answers without cache-control: no-store", _NO_STORE)
    if "age" in response.headers or "hit" in response.headers.get("x-cache", "").lower():
        yield Finding("answer-cached", "answers from a cache (age or x-cache)", _CACHED)


def _check_cookies(case: Case, cookies: list["_Cookie"], settings: Settings) -> Iterator[Finding]:
    yield from _check_names(case, [cookie.name for cookie in cookies])
    for cookie in cookies:
        kind = _kind(cookie.name)
        if context := _context_without(cookie.name, settings):
            if not cookie.is_expired:
                yield Finding("context-differs", f"sets {kind}, although {context}", _CONTEXT)
            continue
        did, due = "expire" if cookie.is_expired else "set", "leave alone"
        if cookie.name in case.sets:
            due = "set"
        elif cookie.name in case.expires:
            due = "expire"
        if did != due:
            problem = f"{did}s {kind} that it should {due}"
            if cookie.is_expired:
                yield Finding("cookie-wrongly-expired", problem, _RULES)
            else:
                yield Finding("cookie-wrongly-set", problem, _RULES)
            continue
        if did == "set" and not _is_value(cookie, case.sets[cookie.name]):
            yield Finding("cookie-value", f"sets {kind} to another value than was sent", _VALUE)
        yield from _check_attributes(cookie, settings)


def _context_without(name: str, settings: Settings) -> str:
    """Return the setting because of which the cookie service does not set this cookie, or ""."""
    if name == LAST_SEEN and not settings.restore_after_seconds:
        return "restore_after_hours is 0"
    if name == RESTORED and not settings.mark_restored:
        return "mark_restored is false"
    return ""


def _check_names(case: Case, answered: Sequence[str]) -> Iterator[Finding]:
    """Yield a finding for each cookie that is missing or twice in the names `answered`."""
    for name in (*case.sets, *case.expires):
        if answered.count(name) > 1:
            yield Finding("cookie-twice", f"sets {_kind(name)} twice", _RULES)
        if name not in answered:
            if name in case.sets:
                yield Finding("cookie-not-set", f"does not set {_kind(name)}", _RULES)
            else:
                yield Finding("cookie-not-expired", f"does not expire {_kind(name)}", _RULES)


def _check_attributes(cookie: "_Cookie", settings: Settings) -> Iterator[Finding]:
    expected = {"domain": settings.cookie_domain, "path": "/", "samesite": "lax"}
    if not cookie.is_expired:
        is_mark = cookie.name == RESTORED
        expected["max-age"] = str(RESTORED_SECONDS if is_mark else settings.max_age_seconds)
    for attribute, value in expected.items():
        # RFC 6265 §5.2.3: a leading dot in Domain is ignored.
        given = cookie.attributes.get(attribute, "none").lower().lstrip(".")
        if given != value:
            yield Finding(
                "cookie-attribute",
                f"sets {_kind(cookie.name)} with {attribute} {given:.100} instead of {value}",
                _ATTRIBUTES[attribute],
            )
    is_for_scripts = cookie.name in (*SERVER_COOKIE_FOR, RESTORED)
    for flag, is_due in (("secure", True), ("httponly", not is_for_scripts)):
        if (flag in cookie.attributes) != is_due:
            yield Finding(
                "cookie-attribute",
                f"sets {_kind(cookie.name)} {'without' if is_due else 'with'} {flag}",
                _ATTRIBUTES[flag],
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Cookie:
    """One `Set-Cookie` header. `attributes` is lower-case name to value."""

    name: str
    value: str
    attributes: Mapping[str, str]

    @classmethod
    def parse(cls, header: str) -> "_Cookie":
        pair, *attributes = header.split(";")
        name, _, value = pair.partition("=")
        parts = (attribute.partition("=") for attribute in attributes)
        return cls(
            name=name.strip(),
            value=value.strip(),
            attributes={key.strip().lower(): text.strip() for key, _, text in parts},
        )

    def has_scope_of(self, settings: Settings) -> bool:
        """Return whether `Domain` and `Path` are those that the cookie service should set."""
        domain = self.attributes.get("domain", "").lower().lstrip(".")
        return domain == settings.cookie_domain and self.attributes.get("path") == "/"

    @property
    def is_expired(self) -> bool:
        """Whether the cookie is expired. Max-Age has precedence over Expires (RFC 6265 §5.3)."""
        if "max-age" in self.attributes:
            return re.fullmatch(r"0+|-[0-9]+", self.attributes["max-age"]) is not None
        try:
            expires = parsedate_to_datetime(self.attributes.get("expires", ""))
            return expires.timestamp() < time.time()
        except (ValueError, OverflowError):
            return False


def _kind(name: str) -> str:
    if name in SERVER_COOKIE_FOR:
        return "a browser cookie"
    return name if name in (LAST_SEEN, RESTORED) else "a server cookie"


def _is_value(cookie: "_Cookie", expected: str) -> bool:
    if cookie.name != LAST_SEEN:
        return cookie.value == expected
    is_time = re.fullmatch(r"[0-9]{1,12}", cookie.value)
    return bool(is_time) and abs(int(cookie.value) - int(expected)) <= _CLOCK_SKEW_SECONDS


def _is_json(response: httpx.Response) -> bool:
    try:
        response.json()
    except (ValueError, RecursionError):
        return False
    return _is_called_json(response)


def _is_called_json(response: httpx.Response) -> bool:
    media_type: str = response.headers.get("content-type", "").partition(";")[0]
    return media_type.strip().lower() == "application/json"


def _is_from_elsewhere(response: httpx.Response) -> bool:
    """Return whether an error or a page answered instead of a cookie service."""
    is_page = not _is_json(response) and "htjs_" not in response.headers.get("set-cookie", "")
    return response.status_code != 200 or is_page


def _listed(names: list[str]) -> str:
    shown = "; ".join(names[:3])
    return f"{shown}; and {len(names) - 3} more" if len(names) > 3 else shown
