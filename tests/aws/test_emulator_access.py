"""Access to the AWS emulator, which runs uploaded code as the user who started it.

tests/browser/emulator_contract.py tests attacks from web pages.
"""

import os
import shutil
import socket
import subprocess
import uuid
from urllib.parse import urlsplit

import httpx
import pytest

PATHS = [
    pytest.param("POST", "/2015-03-31/functions", id="lambda"),
    pytest.param("GET", "/", id="list-buckets"),
    pytest.param("GET", "/health", id="health"),
    pytest.param("GET", "/_ministack/health", id="ministack-health"),
    pytest.param("POST", "/_ministack/reset", id="ministack-reset"),
    pytest.param("POST", "/_ministack/config", id="ministack-config"),
    pytest.param("GET", "/_ministack/lambda-code/000000000000/us-east-1/any", id="lambda-code"),
    pytest.param("PUT", "/_ministack/cfn-signal/any", id="cfn-signal"),
    pytest.param("GET", f"/_ministack/cfn-response/{uuid.uuid4()}", id="cfn-response-GET"),
    pytest.param("PUT", "/_ministack/cfn-response/../config", id="cfn-response-other-path"),
]


def signed_by(key: str) -> dict[str, str]:
    """Return the header of a request that names an access key ID."""
    scope = f"{key}/20261124/us-east-1/lambda/aws4_request"
    return {
        "authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
    }


@pytest.fixture
def key(aws: dict[str, str]) -> str:
    """The emulator's access key ID."""
    return aws["AWS_ACCESS_KEY_ID"]


def send(aws: dict[str, str], method: str, path: str, headers: dict[str, str]) -> httpx.Response:
    """Send a request with exactly this path to the emulator."""
    with httpx.Client(base_url=aws["AWS_ENDPOINT_URL"]) as client:
        request = client.build_request(method, "/", headers=headers)
        request.url = request.url.copy_with(raw_path=path.encode())
        return client.send(request)


def test_request_with_the_key_is_accepted(aws: dict[str, str], key: str) -> None:
    """The tests below change only one part of this accepted request."""
    assert send(aws, "GET", "/_ministack/health", signed_by(key)).status_code == 200
    assert send(aws, "GET", "/2015-03-31/functions", signed_by(key)).status_code == 200
    presigned = f"/_ministack/health?X-Amz-Credential={key}%2F20261124%2Fus-east-1"
    assert send(aws, "GET", presigned, {}).status_code == 200


@pytest.mark.parametrize(("method", "path"), PATHS)
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"origin": "http://evil.localhost"}, id="Origin"),
        pytest.param({"origin": "null"}, id="Origin-null"),
        pytest.param({"sec-fetch-site": "cross-site"}, id="Sec-Fetch-Site"),
        pytest.param({"sec-fetch-site": "same-origin"}, id="Sec-Fetch-Site-same-origin"),
        pytest.param({"host": "evil.example"}, id="Host"),
        pytest.param({"host": "127.0.0.1"}, id="Host-without-port"),
    ],
)
def test_request_of_a_web_page_is_forbidden_even_with_the_key(
    aws: dict[str, str], key: str, method: str, path: str, headers: dict[str, str]
) -> None:
    response = send(aws, method, path, signed_by(key) | headers)

    assert response.status_code == 403
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize(("method", "path"), PATHS)
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="no-key"),
        pytest.param(signed_by("local"), id="other-key"),
        pytest.param(signed_by("000000000000"), id="account-id"),
        pytest.param(signed_by("ASIA0123456789ABCDEF"), id="unknown-session"),
        pytest.param({"authorization": "AWS local:signature"}, id="signature-version-2"),
    ],
)
def test_request_without_the_key_is_forbidden(
    aws: dict[str, str], method: str, path: str, headers: dict[str, str]
) -> None:
    assert send(aws, method, path, headers).status_code == 403


def test_preflight_is_forbidden(aws: dict[str, str]) -> None:
    headers = {"origin": "http://evil.localhost", "access-control-request-method": "POST"}
    response = send(aws, "OPTIONS", "/2015-03-31/functions", headers)

    assert response.status_code == 403
    assert "access-control-allow-origin" not in response.headers


def test_websocket_is_forbidden(aws: dict[str, str], key: str) -> None:
    """A page can open a WebSocket to any host; the handshake needs no CORS header."""
    headers = signed_by(key) | {
        "origin": "http://evil.localhost",
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    assert send(aws, "GET", "/_aws/execute-api/any/prod", headers).status_code == 403


def test_two_host_headers_are_forbidden(aws: dict[str, str], key: str) -> None:
    address = urlsplit(aws["AWS_ENDPOINT_URL"])
    head = f"GET /_ministack/health?X-Amz-Credential={key} HTTP/1.1\r\n"
    head += f"Host: {address.netloc}\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
    with socket.create_connection((address.hostname, address.port)) as connection:
        connection.sendall(head.encode())
        status = connection.makefile("rb").readline().split()[1]

    assert status in {b"400", b"403"}


def test_response_of_a_custom_resource_needs_no_key(aws: dict[str, str]) -> None:
    """CloudFormation's presigned URL has a random token instead of the function's key."""
    path = f"/_ministack/cfn-response/{uuid.uuid4()}"

    assert send(aws, "PUT", path, {}).status_code == 200
    assert send(aws, "PUT", path, {"origin": "http://evil.localhost"}).status_code == 403
    assert send(aws, "PUT", path, {"host": "evil.example"}).status_code == 403


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can send requests as another user")
def test_another_user_of_the_machine_is_forbidden(aws: dict[str, str], key: str) -> None:
    """Another user cannot find the key in environments and command lines, and cannot run code."""
    python = shutil.which("python3", path="/usr/bin:/bin")
    if python is None:
        pytest.skip("no Python that another user may run: apt-get install python3")
    program = """
import glob, sys, urllib.error, urllib.request

for file in glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/cmdline"):
    try:
        print(open(file, errors="replace").read())
    except OSError:
        pass
try:
    urllib.request.urlopen(f"{sys.argv[1]}/2015-03-31/functions", data=b"{}")
except urllib.error.HTTPError as error:
    print(error.code)
"""
    done = subprocess.run(
        [python, "-c", program, aws["AWS_ENDPOINT_URL"]],
        user=65534,
        group=65534,
        extra_groups=[],
        env={},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stderr == ""
    assert "tools.emulator.process" in done.stdout  # the program found the emulator's process
    assert key not in done.stdout
    assert done.stdout.endswith("\n403\n")
