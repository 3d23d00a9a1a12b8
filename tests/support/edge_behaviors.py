"""Behaviors as the local edge reads them from CloudFront."""

from typing import Any

from tools.preview.distributions import Behavior, Origin, Policy


def make_behavior(*policies: Policy, path_pattern: str = "*", **origin: Any) -> Behavior:
    """Return a behavior with these policies; `origin` replaces some settings of its origin."""
    defaults: dict[str, Any] = {
        "domain_name": "origin.example.com",
        "path": "",
        "protocol": "https-only",
        "http_port": 80,
        "https_port": 443,
        "connect_seconds": 10,
        "response_seconds": 30,
        "custom_headers": (),
    }
    return Behavior(
        path_pattern=path_pattern,
        origin=Origin(**(defaults | origin)),
        viewer_protocol_policy="allow-all",
        allowed_methods=frozenset({"GET", "HEAD"}),
        policies=policies,
        viewer_request=None,
        requires_signature=False,
    )
