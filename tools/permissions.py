"""The IAM policies of plan and doctor, which only read."""

import json
from collections.abc import Sequence

#: The IAM actions of all AWS calls that plan makes, and no others.
PLAN = (
    "cloudformation:DescribeStackResources",
    "cloudformation:DescribeStacks",
    "cloudformation:GetTemplate",
    "cloudfront:GetDistribution",
    "cloudfront:GetDistributionConfig",
    "cloudfront:ListDistributions",
    "cloudfront:ListTagsForResource",
    "pricingplanmanager:ListSubscriptions",
    "servicequotas:ListServiceQuotas",
    "sts:GetCallerIdentity",
)
#: The additional IAM actions of plan if the deployment requests a certificate.
PLAN_CERTIFICATE = ("route53:GetHostedZone",)
#: The IAM actions of all AWS calls that doctor makes, and no others.
DOCTOR = (
    "acm:DescribeCertificate",
    "cloudformation:DescribeStackResources",
    "cloudformation:DescribeStacks",
    "cloudformation:GetTemplate",
    "cloudfront:GetDistribution",
    "cloudfront:GetDistributionConfig",
    "cloudfront:GetOriginRequestPolicy",
    "cloudfront:ListDistributions",
    "cloudfront:ListDomainConflicts",
    "cloudfront:ListTagsForResource",
    "iam:ListRolePolicies",
    "iam:ListRoles",
    "lambda:GetAccountSettings",
    "lambda:GetFunction",
    "lambda:ListFunctions",
    "lambda:ListTags",
    "lambda:ListVersionsByFunction",
    "pricingplanmanager:ListSubscriptions",
    "servicequotas:ListServiceQuotas",
    "ssm:GetParameter",
    "sts:GetCallerIdentity",
)


def policy(actions: Sequence[str]) -> str:
    """Return the IAM policy that allows these actions, as JSON."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2)
