"""What an archive holds: an evidence bundle of many messages, read message by message."""

import re
from collections.abc import Iterator, Mapping

from gateway.core.evidence.bundle import Members, read
from gateway.core.evidence.facts import MessageFacts

FACTS = re.compile(r"messages/([0-9]+)/facts\.json", re.ASCII)
LARGEST_FACTS = 1024 * 1024


def messages(members: Members) -> Iterator[tuple[str, MessageFacts]]:
    """The folder and the facts of every message, in their order; Malformed where facts are none."""
    numbers = sorted(int(found[1]) for name in members.names() if (found := FACTS.fullmatch(name)))
    for number in numbers:
        folder = f"messages/{number}"
        yield folder, MessageFacts.of(read(members, f"{folder}/facts.json", LARGEST_FACTS))


def missing(members: Members, wanted: Mapping[int, str]) -> list[str]:
    """Of these messages, by the places of their leaves, those that are not in it with all of their parts."""
    whole = {
        facts.leaf
        for _, facts in messages(members)
        if wanted.get(facts.leaf) == facts.message_id and all(part.file for part in facts.parts)
    }
    return [message_id for leaf, message_id in wanted.items() if leaf not in whole]


def holds(members: Members, name: str, content: bytes) -> bool:
    """Whether a member is there with this content."""
    return name in members.names() and b"".join(members.pieces(name)) == content
