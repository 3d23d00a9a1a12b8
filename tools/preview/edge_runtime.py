"""The process of an edge function: AWS's runtime interface client on a clock that can be moved.

Run as a script: `edge_runtime.py CLOCK HANDLER`. The file CLOCK holds seconds to add to the time.
"""

import sys
import time
from pathlib import Path

from awslambdaric.__main__ import main

clock = Path(sys.argv.pop(1))
real_time = time.time
time.time = lambda: real_time() + float(clock.read_text())
main(sys.argv)
