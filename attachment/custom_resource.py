"""The custom resource that keeps the cookie service's behaviors on a live distribution.

Its two handlers for CDK's Provider are only adapters: attachment/rollout.py does the work.
https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.custom_resources-readme.html
"""

import os
from typing import Any

import boto3
from botocore.config import Config

from attachment.request import Request
from attachment.rollout import Rollout

# The handlers try again themselves. All calls of one step together must end in STEP_SECONDS.
_CONFIG = Config(connect_timeout=3, read_timeout=8, retries={"total_max_attempts": 1})


def on_event(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Begin a request. Raises AttachmentError."""
    return _rollout().begin(Request.from_event(event))


def is_complete(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Take one step of a request; return whether it is complete. Raises AttachmentError."""
    return {"IsComplete": _rollout().step(Request.from_event(event))}


def _rollout() -> Rollout:
    return Rollout(
        cloudfront=boto3.client("cloudfront", config=_CONFIG),
        lambda_=boto3.client("lambda", config=_CONFIG),
        cloudformation=boto3.client("cloudformation", config=_CONFIG),
        own_function=os.environ["FUNCTION_ARN"],
        named=frozenset(os.environ["DISTRIBUTION_IDS"].split(",")),
    )
