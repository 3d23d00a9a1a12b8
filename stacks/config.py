"""The configuration: CDK context in, `TrackingConfig` or one complete error out. Pure."""

import difflib
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from stacks.domains import is_within, parse_host, registrable_domain

#: Keys without ":" or "@" that the CDK CLI itself puts into an app's context.
CLI_KEYS = frozenset({"acknowledged-issue-numbers", "cli-telemetry"})


class ConfigError(Exception):
    """The context cannot be used. `problems` holds all that is wrong, the text is for a person."""

    def __init__(self, problems: "list[Problem]") -> None:
        self.problems = problems
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__(
            f"The context has {count}, nothing was written:\n\n"
            + "\n".join(f"{problem}\n" for problem in problems)
            + '\nEvery key, its default and its rule: README.md, "Configuration".'
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One thing wrong with one context key."""

    key: str
    got: str
    expected: str
    mend: str

    def __str__(self) -> str:
        return f"  {self.key}: {self.got}\n    expected  {self.expected}\n    to mend   {self.mend}"


@dataclass(frozen=True, kw_only=True, slots=True)
class ContextKey:
    """One key a user can pass with `-c key=value` or in `cdk.json`.

    `default` is None for a required key; `<domain>` in it stands for that key's value and
    `<registrable domain>` for its registrable domain. `parse` takes text or a JSON value and
    raises ValueError with the mend.
    """

    name: str
    default: str | None
    expected: str
    parse: Callable[[object], Any]


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("write it as text")
    return value.strip()


def _host(value: object) -> str:
    text = _text(value)
    try:
        return parse_host(text)
    except ValueError as error:
        raise ValueError(f"it is {error}; write the bare host name") from error


def _own_host(value: object) -> str:
    host = _host(value)
    if registrable_domain(host) is None:
        raise ValueError("it is a public suffix, which nobody's cookies can span; write your own")
    if is_within(host, "cloudfront.net"):
        raise ValueError("CloudFront gave this name; write your own, as visitors meet it")
    return host


def _certificate_arn(value: object) -> str:
    arn = _text(value)
    match arn.split(":", 5):
        case ["arn", "aws", "acm", region, _, _] if region != "us-east-1":
            raise ValueError(
                f"this one is in {region!r} and CloudFront takes us-east-1 alone; "
                "request or import the certificate there and pass its ARN"
            )
        case ["arn", "aws", "iam", *_]:
            raise ValueError("an IAM server certificate; import it into ACM in us-east-1")
    if not re.fullmatch(r"arn:aws:acm:us-east-1:\d{12}:certificate/[A-Za-z0-9-]+", arn):
        raise ValueError(
            "copy it from the ACM console: "
            "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
        )
    return arn


def _integer(low: int, high: int) -> Callable[[object], int]:
    def parse(value: object) -> int:
        number: object = value
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value.strip()):
            number = int(value)
        if isinstance(number, bool) or not isinstance(number, int) or not low <= number <= high:
            raise ValueError(f"write a whole number from {low} to {high}, without a unit")
        return number

    return parse


def _path(value: object) -> str:
    path = _text(value)
    if not path.startswith("/"):
        raise ValueError("begin it with a slash; it is a path on the site's own host, not a URL")
    # What CloudFront takes in a path pattern, less its wildcards and quotes.
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html
    if not re.fullmatch(r"[A-Za-z0-9_.$/~@:+-]{2,255}", path):
        raise ValueError(
            "use 2 to 255 letters, digits and any of / - _ . ~ $ @ : +  (no wildcard, no query)"
        )
    if "//" in path or {".", ".."} & set(path.split("/")):
        raise ValueError("leave out empty and dot segments; browsers rewrite them")
    return path


def _distribution_ids(value: object) -> tuple[str, ...]:
    if isinstance(value, str) and value.strip().startswith("["):
        try:
            value = json.loads(value)
        except json.JSONDecodeError as error:
            raise ValueError(f"it begins as a JSON list and is none: {error}") from error
    items = value if isinstance(value, list) else _text(value).split(",")
    ids = [distribution_id for item in items if (distribution_id := _text(item))]
    for distribution_id in ids:
        if not re.fullmatch(r"E[0-9A-Z]{1,31}", distribution_id):
            raise ValueError(
                f"{distribution_id!r} is no distribution id; the CloudFront console shows it in "
                "the column ID, an E with capital letters and digits"
            )
    return tuple(dict.fromkeys(ids))


def _hosted_zone_id(value: object) -> str:
    zone_id = _text(value)
    if zone_id and not re.fullmatch(r"Z[0-9A-Z]{1,31}", zone_id):
        raise ValueError(
            "copy the zone's ID from the Route 53 console: a Z with capital letters and digits, "
            "without /hostedzone/"
        )
    return zone_id


def _alarm_topic_arn(value: object) -> str:
    arn = _text(value)
    match arn.split(":", 5):
        case ["arn", "aws", "sns", region, _, _] if region != "us-east-1":
            raise ValueError(
                f"this one is in {region!r} and CloudFront's metrics are in us-east-1 alone; "
                "create a topic there and pass its ARN"
            )
    if arn and not re.fullmatch(r"arn:aws:sns:us-east-1:\d{12}:[A-Za-z0-9_-]{1,256}", arn):
        raise ValueError(
            "copy a standard topic's ARN from the SNS console: "
            "arn:aws:sns:us-east-1:111122223333:on-call"
        )
    return arn


def _boolean(value: object) -> bool:
    match value.strip().lower() if isinstance(value, str) else value:
        case True | "true":
            return True
        case False | "false":
            return False
    raise ValueError("write true or false")


def _one_of(*choices: str) -> Callable[[object], str]:
    def parse(value: object) -> str:
        text = _text(value)
        if text not in choices:
            raise ValueError(f"write {' or '.join(choices)}")
        return text

    return parse


def _name(value: object) -> str:
    name = _text(value)
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,39}", name):
        raise ValueError("begin with a letter, go on with letters, digits, hyphens; 40 at most")
    if name.lower().startswith(("aws", "ssm")):
        # https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
        raise ValueError("AWS takes no parameter that begins with aws or ssm; begin otherwise")
    return name


#: Every context key, in the order in which the documentation lists them.
KEYS = (
    ContextKey(
        name="domain",
        default=None,
        expected="the site's domain, such as example.com or shop.example.co.uk",
        parse=_own_host,
    ),
    ContextKey(
        name="certificate_arn",
        default=None,
        expected="the ARN of an ACM certificate in us-east-1 that covers both proxy names",
        parse=_certificate_arn,
    ),
    ContextKey(
        name="sdk_domain",
        default="cdn.<domain>",
        expected="the alternate domain name of the SDK proxy",
        parse=_own_host,
    ),
    ContextKey(
        name="events_domain",
        default="events.<domain>",
        expected="the alternate domain name of the events proxy",
        parse=_own_host,
    ),
    ContextKey(
        name="cookie_domain",
        default="<registrable domain>",
        expected="the cookies' Domain: `domain` or a parent of it, and not a public suffix",
        parse=_own_host,
    ),
    ContextKey(
        name="cookie_max_age_days",
        default="365",
        expected="the cookies' age: 1 to 400 days, which is the browsers' own cap",
        parse=_integer(1, 400),
    ),
    ContextKey(
        name="restore_after_hours",
        default="0",
        expected="0 to 168, less than the cookies' age; ids deleted sooner than that after the "
        "last visit stay deleted",
        parse=_integer(0, 168),
    ),
    ContextKey(
        name="renew_path",
        default="/ht/renew",
        expected="an absolute path without wildcard or query",
        parse=_path,
    ),
    ContextKey(
        name="clear_path",
        default="/ht/clear",
        expected="an absolute path without wildcard or query, other than `renew_path`",
        parse=_path,
    ),
    ContextKey(
        name="site_distribution_id",
        default="",
        expected="the id of the distribution to attach to, such as E2QWRUHAPOMQZL, or several "
        "separated by commas",
        parse=_distribution_ids,
    ),
    ContextKey(
        name="hosted_zone_id",
        default="",
        expected="the id of the Route 53 zone that gets A, AAAA and HTTPS records of both "
        "proxies, such as Z1D633PJN98FT9",
        parse=_hosted_zone_id,
    ),
    ContextKey(
        name="alarm_topic_arn",
        default="",
        expected="the ARN of an SNS topic in us-east-1 that is told of alarms",
        parse=_alarm_topic_arn,
    ),
    ContextKey(
        name="forward_cookies",
        default="true",
        expected="`true`, or `false`: Hightouch does not get the site's cookies from the proxies",
        parse=_boolean,
    ),
    ContextKey(
        name="events_host_header",
        default="viewer",
        expected="`viewer`, or `origin`: the events proxy sends Hightouch's own name as Host",
        parse=_one_of("viewer", "origin"),
    ),
    ContextKey(
        name="name",
        default="FirstPartyTracking",
        expected="prefix of stacks and names: a letter, then letters, digits, hyphens; 40 at most",
        parse=_name,
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class TrackingConfig:
    """One deployment for one site, all values checked. Host names are lower-case A-labels.

    `hosted_zone_id` and `alarm_topic_arn` are empty where none is given.
    """

    domain: str
    certificate_arn: str
    sdk_domain: str
    events_domain: str
    cookie_domain: str
    cookie_max_age: timedelta
    restore_after: timedelta
    renew_path: str
    clear_path: str
    site_distribution_ids: tuple[str, ...]
    hosted_zone_id: str
    alarm_topic_arn: str
    forward_cookies: bool
    events_host_header: str
    name: str

    @classmethod
    def from_context(cls, context: Mapping[str, object], *, without: Collection[str] = ()) -> Self:
        """Return the configuration that a CDK app's whole context asks for.

        Keys of the CDK's own are passed over. `without` are required keys that the caller does not
        need; left out, they are empty. Raises ConfigError with every problem at once.
        """
        values: dict[str, Any] = {}
        problems = [*_unknown(context)]
        for key in KEYS:
            value = context.get(key.name)
            if value is None:
                if key.default is None:
                    if key.name in without:
                        values[key.name] = ""
                    else:
                        problems.append(_missing(key))
                    continue
                if "domain>" in key.default and "domain" not in values:
                    continue
                value = _fill(key.default, values.get("domain", ""))
            try:
                values[key.name] = key.parse(value)
            except ValueError as error:
                problems.append(_rejected(key, value, str(error)))
        problems += _conflicts(values, context)
        if problems:
            raise ConfigError(problems)
        return cls(
            cookie_max_age=timedelta(days=values.pop("cookie_max_age_days")),
            restore_after=timedelta(hours=values.pop("restore_after_hours")),
            site_distribution_ids=values.pop("site_distribution_id"),
            **values,
        )

    def warnings(self) -> Mapping[str, str]:
        """Return what is allowed but rarely meant, as a stable id to a sentence."""
        found = {}
        bare = self.domain.removeprefix("www.")
        proxies = (self.sdk_domain, self.events_domain)
        is_bare_possible = bare != self.domain and registrable_domain(bare)
        if is_bare_possible and any(is_within(proxy, self.domain) for proxy in proxies):
            found["www"] = (
                f"domain is {self.domain!r}, so the proxies are {self.sdk_domain!r} and "
                f"{self.events_domain!r}, which certificates rarely cover; pass domain={bare}, "
                f"whose cookies reach {self.domain} too"
            )
        site = registrable_domain(self.domain)
        for key, host in (("sdk_domain", self.sdk_domain), ("events_domain", self.events_domain)):
            if registrable_domain(host) != site:
                found[key] = (
                    f"{key} is {host!r}, which is outside {site!r}: browsers and blockers take it "
                    "for a third party"
                )
        if self.cookie_domain != site:
            found["cookie_domain"] = (
                f"cookie_domain is {self.cookie_domain!r}, the SDK by itself uses {site!r}: keep "
                "the `cookie` option of the client snippet, or logouts stop working"
            )
        return found


def _fill(default: str, domain: str) -> str:
    registrable = registrable_domain(domain) or ""
    return default.replace("<domain>", domain).replace("<registrable domain>", registrable)


def _unknown(context: Mapping[str, object]) -> Iterator[Problem]:
    names = [key.name for key in KEYS]
    for key, value in context.items():
        if key in names or key in CLI_KEYS or "@" in key or ":" in key:
            continue
        near = difflib.get_close_matches(key.lower().replace("-", "_"), names, n=1)
        yield Problem(
            key=key,
            got=f"got {value!r} for a key that does not exist",
            expected=f"one of {', '.join(names)}",
            mend=f"did you mean {near[0]!r}?" if near else "leave it out",
        )


def _missing(key: ContextKey) -> Problem:
    example = {
        "domain": "example.com",
        "certificate_arn": "arn:aws:acm:us-east-1:111122223333:certificate/…",
    }[key.name]
    return Problem(
        key=key.name,
        got="not given",
        expected=key.expected,
        mend=f"add to the command:  -c {key.name}={example}",
    )


def _rejected(key: ContextKey, value: object, mend: str) -> Problem:
    return Problem(key=key.name, got=f"got {value!r}", expected=key.expected, mend=mend)


def _conflicts(values: Mapping[str, Any], context: Mapping[str, object]) -> Iterator[Problem]:
    """Yield what is wrong between keys; a key that failed by itself is not in `values`."""
    keys = {key.name: key for key in KEYS}

    def conflict(name: str, mend: str) -> Problem:
        return _rejected(keys[name], context.get(name, values[name]), mend)

    hosts: dict[str, str] = {}
    for name in ("domain", "sdk_domain", "events_domain"):
        if name not in values:
            continue
        other = hosts.setdefault(values[name], name)
        if other != name:
            # Of a default and a value that was given, the latter is the one to change.
            given, taken = (name, other) if name in context else (other, name)
            yield conflict(
                given,
                f"{taken!r} is the same name, which can stand on one distribution only; "
                "choose another",
            )
    if {"domain", "cookie_domain"} <= values.keys() and not is_within(
        values["domain"], values["cookie_domain"]
    ):
        yield conflict(
            "cookie_domain",
            f"browsers refuse it on {values['domain']!r}; leave it out for the usual "
            f"{registrable_domain(values['domain'])!r}",
        )
    if "clear_path" in values and values["clear_path"] == values.get("renew_path"):
        given, taken = (
            ("clear_path", "renew_path")
            if "clear_path" in context
            else ("renew_path", "clear_path")
        )
        yield conflict(given, f"it equals `{taken}`; choose another")
    if values.get("hosted_zone_id") and {"sdk_domain", "events_domain"} <= values.keys():
        sdk_site, events_site = map(
            registrable_domain, (values["sdk_domain"], values["events_domain"])
        )
        if sdk_site != events_site:
            yield conflict(
                "hosted_zone_id",
                f"the proxies are on {sdk_site!r} and {events_site!r}, which no one zone holds; "
                "leave it out and make the records yourself",
            )
    if {"restore_after_hours", "cookie_max_age_days"} <= values.keys():
        max_age_hours = values["cookie_max_age_days"] * 24
        if values["restore_after_hours"] >= max_age_hours:
            yield conflict(
                "restore_after_hours",
                f"the cookies themselves live {max_age_hours} hours, so none would ever be "
                "restored; raise `cookie_max_age_days`",
            )
