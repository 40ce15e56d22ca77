"""What a bundle says about a message has one form."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.core.evidence import canonical_json
from gateway.core.evidence.facts import Kept, MessageFacts, PartFacts
from gateway.core.evidence.note import Malformed

PART = PartFacts("doc@kz", "text/xml", "", "0" * 64, 12, "1" * 64, "messages/1/parts/1")
ENVELOPE = Kept("2" * 64, "messages/1/envelope.xml")
FACTS = MessageFacts("m@kz", "c", "national", "KZ", "BY", "T", 0, (PART,), ENVELOPE, Kept(why="absent"))


def changed(**changes: object) -> bytes:
    """The facts with other values."""
    return canonical_json.write({**canonical_json.read_object(FACTS.content()), **changes})


def part(**changes: object) -> dict[str, Any]:
    """The part with other values."""
    rows: Any = canonical_json.read_object(FACTS.content())["parts"]
    return {**rows[0], **changes}


def test_facts_are_read_as_they_were_written() -> None:
    """With and without parts."""
    for facts in (FACTS, replace(FACTS, parts=())):
        assert MessageFacts.of(facts.content()) == facts


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"a":NaN}',
        b'{"a":"\\ud800"}',
        FACTS.content() + b"\n",
        FACTS.content().replace(b",", b", ", 1),
        changed(more=1),
        changed(parts={}),
        changed(parts=[1]),
        changed(leaf="0"),
        changed(leaf=True),
        changed(edge="side"),
        changed(message_id=1),
        changed(envelope={}),
        changed(envelope={"digest": "", "file": "", "why": ""}),
        changed(envelope={"digest": "", "file": "", "why": "unknown"}),
        changed(receipt={"digest": "0", "file": "x", "why": ""}),
        changed(parts=[part(size="1")]),
        changed(parts=[part(size=True)]),
        changed(parts=[part(packed_digest="F" * 64)]),
    ],
)
def test_anything_else_is_malformed(content: bytes) -> None:
    """Whatever it is, in one way."""
    with pytest.raises(Malformed):
        MessageFacts.of(content)
