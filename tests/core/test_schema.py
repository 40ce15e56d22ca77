"""Names of a schema as they are shown."""

import pytest

from gateway.core.schema import qualify

PREFIX_OF = {"urn:a": "a", "urn:b": "b"}


@pytest.mark.parametrize(
    ("name", "shown"),
    [("{urn:a}x", "a:x"), ("{urn:c}x", "*"), ("x", "x"), ("{http://x/{y}}z", "*")],
)
def test_names_are_shown_with_agreed_prefixes(name: str, shown: str) -> None:
    """A namespace that is not agreed is never shown, nor what is in it."""
    assert qualify(name, PREFIX_OF) == shown
