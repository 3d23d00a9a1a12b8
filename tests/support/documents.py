"""The sections, code blocks, and commands of a document, and the IDs in its examples."""

import re

#: The ID of the distribution in examples.
EXAMPLE_ID = "E2QWRUHAPOMQZL"
EXAMPLE_ACCOUNT = "111122223333"


def blocks(document: str, language: str) -> list[str]:
    """Return a document's code blocks in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", document, re.MULTILINE | re.DOTALL)


def command_of(document: str, heading: str, starting: str) -> str:
    """Return the command in a section that begins with `starting`, even if it is in a list.

    The AWS emulator's account replaces the example's.
    """
    section = document.split(f"## {heading}\n")[1].split("\n## ", maxsplit=1)[0]
    text = re.sub(r"^ {3}", "", section, flags=re.MULTILINE)
    lines = [line.removeprefix("$ ") for line in "".join(blocks(text, "console")).splitlines()]
    [command] = [line for line in lines if line.startswith(starting)]
    return command.replace(EXAMPLE_ACCOUNT, "000000000000")


def section(document: str, heading: str) -> str:
    """Return the text below a heading, up to the next heading of its level or a higher one."""
    level, _ = heading.split(" ", 1)
    [_, text] = f"{document}\n".split(f"\n{heading}\n")
    return re.split(rf"^#{{1,{len(level)}}} ", text, maxsplit=1, flags=re.MULTILINE)[0]


def commands(text: str) -> list[str]:
    """Return the commands in a document, or in a part of it."""
    return [line.removeprefix("$ ") for line in "".join(blocks(text, "console")).splitlines()]
