"""Entry point of the Lambda@Edge function, at viewer-request. An adapter only."""

import json
import os
import time

from lambda_edge.cookie_service import Settings, respond

# A name of this kind is special to type checkers; importing `typing` would cost a cold start.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Lambda@Edge has no environment variables, so synth writes settings.json beside this file.
with open(os.path.join(os.path.dirname(__file__), "settings.json"), encoding="utf-8") as file:
    SETTINGS = Settings(**json.load(file))


def handler(event: "dict[str, Any]", _context: object) -> "dict[str, Any]":
    """Answer the renew and clear paths; send every other request on to the origin untouched."""
    request: dict[str, Any] = event["Records"][0]["cf"]["request"]
    return respond(request, SETTINGS, time.time()) or request
