"""The process of an edge function: AWS's runtime interface client with a clock that can be moved.

Run as a script: `edge_runtime.py CLOCK HANDLER`. The file CLOCK contains the seconds to add to the
time. The process ends when its standard input is closed, which happens when its parent ends.
"""

import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from awslambdaric.__main__ import main
from awslambdaric.lambda_runtime_client import BaseLambdaRuntimeClient

clock = Path(sys.argv.pop(1))
real_time = time.time
real_call = BaseLambdaRuntimeClient.call_rapid


def end_with_parent() -> None:
    """Wait for the end of the standard input, then end the process."""
    os.read(0, 1)
    os._exit(1)


def call(client: Any, method: str, endpoint: str, *arguments: Any) -> None:
    """Send the report of an error before the first event.

    This part of the client, unlike its native part, accepts no path in the runtime API's address.
    So the path is moved to the front of `endpoint`.
    """
    client.lambda_runtime_address, _, path = client.lambda_runtime_address.partition("/")
    real_call(client, method, f"/{path}{endpoint}", *arguments)


threading.Thread(target=end_with_parent, daemon=True).start()
time.time = lambda: real_time() + float(clock.read_text())
BaseLambdaRuntimeClient.call_rapid = call
main(sys.argv)
