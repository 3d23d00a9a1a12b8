"""The import rules of docs/architecture.md, read from the sources."""

import ast
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.support.checkout import ROOT

FOLDERS = ("lambda_edge", "attachment", "stacks", "tools", "bench", "tests")
#: The project's folders that each folder may import, in addition to itself.
ALLOWED = {
    "lambda_edge": set(),
    "attachment": set(),
    "stacks": {"lambda_edge", "attachment"},
    "tools": {"lambda_edge", "attachment", "stacks"},
    "bench": {"lambda_edge", "attachment", "stacks", "tools"},
    "tests": {"lambda_edge", "attachment", "stacks", "tools", "bench", "app"},
}
PURE = (
    "stacks.client_snippet",
    "stacks.config",
    "stacks.context_files",
    "stacks.context_values",
    "stacks.deployment",
    "stacks.domains",
    "stacks.edge_package",
    "stacks.hightouch",
    "stacks.listed_names",
)


def name_of(file: Path) -> str:
    """Return the name under which a module is imported."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def sources() -> dict[str, Path]:
    """Return every module of the project by its name."""
    files = [ROOT / "app.py", *(file for name in FOLDERS for file in (ROOT / name).rglob("*.py"))]
    return {name_of(file): file for file in files}


MODULES = sources()


def imports_of(file: Path, *, at_run_time: bool = True) -> Iterator[str]:
    """Yield the full name of everything that a module imports, anywhere in it.

    With `at_run_time`, imports that only type checkers see are left out.
    """
    for node in ast.parse(file.read_text()).body:
        is_for_types = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        if at_run_time and is_for_types:
            continue
        for part in ast.walk(node):
            if isinstance(part, ast.Import):
                yield from (alias.name for alias in part.names)
            elif isinstance(part, ast.ImportFrom):
                assert part.level == 0, f"{file} has a relative import"
                for alias in part.names:
                    full = f"{part.module}.{alias.name}"
                    yield full if full in MODULES else str(part.module)


def reached_from(module: str) -> set[str]:
    """Return the modules that a module imports, directly or through the project's modules."""
    reached: set[str] = set()
    waiting = [module]
    while waiting:
        for name in imports_of(MODULES[waiting.pop()]):
            if name not in reached:
                reached.add(name)
                if name in MODULES:
                    waiting.append(name)
    return reached


@pytest.mark.parametrize("folder", FOLDERS)
def test_folder_imports_only_folders_below_it(folder: str) -> None:
    """Imports for type checkers count, too."""
    wrong = [
        f"{module} imports {name}"
        for module, file in MODULES.items()
        if module.partition(".")[0] == folder
        for name in imports_of(file, at_run_time=False)
        if (top := name.partition(".")[0]) in {*FOLDERS, "app"} - {folder} - ALLOWED[folder]
        and top != folder
    ]
    assert wrong == []


def test_no_import_cycle() -> None:
    graph = {
        module: {name for name in imports_of(file) if name in MODULES and name != module}
        for module, file in MODULES.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"{error.args[1]}")


@pytest.mark.parametrize(
    ("folder", "libraries"),
    [("lambda_edge", set()), ("attachment", {"boto3", "botocore"})],
)
def test_lambda_code_imports_only_libraries_that_lambda_has(
    folder: str, libraries: set[str]
) -> None:
    """Lambda has the standard library and boto3; Lambda@Edge's package uses no boto3."""
    used = {
        name.partition(".")[0]
        for module, file in MODULES.items()
        if module.partition(".")[0] == folder
        for name in imports_of(file)
    }
    assert used - set(sys.stdlib_module_names) - {folder} == libraries


@pytest.mark.parametrize("module", PURE)
def test_pure_module_imports_neither_cdk_nor_boto3(module: str) -> None:
    """Tools and tests that need only facts then start at once, without Node.js."""
    libraries = {name.partition(".")[0] for name in reached_from(module)}
    assert libraries & {"aws_cdk", "boto3", "botocore", "constructs", "jsii"} == set()


def test_doctor_and_preview_do_not_import_each_other() -> None:
    for module, file in MODULES.items():
        for own, other in (("tools.doctor", "tools.preview"), ("tools.preview", "tools.doctor")):
            if module.startswith(own):
                assert [name for name in imports_of(file) if name.startswith(other)] == []


def test_no_test_module_imports_another() -> None:
    wrong = [
        f"{module} imports {name}"
        for module, file in MODULES.items()
        if file.name.startswith("test_") or "support" in module
        for name in imports_of(file)
        if name.startswith("tests.") and name.rpartition(".")[2].startswith("test_")
    ]
    assert wrong == []
