"""Parse the value of one context key, which is text or a JSON value. Pure.

Each parser raises ValueError with the fix: an imperative, or a reason followed by an imperative.
"""

import json
import re
from collections.abc import Callable
from datetime import timedelta

from attachment.request import DISTRIBUTION_ID, is_path
from stacks.domains import is_within, parse_host, registrable_domain
from stacks.hightouch import LATEST_SDK


def text(value: object) -> str:
    """Return text without surrounding spaces."""
    if not isinstance(value, str):
        raise ValueError("write it as text")
    return value.strip()


def host(value: object) -> str:
    """Return a host name in lower case, as A-labels."""
    given = text(value)
    try:
        return parse_host(given)
    except ValueError as error:
        raise ValueError(f"it is {error}; write the bare host name") from error


def own_host(value: object) -> str:
    """Return a host name that can belong to the site's owner."""
    name = host(value)
    if registrable_domain(name) is None:
        raise ValueError("browsers reject cookies on a public suffix; write your own domain")
    if is_within(name, "cloudfront.net"):
        raise ValueError("CloudFront assigned this name; write the name that visitors use")
    return name


def acm_certificate_arn(value: object) -> str:
    """Return the ARN of an ACM certificate in us-east-1."""
    arn = text(value)
    match arn.split(":", 5):
        case ["arn", "aws", "acm", region, _, _] if region != "us-east-1":
            raise ValueError(
                f"the certificate is in {region!r}, and CloudFront accepts certificates only from "
                "us-east-1; request or import it there and pass its ARN"
            )
        case ["arn", "aws", "iam", *_]:
            raise ValueError("it is an IAM server certificate; import it into ACM in us-east-1")
    if not re.fullmatch(r"arn:aws:acm:us-east-1:\d{12}:certificate/[A-Za-z0-9-]+", arn):
        raise ValueError(
            "copy it from the ACM console: "
            "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
        )
    return arn


def region(value: object) -> str:
    """Return the name of a region without the prefix `aws-`, which Hightouch's docs add."""
    given = text(value).lower().removeprefix("aws-")
    if not re.fullmatch(r"[a-z]{2,3}(-[a-z]{2,12}){1,2}-[0-9]", given):
        raise ValueError("copy it from the Hightouch workspace, such as eu-west-1")
    return given


def integer(low: int, high: int) -> Callable[[object], int]:
    """Return a parser of whole numbers from `low` to `high`."""

    def parse(value: object) -> int:
        number: object = value
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value.strip()):
            number = int(value)
        if isinstance(number, bool) or not isinstance(number, int) or not low <= number <= high:
            raise ValueError(f"write a whole number from {low} to {high}, without a unit")
        return number

    return parse


def hours_or_none(low: int, high: int) -> Callable[[object], timedelta | None]:
    """Return a parser of a number of hours, which returns None for empty text."""
    parse_hours = integer(low, high)

    def parse(value: object) -> timedelta | None:
        is_empty = isinstance(value, str) and not value.strip()
        return None if is_empty else timedelta(hours=parse_hours(value))

    return parse


def path(value: object) -> str:
    """Return an absolute path that is also a path pattern without wildcards."""
    given = text(value)
    if not given.startswith("/"):
        raise ValueError("begin it with a slash; it is a path on the site's own host, not a URL")
    if "//" in given or {".", ".."} & set(given.split("/")):
        raise ValueError("leave out empty and dot segments, because browsers rewrite them")
    if not is_path(given):
        raise ValueError(
            "use 2 to 255 letters, digits, and any of / - _ . ~ $ @ : +  (no wildcard, no query)"
        )
    return given


def distribution_ids(value: object) -> tuple[str, ...]:
    """Return the distinct distribution IDs in a list or in text with commas; `none` means no ID."""
    if isinstance(value, str) and value.strip().startswith("["):
        try:
            value = json.loads(value)
        except json.JSONDecodeError as error:
            raise ValueError(
                f"separate the IDs by commas; it is not valid JSON: {error}"
            ) from error
    items = value if isinstance(value, list) else text(value).split(",")
    ids = [distribution_id for item in items if (distribution_id := text(item))]
    if ids == ["none"]:
        return ()
    if not ids:
        raise ValueError("write `none` to detach, or leave the key out to change no attachment")
    for distribution_id in ids:
        if not DISTRIBUTION_ID.fullmatch(distribution_id):
            raise ValueError(
                f"{distribution_id!r} is not a distribution ID; copy it from the ID column of the "
                "CloudFront console: an E followed by capital letters and digits"
            )
    return tuple(dict.fromkeys(ids))


def hosted_zone_id(value: object) -> str:
    """Return the ID of a Route 53 hosted zone, or empty text."""
    zone_id = text(value)
    if zone_id and not re.fullmatch(r"Z[0-9A-Z]{1,31}", zone_id):
        raise ValueError(
            "copy the zone's ID from the Route 53 console: a Z followed by capital letters and "
            "digits, without /hostedzone/"
        )
    return zone_id


def sns_topic_arn(value: object) -> str:
    """Return the ARN of an SNS topic in us-east-1, or empty text."""
    arn = text(value)
    match arn.split(":", 5):
        case ["arn", "aws", "sns", region, _, _] if region != "us-east-1":
            raise ValueError(
                f"the topic is in {region!r}, and CloudFront's metrics are only in us-east-1; "
                "create a topic there and pass its ARN"
            )
    if arn and not re.fullmatch(r"arn:aws:sns:us-east-1:\d{12}:[A-Za-z0-9_-]{1,256}", arn):
        raise ValueError(
            "copy a standard topic's ARN from the SNS console: "
            "arn:aws:sns:us-east-1:111122223333:on-call"
        )
    return arn


def web_acl_arn(value: object) -> str:
    """Return the ARN of a web ACL for CloudFront, or empty text."""
    arn = text(value)
    match arn.split(":", 5):
        case ["arn", "aws", "wafv2", region, _, resource] if (
            region != "us-east-1" or resource.startswith("regional/")
        ):
            raise ValueError(
                "it is a regional web ACL, and CloudFront accepts only global ones; create it in "
                "us-east-1 with the scope CLOUDFRONT and pass its ARN"
            )
        case [_]:
            if re.fullmatch(r"[0-9a-f-]{36}", arn):
                raise ValueError("it is the ID of a web ACL; pass its ARN from the AWS WAF console")
    name_and_id = r"global/webacl/[A-Za-z0-9_-]{1,128}/[0-9a-f-]{36}"
    if arn and not re.fullmatch(rf"arn:aws:wafv2:us-east-1:\d{{12}}:{name_and_id}", arn):
        raise ValueError(
            "copy it from the AWS WAF console, Global (CloudFront): "
            "arn:aws:wafv2:us-east-1:111122223333:global/webacl/proxies/"
            "12345678-1234-1234-1234-123456789012"
        )
    return arn


def boolean(value: object) -> bool:
    """Return a boolean, given as JSON or as the word `true` or `false`."""
    match value.strip().lower() if isinstance(value, str) else value:
        case True | "true":
            return True
        case False | "false":
            return False
    raise ValueError("write true or false")


def one_of(*choices: str) -> Callable[[object], str]:
    """Return a parser that accepts only the given words."""

    def parse(value: object) -> str:
        given = text(value)
        if given not in choices:
            raise ValueError(f"write {' or '.join(choices)}")
        return given

    return parse


def sdk_version(value: object) -> str:
    """Return the version of the SDK as Hightouch's CDN spells it in paths."""
    given = text(value)
    if given != LATEST_SDK and not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,4}){2}", given):
        raise ValueError("write v1-latest, or all three numbers of a version, such as 1.5.8")
    return given


def name(value: object) -> str:
    """Return the prefix of the names of stacks, parameters, policies, and alarms."""
    given = text(value)
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,79}", given):
        raise ValueError(
            "begin with a letter, then use letters, digits, and hyphens; at most 80 characters"
        )
    if given.lower().startswith(("aws", "ssm")):
        # https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
        raise ValueError(
            "Systems Manager rejects parameter names that begin with aws or ssm; choose another "
            "name"
        )
    return given
