"""Every configuration that a distribution has during a block."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.customer import document

#: At most a tenth of the time from a write to the next call of the second handler.
_INTERVAL_SECONDS = 0.05


@contextmanager
def observed(distribution_id: str) -> Iterator[list[bytes]]:
    """Collect the distribution's documents during the block: the first, and each that differs."""
    documents = [document(distribution_id)]
    is_over = threading.Event()

    def look() -> None:
        present = document(distribution_id)
        if present != documents[-1]:
            documents.append(present)

    def watch() -> None:
        while not is_over.wait(_INTERVAL_SECONDS):
            look()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield documents
    finally:
        is_over.set()
        watcher.join()
        look()
