"""The site's distribution, as a customer has it before deploying this project."""

import uuid
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient


def create_site_distribution(
    cloudfront: "CloudFrontClient", *, alias: str, origin: str, protocol: str, port: int
) -> str:
    """Create a site's distribution at `alias`. Its origin uses `protocol` and `port`.

    Returns the distribution's ID.
    """
    config: Any = {
        "CallerReference": str(uuid.uuid4()),
        "Aliases": {"Quantity": 1, "Items": [alias]},
        "DefaultRootObject": "",
        "Origins": {
            "Quantity": 1,
            "Items": [
                {
                    "Id": "site",
                    "DomainName": origin,
                    "OriginPath": "",
                    "CustomHeaders": {"Quantity": 0},
                    "CustomOriginConfig": {
                        "HTTPPort": port if protocol == "http" else 80,
                        "HTTPSPort": port if protocol == "https" else 443,
                        "OriginProtocolPolicy": f"{protocol}-only",
                        "OriginSslProtocols": {"Quantity": 1, "Items": ["TLSv1.2"]},
                        "OriginReadTimeout": 30,
                        "OriginKeepaliveTimeout": 5,
                    },
                }
            ],
        },
        "OriginGroups": {"Quantity": 0},
        "DefaultCacheBehavior": {
            "TargetOriginId": "site",
            "TrustedSigners": {"Enabled": False, "Quantity": 0},
            "TrustedKeyGroups": {"Enabled": False, "Quantity": 0},
            "ViewerProtocolPolicy": "redirect-to-https",
            "AllowedMethods": {
                "Quantity": 7,
                "Items": ["HEAD", "DELETE", "POST", "GET", "OPTIONS", "PUT", "PATCH"],
                "CachedMethods": {"Quantity": 2, "Items": ["HEAD", "GET"]},
            },
            "SmoothStreaming": False,
            "Compress": True,
            "LambdaFunctionAssociations": {"Quantity": 0},
            "FunctionAssociations": {"Quantity": 0},
            "FieldLevelEncryptionId": "",
            # CachingDisabled and AllViewerExceptHostHeader: many local servers reject other hosts.
            "CachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
            "OriginRequestPolicyId": "b689b0a8-53d0-40ab-baf2-68738e2966ac",
        },
        "CacheBehaviors": {"Quantity": 0},
        "CustomErrorResponses": {"Quantity": 0},
        "Comment": "the site",
        "PriceClass": "PriceClass_All",
        "Enabled": True,
        "HttpVersion": "http2",
        "IsIPV6Enabled": True,
    }
    created = cloudfront.create_distribution(DistributionConfig=config)
    return created["Distribution"]["Id"]
