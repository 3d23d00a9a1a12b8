"""Our two behaviors in the words of the tools that own distributions. Pure."""

from collections.abc import Sequence

_CLOUDFORMATION = """\
- PathPattern: {path}
  TargetOriginId: {origin}
  ViewerProtocolPolicy: https-only
  AllowedMethods: [HEAD, DELETE, POST, GET, OPTIONS, PUT, PATCH]
  Compress: false
  CachePolicyId: 4135ea2d-6df8-44a3-9df3-4b5a84be39ad # CachingDisabled
  LambdaFunctionAssociations:
    - EventType: viewer-request
      LambdaFunctionARN: {version}
"""

_TERRAFORM = """\
ordered_cache_behavior {{
  path_pattern           = "{path}"
  target_origin_id       = "{origin}"
  viewer_protocol_policy = "https-only"
  allowed_methods        = ["HEAD", "DELETE", "POST", "GET", "OPTIONS", "PUT", "PATCH"]
  cached_methods         = ["HEAD", "GET"]
  compress               = false
  cache_policy_id        = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad" # CachingDisabled

  lambda_function_association {{
    event_type   = "viewer-request"
    lambda_arn   = "{version}"
    include_body = false
  }}
}}
"""


def cloudformation(paths: Sequence[str], origin: str, version: str) -> str:
    """Return items for the head of a distribution's `CacheBehaviors`, in YAML."""
    return "".join(_CLOUDFORMATION.format(path=p, origin=origin, version=version) for p in paths)


def terraform(paths: Sequence[str], origin: str, version: str) -> str:
    """Return blocks for an `aws_cloudfront_distribution`, before its others of that kind."""
    return "".join(_TERRAFORM.format(path=p, origin=origin, version=version) for p in paths)
