"""The cookie service's behaviors for CloudFormation and Terraform, and how to remove them. Pure."""

import json
import re
import shlex
from collections.abc import Sequence

from attachment.edit import CACHING_DISABLED

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
  path_pattern           = {path}
  target_origin_id       = {origin}
  viewer_protocol_policy = "https-only"
  allowed_methods        = ["HEAD", "DELETE", "POST", "GET", "OPTIONS", "PUT", "PATCH"]
  cached_methods         = ["HEAD", "GET"]
  compress               = false
  cache_policy_id        = "{policy}" # CachingDisabled

  lambda_function_association {{
    event_type   = "viewer-request"
    lambda_arn   = {version}
    include_body = false
  }}
}}
"""

# Arguments: the path patterns to remove.
_REMOVE_BEHAVIORS = """\
import json, sys; config = json.load(open("live.json"))["DistributionConfig"]; \
listed = config["CacheBehaviors"]; \
listed["Items"] = [one for one in listed["Items"] if one["PathPattern"] not in sys.argv[1:]]; \
listed["Quantity"] = len(listed["Items"]); json.dump(config, open("without.json", "w"))"""

_DETACH = """\
aws cloudfront get-distribution-config --id {id} > live.json
{remove}
aws cloudfront update-distribution --id {id} --if-match \
"$(python3 -c 'import json; print(json.load(open("live.json"))["ETag"])')" \
--distribution-config file://without.json"""


def cloudformation(paths: Sequence[str], origin: str, version: str) -> str:
    """Return YAML items for the top of a distribution's `CacheBehaviors`."""
    return "".join(
        _fill(_CLOUDFORMATION, _quoted(path), _quoted(origin), _quoted(version)) for path in paths
    )


def terraform(paths: Sequence[str], origin: str, version: str) -> str:
    """Return `ordered_cache_behavior` blocks for the top of an `aws_cloudfront_distribution`."""

    def literal(text: str) -> str:
        return _quoted(text).replace("${", "$${").replace("%{", "%%{")

    return "".join(
        _fill(_TERRAFORM, literal(path), literal(origin), literal(version)) for path in paths
    )


def detach(distribution_id: str, paths: Sequence[str]) -> str:
    """Return shell commands that remove the behaviors on `paths` from a distribution.

    `paths` are CloudFront's path patterns. They are quoted, because they may contain shell syntax.
    """
    remove = shlex.join(["python3", "-c", _REMOVE_BEHAVIORS, *paths])
    return _DETACH.format(id=shlex.quote(distribution_id), remove=remove)


def _quoted(text: str) -> str:
    """Return the text as a JSON string, which is also valid in YAML and HCL."""
    quoted = json.dumps(text, ensure_ascii=False)
    return re.sub("[\x7f-\x9f]", lambda found: f"\\u{ord(found[0]):04x}", quoted)


def _fill(template: str, path: str, origin: str, version: str) -> str:
    return template.format(path=path, origin=origin, version=version, policy=CACHING_DISABLED)
