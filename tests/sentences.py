"""Draw 50 sentences for a reader who does not know the project to say in other words.

Run `python -m tests.sentences`. The sentences are from README.md, the documents, the help of the
tools, findings and other messages, and docstrings. The hash of the commit decides which are drawn.
"""

import ast
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from tests.support.checkout import ROOT
from tools.__main__ import main as tools

COUNT = 50
_PACKAGES = ("attachment", "bench", "lambda_edge", "stacks", "tools")
#: A message has at least these many words. Shorter texts are names and parts of messages.
_WORDS = 5


def sentences() -> Iterator[tuple[str, str]]:
    """Yield each sentence and the file that has it."""
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        text = re.sub(r"^(```|<).*?^(```|</.*>)$", "", page.read_text(), flags=re.M | re.S)
        for block in re.split(r"\n\s*\n|^[-#|]|^\d+\.|\|", text, flags=re.MULTILINE):
            yield from ((each, page.name) for each in _split(block))
    for command in [tools, *tools.commands.values()]:
        texts = [command.help or ""]
        texts += [each.help or "" for each in command.params if isinstance(each, click.Option)]
        yield from ((each, f"help of {command.name}") for text in texts for each in _split(text))
    for package in _PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            name = file.relative_to(ROOT).as_posix()
            yield from ((each, name) for text in _texts(file) for each in _split(text))


def _texts(file: Path) -> Iterator[str]:
    """Yield the docstrings and the literal texts of a module, with {} for each inserted value."""
    tree = ast.parse(file.read_text())
    parts = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values
    }
    for node in ast.walk(tree):
        if id(node) in parts:
            continue
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _split(text: str) -> Iterator[str]:
    for sentence in re.split(r"(?<=[.!?:]) +(?=[A-Z`*\[])", " ".join(text.split())):
        words = re.sub(r"`[^`]*`", "", sentence).split()
        is_prose = len(words) >= _WORDS and re.match(r"[A-Z`*]", sentence)
        if is_prose and not re.search(r"[{}<>=]{2}|https?://\S+$", sentence):
            yield sentence


def main() -> None:
    """Print the sentences that the present commit decides on."""
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    every = sorted(set(sentences()))
    drawn = random.Random(commit).sample(every, COUNT)
    sys.stdout.write(f"{COUNT} of {len(every)} sentences, commit {commit}\n\n")
    for number, (sentence, source) in enumerate(drawn, 1):
        sys.stdout.write(f"{number}. {sentence} ({source})\n")


if __name__ == "__main__":
    main()
