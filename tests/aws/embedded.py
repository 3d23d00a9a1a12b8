"""An embedded AWS that is made ready and used by this process."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import boto3
import pytest

from tools.preview.deployment import bootstrapped
from tools.preview.local_aws import client_environment, local_aws


@contextmanager
def used_by_boto3(settings: Mapping[str, str]) -> Iterator[None]:
    """Let boto3 in this process use the embedded AWS of these settings, and nothing else."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in settings.items():
            patch.setenv(name, value)
        # The session that boto3 keeps has the key of the emulator that was used before.
        patch.setattr(boto3, "DEFAULT_SESSION", None)
        yield


@contextmanager
def embedded_aws(scratch: Path) -> Iterator[dict[str, str]]:
    """Run an embedded AWS, bootstrapped; yield the environment of commands that use it.

    So does boto3 in this process.
    """
    with local_aws(scratch) as settings, used_by_boto3(settings):
        environment = client_environment(settings) | {"CDK_VALIDATION": "false"}
        with bootstrapped(environment, scratch):
            pass
        yield environment
