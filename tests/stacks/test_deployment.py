"""The names and settings of a deployment. Only `stacks/deployment.py` spells the names."""

import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aws_cdk.cx_api import CloudAssembly

from tests.support.checkout import Checkout, feature_flags
from tests.support.example import CONTEXT, deployment
from tests.support.renamed_deployment import NAMES, rename

# The example


def test_stacks_of_the_example() -> None:
    assert deployment().proxies_stack == "FirstPartyTracking-example-com-Proxies"
    assert deployment().cookie_service_stack == "FirstPartyTracking-example-com-CookieService"


def test_version_parameter_of_the_example() -> None:
    assert (
        deployment().version_parameter == "/FirstPartyTracking-example-com/CookieFunctionVersionArn"
    )


@pytest.mark.parametrize("stack", ["proxies_stack", "cookie_service_stack"])
def test_each_stack_has_a_tag_with_its_domain(assembly: CloudAssembly, stack: str) -> None:
    """CloudFormation adds it to the stack's resources, too."""
    name = getattr(deployment(), stack)
    assert assembly.get_stack_by_name(name).tags == {"FirstPartyTracking:domain": "example.com"}


def test_sdk_proxy_of_the_example() -> None:
    proxy = deployment().sdk_proxy
    assert proxy.label == "SDK proxy"
    assert proxy.domain_name == "cdn.example.com"
    assert proxy.distinctive_name == "FirstPartyTracking-example-com-SdkProxy"
    assert proxy.cname_target_output == "SdkProxyCnameTarget"
    assert proxy.table.origin_domain == "cdn.hightouch-events.com"
    assert proxy.table.origin_request_policy.name == "AllViewerExceptHostHeader"
    assert proxy.forward_cookies is True


def test_events_proxy_of_the_example() -> None:
    proxy = deployment().events_proxy
    assert proxy.label == "events proxy"
    assert proxy.domain_name == "events.example.com"
    assert proxy.distinctive_name == "FirstPartyTracking-example-com-EventsProxy"
    assert proxy.cname_target_output == "EventsProxyCnameTarget"
    assert proxy.table.origin_domain == "us-east-1.hightouch-events.com"
    assert proxy.table.origin_request_policy.name == "AllViewer"
    assert proxy.forward_cookies is True


def test_proxies_are_the_sdk_proxy_and_the_events_proxy() -> None:
    example = deployment()
    assert example.proxies == (example.sdk_proxy, example.events_proxy)


def test_paths_of_the_example() -> None:
    assert deployment().paths == ("/ht/renew", "/ht/clear")


def test_settings_of_the_example() -> None:
    settings = deployment().settings
    assert {name: getattr(settings, name) for name in settings.__slots__} == {
        "cookie_domain": "example.com",
        "cookie_domain_is_registrable": True,
        "max_age_seconds": 31536000,
        "restore_after_seconds": 0,
        "honor_gpc": False,
        "mark_restored": False,
        "renew_path": "/ht/renew",
        "clear_path": "/ht/clear",
    }


# Other configurations


def test_name_is_the_prefix_of_stacks_proxies_and_parameter() -> None:
    shop = deployment(name="Shop")
    assert shop.proxies_stack == "Shop-Proxies"
    assert shop.cookie_service_stack == "Shop-CookieService"
    assert shop.version_parameter == "/Shop/CookieFunctionVersionArn"
    assert [proxy.distinctive_name for proxy in shop.proxies] == [
        "Shop-SdkProxy",
        "Shop-EventsProxy",
    ]


def test_events_host_header_changes_only_the_policy_of_the_events_proxy() -> None:
    sdk, events = deployment(events_host_header="origin").proxies
    assert sdk == deployment().sdk_proxy
    assert events.table.origin_request_policy.name == "AllViewerExceptHostHeader"
    assert events.table.origin_domain == "us-east-1.hightouch-events.com"


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("us-east-1", "us-east-1.hightouch-events.com"),
        ("eu-west-1", "eu-west-1.hightouch-events.com"),
        ("ap-south-1", "ap-south-1.hightouch-events.com"),
    ],
)
@pytest.mark.parametrize("host_header", ["viewer", "origin"])
def test_region_changes_only_the_origin_of_the_events_proxy(
    region: str, host: str, host_header: str
) -> None:
    sdk, events = deployment(hightouch_region=region, events_host_header=host_header).proxies
    documented = deployment(events_host_header=host_header).events_proxy
    assert sdk == deployment().sdk_proxy
    assert events == replace(documented, table=replace(documented.table, origin_domain=host))


def test_forward_cookies_applies_to_both_proxies() -> None:
    proxies = deployment(forward_cookies="false").proxies
    assert [proxy.forward_cookies for proxy in proxies] == [False, False]


def test_settings_follow_the_configuration() -> None:
    """Days and hours become seconds."""
    own = deployment(
        domain="shop.example.com",
        cookie_domain="shop.example.com",
        cookie_max_age_days=30,
        restore_after_hours=23,
        honor_gpc="true",
        mark_restored="true",
        renew_path="/a",
        clear_path="/b",
    )
    assert own.paths == ("/a", "/b")
    assert {name: getattr(own.settings, name) for name in own.settings.__slots__} == {
        "cookie_domain": "shop.example.com",
        "cookie_domain_is_registrable": False,
        "max_age_seconds": 2592000,
        "restore_after_seconds": 82800,
        "honor_gpc": True,
        "mark_restored": True,
        "renew_path": "/a",
        "clear_path": "/b",
    }


# Renaming in stacks/deployment.py needs no other edit


@pytest.fixture(scope="module")
def renamed(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout in which every name has a suffix."""
    folder = tmp_path_factory.mktemp("renamed") / "checkout"
    checkout = Checkout.make(folder, {**os.environ, "CDK_VALIDATION": "false"})
    rename(checkout)
    return checkout


@pytest.fixture(scope="module")
def templates(
    renamed: Checkout, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, dict[str, Any]]:
    """The templates that `app.py` of that checkout synthesizes, by stack name."""
    folder = tmp_path_factory.mktemp("cdk.out")
    context = {
        **feature_flags(),
        **CONTEXT,
        "alarm_topic_arn": "arn:aws:sns:us-east-1:111122223333:on-call",
        "forward_cookies": "false",
        "site_distribution_id": "E123",
    }
    own = {"CDK_OUTDIR": str(folder), "CDK_CONTEXT_JSON": json.dumps(context)}
    done = Checkout(renamed.folder, renamed.environment | own).run(sys.executable, "app.py")
    assert done.returncode == 0, done.stdout
    return {
        Path(file.stem).stem: json.loads(file.read_text())
        for file in folder.glob("*.template.json")
    }


def properties(template: dict[str, Any], resource_type: str, name: str) -> list[Any]:
    """Return one property of all resources of a type."""
    return [
        resource["Properties"][name]
        for resource in template["Resources"].values()
        if resource["Type"] == resource_type
    ]


def test_templates_have_the_new_names(templates: Mapping[str, dict[str, Any]]) -> None:
    assert set(templates) == {
        "FirstPartyTracking-example-com-ProxiesRenamed",
        "FirstPartyTracking-example-com-CookieServiceRenamed",
    }
    proxies = templates["FirstPartyTracking-example-com-ProxiesRenamed"]
    cookie_service = templates["FirstPartyTracking-example-com-CookieServiceRenamed"]
    assert set(proxies["Outputs"]) == {
        "SdkProxyCnameTargetRenamed",
        "EventsProxyCnameTargetRenamed",
        "ClientSnippetRenamed",
    }
    assert set(cookie_service["Outputs"]) == {"CookieFunctionVersionArnRenamed"}
    assert properties(cookie_service, "AWS::SSM::Parameter", "Name") == [
        "/FirstPartyTracking-example-com/CookieFunctionVersionArnRenamed"
    ]
    assert properties(proxies, "AWS::CloudFront::Distribution", "Tags") == [
        [{"Key": "Name", "Value": "FirstPartyTracking-example-com-SdkProxyRenamed"}],
        [{"Key": "Name", "Value": "FirstPartyTracking-example-com-EventsProxyRenamed"}],
    ]
    policies = properties(
        proxies, "AWS::CloudFront::OriginRequestPolicy", "OriginRequestPolicyConfig"
    )
    assert [policy["Name"] for policy in policies] == [
        "FirstPartyTracking-example-com-SdkProxyRenamed-WithoutCookies",
        "FirstPartyTracking-example-com-EventsProxyRenamed-WithoutCookies",
    ]
    assert properties(proxies, "AWS::CloudWatch::Alarm", "AlarmName") == [
        "FirstPartyTracking-example-com-SdkProxyRenamed-4xx",
        "FirstPartyTracking-example-com-SdkProxyRenamed-5xx",
        "FirstPartyTracking-example-com-EventsProxyRenamed-4xx",
        "FirstPartyTracking-example-com-EventsProxyRenamed-5xx",
    ]
    assert properties(cookie_service, "AWS::CloudWatch::Dashboard", "DashboardName") == [
        "FirstPartyTracking-example-com-CookieServiceRenamed"
    ]


def test_templates_have_none_of_the_old_names(templates: Mapping[str, dict[str, Any]]) -> None:
    """Construct IDs, which do not change, are only in paths and logical IDs."""
    for template in templates.values():
        for resource in template["Resources"].values():
            resource.pop("Metadata", None)
        words = re.findall(r"\w+", json.dumps(template))
        assert set(words) & set(NAMES) == set()


def test_every_module_of_the_tools_imports_with_the_new_names(renamed: Checkout) -> None:
    """Three modules are scripts, which run on import."""
    scripts = [
        "tools.emulator.process",
        "tools.preview.edge_runtime",
        "tools.visit.engines.webkit_worker",
    ]
    code = (
        "import importlib, pkgutil, tools\n"
        "for module in pkgutil.walk_packages(tools.__path__, 'tools.'):\n"
        f"    if module.name not in {scripts}:\n"
        "        importlib.import_module(module.name)\n"
    )
    done = renamed.run(sys.executable, "-c", code)
    assert (done.stdout, done.returncode) == ("", 0)


def test_keys_command_runs_with_the_new_names(renamed: Checkout) -> None:
    done = renamed.run(sys.executable, "-m", "tools", "keys")
    assert done.returncode == 0
    assert "| `domain` | required |" in done.stdout
