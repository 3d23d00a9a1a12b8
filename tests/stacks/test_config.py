"""Context becomes a `TrackingConfig`, or one complete and readable error.

The values of single keys are tested in test_context_values.py.
"""

import textwrap
from datetime import timedelta

import pytest

from stacks.config import KEYS, ConfigError, Problem, TrackingConfig
from tests.support.example import configure

CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
TOPIC = "arn:aws:sns:us-east-1:111122223333:on-call"
WEB_ACL = (
    "arn:aws:wafv2:us-east-1:111122223333:global/webacl/proxies/"
    "12345678-1234-1234-1234-123456789012"
)


def error_of(**context: object) -> ConfigError:
    """Return the error for the example context with `context` added."""
    with pytest.raises(ConfigError) as caught:
        configure(**context)
    return caught.value


def only_problem(**context: object) -> Problem:
    """Return the one problem of the example context with `context` added."""
    [problem] = error_of(**context).problems
    return problem


# Accepted context


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("domain", "example.com"),
        ("certificate_arn", CERTIFICATE),
        ("hightouch_region", "us-east-1"),
        ("sdk_domain", "cdn.example.com"),
        ("events_domain", "events.example.com"),
        ("cookie_domain", "example.com"),
        ("cookie_max_age", timedelta(days=365)),
        ("restore_after", timedelta(0)),
        ("renew_path", "/ht/renew"),
        ("clear_path", "/ht/clear"),
        ("site_distribution_ids", None),
        ("repair", ""),
        ("hosted_zone_id", ""),
        ("web_acl_arn", ""),
        ("alarm_topic_arn", ""),
        ("silence_alarm", None),
        ("forward_cookies", True),
        ("events_host_header", "viewer"),
        ("sdk_version", "v1-latest"),
        ("honor_gpc", False),
        ("mark_restored", False),
        ("name", "FirstPartyTracking-example-com"),
    ],
)
def test_every_other_key_has_a_default(field: str, value: object) -> None:
    """Only a domain and a certificate are required."""
    assert getattr(configure(), field) == value


@pytest.mark.parametrize(
    ("domain", "name"),
    [
        pytest.param("shop.example.co.uk", "FirstPartyTracking-shop-example-co-uk", id="dots"),
        pytest.param("my-shop.com", "FirstPartyTracking-my--shop-com", id="hyphen"),
        pytest.param("my.shop.com", "FirstPartyTracking-my-shop-com", id="no-hyphen"),
        pytest.param("bücher.de", "FirstPartyTracking-xn----bcher--kva-de", id="a-label"),
    ],
)
def test_default_name_differs_between_domains(domain: str, name: str) -> None:
    assert configure(domain=domain).name == name


def test_default_name_of_a_long_domain_is_rejected() -> None:
    """The fix tells the user to choose a shorter name."""
    domain = f"{'a' * 58}.com"
    with pytest.raises(ConfigError) as error:
        configure(domain=domain)
    [problem] = error.value.problems
    assert (problem.key, problem.fix) == (
        "name",
        "choose a shorter value and pass it with -c name=…",
    )
    assert configure(domain=domain, name="Shop").name == "Shop"


@pytest.mark.parametrize(
    ("domain", "sdk_domain", "events_domain", "cookie_domain"),
    [
        pytest.param(
            "shop.example.com",
            "cdn.shop.example.com",
            "events.shop.example.com",
            "example.com",
            id="subdomain",
        ),
        pytest.param(
            "example.co.uk",
            "cdn.example.co.uk",
            "events.example.co.uk",
            "example.co.uk",
            id="co.uk",
        ),
        pytest.param(
            "shop.example.co.uk",
            "cdn.shop.example.co.uk",
            "events.shop.example.co.uk",
            "example.co.uk",
            id="subdomain-co.uk",
        ),
        pytest.param(
            "münchen.de",
            "cdn.xn--mnchen-3ya.de",
            "events.xn--mnchen-3ya.de",
            "xn--mnchen-3ya.de",
            id="international",
        ),
        pytest.param(
            "shop.someone.github.io",
            "cdn.shop.someone.github.io",
            "events.shop.someone.github.io",
            "someone.github.io",
            id="below-a-private-suffix",
        ),
    ],
)
def test_names_follow_from_the_domain(
    domain: str, sdk_domain: str, events_domain: str, cookie_domain: str
) -> None:
    """The proxies are below the site's domain, and cookies are on its registrable domain."""
    config = configure(domain=domain)
    assert (config.sdk_domain, config.events_domain, config.cookie_domain) == (
        sdk_domain,
        events_domain,
        cookie_domain,
    )


@pytest.mark.parametrize(
    ("key", "given", "field", "value"),
    [
        ("domain", "Shop.example.com", "domain", "shop.example.com"),
        (
            "certificate_arn",
            "arn:aws:acm:us-east-1:444455556666:certificate/other",
            "certificate_arn",
            "arn:aws:acm:us-east-1:444455556666:certificate/other",
        ),
        ("hightouch_region", " aws-ap-south-1 ", "hightouch_region", "ap-south-1"),
        ("sdk_domain", "A.Example.com", "sdk_domain", "a.example.com"),
        ("events_domain", " e.example.com", "events_domain", "e.example.com"),
        ("cookie_domain", "EXAMPLE.com ", "cookie_domain", "example.com"),
        ("cookie_max_age_days", "1", "cookie_max_age", timedelta(days=1)),
        ("cookie_max_age_days", "400", "cookie_max_age", timedelta(days=400)),
        ("restore_after_hours", "0", "restore_after", timedelta(0)),
        ("restore_after_hours", "168", "restore_after", timedelta(hours=168)),
        ("renew_path", " /a/B.c-d_e~$@:+ ", "renew_path", "/a/B.c-d_e~$@:+"),
        ("renew_path", "/HT/clear", "renew_path", "/HT/clear"),
        ("clear_path", "/x", "clear_path", "/x"),
        ("site_distribution_id", "E456, E123,", "site_distribution_ids", ("E456", "E123")),
        ("site_distribution_id", " none ", "site_distribution_ids", ()),
        ("repair", " 2026-11-24 ", "repair", "2026-11-24"),
        ("hosted_zone_id", " Z1D633PJN98FT9 ", "hosted_zone_id", "Z1D633PJN98FT9"),
        ("web_acl_arn", f" {WEB_ACL}\n", "web_acl_arn", WEB_ACL),
        ("alarm_topic_arn", f" {TOPIC}\n", "alarm_topic_arn", TOPIC),
        ("forward_cookies", "False", "forward_cookies", False),
        ("events_host_header", " origin ", "events_host_header", "origin"),
        ("sdk_version", " 1.5.8 ", "sdk_version", "1.5.8"),
        ("honor_gpc", "True", "honor_gpc", True),
        ("mark_restored", "True", "mark_restored", True),
        ("name", " Shop-2 ", "name", "Shop-2"),
    ],
)
def test_a_given_value_is_parsed_into_its_field(
    key: str, given: str, field: str, value: object
) -> None:
    assert getattr(configure(**{key: given}), field) == value


@pytest.mark.parametrize(
    ("key", "text", "typed"),
    [
        pytest.param("cookie_max_age_days", "30", 30, id="cookie_max_age_days"),
        pytest.param("cookie_max_age_days", " 30 ", 30, id="spaces-around"),
        pytest.param("restore_after_hours", "23", 23, id="restore_after_hours"),
        pytest.param("site_distribution_id", "E123,E456", ["E123", "E456"], id="distributions"),
        pytest.param(
            "site_distribution_id", '["E123", "E456"]', "E123,E456", id="JSON-list-as-text"
        ),
        pytest.param("forward_cookies", "false", False, id="forward_cookies-false"),
        pytest.param("forward_cookies", "true", True, id="forward_cookies-true"),
        pytest.param("honor_gpc", "true", True, id="honor_gpc-true"),
        pytest.param("honor_gpc", "false", False, id="honor_gpc-false"),
        pytest.param("mark_restored", "true", True, id="mark_restored-true"),
    ],
)
def test_text_and_typed_value_configure_the_same(key: str, text: str, typed: object) -> None:
    """`-c` always passes text, and `cdk.json` passes JSON values."""
    assert configure(**{key: text}) == configure(**{key: typed})


@pytest.mark.parametrize("key", ["sdk_domain", "cookie_max_age_days", "renew_path", "name"])
def test_null_is_the_default(key: str) -> None:
    """A key that `cdk.json` sets to null counts as absent."""
    assert configure(**{key: None}) == configure()


def test_a_caller_can_make_a_required_key_optional() -> None:
    """The tools need no certificate. A value that is given is still checked."""
    config = TrackingConfig.from_context({"domain": "example.com"}, optional=["certificate_arn"])
    assert config.certificate_arn == ""
    with pytest.raises(ConfigError) as caught:
        TrackingConfig.from_context({}, optional=["certificate_arn"])
    assert [problem.key for problem in caught.value.problems] == ["domain"]
    with pytest.raises(ConfigError) as caught:
        TrackingConfig.from_context(
            {"domain": "example.com", "certificate_arn": "12345678-1234"},
            optional=["certificate_arn"],
        )
    assert [problem.key for problem in caught.value.problems] == ["certificate_arn"]


def test_cookie_domain_can_be_narrower() -> None:
    """A site on a subdomain can keep its cookies to itself."""
    config = configure(domain="a.shop.example.com", cookie_domain="shop.example.com")
    assert config.cookie_domain == "shop.example.com"


def test_restore_after_can_be_one_hour_less_than_the_cookies_age() -> None:
    config = configure(restore_after_hours=23, cookie_max_age_days=1)
    assert config.restore_after == timedelta(hours=23)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("@aws-cdk/core:checkSecretUsage", True),
        ("aws:cdk:enable-path-metadata", True),
        ("availability-zones:account=111122223333:region=us-east-1", ["us-east-1a"]),
        ("cli-telemetry", False),
        ("acknowledged-issue-numbers", [34892]),
    ],
)
def test_keys_of_the_cdk_are_ignored(key: str, value: object) -> None:
    """Such keys are feature flags, lookups, and keys that the CLI adds."""
    assert configure(**{key: value}) == configure()


# Rejected context


def test_error_reads_as_a_whole() -> None:
    """Each problem has the key, what was given, what is expected, and the fix."""
    error = error_of(
        certificate_arn=None, domain="https://example.com", **{"sdk-domain": "js.example.com"}
    )
    assert str(error) == textwrap.dedent(
        """\
        The context has 3 problems, and nothing was written:

          sdk-domain: got 'js.example.com' for a key that does not exist
            expected  a key that `python -m tools keys` lists
            fix       did you mean 'sdk_domain'?

          domain: got 'https://example.com'
            expected  the site's domain, such as example.com or shop.example.co.uk
            fix       it is a URL or has a port; write the bare host name

          certificate_arn: not given
            expected  the ARN of an ACM certificate in us-east-1 that covers both proxy names; \
if you give only `hosted_zone_id`, the deployment requests a certificate
            fix       add to the command:  -c certificate_arn=arn:aws:acm:us-east-1:111122223333:\
certificate/12345678-1234-1234-1234-123456789012

        docs/configuration.md describes every key."""
    )


def test_error_counts_a_single_problem() -> None:
    assert " 1 problem," in str(error_of(domain="https://example.com"))


@pytest.mark.parametrize(
    ("key", "example"), [("domain", "example.com"), ("certificate_arn", CERTIFICATE)]
)
def test_missing_key_is_a_problem_with_an_example(key: str, example: str) -> None:
    """The fix is an argument that the user can add to the command."""
    problem = only_problem(**{key: None})
    assert problem.key == key
    assert problem.fix.endswith(f"  -c {key}={example}")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param("domain", "https://example.com/", id="domain-url"),
        pytest.param("domain", "example.com:443", id="domain-port"),
        pytest.param("domain", "*.example.com", id="domain-wildcard"),
        pytest.param("domain", "192.0.2.1", id="domain-ip"),
        pytest.param("domain", "co.uk", id="domain-public-suffix"),
        pytest.param("domain", "d111111abcdef8.cloudfront.net", id="domain-of-cloudfront"),
        pytest.param("domain", 5, id="domain-as-number"),
        pytest.param("certificate_arn", "12345678-1234", id="certificate-id"),
        pytest.param("certificate_arn", "", id="certificate-empty"),
        pytest.param("sdk_domain", "*.example.com", id="sdk-wildcard"),
        pytest.param("sdk_domain", "co.uk", id="sdk-public-suffix"),
        pytest.param("sdk_domain", "d111111abcdef8.cloudfront.net", id="sdk-of-cloudfront"),
        pytest.param("events_domain", "https://e.example.com", id="events-url"),
        pytest.param("events_domain", "d111111abcdef8.cloudfront.net", id="events-of-cloudfront"),
        pytest.param("cookie_domain", ".example.com", id="cookie-leading-dot"),
        pytest.param("cookie_domain", "co.uk", id="cookie-public-suffix"),
        pytest.param("cookie_max_age_days", "0", id="age-0"),
        pytest.param("cookie_max_age_days", 401, id="age-401"),
        pytest.param("restore_after_hours", "-1", id="hours-below-0"),
        pytest.param("restore_after_hours", 169, id="hours-169"),
        pytest.param("renew_path", "/ht/*", id="renew-wildcard"),
        pytest.param("clear_path", "ht/clear", id="clear-without-slash"),
        pytest.param("site_distribution_id", "E123,www.example.com", id="distributions"),
        pytest.param("site_distribution_id", "", id="no-distribution"),
        pytest.param("hosted_zone_id", "example.com", id="zone"),
        pytest.param("web_acl_arn", "proxies", id="web-acl"),
        pytest.param("alarm_topic_arn", "on-call", id="topic"),
        pytest.param("forward_cookies", "no", id="cookies"),
        pytest.param("events_host_header", "Origin", id="host-header"),
        pytest.param("honor_gpc", "1", id="gpc"),
        pytest.param("mark_restored", "yes", id="mark"),
        pytest.param("name", "my_shop", id="name"),
    ],
)
def test_bad_value_is_one_problem_of_its_key(key: str, value: object) -> None:
    """The problem has the given value, and the description of the key from the reference."""
    [expected] = [each.expected for each in KEYS if each.name == key]
    problem = only_problem(**{key: value})
    assert (problem.key, problem.given, problem.expected) == (key, f"got {value!r}", expected)
    assert problem.fix


@pytest.mark.parametrize(
    ("key", "value", "other"),
    [
        pytest.param("sdk_domain", "events.example.com", "events_domain", id="sdk-events-default"),
        pytest.param("sdk_domain", "example.com", "domain", id="sdk-site"),
        pytest.param("events_domain", "example.com", "domain", id="events-site"),
        pytest.param("events_domain", "cdn.example.com", "sdk_domain", id="events-sdk-default"),
    ],
)
def test_two_hosts_with_one_name_are_a_problem_of_the_given_key(
    key: str, value: str, other: str
) -> None:
    """The user can change the given value, but not the default that it equals."""
    problem = only_problem(**{key: value})
    assert (problem.key, problem.given) == (key, f"got {value!r}")
    assert problem.fix == (
        f"`{other}` is the same name, and a name can be on only one distribution; choose another "
        "name"
    )


@pytest.mark.parametrize(
    ("key", "value", "other"),
    [
        pytest.param("renew_path", "/ht/clear", "clear_path", id="renew-clear-default"),
        pytest.param("clear_path", "/ht/renew", "renew_path", id="clear-renew-default"),
    ],
)
def test_two_equal_paths_are_a_problem_of_the_given_key(key: str, value: str, other: str) -> None:
    problem = only_problem(**{key: value})
    assert (problem.key, problem.given) == (key, f"got {value!r}")
    assert problem.fix == f"it equals `{other}`; choose another path"


@pytest.mark.parametrize(
    ("domain", "cookie_domain", "usual"),
    [
        pytest.param("example.com", "other.com", "example.com", id="another-site"),
        pytest.param("example.com", "shop.example.com", "example.com", id="below-the-site"),
        pytest.param(
            "shop.example.co.uk", "other.co.uk", "example.co.uk", id="another-site-below-co.uk"
        ),
    ],
)
def test_cookie_domain_that_browsers_reject_on_the_site_is_a_problem(
    domain: str, cookie_domain: str, usual: str
) -> None:
    """The fix names the site's own registrable domain."""
    problem = only_problem(domain=domain, cookie_domain=cookie_domain)
    assert (problem.key, problem.given) == ("cookie_domain", f"got {cookie_domain!r}")
    assert problem.fix == (
        f"browsers reject such cookies on {domain!r}; leave the key out to use {usual!r}"
    )


@pytest.mark.parametrize(
    ("key", "paths"),
    [
        pytest.param("renew_path", {"renew_path": "/a" * 20}, id="renew"),
        pytest.param(
            "clear_path", {"clear_path": f"/{'a' * 80}/{'b' * 80}/{'c' * 80}"}, id="clear"
        ),
    ],
)
def test_paths_whose_clear_would_be_too_long_are_a_problem(key: str, paths: dict[str, str]) -> None:
    """The answer of clear has headers for each cookie path that matches a route."""
    problem = only_problem(**paths)
    assert (problem.key, problem.given) == (key, f"got {paths[key]!r}")
    assert "8192 is the limit; choose shorter paths with fewer slashes" in problem.fix


@pytest.mark.parametrize(
    "context",
    [
        pytest.param({"domain": "shop.example.co.uk"}, id="default-paths"),
        pytest.param({"name": "Shop", "domain": f"www.{'x' * 60}.co.uk"}, id="long-domain"),
        pytest.param({"renew_path": "/api/v1/ids/renew"}, id="three-folders"),
    ],
)
def test_usual_paths_are_short_enough(context: dict[str, str]) -> None:
    assert configure(**context).renew_path.endswith("/renew")


def test_restore_after_beyond_the_cookies_age_is_a_problem() -> None:
    """With 24 hours and cookies of one day, nothing would ever be restored."""
    problem = only_problem(restore_after_hours=24, cookie_max_age_days="1")
    assert (problem.key, problem.given) == ("restore_after_hours", "got 24")
    assert problem.fix == (
        "the cookies expire after 24 hours, so no ID would ever be restored; raise "
        "`cookie_max_age_days`"
    )


def test_one_zone_for_proxies_on_two_sites_is_a_problem() -> None:
    """No zone has both names, and the deployment would fail after minutes."""
    problem = only_problem(hosted_zone_id="Z1D633PJN98FT9", events_domain="events.example.net")
    assert (problem.key, problem.given) == ("hosted_zone_id", "got 'Z1D633PJN98FT9'")
    assert problem.fix == (
        "the proxies are on 'example.com' and 'example.net', and no single zone holds both; leave "
        "the key out and create the records yourself"
    )


@pytest.mark.parametrize(
    ("key", "fix"),
    [
        ("Domain", "did you mean 'domain'?"),
        ("doman", "did you mean 'domain'?"),
        ("certificateArn", "did you mean 'certificate_arn'?"),
        ("sdk-domain", "did you mean 'sdk_domain'?"),
        ("event_domain", "did you mean 'events_domain'?"),
        ("cookie_max_age", "did you mean 'cookie_max_age_days'?"),
        ("restore_after_hour", "did you mean 'restore_after_hours'?"),
        ("renewPath", "did you mean 'renew_path'?"),
        ("zone_id", "did you mean 'hosted_zone_id'?"),
        ("alarm_topic", "did you mean 'alarm_topic_arn'?"),
        ("forward-cookie", "did you mean 'forward_cookies'?"),
        ("host_header", "did you mean 'events_host_header'?"),
        ("color", "leave it out"),
    ],
)
def test_unknown_key_is_a_problem_with_the_nearest_known_key(key: str, fix: str) -> None:
    """A typo never becomes a default."""
    problem = only_problem(**{key: "x"})
    assert (problem.key, problem.fix) == (key, fix)


BADLY_WRONG: dict[str, object] = {
    "domain": "https://example.com",
    "certificate_arn": CERTIFICATE.replace("us-east-1", "eu-west-1"),
    "sdk_domain": "*.example.com",
    "cookie_max_age_days": "1 year",
    "restore_after_hours": "-1",
    "renew_path": "ht/renew",
    "clear_path": "/ht/*",
    "events-domain": "e.example.com",
}


def test_one_error_has_all_problems() -> None:
    """One run shows and counts all problems."""
    error = error_of(**BADLY_WRONG)
    assert sorted(problem.key for problem in error.problems) == sorted(BADLY_WRONG)
    assert " 8 problems," in str(error).splitlines()[0]


def test_defaults_derived_from_a_bad_domain_are_no_problems() -> None:
    """The three defaults that are derived from a domain cause no problems of their own."""
    assert only_problem(domain="co.uk").key == "domain"


def test_conflicts_are_found_together_with_bad_values() -> None:
    """A conflict between two good values is found even if another value is bad."""
    error = error_of(name="2nd", clear_path="/ht/renew")
    assert sorted(problem.key for problem in error.problems) == ["clear_path", "name"]


def test_error_with_eight_problems_fits_one_screen() -> None:
    """A terminal of 100 columns and 40 rows shows it without scrolling."""
    rows = [
        row
        for line in str(error_of(**BADLY_WRONG)).splitlines()
        for row in textwrap.wrap(line, 100, subsequent_indent="") or [""]
    ]
    assert len(rows) <= 40


@pytest.mark.parametrize("word", ["Traceback", "ValueError", "IDNAError", "stacks.", "<", ".py"])
def test_error_does_not_mention_the_program(word: str) -> None:
    """The error is only about the context."""
    assert word not in str(error_of(**BADLY_WRONG | {"events_domain": "\u202e.com"}))


# The silence alarm


@pytest.mark.parametrize(("given", "hours"), [("1", 1), (168, 168), (" 24 ", 24)])
def test_silence_alarm_is_a_number_of_hours(given: object, hours: int) -> None:
    config = configure(silence_alarm_hours=given, alarm_topic_arn=TOPIC)
    assert config.silence_alarm == timedelta(hours=hours)


def test_silence_alarm_can_be_turned_off_on_the_command_line() -> None:
    assert configure(silence_alarm_hours=" ").silence_alarm is None


@pytest.mark.parametrize("given", ["0", "169", "1h"])
def test_silence_alarm_of_other_hours_is_rejected(given: str) -> None:
    """CloudWatch evaluates at most seven days."""
    problem = only_problem(silence_alarm_hours=given, alarm_topic_arn=TOPIC)
    assert problem.key == "silence_alarm_hours"


def test_silence_alarm_without_a_topic_is_rejected() -> None:
    problem = only_problem(silence_alarm_hours="24")
    assert problem.key == "silence_alarm_hours"
    assert "`alarm_topic_arn`" in problem.fix
