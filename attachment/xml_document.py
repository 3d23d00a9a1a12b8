"""Find the elements of an XML document in its bytes, to replace some and keep the rest.

Parsing a document into objects and serializing it again would lose elements that the parser does
not know, and rewrite others in a different form.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat


@dataclass(kw_only=True, eq=False)
class Element:
    """One element: bytes `start:end` with its tags, `inner_start:inner_end` without them.

    `tag` is the local name. `text` is the character data directly in it.
    """

    tag: str
    start: int
    end: int = -1
    inner_start: int = -1
    inner_end: int = -1
    text: str = ""
    children: "list[Element]" = field(default_factory=list)

    def find(self, *path: str) -> "Element | None":
        """Return the first element at `path`, a list of nested tags; None if there is none."""
        return next(self.find_all(*path), None)

    def find_all(self, *path: str) -> "Iterator[Element]":
        """Yield every element at `path`, in the document's order."""
        for child in self.children:
            if child.tag == path[0]:
                if len(path) == 1:
                    yield child
                else:
                    yield from child.find_all(*path[1:])

    def value(self, *path: str) -> str:
        """Return the text of the first element at `path`; empty if there is none."""
        found = self.find(*path)
        return "" if found is None else found.text.strip()


@dataclass(frozen=True, kw_only=True)
class Splice:
    """A change to a document: `replacement` instead of the bytes `start:end`."""

    start: int
    end: int
    replacement: bytes


def parse(document: bytes) -> Element:
    """Return the root element, in time proportional to the size of the document.

    Raises `xml.parsers.expat.ExpatError` if it is not XML, or if it declares a document type.
    CloudFront sends none, and its entities could contain elements.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    root = Element(tag="", start=0)
    open_elements = [root]
    texts: list[list[str]] = [[]]

    def refuse(name: str, *_declaration: object) -> None:
        raise expat.ExpatError(f"document type {name} is declared")

    def start(name: str, _attributes: dict[str, str]) -> None:
        element = Element(tag=name.rpartition(" ")[2], start=parser.CurrentByteIndex)
        open_elements[-1].children.append(element)
        open_elements.append(element)
        texts.append([])

    def end(_name: str) -> None:
        element = open_elements.pop()
        element.text = "".join(texts.pop())
        element.inner_start = _tag_end(document, element.start)
        if document[element.inner_start - 2] == ord("/"):
            element.end = element.inner_end = element.inner_start
        else:
            element.inner_end = parser.CurrentByteIndex
            element.end = _tag_end(document, element.inner_end)

    def text(data: str) -> None:
        texts[-1].append(data)

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.Parse(document, True)
    return root.children[0]


def splice(document: bytes, splices: Iterable[Splice]) -> bytes:
    """Return the document with all splices applied. They must not overlap."""
    parts, at = [], 0
    for part in sorted(splices, key=lambda part: part.start):
        parts += [document[at : part.start], part.replacement]
        at = part.end
    return b"".join([*parts, document[at:]])


def _tag_end(document: bytes, start: int) -> int:
    """Return the offset after the tag that begins at `start`; its attributes may contain `>`."""
    quote = None
    for at in range(start, len(document)):
        char = document[at : at + 1]
        if quote:
            quote = None if char == quote else quote
        elif char in b"\"'":
            quote = char
        elif char == b">":
            return at + 1
    raise ValueError("tag without an end")
