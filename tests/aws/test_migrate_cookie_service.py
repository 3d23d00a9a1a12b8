"""The steps of docs/migrate.md for a cookie service that was built by hand."""

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.support.checkout import CERTIFICATE_ARN, ROOT, Checkout, clean_folder
from tests.support.cookie_services import right
from tests.support.customer import behavior, behaviors, create_distribution
from tests.support.documents import command_of
from tests.support.emulator import bootstrapped_emulator
from tests.support.example import make_settings
from tests.support.live_hosts import serve

PAGE = (ROOT / "docs" / "migrate.md").read_text()


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An account of its own, because the shared one has other deployments for the domain."""
    with bootstrapped_emulator(tmp_path_factory.mktemp("aws")) as environment:
        yield environment


def test_cookie_service_is_deployed_next_to_the_one_that_was_built_by_hand(
    checkout: Checkout,
) -> None:
    """A behavior sends the calls of the hand-built service to the site's own server."""
    site = create_distribution(behavior(PathPattern="/ht/*"), alias="www.example.com")
    checkout.add_settings(
        domain="example.com", certificate_arn=CERTIFICATE_ARN, site_distribution_id=site
    )
    heading = "Move the cookie service"
    plan = command_of(PAGE, heading, "python -m tools plan")
    done = checkout.shell(plan)
    assert done.returncode == 0, done.stdout
    assert f"{site}: ATTACH" in done.stdout
    checkout.deploy_as_typed(command_of(PAGE, heading, "npx cdk deploy"))
    assert [path for path, _ in behaviors(site)] == ["/id/renew", "/id/clear", "/ht/*"]


@pytest.mark.parametrize("number", [0, 1], ids=["this project's", "the one built by hand"])
def test_each_cookie_service_is_checked_on_its_own_paths(number: int) -> None:
    paths = [("/id/renew", "/id/clear"), ("/ht/renew", "/ht/clear")][number]
    settings = make_settings(renew_path=paths[0], clear_path=paths[1])
    section = PAGE.split("## Move the cookie service\n")[1]
    check = re.findall(r"\$ python (-m tools doctor --endpoint .*)", section)[number]
    with serve(right(settings)) as address:
        done = subprocess.run(
            [sys.executable, *check.split(), "--via", address],
            cwd=clean_folder(),
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout
