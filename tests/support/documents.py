"""The fenced blocks of a document, and the example names that stand in them."""

import re

#: The distribution of the documents.
EXAMPLE_ID = "E2QWRUHAPOMQZL"
EXAMPLE_ACCOUNT = "111122223333"


def blocks(document: str, language: str) -> list[str]:
    """Return a document's code blocks in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", document, re.MULTILINE | re.DOTALL)


def command_of(document: str, heading: str, starting: str) -> str:
    """Return the command of a section that starts so, even if it is part of a list.

    Its account is that of the AWS emulator.
    """
    section = document.split(f"## {heading}\n")[1].split("\n## ", maxsplit=1)[0]
    text = re.sub(r"^ {3}", "", section, flags=re.MULTILINE)
    lines = [line.removeprefix("$ ") for line in "".join(blocks(text, "console")).splitlines()]
    [command] = [line for line in lines if line.startswith(starting)]
    return command.replace(EXAMPLE_ACCOUNT, "000000000000")
