"""Parse CDK context into a `TrackingConfig`, or raise one error with every problem. Pure."""

import difflib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, Self, TypeVar, cast

from lambda_edge.cookie_service import MOST_EXPIRY_BYTES
from stacks import context_values
from stacks.domains import is_within, registrable_domain
from stacks.edge_package import longest_clear
from stacks.hightouch import LATEST_SDK, REGIONS, events_origin
from stacks.listed_names import advice, is_listed

#: Keys without ":" or "@" that the CDK CLI itself adds to an app's context.
CLI_KEYS = frozenset({"acknowledged-issue-numbers", "cli-telemetry"})

#: ACM's limit on a certificate's first name, in characters. Its other names may be longer.
MOST_COMMON_NAME = 64

T = TypeVar("T")


class ConfigError(Exception):
    """The context is invalid. `problems` lists every problem, and the message shows them all."""

    def __init__(self, problems: "list[Problem]") -> None:
        self.problems = problems
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__(
            f"The context has {count}, and nothing was written:\n\n"
            + "\n".join(f"{problem}\n" for problem in problems)
            + "\ndocs/configuration.md describes every key."
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One problem with one context key."""

    key: str
    given: str
    expected: str
    fix: str

    def __str__(self) -> str:
        return (
            f"  {self.key}: {self.given}\n    expected  {self.expected}\n    fix       {self.fix}"
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ContextKey(Generic[T]):
    """One key that a user can pass with `-c key=value` or in a context file.

    `parse` accepts text or a JSON value, and raises ValueError with the fix. `default` is the
    default that the reference shows, or None for a required key. `derive` computes the default
    from the domain, if it depends on the domain. An optional key that is not given has the value
    None. A required key may be left out if the key that `unless` names is given.
    """

    name: str
    expected: str
    example: str
    parse: Callable[[object], T]
    default: str | None = None
    derive: Callable[[str], str] | None = None
    is_optional: bool = False
    unless: str = ""


def _registrable(domain: str) -> str:
    return registrable_domain(domain) or ""


def _default_name(domain: str) -> str:
    # Each hyphen is doubled, so that two domains never get the same name.
    return f"FirstPartyTracking-{domain.replace('-', '--').replace('.', '-')}"


DOMAIN = ContextKey(
    name="domain",
    expected="the site's domain, such as example.com or shop.example.co.uk",
    example="example.com",
    parse=context_values.own_host,
)
CERTIFICATE_ARN = ContextKey(
    name="certificate_arn",
    unless="hosted_zone_id",
    expected="the ARN of an ACM certificate in us-east-1 that covers both proxy names; if you give "
    "only `hosted_zone_id`, the deployment requests a certificate",
    example="arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012",
    parse=context_values.acm_certificate_arn,
)
HIGHTOUCH_REGION = ContextKey(
    name="hightouch_region",
    default="us-east-1",
    expected="the region of your Hightouch workspace's Events: `us-east-1`, `eu-west-1`, or "
    "`ap-south-1`; with another region than the workspace's, Hightouch answers 200 and loses the "
    "events",
    example="eu-west-1",
    parse=context_values.region,
)
SDK_DOMAIN = ContextKey(
    name="sdk_domain",
    default="cdn.<domain>",
    derive=lambda domain: f"cdn.{domain}",
    expected="the alternate domain name of the SDK proxy",
    example="cdn.example.com",
    parse=context_values.own_host,
)
EVENTS_DOMAIN = ContextKey(
    name="events_domain",
    default="events.<domain>",
    derive=lambda domain: f"events.{domain}",
    expected="the alternate domain name of the events proxy",
    example="events.example.com",
    parse=context_values.own_host,
)
COOKIE_DOMAIN = ContextKey(
    name="cookie_domain",
    default="<registrable domain>",
    derive=_registrable,
    expected="the `Domain` of the cookies: `domain` or a parent of it, but not a public suffix",
    example="example.com",
    parse=context_values.own_host,
)
COOKIE_MAX_AGE_DAYS = ContextKey(
    name="cookie_max_age_days",
    default="365",
    expected="the lifetime of the cookies: 1 to 400 days; browsers cap it at 400",
    example="365",
    parse=context_values.integer(1, 400),
)
RESTORE_AFTER_HOURS = ContextKey(
    name="restore_after_hours",
    default="0",
    expected="0 to 168, and less than the cookies' lifetime: do not restore IDs that were deleted "
    "within this many hours of the last visit; `0` always restores",
    example="23",
    parse=context_values.integer(0, 168),
)
RENEW_PATH = ContextKey(
    name="renew_path",
    default="/ht/renew",
    expected="an absolute path without a wildcard or a query string",
    example="/ht/renew",
    parse=context_values.path,
)
CLEAR_PATH = ContextKey(
    name="clear_path",
    default="/ht/clear",
    expected="an absolute path without a wildcard or a query string, other than `renew_path`",
    example="/ht/clear",
    parse=context_values.path,
)
SITE_DISTRIBUTION_ID: ContextKey[tuple[str, ...] | None] = ContextKey(
    name="site_distribution_id",
    default="not given",
    is_optional=True,
    expected="the ID of the distribution to attach to, or several IDs separated by commas; `none` "
    "detaches from all; if the key is not given, attachments stay as they are",
    example="E2QWRUHAPOMQZL",
    parse=context_values.distribution_ids,
)
REPAIR = ContextKey(
    name="repair",
    default="",
    expected="any text that the last deployment did not have, such as today's date: writes the "
    "cookie service's behaviors again if another tool changed or removed them",
    example="2026-11-24",
    parse=context_values.text,
)
HOSTED_ZONE_ID = ContextKey(
    name="hosted_zone_id",
    default="",
    expected="the ID of the Route 53 hosted zone in which the deployment creates A, AAAA, and "
    "HTTPS records for both proxies",
    example="Z1D633PJN98FT9",
    parse=context_values.hosted_zone_id,
)
WEB_ACL_ARN = ContextKey(
    name="web_acl_arn",
    default="",
    expected="the ARN of a web ACL (AWS WAF, scope CLOUDFRONT, us-east-1) for both proxies; if "
    "not given, a deployment that changes a proxy removes a web ACL that was set by hand",
    example="arn:aws:wafv2:us-east-1:111122223333:global/webacl/proxies/"
    "12345678-1234-1234-1234-123456789012",
    parse=context_values.web_acl_arn,
)
ALARM_TOPIC_ARN = ContextKey(
    name="alarm_topic_arn",
    default="",
    expected="the ARN of an SNS topic in us-east-1 that receives the alarms",
    example="arn:aws:sns:us-east-1:111122223333:on-call",
    parse=context_values.sns_topic_arn,
)
SILENCE_ALARM_HOURS = ContextKey(
    name="silence_alarm_hours",
    default="",
    expected="1 to 168: sends an alarm to `alarm_topic_arn` if the events proxy receives no "
    "request for this many hours",
    example="24",
    parse=context_values.hours_or_none(1, 168),
)
FORWARD_COOKIES = ContextKey(
    name="forward_cookies",
    default="true",
    expected="`true` or `false`; with `false`, the proxies do not forward the site's cookies to "
    "Hightouch",
    example="false",
    parse=context_values.boolean,
)
EVENTS_HOST_HEADER = ContextKey(
    name="events_host_header",
    default="viewer",
    expected="`viewer` or `origin`; with `origin`, the events proxy sends Hightouch's own host "
    "name as `Host`",
    example="origin",
    parse=context_values.one_of("viewer", "origin"),
)
SDK_VERSION = ContextKey(
    name="sdk_version",
    default=LATEST_SDK,
    expected="the version of the SDK that the client snippet loads: `v1-latest`, which Hightouch "
    "updates, or a fixed version such as `1.5.8`",
    example="1.5.8",
    parse=context_values.sdk_version,
)
HONOR_GPC = ContextKey(
    name="honor_gpc",
    default="false",
    expected="`true` or `false`; with `true`, a renew with `Sec-GPC: 1` (Global Privacy Control) "
    "is answered like a clear",
    example="true",
    parse=context_values.boolean,
)
MARK_RESTORED = ContextKey(
    name="mark_restored",
    default="false",
    expected="`true` or `false`; with `true`, the events of a visit whose IDs were restored have "
    "`context.restored`",
    example="true",
    parse=context_values.boolean,
)
DEPLOYMENT = ContextKey(
    name="deployment",
    default="",
    expected="the name of an object under `deployments` in a context file; its keys are used, "
    "except those that you give with `-c`",
    example="staging",
    parse=context_values.text,
)
NAME = ContextKey(
    name="name",
    default="FirstPartyTracking-<domain>",
    derive=_default_name,
    expected="the prefix of the names of stacks, alarms, and other resources: a letter, then "
    "letters, digits, and hyphens, at most 80 characters; in the default, the domain's `-` is "
    "`--`, and its `.` is `-`",
    example="FirstPartyTracking-example-com",
    parse=context_values.name,
)

#: Every context key, under the headings of the reference.
KEYS_BY_SUBJECT: Mapping[str, tuple[ContextKey[Any], ...]] = {
    "Required": (DOMAIN, CERTIFICATE_ARN),
    "Names and paths": (
        SDK_DOMAIN,
        EVENTS_DOMAIN,
        HOSTED_ZONE_ID,
        RENEW_PATH,
        CLEAR_PATH,
        NAME,
        DEPLOYMENT,
    ),
    "Hightouch": (HIGHTOUCH_REGION, SDK_VERSION, EVENTS_HOST_HEADER),
    "Cookie rules": (COOKIE_DOMAIN, COOKIE_MAX_AGE_DAYS, RESTORE_AFTER_HOURS, MARK_RESTORED),
    "Privacy": (FORWARD_COOKIES, HONOR_GPC),
    "Operations": (
        SITE_DISTRIBUTION_ID,
        REPAIR,
        WEB_ACL_ARN,
        ALARM_TOPIC_ARN,
        SILENCE_ALARM_HOURS,
    ),
}
KEYS = tuple(key for keys in KEYS_BY_SUBJECT.values() for key in keys)


@dataclass(frozen=True, kw_only=True, slots=True)
class TrackingConfig:
    """The validated settings of one deployment for one site. Host names are lower-case A-labels.

    `certificate_arn` is empty if the deployment requests a certificate.
    `site_distribution_ids` is None if the key is not given, and empty if it is `none`. `repair`,
    `hosted_zone_id`, `web_acl_arn`, and `alarm_topic_arn` are empty if they are not given.
    `silence_alarm` is None if that alarm is not wanted.
    """

    domain: str
    certificate_arn: str
    hightouch_region: str
    sdk_domain: str
    events_domain: str
    cookie_domain: str
    cookie_max_age: timedelta
    restore_after: timedelta
    renew_path: str
    clear_path: str
    site_distribution_ids: tuple[str, ...] | None
    repair: str
    hosted_zone_id: str
    web_acl_arn: str
    alarm_topic_arn: str
    silence_alarm: timedelta | None
    forward_cookies: bool
    events_host_header: str
    sdk_version: str
    honor_gpc: bool
    mark_restored: bool
    name: str

    @classmethod
    def from_context(cls, context: Mapping[str, object], *, optional: Collection[str] = ()) -> Self:
        """Return the configuration that a CDK app's whole context describes.

        CDK's own keys are ignored. `optional` names required keys that the caller does not need;
        they are empty if they are not given. Raises ConfigError with every problem at once.
        """
        values, problems = _parse(context, optional)
        problems += _conflicts(values, context)
        if problems:
            raise ConfigError(problems)

        def value(key: ContextKey[T]) -> T:
            return cast("T", values[key.name])

        return cls(
            domain=value(DOMAIN),
            certificate_arn=value(CERTIFICATE_ARN),
            hightouch_region=value(HIGHTOUCH_REGION),
            sdk_domain=value(SDK_DOMAIN),
            events_domain=value(EVENTS_DOMAIN),
            cookie_domain=value(COOKIE_DOMAIN),
            cookie_max_age=timedelta(days=value(COOKIE_MAX_AGE_DAYS)),
            restore_after=timedelta(hours=value(RESTORE_AFTER_HOURS)),
            renew_path=value(RENEW_PATH),
            clear_path=value(CLEAR_PATH),
            site_distribution_ids=value(SITE_DISTRIBUTION_ID),
            repair=value(REPAIR),
            hosted_zone_id=value(HOSTED_ZONE_ID),
            web_acl_arn=value(WEB_ACL_ARN),
            alarm_topic_arn=value(ALARM_TOPIC_ARN),
            silence_alarm=value(SILENCE_ALARM_HOURS),
            forward_cookies=value(FORWARD_COOKIES),
            events_host_header=value(EVENTS_HOST_HEADER),
            sdk_version=value(SDK_VERSION),
            honor_gpc=value(HONOR_GPC),
            mark_restored=value(MARK_RESTORED),
            name=value(NAME),
        )

    def warnings(self) -> Mapping[str, str]:
        """Return a warning, by its stable ID, about each setting that is rarely intended."""
        found = {}
        bare = self.domain.removeprefix("www.")
        proxies = (self.sdk_domain, self.events_domain)
        is_bare_possible = bare != self.domain and registrable_domain(bare)
        if is_bare_possible and any(is_within(proxy, self.domain) for proxy in proxies):
            found["www"] = (
                f"domain is {self.domain!r}, so the proxies are {self.sdk_domain!r} and "
                f"{self.events_domain!r}, which certificates rarely cover; pass domain={bare} "
                f"instead, whose cookies browsers also send to {self.domain}"
            )
        if self.hightouch_region not in REGIONS:
            found["hightouch_region"] = (
                f"hightouch_region is {self.hightouch_region!r}, which Hightouch's documentation "
                f"does not list ({', '.join(REGIONS)}); ask Hightouch whether "
                f"{events_origin(self.hightouch_region)!r} receives your workspace's events"
            )
        site = registrable_domain(self.domain)
        for key, host in (("sdk_domain", self.sdk_domain), ("events_domain", self.events_domain)):
            if registrable_domain(host) != site:
                found[key] = (
                    f"{key} is {host!r}, which is outside {site!r}: browsers and ad blockers treat "
                    "it as a third party"
                )
            elif is_listed(host):
                found[key] = f"{advice(host)}; choose another {key}, such as the default"
        if self.cookie_domain != site:
            found["cookie_domain"] = (
                f"cookie_domain is {self.cookie_domain!r}, but by default the SDK uses {site!r}: "
                "keep the `cookie` option of the client snippet, or logouts stop working"
            )
        return found


def _parse(
    context: Mapping[str, object], optional: Collection[str]
) -> tuple[dict[str, Any], list[Problem]]:
    """Return the valid values by the names of their keys, and all problems."""
    values: dict[str, Any] = {}
    problems = [*_unknown(context)]
    for key in KEYS:
        given = context.get(key.name)
        if given is None and key.is_optional:
            values[key.name] = None
            continue
        is_default = given is None
        if given is None:
            if key.default is None:
                if key.name in optional or str(context.get(key.unless) or "").strip():
                    values[key.name] = ""
                else:
                    problems.append(_missing(key))
                continue
            if key.derive and "domain" not in values:
                continue
            given = key.derive(values["domain"]) if key.derive else key.default
        try:
            values[key.name] = key.parse(given)
        except ValueError as error:
            problems.append(
                _default_rejected(key, given) if is_default else _rejected(key, given, str(error))
            )
    return values, problems


def _unknown(context: Mapping[str, object]) -> Iterator[Problem]:
    names = [key.name for key in KEYS]
    for key, value in context.items():
        if key in names or key in CLI_KEYS or "@" in key or ":" in key:
            continue
        near = difflib.get_close_matches(key.lower().replace("-", "_"), names, n=1)
        yield Problem(
            key=key,
            given=f"got {value!r} for a key that does not exist",
            expected="a key that `python -m tools keys` lists",
            fix=f"did you mean {near[0]!r}?" if near else "leave it out",
        )


def _missing(key: ContextKey[Any], given: str = "not given") -> Problem:
    return Problem(
        key=key.name,
        given=given,
        expected=key.expected,
        fix=f"add to the command:  -c {key.name}={key.example}",
    )


def _rejected(key: ContextKey[Any], value: object, fix: str) -> Problem:
    return Problem(key=key.name, given=f"got {value!r}", expected=key.expected, fix=fix)


def _default_rejected(key: ContextKey[Any], default: object) -> Problem:
    return Problem(
        key=key.name,
        given=f"not given, and its default {default!r} is too long",
        expected=key.expected,
        fix=f"choose a shorter value and pass it with -c {key.name}=…",
    )


def _conflicts(values: Mapping[str, Any], context: Mapping[str, object]) -> Iterator[Problem]:
    """Yield the conflicts between keys. A key with a problem of its own is not in `values`."""
    keys = {key.name: key for key in KEYS}

    def conflict(name: str, fix: str) -> Problem:
        return _rejected(keys[name], context.get(name, values[name]), fix)

    hosts: dict[str, str] = {}
    for name in ("domain", "sdk_domain", "events_domain"):
        if name not in values:
            continue
        other = hosts.setdefault(values[name], name)
        if other != name:
            # If only one of the two was given, the user must change that one, not the default.
            given, taken = (name, other) if name in context else (other, name)
            yield conflict(
                given,
                f"`{taken}` is the same name, and a name can be on only one distribution; "
                "choose another name",
            )
    if {"domain", "cookie_domain"} <= values.keys() and not is_within(
        values["domain"], values["cookie_domain"]
    ):
        yield conflict(
            "cookie_domain",
            f"browsers reject such cookies on {values['domain']!r}; leave the key out to use "
            f"{registrable_domain(values['domain'])!r}",
        )
    if "clear_path" in values and values["clear_path"] == values.get("renew_path"):
        given, taken = (
            ("clear_path", "renew_path")
            if "clear_path" in context
            else ("renew_path", "clear_path")
        )
        yield conflict(given, f"it equals `{taken}`; choose another path")
    if {"domain", "cookie_domain", "renew_path", "clear_path"} <= values.keys():
        size = longest_clear(
            values["cookie_domain"],
            values["domain"],
            (values["renew_path"], values["clear_path"]),
        )
        if size > MOST_EXPIRY_BYTES:
            longer = max("renew_path", "clear_path", key=lambda name: len(values[name]))
            yield conflict(
                longer,
                f"the answer to a clear would need {size} bytes of `Set-Cookie` headers, one for "
                f"each cookie path that matches, but {MOST_EXPIRY_BYTES} is the limit; choose "
                "shorter paths with fewer slashes",
            )
    if values.get("hosted_zone_id") and {"sdk_domain", "events_domain"} <= values.keys():
        yield from _zone_conflicts(values)
    if values.get("silence_alarm_hours") and values.get("alarm_topic_arn") == "":
        yield conflict(
            "silence_alarm_hours",
            "no one would receive the alarm; add `alarm_topic_arn`, or leave this key out",
        )
    if {"restore_after_hours", "cookie_max_age_days"} <= values.keys():
        max_age_hours = values["cookie_max_age_days"] * 24
        if values["restore_after_hours"] >= max_age_hours:
            yield conflict(
                "restore_after_hours",
                f"the cookies expire after {max_age_hours} hours, so no ID would ever be "
                "restored; raise `cookie_max_age_days`",
            )


def _zone_conflicts(values: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield why one hosted zone cannot hold the proxies' names or validate their certificate."""
    proxies = values["sdk_domain"], values["events_domain"]
    sdk_site, events_site = map(registrable_domain, proxies)
    if sdk_site != events_site:
        yield _rejected(
            HOSTED_ZONE_ID,
            values["hosted_zone_id"],
            f"the proxies are on {sdk_site!r} and {events_site!r}, and no single zone holds both; "
            "leave the key out and create the records yourself",
        )
    if values.get("certificate_arn") == "" and min(map(len, proxies)) > MOST_COMMON_NAME:
        yield _missing(
            CERTIFICATE_ARN,
            given="not given, and the deployment can request a certificate only if one of the "
            f"proxies' names has at most {MOST_COMMON_NAME} characters",
        )
