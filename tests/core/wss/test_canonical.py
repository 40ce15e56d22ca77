"""The canonical form of a part is that of its type, and making it opens no door."""

import pytest

from gateway.core.wss import canonical


@pytest.mark.parametrize(
    ("octets", "form"),
    [
        (b"<a b='1'/>", b'<a b="1"></a>'),
        (b"<?xml version='1.0'?>\n<a><!-- x --> </a>\n", b"<a> </a>"),
        (b"<?p?><a/>", b"<?p?>\n<a></a>"),
        (b"<a", b"<a"),
        (b"", b""),
        (b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>', b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>'),
        (b"<!DOCTYPE a><a/>", b"<!DOCTYPE a><a/>"),
        (b"<a xmlns='relative'/>", b"<a xmlns='relative'/>"),
    ],
)
def test_document_is_canonical_or_left_alone(octets: bytes, form: bytes) -> None:
    """What is no document, or has a DOCTYPE, has no canonical form."""
    assert canonical.content("application/xml", octets) == form


def test_text_ends_its_lines_with_cr_lf() -> None:
    """RFC 2046 4.1.1, whatever stood there."""
    assert canonical.content("text/csv", b"a\rb\nc\r\nd") == b"a\r\nb\r\nc\r\nd"


@pytest.mark.parametrize(
    ("media_type", "changes"),
    [
        ("text/plain", True),
        ("text/xml", True),
        ("application/xml", True),
        ("application/x+xml", True),
        ("application/gzip", False),
        ("application/octet-stream", False),
        ("model/x+xml", False),
        ("", False),
    ],
)
def test_only_text_and_xml_have_another_form(media_type: str, changes: bool) -> None:  # noqa: FBT001 - a row
    """Every other part is its octets."""
    assert canonical.changes(media_type) is changes
