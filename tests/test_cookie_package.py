"""What is deployed as the edge function, without the CDK."""

import sys
from pathlib import Path

from tests.checkout import Checkout

LOGICAL_ID = """
from lambda_edge.cookie_service import Settings
from stacks.cookie_package import version_logical_id
settings = Settings(
    cookie_domain="example.com",
    max_age_seconds=31536000,
    restore_after_seconds=0,
    renew_path="/ht/renew",
    clear_path="/ht/clear",
)
print(version_logical_id(settings))
"""


def logical_id(checkout: Checkout) -> str:
    done = checkout.run(sys.executable, "-c", LOGICAL_ID)
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_changed_code_publishes_a_new_version_and_changed_tests_do_not(tmp_path: Path) -> None:
    checkout = Checkout.make(tmp_path / "checkout", {"PYTHONPATH": "."})
    before = logical_id(checkout)

    with (checkout.folder / "tests" / "test_cookie_package.py").open("a") as test:
        test.write("# changed\n")
    assert logical_id(checkout) == before
    with (checkout.folder / "lambda_edge" / "cookies.py").open("a") as source:
        source.write("# changed\n")
    assert logical_id(checkout) != before
