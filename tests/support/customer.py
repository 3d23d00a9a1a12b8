"""A customer's distribution in the AWS emulator, with the defaults of CloudFront's console."""

import uuid
from typing import Any

import boto3

from attachment.live import LiveDistribution


def behavior(**own: Any) -> dict[str, Any]:
    """Return a behavior's settings in the order of the API; `own` replaces some defaults."""
    pattern = {"PathPattern": own.pop("PathPattern")} if "PathPattern" in own else {}
    return {
        **pattern,
        "TargetOriginId": "site",
        "TrustedSigners": {"Enabled": False, "Quantity": 0},
        "TrustedKeyGroups": {"Enabled": False, "Quantity": 0},
        "ViewerProtocolPolicy": "redirect-to-https",
        "AllowedMethods": {
            "Quantity": 2,
            "Items": ["HEAD", "GET"],
            "CachedMethods": {"Quantity": 2, "Items": ["HEAD", "GET"]},
        },
        "SmoothStreaming": False,
        "Compress": True,
        "LambdaFunctionAssociations": {"Quantity": 0},
        "FunctionAssociations": {"Quantity": 0},
        "FieldLevelEncryptionId": "",
        "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
        **own,
    }


def origin(origin_id: str = "site", **own: Any) -> dict[str, Any]:
    """Return an origin's settings; `own` replaces some of the defaults."""
    custom = {
        "HTTPPort": 80,
        "HTTPSPort": 443,
        "OriginProtocolPolicy": "https-only",
        "OriginSslProtocols": {"Quantity": 1, "Items": ["TLSv1.2"]},
        "OriginReadTimeout": 30,
        "OriginKeepaliveTimeout": 5,
        **own.pop("CustomOriginConfig", {}),
    }
    return {
        "Id": origin_id,
        "DomainName": "origin.example.com",
        "OriginPath": "",
        "CustomHeaders": {"Quantity": 0},
        "CustomOriginConfig": custom,
        "ConnectionAttempts": 3,
        "ConnectionTimeout": 10,
        "OriginShield": {"Enabled": False},
        "OriginAccessControlId": "",
        **own,
    }


def create_distribution(*behaviors: dict[str, Any], alias: str | None = None, **own: Any) -> str:
    """Create a site's distribution with these behaviors before the default one; return its ID.

    Its alternate domain name is `alias`, or another subdomain of example.com each time: only one
    distribution can have a name. `own` replaces some of the distribution's default settings.
    """
    alias = alias or f"{uuid.uuid4()}.example.com"
    listed = {"Items": list(behaviors)} if behaviors else {}
    config: Any = {
        "CallerReference": str(uuid.uuid4()),
        "Aliases": {"Quantity": 1, "Items": [alias]},
        "DefaultRootObject": "index.html",
        "Origins": {
            "Quantity": 1,
            "Items": [origin()],
        },
        "OriginGroups": {"Quantity": 0},
        "DefaultCacheBehavior": behavior(),
        "CacheBehaviors": {"Quantity": len(behaviors), **listed},
        "CustomErrorResponses": {"Quantity": 0},
        "Comment": "the shop: do not touch, größte Vorsicht",
        "Logging": {"Enabled": False, "IncludeCookies": False, "Bucket": "", "Prefix": ""},
        "PriceClass": "PriceClass_All",
        "Enabled": True,
        "ViewerCertificate": {
            "CloudFrontDefaultCertificate": True,
            "SSLSupportMethod": "vip",
            "MinimumProtocolVersion": "TLSv1",
            "CertificateSource": "cloudfront",
        },
        "Restrictions": {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}},
        "WebACLId": "",
        "HttpVersion": "http2",
        "IsIPV6Enabled": True,
        "ContinuousDeploymentPolicyId": "",
        "Staging": False,
        **own,
    }
    created = boto3.client("cloudfront").create_distribution(DistributionConfig=config)
    return created["Distribution"]["Id"]


def document(distribution_id: str) -> bytes:
    """Return the distribution's configuration as CloudFront has it, in XML."""
    return LiveDistribution(boto3.client("cloudfront"), distribution_id).read().document


def behaviors(distribution_id: str) -> list[tuple[str, str]]:
    """Return path pattern and viewer-request function (or "") of each behavior, in order."""
    config = boto3.client("cloudfront").get_distribution_config(Id=distribution_id)
    found = []
    for listed in config["DistributionConfig"].get("CacheBehaviors", {}).get("Items", []):
        functions = listed.get("LambdaFunctionAssociations", {}).get("Items", [])
        arns = [
            function["LambdaFunctionARN"]
            for function in functions
            if function["EventType"] == "viewer-request"
        ]
        found.append((listed["PathPattern"], arns[0] if arns else ""))
    return found
