"""Our two behaviors in the words of the tools that own distributions. Pure."""

from collections.abc import Sequence

from stacks.constructs.distribution_attachment.runtime.edit import CACHING_DISABLED

_CLOUDFORMATION = """\
- PathPattern: {path}
  TargetOriginId: {origin}
  ViewerProtocolPolicy: https-only
  AllowedMethods: [HEAD, DELETE, POST, GET, OPTIONS, PUT, PATCH]
  Compress: false
  CachePolicyId: {policy} # CachingDisabled
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
  cache_policy_id        = "{policy}" # CachingDisabled

  lambda_function_association {{
    event_type   = "viewer-request"
    lambda_arn   = "{version}"
    include_body = false
  }}
}}
"""


def cloudformation(paths: Sequence[str], origin: str, version: str) -> str:
    """Return items for the head of a distribution's `CacheBehaviors`, in YAML."""
    return "".join(_fill(_CLOUDFORMATION, path, origin, version) for path in paths)


def terraform(paths: Sequence[str], origin: str, version: str) -> str:
    """Return blocks for an `aws_cloudfront_distribution`, before its others of that kind."""
    return "".join(_fill(_TERRAFORM, path, origin, version) for path in paths)


def _fill(template: str, path: str, origin: str, version: str) -> str:
    return template.format(path=path, origin=origin, version=version, policy=CACHING_DISABLED)
