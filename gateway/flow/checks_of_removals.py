"""What the delivery log says about content that was removed, and put back."""

import json
from collections.abc import Mapping
from functools import lru_cache

from gateway.flow.ports import Row

ABOUT = ("purged", "restored")


def restored(row: Row) -> dict[int, int]:
    """The messages that a leaf says were put back, by their own leaf: the position of this one."""
    if row["kind"] != "restored" or row["body"] is None:
        return {}
    return {index: row["position"] for index, _ in _named(bytes(row["body"]))}


def told(row: Row, put_back: Mapping[int, int]) -> bool:
    """Whether an entry names the message as removed, and no later one as put back."""
    if row["purged"] is None or row["leaf_index"] is None:
        return False
    named = (row["leaf_index"], row["message_id"]) in _named(bytes(row["purged"]))
    waits = row["purged_index"] is None  # for its place in the tree: it is later than every other
    return named and (waits or row["purged_index"] > put_back.get(row["leaf_index"], -1))


@lru_cache(8)  # of messages that went together, the rows come together
def _named(body: bytes) -> frozenset[tuple[int, str]]:
    """The messages that a leaf names: own leaf, MessageId."""
    leaf = json.loads(body)
    rows = leaf.get("messages", []) if leaf.get("kind") in ABOUT else []
    return frozenset((index, message_id) for index, message_id in rows)
