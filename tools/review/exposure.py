"""The sections on live distributions, on the role that may change them, and on billed requests."""

from collections.abc import Iterator, Sequence

from tools.review.assembly import Stack
from tools.review.statements import Statement, statements_of
from tools.review.values import code, codes, text, values

_UPDATE = "cloudfront:UpdateDistribution"
_INVOKE = "lambda:InvokeFunction"


def live_distributions(stacks: Sequence[Stack]) -> Iterator[str]:
    """Yield the existing distributions that the deployment changes, or its roles may change."""
    attached = [
        attachment
        for stack in stacks
        for _, attachment in stack.of_type("Custom::DistributionAttachment")
    ]
    for attachment in attached:
        yield (
            f"- The deployment adds or updates the behaviors {codes(attachment['Paths'])} on "
            f"distribution {code(attachment['DistributionId'])}, with the edge function "
            f"{code(attachment['VersionArn'])} at viewer request. Every other setting of that "
            "distribution stays as it is. `python -m tools plan` shows the change."
        )
    if not attached:
        yield "- The deployment changes no distribution that it did not create."
    for _, statement in _updaters(stacks):
        yield (
            f"- {codes(statement.holders)} may change any setting of "
            f"{codes(statement.resources)}, because AWS has no permission for single behaviors."
        )


def _updaters(stacks: Sequence[Stack]) -> Iterator[tuple[Stack, Statement]]:
    """Yield each statement that allows changing a distribution, with its stack."""
    for stack in stacks:
        for statement in statements_of(stack):
            if statement.allows(_UPDATE):
                yield stack, statement


def standing_role(stacks: Sequence[Stack]) -> Iterator[str]:
    """Yield who can use each role that may change a distribution. These roles stay deployed."""
    holders = {
        (stack.name, holder): stack
        for stack, statement in _updaters(stacks)
        for holder in statement.holders
    }
    if not holders:
        yield "- No role in the templates may change a distribution."
        return
    for (_, holder), stack in holders.items():
        yield f"- {code(holder)} stays in the account between deployments."
        for statement in statements_of(stack):
            if statement.holders == (holder,) and statement.is_trust:
                yield f"  - Principals that may assume it: {codes(_principals(statement))}."
        functions = [
            logical_id
            for logical_id, function in stack.of_type("AWS::Lambda::Function")
            if _refers_to(function.get("Role"), holder)
        ]
        yield f"  - Functions that run with it: {codes(functions) or 'none'}."
        callers = sorted(
            {
                caller
                for statement in statements_of(stack)
                if statement.allows(_INVOKE) and _reaches(statement, functions)
                for caller in statement.holders
            }
        )
        yield f"  - Roles that may call these functions: {codes(callers) or 'none'}."
    yield (
        "- The templates cannot show who else in the account can use these roles: anyone who may "
        "call or update these functions, pass or edit a role, or deploy these stacks. The "
        "functions attach only this deployment's edge function, no matter who calls them."
    )


def _principals(statement: Statement) -> list[str]:
    principal = statement.body.get("Principal", "*")
    if not isinstance(principal, dict):
        return [text(principal)]
    return [text(item) for kind in principal.values() for item in values(kind)]


def _refers_to(role: object, holder: str) -> bool:
    return text(role).startswith((f"${{{holder}.", f"${{{holder}}}"))


def _reaches(statement: Statement, functions: Sequence[str]) -> bool:
    return "NotResource" in statement.body or any(
        resource == "*" or resource.startswith(f"${{{function}.")
        for resource in statement.resources
        for function in functions
    )


def bill(stacks: Sequence[Stack]) -> Iterator[str]:
    """Yield the requests that cost money, with who can send them."""
    for stack in stacks:
        for logical_id, properties in stack.of_type("AWS::CloudFront::Distribution"):
            config = properties["DistributionConfig"]
            acl = config.get("WebACLId")
            guard = f"the web ACL {code(acl)} can block them" if acl else "no web ACL limits them"
            yield (
                f"- {code(logical_id)}: anyone on the internet can send requests to "
                f"{codes(config.get('Aliases', []))}, and AWS bills each request; {guard}."
            )
        for _, version in stack.of_type("AWS::Lambda::Version"):
            name = version.get("FunctionName")
            function = next(
                (
                    properties
                    for logical_id, properties in stack.of_type("AWS::Lambda::Function")
                    if text(name) == f"${{{logical_id}}}"
                ),
                {},
            )
            yield (
                f"- {code(name)}: anyone on the internet can call this function through a "
                "distribution to which it is attached. AWS bills a call for at most "
                f"{function.get('Timeout', 3)} seconds at {function.get('MemorySize', 128)} MB. "
                "Only a web ACL on the site's distribution can limit the number of calls."
            )
        for logical_id, properties in stack.of_type("AWS::StepFunctions::StateMachine"):
            starters = sorted(
                {
                    holder
                    for statement in statements_of(stack)
                    if statement.allows("states:StartExecution")
                    for holder in statement.holders
                }
            )
            yield (
                f"- {code(logical_id)}: this state machine runs with "
                f"{code(properties['RoleArn'])}. {codes(starters) or 'No role'} may start it. "
                "Visitors cannot."
            )
    yield "- The deployment has no budget and no billing alarm."
