"""A Lambda@Edge function on this machine: its package, run by AWS's runtime client."""

import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import Future
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Self

_FUNCTION_ARN = "arn:aws:lambda:us-east-1:111122223333:function:preview:1"


class FunctionError(Exception):
    """The function raised, ended its process, or could not be loaded. The message has the cause."""


class FunctionTimeoutError(FunctionError):
    """The function took longer than its timeout, and its process was ended."""


class EdgeFunction:
    """The only execution environment of a function: one process, one event at a time.

    `package` is the unpacked deployment package, and `handler` is Lambda's setting of that name
    (`package.module.function`). The process starts with the first event. After a crash or a
    timeout, it starts again with the next event. The file `logs` gets the output of the function
    and its runtime. It is in a new folder in `scratch`, by default the system's temporary folder.
    """

    def __init__(
        self,
        package: Path,
        handler: str,
        *,
        timeout: timedelta = timedelta(seconds=5),
        scratch: Path | None = None,
    ) -> None:
        self._package = package
        self._handler = handler
        self._timeout = timeout
        self._one_at_a_time = threading.Lock()
        self._folder = tempfile.TemporaryDirectory(prefix="edge-function-", dir=scratch)
        self.logs = Path(self._folder.name) / "logs"
        self.logs.touch()
        self._clock = Path(self._folder.name) / "clock"
        self._clock.write_text("0")
        self._environment: _Environment | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process and delete its logs."""
        if self._environment is not None:
            self._environment.close()
        self._folder.cleanup()

    def move_clock(self, offset: timedelta) -> None:
        """Set the function's `time.time()` to `offset` ahead of this machine's clock."""
        with self._one_at_a_time:
            self._clock.write_text(str(offset.total_seconds()))

    def invoke(self, event: object) -> Any:
        """Return the function's result for `event`. Both are JSON values.

        Raises FunctionError, or its subclass FunctionTimeoutError after the function's timeout.
        """
        with self._one_at_a_time:
            if self._environment is None:
                command: list[str | Path] = [
                    Path(__file__).with_name("edge_runtime.py"),
                    self._clock,
                    self._handler,
                ]
                self._environment = _Environment(self._package, command, self.logs)
            try:
                return self._environment.invoke(event, self._timeout)
            finally:
                if not self._environment.is_usable:
                    self._environment.close()
                    self._environment = None


class _Environment:
    """A runtime process, and the API from which it gets its events.

    Spec: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
    """

    def __init__(self, package: Path, command: Sequence[str | Path], logs: Path) -> None:
        self.is_usable = True
        self._api = _RuntimeApi()
        with logs.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-P", *command],
                cwd=package,
                # These are the variables that Lambda sets; none of this machine's is passed on.
                env={
                    "AWS_LAMBDA_RUNTIME_API": self._api.address,
                    "LAMBDA_TASK_ROOT": str(package),
                    "PATH": os.defpath,
                    "PYTHONDONTWRITEBYTECODE": "1",
                    "PYTHONPATH": str(package),
                },
                stdin=subprocess.PIPE,  # closed when this process ends; then the runtime ends
                stdout=output,
                stderr=output,
            )
        threading.Thread(target=self._watch, daemon=True).start()

    def invoke(self, event: object, timeout: timedelta) -> Any:
        seconds = timeout.total_seconds()
        answer = self._api.offer(event, seconds)
        try:
            return answer.result(seconds)
        except TimeoutError:
            self.is_usable = False
            raise FunctionTimeoutError(f"timed out after {seconds:g} s") from None

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()
        self._api.close()

    def _watch(self) -> None:
        status = self._process.wait()
        self.is_usable = False
        self._api.fail(f"the runtime ended with exit status {status}")


class _RuntimeApi(ThreadingHTTPServer):
    """Lambda's runtime API: it returns one event at a time and accepts the function's result.

    Its address ends in a random path, so that other processes on this machine and pages in a
    browser can neither read events nor answer them.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _RuntimeApiHandler)
        self.path = f"/{secrets.token_hex(16)}"
        self.address = f"127.0.0.1:{self.server_address[1]}{self.path}"
        self.next: SimpleQueue[tuple[dict[str, str], bytes]] = SimpleQueue()
        self._answer: Future[Any] = Future()
        threading.Thread(target=self.serve_forever, args=[0.05], daemon=True).start()

    def offer(self, event: object, seconds: float) -> "Future[Any]":
        self._answer = Future()
        headers = {
            "Lambda-Runtime-Aws-Request-Id": str(uuid.uuid4()),
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + seconds) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": _FUNCTION_ARN,
            # Without this header, the client's native part crashes.
            "Content-Type": "application/json",
        }
        self.next.put((headers, json.dumps(event).encode()))
        return self._answer

    def answer(self, value: object) -> None:
        if not self._answer.done():
            self._answer.set_result(value)

    def fail(self, reason: str) -> None:
        if not self._answer.done():
            self._answer.set_exception(FunctionError(reason))

    def close(self) -> None:
        self.shutdown()
        self.server_close()


class _RuntimeApiHandler(BaseHTTPRequestHandler):
    server: _RuntimeApi

    def parse_request(self) -> bool:
        if not super().parse_request():
            return False
        if not self.path.startswith(f"{self.server.path}/"):
            self.send_error(403)
            return False
        return True

    def do_GET(self) -> None:
        headers, body = self.server.next.get()
        self.send_response(200)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path.endswith("/error"):
            self.server.fail(f"{body['errorType']}: {body['errorMessage']}")
        else:
            self.server.answer(body)
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Log nothing: events contain IDs."""
