"""The entry point of the Lambda@Edge function, which answers viewer requests."""

import json
import os
import time

from lambda_edge.cookie_service import Settings, respond

# Type checkers treat this name as true. Importing `typing` would slow down every cold start.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Lambda@Edge does not support environment variables, so synth writes settings.json to this folder.
with open(os.path.join(os.path.dirname(__file__), "settings.json"), encoding="utf-8") as file:
    SETTINGS = Settings(**json.load(file))


def handler(event: "dict[str, Any]", _context: object) -> "dict[str, Any]":
    """Return the cookie service's answer, or the request itself, which passes it to the origin."""
    request: dict[str, Any] = event["Records"][0]["cf"]["request"]
    return respond(request, SETTINGS, time.time()) or request
