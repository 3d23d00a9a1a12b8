"""The origins of the preview: stubs of Hightouch's two hosts, and the shop."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from stacks.deployment import Deployment
from tools.preview.snippet import without_cookie_service

_SDK = Path(__file__).parents[2] / "node_modules/@ht-sdks/events-sdk-js-browser/dist/umd"
_SHOP = Path(__file__).parent / "page" / "shop.html"
# Pages load the SDK and send events across origins.
_ANY_ORIGIN = Middleware(
    CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"]
)


def hightouch(
    deployment: Deployment, record: Callable[[dict[str, Any]], None]
) -> dict[str, httpx.AsyncBaseTransport]:
    """Return the transports to the origins of the two proxies, by name.

    `record` gets each event.
    """
    return {
        deployment.sdk_proxy.table.origin_domain: httpx.ASGITransport(sdk_cdn()),
        deployment.events_proxy.table.origin_domain: httpx.ASGITransport(events_api(record)),
    }


def sdk_cdn() -> Starlette:
    """Return a stub of Hightouch's CDN. It serves the SDK of the npm package."""

    def file(request: Request) -> Response:
        path = _SDK / request.path_params["name"]
        if not path.is_file():
            return Response("no such file\n", 404, media_type="text/plain")
        return FileResponse(path, media_type="text/javascript")

    async def integrations(_: Request) -> Response:
        return JSONResponse({})

    return Starlette(
        routes=[
            Route("/browser/{channel}/{version}/{name}", file),
            Route("/next-integrations/{rest:path}", integrations),
        ],
        middleware=[_ANY_ORIGIN],
    )


def events_api(record: Callable[[dict[str, Any]], None]) -> Starlette:
    """Return a stub of Hightouch's events API. `record` gets each event that it accepts."""

    async def take(request: Request) -> Response:
        events = _events(await request.body())
        if events is None:
            return JSONResponse({"success": False, "error": "the body is not a JSON object"}, 400)
        for event in events:
            record({"type": request.path_params["type"], **event})
        return JSONResponse({"success": True})

    return Starlette(routes=[Route("/v1/{type}", take, methods=["POST"])], middleware=[_ANY_ORIGIN])


def _events(body: bytes) -> list[dict[str, Any]] | None:
    """Return the event, or the batch of events, in a request's body; None if there is none."""
    try:
        event = json.loads(body)
    except ValueError:
        return None
    batch = event.get("batch", [event]) if isinstance(event, dict) else None
    if isinstance(batch, list) and all(isinstance(event, dict) for event in batch):
        return batch
    return None


def shop(snippet: str, console: str, restore_after: timedelta) -> Starlette:
    """Return the site. Its only page has the client snippet in its head.

    `console` is the address of the preview's own server. The page explains the effect of
    `restore_after` on a reset. With `?cookie-service=off`, the snippet does not have the cookie
    service.
    """

    async def page(request: Request) -> Response:
        own = snippet
        if request.query_params.get("cookie-service") == "off":
            own = without_cookie_service(snippet)
        text = _SHOP.read_text().replace("{{snippet}}", own).replace("{{console}}", console)
        hours = restore_after // timedelta(hours=1)
        text = text.replace("{{restore_after_hours}}", str(hours))
        return HTMLResponse(text, headers={"Cache-Control": "no-store"})

    return Starlette(routes=[Route("/", page)])
