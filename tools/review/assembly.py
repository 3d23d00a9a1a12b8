"""The stacks in a cloud assembly, the folder that `cdk synth` writes."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[2]
_CDK = _ROOT / "node_modules" / ".bin" / "cdk"


class AssemblyError(Exception):
    """There is no usable cloud assembly. The message has the reason and the fix."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stack:
    """One stack, with its template and its `properties` in the assembly's manifest."""

    name: str
    environment: str
    properties: dict[str, Any]
    template: dict[str, Any]

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        """The resources of the template by logical ID."""
        resources: dict[str, dict[str, Any]] = self.template.get("Resources", {})
        return resources

    def of_type(self, resource_type: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the logical ID and the properties of each resource of that type."""
        for logical_id, resource in self.resources.items():
            if resource["Type"] == resource_type:
                yield logical_id, resource.get("Properties", {})


def synthesize(context: Sequence[str], folder: Path) -> None:
    """Write the cloud assembly to `folder`, from the same context that `cdk deploy` reads.

    It needs no AWS account. Raises AssemblyError with the CDK CLI's output.
    """
    options = [option for item in context for option in ("-c", item)]
    # Node.js is in the same folder as this Python, and that folder need not be on `PATH`.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    try:
        done = subprocess.run(
            [_CDK, "synth", "--quiet", "--output", folder, *options, "--no-notices", "--no-color"],
            cwd=_ROOT,
            env={**os.environ, "PATH": path, "CDK_DISABLE_CLI_TELEMETRY": "true"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise AssemblyError("the CDK CLI is not installed here: run make install") from error
    if done.returncode:
        raise AssemblyError(done.stdout.strip())


def read_stacks(folder: Path) -> list[Stack]:
    """Return the stacks of the cloud assembly in `folder`. Raises AssemblyError."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text())
        return [
            Stack(
                name=artifact["properties"].get("stackName", name),
                environment=artifact["environment"],
                properties=artifact["properties"],
                template=json.loads((folder / artifact["properties"]["templateFile"]).read_text()),
            )
            for name, artifact in sorted(manifest["artifacts"].items())
            if artifact["type"] == "aws:cloudformation:stack"
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise AssemblyError(
            f"got {str(folder)!r}, expected the folder that cdk synth writes, such as cdk.out; "
            f"first run npx cdk synth ({type(error).__name__}: {error})"
        ) from error
