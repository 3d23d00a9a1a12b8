"""Two stacks with different paths, which change one distribution at the same time."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from tests.support.another_writer import live, set_behaviors
from tests.support.attachment_cases import other_behaviors, properties_of, request_of
from tests.support.custom_resource import SUCCEEDED, CloudFormation, Reply
from tests.support.customer import behaviors, create_distribution
from tests.support.faults import Clock, Wire, connect

SHOP, BLOG = ("/ht/renew", "/ht/clear"), ("/blog/renew", "/blog/clear")


class Owner:
    """One of the two stacks, with clients and a clock of its own."""

    def __init__(self, distribution_id: str, paths: Sequence[str], version_arns: Sequence[str]):
        self._versions = [
            properties_of(distribution_id, version_arn, paths) for version_arn in version_arns
        ]
        function = version_arns[0].rpartition(":")[0]
        self._stack = CloudFormation(Wire(*connect()), Clock(), function)

    def attach(self) -> Reply:
        return self._stack.deploy(request_of("Create", self._versions[0]))

    def update(self) -> Reply:
        return self._stack.deploy(request_of("Update", self._versions[1], self._versions[0]))

    def detach(self) -> Reply:
        attached = request_of("Update", self._versions[1])
        self._stack.status = "DELETE_IN_PROGRESS"
        return self._stack.request(replace(attached, type="Delete"))


@pytest.mark.parametrize("run", range(20))
def test_two_stacks_attach_update_and_detach_at_the_same_time(
    versions: tuple[str, str], run: int
) -> None:
    """No stack loses a behavior, and in the end the distribution is as it was at first."""
    distribution_id = create_distribution()
    set_behaviors(distribution_id, other_behaviors())
    before = live(distribution_id)
    owners = [
        Owner(distribution_id, SHOP, versions),
        Owner(distribution_id, BLOG, versions[:: 1 if run % 2 else -1]),
    ]
    start = Barrier(2, timeout=30)

    def together(step: str) -> list[Reply]:
        def take(owner: Owner) -> Reply:
            start.wait()
            reply: Reply = getattr(owner, step)()
            return reply

        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(take, owners))

    assert together("attach") == [SUCCEEDED] * 2
    assert {path for path, _ in behaviors(distribution_id)} >= {*SHOP, *BLOG}
    assert together("update") == [SUCCEEDED] * 2
    assert {path for path, _ in behaviors(distribution_id)} >= {*SHOP, *BLOG}
    assert together("detach") == [SUCCEEDED] * 2
    assert live(distribution_id) == before
