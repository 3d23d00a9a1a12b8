"""The commands in fixes: complete, quoted for a shell, and each on its own line."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Commands:
    """Commands with the context of the command that runs now.

    `context` has the items that were passed with `-c`, as `key=value`. If `has_certificate` is
    false, a deployment also needs the ARN of a certificate.
    """

    context: tuple[str, ...] = ()
    has_certificate: bool = True

    def having(self, **keys: str) -> "Commands":
        """Return commands with these keys, which replace keys of the same name."""
        given = tuple(f"{key}={value}" for key, value in keys.items())
        has_certificate = self.has_certificate or "certificate_arn" in keys
        return Commands((*self.without(*keys).context, *given), has_certificate)

    def without(self, *keys: str) -> "Commands":
        """Return commands without these keys."""
        kept = tuple(item for item in self.context if _key(item) not in keys)
        return Commands(kept, self.has_certificate)

    def completed(self, certificate_arn: str) -> "Commands":
        """Return commands with this certificate, if there is one and the context has none."""
        if self.has_certificate or not certificate_arn:
            return self
        return self.having(certificate_arn=certificate_arn)

    def deploy(self, *arguments: str) -> str:
        """Return the `cdk deploy` command. `arguments` are stacks and options."""
        return self._with_certificate("npx", "cdk", "deploy", *arguments)

    def import_into(self, stack: str, ids: Mapping[str, str]) -> str:
        """Return the `cdk import` command that moves distributions into a stack.

        `ids` is logical ID in the template to distribution ID.
        """
        mapping = json.dumps({logical_id: {"Id": found} for logical_id, found in ids.items()})
        words = ("npx", "cdk", "import", stack, "--resource-mapping-inline", mapping)
        return self._with_certificate(*words)

    def roll_back(self, stack: str) -> str:
        """Return the `cdk rollback` command for one stack."""
        return self._line("npx", "cdk", "rollback", stack)

    def tool(self, name: str) -> str:
        """Return the command that runs one of this project's tools."""
        return self._line("python", "-m", "tools", name)

    def _with_certificate(self, *words: str) -> str:
        line = self._line(*words)
        if self.has_certificate:
            return line
        return f"{line}\nand add -c certificate_arn= with the ARN of the proxies' certificate"

    def _line(self, *words: str) -> str:
        items = [word for item in self.context for word in ("-c", item)]
        return shlex.join([*words, *items])


def _key(item: str) -> str:
    return item.partition("=")[0]
