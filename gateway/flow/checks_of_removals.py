"""What the delivery log says about content that was removed, and put back."""

from collections.abc import Mapping
from functools import lru_cache

from gateway.core.entry import said
from gateway.flow.ports import Row

ABOUT = ("purged", "restored")
NOWHERE = (False, -1)


Place = tuple[bool, int]  # behind the tree: waiting entries, in their order


def restored(row: Row) -> dict[int, Place]:
    """The messages that an entry says were put back, by their own leaf: the place of this one."""
    if row["kind"] != "restored" or row["body"] is None:
        return {}
    return dict.fromkeys((index for index, _ in _named(bytes(row["body"]))), _place(row.get("position"), row["entry"]))


def told(row: Row, put_back: Mapping[int, Place]) -> bool:
    """Whether an entry names the message as removed, and no later one as put back."""
    if row["purged"] is None or row["leaf_index"] is None:
        return False
    named = (row["leaf_index"], row["message_id"]) in _named(bytes(row["purged"]))
    return named and _place(row["purged_index"], row["purged_in"]) > put_back.get(row["leaf_index"], NOWHERE)


def _place(position: int | None, entry: int) -> Place:
    return (True, entry) if position is None else (False, position)


@lru_cache(8)  # of messages that went together, the rows come together
def _named(body: bytes) -> frozenset[tuple[int, str]]:
    """The messages that a leaf names: own leaf, MessageId."""
    leaf = said(body)
    rows = leaf.get("messages") if leaf.get("kind") in ABOUT else []
    return frozenset(tuple(row) for row in rows if _names(row)) if isinstance(rows, list) else frozenset()


def _names(row: object) -> bool:
    return isinstance(row, list) and [type(each) for each in row] == [int, str]
