"""The context files of the CDK CLI, and the settings in them. No AWS library is imported.

The CLI passes only the merged context to an app. To know which file a key is in, the app and the
tools read the files too: https://docs.aws.amazon.com/cdk/v2/guide/context.html
"""

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from stacks.config import DEPLOYMENT, KEYS, ConfigError, Problem

#: The key whose value has one object of settings for each deployment; `deployment` selects one.
_DEPLOYMENTS = "deployments"
_EXAMPLE = '"deployments": {"staging": {"domain": "staging.example.com"}}'


@dataclass(frozen=True, kw_only=True, slots=True)
class ContextFiles:
    """The context in each file. `cdk.json` overrides `cdk.context.json`, and both `~/.cdk.json`."""

    cdk_json: Mapping[str, Any]
    cdk_context_json: Mapping[str, Any]
    home_cdk_json: Mapping[str, Any]

    @classmethod
    def read(cls, project: Path, home: Path) -> Self:
        """Return the context in the files of two folders. A missing file has none.

        Raises ConfigError if a file cannot be read.
        """
        return cls(
            cdk_json=_object_under(project / "cdk.json", "context"),
            cdk_context_json=_read_object(project / "cdk.context.json"),
            home_cdk_json=_object_under(home / ".cdk.json", "context"),
        )

    def merged(self, given: Mapping[str, str]) -> dict[str, Any]:
        """Return the context that the CLI passes to the app. `given` are the items of its `-c`."""
        result: dict[str, Any] = {}
        for layer in (self.home_cdk_json, self.cdk_context_json, self.cdk_json, given):
            _merge(result, layer)
        return result

    def own(self, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return a context without unknown keys from `~/.cdk.json`, which other projects use."""
        return {key: value for key, value in context.items() if not self._is_foreign(key, value)}

    def settings(self, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings in an app's whole context, with those of the selected deployment.

        Raises ConfigError if the selection is wrong or missing, or if the files have a key both for
        all deployments and for the selected one.
        """
        own = self.own(context)
        deployments = own.pop(_DEPLOYMENTS, None)
        name = str(own.pop(DEPLOYMENT.name, None) or "").strip()
        if problems := [*_selection_problems(name, deployments, has_domain="domain" in own)]:
            raise ConfigError(problems)
        if not name:
            return own
        selected: dict[str, Any] = deployments[name]
        shared = self.merged({})
        if problems := [_given_twice(key, name) for key in selected if key in shared]:
            raise ConfigError(problems)
        # No key is both shared and in the selected deployment. So a key in both of these
        # dictionaries was given with -c, which wins.
        return {**selected, **own}

    def _is_foreign(self, key: str, value: object) -> bool:
        known = {_DEPLOYMENTS, *(key.name for key in KEYS)}
        return (
            key not in known
            and key not in self.cdk_json
            and key not in self.cdk_context_json
            and key in self.home_cdk_json
            and self.home_cdk_json[key] == value
        )


def _merge(target: dict[str, Any], source: Mapping[str, Any]) -> None:
    """Merge `source` into `target` as the CLI does: it merges objects and replaces other values."""
    for key, value in source.items():
        if isinstance(value, Mapping):
            below = target.get(key)
            merged = dict(below) if isinstance(below, Mapping) else {}
            _merge(merged, value)
            target[key] = merged
        else:
            target[key] = value


def _object_under(file: Path, key: str) -> Mapping[str, Any]:
    found = _read_object(file).get(key) or {}
    return _checked(file, found, f'"{key}" is not a JSON object')


def _read_object(file: Path) -> Mapping[str, Any]:
    """Return the JSON object in a file. Raises ConfigError."""
    try:
        found = json.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise _unreadable(file, f"it cannot be read: {error}") from error
    return _checked(file, found, "it is not a JSON object")


def _checked(file: Path, found: object, problem: str) -> Mapping[str, Any]:
    if not isinstance(found, dict):
        raise _unreadable(file, problem)
    return found


def _unreadable(file: Path, problem: str) -> ConfigError:
    return ConfigError(
        [
            Problem(
                key=str(file),
                given=problem,
                expected="a file with one JSON object",
                fix="correct it, or move it away",
            )
        ]
    )


def _selection_problems(name: str, deployments: object, *, has_domain: bool) -> Iterator[Problem]:
    if deployments is None:
        deployments = {}
    if not isinstance(deployments, dict) or not all(
        isinstance(one, dict) for one in deployments.values()
    ):
        yield Problem(
            key=_DEPLOYMENTS,
            given=f"got {deployments!r}",
            expected="an object with one object of keys for each deployment, in a context file",
            fix=f"write it like this:  {_EXAMPLE}",
        )
    elif name and name not in deployments:
        near = difflib.get_close_matches(name, deployments, n=1)
        yield Problem(
            key=DEPLOYMENT.name,
            given=f"got {name!r}",
            expected=_one_of(deployments),
            fix=f"did you mean {near[0]!r}?"
            if near
            else f"choose another, or add it to cdk.context.json:  {_EXAMPLE}",
        )
    elif deployments and not name and not has_domain:
        yield Problem(
            key=DEPLOYMENT.name,
            given="not given",
            expected=_one_of(deployments),
            fix=f"add to the command:  -c {DEPLOYMENT.name}={next(iter(deployments))}",
        )


def _one_of(deployments: Mapping[str, object]) -> str:
    names = ", ".join(deployments) or "there is none"
    return f"the name of an object under `{_DEPLOYMENTS}` in a context file ({names})"


def _given_twice(key: str, deployment: str) -> Problem:
    return Problem(
        key=key,
        given=f"given twice in context files: for all deployments, and for {deployment!r}",
        expected="a key that is given once",
        fix=f"remove it from one place, or move it into each object under `{_DEPLOYMENTS}`",
    )
