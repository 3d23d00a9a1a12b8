"""AWS clients for the tools. They fail quickly if a server does not answer or is not AWS."""

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
    """Return the session for all clients of one command.

    Its limits also apply to the calls that get credentials.
    """
    session = botocore.session.get_session()
    session.set_default_client_config(_CONFIG)
    for service in _SERVICES:
        session.register(f"before-parse.{service}", _refuse_another_server)
    return boto3.Session(botocore_session=session)


@dataclass(frozen=True, slots=True)
class Caller:
    """The identity of the credentials, and its account."""

    account: str
    arn: str

    def __str__(self) -> str:
        return f"account {self.account} (read as {self.arn})"


def read_caller(session: boto3.Session) -> Caller:
    """Return the identity of the session's credentials. Raises ClientError."""
    sts: Any = session.client("sts", "us-east-1")
    identity = sts.get_caller_identity()
    return Caller(identity["Account"], identity["Arn"])


def _refuse_another_server(**answered: Any) -> None:
    """Raise ResponseParserError for an answer without a request ID. All answers of AWS have one.

    Otherwise, botocore's parsers treat a web page as an empty answer, or fail with a KeyError.
    """
    answer, operation = answered["response_dict"], answered["operation_model"].name
    if not {"x-amzn-requestid", "x-amz-request-id"} & {*map(str.lower, answer["headers"])}:
        raise ResponseParserError(
            f"the server that answered {operation} with status {answer['status_code']} is not "
            "AWS; it may be a proxy, or the login page of a Wi-Fi network"
        )
