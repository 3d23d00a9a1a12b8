"""The commands that fixes print: complete, quoted for a shell, and each on a line of its own."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Commands:
    """Commands with the context that the present one was given.

    `context` has the items that were passed with `-c`, as `key=value`. Without `has_certificate`,
    a deployment needs a certificate's ARN that the context does not have.
    """

    context: tuple[str, ...] = ()
    has_certificate: bool = True

    def having(self, **keys: str) -> "Commands":
        """Return commands that have these keys instead of those of the same name."""
        given = tuple(f"{key}={value}" for key, value in keys.items())
        has_certificate = self.has_certificate or "certificate_arn" in keys
        return Commands((*self.without(*keys).context, *given), has_certificate)

    def without(self, *keys: str) -> "Commands":
        """Return commands that do not have these keys."""
        kept = tuple(item for item in self.context if _key(item) not in keys)
        return Commands(kept, self.has_certificate)

    def completed(self, certificate_arn: str) -> "Commands":
        """Return commands with this certificate, if there is one and the context has none."""
        if self.has_certificate or not certificate_arn:
            return self
        return self.having(certificate_arn=certificate_arn)

    def deploy(self, *arguments: str) -> str:
        """Return a deployment, and what it still needs. `arguments` are stacks and options."""
        return self._with_certificate("npx", "cdk", "deploy", *arguments)

    def import_into(self, stack: str, ids: Mapping[str, str]) -> str:
        """Return an import of resources into a stack, and what it still needs.

        `ids` are the resources' IDs, by their logical ID in the template.
        """
        mapping = json.dumps({logical_id: {"Id": found} for logical_id, found in ids.items()})
        words = ("npx", "cdk", "import", stack, "--resource-mapping-inline", mapping)
        return self._with_certificate(*words)

    def roll_back(self, stack: str) -> str:
        """Return a rollback of one stack."""
        return self._line("npx", "cdk", "rollback", stack)

    def tool(self, name: str) -> str:
        """Return a tool of this project."""
        return self._line("python", "-m", "tools", name)

    def _with_certificate(self, *words: str) -> str:
        line = self._line(*words)
        if self.has_certificate:
            return line
        return f"{line}\nwith the ARN of the proxies' certificate, too, as certificate_arn"

    def _line(self, *words: str) -> str:
        items = [word for item in self.context for word in ("-c", item)]
        return shlex.join([*words, *items])


def _key(item: str) -> str:
    return item.partition("=")[0]
