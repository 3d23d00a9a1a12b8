"""An embedded AWS: one process on this machine that speaks AWS's API, its state in memory only.

It runs the functions that are uploaded to it, so it answers only requests with its key.
"""

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_ROOT = Path(__file__).parents[2]
#: The start of a command that ends with this process: a folder and the command itself follow.
END_WITH_PARENT = (sys.executable, "-I", Path(__file__).with_name("end_with_parent.py"))

_READY_WITHIN_SECONDS = 60

#: The one account and region of the embedded AWS.
ENVIRONMENT = "aws://000000000000/us-east-1"


class LocalAwsError(Exception):
    """The embedded AWS cannot be started. The text says why."""


@contextmanager
def local_aws(scratch: Path) -> Iterator[dict[str, str]]:
    """Run an embedded AWS and yield the environment variables that lead any AWS client to it.

    The variables stand in for every AWS setting of the user's own, so that nothing of a client
    that gets them reaches the real AWS. In the folder `scratch` it keeps its log, `aws.log`, and
    what it unpacks.
    """
    log = scratch / "aws.log"
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    key = secrets.token_hex(16).upper()
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [*END_WITH_PARENT, scratch, sys.executable, "-m", "tools.preview.embedded_aws"],
            cwd=_ROOT,
            env=_own_environment()
            | {
                "GATEWAY_PORT": str(port),
                "BIND_HOST": "127.0.0.1",  # the default is all interfaces
                "IOT_MTLS_ENABLED": "0",  # which would listen on all interfaces all the same
                "MINISTACK_HOST": "127.0.0.1",  # where custom resources answer
                "PREVIEW_KEY": key,
                "TMPDIR": str(scratch),
            },
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,
        ) as process,
    ):
        endpoint = f"http://127.0.0.1:{port}"
        try:
            _wait_until_ready(process, endpoint, key, log)
            yield {
                "AWS_ENDPOINT_URL": endpoint,
                "AWS_REGION": "us-east-1",
                "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_ACCESS_KEY_ID": key,
                "AWS_SECRET_ACCESS_KEY": "local",
                "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_CONFIG_FILE": os.devnull,
                "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            }
        finally:
            # Whoever made the folder removes it.
            process.communicate(b"end")


def client_environment(aws: dict[str, str]) -> dict[str, str]:
    """Return the environment of commands that use the embedded AWS of the settings `aws`.

    It is this process's own without other AWS settings. The CDK CLI then sends no usage reports:
    a preview leaves nothing but downloads on the network.
    """
    return _own_environment() | aws | {"CDK_DISABLE_CLI_TELEMETRY": "true"}


def _own_environment() -> dict[str, str]:
    """Return this process's environment without AWS settings, and with the Node.js next to it."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return own | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}


def _wait_until_ready(
    process: "subprocess.Popen[bytes]", endpoint: str, key: str, log: Path
) -> None:
    health = f"{endpoint}/_ministack/health?X-Amz-Credential={key}"
    deadline = time.monotonic() + _READY_WITHIN_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(health, timeout=1):  # noqa: S310
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.05)
    last_words = log.read_text(errors="replace").strip().splitlines()[-3:]
    raise LocalAwsError("the embedded AWS did not start: " + " ".join(last_words))
