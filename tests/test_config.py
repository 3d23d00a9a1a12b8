"""Context in, `TrackingConfig` or one complete and readable refusal out."""

import textwrap
from datetime import timedelta

import pytest

from stacks.config import ConfigError, TrackingConfig

CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
EVERY_KEY = (
    "domain, certificate_arn, sdk_domain, events_domain, cookie_domain, cookie_max_age_days, "
    "restore_after_hours, renew_path, clear_path, site_distribution_id, hosted_zone_id, "
    "alarm_topic_arn, forward_cookies, events_host_header, name"
)
#: What the message says under "expected", for each key.
EXPECTED = {
    "domain": "the site's domain, such as example.com or shop.example.co.uk",
    "certificate_arn": "the ARN of an ACM certificate in us-east-1 that covers both proxy names",
    "sdk_domain": "the alternate domain name of the SDK proxy",
    "events_domain": "the alternate domain name of the events proxy",
    "cookie_domain": "the cookies' Domain: `domain` or a parent of it, and not a public suffix",
    "cookie_max_age_days": "the cookies' age: 1 to 400 days, which is the browsers' own cap",
    "restore_after_hours": (
        "0 to 168, less than the cookies' age; ids deleted sooner than that after the last visit "
        "stay deleted"
    ),
    "renew_path": "an absolute path without wildcard or query",
    "clear_path": "an absolute path without wildcard or query, other than `renew_path`",
    "site_distribution_id": (
        "the id of the distribution to attach to, such as E2QWRUHAPOMQZL, or several separated "
        "by commas"
    ),
    "hosted_zone_id": (
        "the id of the Route 53 zone that gets A, AAAA and HTTPS records of both proxies, such as "
        "Z1D633PJN98FT9"
    ),
    "alarm_topic_arn": "the ARN of an SNS topic in us-east-1 that is told of alarms",
    "forward_cookies": (
        "`true`, or `false`: Hightouch does not get the site's cookies from the proxies"
    ),
    "events_host_header": (
        "`viewer`, or `origin`: the events proxy sends Hightouch's own name as Host"
    ),
    "name": "prefix of stacks and names: a letter, then letters, digits, hyphens; 40 at most",
}
HOST_MEND = "; write the bare host name"
PUBLIC_SUFFIX = "it is a public suffix, which nobody's cookies can span; write your own"
COPY_ARN = f"copy it from the ACM console: {CERTIFICATE}"
WHOLE_NUMBER = "write a whole number from {} to {}, without a unit"
PATH_CHARACTERS = (
    "use 2 to 255 letters, digits and any of / - _ . ~ $ @ : +  (no wildcard, no query)"
)
PATH_SLASH = "begin it with a slash; it is a path on the site's own host, not a URL"
PATH_SEGMENTS = "leave out empty and dot segments; browsers rewrite them"
ZONE_ID = (
    "copy the zone's ID from the Route 53 console: a Z with capital letters and digits, without "
    "/hostedzone/"
)
TOPIC = "arn:aws:sns:us-east-1:111122223333:on-call"
COPY_TOPIC = f"copy a standard topic's ARN from the SNS console: {TOPIC}"
NAME_LETTERS = "begin with a letter, go on with letters, digits, hyphens; 40 at most"
NAME_KEPT = "AWS takes no parameter that begins with aws or ssm; begin otherwise"


def parse(**context: object) -> TrackingConfig:
    """Return the configuration for the example context with `context` on top."""
    example: dict[str, object] = {"domain": "example.com", "certificate_arn": CERTIFICATE}
    return TrackingConfig.from_context(example | context)


def refuse(**context: object) -> ConfigError:
    """Return the refusal of the example context with `context` on top."""
    with pytest.raises(ConfigError) as caught:
        parse(**context)
    return caught.value


# What is taken


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("domain", "example.com"),
        ("certificate_arn", CERTIFICATE),
        ("sdk_domain", "cdn.example.com"),
        ("events_domain", "events.example.com"),
        ("cookie_domain", "example.com"),
        ("cookie_max_age", timedelta(days=365)),
        ("restore_after", timedelta(0)),
        ("renew_path", "/ht/renew"),
        ("clear_path", "/ht/clear"),
        ("site_distribution_ids", ()),
        ("hosted_zone_id", ""),
        ("alarm_topic_arn", ""),
        ("forward_cookies", True),
        ("events_host_header", "viewer"),
        ("name", "FirstPartyTracking"),
    ],
)
def test_default(field: str, value: object) -> None:
    """A domain and a certificate are enough."""
    assert getattr(parse(), field) == value


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
    """Proxies lie below the site, cookies on its registrable domain."""
    config = parse(domain=domain)
    assert (config.sdk_domain, config.events_domain, config.cookie_domain) == (
        sdk_domain,
        events_domain,
        cookie_domain,
    )


@pytest.mark.parametrize(
    ("key", "given", "field", "value"),
    [
        pytest.param("domain", " Shop.EXAMPLE.com ", "domain", "shop.example.com", id="domain"),
        pytest.param("domain", "MÜNCHEN.de", "domain", "xn--mnchen-3ya.de", id="domain-idn"),
        pytest.param(
            "certificate_arn", f" {CERTIFICATE}\n", "certificate_arn", CERTIFICATE, id="certificate"
        ),
        pytest.param("sdk_domain", "A.Example.com", "sdk_domain", "a.example.com", id="sdk_domain"),
        pytest.param(
            "events_domain", " e.example.com", "events_domain", "e.example.com", id="events_domain"
        ),
        pytest.param(
            "cookie_domain", "EXAMPLE.com ", "cookie_domain", "example.com", id="cookie_domain"
        ),
        pytest.param("cookie_max_age_days", "1", "cookie_max_age", timedelta(days=1), id="one-day"),
        pytest.param(
            "cookie_max_age_days", "400", "cookie_max_age", timedelta(days=400), id="400-days"
        ),
        pytest.param("restore_after_hours", "0", "restore_after", timedelta(0), id="no-hours"),
        pytest.param(
            "restore_after_hours", "168", "restore_after", timedelta(hours=168), id="168-hours"
        ),
        pytest.param("renew_path", " /a/B.c-d_e~$@:+ ", "renew_path", "/a/B.c-d_e~$@:+", id="path"),
        pytest.param("renew_path", "/ht/renew/", "renew_path", "/ht/renew/", id="trailing-slash"),
        pytest.param("renew_path", "/HT/clear", "renew_path", "/HT/clear", id="other-case"),
        pytest.param("clear_path", "/x", "clear_path", "/x", id="shortest-path"),
        pytest.param("clear_path", "/" + "a" * 254, "clear_path", "/" + "a" * 254, id="longest"),
        pytest.param(
            "site_distribution_id",
            " E2QWRUHAPOMQZL ",
            "site_distribution_ids",
            ("E2QWRUHAPOMQZL",),
            id="distribution",
        ),
        pytest.param(
            "site_distribution_id",
            "E456, E123,E456,",
            "site_distribution_ids",
            ("E456", "E123"),
            id="distributions",
        ),
        pytest.param("site_distribution_id", "", "site_distribution_ids", (), id="no-distribution"),
        pytest.param(
            "hosted_zone_id", " Z1D633PJN98FT9 ", "hosted_zone_id", "Z1D633PJN98FT9", id="zone"
        ),
        pytest.param("hosted_zone_id", "", "hosted_zone_id", "", id="no-zone"),
        pytest.param("alarm_topic_arn", f" {TOPIC}\n", "alarm_topic_arn", TOPIC, id="topic"),
        pytest.param("alarm_topic_arn", "", "alarm_topic_arn", "", id="no-topic"),
        *(
            pytest.param("forward_cookies", text, "forward_cookies", value, id=f"cookies-{text!r}")
            for text, value in (
                ("true", True),
                ("True", True),
                (" TRUE ", True),
                ("false", False),
                ("False", False),
                (" FALSE ", False),
            )
        ),
        pytest.param(
            "events_host_header", " origin ", "events_host_header", "origin", id="host-header"
        ),
        pytest.param("name", " Shop-2 ", "name", "Shop-2", id="name"),
        pytest.param("name", "a" * 40, "name", "a" * 40, id="longest-name"),
    ],
)
def test_own_value_is_taken_in_its_plain_form(
    key: str, given: str, field: str, value: object
) -> None:
    """Spaces around a value and upper case in a host are slips, not errors."""
    assert getattr(parse(**{key: given}), field) == value


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
    ],
)
def test_text_and_typed_value_give_the_same(key: str, text: str, typed: object) -> None:
    """`-c` always passes text, `cdk.json` passes JSON values."""
    assert parse(**{key: text}) == parse(**{key: typed})


@pytest.mark.parametrize("key", ["sdk_domain", "cookie_max_age_days", "renew_path", "name"])
def test_null_is_the_default(key: str) -> None:
    """A key that `cdk.json` sets to null is as good as absent."""
    assert parse(**{key: None}) == parse()


def test_a_caller_can_do_without_a_required_key() -> None:
    """The tools need no certificate; what is given is checked all the same."""
    config = TrackingConfig.from_context({"domain": "example.com"}, without=["certificate_arn"])
    assert config.certificate_arn == ""
    with pytest.raises(ConfigError, match="domain: not given"):
        TrackingConfig.from_context({}, without=["certificate_arn"])


def test_cookie_domain_may_be_narrower() -> None:
    """A subdomain site may keep its cookies to itself."""
    config = parse(domain="a.shop.example.com", cookie_domain="shop.example.com")
    assert config.cookie_domain == "shop.example.com"


def test_restore_after_may_come_close_to_the_cookies_age() -> None:
    """23 hours fit cookies of one day."""
    config = parse(restore_after_hours=23, cookie_max_age_days=1)
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
def test_keys_of_the_cdk_are_passed_over(key: str, value: object) -> None:
    """Feature flags, look-ups and what the CLI adds are not ours to judge."""
    assert parse(**{key: value}) == parse()


# What is refused


def test_refusal_reads_as_a_whole() -> None:
    """The key, what came, what is expected, how to mend it, and where to read on."""
    assert str(refuse(domain="https://example.com")) == textwrap.dedent(
        """\
        The context has 1 problem, nothing was written:

          domain: got 'https://example.com'
            expected  the site's domain, such as example.com or shop.example.co.uk
            to mend   it is a URL or has a port; write the bare host name

        Every key, its default and its rule: README.md, "Configuration"."""
    )


@pytest.mark.parametrize(
    ("key", "mend"),
    [
        ("domain", "add to the command:  -c domain=example.com"),
        (
            "certificate_arn",
            "add to the command:  "
            "-c certificate_arn=arn:aws:acm:us-east-1:111122223333:certificate/…",
        ),
    ],
)
def test_missing_key_is_asked_for(key: str, mend: str) -> None:
    """What has no default is named, with the words to add to the command."""
    assert (f"\n  {key}: not given\n    expected  {EXPECTED[key]}\n    to mend   {mend}\n") in str(
        refuse(**{key: None})
    )


@pytest.mark.parametrize(
    ("key", "value", "mend"),
    [
        pytest.param(
            "domain", "https://example.com/", f"it is a URL or has a port{HOST_MEND}", id="url"
        ),
        pytest.param(
            "domain", "example.com:443", f"it is a URL or has a port{HOST_MEND}", id="port"
        ),
        pytest.param("domain", "*.example.com", f"it is a wildcard{HOST_MEND}", id="wildcard"),
        pytest.param("domain", "192.0.2.1", f"it is an IP address{HOST_MEND}", id="ip"),
        pytest.param("domain", "co.uk", PUBLIC_SUFFIX, id="public-suffix"),
        pytest.param("domain", "公司.cn", PUBLIC_SUFFIX, id="international-public-suffix"),
        pytest.param("domain", "cloudfront.net", PUBLIC_SUFFIX, id="cloudfront.net"),
        pytest.param(
            "domain",
            "d111111abcdef8.cloudfront.net",
            "CloudFront gave this name; write your own, as visitors meet it",
            id="name-that-cloudfront-gave",
        ),
        pytest.param("domain", 5, "write it as text", id="domain-as-number"),
        pytest.param("domain", ["example.com"], "write it as text", id="domain-as-list"),
        pytest.param(
            "certificate_arn",
            CERTIFICATE.replace("us-east-1", "eu-west-1"),
            "this one is in 'eu-west-1' and CloudFront takes us-east-1 alone; "
            "request or import the certificate there and pass its ARN",
            id="certificate-in-another-region",
        ),
        pytest.param(
            "certificate_arn",
            "arn:aws:iam::111122223333:server-certificate/example",
            "an IAM server certificate; import it into ACM in us-east-1",
            id="certificate-in-iam",
        ),
        pytest.param("certificate_arn", "12345678-1234", COPY_ARN, id="certificate-id-alone"),
        pytest.param("certificate_arn", "", COPY_ARN, id="certificate-empty"),
        pytest.param("certificate_arn", f"{CERTIFICATE}/x", COPY_ARN, id="certificate-with-tail"),
        pytest.param(
            "certificate_arn",
            CERTIFICATE.replace("111122223333", "1111"),
            COPY_ARN,
            id="certificate-with-short-account",
        ),
        pytest.param(
            "certificate_arn",
            CERTIFICATE.replace("arn:aws:", "arn:aws-cn:"),
            COPY_ARN,
            id="certificate-in-china",
        ),
        pytest.param("certificate_arn", {"arn": 1}, "write it as text", id="certificate-as-object"),
        pytest.param("sdk_domain", "*.example.com", f"it is a wildcard{HOST_MEND}", id="sdk-wild"),
        pytest.param("sdk_domain", "co.uk", PUBLIC_SUFFIX, id="sdk-public-suffix"),
        pytest.param(
            "sdk_domain",
            "d111111abcdef8.cloudfront.net",
            "CloudFront gave this name; write your own, as visitors meet it",
            id="sdk-name-that-cloudfront-gave",
        ),
        pytest.param(
            "sdk_domain",
            "events.example.com",
            "'events_domain' is the same name, which can stand on one distribution only; "
            "choose another",
            id="sdk-on-the-default-of-events",
        ),
        pytest.param(
            "renew_path",
            "/ht/clear",
            "it equals `clear_path`; choose another",
            id="renew-on-the-default-of-clear",
        ),
        pytest.param(
            "sdk_domain",
            "example.com",
            "'domain' is the same name, which can stand on one distribution only; choose another",
            id="sdk-on-the-site",
        ),
        pytest.param(
            "events_domain",
            "https://e.example.com",
            f"it is a URL or has a port{HOST_MEND}",
            id="events-url",
        ),
        pytest.param(
            "events_domain",
            "example.com",
            "'domain' is the same name, which can stand on one distribution only; choose another",
            id="events-on-the-site",
        ),
        pytest.param(
            "events_domain",
            "cdn.example.com",
            "'sdk_domain' is the same name, which can stand on one distribution only; "
            "choose another",
            id="events-on-the-sdk-proxy",
        ),
        pytest.param(
            "cookie_domain",
            ".example.com",
            f"it is written with a leading dot{HOST_MEND}",
            id="cookie-leading-dot",
        ),
        pytest.param("cookie_domain", "co.uk", PUBLIC_SUFFIX, id="cookie-public-suffix"),
        pytest.param(
            "cookie_domain",
            "other.com",
            "browsers refuse it on 'example.com'; leave it out for the usual 'example.com'",
            id="cookie-of-another-site",
        ),
        pytest.param(
            "cookie_domain",
            "shop.example.com",
            "browsers refuse it on 'example.com'; leave it out for the usual 'example.com'",
            id="cookie-below-the-site",
        ),
        *(
            pytest.param(
                "cookie_max_age_days", value, WHOLE_NUMBER.format(1, 400), id=f"age-{value!r}"
            )
            for value in ("0", "401", "-1", "30 days", "30.5", "0x1e", "٣٠", "", 0, 401, 30.5, True)
        ),
        *(
            pytest.param(
                "restore_after_hours", value, WHOLE_NUMBER.format(0, 168), id=f"hours-{value!r}"
            )
            for value in ("-1", "169", "23h", "1e1", -1, 169, False)
        ),
        pytest.param("renew_path", "ht/renew", PATH_SLASH, id="renew-without-slash"),
        pytest.param("renew_path", "https://example.com/r", PATH_SLASH, id="renew-url"),
        pytest.param("renew_path", "/", PATH_CHARACTERS, id="renew-root"),
        pytest.param("renew_path", "/ht/*", PATH_CHARACTERS, id="renew-wildcard"),
        pytest.param("renew_path", "/ht/rene?", PATH_CHARACTERS, id="renew-query"),
        pytest.param("renew_path", "/ht/renew#a", PATH_CHARACTERS, id="renew-fragment"),
        pytest.param("renew_path", "/ht/%72enew", PATH_CHARACTERS, id="renew-percent"),
        pytest.param("renew_path", "/ht/é", PATH_CHARACTERS, id="renew-not-ascii"),
        pytest.param("renew_path", "/ht re", PATH_CHARACTERS, id="renew-space-inside"),
        pytest.param("renew_path", "/" + "a" * 255, PATH_CHARACTERS, id="renew-too-long"),
        pytest.param("renew_path", "//ht/renew", PATH_SEGMENTS, id="renew-double-slash"),
        pytest.param("renew_path", "/ht/../renew", PATH_SEGMENTS, id="renew-dot-dot"),
        pytest.param("renew_path", "/ht/./renew", PATH_SEGMENTS, id="renew-dot"),
        pytest.param("renew_path", 1, "write it as text", id="renew-as-number"),
        *(
            pytest.param(
                "site_distribution_id",
                value,
                f"{named!r} is no distribution id; the CloudFront console shows it in the column "
                "ID, an E with capital letters and digits",
                id=f"distribution-{value}",
            )
            for value, named in (
                ("d111111abcdef8.cloudfront.net", "d111111abcdef8.cloudfront.net"),
                ("E123;E456", "E123;E456"),
                ("E123,www.example.com", "www.example.com"),
                (["e123"], "e123"),
            )
        ),
        pytest.param("site_distribution_id", 123, "write it as text", id="distribution-as-number"),
        pytest.param("clear_path", "ht/clear", PATH_SLASH, id="clear-without-slash"),
        pytest.param("clear_path", "/ht/*", PATH_CHARACTERS, id="clear-wildcard"),
        pytest.param(
            "clear_path",
            "/ht/renew",
            "it equals `renew_path`; choose another",
            id="clear-equals-renew",
        ),
        *(
            pytest.param("hosted_zone_id", value, ZONE_ID, id=f"zone-{value}")
            for value in (
                "/hostedzone/Z1D633PJN98FT9",
                "z1d633pjn98ft9",
                "E2QWRUHAPOMQZL",
                "example.com",
                "Z",
                "Z" + "1" * 32,
            )
        ),
        pytest.param("hosted_zone_id", 1, "write it as text", id="zone-as-number"),
        pytest.param(
            "alarm_topic_arn",
            TOPIC.replace("us-east-1", "eu-west-1"),
            "this one is in 'eu-west-1' and CloudFront's metrics are in us-east-1 alone; create a "
            "topic there and pass its ARN",
            id="topic-in-another-region",
        ),
        *(
            pytest.param("alarm_topic_arn", value, COPY_TOPIC, id=f"topic-{value}")
            for value in (
                "on-call",
                f"{TOPIC}.fifo",
                f"{TOPIC}:8a21d249-4329-4871-acc6-7be709c6ea7f",
                TOPIC.replace("111122223333", "1111"),
                TOPIC.replace("sns", "sqs"),
            )
        ),
        pytest.param("alarm_topic_arn", [TOPIC], "write it as text", id="topic-as-list"),
        *(
            pytest.param("forward_cookies", value, "write true or false", id=f"cookies-{value!r}")
            for value in ("no", "0", "", 0, 1, ["true"])
        ),
        *(
            pytest.param(
                "events_host_header", value, "write viewer or origin", id=f"host-{value!r}"
            )
            for value in ("us-east-1.hightouch-events.com", "Origin", "")
        ),
        pytest.param("events_host_header", True, "write it as text", id="host-as-boolean"),
        pytest.param("name", "ssm-shop", NAME_KEPT, id="name-ssm"),
        pytest.param("name", "AWSShop", NAME_KEPT, id="name-aws"),
        pytest.param("name", "2nd", NAME_LETTERS, id="name-begins-with-digit"),
        pytest.param("name", "my_shop", NAME_LETTERS, id="name-underscore"),
        pytest.param("name", "Lädchen", NAME_LETTERS, id="name-not-ascii"),
        pytest.param("name", "", NAME_LETTERS, id="name-empty"),
        pytest.param("name", "a" * 41, NAME_LETTERS, id="name-too-long"),
    ],
)
def test_bad_value_is_refused_with_how_to_mend_it(key: str, value: object, mend: str) -> None:
    """One bad value makes one problem: key, what came, what is expected, how to mend it."""
    error = refuse(**{key: value})
    assert [str(problem) for problem in error.problems] == [
        f"  {key}: got {value!r}\n    expected  {EXPECTED[key]}\n    to mend   {mend}"
    ]


def test_restore_after_the_cookies_are_gone_is_refused() -> None:
    """With 24 hours and cookies of one day nothing would ever be restored."""
    error = refuse(restore_after_hours=24, cookie_max_age_days="1")
    assert [str(problem) for problem in error.problems] == [
        "  restore_after_hours: got 24\n"
        f"    expected  {EXPECTED['restore_after_hours']}\n"
        "    to mend   the cookies themselves live 24 hours, so none would ever be restored; "
        "raise `cookie_max_age_days`"
    ]


def test_one_zone_for_proxies_on_two_sites_is_refused() -> None:
    """No zone holds both names, and the deployment would fail after minutes."""
    error = refuse(hosted_zone_id="Z1D633PJN98FT9", events_domain="events.example.net")
    assert [str(problem) for problem in error.problems] == [
        "  hosted_zone_id: got 'Z1D633PJN98FT9'\n"
        f"    expected  {EXPECTED['hosted_zone_id']}\n"
        "    to mend   the proxies are on 'example.com' and 'example.net', which no one zone "
        "holds; leave it out and make the records yourself"
    ]


def test_cookie_domain_is_held_against_the_given_domain() -> None:
    """The mend names this site's own registrable domain."""
    error = refuse(domain="shop.example.co.uk", cookie_domain="other.co.uk")
    assert error.problems[0].mend == (
        "browsers refuse it on 'shop.example.co.uk'; leave it out for the usual 'example.co.uk'"
    )


@pytest.mark.parametrize(
    ("key", "mend"),
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
        ("colour", "leave it out"),
    ],
)
def test_unknown_key_is_refused_with_the_nearest_known_one(key: str, mend: str) -> None:
    """A typo never becomes a default."""
    assert (
        f"\n  {key}: got 'x' for a key that does not exist\n"
        f"    expected  one of {EVERY_KEY}\n"
        f"    to mend   {mend}\n"
    ) in str(refuse(**{key: "x"}))


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


def test_all_problems_come_at_once() -> None:
    """One run shows everything there is to mend, and counts it."""
    error = refuse(**BADLY_WRONG)
    assert sorted(problem.key for problem in error.problems) == sorted(BADLY_WRONG)
    assert str(error).startswith("The context has 8 problems, nothing was written:\n")


def test_bad_domain_is_not_blamed_on_what_follows_from_it() -> None:
    """The three defaults that are made from a domain make no problems of their own."""
    assert [problem.key for problem in refuse(domain="co.uk").problems] == ["domain"]


def test_conflicts_are_found_beside_bad_values() -> None:
    """What two good values do to each other does not wait for the others to be mended."""
    error = refuse(name="2nd", clear_path="/ht/renew")
    assert sorted(problem.key for problem in error.problems) == ["clear_path", "name"]


def test_badly_wrong_context_fits_one_screen() -> None:
    """Eight problems are read without scrolling a terminal of 100 columns and 40 rows."""
    rows = [
        row
        for line in str(refuse(**BADLY_WRONG)).splitlines()
        for row in textwrap.wrap(line, 100, subsequent_indent="") or [""]
    ]
    assert len(rows) <= 40


@pytest.mark.parametrize("word", ["Traceback", "ValueError", "IDNAError", "stacks.", "<", ".py"])
def test_refusal_speaks_of_the_context_alone(word: str) -> None:
    """Nothing of the program itself shows in what a person reads."""
    assert word not in str(refuse(**BADLY_WRONG | {"events_domain": "\u202e.com"}))


# What is allowed, with a warning


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"domain": "shop.example.com"},
        {"domain": "www.co.uk"},
        {"domain": "wwwshop.example.com"},
        {"sdk_domain": "a.b.example.com", "events_domain": "e.example.com"},
        {"domain": "shop.example.com", "cookie_domain": "example.com"},
    ],
    ids=["example", "subdomain", "www-is-the-site", "www-as-letters", "own-names", "usual-cookies"],
)
def test_usual_context_has_no_warning(context: dict[str, object]) -> None:
    """A warning that everybody sees is one that nobody reads."""
    assert parse(**context).warnings() == {}


def test_www_with_proxies_of_the_site_is_fine() -> None:
    """Their names are then covered as those of the site without www."""
    config = parse(
        domain="www.example.com", sdk_domain="cdn.example.com", events_domain="events.example.com"
    )
    assert config.warnings() == {}


def test_www_warns_and_proposes_the_name_without_it() -> None:
    """`www.` is what people paste, and rarely what the certificate covers."""
    assert parse(domain="www.example.com").warnings() == {
        "www": (
            "domain is 'www.example.com', so the proxies are 'cdn.www.example.com' and "
            "'events.www.example.com', which certificates rarely cover; pass domain=example.com, "
            "whose cookies reach www.example.com too"
        )
    }


@pytest.mark.parametrize("key", ["sdk_domain", "events_domain"])
def test_proxy_outside_the_site_warns(key: str) -> None:
    """A proxy on another registrable domain is a third party again."""
    assert parse(domain="shop.example.co.uk", **{key: "x.example.net"}).warnings() == {
        key: (
            f"{key} is 'x.example.net', which is outside 'example.co.uk': browsers and blockers "
            "take it for a third party"
        )
    }


def test_narrower_cookie_domain_warns() -> None:
    """The SDK has to be told, or its `reset()` misses the restored cookies."""
    config = parse(domain="shop.example.com", cookie_domain="shop.example.com")
    assert config.warnings() == {
        "cookie_domain": (
            "cookie_domain is 'shop.example.com', the SDK by itself uses 'example.com': keep the "
            "`cookie` option of the client snippet, or logouts stop working"
        )
    }


def test_warnings_come_together() -> None:
    """One warning does not hide another."""
    config = parse(
        domain="www.example.com",
        sdk_domain="cdn.example.net",
        cookie_domain="www.example.com",
    )
    assert set(config.warnings()) == {"www", "sdk_domain", "cookie_domain"}
