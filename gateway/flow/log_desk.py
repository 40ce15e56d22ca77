"""What partners may ask about our log: its newest checkpoint, its hash tiles, the entries they are a side of (C2SP tlog-tiles).

Hashes tell nothing about a leaf, which has a nonce. A whole leaf is shown singly, to its sides alone: bundles would show one
partner the traffic with another (EA-1, CT-8.4).
"""

import base64
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from gateway.core.agreement import Party
from gateway.core.evidence.note import Malformed
from gateway.core.evidence.proofs import inclusion_spans, made, needed
from gateway.core.evidence.tiles import HEIGHT, Tile
from gateway.core.message import Answer
from gateway.core.names import Edge
from gateway.flow.ports import Row
from gateway.flow.ports_tree import TreeStore
from gateway.flow.trail import Look, Trail

ROOT = "/log"
CHECKPOINT, ENTRY, TILES = "/checkpoint", "/entry/", "/tile/"
TEXT, OCTETS = "text/plain", "application/octet-stream"
PROOF = "c2sp.org/tlog-proof@v1"
LONGEST_INDEX = 15  # digits
NOT_FOUND = Answer(404, TEXT, b"not found\n")
# What happened between the two gateways; what a gateway does with a message behind its own door is no partner's matter.
BETWEEN = frozenset({
    *("accepted", "received", "refused", "duplicate", "attempt", "delivered", "resecured", "failed", "unproven", "expired"),
    *("signalled", "ping", "pinged"),
})  # fmt: skip
Post = Callable[[Party, bytes], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class LogDesk:
    """Answers partners; what they post goes to whom it is for, by path under /log."""

    store: TreeStore
    trail: Trail
    posts: Mapping[str, Post] = field(default_factory=dict)

    async def get(self, party: Party, path: str) -> Answer:
        """What is at that path under /log."""
        if path == CHECKPOINT:
            return await self._checkpoint()
        if path.startswith(TILES):
            return await self._tile(path.removeprefix("/"))
        if path.startswith(ENTRY):
            return await self._entry(party, path.removeprefix(ENTRY))
        return NOT_FOUND

    async def post(self, party: Party, path: str, body: bytes) -> Answer:
        """What was made of the body."""
        found = self.posts.get(path)
        return NOT_FOUND if found is None else await found(party, body)

    async def _checkpoint(self) -> Answer:
        head = await self.store.newest_head()
        return NOT_FOUND if head is None else Answer(200, TEXT, await self._published(head))

    async def _published(self, head: Row) -> bytes:
        """The checkpoint with all signature lines."""
        lines = [row["line"] for row in await self.store.cosignatures(head["size"])]
        return bytes(head["note"]) + "".join(lines).encode()

    async def _tile(self, path: str) -> Answer:
        """All of its hashes, where a published checkpoint covers them: they never change."""
        head = await self.store.newest_head()
        try:
            tile = Tile.of(path)
        except Malformed:
            return NOT_FOUND
        if head is None or tile.start + tile.width > head["size"] >> (HEIGHT * tile.level):
            return NOT_FOUND
        return Answer(200, OCTETS, (await self.store.tiles([tile]))[tile])

    async def _entry(self, party: Party, text: str) -> Answer:
        """The leaf with its proof (C2SP tlog-proof), once it is written down who looks; the same 404 whatever is missing."""
        head = await self.store.newest_head()
        plain = text.isascii() and text.isdecimal() and len(text) <= LONGEST_INDEX and str(int(text)) == text
        if head is None or not plain or int(text) >= head["size"]:
            return NOT_FOUND
        row = await self.store.leaf(int(text))
        if row is None or not is_side(party, bytes(row["body"])):
            return NOT_FOUND
        look = Look(f"party:{party.id}", f"GET {ROOT}{ENTRY}{text}", ("index",))
        await self.trail.looked(look, [row["message_id"]] if row["message_id"] else [])
        return Answer(200, TEXT, await self._proven(head, int(text), bytes(row["body"])))

    async def _proven(self, head: Row, index: int, leaf: bytes) -> bytes:
        spans, size = inclusion_spans(index, head["size"]), head["size"]
        held = await self.store.tiles(sorted(needed(spans, size)))
        hashes = (base64.b64encode(each).decode() for each in made(spans, size, held))
        lines = [PROOF, f"extra {base64.b64encode(leaf).decode()}", f"index {index}", *hashes, "", ""]
        return "\n".join(lines).encode() + await self._published(head)


def is_side(party: Party, leaf: bytes) -> bool:
    """Whether the entry is about what happened to a message from or to the party between the gateways."""
    facts = json.loads(leaf)
    between = facts["kind"] in BETWEEN and facts.get("delivery", "partner") == "partner"
    # What our own systems post and is refused reached no partner, whomever it names.
    inside = facts["kind"] == "refused" and facts.get("edge") == Edge.NATIONAL
    return between and not inside and party.id in {facts.get("sender"), facts.get("recipient")}
