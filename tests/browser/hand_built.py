"""Cookie services on the site's own server, built by hand as Hightouch's page describes.

`domain` sets the `Domain` that the SDK sets, and `host` sets none, because the page leaves the
attribute open. Any other name is a service that was removed.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.support.faulty_cookie_services import SERVER_COOKIE_FOR, pairs

_SCOPES = {"domain": "; Domain=moving.example", "host": ""}


def with_service(snippet: str, service: str) -> str:
    """Return the client snippet with the paths of a cookie service that was built by hand."""
    return snippet.replace('Url":"/id/', f'Url":"/{service}/')


async def _answer(request: Request) -> Response:
    service, call = request.path_params["service"], request.path_params["call"]
    if service not in _SCOPES:
        return Response(status_code=404)
    response = Response("{}", media_type="application/json")
    for name, value in _cookies(call, dict(pairs(request.headers.get("cookie", "")))).items():
        age = 31536000 if value else 0
        flag = "; HttpOnly" if name.endswith("_srvr") else ""
        response.headers.append(
            "set-cookie", f"{name}={value}{_SCOPES[service]}; Path=/; Max-Age={age}{flag}"
        )
    return response


def _cookies(call: str, sent: dict[str, str]) -> dict[str, str]:
    """Return the cookies that the answer sets, or expires with an empty value."""
    if call == "clear":
        return dict.fromkeys(SERVER_COOKIE_FOR.values(), "")
    renewed = {twin: sent[name] for name, twin in SERVER_COOKIE_FOR.items() if name in sent}
    if renewed:
        return renewed
    return {
        cookie: sent[twin]
        for name, twin in SERVER_COOKIE_FOR.items()
        if twin in sent
        for cookie in (name, twin)
    }


ROUTES = [Route("/{service}/{call}", _answer, methods=["POST"])]
