"""The rules in tools/emulator/rules.py, applied to every write in ministack's CloudFront."""

import json
import urllib.parse
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any
from xml.etree.ElementTree import Element

import ministack.app
from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id
from ministack.services import cloudfront, iam, lambda_svc
from ministack.services.cloudformation import provisioners

from tools.emulator import service_role
from tools.emulator.rules import SERVICE_LINKED_ROLES, Account, Rejection, Write, rejection

#: Status, headers, and body, as ministack's services return them.
Answer = tuple[int, dict[str, str], bytes]

_create, _update = cloudfront._create_distribution, cloudfront._update_distribution
_template_config = provisioners._cf_distribution_config
_template_create = provisioners._cf_distribution_create
_template_update = provisioners._cf_distribution_update


def install() -> None:
    """Replace ministack's functions that write a distribution."""
    cloudfront._create_distribution = _create_strictly
    cloudfront._update_distribution = _update_strictly
    handlers = provisioners._RESOURCE_HANDLERS["AWS::CloudFront::Distribution"]
    handlers["create"] = _create_by_template
    handlers["update"] = _update_by_template


def _create_strictly(headers: Mapping[str, str], body: bytes) -> Answer:
    config, _ = cloudfront._unwrap_distribution_create_xml(cloudfront._parse_body(body))
    if config is not None:
        account = _account(None, lambda action, arn: _denial(headers, action, arn))
        write = Write(config=without_namespaces(config), previous=None, account=account)
        if found := rejection(write):
            return _answer(found)
        _create_service_linked_roles(write)
    answer: Answer = _create(headers, body)
    return answer


def _update_strictly(distribution_id: str, headers: Mapping[str, str], body: bytes) -> Answer:
    distribution = cloudfront._distributions.get(distribution_id)
    config = cloudfront._parse_body(body)
    is_current = distribution and headers.get("if-match") == distribution["ETag"]
    if is_current and config is not None:
        account = _account(distribution_id, lambda action, arn: _denial(headers, action, arn))
        write = Write(
            config=without_namespaces(config), previous=stored_config(distribution), account=account
        )
        if found := rejection(write):
            return _answer(found)
        _create_service_linked_roles(write)
    answer: Answer = _update(distribution_id, headers, body)
    return answer


def _create_by_template(logical_id: str, properties: dict[str, Any], stack_name: str) -> Any:
    _check_template(_template_config(properties, "new"), None, stack_name)
    return _template_create(logical_id, properties, stack_name)


def _update_by_template(
    physical_id: str, old: dict[str, Any], new: dict[str, Any], stack_name: str, *more: Any
) -> Any:
    if distribution := cloudfront._distributions.get(physical_id):
        config = _template_config(new, distribution["CallerReference"])
        _check_template(config, distribution, stack_name)
    return _template_update(physical_id, old, new, stack_name, *more)


def _check_template(
    config: Element, distribution: Mapping[str, Any] | None, stack_name: str
) -> None:
    """Raise ValueError, so that the resource fails, for a configuration that CloudFront rejects."""
    write = Write(
        config=without_namespaces(config),
        previous=None if distribution is None else stored_config(distribution),
        account=_account(
            None if distribution is None else distribution["Id"],
            lambda action, arn: service_role.denial(stack_name, action, arn),
        ),
        by_template=True,
    )
    if found := rejection(write):
        raise ValueError(
            f"Invalid request provided: AWS::CloudFront::Distribution: {found.message} "
            f"(Service: CloudFront, Status Code: {found.status})"
        )
    _create_service_linked_roles(write)


def _account(distribution_id: str | None, denial: Callable[[str, str], str | None]) -> Account:
    return Account(
        account_id=get_account_id(),
        function=lambda arn: lambda_svc._get_func_record_for_ref(arn)[1],
        trusts=_trusts,
        denial=denial,
        has_service_linked_role=_has_service_linked_role,
        names=frozenset(
            name
            for other_id, other in cloudfront._distributions.items()
            if other_id != distribution_id
            for name in _names(other["config_xml"])
        ),
    )


def without_namespaces(config: Element) -> Element:
    """Return the element without namespaces."""
    plain: Element = cloudfront._strip_namespace(config)
    return plain


def stored_config(distribution: Mapping[str, Any]) -> Element:
    """Return the configuration of a distribution, without namespaces."""
    return without_namespaces(cloudfront.fromstring(distribution["config_xml"]))


@lru_cache(maxsize=10_000)  # each write reads the names of all distributions
def _names(config_xml: str) -> tuple[str, ...]:
    config = without_namespaces(cloudfront.fromstring(config_xml))
    return tuple((name.text or "").lower() for name in config.findall("Aliases/Items/CNAME"))


def _trusts(role_arn: str, service: str) -> bool:
    """Return whether the role exists and its trust policy names the service."""
    role = iam._roles.get(role_arn.rpartition("/")[2])
    if role is None:
        return False
    document = role["AssumeRolePolicyDocument"]
    if isinstance(document, str):
        document = json.loads(urllib.parse.unquote(document))
    return any(
        statement.get("Effect") == "Allow"
        and iam_evaluator._service_principal_matches(statement.get("Principal"), service)
        for statement in document["Statement"]
    )


def _denial(headers: Mapping[str, str], action: str, arn: str) -> str | None:
    """Return IAM's message if the sender of the request may not use the action, or None."""
    key = ministack.app.extract_access_key_id(headers, {})
    service = action.partition(":")[0]
    denied = iam_evaluator.enforce(key, action, service, "us-east-1", resource_arn=arn)
    if denied is None:
        return None
    message: str = iam_actions.identity_denial_message(
        action, denied.principal_arn, arn, denied.decision == "Deny"
    )
    return message


def _has_service_linked_role(service: str) -> bool:
    return any(role["Path"] == f"/aws-service-role/{service}/" for role in iam._roles.values())


def _create_service_linked_roles(write: Write) -> None:
    if write.config.find(".//LambdaFunctionAssociation") is None:
        return
    for service in SERVICE_LINKED_ROLES.values():
        if not _has_service_linked_role(service):
            iam._create_service_linked_role({"AWSServiceName": service})


def _answer(found: Rejection) -> Answer:
    answer: Answer = cloudfront._error(found.code, found.message, found.status)
    return answer
