"""The changes that `plan` prints, compared with the changes that the deployment makes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, canonicalize, fromstring, tostring

import boto3

Plans = Mapping[str, Mapping[str, Any]]
Documents = Mapping[str, bytes]


def read_documents(environment: Mapping[str, str]) -> Documents:
    """Return the configuration of each distribution in the AWS emulator, without the proxies."""
    cloudfront = boto3.client(
        "cloudfront",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name=environment["AWS_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )
    bodies: list[bytes] = []
    cloudfront.meta.events.register(
        "before-parse.cloudfront.GetDistributionConfig",
        lambda response_dict, **_: bodies.append(response_dict["body"]),
    )
    documents = {}
    for page in cloudfront.get_paginator("list_distributions").paginate():
        for summary in page["DistributionList"].get("Items", []):
            cloudfront.get_distribution_config(Id=summary["Id"])
            if b"hightouch-events.com" not in bodies[-1]:
                documents[summary["Id"]] = bodies[-1]
    return documents


@dataclass(frozen=True, kw_only=True)
class PlannedChanges:
    """The plan of each distribution, by its ID, and the documents when the plan was made."""

    plans: Plans
    documents: Documents

    def check(self, documents: Documents, version_arn: str) -> None:
        """Check that the deployment, which published `version_arn`, changed only what was planned.

        `documents` are those after the deployment.
        """
        for distribution_id, plan in self.plans.items():
            assert plan["refusal"] is None
            if distribution_id in self.documents:
                before, after = self.documents[distribution_id], documents[distribution_id]
                _check_one(plan, before, after, version_arn)
        self.check_others(documents)

    def check_others(self, documents: Documents) -> None:
        """Check that distributions without a plan have not changed."""
        for distribution_id, before in self.documents.items():
            if distribution_id not in self.plans:
                assert documents[distribution_id] == before


def _check_one(plan: Mapping[str, Any], before: bytes, after: bytes, version_arn: str) -> None:
    published = [
        re.sub(r"\S*the version that this deployment publishes", version_arn, line)
        for line in plan["after"]
    ]
    old, new = _behaviors(before), _behaviors(after)
    assert [line for line, _ in old] == plan["before"]
    assert [line for line, _ in new] == published
    assert bool(plan["changes"]) == (before != after)
    assert _without_behaviors(before) == _without_behaviors(after)
    kept = {line for line, _ in old} & {line for line, _ in new}
    assert [one for one in old if one[0] in kept] == [one for one in new if one[0] in kept]


def _behaviors(document: bytes) -> list[tuple[str, str]]:
    """Return each behavior as the line that `plan` writes, and as XML; the default one last."""
    root = fromstring(document)
    listed = root.findall("{*}CacheBehaviors/{*}Items/{*}CacheBehavior")
    return [
        (_line(behavior), canonicalize(tostring(behavior)))
        for behavior in [*listed, *root.findall("{*}DefaultCacheBehavior")]
    ]


def _line(behavior: Element) -> str:
    functions = [
        f"{function.findtext('{*}EventType')} {function[0].text}"
        for kind in ("LambdaFunctionAssociation", "FunctionAssociation")
        for function in behavior.findall(f"{{*}}{kind}s/{{*}}Items/{{*}}{kind}")
    ]
    pattern = behavior.findtext("{*}PathPattern", "Default (*)")
    return "  ".join([pattern, f"origin {behavior.findtext('{*}TargetOriginId')}", *functions])


def _without_behaviors(document: bytes) -> str:
    """Return the configuration without its list of behaviors, as canonical XML."""
    root = fromstring(document)
    for listed in root.findall("{*}CacheBehaviors"):
        root.remove(listed)
    return canonicalize(tostring(root))
