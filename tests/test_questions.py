"""The sections of the documents that answer the questions of users.

The commands below these headings run: those of docs/ci.md in tests/aws/test_ci.py, those of
docs/migrate.md in tests/aws/test_migrate.py and tests/aws/test_migrate_cookie_service.py, and those
of docs/other-hosting.md in tests/aws/test_proxies.py and tests/doctor/test_other_hosting.py.
"""

import pytest

from tests.support.checkout import ROOT
from tests.support.documents import section

ANSWERS = {
    "hand-built proxies, no downtime": ("docs/migrate.md", "## Take over the proxies"),
    "from CI (GitHub Actions)": ("docs/ci.md", "## Deploy what is merged"),
    "deployer's permissions": ("docs/ci.md", "## Give the workflows access to AWS"),
    "roll back": ("docs/ci.md", "## Roll back"),
    "cost": ("docs/performance.md", "## What a million page views cost"),
    "works on Safari?": ("docs/visit.md", "## Check a real Safari"),
    "upgrade this repository": ("docs/ci.md", "## Upgrade to a new release"),
    "own settings and git pull": ("docs/configuration.md", "## Keep the settings in a file"),
    "staging and production": ("docs/configuration.md", "## Deploy staging and production"),
    "site not on CloudFront": ("docs/other-hosting.md", "## Deploy the proxies"),
    "site in another account": ("docs/migrate.md", "## Work across accounts"),
    "SDK from npm": ("docs/other-hosting.md", "## Load the SDK"),
}


@pytest.mark.parametrize("question", ANSWERS)
def test_question_has_an_answer(question: str) -> None:
    document, heading = ANSWERS[question]
    assert len(section((ROOT / document).read_text(), heading).split()) > 20
