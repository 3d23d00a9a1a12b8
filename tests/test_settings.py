"""A user's settings in context files: the CDK CLI, the app, and the tools read them alike."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from stacks.config import TrackingConfig
from stacks.context_files import ContextFiles
from tests.support.checkout import ROOT, Checkout, feature_flags
from tests.support.documents import blocks, section

CDK = str(ROOT / "node_modules/.bin/cdk")
CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
EXAMPLE = {"domain": "example.com", "certificate_arn": CERTIFICATE}
DEPLOYMENTS = {
    "certificate_arn": CERTIFICATE,
    "deployments": {
        "production": {"domain": "example.com"},
        "staging": {"domain": "staging.example.com"},
    },
}
SYNTH = (CDK, "synth", "--no-notices", "--quiet")
TOOL = (sys.executable, "-m", "tools")


@dataclass(frozen=True, kw_only=True, slots=True)
class User:
    """A checkout and a home folder, without an AWS account."""

    checkout: Checkout
    home: Path

    def write(self, name: str, context: object) -> None:
        """Write a context file that contains `context`."""
        flags = feature_flags() if name == "cdk.json" else {}
        files = {
            "cdk.json": (
                self.checkout.folder / name,
                {"app": ".venv/bin/python app.py", "context": {**flags, **_dict(context)}},
            ),
            "cdk.context.json": (self.checkout.folder / name, context),
            "~/.cdk.json": (self.home / ".cdk.json", {"context": context}),
        }
        file, content = files[name]
        file.write_text(json.dumps(content))

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """Run a command in the checkout. `stdout` of the result includes stderr."""
        return self.checkout.run(*command)

    def stacks(self, *options: str) -> list[str]:
        """Return the names of the stacks that `cdk synth` writes."""
        done = self.run(*SYNTH, *options)
        assert done.returncode == 0, done.stdout
        templates = (self.checkout.folder / "cdk.out").glob("*.template.json")
        return sorted(path.name.removesuffix(".template.json") for path in templates)


def _dict(context: object) -> dict[str, Any]:
    assert isinstance(context, dict)
    return context


@pytest.fixture
def user(tmp_path: Path) -> User:
    """A user with a fresh checkout."""
    home = tmp_path / "home"
    home.mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": os.environ["JSII_RUNTIME_PACKAGE_CACHE_ROOT"],
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "CDK_VALIDATION": "false",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    return User(checkout=Checkout.make(tmp_path / "checkout", environment), home=home)


def test_tools_merge_the_files_as_the_cdk_cli_does(user: User) -> None:
    """Each key shows one rule of precedence. `empty` shows an empty value."""
    user.write(
        "~/.cdk.json",
        {
            "only_home": "h",
            "all": "h",
            "home_and_context": "h",
            "list": ["h1", "h2"],
            "object": {"home": 1, "all": 1, "below": {"home": 1}},
            "hidden": "h",
            "object_above_text": "h",
            "text_above_object": {"home": 1},
            "given": "h",
            "empty": "h",
        },
    )
    user.write(
        "cdk.context.json",
        {
            "only_context": 1.5,
            "all": "c",
            "home_and_context": "c",
            "list": ["c"],
            "object": {"context": 2, "all": 2, "below": {"context": 2}},
            "object_above_text": {},
            "text_above_object": "c",
            "hosted-zone:account=111122223333": {"Id": "/hostedzone/Z1"},
        },
    )
    user.write("cdk.json", {"all": "j", "object": {"all": 3}, "hidden": None, "given": True})

    given = {"given": "a=b", "empty": ""}
    options = [part for key, value in given.items() for part in ("-c", f"{key}={value}")]
    shown = subprocess.run(
        [CDK, "context", "--json", "--no-notices", *options],
        cwd=user.checkout.folder,
        env=user.checkout.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )

    merged = ContextFiles.read(user.checkout.folder, user.home).merged(given)
    assert merged == json.loads(shown.stdout)
    assert {key: merged[key] for key in ("all", "hidden", "given", "empty")} == {
        "all": "j",
        "hidden": None,
        "given": "a=b",
        "empty": "",
    }


@pytest.mark.parametrize("name", ["cdk.json", "cdk.context.json", "~/.cdk.json"])
@pytest.mark.parametrize(
    "command",
    [
        pytest.param(SYNTH, id="cdk"),
        pytest.param((*TOOL, "plan"), id="plan"),
        pytest.param((*TOOL, "doctor"), id="doctor"),
        pytest.param((*TOOL, "preview"), id="preview"),
    ],
)
def test_every_command_reads_every_context_file(
    user: User, name: str, command: tuple[str, ...]
) -> None:
    user.write(name, {**EXAMPLE, "cookie_max_age_days": 500})
    done = user.run(*command)
    assert done.returncode != 0
    assert "The context has 1 problem, " in done.stdout
    assert "  cookie_max_age_days: got 500\n" in done.stdout


def test_unknown_keys_in_the_home_folder_are_ignored(user: User) -> None:
    user.write("~/.cdk.json", {"vpc": "vpc-1", **EXAMPLE})
    assert user.stacks() == [
        "FirstPartyTracking-example-com-CookieService",
        "FirstPartyTracking-example-com-Proxies",
    ]
    assert "The context has" not in user.run(*TOOL, "plan").stdout

    user.write("cdk.context.json", {"vpc": "vpc-1"})
    done = user.run(*TOOL, "plan")
    assert "  vpc: got 'vpc-1' for a key that does not exist\n" in done.stdout


def test_app_synthesizes_the_selected_deployment_with_keys_of_the_command_line(user: User) -> None:
    user.write(
        "cdk.context.json",
        {
            "certificate_arn": CERTIFICATE,
            "deployments": {"staging": {"domain": "staging.example.com", "name": "Staging"}},
        },
    )
    assert user.stacks("-c", "deployment=staging", "-c", "name=Acme") == [
        "Acme-CookieService",
        "Acme-Proxies",
    ]
    proxies = (user.checkout.folder / "cdk.out" / "Acme-Proxies.template.json").read_text()
    assert '"cdn.staging.example.com"' in proxies


def test_settings_file_of_the_page_has_two_deployments(user: User) -> None:
    page = section(
        (ROOT / "docs" / "configuration.md").read_text(), "## Deploy staging and production"
    )
    [shown] = blocks(page, "json")
    user.write("cdk.context.json", json.loads(shown))
    files = ContextFiles.read(user.checkout.folder, user.home)
    configured = {
        name: TrackingConfig.from_context(files.settings(files.merged({"deployment": name})))
        for name in ("staging", "production")
    }
    assert {name: config.domain for name, config in configured.items()} == {
        "staging": "staging.example.com",
        "production": "example.com",
    }
    assert configured["staging"].certificate_arn == configured["production"].certificate_arn


@pytest.mark.parametrize("command", [SYNTH, (*TOOL, "plan"), (*TOOL, "doctor"), (*TOOL, "preview")])
def test_every_command_requires_a_selected_deployment(user: User, command: tuple[str, ...]) -> None:
    user.write("cdk.context.json", DEPLOYMENTS)
    done = user.run(*command)
    assert done.returncode != 0
    assert "  deployment: not given\n" in done.stdout
    assert "Traceback" not in done.stdout


def test_context_clear_removes_every_setting(user: User) -> None:
    """README.md warns about it."""
    user.write("cdk.context.json", DEPLOYMENTS)
    done = user.run(CDK, "context", "--clear", "--no-notices")
    assert done.returncode == 0, done.stdout
    assert json.loads((user.checkout.folder / "cdk.context.json").read_text()) == {}


# Settings and Git


def git(folder: Path, *arguments: str) -> str:
    """Return the output of a Git command."""
    identity = ("-c", "user.name=Ann", "-c", "user.email=ann@example.com")
    done = subprocess.run(
        ["git", *identity, *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def committed(folder: Path) -> None:
    """Commit a checkout to a new Git repository, without its links to installed packages."""
    git(folder, "init", "--quiet")
    (folder / ".git" / "info" / "exclude").write_text(".venv\nnode_modules\n")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=Release")


def test_pull_of_a_changed_cdk_json_keeps_the_settings(user: User, tmp_path: Path) -> None:
    upstream, clone = user.checkout.folder, tmp_path / "clone"
    committed(upstream)
    git(tmp_path, "clone", "--quiet", str(upstream), str(clone))
    settings = json.dumps(DEPLOYMENTS)
    (clone / "cdk.context.json").write_text(settings)
    cdk_json = json.loads((upstream / "cdk.json").read_text())
    cdk_json["context"]["@aws-cdk/core:aNewFlag"] = True
    (upstream / "cdk.json").write_text(json.dumps(cdk_json, indent=2))
    git(upstream, "commit", "--quiet", "--all", "--message=Add a flag")

    git(clone, "pull", "--quiet")

    assert "aNewFlag" in (clone / "cdk.json").read_text()
    assert (clone / "cdk.context.json").read_text() == settings
    assert git(clone, "status", "--porcelain") == ""


def test_tests_do_not_read_the_users_settings(user: User) -> None:
    """With invalid settings, tests of the app and of the tools still pass."""
    committed(user.checkout.folder)
    for name in ("cdk.context.json", "~/.cdk.json"):
        user.write(name, {"domain": "not a domain", "cookie_max_age_days": 500})
    assert user.run(*TOOL, "plan").returncode == 2

    modules = ("tests/doctor/test_command.py", "tests/tools/test_plan.py")
    synth = "tests/test_synth.py::test_valid_context_synthesizes_both_stacks"
    done = user.run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *modules, synth)
    assert done.returncode == 0, done.stdout
