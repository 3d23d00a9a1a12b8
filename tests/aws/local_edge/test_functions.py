"""Lambda@Edge functions at viewer-request: their events, their results, and their errors."""

import json
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.support.local_edge import Edge
from tools.preview.local_edge import EdgeFunctions


def test_function_gets_cloudfronts_event(edge: Edge, site: str) -> None:
    response = edge.send(
        "/function/a%20b?size=large",
        ("cookie", "a=1"),
        ("x-script", '{"show": "event"}'),
        ("cookie", "b=2"),
        ("x-edge-location", "hidden"),
        method="POST",
        content=b"not shown",
    )

    [record] = response.json()["Records"]
    config, request = record["cf"]["config"], record["cf"]["request"]
    assert config.pop("requestId")
    assert boto3.client("cloudfront").get_distribution(Id=config.pop("distributionId"))
    assert config == {"distributionDomainName": site, "eventType": "viewer-request"}
    assert request == {
        "clientIp": "192.0.2.2",
        "headers": {
            "host": [{"key": "host", "value": "www.example.com"}],
            "cookie": [{"key": "cookie", "value": "a=1"}, {"key": "cookie", "value": "b=2"}],
            "content-length": [{"key": "content-length", "value": "9"}],
        },
        "method": "POST",
        "querystring": "size=large",
        "uri": "/function/a%20b",
    }


def test_each_request_has_its_own_request_id(edge: Edge) -> None:
    events = [edge.send_script(show="event").json() for _ in range(2)]

    request_ids = {event["Records"][0]["cf"]["config"]["requestId"] for event in events}
    assert len(request_ids) == 2


def test_request_that_a_function_returns_reaches_the_origin(edge: Edge) -> None:
    response = edge.send(
        "/function/a%20b?size=large",
        ("cookie", "a=1"),
        ("x-edge-location", "hidden"),
        method="POST",
        content=b"\x00\xff",
    )

    assert response.text == "from the origin"
    assert response.headers["x-cache"] == "Miss from cloudfront"
    [request] = edge.received
    assert request.method == "POST"
    assert str(request.url) == "https://origin.example.com/function/a%20b?size=large"
    assert request.headers["cookie"] == "a=1"
    assert request.content == b"\x00\xff"


def test_changes_of_a_function_reach_the_origin(edge: Edge) -> None:
    """According to the guide, a changed URI changes neither the behavior nor the origin."""
    script = {
        "uri": "/old/new",
        "querystring": "size=small",
        "headers": {
            "cookie": [{"key": "Cookie", "value": "b=2"}],
            "x-new": [{"value": "1"}, {"value": "2"}],
        },
    }

    edge.send("/function?size=large", ("cookie", "a=1"), ("x-script", json.dumps(script)))

    [request] = edge.received
    assert str(request.url) == "https://origin.example.com/old/new?size=small"
    assert request.headers["cookie"] == "b=2"
    assert request.headers.get_list("x-new") == ["1", "2"]
    assert "x-script" not in request.headers


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        pytest.param({"method": "PUT"}, "method and clientIp are read-only", id="method"),
        pytest.param({"uri": "new"}, "uri must be a path", id="uri"),
        pytest.param(
            {"headers": {"host": [{"value": "origin.example.com"}]}},
            "header host is read-only",
            id="read-only-header",
        ),
        pytest.param(
            {"headers": {"x-edge-a": [{"value": "1"}]}},
            "header x-edge-a is disallowed",
            id="disallowed-header",
        ),
        pytest.param({"answer": None}, "must be an object, got None", id="null"),
        pytest.param({"answer": {}}, "status must be a string", id="neither"),
        pytest.param({"answer": {"status": 200}}, "status must be a string", id="status"),
        pytest.param(
            {"answer": {"status": "200", "headers": {"connection": [{"value": "close"}]}}},
            "header connection is disallowed",
            id="header-of-a-response",
        ),
        pytest.param({"repeat": 40 * 1024 + 1}, "the limit is 40960", id="more-than-40-KB"),
    ],
)
def test_invalid_result_of_a_function_is_a_502(
    edge: Edge, script: dict[str, Any], reason: str
) -> None:
    """The guide, "HTTP 502 status code", "Lambda validation error"."""
    response = edge.send_script(**script)

    assert response.status_code == 502
    assert "is invalid" in response.text
    assert reason in response.text
    assert response.headers["x-cache"] == "Error from cloudfront"
    assert edge.received == []


def test_generated_response_reaches_the_viewer(edge: Edge) -> None:
    response = edge.send_script(
        answer={
            "status": "201",
            "statusDescription": "Made",
            "headers": {
                "set-cookie": [
                    {"key": "Set-Cookie", "value": "a=1; Path=/"},
                    {"key": "Set-Cookie", "value": "b=2; Expires=Wed, 09 Jun 2021 10:18:14 GMT"},
                ],
                "cache-control": [{"key": "Cache-Control", "value": "no-store"}],
            },
            "body": "AP8=",
            "bodyEncoding": "base64",
        }
    )

    assert response.status_code == 201
    assert response.headers.get_list("set-cookie") == [
        "a=1; Path=/",
        "b=2; Expires=Wed, 09 Jun 2021 10:18:14 GMT",
    ]
    assert response.headers["cache-control"] == "no-store"
    assert (response.content, response.headers["content-length"]) == (b"\x00\xff", "2")
    assert response.headers["x-cache"] == "LambdaGeneratedResponse from cloudfront"
    assert "content-type" not in response.headers
    assert edge.received == []


def test_generated_body_of_40_kb_is_accepted(edge: Edge) -> None:
    assert len(edge.send_script(repeat=40 * 1024).content) == 40960


@pytest.mark.parametrize("status", ["204", "304"])
def test_generated_response_that_cannot_have_a_body_has_no_content_length(
    edge: Edge, status: str
) -> None:
    """RFC 9110 §8.6. A 304 may have only the length that a 200 would have, which is unknown."""
    response = edge.send_script(answer={"status": status})

    assert response.status_code == int(status)
    assert "content-length" not in response.headers


def test_generated_response_without_a_body_has_content_length_0(edge: Edge) -> None:
    assert edge.send_script(answer={"status": "200"}).headers["content-length"] == "0"


def test_function_that_raises_is_a_503_and_answers_the_next_request(edge: Edge) -> None:
    """The guide, "HTTP 503 status code": it "returns an error during runtime"."""
    response = edge.send_script(**{"raise": "no luck"})

    assert response.status_code == 503
    assert "function:scripted:1 failed: ValueError: no luck" in response.text
    assert response.headers["x-cache"] == "Error from cloudfront"
    assert edge.received == []
    assert edge.send("/function").status_code == 200


def test_function_that_ends_its_process_is_a_503_and_answers_the_next_request(edge: Edge) -> None:
    response = edge.send_script(exit=7)

    assert response.status_code == 503
    assert "exit status 7" in response.text
    assert edge.send("/function").status_code == 200


def test_timeout_of_the_function_is_used(edge: Edge) -> None:
    response = edge.send("/hanging")

    assert response.status_code == 503
    assert "function:hanging:1 failed: timed out after 1 s" in response.text


def test_function_that_does_not_exist_is_a_503(edge: Edge) -> None:
    response = edge.send("/missing")

    assert response.status_code == 503
    assert "function:missing:1 failed: Lambda does not return its package: " in response.text
    assert "ResourceNotFoundException" in response.text
    assert "Finding(" not in response.text


def test_package_runs_as_it_was_uploaded(edge: Edge) -> None:
    """The function has all its files and its own handler."""
    assert edge.send("/packaged").text == "größe"


def test_function_of_another_event_does_not_run(edge: Edge) -> None:
    response = edge.send("/origin-request", ("x-script", '{"raise": "it ran"}'))

    assert response.status_code == 200
    assert edge.received[0].headers["x-script"] == '{"raise": "it ran"}'


def test_clock_of_all_functions_moves(edge: Edge, functions: EdgeFunctions, tmp_path: Path) -> None:
    """Each move adds to the previous moves, and also applies to functions that start later."""
    lambda_ = boto3.client("lambda")
    other_functions = EdgeFunctions(lambda_, tmp_path)
    function = lambda_.get_function(FunctionName="scripted", Qualifier="1")["Configuration"]
    event = {
        "Records": [{"cf": {"request": {"headers": {"x-script": [{"value": '{"show": "time"}'}]}}}}]
    }

    def seconds_ahead() -> float:
        answer: Any = other_functions.invoke(function["FunctionArn"], event)
        return float(json.loads(answer["body"])) - time.time()

    assert other_functions.move_clock(timedelta(days=1)) == timedelta(days=1)
    assert seconds_ahead() == pytest.approx(86400, abs=60)
    assert other_functions.move_clock(timedelta(days=7)) == timedelta(days=8)
    assert seconds_ahead() == pytest.approx(691200, abs=60)
    other_functions.close()
    assert abs(float(edge.send_script(show="time").text) - time.time()) < 60
    assert functions.move_clock(timedelta()) == timedelta()
