"""The section that compares each proxy's template with Hightouch's table."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from stacks.hightouch import EVENTS_PROXY, SDK_PROXY, ManagedPolicy, ProxyTable
from tools.review.assembly import Stack
from tools.review.values import code, codes, table

#: The IDs of the two proxies' constructs. Their logical IDs begin with these.
_TABLES = {
    "SdkProxy": ("Proxying the JavaScript SDK", SDK_PROXY),
    "EventsProxy": ("Proxying events", EVENTS_PROXY),
}
_POLICIES = {
    policy.id: policy.name
    for hightouch in (SDK_PROXY, EVENTS_PROXY)
    for policy in (hightouch.cache_policy, hightouch.origin_request_policy)
}
_BEHAVIOR = "DefaultCacheBehavior"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Row:
    """A row of Hightouch's table.

    `paths` are the properties of `DistributionConfig` that set it. `documented` is their value if
    the template follows the table, or None if each user has another value. `absent` are other
    values with the same meaning as `documented`. `shown` is the table's text. `key` is the context
    key that changes the row.
    """

    title: str
    paths: tuple[str, ...]
    shown: str
    documented: Any = None
    absent: tuple[Any, ...] = ()
    key: str = ""


def _rows(hightouch: ProxyTable) -> Iterator[_Row]:
    """Yield the rows in the order of Hightouch's page."""
    yield _Row(
        title="Origin domain",
        paths=("Origins[0].DomainName",),
        shown=code(hightouch.origin_domain),
        documented=hightouch.origin_domain,
        key="hightouch_region",
    )
    yield _Row(
        title="Origin path",
        paths=("Origins[0].OriginPath",),
        shown=code(hightouch.origin_path),
        documented=hightouch.origin_path,
        absent=(None,),
    )
    yield _Row(title="Name", paths=("Name",), shown="a unique name")
    yield _Row(
        title="Enable Origin Shield",
        paths=("Origins[0].OriginShield",),
        shown="No",
        documented={"Enabled": hightouch.enable_origin_shield},
        absent=(None,),
    )
    yield _Row(
        title="Compress objects automatically",
        paths=(f"{_BEHAVIOR}.Compress",),
        shown="Yes",
        documented=hightouch.compress_objects_automatically,
    )
    yield _Row(
        title="Viewer protocol policy",
        paths=(f"{_BEHAVIOR}.ViewerProtocolPolicy",),
        shown="HTTPS only",
        documented=hightouch.viewer_protocol_policy,
    )
    yield _Row(
        title="Allowed HTTP methods",
        paths=(f"{_BEHAVIOR}.AllowedMethods",),
        shown=codes(hightouch.allowed_http_methods),
        documented=sorted(hightouch.allowed_http_methods),
    )
    yield _Row(
        title="Restrict viewer access",
        paths=(f"{_BEHAVIOR}.TrustedKeyGroups",),
        shown="No",
        documented=list(hightouch.trusted_key_groups),
        absent=(None,),
    )
    yield _policy_row("Cache policy", "CachePolicyId", hightouch.cache_policy, key="")
    yield _policy_row(
        "Origin request policy",
        "OriginRequestPolicyId",
        hightouch.origin_request_policy,
        key="forward_cookies` or `events_host_header",
    )
    yield _Row(
        title="Response headers policy",
        paths=(f"{_BEHAVIOR}.ResponseHeadersPolicyId",),
        shown="none",
        absent=(None,),
        documented="",
    )
    yield _Row(
        title="Function associations",
        paths=(f"{_BEHAVIOR}.FunctionAssociations", f"{_BEHAVIOR}.LambdaFunctionAssociations"),
        shown="none",
        documented=list(hightouch.function_associations),
        absent=(None,),
    )
    yield _Row(title="Alternate domain name", paths=("Aliases",), shown="the proxy's host name")
    yield _Row(
        title="Custom SSL certificate",
        paths=("ViewerCertificate.AcmCertificateArn",),
        shown="a certificate of that name",
    )
    yield _Row(
        title="Supported HTTP versions",
        paths=("HttpVersion",),
        shown="HTTP/2 and HTTP/3",
        documented=hightouch.supported_http_versions,
    )
    yield _Row(
        title="Default root object",
        paths=("DefaultRootObject",),
        shown=code(hightouch.default_root_object),
        documented=hightouch.default_root_object,
        absent=(None,),
    )
    yield _Row(
        title="Standard logging",
        paths=("Logging",),
        shown="Off",
        documented="",
        absent=(None,),
    )
    yield _Row(
        title="IPv6", paths=("IPV6Enabled",), shown="On", documented=hightouch.ipv6, absent=()
    )


def _policy_row(title: str, name: str, policy: ManagedPolicy, *, key: str) -> _Row:
    return _Row(
        title=title,
        paths=(f"{_BEHAVIOR}.{name}",),
        shown=f"{policy.name} {code(policy.id)}",
        documented=policy.id,
        key=key,
    )


def section(stack: Stack) -> Iterator[str]:
    """Yield the tables for the distributions of one stack."""
    for logical_id, settings in _distributions(stack):
        title, rows = _table_of(logical_id)
        yield from (f"#### {code(logical_id)}", "")
        if rows:
            yield from (f'Hightouch\'s table "{title}":', "")
            yield from table(
                ["row", "Hightouch", "template", "same"],
                ([row.title, row.shown, *_compared(row, settings)] for row in rows),
            )
        else:
            yield "Hightouch's page has no table for this distribution."
        yield ""
        yield "Every other setting of this distribution:"
        yield ""
        covered = {path for row in rows for path in row.paths}
        yield from table(
            ["setting", "template"],
            ([code(path), code(value)] for path, value in _leaves(settings, covered)),
        )
        yield ""


def attention(stack: Stack) -> Iterator[str]:
    """Yield the rows that differ, and the distributions without a table."""
    for logical_id, settings in _distributions(stack):
        _, rows = _table_of(logical_id)
        if not rows:
            yield f"- Hightouch's page has no table for the distribution {code(logical_id)}."
        for row in rows:
            if not _is_same(row, settings):
                yield f"- {code(logical_id)} differs from Hightouch's row {row.title!r}."


def _distributions(stack: Stack) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the logical ID and the settings of each distribution, including its tag `Name`."""
    for logical_id, properties in stack.of_type("AWS::CloudFront::Distribution"):
        tags = {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}
        yield logical_id, properties["DistributionConfig"] | {"Name": tags.get("Name")}


def _table_of(logical_id: str) -> tuple[str, list[_Row]]:
    """Return the title and the rows of a distribution's table, or two empty values without one."""
    for proxy, (title, hightouch) in _TABLES.items():
        if logical_id.startswith(proxy):
            return title, [*_rows(hightouch)]
    return "", []


def _compared(row: _Row, settings: dict[str, Any]) -> tuple[str, str]:
    """Return the template's value for a row, and whether it is the documented value."""
    shown = "; ".join(_shown(_at(settings, path)) for path in row.paths)
    if row.documented is None:
        return shown, "yours"
    if _is_same(row, settings):
        return shown, "yes"
    return shown, f"**no** (`{row.key}` sets it)" if row.key else "**no**"


def _is_same(row: _Row, settings: dict[str, Any]) -> bool:
    """Return whether the template follows the row, or the row has no documented value."""
    if row.documented is None:
        return True
    found = [_comparable(_at(settings, path)) for path in row.paths]
    return all(value in (row.documented, *row.absent) for value in found)


def _comparable(value: Any) -> Any:
    """Return the value, or a sorted copy if it is a list."""
    return sorted(value, key=json.dumps) if isinstance(value, list) else value


def _shown(value: Any) -> str:
    if value is None:
        return "not stated"
    if isinstance(value, list):
        return codes(value) or "none"
    name = f"{_POLICIES[value]} " if isinstance(value, str) and value in _POLICIES else ""
    return f"{name}{code(value)}"


def _at(settings: dict[str, Any], path: str) -> Any:
    """Return the value at a path such as `Origins[0].DomainName`, or None."""
    value: Any = settings
    for part in path.replace("[0]", ".0").split("."):
        if isinstance(value, list):
            value = value[0] if value else None
        elif isinstance(value, dict):
            value = value.get(part)
        else:
            return None
    return value


def _leaves(value: Any, covered: set[str], path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each setting that no row covers, with its path."""
    if path in covered:
        return
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, covered, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from _leaves(item, covered, f"{path}[{index}]")
    else:
        yield path, value
