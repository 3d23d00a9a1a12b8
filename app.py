"""The CDK app: context in, two stacks out."""

import sys

import aws_cdk as cdk

from stacks.config import ConfigError, TrackingConfig
from stacks.cookie_service_stack import CookieServiceStack
from stacks.deployment import Deployment
from stacks.proxy_stack import ProxyStack


def main() -> None:
    """Synthesize the two stacks of the deployment that the context describes."""
    app = cdk.App()
    try:
        config = TrackingConfig.from_context(app.node.get_all_context())
    except ConfigError as error:
        sys.exit(str(error))
    deployment = Deployment(config)
    proxies = ProxyStack(app, deployment.proxies_stack, deployment=deployment)
    CookieServiceStack(app, deployment.cookie_service_stack, deployment=deployment)
    for warning_id, text in config.warnings().items():
        cdk.Annotations.of(proxies).add_warning_v2(f"FirstPartyTracking:{warning_id}", text)
    app.synth()


if __name__ == "__main__":
    main()
