"""The present distributions, read from CloudFront's API in the background."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from tools.preview.distributions import Distribution, read_distributions

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient


@contextmanager
def polled(
    cloudfront: "CloudFrontClient", *, every: timedelta = timedelta(seconds=1)
) -> Iterator[Callable[[], Sequence[Distribution]]]:
    """Yield a function that returns the enabled distributions as of the last read.

    The function never waits. Raises ClientError or BotoCoreError if the first read fails. If a
    later read fails, the function keeps returning the result of the previous read.
    """
    found = read_distributions(cloudfront)
    ending = threading.Event()

    def read() -> None:
        nonlocal found
        while not ending.wait(every.total_seconds()):
            with suppress(BotoCoreError, ClientError):
                found = read_distributions(cloudfront)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        yield lambda: found
    finally:
        ending.set()
        reader.join()
