"""Recomputes the delivery log from its first leaf, and everything that it says is stored; finds all faults, not the first."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from gateway.core import tree
from gateway.core.agreement import Register
from gateway.flow import checks_of_holdings as holdings
from gateway.flow import checks_of_tree as checks
from gateway.flow.anchor import Contradicted, compared
from gateway.flow.bodies import Bodies
from gateway.flow.checks_of_removals import Removals
from gateway.flow.checks_of_tree import Trusted, Walk, Whose
from gateway.flow.ports_audit import AuditStore


@dataclass(slots=True)
class Verdict:
    """What was looked at and what was found."""

    entries: int = 0
    bodies: int = 0
    receipts: int = 0
    heads: Counter[Whose] = field(default_factory=Counter)  # by whose their checkpoints are
    cosignatures: int = 0
    stamps: int = 0
    nodes: int = 0
    waiting: int = 0
    root: bytes = tree.EMPTY_ROOT
    faults: list[str] = field(default_factory=list)
    removals: Removals = field(default_factory=Removals)

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


async def verify(store: AuditStore, register: Register) -> AsyncIterator[Verdict]:
    """Yields the growing verdict for progress; the last one is complete.

    1. the published checkpoint is a head of the database
    2. every tree head has a checkpoint that says its size and root and is signed by the log's key
    3. every leaf is its entry's hash, without gaps
    4. every tree head's root is the root of the leaves up to it; every node is that of its leaves
    5. every cosignature is one, by the partner's key where we know it; every time stamp is the one that the log says
    6. every entry is in the tree or waits for it
    7. every message that the log says was accepted is there, every delivery that it says was confirmed, too
    8. every stored payload equals its digest, and its log entry says the same digest; it is gone only where the log says so
    9. every envelope sent or kept and every receipt is the one whose digest the log says
    """
    verdict, trusted = Verdict(), Trusted.of(register)
    try:
        former = (await compared(store, trusted.log)).former  # 1.
        verdict.faults += [f"published checkpoint: of {former.checkpoint.origin}, not of the log"] if former else []
    except Contradicted as wrong:
        verdict.faults.append(f"published checkpoint: {wrong}")
    async for _ in _tree(store, trusted, verdict):  # 2. to 4.
        yield verdict
    async for row in store.cosigned():  # 5.
        verdict.cosignatures += 1
        verdict.faults += checks.cosignature(row, trusted)
    kept, told = await store.stamps()
    verdict.stamps = len(kept)
    verdict.faults += checks.stamps(kept, told)
    await _entries(store, verdict)  # 6. and 7.
    async for _ in _held(store, verdict):  # 8. and 9.
        yield verdict
    yield verdict


async def _tree(store: AuditStore, trusted: Trusted, verdict: Verdict) -> AsyncIterator[None]:
    """2. to 4. A gateway may be adding: heads are read up to the last of the beginning, nodes and leaves after it."""
    newest, heads = await store.newest_head(), store.each_head()
    head = await anext(heads, None)
    walk = Walk(trusted.log, await store.nodes(), newest["size"] if newest else 0)
    verdict.nodes, verdict.heads = len(walk.nodes), walk.seen
    async for row in store.leaves():
        verdict.faults += walk.leaf(row)
        verdict.faults += verdict.removals.entry(row)
        verdict.entries = walk.size
        while head is not None and head["size"] <= walk.size:
            verdict.faults += walk.head(head)
            head = await anext(heads, None)
        yield
    verdict.root = tree.root(walk.frontier)
    while head is not None:
        verdict.faults += walk.head(head)
        head = await anext(heads, None)
    verdict.faults += walk.end(await store.last_size())  # read after the leaves, which commit with their head


async def _entries(store: AuditStore, verdict: Verdict) -> None:
    """6. and 7. What waits is whole, nothing is outside, and what the log promises is there."""
    for row in await store.waiting():
        verdict.waiting += 1
        verdict.faults += verdict.removals.entry(row)
        verdict.faults += checks.entry(f"entry {row['entry']}, which waits for its place", row)
    for number in await store.lost_entries():
        verdict.faults.append(f"entry {number}: neither in the tree nor waiting for it")
    for message_id in await store.lost_messages():
        verdict.faults.append(f"message {message_id}: accepted in the log, but gone")
    for message_id in await store.lost_payloads():
        verdict.faults.append(f"message {message_id}: it has not as many payloads as the log says")
    for message_id in await store.lost_deliveries():
        verdict.faults.append(f"message {message_id}: delivered in the log, but its delivery says otherwise")


async def _held(store: AuditStore, verdict: Verdict) -> AsyncIterator[None]:
    """8. and 9."""
    bodies = Bodies(store, holdings.inline)
    async for row in store.stored():
        verdict.bodies += 1
        verdict.faults += await holdings.payload(bodies, row, verdict.removals)
        yield
    async for row in store.delivered():
        verdict.receipts += 1
        verdict.faults += holdings.delivery(row)
        yield
    async for row in store.envelopes():
        verdict.faults += holdings.envelope(row)
        yield
