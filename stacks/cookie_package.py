"""What is deployed as the edge function: its package and its settings. Pure."""

import hashlib
import json
from pathlib import Path

import lambda_edge
from lambda_edge.cookie_service import Settings
from stacks.config import TrackingConfig

_SOURCES = Path(lambda_edge.__file__).parent

# Quotas of a function at a viewer event:
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
# Lambda's own line for each request would cost more than it tells.
SYSTEM_LOG_LEVEL = "WARN"


def settings_of(config: TrackingConfig) -> Settings:
    """Return the settings to bake into the package."""
    return Settings(
        cookie_domain=config.cookie_domain,
        max_age_seconds=int(config.cookie_max_age.total_seconds()),
        restore_after_seconds=int(config.restore_after.total_seconds()),
        renew_path=config.renew_path,
        clear_path=config.clear_path,
    )


def package_files(settings: Settings) -> dict[str, bytes]:
    """Return what Lambda unpacks, path to content: `lambda_edge` and its settings."""
    values = {name: getattr(settings, name) for name in Settings.__slots__}
    files = {source.name: source.read_bytes() for source in sorted(_SOURCES.glob("*.py"))}
    files["settings.json"] = json.dumps(values, indent=1, sort_keys=True).encode()
    return {f"{_SOURCES.name}/{name}": content for name, content in files.items()}


def write_package(folder: Path, settings: Settings) -> None:
    """Write the package's files into `folder`."""
    for path, content in package_files(settings).items():
        file = folder / path
        file.parent.mkdir(exist_ok=True)
        # Lambda runs it as another user, whatever the deployer's umask is.
        file.parent.chmod(0o755)
        file.write_bytes(content)
        file.chmod(0o644)


def version_logical_id(settings: Settings) -> str:
    """Return the logical id that makes CloudFormation publish when what we state changes.

    And only then: left to the library, an upgrade or a feature flag can ask for a new version of
    an unchanged function, which Lambda refuses.
    """
    digest = hashlib.sha256()
    stated = [
        RUNTIME,
        HANDLER,
        ARCHITECTURE,
        MEMORY_MB,
        TIMEOUT_SECONDS,
        DESCRIPTION,
        LOG_FORMAT,
        SYSTEM_LOG_LEVEL,
    ]
    digest.update(json.dumps(stated).encode())
    for path, content in package_files(settings).items():
        digest.update(f"\n{path} {len(content)}\n".encode())
        digest.update(content)
    return f"CookieFunctionVersion{digest.hexdigest()[:16]}"
