"""The logical IDs of the fully configured app. This is the only test that spells them.

CloudFormation replaces a resource whose logical ID changes: a live distribution, whose alternate
domain names are in use, or the function that other distributions run. A change here is a breaking
change in CHANGELOG.md.
"""

import re

import pytest
from aws_cdk.cx_api import CloudAssembly

from stacks.config import KEYS
from tests.support.example import deployment
from tests.support.templates import MakeApp
from tools.hand_built import LOGICAL_IDS

#: A value for every context key, and two of the site's distributions.
EVERY_KEY = {
    "domain": "shop.example.co.uk",
    "certificate_arn": (
        "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
    ),
    "hightouch_region": "eu-west-1",
    "sdk_domain": "a.example.co.uk",
    "events_domain": "b.example.co.uk",
    "cookie_domain": "example.co.uk",
    "cookie_max_age_days": "30",
    "restore_after_hours": "23",
    "renew_path": "/a/renew",
    "clear_path": "/a/clear",
    "site_distribution_id": "E2QWRUHAPOMQZL,E1AAAAAAAAAAAA",
    "repair": "2",
    "hosted_zone_id": "Z1D633PJN98FT9",
    "web_acl_arn": (
        "arn:aws:wafv2:us-east-1:111122223333:global/webacl/proxies/"
        "12345678-1234-1234-1234-123456789012"
    ),
    "alarm_topic_arn": "arn:aws:sns:us-east-1:111122223333:on-call",
    "silence_alarm_hours": "24",
    "forward_cookies": "false",
    "events_host_header": "origin",
    "sdk_version": "1.5.8",
    "honor_gpc": "true",
    "mark_restored": "true",
    "name": "Acme",
}

PROXIES = {
    "EventsProxyDistribution998E48F2": "AWS::CloudFront::Distribution",
    "SdkProxyDistribution72D8DF33": "AWS::CloudFront::Distribution",
    "EventsProxyOriginRequestPolicyWithoutCookiesC2EFDDFD": "AWS::CloudFront::OriginRequestPolicy",
    "SdkProxyOriginRequestPolicyWithoutCookiesD9838531": "AWS::CloudFront::OriginRequestPolicy",
    "EventsProxyAlarmsErrorRate4xx38D49F17": "AWS::CloudWatch::Alarm",
    "EventsProxyAlarmsErrorRate5xxA202C980": "AWS::CloudWatch::Alarm",
    "EventsProxySilence99CB735B": "AWS::CloudWatch::Alarm",
    "SdkProxyAlarmsErrorRate4xx23FE3E9C": "AWS::CloudWatch::Alarm",
    "SdkProxyAlarmsErrorRate5xx1112C5A7": "AWS::CloudWatch::Alarm",
    "EventsProxyRecordsA56AFAB80": "AWS::Route53::RecordSet",
    "EventsProxyRecordsAaaaD59F31FE": "AWS::Route53::RecordSet",
    "EventsProxyRecordsHttpsCE6656DD": "AWS::Route53::RecordSet",
    "SdkProxyRecordsA1BDC72A4": "AWS::Route53::RecordSet",
    "SdkProxyRecordsAaaaE2C5E5EE": "AWS::Route53::RecordSet",
    "SdkProxyRecordsHttpsA6843BBD": "AWS::Route53::RecordSet",
}
COOKIE_SERVICE = {
    "E1AAAAAAAAAAAAAlarmsExecutionErrorsC9402EDC": "AWS::CloudWatch::Alarm",
    "E1AAAAAAAAAAAAAlarmsInvalidResponses1E20D398": "AWS::CloudWatch::Alarm",
    "E1AAAAAAAAAAAAAlarmsThrottlesFDEFD569": "AWS::CloudWatch::Alarm",
    "E2QWRUHAPOMQZLAlarmsExecutionErrors3459F163": "AWS::CloudWatch::Alarm",
    "E2QWRUHAPOMQZLAlarmsInvalidResponses157AF2B1": "AWS::CloudWatch::Alarm",
    "E2QWRUHAPOMQZLAlarmsThrottles9ED9F153": "AWS::CloudWatch::Alarm",
    "Dashboard7A714131": "AWS::CloudWatch::Dashboard",
    "AttachmentsE1AAAAAAAAAAAAPermissionEB7F8C8F": "AWS::IAM::Policy",
    "AttachmentsE2QWRUHAPOMQZLPermission4F6E7AF6": "AWS::IAM::Policy",
    "AttachmentsProviderframeworkisCompleteServiceRoleDefaultPolicy09D231D7": "AWS::IAM::Policy",
    "AttachmentsProviderframeworkonEventServiceRoleDefaultPolicy3F67AEA9": "AWS::IAM::Policy",
    "AttachmentsProviderframeworkonTimeoutServiceRoleDefaultPolicyB0A69AA1": "AWS::IAM::Policy",
    "AttachmentsProviderwaiterstatemachineRoleDefaultPolicyE88CC829": "AWS::IAM::Policy",
    "AttachmentsProviderframeworkisCompleteServiceRoleB21AEE25": "AWS::IAM::Role",
    "AttachmentsProviderframeworkonEventServiceRole06EB2BFF": "AWS::IAM::Role",
    "AttachmentsProviderframeworkonTimeoutServiceRole8E3E0012": "AWS::IAM::Role",
    "AttachmentsProviderwaiterstatemachineRole5EA06B5E": "AWS::IAM::Role",
    "AttachmentsRoleF01BA8AF": "AWS::IAM::Role",
    "CookieFunctionRoleB04E67BB": "AWS::IAM::Role",
    "AttachmentsIsComplete716517CD": "AWS::Lambda::Function",
    "AttachmentsOnEventDFC81081": "AWS::Lambda::Function",
    "AttachmentsProviderframeworkisComplete997E4F7E": "AWS::Lambda::Function",
    "AttachmentsProviderframeworkonEventB87E8A8B": "AWS::Lambda::Function",
    "AttachmentsProviderframeworkonTimeout12041202": "AWS::Lambda::Function",
    "CookieFunctionA6A1EBFC": "AWS::Lambda::Function",
    "AttachmentsLogGroupF3B9B507": "AWS::Logs::LogGroup",
    "VersionArnParameterD701F97A": "AWS::SSM::Parameter",
    "AttachmentsProviderwaiterstatemachineCF8CDE29": "AWS::StepFunctions::StateMachine",
    "AttachmentsE1AAAAAAAAAAAA1EB10705": "Custom::DistributionAttachment",
    "AttachmentsE2QWRUHAPOMQZL85B42C9B": "Custom::DistributionAttachment",
}
#: The version's ID follows from the package, so that a changed package publishes a new version.
VERSION = re.compile(r"CookieFunctionVersion[0-9a-f]{16}")


@pytest.fixture(scope="module")
def full(make_app: MakeApp) -> CloudAssembly:
    """The app with every context key."""
    return make_app(EVERY_KEY).synth()


def types(assembly: CloudAssembly, stack: str) -> dict[str, str]:
    """Return the types of a stack's resources by logical ID."""
    resources = assembly.get_stack_by_name(stack).template["Resources"]
    return {logical_id: resource["Type"] for logical_id, resource in resources.items()}


def test_fully_configured_app_has_a_value_for_every_key() -> None:
    """`deployment` only selects the values of the other keys."""
    assert set(EVERY_KEY) | {"deployment"} == {key.name for key in KEYS}


def test_logical_ids_of_the_proxies_do_not_change(full: CloudAssembly) -> None:
    assert types(full, "Acme-Proxies") == PROXIES


def test_logical_ids_of_the_cookie_service_do_not_change(full: CloudAssembly) -> None:
    resources = types(full, "Acme-CookieService")
    [version] = [key for key, kind in resources.items() if kind == "AWS::Lambda::Version"]
    assert resources == {**COOKIE_SERVICE, version: "AWS::Lambda::Version"}
    assert VERSION.fullmatch(version)


def test_commands_that_import_hand_built_proxies_have_their_logical_ids() -> None:
    assert {*LOGICAL_IDS.values()} == {
        logical_id
        for logical_id, kind in PROXIES.items()
        if kind == "AWS::CloudFront::Distribution"
    }
    assert list(LOGICAL_IDS) == [proxy.label for proxy in deployment().proxies]
