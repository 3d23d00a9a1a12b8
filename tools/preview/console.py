"""The preview's own pages: the live log of requests and events, and the clock."""

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    JSONResponse,
    PlainTextResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from tools.preview.journal import Journal

_PAGE = Path(__file__).parent / "page"
_FILES = ("console.css", "console.js", "itp.js", "shop.css", "shop.js", "site.js")
_FRESH = {"Cache-Control": "no-cache"}
_MOST_DAYS = 3650


def console(
    journal: Journal,
    move_clock: Callable[[timedelta], timedelta],
    callers: Sequence[str],
    site: Mapping[str, str],
) -> Starlette:
    """Return the server of the live view. `move_clock` moves the clock of the cookie service.

    `site` has the values that the live view shows about the user's own site: its `origin`, its
    `address` behind the edge, the address of the page `later`, and the `snippet`. It is empty for
    the shop. Only pages of the origins in `callers` may use the server: the log contains IDs, and
    any page in the same browser could send requests. `GET /log` streams the journal as server-sent
    events, named for the kind of entry.
    """

    async def log(_: Request) -> Response:
        async def events() -> AsyncIterator[str]:
            async for kind, entry in journal.follow():
                yield f"event: {kind}\ndata: {json.dumps(entry)}\n\n"

        return StreamingResponse(events(), media_type="text/event-stream", headers=_FRESH)

    async def clock(request: Request) -> Response:
        days = _days(await _json_object(request))
        if days is None:
            expected = f'{{"days": a number above 0, at most {_MOST_DAYS}}}'
            return JSONResponse({"error": f"expected {expected}"}, 400)
        ahead = {"days": move_clock(timedelta(days=days)) / timedelta(days=1)}
        journal.add("clock", ahead)
        return JSONResponse(ahead)

    async def visits(request: Request) -> Response:
        visit = await _json_object(request)
        days = move_clock(timedelta()) / timedelta(days=1)
        journal.add("visit", {"time": datetime.now(UTC).isoformat(), "days": days, **visit})
        return JSONResponse({})

    async def about_site(_: Request) -> Response:
        return JSONResponse(dict(site))

    async def page(_: Request) -> Response:
        return FileResponse(_PAGE / "console.html", headers=_FRESH)

    async def file(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in _FILES:
            return Response("no such file\n", 404, media_type="text/plain")
        return FileResponse(_PAGE / name, headers=_FRESH)

    return Starlette(
        routes=[
            Route("/", page),
            Route("/log", log),
            Route("/clock", clock, methods=["POST"]),
            Route("/site", about_site),
            Route("/visits", visits, methods=["POST"]),
            Route("/{name}", file),
        ],
        middleware=[
            Middleware(_OriginCheck, callers=callers),
            Middleware(
                CORSMiddleware, allow_origins=callers, allow_methods=["*"], allow_headers=["*"]
            ),
        ],
    )


class _OriginCheck:
    """Rejects requests from pages of other origins, whose scripts always send `Origin`."""

    def __init__(self, app: ASGIApp, callers: Sequence[str]) -> None:
        self._app = app
        self._callers = callers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        origin = Headers(scope=scope).get("origin")
        forbidden = PlainTextResponse("pages of other origins cannot use this address\n", 403)
        app = self._app if origin is None or origin in self._callers else forbidden
        await app(scope, receive, send)


async def _json_object(request: Request) -> dict[str, Any]:
    try:
        value = json.loads(await request.body())
    except ValueError:
        value = None
    return value if isinstance(value, dict) else {}


def _days(value: dict[str, Any]) -> float | None:
    days = value.get("days")
    if isinstance(days, bool) or not isinstance(days, int | float):
        return None
    # The comparison is also false for NaN, which Python's JSON parser accepts.
    return days if 0 < days <= _MOST_DAYS else None
