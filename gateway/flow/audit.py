"""Recomputes the delivery log from its first leaf, and every stored body's digest; finds all faults, not the first."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from gateway.core import tree
from gateway.flow.bodies import Bodies
from gateway.flow.ports import LogStore, Row, StoredPart
from gateway.flow.ports_tree import TreeStore

T = TypeVar("T")


@dataclass(slots=True)
class Verdict:
    """What was looked at and what was found."""

    entries: int = 0
    bodies: int = 0
    heads: int = 0
    pending: int = 0
    root: bytes = tree.EMPTY_ROOT
    faults: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


class AuditStore(LogStore, TreeStore, Protocol):
    """Log, tree and bodies."""


async def verify(store: AuditStore) -> AsyncIterator[Verdict]:
    """Yields the growing verdict for progress; the last one is complete.

    1. every leaf is its entry's hash, without gaps
    2. every tree head's root is the root of the leaves up to it
    3. every entry is in the tree or waits for it
    4. every message that the log says was accepted is there
    5. every stored payload equals its digest, and its log entry says the same digest
    """
    verdict = Verdict()
    heads = {row["size"]: row for row in await store.heads()}
    verdict.heads = len(heads)
    async for _ in _leaves(store, heads, verdict):
        yield verdict
    for number in await store.lost_entries():
        verdict.faults.append(f"entry {number}: neither in the tree nor waiting for it")
    for message_id in await store.lost_messages():
        verdict.faults.append(f"message {message_id}: accepted in the log, but gone")
    async for row in store.stored():
        verdict.bodies += 1
        verdict.faults += await _stored(store, row)
        yield verdict
    yield verdict


async def _leaves(store: LogStore, heads: dict[int, Row], verdict: Verdict) -> AsyncIterator[None]:
    frontier: tree.Frontier = ()
    async for row in store.leaves():
        if row["position"] != verdict.entries:
            verdict.faults.append(f"leaf {verdict.entries}: missing; the next one is {row['position']}")
            verdict.entries = row["position"]
        verdict.faults += _leaf(row)
        frontier = tree.append(frontier, bytes(row["hash"]))
        verdict.entries += 1
        head = heads.pop(verdict.entries, None)
        if head is not None and bytes(head["root"]) != tree.root(frontier):
            verdict.faults.append(f"tree head {head['size']}: its root is not the root of the leaves")
        yield
    verdict.root = tree.root(frontier)
    verdict.faults += [f"tree head {size}: covers leaves that are gone" for size in sorted(heads)]


def _leaf(row: Row) -> list[str]:
    """1. The entry is there, and leaf, stored hash and recomputed hash are one."""
    position = row["position"]
    if row["body"] is None:
        return [f"leaf {position}: its entry is gone"]
    recomputed = tree.leaf_hash(bytes(row["body"]))
    faults = []
    if recomputed != bytes(row["hash"]):
        faults.append(f"leaf {position}: its entry was changed (entry {row['entry']})")
    leaf = json.loads(bytes(row["body"]))
    if (leaf.get("kind"), leaf.get("at"), leaf.get("message_id", "")) != (row["kind"], row["at"], row["message_id"]):
        faults.append(f"leaf {position}: the entry's columns differ from its leaf")
    return faults


async def _stored(store: LogStore, row: Row) -> list[str]:
    """5. The body is what its digest says, and the log said that digest when the message was accepted."""
    where = f"message {row['message_id']} payload {row['position']}"
    part = StoredPart("", "", "", bytes(row["digest"]), row["size"], 0, row["body"])
    faults = []
    if not await Bodies(store, _inline).verified(part):
        faults.append(f"{where}: the stored body is not what its digest says")
    if row["leaf"] is None:
        return [*faults, f"{where}: its log entry is gone"]
    logged = json.loads(bytes(row["leaf"]))
    expected = [logged.get("digest_out"), *logged.get("attachments", [])]
    if row["position"] >= len(expected) or expected[row["position"]] != part.digest.hex():
        faults.append(f"{where}: the log entry names another digest")
    return faults


async def _inline(size: int, work: Callable[[], T]) -> T:
    """Nobody waits for this process meanwhile, whatever the size."""
    del size
    return work()
