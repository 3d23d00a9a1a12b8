"""The process of the AWS emulator: ministack, with a check of every request's sender.

ministack's IAM gives a function only the permissions of its role, and
tools/emulator/service_role.py gives CloudFormation only those of the role that it gets.
tools/emulator/rules.py rejects documents that CloudFront rejects and ministack accepts. The
emulator also accepts alarms on metric math, which ministack rejects: it returns their definition
unchanged, and their state can be set, but it never evaluates them. The clock of functions runs
faster (tools/emulator/function_clock/).
"""

import os
import secrets
import time
from pathlib import Path
from typing import Any

import ministack.app
from ministack.core import lambda_runtime
from ministack.services import lambda_svc, sts
from ministack.services.cloudformation import provisioners

from tools.emulator import (
    cloudformation,
    delays,
    imports,
    pricing_plans,
    service_role,
    strict,
)
from tools.emulator.access import guarded

# ministack's IAM reads the root user's key from the environment. Functions get their role's key.
_KEY = os.environ["AWS_ACCESS_KEY_ID"]
_ADDRESS = f"{os.environ['BIND_HOST']}:{os.environ['GATEWAY_PORT']}"

_record_of_one_metric = provisioners._cw_metric_alarm_record
_guessable_credentials = lambda_runtime.execution_credentials
_code_url = lambda_svc._presigned_code_url
_pin_request_origin = ministack.app.pin_request_origin


def _record(name: str, properties: dict[str, Any]) -> dict[str, Any]:
    metrics = properties.get("Metrics")
    if not metrics:
        return dict(_record_of_one_metric(name, properties))
    one_metric = {"MetricName": "none", "Namespace": "none"}
    record = _record_of_one_metric(name, properties | {"Metrics": None} | one_metric)
    for key in ("MetricName", "Namespace", "Statistic", "Period", "Dimensions"):
        del record[key]
    return {**record, "Metrics": metrics}


def _credentials(config: dict[str, Any]) -> dict[str, str]:
    """Return random credentials of a function's role.

    ministack derives them from the function's name, so any user of this machine could send requests
    as the function.
    """
    session = sts._sessions.pop(_guessable_credentials(config)["AWS_ACCESS_KEY_ID"])
    key = f"ASIA{secrets.token_hex(8).upper()}"
    secret, token = secrets.token_hex(), secrets.token_hex()
    sts.register_session(key, session | {"SecretAccessKey": secret, "SessionToken": token})
    return {
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_SESSION_TOKEN": token,
    }


def _code_url_with_key(function_name: str) -> str:
    """Return the URL of a function's package, presigned with the root user's key."""
    return f"{_code_url(function_name)}&X-Amz-Credential={_KEY}"


def _pin_secure_origin(source_ip: str, _is_tls: bool) -> None:
    """Treat every request as one over TLS, which the policy of CDK's bucket requires."""
    _pin_request_origin(source_ip, True)


def _pin_no_signature(*_arguments: Any) -> None:
    """Do not compare signatures. A client with a key may use it, even through a test's proxy."""


def _is_key(key: str) -> bool:
    """Return whether `key` is the key of the root user or of an assumed role."""
    if session := sts._sessions.get(key):
        return not sts._session_expired(session)
    return secrets.compare_digest(key.encode(), _KEY.encode())


provisioners._cw_metric_alarm_record = _record
lambda_runtime.execution_credentials = lambda_svc.execution_credentials = _credentials
lambda_svc._presigned_code_url = _code_url_with_key
ministack.app.pin_request_origin = _pin_secure_origin
ministack.app.pin_signed_request = _pin_no_signature
strict.install()
pricing_plans.install()
cloudformation.install()
imports.install()
service_role.install()
if os.environ["EMULATOR_DELAYS"] == "yes":
    delays.install()
# The processes of Python functions inherit this environment.
os.environ["PYTHONPATH"] = str(Path(__file__).with_name("function_clock"))
os.environ["EMULATOR_CLOCK_BEGAN"] = str(time.time())
ministack.app.app = guarded(ministack.app.app, address=_ADDRESS, is_key=_is_key)

if __name__ == "__main__":
    ministack.app.main()
