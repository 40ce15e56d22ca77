"""A ds:Reference that is written is read back as it was."""

from lxml import etree

from gateway.core.reference import DS, EXCLUSIVE, Reference, Transform, read

FULL = Reference("#messaging", b"d" * 32, "urn:digest", (Transform(EXCLUSIVE, "S12 eb"), Transform("urn:plain")))


def _parsed(text: str) -> etree._Element:
    return etree.fromstring(text.replace("<ds:Reference", f'<ds:Reference xmlns:ds="{DS}"', 1))


def test_reference_is_read_as_it_was_written() -> None:
    """With and without transforms and prefixes."""
    for reference in (FULL, Reference("cid:a&b@x", b"x" * 32)):
        assert read(_parsed(reference.write())) == reference


def test_what_is_missing_or_damaged_equals_nothing() -> None:
    """No method, no transforms, a digest that is no base64."""
    found = read(_parsed("<ds:Reference><ds:DigestValue>?</ds:DigestValue></ds:Reference>"))

    assert found == Reference("", b"", "")


def test_white_space_in_digests_and_prefixes_does_not_count() -> None:
    """Other products break their lines."""
    text = FULL.write().replace("ZGRk", "ZGRk\n  ").replace("S12 eb", " S12\n eb ")

    assert read(_parsed(text)) == FULL
