"""The process of the AWS emulator: ministack, with a check of every request's sender.

It also accepts alarms on metric math, which ministack rejects. It returns their definition
unchanged and their state can be set, but it never evaluates them.
"""

import os
import secrets
from typing import Any

import ministack.app
from ministack.core import lambda_runtime
from ministack.services import lambda_svc, sts
from ministack.services.cloudformation import provisioners

from tools.preview.emulator_access import guarded

_KEY = os.environ.pop("PREVIEW_KEY")
_ADDRESS = f"{os.environ['BIND_HOST']}:{os.environ['GATEWAY_PORT']}"

_record_of_one_metric = provisioners._cw_metric_alarm_record
_credentials = lambda_runtime.execution_credentials
_code_url = lambda_svc._presigned_code_url


def _record(name: str, properties: dict[str, Any]) -> dict[str, Any]:
    metrics = properties.get("Metrics")
    if not metrics:
        return dict(_record_of_one_metric(name, properties))
    one_metric = {"MetricName": "none", "Namespace": "none"}
    record = _record_of_one_metric(name, properties | {"Metrics": None} | one_metric)
    for key in ("MetricName", "Namespace", "Statistic", "Period", "Dimensions"):
        del record[key]
    return {**record, "Metrics": metrics}


def _credentials_with_key(config: dict[str, Any]) -> dict[str, str]:
    """Return the credentials in a function's environment, with the preview's key."""
    return {**_credentials(config), "AWS_ACCESS_KEY_ID": _KEY}


def _code_url_with_key(function_name: str) -> str:
    """Return the URL of a function's package, presigned with the preview's key."""
    return f"{_code_url(function_name)}&X-Amz-Credential={_KEY}"


def _is_key(key: str) -> bool:
    """Return whether `key` is the preview's, or that of a role that was assumed with it."""
    if session := sts._sessions.get(key):
        return not sts._session_expired(session)
    return secrets.compare_digest(key.encode(), _KEY.encode())


provisioners._cw_metric_alarm_record = _record
lambda_runtime.execution_credentials = _credentials_with_key
lambda_svc.execution_credentials = _credentials_with_key
lambda_svc._presigned_code_url = _code_url_with_key
ministack.app.app = guarded(ministack.app.app, address=_ADDRESS, is_key=_is_key)

if __name__ == "__main__":
    ministack.app.main()
