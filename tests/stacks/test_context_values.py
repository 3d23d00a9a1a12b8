"""The values of single context keys: accepted values, and the fix for rejected values."""

from collections.abc import Callable

import pytest

from stacks import context_values
from stacks.domains import parse_host

CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
TOPIC = "arn:aws:sns:us-east-1:111122223333:on-call"
WEB_ACL = (
    "arn:aws:wafv2:us-east-1:111122223333:global/webacl/proxies/"
    "12345678-1234-1234-1234-123456789012"
)

Parser = Callable[[object], object]

days = context_values.integer(1, 400)
hours = context_values.integer(0, 168)
host_header = context_values.one_of("viewer", "origin")

# Accepted values


@pytest.mark.parametrize(
    ("parse", "given", "value"),
    [
        pytest.param(context_values.text, " a b\n", "a b", id="text"),
        pytest.param(context_values.host, " CDN.Example.com", "cdn.example.com", id="host"),
        pytest.param(
            context_values.host,
            "d111111abcdef8.cloudfront.net",
            "d111111abcdef8.cloudfront.net",
            id="host-that-cloudfront-assigned",
        ),
        pytest.param(context_values.own_host, " Shop.EXAMPLE.com ", "shop.example.com", id="case"),
        pytest.param(context_values.own_host, "MÜNCHEN.de", "xn--mnchen-3ya.de", id="A-label"),
        pytest.param(
            context_values.acm_certificate_arn, f" {CERTIFICATE}\n", CERTIFICATE, id="certificate"
        ),
        pytest.param(context_values.region, " EU-west-1 ", "eu-west-1", id="region"),
        pytest.param(context_values.region, "aws-eu-west-1", "eu-west-1", id="hightouchs-name"),
        pytest.param(context_values.region, "us-gov-west-1", "us-gov-west-1", id="three-words"),
        pytest.param(days, "1", 1, id="one-day"),
        pytest.param(days, "400", 400, id="400-days"),
        pytest.param(days, " 30 ", 30, id="spaces-around-a-number"),
        pytest.param(days, 30, 30, id="number"),
        pytest.param(hours, "0", 0, id="no-hours"),
        pytest.param(hours, "168", 168, id="168-hours"),
        pytest.param(context_values.path, " /a/B.c-d_e~$@:+ ", "/a/B.c-d_e~$@:+", id="path"),
        pytest.param(context_values.path, "/ht/renew/", "/ht/renew/", id="trailing-slash"),
        pytest.param(context_values.path, "/HT/clear", "/HT/clear", id="case-of-a-path"),
        pytest.param(context_values.path, "/x", "/x", id="shortest-path"),
        pytest.param(context_values.path, "/" + "a" * 254, "/" + "a" * 254, id="longest-path"),
        pytest.param(
            context_values.distribution_ids,
            " E2QWRUHAPOMQZL ",
            ("E2QWRUHAPOMQZL",),
            id="distribution",
        ),
        pytest.param(
            context_values.distribution_ids,
            "E456, E123,E456,",
            ("E456", "E123"),
            id="distributions",
        ),
        pytest.param(
            context_values.distribution_ids, ["E456", " E123"], ("E456", "E123"), id="list"
        ),
        pytest.param(
            context_values.distribution_ids,
            '["E456", "E123"]',
            ("E456", "E123"),
            id="JSON-list-as-text",
        ),
        pytest.param(context_values.distribution_ids, " none ", (), id="no-distribution"),
        pytest.param(context_values.distribution_ids, ["none"], (), id="no-distribution-in-a-list"),
        pytest.param(
            context_values.hosted_zone_id, " Z1D633PJN98FT9 ", "Z1D633PJN98FT9", id="zone"
        ),
        pytest.param(context_values.hosted_zone_id, "", "", id="no-zone"),
        pytest.param(context_values.web_acl_arn, f" {WEB_ACL}\n", WEB_ACL, id="web-acl"),
        pytest.param(context_values.web_acl_arn, "", "", id="no-web-acl"),
        pytest.param(context_values.sns_topic_arn, f" {TOPIC}\n", TOPIC, id="topic"),
        pytest.param(context_values.sns_topic_arn, "", "", id="no-topic"),
        *(
            pytest.param(context_values.boolean, given, value, id=f"boolean-{given!r}")
            for given, value in (
                ("true", True),
                ("True", True),
                (" TRUE ", True),
                (True, True),
                ("false", False),
                ("False", False),
                (" FALSE ", False),
                (False, False),
            )
        ),
        pytest.param(host_header, " origin ", "origin", id="choice"),
        pytest.param(context_values.name, " Shop-2 ", "Shop-2", id="name"),
        pytest.param(context_values.name, "a" * 80, "a" * 80, id="longest-name"),
    ],
)
def test_parser_returns_the_normalized_value(parse: Parser, given: object, value: object) -> None:
    """Spaces around a value and upper case in a host are accepted."""
    assert parse(given) == value


# Rejected values

TEXT = "write it as text"
PUBLIC_SUFFIX = "browsers reject cookies on a public suffix; write your own domain"
ASSIGNED_NAME = "CloudFront assigned this name; write the name that visitors use"
CERTIFICATE_ELSEWHERE = (
    "the certificate is in 'eu-west-1', and CloudFront accepts certificates only from us-east-1; "
    "request or import it there and pass its ARN"
)
IAM_CERTIFICATE = "it is an IAM server certificate; import it into ACM in us-east-1"
COPY_CERTIFICATE = f"copy it from the ACM console: {CERTIFICATE}"
WHOLE_NUMBER = "write a whole number from {} to {}, without a unit"
PATH_SLASH = "begin it with a slash; it is a path on the site's own host, not a URL"
PATH_CHARACTERS = (
    "use 2 to 255 letters, digits, and any of / - _ . ~ $ @ : +  (no wildcard, no query)"
)
PATH_SEGMENTS = "leave out empty and dot segments, because browsers rewrite them"
DISTRIBUTION_ID = (
    "{!r} is not a distribution ID; copy it from the ID column of the CloudFront console: an E "
    "followed by capital letters and digits"
)
NO_DISTRIBUTION = "write `none` to detach, or leave the key out to change no attachment"
ZONE_ID = (
    "copy the zone's ID from the Route 53 console: a Z followed by capital letters and digits, "
    "without /hostedzone/"
)
TOPIC_ELSEWHERE = (
    "the topic is in 'eu-west-1', and CloudFront's metrics are only in us-east-1; create a topic "
    "there and pass its ARN"
)
REGIONAL_WEB_ACL = (
    "it is a regional web ACL, and CloudFront accepts only global ones; create it in us-east-1 "
    "with the scope CLOUDFRONT and pass its ARN"
)
COPY_WEB_ACL = f"copy it from the AWS WAF console, Global (CloudFront): {WEB_ACL}"
COPY_TOPIC = f"copy a standard topic's ARN from the SNS console: {TOPIC}"
BOOLEAN = "write true or false"
VERSION = "write v1-latest, or all three numbers of a version, such as 1.5.8"
REGION = "copy it from the Hightouch workspace, such as eu-west-1"
CHOICE = "write viewer or origin"
NAME_LETTERS = "begin with a letter, then use letters, digits, and hyphens; at most 80 characters"
NAME_RESERVED = (
    "Systems Manager rejects parameter names that begin with aws or ssm; choose another name"
)


@pytest.mark.parametrize(
    ("parse", "value", "fix"),
    [
        *(
            pytest.param(parse, value, TEXT, id=f"not-text-{value!r}")
            for parse, value in (
                (context_values.own_host, 5),
                (context_values.own_host, ["example.com"]),
                (context_values.acm_certificate_arn, {"arn": 1}),
                (context_values.path, 1),
                (context_values.distribution_ids, 123),
                (context_values.distribution_ids, [123]),
                (context_values.hosted_zone_id, 2),
                (context_values.sns_topic_arn, [TOPIC]),
                (host_header, True),
                (context_values.name, None),
            )
        ),
        *(
            pytest.param(context_values.own_host, value, PUBLIC_SUFFIX, id=f"suffix-{value}")
            for value in ("co.uk", "公司.cn", "cloudfront.net")
        ),
        pytest.param(
            context_values.own_host,
            "d111111abcdef8.cloudfront.net",
            ASSIGNED_NAME,
            id="name-that-cloudfront-assigned",
        ),
        pytest.param(
            context_values.acm_certificate_arn,
            CERTIFICATE.replace("us-east-1", "eu-west-1"),
            CERTIFICATE_ELSEWHERE,
            id="certificate-in-another-region",
        ),
        pytest.param(
            context_values.acm_certificate_arn,
            "arn:aws:iam::111122223333:server-certificate/example",
            IAM_CERTIFICATE,
            id="certificate-in-iam",
        ),
        *(
            pytest.param(
                context_values.acm_certificate_arn,
                value,
                COPY_CERTIFICATE,
                id=f"certificate-{name}",
            )
            for name, value in (
                ("id", "12345678-1234"),
                ("empty", ""),
                ("with-tail", f"{CERTIFICATE}/x"),
                ("with-short-account", CERTIFICATE.replace("111122223333", "1111")),
                ("in-china", CERTIFICATE.replace("arn:aws:", "arn:aws-cn:")),
            )
        ),
        *(
            pytest.param(days, value, WHOLE_NUMBER.format(1, 400), id=f"days-{value!r}")
            for value in ("0", "401", "-1", "30 days", "30.5", "0x1e", "٣٠", "", 0, 401, 30.5, True)
        ),
        *(
            pytest.param(hours, value, WHOLE_NUMBER.format(0, 168), id=f"hours-{value!r}")
            for value in ("-1", "169", "23h", "1e1", -1, 169, False)
        ),
        *(
            pytest.param(context_values.path, value, PATH_SLASH, id=f"path-{value}")
            for value in ("ht/renew", "ht/clear", "https://example.com/r")
        ),
        *(
            pytest.param(context_values.path, value, PATH_CHARACTERS, id=f"path-{name}")
            for name, value in (
                ("root", "/"),
                ("wildcard", "/ht/*"),
                ("query", "/ht/rene?"),
                ("fragment", "/ht/renew#a"),
                ("percent", "/ht/%72enew"),
                ("not-ascii", "/ht/é"),
                ("space-inside", "/ht re"),
                ("too-long", "/" + "a" * 255),
            )
        ),
        *(
            pytest.param(context_values.path, value, PATH_SEGMENTS, id=f"path-{value}")
            for value in ("//ht/renew", "/ht/../renew", "/ht/./renew")
        ),
        *(
            pytest.param(
                context_values.distribution_ids,
                value,
                NO_DISTRIBUTION,
                id=f"no-distribution-{value!r}",
            )
            for value in ("", " ", ",", [], "[]", [" "])
        ),
        *(
            pytest.param(
                context_values.distribution_ids,
                value,
                DISTRIBUTION_ID.format(named),
                id=f"distribution-{value}",
            )
            for value, named in (
                ("d111111abcdef8.cloudfront.net", "d111111abcdef8.cloudfront.net"),
                ("E123;E456", "E123;E456"),
                ("E123,www.example.com", "www.example.com"),
                ("E123,none", "none"),
                ("None", "None"),
                (["e123"], "e123"),
            )
        ),
        *(
            pytest.param(context_values.hosted_zone_id, value, ZONE_ID, id=f"zone-{value}")
            for value in (
                "/hostedzone/Z1D633PJN98FT9",
                "z1d633pjn98ft9",
                "E2QWRUHAPOMQZL",
                "example.com",
                "Z",
                "Z" + "1" * 32,
            )
        ),
        *(
            pytest.param(context_values.web_acl_arn, value, REGIONAL_WEB_ACL, id=f"acl-{value}")
            for value in (
                WEB_ACL.replace("us-east-1", "eu-west-1").replace("global/", "regional/"),
                WEB_ACL.replace("global/", "regional/"),
            )
        ),
        pytest.param(
            context_values.web_acl_arn,
            "12345678-1234-1234-1234-123456789012",
            "it is the ID of a web ACL; pass its ARN from the AWS WAF console",
            id="acl-ID",
        ),
        *(
            pytest.param(context_values.web_acl_arn, value, COPY_WEB_ACL, id=f"acl-{value}")
            for value in (
                "proxies",
                WEB_ACL.replace("wafv2", "waf"),
                WEB_ACL.replace("111122223333", "1111"),
                WEB_ACL.replace("/webacl/", "/rulegroup/"),
                WEB_ACL.rpartition("/")[0],
            )
        ),
        pytest.param(
            context_values.sns_topic_arn,
            TOPIC.replace("us-east-1", "eu-west-1"),
            TOPIC_ELSEWHERE,
            id="topic-in-another-region",
        ),
        *(
            pytest.param(context_values.sns_topic_arn, value, COPY_TOPIC, id=f"topic-{value}")
            for value in (
                "on-call",
                f"{TOPIC}.fifo",
                f"{TOPIC}:8a21d249-4329-4871-acc6-7be709c6ea7f",
                TOPIC.replace("111122223333", "1111"),
                TOPIC.replace("sns", "sqs"),
            )
        ),
        *(
            pytest.param(context_values.boolean, value, BOOLEAN, id=f"boolean-{value!r}")
            for value in ("no", "0", "", 0, 1, ["true"])
        ),
        *(
            pytest.param(context_values.region, value, REGION, id=f"region-{value!r}")
            for value in ("", "EU", "eu", "eu-west", "eu-west-1.", "us-east-1.hightouch-events.com")
        ),
        *(
            pytest.param(context_values.sdk_version, value, VERSION, id=f"version-{value!r}")
            for value in ("", "latest", "v1.5.8", "1.5", "1.5.8-beta", "1.5.8/../x", "\uff11.5.8")
        ),
        *(
            pytest.param(host_header, value, CHOICE, id=f"choice-{value!r}")
            for value in ("us-east-1.hightouch-events.com", "Origin", "")
        ),
        *(
            pytest.param(context_values.name, value, NAME_RESERVED, id=f"name-{value}")
            for value in ("ssm-shop", "AWSShop")
        ),
        *(
            pytest.param(context_values.name, value, NAME_LETTERS, id=f"name-{name}")
            for name, value in (
                ("begins-with-digit", "2nd"),
                ("underscore", "my_shop"),
                ("not-ascii", "Lädchen"),
                ("empty", ""),
                ("too-long", "a" * 81),
            )
        ),
    ],
)
def test_parser_rejects_a_bad_value_with_the_fix(parse: Parser, value: object, fix: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is compared whole
        parse(value)
    assert str(caught.value) == fix


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("https://example.com/", id="url"),
        pytest.param("example.com:443", id="port"),
        pytest.param("*.example.com", id="wildcard"),
        pytest.param("192.0.2.1", id="IP-address"),
        pytest.param(".example.com", id="leading-dot"),
        pytest.param("\u202e.com", id="invalid-international-name"),
    ],
)
@pytest.mark.parametrize("parse", [context_values.host, context_values.own_host])
def test_host_is_rejected_with_the_reason_of_its_parser(parse: Parser, text: str) -> None:
    """`parse_host` raises the reason, and test_domains.py tests it."""
    with pytest.raises(ValueError) as reason:  # noqa: PT011 - the message is compared whole
        parse_host(text)
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is compared whole
        parse(text)
    assert str(caught.value) == f"it is {reason.value}; write the bare host name"


def test_broken_json_list_is_rejected_with_the_position() -> None:
    with pytest.raises(
        ValueError, match=r"^separate the IDs by commas; it is not valid JSON: .*char 7"
    ):
        context_values.distribution_ids('["E123"')
