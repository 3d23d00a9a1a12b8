"""The app as a user runs it: the real CLI, in a fresh copy of the repository."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from stacks.config import ConfigError, TrackingConfig
from tests.support.checkout import ROOT, Checkout

CDK = str(ROOT / "node_modules/.bin/cdk")
CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
EXAMPLE = {"domain": "example.com", "certificate_arn": CERTIFICATE}
ELSEWHERE = CERTIFICATE.replace("us-east-1", "eu-west-1")
TWO_SETTINGS = {**EXAMPLE, "cookie_max_age_days": "30", "restore_after_hours": "23"}


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment without an AWS account, without `~/.cdk.json`, and without test settings."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path_factory.mktemp("home")),
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": os.environ["JSII_RUNTIME_PACKAGE_CACHE_ROOT"],
        "CDK_DISABLE_CLI_TELEMETRY": "true",
    }


@pytest.fixture(scope="module")
def checkout(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """One copy of the repository, for runs that do not change it."""
    return Checkout.make(tmp_path_factory.mktemp("synth") / "checkout", environment)


def without_validation(checkout: Checkout) -> Checkout:
    """Return `checkout` without CDK's own validation, which takes seconds."""
    return replace(checkout, environment={**checkout.environment, "CDK_VALIDATION": "false"})


def cdk_synth(
    checkout: Checkout, folder: Path, context: Mapping[str, str], umask: str = "022"
) -> CompletedProcess[str]:
    """Run `cdk synth -c key=value …`, into `folder`."""
    options = [part for key, value in context.items() for part in ("-c", f"{key}={value}")]
    command = [CDK, "synth", "--no-notices", "--quiet", "-o", str(folder), *options]
    return checkout.run("sh", "-c", f'umask {umask} && exec "$@"', "sh", *command)


def bare_app(checkout: Checkout, folder: Path, context: Mapping[str, str]) -> CompletedProcess[str]:
    """Run `python app.py` with the context in the variable in which the CLI passes it."""
    own = {"CDK_OUTDIR": str(folder), "CDK_CONTEXT_JSON": json.dumps(context)}
    with_context = replace(checkout, environment={**checkout.environment, **own})
    return with_context.run(".venv/bin/python", "app.py")


def contents(folder: Path) -> dict[str, bytes]:
    """Return the content of every file below `folder`, by its path from there."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def sources_of(checkout: Checkout) -> dict[str, bytes]:
    """Return every file of a checkout except compiled Python files."""
    files = contents(checkout.folder).items()
    return {name: content for name, content in files if "__pycache__" not in name}


# Invalid context


@pytest.mark.parametrize(
    "run", [pytest.param(cdk_synth, id="cdk-synth"), pytest.param(bare_app, id="python-app.py")]
)
@pytest.mark.parametrize(
    "context",
    [
        pytest.param({}, id="none"),
        pytest.param({**EXAMPLE, "sdk-domain": "js.example.com"}, id="typo"),
        pytest.param({**EXAMPLE, "certificate_arn": ELSEWHERE}, id="certificate-in-another-region"),
    ],
)
def test_invalid_context_ends_with_the_error_of_the_configuration(
    checkout: Checkout,
    tmp_path: Path,
    run: Callable[[Checkout, Path, Mapping[str, str]], CompletedProcess[str]],
    context: Mapping[str, str],
) -> None:
    """The status is not 0, the message is the whole ConfigError, and no template exists."""
    with pytest.raises(ConfigError) as error:
        TrackingConfig.from_context(context)
    done = run(checkout, tmp_path / "out", context)
    assert done.returncode != 0
    assert str(error.value) in done.stdout
    assert "Traceback" not in done.stdout
    assert list(tmp_path.rglob("*.json")) == []


# Valid context


@pytest.fixture(scope="module")
def sources(checkout: Checkout) -> Mapping[str, bytes]:
    """The copy of the repository before a synth succeeded in it."""
    return sources_of(checkout)


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `synthesized` writes to."""
    return tmp_path_factory.mktemp("cdk.out")


@pytest.fixture(scope="module")
def synthesized(
    checkout: Checkout,
    sources: Mapping[str, bytes],  # noqa: ARG001 - read first
    output: Path,
) -> CompletedProcess[str]:
    """A synth with two settings given as text."""
    return cdk_synth(without_validation(checkout), output, TWO_SETTINGS)


@pytest.mark.usefixtures("synthesized")
def test_valid_context_synthesizes_both_stacks(output: Path) -> None:
    """The output has one template for each stack."""
    assert {path.name for path in output.glob("*.template.json")} == {
        "FirstPartyTracking-example-com-Proxies.template.json",
        "FirstPartyTracking-example-com-CookieService.template.json",
    }


def test_valid_context_prints_only_success(synthesized: CompletedProcess[str]) -> None:
    """The output has no warning, notice, or deprecation."""
    printed = synthesized.stdout.splitlines()
    assert synthesized.returncode == 0
    success = ("Successfully ", "Supply a stack")
    assert [line for line in printed if not line.startswith(success)] == []


@pytest.mark.usefixtures("synthesized")
def test_second_synth_writes_the_same_bytes(
    checkout: Checkout, output: Path, tmp_path: Path
) -> None:
    """Another folder, umask, or speed changes nothing, nor do the first run's compiled files.

    CDK validates this synth, as it does a user's. That adds only a report without findings.
    """
    slow = {"@aws-cdk/core.slowSynthThreshold": "0"}
    cdk_synth(checkout, tmp_path, TWO_SETTINGS | slow, umask="077")
    written = contents(tmp_path)
    assert json.loads(written.pop("validation-report.json"))["pluginReports"] == []
    assert written == contents(output)
    package = [path for path in tmp_path.rglob("asset.*/**/*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in package} == {0o644}


@pytest.mark.usefixtures("synthesized")
def test_typed_context_of_cdk_json_works_like_text_on_the_command_line(
    environment: dict[str, str], output: Path, tmp_path: Path
) -> None:
    """Numbers in JSON make the same two stacks as text after `-c`."""
    checkout = Checkout.make(tmp_path / "checkout", environment)
    cdk_json = checkout.folder / "cdk.json"
    settings = json.loads(cdk_json.read_text())
    settings["context"] |= {**EXAMPLE, "cookie_max_age_days": 30, "restore_after_hours": 23}
    cdk_json.write_text(json.dumps(settings))
    cdk_synth(without_validation(checkout), tmp_path / "out", {})
    assert contents(tmp_path / "out") == contents(output)
    (baked,) = output.rglob("settings.json")
    assert json.loads(baked.read_text()) == {
        "cookie_domain": "example.com",
        "cookie_domain_is_registrable": True,
        "max_age_seconds": 2592000,
        "restore_after_seconds": 82800,
        "honor_gpc": False,
        "mark_restored": False,
        "renew_path": "/ht/renew",
        "clear_path": "/ht/clear",
    }


def test_synth_does_not_change_the_repository(
    checkout: Checkout, sources: Mapping[str, bytes], synthesized: CompletedProcess[str]
) -> None:
    """A synth writes, downloads, and caches nothing next to the sources."""
    assert synthesized.returncode == 0
    assert sources_of(checkout) == sources


def test_warning_reaches_the_user(checkout: Checkout, tmp_path: Path) -> None:
    """The CLI shows the warning with its ID, by which users can acknowledge it, and continues."""
    context = {**EXAMPLE, "domain": "www.example.com"}
    done = cdk_synth(without_validation(checkout), tmp_path, context)
    assert done.returncode == 0
    assert TrackingConfig.from_context(context).warnings()["www"] in done.stdout
    assert "FirstPartyTracking:www" in done.stdout


# cdk.json


def test_cdk_json_has_only_feature_flags(feature_flags: Mapping[str, object]) -> None:
    """The repository has no site's domain or certificate."""
    assert [key for key in feature_flags if "@" not in key] == []


@pytest.fixture(scope="module")
def recommended_flags(
    environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, object]:
    """The feature flags that the pinned CLI writes into a new project."""
    project = Checkout(folder=tmp_path_factory.mktemp("project"), environment=environment)
    made = project.run(
        CDK, "init", "app", "--language", "python", "--generate-only", "--no-notices"
    )
    assert made.returncode == 0, made.stdout
    cdk_json = (project.folder / "cdk.json").read_text()
    flags: dict[str, object] = json.loads(cdk_json)["context"]
    return flags


def test_cdk_json_states_every_recommended_flag(
    feature_flags: Mapping[str, object], recommended_flags: Mapping[str, object]
) -> None:
    """New defaults of a later CDK then change nothing that is deployed. One flag differs."""
    assert feature_flags == {
        **recommended_flags,
        # The group would be in us-east-1 and stay empty: edge functions log where they run.
        "@aws-cdk/aws-lambda:useCdkManagedLogGroup": False,
    }


def test_managed_log_group_is_recommended_by_the_cli(
    recommended_flags: Mapping[str, object],
) -> None:
    """If the CLI stops recommending it, the one flag that differs can be removed."""
    assert recommended_flags["@aws-cdk/aws-lambda:useCdkManagedLogGroup"] is True
