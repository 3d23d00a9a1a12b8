"""A faster clock for the Lambda functions in the emulator: minutes of waiting take seconds.

Python imports this module when a function's process starts, because the module's folder is on the
process's PYTHONPATH. Only `time.time` and `time.sleep` change.
"""

import os
import time

_rate = float(os.environ["EMULATOR_CLOCK_RATE"])
# All functions of an emulator have the same time.
_began = float(os.environ["EMULATOR_CLOCK_BEGAN"])
_real_time, _real_sleep = time.time, time.sleep


def _time() -> float:
    return _began + (_real_time() - _began) * _rate


def _sleep(seconds: float) -> None:
    _real_sleep(seconds / _rate)


time.time = _time
time.sleep = _sleep  # type: ignore[assignment]
