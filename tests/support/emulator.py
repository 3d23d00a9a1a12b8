"""An AWS emulator that boto3 in this process uses."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import boto3
import pytest

from tools.emulator.emulator import aws_emulator, client_environment
from tools.preview.deployment import bootstrapped


@contextmanager
def used_by_boto3(settings: Mapping[str, str]) -> Iterator[None]:
    """Let boto3 in this process use only the AWS emulator with these settings."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in settings.items():
            patch.setenv(name, value)
        # boto3's default session keeps the key of the emulator that was used before.
        patch.setattr(boto3, "DEFAULT_SESSION", None)
        yield


@contextmanager
def bootstrapped_emulator(scratch: Path) -> Iterator[dict[str, str]]:
    """Run a bootstrapped AWS emulator, with delays; yield the environment of commands that use it.

    boto3 in this process uses it, too.
    """
    with aws_emulator(scratch, delays=True) as settings, used_by_boto3(settings):
        environment = client_environment(settings) | {"CDK_VALIDATION": "false"}
        with bootstrapped(environment, scratch):
            pass
        yield environment
