"""The CDK app, which synthesizes two stacks from the context."""

import sys
from pathlib import Path

import aws_cdk as cdk

from stacks.config import ConfigError, TrackingConfig
from stacks.context_files import ContextFiles
from stacks.cookie_service_stack import CookieServiceStack
from stacks.deployment import Deployment
from stacks.proxy_stack import ProxyStack


def main() -> None:
    """Synthesize the two stacks of the deployment that the context describes."""
    # CDK writes a report if a synth is slow, with different figures each time.
    app = cdk.App(performance_reporting=False)
    try:
        # The CLI runs the app in the folder whose context files it has read.
        files = ContextFiles.read(Path.cwd(), Path.home())
        config = TrackingConfig.from_context(files.settings(app.node.get_all_context()))
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
