"""Decide which behaviors a distribution gets or loses, and return its new configuration. Pure.

The configuration is the XML document of CloudFront's API. Other settings are never parsed into
objects and written back, so not a byte of them changes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from attachment.behaviors import (
    alternate_domain_names,
    behaviors_of,
    default_origin,
    display_name,
    functions_of,
    matches,
    path_pattern,
    read_configuration,
    serves,
    unqualified,
    viewer_request_function,
)
from attachment.finding import Finding, RefusalError
from attachment.xml_document import Element, Splice, splice

#: CloudFront's managed policy CachingDisabled.
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"

# `UpdateDistribution` requires every element, in the order of the API's model. CloudFront allows
# POST only together with all other methods.
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """The cookie service's behaviors that a distribution must have, one on each of `paths`.

    Each runs the version `version_arn`, or the one that `versions` has for its path. If `paths` is
    empty, the distribution must have none. `previous_functions` (ARNs) and `previous_paths` are
    those of an earlier deployment. Together with the present ones, they tell which behaviors belong
    to the cookie service.
    """

    paths: tuple[str, ...] = ()
    version_arn: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    previous_paths: tuple[str, ...] = ()
    previous_functions: tuple[str, ...] = ()

    def is_own_path(self, path: str) -> bool:
        """Return whether the path is one of the cookie service's, present or previous."""
        return path in {*self.paths, *self.previous_paths}

    def is_own_function(self, arn: str) -> bool:
        """Return whether the ARN is that of any version of the cookie service's function."""
        own = {unqualified(known) for known in (self.version_arn, *self.previous_functions)}
        return unqualified(arn.strip()) in own - {""}

    def version_for(self, path: str) -> str:
        """Return the ARN of the version that the behavior on the path must run."""
        return self.versions.get(path, self.version_arn)


@dataclass(frozen=True, slots=True)
class DistributionWarning(Finding):
    """A warning about a distribution that can be changed.

    If `is_obstacle` is true, the problem keeps visitors from the attached behaviors.
    """

    is_obstacle: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """The new document, a description of each change, and the warnings about the distribution.

    If there are no changes, the document is the present one.
    """

    document: bytes
    changes: tuple[str, ...]
    warnings: tuple[DistributionWarning, ...]


def decide(document: bytes, wanted: Wanted, *, domain: str = "") -> Decision:
    """Return the decision that gives the configuration `document` exactly the `wanted` behaviors.

    `domain` is the site's, and is used only for the warnings. Raises RefusalError if another
    behavior already has a wanted path, or if this kind of distribution cannot have the behaviors.
    """
    config = read_configuration(document)
    if wanted.paths:
        _refuse_kind(config)
    behaviors = behaviors_of(config)
    own = own_behaviors(config, wanted)
    _refuse_foreign(behaviors, own, wanted)

    present = [path_pattern(behavior) for behavior in own]
    missing = [path for path in wanted.paths if path not in present]
    leaving = [behavior for behavior in own if path_pattern(behavior) not in wanted.paths]
    # A changed path moves its behavior, which keeps its place and the settings that the site's
    # owner changed. The order of the paths decides, not that of the list, so that renew and clear
    # are never exchanged.
    leaving.sort(key=lambda behavior: wanted.previous_paths.index(path_pattern(behavior)))
    moved = list(zip(leaving, missing, strict=False))
    added, removed = missing[len(moved) :], leaving[len(moved) :]

    changes, splices = [], []
    for behavior, path in moved:
        changes.append(f"move behavior {path_pattern(behavior)} to {path}")
        splices.append(_set_text(behavior.find("PathPattern"), path))
    paths = {path_pattern(behavior): path_pattern(behavior) for behavior in own}
    paths |= {path_pattern(behavior): path for behavior, path in moved}
    for behavior in own:
        version = viewer_request_function(behavior)
        wanted_version = wanted.version_for(paths[path_pattern(behavior)])
        if behavior in removed or version is None or version.text.strip() == wanted_version:
            continue
        changes.append(f"set the function of {path_pattern(behavior)} to {wanted_version}")
        splices.append(_set_text(version, wanted_version))
    changes += [f"add behavior {path} with {wanted.version_for(path)}" for path in added]
    changes += [f"remove behavior {path_pattern(behavior)}" for behavior in removed]
    splices += _change_list(config, {path: wanted.version_for(path) for path in added}, removed)
    return Decision(
        document=splice(document, splices),
        changes=tuple(changes),
        warnings=(
            *_function_warnings(config, own, wanted),
            *_path_warnings(behaviors, own, moved, wanted),
            *(_distribution_warnings(config, domain) if wanted.paths else ()),
        ),
    )


def _list_span(config: Element) -> tuple[int, int]:
    """Return the start and end of the list of behaviors, or its place if there is none."""
    if container := config.find("CacheBehaviors"):
        return container.start, container.end
    default = config.find("DefaultCacheBehavior")
    assert default is not None
    return default.end, default.end


def own_behaviors(config: Element, wanted: Wanted) -> list[Element]:
    """Return the listed behaviors that belong to the cookie service."""
    return [
        behavior
        for behavior in behaviors_of(config)
        if (version := viewer_request_function(behavior)) is not None
        and wanted.is_own_function(version.text)
        and wanted.is_own_path(path_pattern(behavior))
    ]


def _refuse_kind(config: Element) -> None:
    if config.value("Staging") == "true":
        raise RefusalError(
            Finding(
                "staging-distribution",
                "it is a staging distribution, which visitors cannot reach by a name of its own",
                "pass the ID of its primary distribution",
            )
        )
    if config.value("ConnectionMode") == "tenant-only":
        # https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CacheBehavior.html
        raise RefusalError(
            Finding(
                "tenant-only-distribution",
                "it is a multi-tenant distribution (tenant-only): its names belong to its tenants, "
                "one cookie_domain does not fit the domains of several tenants, and CloudFront "
                "rejects TrustedSigners and SmoothStreaming in its behaviors",
                "pass the ID of a standard distribution that serves the site",
            )
        )


def _refuse_foreign(behaviors: list[Element], own: list[Element], wanted: Wanted) -> None:
    for behavior in behaviors:
        if behavior not in own and path_pattern(behavior) in wanted.paths:
            functions = [arn for _, arn in functions_of(behavior)]
            does = f"runs {', '.join(functions)}" if functions else "runs no function"
            raise RefusalError(
                Finding(
                    "behavior-exists",
                    f"behavior {behavior.value('PathPattern')!r} already exists and does not "
                    "belong to this deployment: it sends requests to origin "
                    f"{behavior.value('TargetOriginId')!r} and {does}",
                    "do not remove it, because pages may use it; choose other paths with the "
                    "context keys renew_path and clear_path",
                )
            )


def _set_text(element: Element | None, text: str) -> Splice:
    assert element is not None
    return Splice(
        start=element.inner_start, end=element.inner_end, replacement=escape(text).encode()
    )


def _change_list(
    config: Element, added: Mapping[str, str], removed: list[Element]
) -> Iterator[Splice]:
    """Yield the splices that insert behaviors at the top of the list and remove others."""
    if not added and not removed:
        return
    new = "".join(
        _BEHAVIOR.format(
            path=escape(path),
            origin=escape(default_origin(config)),
            version_arn=escape(version_arn),
        )
        for path, version_arn in added.items()
    ).encode()
    behaviors = behaviors_of(config)
    quantity = config.find("CacheBehaviors", "Quantity")
    items = config.find("CacheBehaviors", "Items")
    count = len(behaviors) - len(removed) + len(added)
    if quantity is None:  # no list, or an empty element
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


def _function_warnings(
    config: Element, own: list[Element], wanted: Wanted
) -> Iterator[DistributionWarning]:
    for behavior in [*config.find_all("DefaultCacheBehavior"), *behaviors_of(config)]:
        if behavior not in own and any(
            wanted.is_own_function(arn) for _, arn in functions_of(behavior)
        ):
            yield DistributionWarning(
                "function-elsewhere",
                f"behavior {display_name(behavior)} also runs the cookie service's function; this "
                "deployment did not add it and does not change it",
            )


def _path_warnings(
    behaviors: list[Element], own: list[Element], moved: list[tuple[Element, str]], wanted: Wanted
) -> Iterator[DistributionWarning]:
    present = {path_pattern(behavior): behaviors.index(behavior) for behavior in own}
    places = present | {path: behaviors.index(behavior) for behavior, path in moved}
    for path in wanted.paths:
        answering = (
            (place, behavior.value("PathPattern"))
            for place, behavior in enumerate(behaviors)
            if behavior not in own and matches(path_pattern(behavior), path)
        )
        for place, pattern in answering:
            if place < places.get(path, 0):
                yield DistributionWarning(
                    "behavior-comes-first",
                    f"behavior {pattern} comes before the cookie service's and answers {path}",
                    "move the cookie service's behaviors to the top of the list",
                    is_obstacle=True,
                )
            elif path not in present:
                yield DistributionWarning(
                    "behavior-answered", f"behavior {pattern} answered {path} until now"
                )
            break


def _distribution_warnings(config: Element, domain: str) -> Iterator[DistributionWarning]:
    names = alternate_domain_names(config)
    if domain and not any(serves(name, domain) for name in names):
        yield without_site_name(domain, names)
    if config.value("Enabled") == "false":
        yield DistributionWarning(
            "distribution-disabled",
            "it is disabled, so it answers no requests",
            "enable it, or pass the ID of the distribution that serves the site",
            is_obstacle=True,
        )
    if policy := config.value("ContinuousDeploymentPolicyId"):
        yield DistributionWarning(
            "continuous-deployment",
            f"continuous deployment policy {policy} sends some visitors to a staging distribution, "
            "which does not get the cookie service",
        )
    for response in config.find_all("CustomErrorResponses", "Items", "CustomErrorResponse"):
        code = response.value("ErrorCode")
        if code in ("403", "405") and response.value("ResponsePagePath"):
            yield DistributionWarning(
                "error-response",
                f"its custom error response for {code} replaces the cookie service's own {code}",
            )


def without_site_name(domain: str, names: list[str]) -> DistributionWarning:
    """Return the warning about a distribution that has no name of the site `domain`."""
    return DistributionWarning(
        "no-site-name",
        f"none of its alternate domain names is {domain} or below it (it has: "
        f"{', '.join(names) or 'none'})",
        "pass the ID of the distribution that serves the site",
        is_obstacle=True,
    )
