"""Which behaviors a live distribution gets or loses: its configuration in, the new one out. Pure.

The configuration is the XML document of CloudFront's API. What is not ours is never read into
objects and written back: it keeps its very bytes.
https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionConfig.html
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.parsers.expat import ExpatError
from xml.sax.saxutils import escape

from .xml_document import Element, Splice, parse, splice

#: The console's name of the default behavior.
DEFAULT_BEHAVIOR = "Default (*)"

#: CloudFront's managed policy CachingDisabled.
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"

# `UpdateDistribution` wants every element, in the order of the API's model. POST is allowed only
# together with all others.
_BEHAVIOR = (
    "<CacheBehavior>"
    "<PathPattern>{path}</PathPattern>"
    "<TargetOriginId>{origin}</TargetOriginId>"
    "<TrustedSigners><Enabled>false</Enabled><Quantity>0</Quantity></TrustedSigners>"
    "<TrustedKeyGroups><Enabled>false</Enabled><Quantity>0</Quantity></TrustedKeyGroups>"
    "<ViewerProtocolPolicy>https-only</ViewerProtocolPolicy>"
    "<AllowedMethods><Quantity>7</Quantity><Items>"
    "<Method>HEAD</Method><Method>DELETE</Method><Method>POST</Method><Method>GET</Method>"
    "<Method>OPTIONS</Method><Method>PUT</Method><Method>PATCH</Method></Items>"
    "<CachedMethods><Quantity>2</Quantity><Items>"
    "<Method>HEAD</Method><Method>GET</Method></Items></CachedMethods></AllowedMethods>"
    "<SmoothStreaming>false</SmoothStreaming>"
    "<Compress>false</Compress>"
    "<LambdaFunctionAssociations><Quantity>1</Quantity><Items><LambdaFunctionAssociation>"
    "<LambdaFunctionARN>{version_arn}</LambdaFunctionARN>"
    "<EventType>viewer-request</EventType>"
    "<IncludeBody>false</IncludeBody>"
    "</LambdaFunctionAssociation></Items></LambdaFunctionAssociations>"
    "<FunctionAssociations><Quantity>0</Quantity></FunctionAssociations>"
    "<FieldLevelEncryptionId></FieldLevelEncryptionId>"
    f"<CachePolicyId>{CACHING_DISABLED}</CachePolicyId>"
    "<GrpcConfig><Enabled>false</Enabled></GrpcConfig>"
    "</CacheBehavior>"
)


_ASSOCIATIONS = ("LambdaFunctionAssociations", "Items", "LambdaFunctionAssociation")


_UNKNOWN_SHAPE = "CloudFront answered with a document of unknown shape; nothing was changed"


class RefusalError(Exception):
    """The distribution cannot be changed. The text names what stands in the way and the mend."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What the distribution shall hold: behaviors on `paths`, all with `version_arn`.

    Without `paths`: none of ours. `previous_functions` (ARNs) and `previous_paths` are those of an
    earlier deployment; with the present ones they tell which behaviors are ours.
    """

    paths: tuple[str, ...] = ()
    version_arn: str = ""
    previous_paths: tuple[str, ...] = ()
    previous_functions: tuple[str, ...] = ()

    def is_our_path(self, path: str) -> bool:
        return path in {*self.paths, *self.previous_paths}

    def is_our_function(self, arn: str) -> bool:
        ours = {unqualified(known) for known in (self.version_arn, *self.previous_functions)}
        return unqualified(arn.strip()) in ours - {""}


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """The new document, what changes in it (nothing: no call is due), and what to know about it.

    Of the `warnings`, `obstacles` are those that keep visitors from what was attached.
    """

    document: bytes
    changes: tuple[str, ...]
    warnings: tuple[str, ...]
    obstacles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Warning:
    """What to know about a distribution. `is_obstacle`: it keeps visitors from what is ours."""

    text: str
    is_obstacle: bool = False


def decide(
    document: bytes, wanted: Wanted, *, domain: str = "", tags: Mapping[str, str] | None = None
) -> Decision:
    """Return what makes the configuration `document` hold what is `wanted`, and nothing else.

    `domain` is the site's and `tags` are the distribution's; both serve the warnings alone.
    Raises RefusalError where something of somebody else's is in the way.
    """
    config = _read(document)
    if wanted.paths and config.value("Staging") == "true":
        raise RefusalError(
            "it is a staging distribution, which no visitor reaches by a name of its own; give "
            "the id of its primary distribution"
        )
    behaviors = behaviors_of(config)
    ours = [behavior for behavior in behaviors if _is_ours(behavior, wanted)]
    _refuse_foreign(behaviors, ours, wanted)

    present = [_pattern(behavior) for behavior in ours]
    missing = [path for path in wanted.paths if path not in present]
    leaving = [behavior for behavior in ours if _pattern(behavior) not in wanted.paths]
    # A changed path moves its behavior, which keeps its place and what its owner has set on it.
    moved = list(zip(leaving, missing, strict=False))
    added, removed = missing[len(moved) :], leaving[len(moved) :]

    changes, splices = [], []
    for behavior, path in moved:
        changes.append(f"move behavior {_pattern(behavior)} to {path}")
        splices.append(_set_text(behavior.find("PathPattern"), path))
    for behavior in ours:
        version = _viewer_request(behavior)
        if behavior in removed or version is None or version.text.strip() == wanted.version_arn:
            continue
        changes.append(f"set the function of {_pattern(behavior)} to {wanted.version_arn}")
        splices.append(_set_text(version, wanted.version_arn))
    changes += [f"add behavior {path} with {wanted.version_arn}" for path in added]
    changes += [f"remove behavior {_pattern(behavior)}" for behavior in removed]
    splices += _change_list(config, added, removed, wanted.version_arn)
    warnings = [
        *_function_warnings(config, ours, wanted),
        *_path_warnings(behaviors, ours, moved, wanted),
        *(_distribution_warnings(config, domain, tags or {}) if wanted.paths else ()),
    ]
    return Decision(
        document=splice(document, splices),
        changes=tuple(changes),
        warnings=tuple(warning.text for warning in warnings),
        obstacles=tuple(warning.text for warning in warnings if warning.is_obstacle),
    )


def restore(document: bytes, before: bytes, wanted: Wanted) -> bytes:
    """Return `document` with what `before` held of ours: the undo of `wanted`.

    What somebody else changed meanwhile, on what is not ours, stays. Where nobody did, the result
    is `before` itself. Where it was the list of behaviors, ours come first in it, all with the
    version that the first of them had.
    """
    now, then = _read(document), _read(before)
    if _others_in_list(document, now, wanted) == _others_in_list(before, then, wanted):
        (start, end), (then_start, then_end) = _list_span(now), _list_span(then)
        return document[:start] + before[then_start:then_end] + document[end:]
    ours = [one for one in behaviors_of(then) if _is_ours(one, wanted)]
    versions = [
        version.text.strip() for version in map(_viewer_request, ours) if version is not None
    ]
    held = Wanted(
        paths=tuple(_pattern(behavior) for behavior in ours),
        version_arn=versions[0] if versions else "",
        previous_paths=(*wanted.paths, *wanted.previous_paths),
        previous_functions=(wanted.version_arn, *wanted.previous_functions),
    )
    return decide(document, held).document


def _list_span(config: Element) -> tuple[int, int]:
    """Return the bytes at which the list of behaviors lies, or would."""
    if container := config.find("CacheBehaviors"):
        return container.start, container.end
    default = config.find("DefaultCacheBehavior")
    assert default is not None
    return default.end, default.end


def _others_in_list(document: bytes, config: Element, wanted: Wanted) -> list[bytes]:
    """Return what stands in the list of behaviors that is not ours, less its number."""
    others = [one for one in behaviors_of(config) if not _is_ours(one, wanted)]
    if container := config.find("CacheBehaviors"):
        others += [one for one in container.children if one.tag not in {"Quantity", "Items"}]
    return [document[other.start : other.end] for other in others]


def _read(document: bytes) -> Element:
    """Return the document's root. Raises RefusalError for what CloudFront has never answered."""
    try:
        config = parse(document)
    except ExpatError as error:
        raise RefusalError(_UNKNOWN_SHAPE) from error
    container = config.find("CacheBehaviors")
    is_counted = container is None or not container.children or container.find("Quantity")
    if not document[config.start :].startswith(b"<DistributionConfig") or not is_counted:
        raise RefusalError(_UNKNOWN_SHAPE)
    return config


def behaviors_of(config: Element) -> list[Element]:
    """Return the listed behaviors, in the order in which CloudFront tries them."""
    return list(config.find_all("CacheBehaviors", "Items", "CacheBehavior"))


def missing_name(config: Element, domain: str) -> str:
    """Return that no alternate domain name is `domain` or below, in words; empty where one is."""
    aliases = [alias.text.strip() for alias in config.find_all("Aliases", "Items", "CNAME")]
    if any(_covers(alias, domain) for alias in aliases):
        return ""
    names = ", ".join(aliases) or "none"
    return f"no alternate domain name of it is {domain} or below (it has: {names})"


def functions_of(behavior: Element) -> Iterator[tuple[str, str]]:
    """Yield event type and ARN of each function, of Lambda@Edge or of CloudFront."""
    for kind, arn in (
        ("LambdaFunctionAssociation", "LambdaFunctionARN"),
        ("FunctionAssociation", "FunctionARN"),
    ):
        for association in behavior.find_all(f"{kind}s", "Items", kind):
            yield association.value("EventType"), association.value(arn)


def name_of(behavior: Element) -> str:
    """Return the path pattern as it is written, or the console's name of the default behavior."""
    return behavior.value("PathPattern") or DEFAULT_BEHAVIOR


def unqualified(function_arn: str) -> str:
    """Return the ARN of the function that a version's ARN names."""
    return ":".join(function_arn.split(":")[:7])


def _pattern(behavior: Element) -> str:
    """Return the path pattern; CloudFront takes it with or without its leading slash."""
    return "/" + behavior.value("PathPattern").removeprefix("/")


def _viewer_request(behavior: Element) -> Element | None:
    """Return the element with the ARN of the Lambda function at viewer-request."""
    for association in behavior.find_all(*_ASSOCIATIONS):
        if association.value("EventType") == "viewer-request":
            return association.find("LambdaFunctionARN")
    return None


def _is_ours(behavior: Element, wanted: Wanted) -> bool:
    version = _viewer_request(behavior)
    return (
        version is not None
        and wanted.is_our_function(version.text)
        and wanted.is_our_path(_pattern(behavior))
    )


def _refuse_foreign(behaviors: list[Element], ours: list[Element], wanted: Wanted) -> None:
    for behavior in behaviors:
        if behavior not in ours and _pattern(behavior) in wanted.paths:
            functions = [arn for _, arn in functions_of(behavior)]
            does = f"runs {', '.join(functions)}" if functions else "runs no function"
            raise RefusalError(
                f"behavior {behavior.value('PathPattern')!r} is there already and not ours: "
                f"it goes to origin {behavior.value('TargetOriginId')!r} and {does}; do not "
                "remove it, because pages may use it, but choose other paths with the context keys "
                "renew_path and clear_path"
            )


def _set_text(element: Element | None, text: str) -> Splice:
    assert element is not None
    return Splice(
        start=element.inner_start, end=element.inner_end, replacement=escape(text).encode()
    )


def _change_list(
    config: Element, added: list[str], removed: list[Element], version_arn: str
) -> Iterator[Splice]:
    """Yield the splices that put behaviors first into the list and take others out of it."""
    if not added and not removed:
        return
    new = "".join(
        _BEHAVIOR.format(
            path=escape(path),
            origin=escape(default_origin(config)),
            version_arn=escape(version_arn),
        )
        for path in added
    ).encode()
    behaviors = behaviors_of(config)
    quantity = config.find("CacheBehaviors", "Quantity")
    items = config.find("CacheBehaviors", "Items")
    count = len(behaviors) - len(removed) + len(added)
    if quantity is None:  # no list, or one without a word in it
        start, end = _list_span(config)
        whole = f"<CacheBehaviors><Quantity>{count}</Quantity><Items>".encode() + new
        yield Splice(start=start, end=end, replacement=whole + b"</Items></CacheBehaviors>")
        return
    yield _set_text(quantity, str(count))
    if items is None:
        whole = b"<Items>" + new + b"</Items>"
        yield Splice(start=quantity.end, end=quantity.end, replacement=whole)
    elif not items.children:
        whole = b"<Items>" + new + b"</Items>"
        yield Splice(start=items.start, end=items.end, replacement=whole)
    elif len(items.children) == len(removed):
        # CloudFront writes an empty list without `Items`.
        yield Splice(start=items.start, end=items.end, replacement=b"")
    else:
        first = items.children[0].start
        yield Splice(start=first, end=first, replacement=new)
        for behavior in removed:
            yield Splice(start=behavior.start, end=behavior.end, replacement=b"")


def default_origin(config: Element) -> str:
    """Return the default behavior's origin, the first member where that is an origin group.

    The origin is never asked; but POST is not allowed on a behavior with an origin group.
    """
    target = config.value("DefaultCacheBehavior", "TargetOriginId")
    for group in config.find_all("OriginGroups", "Items", "OriginGroup"):
        if group.value("Id") == target:
            return group.value("Members", "Items", "OriginGroupMember", "OriginId")
    return target


def _function_warnings(config: Element, ours: list[Element], wanted: Wanted) -> Iterator[_Warning]:
    for behavior in [*config.find_all("DefaultCacheBehavior"), *behaviors_of(config)]:
        if behavior not in ours and any(
            wanted.is_our_function(arn) for _, arn in functions_of(behavior)
        ):
            yield _Warning(
                f"behavior {name_of(behavior)} runs our function too, which we did not wire; "
                "it is left alone"
            )


def _path_warnings(
    behaviors: list[Element], ours: list[Element], moved: list[tuple[Element, str]], wanted: Wanted
) -> Iterator[_Warning]:
    present = {_pattern(behavior): behaviors.index(behavior) for behavior in ours}
    places = present | {path: behaviors.index(behavior) for behavior, path in moved}
    for path in wanted.paths:
        answering = (
            (place, behavior.value("PathPattern"))
            for place, behavior in enumerate(behaviors)
            if behavior not in ours and _matches(_pattern(behavior), path)
        )
        for place, pattern in answering:
            if place < places.get(path, 0):
                yield _Warning(
                    f"behavior {pattern} stands before ours and answers {path}; move ours first",
                    is_obstacle=True,
                )
            elif path not in present:
                yield _Warning(f"behavior {pattern} answered {path} until now")
            break


def _distribution_warnings(
    config: Element, domain: str, tags: Mapping[str, str]
) -> Iterator[_Warning]:
    if domain and (missing := missing_name(config, domain)):
        yield _Warning(missing, is_obstacle=True)
    if config.value("Enabled") == "false":
        yield _Warning("it is disabled, so nothing answers there", is_obstacle=True)
    if policy := config.value("ContinuousDeploymentPolicyId"):
        yield _Warning(
            f"continuous deployment policy {policy} sends some visitors to a staging distribution, "
            "which does not get the cookie service"
        )
    for response in config.find_all("CustomErrorResponses", "Items", "CustomErrorResponse"):
        code = response.value("ErrorCode")
        if code in ("403", "405") and response.value("ResponsePagePath"):
            yield _Warning(
                f"its custom error response for {code} replaces the cookie service's own {code}"
            )
    if stack := tags.get("aws:cloudformation:stack-name"):
        yield _Warning(
            f"it belongs to the CloudFormation stack {stack}, whose next change to it removes our "
            "behaviors"
        )


def _matches(pattern: str, path: str) -> bool:
    """Whether a path pattern matches: `*` is any characters, `?` is one, case counts."""
    parts = (".*" if char == "*" else "." if char == "?" else re.escape(char) for char in pattern)
    return re.fullmatch("".join(parts), path, re.DOTALL) is not None


def _covers(alias: str, domain: str) -> bool:
    """Whether the alternate domain name is `domain`, below it, or a wildcard for it."""
    name = alias.lower().removeprefix("*.")
    if name != alias.lower():
        return domain.partition(".")[2] == name or f".{name}".endswith(f".{domain}")
    return f".{name}".endswith(f".{domain}")
