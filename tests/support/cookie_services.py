"""A correct cookie service that answers in this process."""

import httpx

from lambda_edge.cookie_service import Settings, respond
from tests.support.example import make_settings
from tests.support.live_hosts import Answer


def right(settings: Settings | None = None) -> Answer:
    """Return the answers of this project's cookie service."""

    def answer(request: httpx.Request) -> httpx.Response:
        headers: dict[str, list[dict[str, str]]] = {}
        for key, value in request.headers.multi_items():
            headers.setdefault(key.lower(), []).append({"key": key, "value": value})
        seen = {"uri": request.url.path, "method": request.method, "headers": headers}
        response = respond(seen, settings or make_settings(), 1_700_000_000)
        if response is None:
            return httpx.Response(404)
        return httpx.Response(
            int(response["status"]),
            headers=[
                (item["key"], item["value"])
                for items in response["headers"].values()
                for item in items
            ],
            text=response["body"],
        )

    return answer
