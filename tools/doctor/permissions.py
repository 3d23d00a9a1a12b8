"""What doctor may do in AWS: read."""

import json

#: The IAM action of every AWS call that doctor makes, and no other.
ACTIONS = (
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
    "lambda:GetFunction",
    "lambda:ListFunctions",
    "lambda:ListTags",
    "lambda:ListVersionsByFunction",
    "ssm:GetParameter",
)


def policy() -> str:
    """Return the IAM policy that doctor needs, as JSON."""
    statement = {"Effect": "Allow", "Action": list(ACTIONS), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2)
