"""An embedded AWS that is made ready and used by this process."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tools.preview.deployment import bootstrapped
from tools.preview.local_aws import client_environment, local_aws


@contextmanager
def embedded_aws(scratch: Path) -> Iterator[dict[str, str]]:
    """Run an embedded AWS, bootstrapped; yield the environment of commands that use it.

    So does boto3 in this process.
    """
    with local_aws(scratch) as settings, pytest.MonkeyPatch.context() as patch:
        environment = client_environment(settings) | {"CDK_VALIDATION": "false"}
        with bootstrapped(environment, scratch):
            pass
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in settings.items():
            patch.setenv(name, value)
        yield environment
