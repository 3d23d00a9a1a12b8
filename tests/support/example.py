"""The example that most tests are about: its context, configuration, and settings."""

from typing import Any

from lambda_edge.cookie_service import Settings
from stacks.config import TrackingConfig
from stacks.deployment import Deployment

#: The required keys.
CONTEXT = {
    "domain": "example.com",
    "certificate_arn": (
        "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
    ),
}
#: A context with which the templates have every type of resource.
EVERY_KEY: dict[str, str | None] = {
    "certificate_arn": None,  # The deployment requests a certificate.
    "site_distribution_id": "E123,E456",
    "hosted_zone_id": "Z1D633PJN98FT9",
    "alarm_topic_arn": "arn:aws:sns:us-east-1:111122223333:on-call",
    "web_acl_arn": "arn:aws:wafv2:us-east-1:111122223333:global/webacl/proxies/"
    "12345678-1234-1234-1234-123456789012",
    "forward_cookies": "false",
}


def configure(**context: object) -> TrackingConfig:
    """Return the configuration of the example, with `context` on top."""
    return TrackingConfig.from_context({**CONTEXT, **context})


def deployment(**context: object) -> Deployment:
    """Return the deployment of the example, with `context` on top."""
    return Deployment(configure(**context))


def make_settings(**own: Any) -> Settings:
    """Return the edge function's settings in the example; `own` replaces some of them."""
    defaults: dict[str, Any] = {
        "cookie_domain": "example.com",
        "cookie_domain_is_registrable": True,
        "honor_gpc": False,
        "mark_restored": False,
        "max_age_seconds": 31536000,
        "restore_after_seconds": 0,
        "renew_path": "/ht/renew",
        "clear_path": "/ht/clear",
    }
    return Settings(**(defaults | own))
