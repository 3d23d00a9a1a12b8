"""Cloud assemblies with every type of resource, to create and update stacks without a synth."""

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3

from tests.support.checkout import Checkout
from tests.support.customer import behavior, create_distribution
from tests.support.emulated_account import ACCOUNT

_SITE = "E1SITE"
_ZONE = "Z1ZONE"
#: Without `certificate_arn`, so that the deployment requests a certificate.
EVERY_KEY = (
    "domain=example.com",
    f"site_distribution_id={_SITE}",
    f"hosted_zone_id={_ZONE}",
    f"alarm_topic_arn=arn:aws:sns:us-east-1:{ACCOUNT}:on-call",
    f"web_acl_arn=arn:aws:wafv2:us-east-1:{ACCOUNT}:global/webacl/proxies/"
    "12345678-1234-1234-1234-123456789012",
    "forward_cookies=false",
)


def synthesize(checkout: Checkout) -> Path:
    """Return the folder of a cloud assembly with `EVERY_KEY`. Its site and zone do not exist."""
    folder = checkout.folder / "every-key.out"
    context = [option for item in EVERY_KEY for option in ("-c", item)]
    done = checkout.run("npx", "cdk", "synth", "--quiet", f"--output={folder}", *context)
    assert done.returncode == 0, done.stdout
    return folder


def make_customer() -> tuple[str, str]:
    """Create a site's distribution and a hosted zone in the emulator, and return their IDs."""
    zone = boto3.client("route53").create_hosted_zone(Name="example.com", CallerReference="1")
    site = create_distribution(behavior(PathPattern="/api/*"), alias="www.example.com")
    return site, zone["HostedZone"]["Id"].rpartition("/")[2]


def of_customer(assembly: Path, folder: Path, site: str, zone: str) -> Path:
    """Copy the assembly to the new folder, with the IDs of this site and zone."""
    shutil.copytree(assembly, folder)
    for file in folder.glob("*.json"):
        file.write_text(file.read_text().replace(_SITE, site).replace(_ZONE, zone))
    return folder


def updated(assembly: Path, folder: Path) -> Path:
    """Copy the assembly to the new folder, with a change for each API call that updates."""
    shutil.copytree(assembly, folder)
    for file in folder.glob("*.template.json"):
        template = json.loads(file.read_text())
        resources = template["Resources"].values()
        keys = {
            resource["Properties"]["Code"]["S3Key"]
            for resource in resources
            if resource["Type"] == "AWS::Lambda::Function"
        }
        for resource in resources:
            _change(resource["Type"], resource.get("Properties", {}), sorted(keys))
        file.write_text(json.dumps(template))
    # The CLI uploads a template under its hash, and skips a stack whose deployed hash is the same.
    for file in (folder / "manifest.json", *folder.glob("*.assets.json")):
        text = file.read_text()
        for digest in set(re.findall(r"([0-9a-f]{64})\.json", text)):
            text = text.replace(digest, digest[::-1])
        file.write_text(text)
    return folder


def _change(resource_type: str, properties: dict[str, Any], keys: list[str]) -> None:
    match resource_type:
        case "AWS::IAM::Role" if "Description" in properties:
            properties["Description"] += " again"
            properties["AssumeRolePolicyDocument"]["Statement"][0]["Sid"] = "Again"
        case "AWS::Lambda::Function" if properties["Handler"] == "framework.onTimeout":
            properties["Environment"]["Variables"]["AGAIN"] = "yes"
            properties["Code"]["S3Key"] = next(k for k in keys if k != properties["Code"]["S3Key"])
        case "AWS::CloudFront::Distribution":
            properties["DistributionConfig"]["Comment"] = "again"
        case "AWS::CloudFront::OriginRequestPolicy":
            properties["OriginRequestPolicyConfig"]["Comment"] += " again"
        case "AWS::Logs::LogGroup":
            properties["RetentionInDays"] = 7
        case "AWS::StepFunctions::StateMachine":
            definition = properties["DefinitionString"]["Fn::Join"][1]
            definition[0] = definition[0].replace("{", '{"Comment": "again", ', 1)


def cdk(verb: str, assembly: Path, environment: Mapping[str, str], folder: Path) -> str:
    """Deploy or destroy all stacks of the assembly, and return what the CLI prints.

    The text begins with "FAILED" if the command fails. The command runs in `folder`, which has no
    app.
    """
    options = {"deploy": "--require-approval=never", "destroy": "--force"}[verb]
    cli = Path(__file__).parents[2] / "node_modules" / ".bin" / "cdk"
    done = subprocess.run(
        [cli, verb, "--all", options, f"--app={assembly}", "--no-notices", "--no-color"],
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return f"FAILED: {done.stdout}" if done.returncode else done.stdout
