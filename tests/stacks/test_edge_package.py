"""The package of the edge function: its files, and the changes that publish a new version."""

import json
import os
import sys
from pathlib import Path

import pytest
from aws_cdk.assertions import Template
from aws_cdk.cx_api import CloudAssembly

from stacks.edge_package import EdgePackage
from tests.support.checkout import ROOT, Checkout
from tests.support.example import make_settings
from tests.support.templates import MakeApp, properties

LOGICAL_ID = """
from stacks.edge_package import EdgePackage
from tests.support.example import make_settings
print(EdgePackage.of(make_settings()).version_logical_id)
"""


def package(assembly: CloudAssembly) -> Path:
    """Return the folder that becomes the function's zip."""
    stack = assembly.get_stack_by_name("FirstPartyTracking-example-com-CookieService")
    function = properties(Template.from_json(stack.template), "AWS::Lambda::Function")
    (folder,) = Path(assembly.directory).glob("asset.*")
    assert function["Code"]["S3Key"] == f"{folder.name.removeprefix('asset.')}.zip"
    return folder


# The files


def test_package_has_the_settings(assembly: CloudAssembly) -> None:
    """Lambda@Edge has no environment variables."""
    assert json.loads((package(assembly) / "lambda_edge/settings.json").read_text()) == {
        "cookie_domain": "example.com",
        "cookie_domain_is_registrable": True,
        "max_age_seconds": 31536000,
        "restore_after_seconds": 0,
        "honor_gpc": False,
        "mark_restored": False,
        "renew_path": "/ht/renew",
        "clear_path": "/ht/clear",
    }


def test_package_has_the_contexts_own_settings(make_app: MakeApp) -> None:
    """Days and hours become seconds, and names become A-labels."""
    own = {
        "domain": "shop.münchen.de",
        "name": "FirstPartyTracking-example-com",
        "cookie_max_age_days": 30,
        "restore_after_hours": "23",
        "honor_gpc": "true",
        "mark_restored": "true",
        "renew_path": "/a",
        "clear_path": "/b",
    }
    folder = package(make_app(own).synth())
    assert json.loads((folder / "lambda_edge/settings.json").read_text()) == {
        "cookie_domain": "xn--mnchen-3ya.de",
        "cookie_domain_is_registrable": True,
        "max_age_seconds": 2592000,
        "restore_after_seconds": 82800,
        "honor_gpc": True,
        "mark_restored": True,
        "renew_path": "/a",
        "clear_path": "/b",
    }


def test_package_has_only_the_sources_and_the_settings(assembly: CloudAssembly) -> None:
    """A compiled file would make the package differ from machine to machine."""
    folder = package(assembly)
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert files == {"lambda_edge/settings.json"} | {
        f"lambda_edge/{source.name}" for source in (ROOT / "lambda_edge").glob("*.py")
    }


def test_package_has_the_sources_byte_for_byte(assembly: CloudAssembly) -> None:
    """The deployed code is the tested code."""
    for source in (ROOT / "lambda_edge").glob("*.py"):
        deployed = package(assembly) / "lambda_edge" / source.name
        assert deployed.read_bytes() == source.read_bytes()


def test_package_is_readable_with_any_umask(tmp_path: Path) -> None:
    """Lambda does not run the package as the user who wrote it."""
    before = os.umask(0o077)
    try:
        EdgePackage.of(make_settings()).write(tmp_path)
    finally:
        os.umask(before)
    modes = {path.stat().st_mode & 0o777 for path in tmp_path.rglob("*") if path.is_file()}
    assert modes == {0o644}
    assert (tmp_path / "lambda_edge").stat().st_mode & 0o777 == 0o755


def test_size_is_that_of_all_files(tmp_path: Path) -> None:
    package = EdgePackage.of(make_settings())
    package.write(tmp_path)
    written = [path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()]
    assert package.size_bytes == sum(written)


# When a new version is published


def logical_id(checkout: Checkout) -> str:
    """Return the version's logical ID for the sources in the checkout."""
    done = checkout.run(sys.executable, "-c", LOGICAL_ID)
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_changed_code_publishes_a_new_version_and_changed_tests_do_not(tmp_path: Path) -> None:
    checkout = Checkout.make(tmp_path / "checkout", {"PYTHONPATH": "."})
    before = logical_id(checkout)

    with (checkout.folder / "tests" / "stacks" / "test_edge_package.py").open("a") as test:
        test.write("# changed\n")
    assert logical_id(checkout) == before
    with (checkout.folder / "lambda_edge" / "cookies.py").open("a") as source:
        source.write("# changed\n")
    assert logical_id(checkout) != before


@pytest.mark.parametrize("name", ["RUNTIME", "MEMORY_MB", "DESCRIPTION"])
def test_changed_configuration_of_the_function_publishes_a_new_version(
    tmp_path: Path, name: str
) -> None:
    """A version has the configuration that the function had when it was published."""
    checkout = Checkout.make(tmp_path / "checkout", {"PYTHONPATH": "."})
    before = logical_id(checkout)
    module = checkout.folder / "stacks" / "edge_package.py"
    lines = module.read_text().splitlines()
    [place] = [number for number, line in enumerate(lines) if line.startswith(f"{name} = ")]
    lines[place] = f'{name} = "other"'
    module.write_text("\n".join(lines))
    assert logical_id(checkout) != before
