"""The check for functions and roles that earlier deployments left behind."""

import shlex
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from attachment.finding import Finding
from stacks.edge_package import DESCRIPTION
from tools import advice
from tools.deployed import edge_functions_of, paths_running
from tools.doctor.report import Note, Result

if TYPE_CHECKING:
    from mypy_boto3_cloudfront.type_defs import DistributionSummaryTypeDef
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_lambda import LambdaClient


#: Lambda deletes a function only after CloudFront has removed all its copies:
#: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-edge-delete-replicas.html
_DELETE = (
    "to delete it, run this command, which AWS refuses for some hours after the last distribution "
    "stopped using it; in that case, try again the next day"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Function:
    """An edge function that a deployment of this project with this name created.

    `role` is the role's name. `versions` are ARNs.
    """

    name: str
    arn: str
    role: str
    versions: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Role:
    """An execution role of such a function. `policies` are the names of its inline policies."""

    name: str
    policies: tuple[str, ...]


def read_functions(lambda_: "LambdaClient", stack: str) -> tuple[list[Function], set[str]]:
    """Return all edge functions that `stack` has created, and the roles of all other functions."""
    own: list[Function] = []
    other_roles: set[str] = set()
    for page in lambda_.get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            arn, role = function["FunctionArn"], function["Role"].rpartition("/")[2]
            is_edge = function.get("Description") == DESCRIPTION
            tags = lambda_.list_tags(Resource=arn)["Tags"] if is_edge else {}
            if tags.get("aws:cloudformation:stack-name") == stack:
                name = function["FunctionName"]
                versions = tuple(_read_versions(lambda_, name))
                own.append(Function(name=name, arn=arn, role=role, versions=versions))
            else:
                other_roles.add(role)
    return own, other_roles


def _read_versions(lambda_: "LambdaClient", function: str) -> Iterator[str]:
    pages = lambda_.get_paginator("list_versions_by_function").paginate(FunctionName=function)
    for page in pages:
        for version in page["Versions"]:
            if version["Version"] != "$LATEST":
                yield version["FunctionArn"]


def read_roles(iam: "IAMClient", stack: str, other_roles: Collection[str]) -> list[Role]:
    """Return all roles of edge functions that `stack` has created, except `other_roles`."""
    return [
        Role(
            name=role["RoleName"],
            policies=tuple(iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]),
        )
        for page in iam.get_paginator("list_roles").paginate()
        for role in page["Roles"]
        # CloudFormation shortens a long stack name in the names that it generates.
        if role["RoleName"].startswith(stack[:24])
        and "edgelambda.amazonaws.com" in str(role["AssumeRolePolicyDocument"])
        and role["RoleName"] not in other_roles
    ]


def check_leftovers(
    functions: Sequence[Function],
    roles: Sequence[Role],
    present: str,
    newest: str,
    distributions: "Sequence[DistributionSummaryTypeDef]",
) -> Iterator[Result]:
    """Yield a finding or a note for each leftover, which no deployment manages any more.

    `present` is the ARN of the stack's function, and `newest` the ARN of its newest version. Both
    are empty if the stack does not exist. `roles` are the roles of `functions`, and the roles that
    no function has. A function that still runs on a distribution is a finding. Another one is only
    a note, because it costs nothing, and AWS allows its deletion only hours after its last use.
    """
    own = {function.arn for function in functions}
    used: set[str] = set()
    for distribution in distributions:
        used |= {arn for _, arn in edge_functions_of(distribution)}
        for function_arn in sorted(own - {present}):
            if paths := paths_running(function_arn, distribution):
                yield _orphan(distribution["Id"], function_arn, paths)
    needed_roles = set()
    for function in functions:
        unused = [arn for arn in function.versions if arn not in used and arn != newest]
        delete = "aws lambda delete-function --region us-east-1 --function-name " + shlex.quote(
            function.name
        )
        if function.arn == present or len(unused) < len(function.versions):
            needed_roles.add(function.role)
            for arn in unused:
                number = arn.rpartition(":")[2]
                yield Note(
                    "unused-version",
                    f"no distribution uses version {number} of {function.name}; {_DELETE}: "
                    f"{delete} --qualifier {number}",
                )
        else:
            yield Note(
                "unused-function",
                f"no distribution uses the function {function.name}; {_DELETE}: {delete}",
            )
    for role in roles:
        if role.name not in needed_roles:
            name = shlex.quote(role.name)
            deletions = [
                f"aws iam delete-role-policy --role-name {name} --policy-name {shlex.quote(policy)}"
                for policy in role.policies
            ]
            deletions.append(f"aws iam delete-role --role-name {name}")
            yield Note(
                "unused-role",
                f"no function uses the role {role.name}; to delete it: {' && '.join(deletions)}",
            )


def _orphan(distribution_id: str, function_arn: str, paths: Sequence[str]) -> Finding:
    return Finding(
        "function-without-stack",
        f"{distribution_id} runs the function {function_arn} on {', '.join(paths)}, and no stack "
        "manages this function",
        advice.remove_by_hand(distribution_id, paths),
    )
