"""The fenced blocks of a document, and the example names that stand in them."""

import re

#: The distribution of the documents.
EXAMPLE_ID = "E2QWRUHAPOMQZL"
EXAMPLE_ACCOUNT = "111122223333"


def blocks(document: str, language: str) -> list[str]:
    """Return a document's code blocks in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", document, re.MULTILINE | re.DOTALL)
