"""The section on IAM statements: each one of a template, in words and with its reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from tools.review.assembly import Stack
from tools.review.known_statements import UNKNOWN, reason
from tools.review.values import code, codes, text, values


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """One statement of an IAM policy.

    `holders` are the logical IDs of the roles with the policy, or else of the resource that has the
    statement. `policy` is the policy's name, or else the path to it in the resource.
    """

    holders: tuple[str, ...]
    policy: str
    is_trust: bool
    body: dict[str, Any]

    @property
    def actions(self) -> list[str]:
        """The actions, spelled as in the template."""
        return [text(action) for action in values(self.body.get("Action"))]

    @property
    def resources(self) -> list[str]:
        """The resources, as text."""
        return [text(resource) for resource in values(self.body.get("Resource"))]

    def allows(self, action: str) -> bool:
        """Return whether the statement allows `action`, by its name or by a wildcard."""
        if self.body.get("Effect") != "Allow" or self.is_trust:
            return False
        matching = [
            fnmatchcase(action.lower(), pattern.lower())
            for pattern in [*self.actions, *map(text, values(self.body.get("NotAction")))]
        ]
        return not any(matching) if "NotAction" in self.body else any(matching)


def statements_of(stack: Stack) -> Iterator[Statement]:
    """Yield each statement in the stack's resources, at any depth."""
    for logical_id, resource in stack.resources.items():
        properties = resource.get("Properties", {})
        roles = tuple(
            role["Ref"] for role in values(properties.get("Roles")) if set(role) == {"Ref"}
        )
        for path, document in _documents(properties):
            for body in values(document["Statement"]):
                yield Statement(
                    holders=roles or (logical_id,),
                    policy=text(document.get("PolicyName", properties.get("PolicyName", path))),
                    is_trust=path == "AssumeRolePolicyDocument",
                    body=body,
                )


def _documents(value: Any, path: str = "", name: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the path to each policy document in a value, and the document with its name."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _documents(item, f"{path}[{index}]", name)
    elif isinstance(value, dict):
        if "Statement" in value:
            yield path, value | ({"PolicyName": name} if name else {})
            return
        name = value.get("PolicyName", name)
        for key, item in value.items():
            yield from _documents(item, f"{path}.{key}" if path else key, name)


def section(stack: Stack) -> Iterator[str]:
    """Yield the statements of one stack, grouped by the roles that have them."""
    groups: dict[tuple[str, ...], list[Statement]] = {}
    for statement in statements_of(stack):
        groups.setdefault(statement.holders, []).append(statement)
    for holders, statements in groups.items():
        yield f"#### {codes(holders)}"
        yield ""
        for holder in holders:
            properties = stack.resources.get(holder, {}).get("Properties", {})
            for arn in values(properties.get("ManagedPolicyArns")):
                yield f"- Managed policy {code(arn)}. Reason: {_managed_policy_reason(text(arn))}"
        for statement in statements:
            yield f"- {words(statement)} Reason: {reason(statement.holders, statement.body)}"
        yield ""


def attention(stack: Stack) -> Iterator[str]:
    """Yield the policies that have a statement without a known reason."""
    for statement in statements_of(stack):
        if reason(statement.holders, statement.body) == UNKNOWN:
            yield (
                f"- {codes(statement.holders)} has a statement with no known reason in "
                f"{code(statement.policy)}."
            )
    for logical_id, properties in stack.of_type("AWS::IAM::Role"):
        for arn in values(properties.get("ManagedPolicyArns")):
            if _managed_policy_reason(text(arn)) == UNKNOWN:
                yield f"- {code(logical_id)} has a managed policy with no known reason: {code(arn)}"


def words(statement: Statement) -> str:
    """Return a statement as a sentence that has all its elements."""
    body = dict(statement.body)
    verb = {"Allow": "Allows", "Deny": "Denies"}.get(body.pop("Effect", ""), "Has no effect on")
    sentence = f"{verb} {_what(body, 'Action', 'NotAction', 'action')}"
    if "Resource" in body or "NotResource" in body:
        sentence += f" on {_what(body, 'Resource', 'NotResource', 'resource')}"
    for key, preposition in (("Principal", "to"), ("NotPrincipal", "to all except")):
        if key in body:
            sentence += f" {preposition} {_principals(body.pop(key))}"
    if "Condition" in body:
        sentence += f", only if {code(body.pop('Condition'))}"
    sid = body.pop("Sid", None)
    name = f"{code(statement.policy)}, {code(sid)}" if sid else code(statement.policy)
    others = f" It also has {code(body)}." if body else ""
    return f"{name}: {sentence}.{others}"


def _what(body: dict[str, Any], key: str, negated: str, noun: str) -> str:
    if negated in body:
        return f"**every {noun} except** {codes(values(body.pop(negated)))}"
    listed = values(body.pop(key, None))
    every = f"**every {noun}**, " if "*" in listed else ""
    return every + codes(listed)


def _principals(principal: Any) -> str:
    if principal == "*":
        return "**everyone** (`*`)"
    return codes(item for kind in principal.values() for item in values(kind))


def _managed_policy_reason(arn: str) -> str:
    if arn.endswith(":iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"):
        return (
            "CDK's `Provider` uses it to write the logs of its own functions. "
            "It allows creating, and writing to, any log group of the account."
        )
    return UNKNOWN
