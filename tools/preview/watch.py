"""What CloudFront holds, kept up to date beside the requests."""

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
def watched(
    cloudfront: "CloudFrontClient", *, every: timedelta = timedelta(seconds=1)
) -> Iterator[Callable[[], Sequence[Distribution]]]:
    """Yield a function that returns the enabled distributions, as they were read last.

    No request waits for the reading. Raises ClientError, BotoCoreError where the first one fails;
    where a later one does, what was read before holds.
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
