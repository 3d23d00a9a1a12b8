"""The edge function's package, and the properties of its Lambda function. Pure."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Self

import lambda_edge
from lambda_edge import cookies
from lambda_edge.cookie_service import Settings, expiries, header_bytes

# Quotas of a function for a viewer event:
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html
MEMORY_MB = 128
TIMEOUT_SECONDS = 5
MOST_PACKAGE_BYTES = 1_000_000

# "You can use the latest versions of Python": AWS, "Restrictions on Lambda@Edge".
RUNTIME = "python3.14"
HANDLER = "lambda_edge.handler.handler"
ARCHITECTURE = "x86_64"
DESCRIPTION = "Hightouch cookie service: answers renew and clear at viewer-request"
LOG_FORMAT = "JSON"
# Lambda's own log line for each request would cost more than it is worth.
SYSTEM_LOG_LEVEL = "WARN"

#: The Regions with a regional edge cache, where Lambda@Edge runs. CloudFront names their cities:
#: https://aws.amazon.com/cloudfront/features/
EDGE_REGIONS = (
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "sa-east-1",
    "eu-central-1",
    "eu-west-1",
    "eu-west-2",
    "ap-south-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-southeast-1",
    "ap-southeast-2",
)

_STATED = (
    RUNTIME,
    HANDLER,
    ARCHITECTURE,
    MEMORY_MB,
    TIMEOUT_SECONDS,
    DESCRIPTION,
    LOG_FORMAT,
    SYSTEM_LOG_LEVEL,
)


@dataclass(frozen=True)
class EdgePackage:
    """The package of the edge function. `files` maps each path in it to the content."""

    files: Mapping[str, bytes]

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the package with the modules of `lambda_edge` and these settings."""
        values = {name: getattr(settings, name) for name in Settings.__slots__}
        baked = json.dumps(values, indent=1, sort_keys=True).encode()
        return cls(sources_of(lambda_edge) | {"lambda_edge/settings.json": baked})

    @property
    def size_bytes(self) -> int:
        """The size of all files together. Lambda's quota is on the zip, which is smaller."""
        return sum(map(len, self.files.values()))

    @cached_property
    def version_logical_id(self) -> str:
        """The version's logical ID, which changes only if the package or a stated property does.

        A new logical ID makes CloudFormation publish a version. With CDK's default, an upgrade or a
        feature flag can ask for a new version of an unchanged function, which Lambda rejects.
        """
        digest = hashlib.sha256(json.dumps(_STATED).encode())
        for path, content in self.files.items():
            digest.update(f"\n{path} {len(content)}\n".encode())
            digest.update(content)
        return f"CookieFunctionVersion{digest.hexdigest()[:16]}"

    def write(self, folder: Path) -> None:
        """Write the files into `folder`."""
        write_files(folder, self.files)


def longest_clear(cookie_domain: str, site: str, routes: Sequence[str]) -> int:
    """Return the size in bytes of the headers with which clear expires cookies of other scopes.

    `site` is the site's domain. The edge function also answers on hosts below it, and limits these
    headers itself.
    """
    return header_bytes(
        [
            value
            for domain in cookies.domains_of(site, cookie_domain)
            for value in expiries(domain, cookie_domain, routes)
        ]
    )


def sources_of(package: ModuleType) -> dict[str, bytes]:
    """Return the modules of a Python package, by their paths in a Lambda package."""
    [folder] = map(Path, package.__path__)
    return {
        f"{folder.name}/{source.name}": source.read_bytes()
        for source in sorted(folder.glob("*.py"))
    }


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the files of a package into `folder`, readable for every user."""
    for path, content in files.items():
        file = folder / path
        file.parent.mkdir(exist_ok=True)
        # Lambda reads the files as another user, so the deployer's umask must not apply.
        file.parent.chmod(0o755)
        file.write_bytes(content)
        file.chmod(0o644)
