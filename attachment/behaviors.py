"""Read a distribution's behaviors from its configuration. Pure.

The configuration is the XML document of CloudFront's API.
https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionConfig.html
"""

import re
from collections.abc import Iterator
from xml.parsers.expat import ExpatError

from attachment.finding import Finding, RefusalError
from attachment.xml_document import Element, parse

#: The console's name of the default behavior.
DEFAULT_BEHAVIOR = "Default (*)"

_ASSOCIATIONS = ("LambdaFunctionAssociations", "Items", "LambdaFunctionAssociation")


def read_configuration(document: bytes) -> Element:
    """Return the root of CloudFront's XML document.

    Raises RefusalError for a document that CloudFront would not return.
    """
    unknown = RefusalError(
        Finding(
            "unknown-document",
            "CloudFront returned a configuration of an unknown form, so nothing was changed",
            "check that this machine reaches AWS itself and not a proxy's page, then try again",
        )
    )
    try:
        configuration = parse(document)
    except ExpatError as error:
        raise unknown from error
    behaviors = configuration.find("CacheBehaviors")
    is_counted = behaviors is None or not behaviors.children or behaviors.find("Quantity")
    if not document[configuration.start :].startswith(b"<DistributionConfig") or not is_counted:
        raise unknown
    return configuration


def behaviors_of(configuration: Element) -> list[Element]:
    """Return the listed behaviors, in the order in which CloudFront tries them."""
    return list(configuration.find_all("CacheBehaviors", "Items", "CacheBehavior"))


def all_behaviors_of(configuration: Element) -> list[Element]:
    """Return the listed behaviors, then the default behavior, which CloudFront tries last."""
    return [*behaviors_of(configuration), *configuration.find_all("DefaultCacheBehavior")]


def path_pattern(behavior: Element) -> str:
    """Return the path pattern of a listed behavior, with its leading slash."""
    return with_slash(behavior.value("PathPattern"))


def with_slash(pattern: str) -> str:
    """Return a path pattern with its leading slash, which CloudFront does not require."""
    return "/" + pattern.removeprefix("/")


def display_name(behavior: Element) -> str:
    """Return the path pattern verbatim, or the console's name of the default behavior."""
    return behavior.value("PathPattern") or DEFAULT_BEHAVIOR


def functions_of(behavior: Element) -> Iterator[tuple[str, str]]:
    """Yield the event type and ARN of each function of Lambda@Edge or CloudFront Functions."""
    for kind, arn in (
        ("LambdaFunctionAssociation", "LambdaFunctionARN"),
        ("FunctionAssociation", "FunctionARN"),
    ):
        for association in behavior.find_all(f"{kind}s", "Items", kind):
            yield association.value("EventType"), association.value(arn)


def viewer_request_function(behavior: Element) -> Element | None:
    """Return the element with the ARN of the Lambda function for viewer requests."""
    for association in behavior.find_all(*_ASSOCIATIONS):
        if association.value("EventType") == "viewer-request":
            return association.find("LambdaFunctionARN")
    return None


def unqualified(function_arn: str) -> str:
    """Return the function's ARN without the number of a version."""
    return ":".join(function_arn.split(":")[:7])


def default_origin(configuration: Element) -> str:
    """Return the ID of the default behavior's origin, or of the first member of its origin group.

    It is for the cookie service's behaviors. They never send a request to their origin, but
    CloudFront does not allow POST on a behavior with an origin group.
    """
    target = configuration.value("DefaultCacheBehavior", "TargetOriginId")
    for group in configuration.find_all("OriginGroups", "Items", "OriginGroup"):
        if group.value("Id") == target:
            return group.value("Members", "Items", "OriginGroupMember", "OriginId")
    return target


def alternate_domain_names(configuration: Element) -> list[str]:
    """Return the distribution's alternate domain names (CNAMEs), including wildcards."""
    names = configuration.find_all("Aliases", "Items", "CNAME")
    return [name.text.strip() for name in names]


def serves(alternate_domain_name: str, domain: str) -> bool:
    """Return whether the name is `domain`, is below it, or is a wildcard that matches it."""
    name = alternate_domain_name.lower().removeprefix("*.")
    is_wildcard = name != alternate_domain_name.lower()
    if is_wildcard and domain.partition(".")[2] == name:
        return True
    return f".{name}".endswith(f".{domain}")


def matches(pattern: str, path: str) -> bool:
    """Return whether a path pattern matches a path; `*` is any characters, `?` is exactly one."""
    parts = (".*" if char == "*" else "." if char == "?" else re.escape(char) for char in pattern)
    return re.fullmatch("".join(parts), path, re.DOTALL) is not None
