"""Every test deploys through `Checkout`, which compares the deployment with its plan."""

import ast
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.support.checkout import ROOT

#: The methods that deploy without that comparison, and how often the tests call them.
EXEMPT = {
    # A fault that `plan` cannot know: another tool already uses the name of a parameter.
    "deploy_with_fault": 1,
    # Two deployments that change one distribution at the same time.
    "deploy_beside_another": 1,
}
THE_FIXTURE = "tests/support/checkout.py"
#: Deployments from CI. Their role can assume the bootstrap roles, but cannot read distributions.
AS_A_DEPLOYER = ["tests/aws/test_ci.py", "tests/support/deployments.py"]
SOURCES = {
    file.relative_to(ROOT).as_posix(): file.read_text() for file in (ROOT / "tests").rglob("*.py")
}


def calls_in(source: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the name of each function that is called, and the texts in its arguments."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2]
            parts = [part for argument in node.args for part in ast.walk(argument)]
            texts = [part.value for part in parts if isinstance(part, ast.Constant)]
            yield name, [text for text in texts if isinstance(text, str)]


def test_only_the_fixture_runs_cdk_deploy() -> None:
    """Without a terminal, `cdk deploy` needs the option that only the fixture passes."""
    option = "--require-" + "approval"
    found = [name for name, source in SOURCES.items() if option in source]
    assert sorted(found) == sorted([THE_FIXTURE, *AS_A_DEPLOYER])


def test_no_test_passes_deploy_to_a_process() -> None:
    running = {"run", "Popen", "call", "check_call", "check_output", "run_abroad", "system"}
    found = [
        name
        for name, source in SOURCES.items()
        if name not in AS_A_DEPLOYER
        for function, texts in calls_in(source)
        if function in running and any(text == "deploy" or "cdk deploy" in text for text in texts)
    ]
    assert found == []


@pytest.mark.parametrize(("method", "count"), EXEMPT.items())
def test_deployments_without_the_comparison_are_counted(method: str, count: int) -> None:
    calls = Counter(function for source in SOURCES.values() for function, _ in calls_in(source))
    assert calls[method] == count


def test_only_browser_tests_deploy_with_the_previews_code() -> None:
    """The browser tests deploy with the preview's code, which has its own tests."""
    module = "tools.preview." + "deployment"
    users = [
        name
        for name, source in SOURCES.items()
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom)
        and node.module == module
        and "deploy" in {alias.name for alias in node.names}
    ]
    assert users == ["tests/browser/deployments.py"]
