"""What the delivery log says about content that was removed: by whose will, and whether it was put back."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from gateway.core.retention import is_same
from gateway.flow.ports import Row

ABOUT = ("purged", "restored")
NOWHERE = (False, -1)
Place = tuple[bool, int]  # behind the tree: waiting entries, in their order


@dataclass(slots=True)
class Removals:
    """The log's entries about removals, in their order."""

    restored: dict[int, Place] = field(default_factory=dict)  # a message's own leaf ► the last entry that put it back
    _proposed: dict[int, str] = field(default_factory=dict)  # a proposal ► by whom
    _approved: set[int] = field(default_factory=set)

    def entry(self, row: Row) -> Iterator[str]:
        """What is wrong with the next entry: nothing goes but what one person proposed and another one approved."""
        if row["body"] is None or not row["kind"].startswith(("purge", "restored")):
            return
        leaf, body = json.loads(bytes(row["body"])), bytes(row["body"])
        number, who = leaf.get("proposal", 0), leaf.get("who", "")
        if row["kind"] == "purge-proposed":
            self._proposed[number] = who
        elif row["kind"] == "purge-approved" and not is_same(self._proposed.get(number, who), who):
            self._approved.add(number)
        elif row["kind"] == "purged" and number not in self._approved:
            yield f"entry {row['entry']}: content was removed, but no second person had approved it"
        elif row["kind"] == "restored":
            place = _place(row.get("position"), row["entry"])
            self.restored |= dict.fromkeys((index for index, _ in _named(body)), place)

    def told(self, row: Row) -> bool:
        """Whether an entry names the message as removed, and no later one as put back."""
        if row["purged"] is None or row["leaf_index"] is None:
            return False
        named = (row["leaf_index"], row["message_id"]) in _named(bytes(row["purged"]))
        return named and _place(row["purged_index"], row["purged_in"]) > self.restored.get(row["leaf_index"], NOWHERE)


def _place(position: int | None, entry: int) -> Place:
    return (True, entry) if position is None else (False, position)


@lru_cache(8)  # of messages that went together, the rows come together
def _named(body: bytes) -> frozenset[tuple[int, str]]:
    """The messages that a leaf names: own leaf, MessageId."""
    leaf = json.loads(body)
    rows = leaf.get("messages", []) if leaf.get("kind") in ABOUT else []
    return frozenset((index, message_id) for index, message_id in rows)
