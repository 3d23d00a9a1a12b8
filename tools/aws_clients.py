"""Clients of AWS for the tools: they give up on a server that does not answer, or is not AWS."""

from dataclasses import dataclass
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.parsers import ResponseParserError

#: Three attempts of a request and the pauses between them end within 20 seconds.
_CONFIG = Config(
    connect_timeout=3, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3}
)
_SERVICES = (
    "acm",
    "cloudformation",
    "cloudfront",
    "iam",
    "lambda",
    "pricing-plan-manager",
    "route53",
    "service-quotas",
    "ssm",
    "sts",
)


def open_session() -> boto3.Session:
    """Return a session that the clients of one command share, also to get their credentials."""
    session = botocore.session.get_session()
    session.set_default_client_config(_CONFIG)
    for service in _SERVICES:
        session.register(f"before-parse.{service}", _refuse_another_server)
    return boto3.Session(botocore_session=session)


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose credentials are used, and of which account."""

    account: str
    arn: str

    def __str__(self) -> str:
        return f"account {self.account} (read as {self.arn})"


def read_caller(session: boto3.Session) -> Caller:
    """Raises ClientError."""
    sts: Any = session.client("sts", "us-east-1")
    identity = sts.get_caller_identity()
    return Caller(identity["Account"], identity["Arn"])


def _refuse_another_server(**answered: Any) -> None:
    """Raise ResponseParserError for an answer without AWS's request ID, which all of AWS's have.

    botocore's parsers take a page for an answer without content, or fail with a KeyError.
    """
    answer, operation = answered["response_dict"], answered["operation_model"].name
    if not {"x-amzn-requestid", "x-amz-request-id"} & {*map(str.lower, answer["headers"])}:
        raise ResponseParserError(
            f"the server that answered {operation} with status {answer['status_code']} is not "
            "AWS, but for example a proxy or the login page of a Wi-Fi network"
        )
