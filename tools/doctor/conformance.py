"""Does a cookie service do what Hightouch's page asks, and keep visitors apart? Any implementation.

The page leaves open what its own example servers then answer differently; `CASES` says for each
such point what keeps one visitor's ids from coming back to another.
Spec: Hightouch docs, "First party tracking", "Server setup" (last updated 2024-04-16).
"""

import re
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from typing import Literal

import httpx

from lambda_edge.cookie_service import SEEN, TWINS, Settings
from tools.doctor.report import Finding, NotCheckable, Remark

#: The cookies of the SDK and of a cookie service; others are nobody's business here.
_NAMES = (*TWINS, *TWINS.values(), SEEN)


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One call, and the answer that is due.

    `cookies` is the `Cookie` header. `kept` are the cookies that the answer has to set, with their
    values, and `expired` those that it has to expire; it must touch no other one of the SDK's. In
    all of them `<a>`, `<u>` and `<old>` stand for ids that no other call has, `<past>` for a time
    of the last visit that is too fresh for ITP, `<long past>` for one that is not, `<now>` for the
    present one, `<site>` for the site's host and `<domain>` for the cookie domain.
    """

    name: str
    route: Literal["renew", "clear"] = "renew"
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: str = ""
    status: int = 200
    kept: Mapping[str, str] = field(default_factory=dict)
    expired: tuple[str, ...] = ()


_RENEWED = {"htjs_anonymous_id_srvr": "<a>", "htjs_user_id_srvr": "<u>"}
_RESTORED = {"htjs_anonymous_id": "<a>", "htjs_user_id": "<u>", **_RENEWED}
_SERVER_COOKIES = ("htjs_anonymous_id_srvr", "htjs_user_id_srvr")
_BOTH = "htjs_anonymous_id=<a>; htjs_user_id=<u>"
_BOTH_SERVER = "htjs_anonymous_id_srvr=<a>; htjs_user_id_srvr=<u>"
# Values as js-cookie writes them: these characters stay raw, others are percent-encoded.
_RAW = "{<a>}@b=c=="
_ESCAPED = "<a>%3B%20Domain%3Dother.example%2C%C3%BC%22"

CASES = (
    Case(name="both browser cookies", cookies=_BOTH, kept=_RENEWED),
    Case(
        name="the anonymous id alone",
        cookies="htjs_anonymous_id=<a>",
        kept={"htjs_anonymous_id_srvr": "<a>"},
    ),
    Case(
        name="the user id alone",
        cookies="htjs_user_id=<u>",
        kept={"htjs_user_id_srvr": "<u>"},
    ),
    Case(
        name="browser cookies beside older server cookies",
        cookies=f"{_BOTH}; htjs_anonymous_id_srvr=<old>; htjs_user_id_srvr=<old>",
        kept=_RENEWED,
    ),
    Case(
        name="an anonymous id beside an older user id",
        cookies="htjs_anonymous_id=<a>; htjs_anonymous_id_srvr=<old>; htjs_user_id_srvr=<old>",
        kept={"htjs_anonymous_id_srvr": "<a>"},
        expired=("htjs_user_id_srvr",),
    ),
    Case(
        name="a user id beside an older anonymous id",
        cookies="htjs_user_id=<u>; htjs_anonymous_id_srvr=<old>; htjs_user_id_srvr=<old>",
        kept={"htjs_user_id_srvr": "<u>"},
        expired=("htjs_anonymous_id_srvr",),
    ),
    Case(name="no browser cookie, both server cookies", cookies=_BOTH_SERVER, kept=_RESTORED),
    Case(
        name="no browser cookie, one server cookie",
        cookies="htjs_anonymous_id_srvr=<a>",
        kept={"htjs_anonymous_id": "<a>", "htjs_anonymous_id_srvr": "<a>"},
    ),
    Case(
        name="an empty browser cookie counts as none",
        cookies="htjs_anonymous_id=; htjs_anonymous_id_srvr=<a>",
        kept={"htjs_anonymous_id": "<a>", "htjs_anonymous_id_srvr": "<a>"},
    ),
    Case(name="other cookies alone", cookies="session=<a>; theme=dark"),
    Case(name="no cookies"),
    Case(
        name="equal signs in a value",
        cookies=f"htjs_anonymous_id={_RAW}",
        kept={"htjs_anonymous_id_srvr": _RAW},
    ),
    Case(
        name="percent-encoding in a value",
        cookies=f"htjs_anonymous_id={_ESCAPED}",
        kept={"htjs_anonymous_id_srvr": _ESCAPED},
    ),
    Case(
        name="percent-encoding in a value that comes back",
        cookies=f"htjs_anonymous_id_srvr={_ESCAPED}",
        kept={"htjs_anonymous_id": _ESCAPED, "htjs_anonymous_id_srvr": _ESCAPED},
    ),
    Case(
        name="malformed neighbours",
        cookies=f'a b{{="; ; =; broken; {_BOTH}; x="',
        kept=_RENEWED,
    ),
    Case(
        name="of two cookies with one name the first counts",
        cookies="htjs_anonymous_id=<a>; htjs_anonymous_id=<old>",
        kept={"htjs_anonymous_id_srvr": "<a>"},
    ),
    Case(
        name="a value longer than a browser keeps",
        cookies=f"htjs_anonymous_id=<a>; htjs_user_id=<u>{'x' * 4096}",
        kept={"htjs_anonymous_id_srvr": "<a>"},
        expired=("htjs_user_id_srvr",),
    ),
    Case(
        name="clear with all cookies",
        route="clear",
        cookies=f"{_BOTH}; {_BOTH_SERVER}",
        expired=_SERVER_COOKIES,
    ),
    Case(name="clear without cookies", route="clear", expired=_SERVER_COOKIES),
    Case(
        name="called by a page of the site",
        headers={"origin": "https://<site>", "sec-fetch-site": "same-origin"},
        cookies=_BOTH,
        kept=_RENEWED,
    ),
    Case(
        name="called by a page of a subdomain",
        headers={"origin": "https://shop.<domain>", "sec-fetch-site": "same-site"},
        cookies=_BOTH,
        kept=_RENEWED,
    ),
    Case(
        name="renew called by another site",
        headers={"origin": "https://other.example", "sec-fetch-site": "cross-site"},
        cookies=_BOTH_SERVER,
        status=403,
    ),
    Case(
        name="clear called by another site",
        route="clear",
        headers={"origin": "https://other.example", "sec-fetch-site": "cross-site"},
        cookies=_BOTH_SERVER,
        status=403,
    ),
    Case(
        name="called by another site, from a browser that sends Sec-Fetch-Site alone",
        headers={"sec-fetch-site": "cross-site"},
        cookies=_BOTH_SERVER,
        status=403,
    ),
    Case(
        name="called by a site whose name ends like this one's",
        headers={"origin": "https://not<domain>"},
        cookies=_BOTH_SERVER,
        status=403,
    ),
    Case(
        name="called by a site whose name begins like this one's",
        headers={"origin": "https://<domain>.other.example"},
        cookies=_BOTH_SERVER,
        status=403,
    ),
    *(
        Case(name=f"renew with {method}", method=method, cookies=_BOTH_SERVER, status=405)
        for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS")
    ),
    Case(name="clear with GET", route="clear", method="GET", cookies=_BOTH_SERVER, status=405),
)

#: The cases of a service that takes ids that vanish too soon for ITP as deleted on purpose.
RESTORE_AFTER_CASES = (
    Case(
        name="browser cookies that vanished soon after the last visit",
        cookies=f"{_BOTH_SERVER}; htjs_seen_srvr=<past>",
        expired=_SERVER_COOKIES,
    ),
    Case(
        name="browser cookies that vanished long after the last visit",
        cookies=f"{_BOTH_SERVER}; htjs_seen_srvr=<long past>",
        kept=_RESTORED,
    ),
)

_WRONG_STATUS = {
    200: "let POST on this path reach the cookie service; where it does, its logs say why it fails "
    "(the SDK takes any other status for a failure, and tries three times more)",
    403: "refuse callers whose Sec-Fetch-Site is cross-site or whose Origin is not the site's: any "
    "page could otherwise change a visitor's cookies here",
    405: "answer POST alone, and the others with 405: a link or an image on any page can cause a "
    "GET",
}
#: Added where the status is 403, with which AWS WAF blocks.
_WEB_ACL = "; or let the site's web ACL (AWS WAF, Bot Control) pass these calls, if it has one"
_NO_ANSWER = "see what DNS and the certificate checks say; the service has to answer on this host"
_NOT_JSON = (
    "let the path reach the cookie service, and no error page take the place of its answer: the "
    "SDK takes any 200 for success"
)
_NO_STORE = "send cache-control: no-store, or a cache may give one visitor's ids to another"
_CACHED = (
    "cache nothing on these paths (cache policy CachingDisabled): one visitor's ids reach another"
)
_IN_THE_BODY = "leave ids out of the body: scripts read it, and HttpOnly keeps nothing from them"
_VALUE = "copy the bytes of the value that came, neither decoded, encoded nor cut"
_RULES = "follow the table of renew and clear in docs/doctor.md"
_CONTEXT = "give the context with which it was deployed, restore_after_hours too"
#: Attribute of a `Set-Cookie` to the reason for what it has to be.
_ATTRIBUTES = {
    "domain": "give every cookie the SDK's own Domain, or it is another cookie, which a logout "
    "misses",
    "path": "give every cookie the SDK's own Path, or it is another cookie, which a logout misses",
    "max-age": "give every cookie the configured age, cookie_max_age_days",
    "secure": "let no cookie travel without TLS",
    "samesite": "send no cookie along with another site's requests",
    "httponly": "give server cookies HttpOnly, which is what ITP spares, and browser cookies none, "
    "or the SDK cannot read them",
}

#: How far the clocks of a service and of this machine may lie apart.
_CLOCK_SKEW_SECONDS = 300


def check(
    client: httpx.Client,
    endpoint: str,
    settings: Settings,
    *,
    replaced: Collection[int] = (),
) -> Iterator[Remark]:
    """Call the cookie service at `endpoint`, a scheme and a host, and yield what is wrong with it.

    What is sent are made-up ids, and an answer's values are never repeated. `replaced` are
    statuses that are known not to reach a viewer.
    """
    cases = [*CASES, *(RESTORE_AFTER_CASES if settings.restore_after_seconds else ())]
    hidden = [case.name for case in cases if case.status in replaced]
    found: dict[Finding, dict[str, None]] = {}  # and the names of the calls, in their order
    shown = [case for case in cases if case.status not in replaced]
    try:
        for name, finding in _call_each(client, httpx.URL(endpoint), settings, shown):
            found.setdefault(finding, {})[name] = None
    except Exception:
        yield from _with_names(found)
        raise
    yield from _with_names(found)
    if hidden:
        yield NotCheckable(
            "a custom error response of the distribution takes the place of "
            f"{' and '.join(map(str, sorted(replaced)))}: {_listed(hidden)}"
        )


def _with_names(found: Mapping[Finding, Mapping[str, None]]) -> Iterator[Finding]:
    """Yield each finding together with the names of the calls that it is about, if any."""
    for finding, names in found.items():
        calls = f" ({_listed(list(names))})" if any(names) else ""
        yield Finding(f"{finding.what}{calls}", finding.remedy)


def _call_each(
    client: httpx.Client, site: httpx.URL, settings: Settings, cases: Sequence[Case]
) -> Iterator[tuple[str, Finding]]:
    """Yield each case's name with what is wrong with the answer to it.

    The name is empty if the host does not answer at all, which ends it.
    """
    paths = {"renew": settings.renew_path, "clear": settings.clear_path}
    answering: set[str] = set()
    others: list[str] = []
    for number, case in enumerate(cases):
        if case.route not in paths:
            continue
        call = _filled(case, number, site.raw_host.decode(), settings, time.time())
        headers = {"content-type": "application/json", **call.headers}
        if call.cookies:
            headers["cookie"] = call.cookies
        url = site.join(paths[case.route])
        try:
            response = client.request(call.method, url, headers=headers)
        except httpx.HTTPError as error:
            yield "", Finding(f"{url} does not answer: {error}", _NO_ANSWER)
            return
        for finding in judge(call, response, settings, others):
            yield case.name, finding
        if case.route not in answering and _is_from_elsewhere(response):
            # All else that is wrong follows from this.
            del paths[case.route]
        answering.add(case.route)
        others += _made_up(number)


def judge(
    call: Case, response: httpx.Response, settings: Settings, others: Collection[str]
) -> Iterator[Finding]:
    """Yield what is wrong with the answer to `call`, whose stand-ins are filled in.

    `others` are the ids of other calls.
    """
    cookies = [
        cookie
        for cookie in map(_Cookie.parse, response.headers.get_list("set-cookie"))
        if cookie.name in _NAMES
    ]
    if response.status_code != call.status:
        also = " and sets cookies" if cookies and call.status != 200 else ""
        yield Finding(
            f"answers {response.status_code}{also} in place of {call.status}",
            _WRONG_STATUS[call.status] + (_WEB_ACL if response.status_code == 403 else ""),
        )
        return
    if call.status == 405 and "POST" not in response.headers.get("allow", ""):
        yield Finding("answers 405 without allow: POST", "name the allowed method, POST")
    if call.status == 200:
        yield from _judge_headers(response)
        if _is_from_elsewhere(response):
            return
        if "made-up-" in response.text:
            yield Finding("returns ids in the body", _IN_THE_BODY)
    if any(other in cookie.value for cookie in cookies for other in others):
        yield Finding("gives one visitor the ids of another", _CACHED)
        return
    yield from _judge_cookies(call, cookies, settings)


def _judge_headers(response: httpx.Response) -> Iterator[Finding]:
    if not _is_json(response):
        content_type = response.headers.get("content-type", "no content type")
        got = f"a body that is no {content_type}" if _is_called_json(response) else content_type
        yield Finding(f"answers 200 with {got} in place of JSON", _NOT_JSON)
        if _is_from_elsewhere(response):
            return
    if "no-store" not in response.headers.get("cache-control", ""):
        yield Finding("answers without cache-control: no-store", _NO_STORE)
    if "age" in response.headers or "hit" in response.headers.get("x-cache", "").lower():
        yield Finding("answers from a cache (age or x-cache)", _CACHED)


def _judge_cookies(call: Case, cookies: list["_Cookie"], settings: Settings) -> Iterator[Finding]:
    answered = [cookie.name for cookie in cookies]
    for name in (*call.kept, *call.expired):
        if answered.count(name) > 1:
            yield Finding(f"sets {_kind(name)} twice", _RULES)
        if name not in answered:
            verb = "set" if name in call.kept else "expire"
            yield Finding(f"does not {verb} {_kind(name)}", _RULES)
    for cookie in cookies:
        kind = _kind(cookie.name)
        if cookie.name == SEEN and not settings.restore_after_seconds:
            if not cookie.is_expired:
                yield Finding(f"sets {kind}, which restore_after_hours=0 does not", _CONTEXT)
            continue
        did, due = "expire" if cookie.is_expired else "set", "leave alone"
        if cookie.name in call.kept:
            due = "set"
        elif cookie.name in call.expired:
            due = "expire"
        if did != due:
            yield Finding(f"{did}s {kind} that it should {due}", _RULES)
            continue
        if did == "set" and not _is_value(cookie, call.kept[cookie.name]):
            yield Finding(f"sets {kind} with another value than came", _VALUE)
        yield from _judge_attributes(cookie, settings)


def _judge_attributes(cookie: "_Cookie", settings: Settings) -> Iterator[Finding]:
    expected = {"domain": settings.cookie_domain, "path": "/", "samesite": "lax"}
    if not cookie.is_expired:
        expected["max-age"] = str(settings.max_age_seconds)
    for attribute, value in expected.items():
        # RFC 6265 §5.2.3: a leading dot is ignored.
        got = cookie.attributes.get(attribute, "none").lower().lstrip(".")
        if got != value:
            what = f"sets {_kind(cookie.name)} with {attribute} {got} in place of {value}"
            yield Finding(what, _ATTRIBUTES[attribute])
    for flag, is_due in (("secure", True), ("httponly", cookie.name not in TWINS)):
        if (flag in cookie.attributes) != is_due:
            what = f"sets {_kind(cookie.name)} {'without' if is_due else 'with'} {flag}"
            yield Finding(what, _ATTRIBUTES[flag])


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

    @property
    def is_expired(self) -> bool:
        """RFC 6265 §5.3: Max-Age goes over Expires."""
        if "max-age" in self.attributes:
            return re.fullmatch(r"0+|-[0-9]+", self.attributes["max-age"]) is not None
        try:
            return (
                parsedate_to_datetime(self.attributes.get("expires", "")).timestamp() < time.time()
            )
        except (ValueError, OverflowError):
            return False


def _kind(name: str) -> str:
    if name in TWINS:
        return "a browser cookie"
    return SEEN if name == SEEN else "a server cookie"


def _is_value(cookie: "_Cookie", expected: str) -> bool:
    if cookie.name != SEEN:
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
    """Whether this is no cookie service's answer, but an error or a page."""
    is_page = not _is_json(response) and "htjs_" not in response.headers.get("set-cookie", "")
    return response.status_code != 200 or is_page


def _filled(case: Case, number: int, site: str, settings: Settings, now: float) -> Case:
    """Return the case with values in place of its stand-ins."""
    kept, expired = dict(case.kept), case.expired
    if settings.restore_after_seconds:
        if kept:
            kept[SEEN] = "<now>"
        elif expired:
            expired = (*expired, SEEN)
    values = {
        **dict(zip(("<a>", "<u>", "<old>"), _made_up(number), strict=True)),
        "<past>": str(int(now - settings.restore_after_seconds / 2)),
        "<long past>": str(int(now - settings.restore_after_seconds - 3600)),
        "<now>": str(int(now)),
        "<site>": site,
        "<domain>": settings.cookie_domain,
    }

    def fill(text: str) -> str:
        return re.sub(r"<[a-z ]+>", lambda stand_in: values[stand_in[0]], text)

    return replace(
        case,
        headers={name: fill(value) for name, value in case.headers.items()},
        cookies=fill(case.cookies),
        kept={name: fill(value) for name, value in kept.items()},
        expired=expired,
    )


def _made_up(number: int) -> tuple[str, str, str]:
    """Return the ids of a call: an anonymous one, a user's, and one of an earlier visit."""
    return f"made-up-{number}-anonymous", f"made-up-{number}-user", f"made-up-{number}-older"


def _listed(names: list[str]) -> str:
    shown = "; ".join(names[:3])
    return f"{shown}; and {len(names) - 3} more" if len(names) > 3 else shown
