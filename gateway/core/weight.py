"""How much memory handling a document takes at most: what is reserved for it before it is parsed (docs/limits.md)."""

PER_BYTE = 6  # the document as received, as it goes on, packed, and between two forms
PER_TAG = 200  # half an element's node, its text's, and what looking at them leaves
LEAST_BYTES = 40  # a document may have one element for so many bytes, and `limits.elements` in any case


def weight(size: int, tags: int) -> int:
    """Bytes, for a document of so many bytes and so many `<`."""
    return PER_BYTE * size + PER_TAG * tags


def most_elements(size: int, elements: int) -> int:
    """How many elements a document of that size may have."""
    return max(elements, size // LEAST_BYTES)


def heaviest(size: int, elements: int) -> int:
    """The weight of a document of that size of which no more is known."""
    return weight(size, min(size // 3, 2 * most_elements(size, elements) + 2))
