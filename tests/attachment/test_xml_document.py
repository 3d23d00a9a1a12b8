"""Finding elements in the bytes of a document, and replacing them."""

import time
from xml.parsers.expat import ExpatError

import pytest

from attachment.xml_document import Element, Splice, parse, splice


def whole(document: bytes, *path: str) -> bytes:
    """Return the bytes of an element, including its tags."""
    element = found(document, *path)
    return document[element.start : element.end]


def inner(document: bytes, *path: str) -> bytes:
    """Return the bytes between an element's two tags."""
    element = found(document, *path)
    return document[element.inner_start : element.inner_end]


def found(document: bytes, *path: str) -> Element:
    """Return the first element at the path, or the root if no path is given."""
    root = parse(document)
    element = root.find(*path) if path else root
    assert element is not None
    return element


@pytest.mark.parametrize(
    ("document", "expected", "expected_inner"),
    [
        pytest.param(b"<a><b>x</b></a>", b"<b>x</b>", b"x", id="text"),
        pytest.param(b"<a><b></b></a>", b"<b></b>", b"", id="no-content"),
        pytest.param(b"<a><b><c>x</c></b></a>", b"<b><c>x</c></b>", b"<c>x</c>", id="child"),
        pytest.param(b"<a><b><b>x</b></b></a>", b"<b><b>x</b></b>", b"<b>x</b>", id="same-name"),
        pytest.param(b"<a><bb>y</bb><b>x</b></a>", b"<b>x</b>", b"x", id="longer-name-before"),
        pytest.param(b"<a>\n  <b>\n x </b>\n</a>\n", b"<b>\n x </b>", b"\n x ", id="whitespace"),
        pytest.param(b"<a>\r\n<b>x\r\n</b></a>", b"<b>x\r\n</b>", b"x\r\n", id="cr-lf"),
        pytest.param(b"<a><b\n>x</b\t></a>", b"<b\n>x</b\t>", b"x", id="whitespace-in-tags"),
        pytest.param(b'<a><b c="1">x</b></a>', b'<b c="1">x</b>', b"x", id="attribute"),
        pytest.param(b'<a><b c=">">x</b></a>', b'<b c=">">x</b>', b"x", id="greater-than"),
        pytest.param(b"<a><b c='>'>x</b></a>", b"<b c='>'>x</b>", b"x", id="single-quotes"),
        pytest.param(
            b"<a><b c='\">' d=\"'>\">x</b></a>",
            b"<b c='\">' d=\"'>\">x</b>",
            b"x",
            id="both-quotes",
        ),
        pytest.param(
            b"<a><b c='/>'>x</b></a>", b"<b c='/>'>x</b>", b"x", id="empty-element-in-an-attribute"
        ),
        pytest.param(
            b"<a><b c='/>'></b></a>",
            b"<b c='/>'></b>",
            b"",
            id="empty-element-in-an-attribute-without-content",
        ),
        pytest.param(b"<a><b c='/'></b></a>", b"<b c='/'></b>", b"", id="slash-in-attribute"),
        pytest.param(
            b"<a><b>it's > 1</b></a>", b"<b>it's > 1</b>", b"it's > 1", id="quote-in-text"
        ),
        pytest.param(
            b"<a><b>1 &lt; 2 &amp;&#x3E;</b></a>",
            b"<b>1 &lt; 2 &amp;&#x3E;</b>",
            b"1 &lt; 2 &amp;&#x3E;",
            id="character-references",
        ),
        pytest.param(
            b"<a><!-- <b>no</b> --><b>x<!-- </b> --></b></a>",
            b"<b>x<!-- </b> --></b>",
            b"x<!-- </b> -->",
            id="comments",
        ),
        pytest.param(
            b"<a><![CDATA[<b>no</b>]]><b><![CDATA[</b>]]></b></a>",
            b"<b><![CDATA[</b>]]></b>",
            b"<![CDATA[</b>]]>",
            id="cdata",
        ),
        pytest.param(b"<a><?b <b>?><b>x</b></a>", b"<b>x</b>", b"x", id="processing-instruction"),
        pytest.param(
            '<a d="ü"><e>größe 本 \U0001f600</e><b>é</b></a>'.encode(),
            "<b>é</b>".encode(),
            "é".encode(),
            id="more-bytes-than-characters",
        ),
        pytest.param("\ufeff<a><b>x</b></a>".encode(), b"<b>x</b>", b"x", id="byte-order-mark"),
    ],
)
def test_an_element_spans_from_its_start_tag_to_its_end_tag(
    document: bytes, expected: bytes, expected_inner: bytes
) -> None:
    assert whole(document, "b") == expected
    assert inner(document, "b") == expected_inner


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(b"<a><b/></a>", b"<b/>", id="only-element"),
        pytest.param(b"<a><b /><c>x</c></a>", b"<b />", id="element-after"),
        pytest.param(b"<a><b/>it's</a>", b"<b/>", id="quote-in-the-text-after"),
        pytest.param(b"<a><b/><!-- it's --></a>", b"<b/>", id="quote-in-a-comment-after"),
        pytest.param(b"<a><b c='>' d=\"/>\"/></a>", b"<b c='>' d=\"/>\"/>", id="attributes"),
        pytest.param(b"<a><b/><b>x</b></a>", b"<b/>", id="same-name-after"),
    ],
)
def test_an_element_in_one_tag_ends_with_that_tag(document: bytes, expected: bytes) -> None:
    assert whole(document, "b") == expected
    assert inner(document, "b") == b""


def test_a_document_can_be_one_tag() -> None:
    assert whole(b"<a/>") == b"<a/>"


def test_the_root_does_not_span_the_declaration_and_comments_around_it() -> None:
    document = b'<?xml version="1.0"?>\n<!-- <a> --><a xmlns="urn:x">x</a><!-- </a> -->\n'
    assert whole(document) == b'<a xmlns="urn:x">x</a>'
    assert inner(document) == b"x"


@pytest.mark.parametrize(
    ("document", "tag"),
    [
        pytest.param(b"<a></a>", "a", id="no-namespace"),
        pytest.param(b'<a xmlns="http://example.com/doc/"></a>', "a", id="default"),
        pytest.param(b'<x:a xmlns:x="http://example.com/doc/"></x:a>', "a", id="prefix"),
    ],
)
def test_tags_are_local_names(document: bytes, tag: str) -> None:
    assert parse(document).tag == tag


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(b"<a><b>x</b></a>", "x", id="text"),
        pytest.param(b"<a><b></b></a>", "", id="empty"),
        pytest.param(b"<a><c>x</c></a>", "", id="absent"),
        pytest.param(b"<a><b>\n  x y\t</b></a>", "x y", id="whitespace-around-it"),
        pytest.param(b"<a><b>x &amp; y&#x21;</b></a>", "x & y!", id="character-references"),
        pytest.param(b"<a><b>x<!-- no -->y<?no no?></b></a>", "xy", id="comment"),
        pytest.param(b"<a><b>x<![CDATA[<&]]>y</b></a>", "x<&y", id="cdata"),
        pytest.param(b"<a><b>x<c>no</c>y</b></a>", "xy", id="without-text-of-children"),
        pytest.param("<a><b>größe\U0001f600</b></a>".encode(), "größe\U0001f600", id="non-ascii"),
        pytest.param(b"<a><b>x</b><b>y</b></a>", "x", id="first-of-two"),
    ],
)
def test_value_is_the_text_directly_in_an_element(document: bytes, expected: str) -> None:
    assert parse(document).value("b") == expected


NESTED = (
    b"<a><l><i><n>1</n></i><i><m>no</m></i><i><n>2</n><n>3</n></i></l>"
    b"<n>no</n><x><l><i><n>no</n></i></l></x><l><i><n>4</n></i></l></a>"
)


def test_find_all_yields_the_elements_at_the_path_in_the_documents_order() -> None:
    """`find_all` searches every branch, and finds no element at a higher or deeper level."""
    assert [element.text for element in parse(NESTED).find_all("l", "i", "n")] == [
        "1",
        "2",
        "3",
        "4",
    ]


def test_find_returns_the_first_element_at_the_path() -> None:
    assert found(NESTED, "l", "i", "n").text == "1"


def test_find_searches_every_branch() -> None:
    """`find` does not stop at the first element with a name in the path."""
    assert found(NESTED, "l", "i", "m").text == "no"
    assert parse(b"<a><b></b><b><c>x</c></b></a>").value("b", "c") == "x"


@pytest.mark.parametrize("path", [("i",), ("l", "n"), ("a",), ("l", "i", "n", "n")])
def test_find_returns_none_if_no_element_is_at_the_path(path: tuple[str, ...]) -> None:
    assert parse(NESTED).find(*path) is None
    assert list(parse(NESTED).find_all(*path)) == []


def test_children_of_the_same_name_are_kept_apart() -> None:
    document = b"<b>1<b>2<b>3</b></b><b>4</b></b>"
    assert whole(document) == document
    assert whole(document, "b") == b"<b>2<b>3</b></b>"
    assert whole(document, "b", "b") == b"<b>3</b>"
    assert [element.text for element in parse(document).find_all("b")] == ["2", "4"]


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b'{"Message": "no"}', id="json"),
        pytest.param(b"<a><b></a>", id="tag-not-closed"),
        pytest.param(b"<a></a><b></b>", id="two-roots"),
        pytest.param(b"<a>&nbsp;</a>", id="unknown-entity"),
        pytest.param(b"<a><x:b></x:b></a>", id="unknown-prefix"),
        pytest.param(b"<a>\xff</a>", id="not-utf-8"),
    ],
)
def test_parse_raises_expat_error_for_a_document_that_is_not_xml(document: bytes) -> None:
    with pytest.raises(ExpatError):
        parse(document)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(b"<!DOCTYPE a><a></a>", id="without-entities"),
        pytest.param(b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a></a>', id="external"),
        pytest.param(b'<!DOCTYPE a [<!ENTITY e "<b>x</b>">]><a>&e;</a>', id="element-in-an-entity"),
    ],
)
def test_parse_raises_expat_error_for_a_document_type(document: bytes) -> None:
    """A document type can define entities, and elements in them have no place in the bytes."""
    with pytest.raises(ExpatError):
        parse(document)


def test_the_time_to_parse_is_proportional_to_the_size_of_the_text() -> None:
    """Expat reports the text between two entities separately: a million times for 5 MB of `&amp;`.

    If the parser copied the text so far each time, it would need more than 10 seconds.
    """
    document = b"<a><b>" + b"&amp;" * 1_000_000 + b"</b></a>"
    started = time.process_time()

    text = parse(document).value("b")

    assert time.process_time() - started < 3
    assert text == "&" * 1_000_000


@pytest.mark.parametrize(
    ("splices", "expected"),
    [
        pytest.param([], b"0123456789", id="none"),
        pytest.param([(2, 4, b"xyz")], b"01xyz456789", id="longer"),
        pytest.param([(2, 4, b"")], b"01456789", id="removed"),
        pytest.param([(5, 5, b"x")], b"01234x56789", id="inserted"),
        pytest.param([(0, 0, b"x")], b"x0123456789", id="at-the-start"),
        pytest.param([(10, 10, b"x")], b"0123456789x", id="at-the-end"),
        pytest.param([(0, 10, b"x")], b"x", id="everything"),
        pytest.param([(7, 8, b"b"), (1, 2, b"a")], b"0a23456b89", id="in-any-order"),
        pytest.param([(1, 3, b"a"), (3, 5, b"b")], b"0ab56789", id="next-to-each-other"),
        pytest.param(
            [(3, 3, b"a"), (3, 5, b"b")], b"012ab56789", id="inserted-before-a-replacement"
        ),
        pytest.param([(3, 5, b"<\xc3\xbc>")], b"012<\xc3\xbc>56789", id="bytes-as-they-are"),
    ],
)
def test_splice_replaces_only_the_given_bytes(
    splices: list[tuple[int, int, bytes]], expected: bytes
) -> None:
    parts = (Splice(start=start, end=end, replacement=new) for start, end, new in splices)
    assert splice(b"0123456789", parts) == expected


def test_a_found_element_can_be_replaced() -> None:
    document = "<a><ü>ß</ü><b c='>'>x</b>\n<b>y</b></a>".encode()
    parts = (
        Splice(
            start=element.inner_start,
            end=element.inner_end,
            replacement=f"{element.text}é".encode(),
        )
        for element in parse(document).find_all("b")
    )
    assert splice(document, parts) == "<a><ü>ß</ü><b c='>'>xé</b>\n<b>yé</b></a>".encode()
