"""Entry point of the Lambda@Edge function, at viewer-request. Only an adapter."""

import json
import os
import time

from lambda_edge.cookie_service import Settings, respond

# Type checkers know this name. Importing `typing` would slow down every cold start.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Lambda@Edge has no environment variables, so synth writes settings.json next to this file.
with open(os.path.join(os.path.dirname(__file__), "settings.json"), encoding="utf-8") as file:
    SETTINGS = Settings(**json.load(file))


def handler(event: "dict[str, Any]", _context: object) -> "dict[str, Any]":
    """Answer the renew and clear paths; pass every other request to the origin unchanged."""
    request: dict[str, Any] = event["Records"][0]["cf"]["request"]
    return respond(request, SETTINGS, time.time()) or request
