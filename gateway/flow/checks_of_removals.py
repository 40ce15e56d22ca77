"""What the delivery log says about content that was removed: by whose will, and whether it was put back."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from gateway.core.entry import said
from gateway.core.retention import is_same
from gateway.flow.ports import Row

NOWHERE = (False, -1)
Place = tuple[bool, int]  # behind the tree: waiting entries, in their order


@dataclass(slots=True)
class Removals:
    """The log's entries about removals, in their order."""

    restored: dict[str, Place] = field(default_factory=dict)  # a message's own leaf ► the last entry that put it back
    _proposed: dict[str, str] = field(default_factory=dict)  # a proposal ► by whom
    _approved: dict[str, int] = field(default_factory=dict)  # a proposal ► how many messages of it may go

    def entry(self, row: Row) -> Iterator[str]:
        """What is wrong with the next entry: nothing goes but what one person proposed and another one approved."""
        if row["body"] is None or not row["kind"].startswith(("purge", "restored")):
            return
        leaf = said(bytes(row["body"]))
        number, who = str(leaf.get("proposal")), str(leaf.get("who"))
        if row["kind"] == "purge-proposed":
            self._proposed[number] = who
        elif row["kind"] == "purge-approved" and not is_same(self._proposed.get(number, who), who):
            many = leaf.get("messages")
            self._approved[number] = many if isinstance(many, int) else 0
        elif row["kind"] == "purged":
            yield from (f"entry {row['entry']}: content was removed, but {flaw}" for flaw in self._going(number))
        elif row["kind"] == "restored":
            self.restored[_accepted(leaf)] = _place(row.get("position"), row["entry"])

    def _going(self, number: str) -> Iterator[str]:
        """What is wrong with one more message that goes by that proposal; told once where it is more than were approved."""
        if number not in self._approved:
            yield "no second person had approved it"
            return
        self._approved[number] -= 1
        if self._approved[number] == -1:
            yield "more than was approved"

    def told(self, row: Row) -> bool:
        """Whether an entry names the message as removed, and no later one as put back."""
        if row["purged"] is None or row["leaf_index"] is None:
            return False
        leaf = said(bytes(row["purged"]))
        expected = ("purged", row["message_id"], str(row["leaf_index"]))
        if (leaf.get("kind"), leaf.get("message_id"), _accepted(leaf)) != expected:
            return False
        return _place(row["purged_index"], row["purged_in"]) > self.restored.get(_accepted(leaf), NOWHERE)


def _place(position: int | None, entry: int) -> Place:
    return (True, entry) if position is None else (False, position)


def _accepted(leaf: dict[str, Any]) -> str:
    """Where the acceptance of the message stands; the first place is left out of a leaf, as every empty fact is."""
    return str(leaf.get("accepted", 0))
