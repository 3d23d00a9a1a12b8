"""The AWS emulator: a process on this machine that implements AWS's API and keeps no files.

It runs the functions that are uploaded to it, so it accepts only requests signed with its key.
"""

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_ROOT = Path(__file__).parents[2]
#: The start of a command that ends when this process ends. A folder and the command follow.
END_WITH_PARENT = (sys.executable, "-I", Path(__file__).with_name("end_with_parent.py"))

_READY_WITHIN_SECONDS = 60

# CDK's Provider and its handlers wait for minutes, because CloudFront takes minutes.
_CLOCK_RATE = 20

#: The only account and Region of the AWS emulator.
ENVIRONMENT = "aws://000000000000/us-east-1"


class EmulatorError(Exception):
    """The AWS emulator cannot be started. The message is the reason."""


@contextmanager
def aws_emulator(scratch: Path, *, delays: bool = False) -> Iterator[dict[str, str]]:
    """Run an AWS emulator and yield the environment variables that connect an AWS client to it.

    If `delays` is true, changes of distributions and policies take effect after a while, as on AWS.

    The variables replace all AWS settings of the user, so a client that gets them sends no request
    to the real AWS. The emulator writes its log, `aws.log`, and the packages that it unpacks into
    the folder `scratch`.
    """
    log = scratch / "aws.log"
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    key = secrets.token_hex(16).upper()
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [*END_WITH_PARENT, scratch, sys.executable, "-m", "tools.emulator.process"],
            cwd=_ROOT,
            env=_own_environment()
            | {
                "GATEWAY_PORT": str(port),
                "BIND_HOST": "127.0.0.1",  # the default is all interfaces
                "EMULATOR_CLOCK_RATE": str(_CLOCK_RATE),
                "EMULATOR_DELAYS": "yes" if delays else "no",
                "SFN_WAIT_SCALE": str(1 / _CLOCK_RATE),
                "IOT_MTLS_ENABLED": "0",  # this service ignores BIND_HOST
                "MINISTACK_HOST": "127.0.0.1",  # the host to which custom resources respond
                "AUTH": "true",  # IAM checks each request
                "AWS_ACCESS_KEY_ID": key,  # the key of the account's root user
                "AWS_SECRET_ACCESS_KEY": "local",
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
            # This input tells end_with_parent.py not to remove the folder.
            process.communicate(b"end")


def client_environment(aws: dict[str, str]) -> dict[str, str]:
    """Return the environment of commands that use the AWS emulator of the settings `aws`.

    It is this process's environment without other AWS settings. With it, the CDK CLI sends no usage
    reports, because a preview uses the network only for downloads.
    """
    return _own_environment() | aws | {"CDK_DISABLE_CLI_TELEMETRY": "true"}


def _own_environment() -> dict[str, str]:
    """Return this process's environment without AWS settings, with the Node.js of .venv first."""
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
        except OSError:  # includes the timeout of a process that does not answer yet
            time.sleep(0.05)
    last_lines = log.read_text(errors="replace").strip().splitlines()[-3:]
    raise EmulatorError("the AWS emulator did not start: " + " ".join(last_lines))
