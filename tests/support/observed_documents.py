"""Every configuration that a distribution has while something else happens."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.customer import document

#: The handlers' second step follows a write after at least ten times as long.
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
