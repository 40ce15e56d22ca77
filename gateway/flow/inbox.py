"""What national systems do with what came for them: list, lease, read, acknowledge, wait."""

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass

from gateway.core import properties
from gateway.core.ebms import iso
from gateway.core.entry import entry
from gateway.core.errors import ErrorCode, rejected
from gateway.core.manifest import MEDIA_TYPE
from gateway.core.message import Entry, Header
from gateway.core.names import SECOND, Micros, SystemId
from gateway.core.texts import say
from gateway.flow.bell import Bell, heard
from gateway.flow.bodies import Bodies, DamagedError, PurgedError
from gateway.flow.ports import Clock, Item, Offload, Row, StoredPart
from gateway.flow.ports_inbox import InboxStore, Lease
from gateway.flow.trail import Look, leaf

POLL = 1.0  # seconds between looks while waiting; other processes do not ring


@dataclass(frozen=True, slots=True)
class Content:
    """A payload as its reader gets it: unpacked, and equal to the digest in the log (EA-3.5)."""

    part: StoredPart
    content: bytes


@dataclass(frozen=True, slots=True)
class InboxDesk:
    """The inbox of every system, for the national edge."""

    store: InboxStore
    clock: Clock
    bell: Bell
    offload: Offload

    async def list(self, system: SystemId, limit: int) -> Sequence[Row]:
        """Items not acknowledged, urgent first; leases are shown, nothing is taken."""
        return await self.store.inbox(system, limit)

    async def lease(
        self, system: SystemId, limit: int, seconds: int, wait: float, alive: Callable[[], bool] = lambda: True
    ) -> Sequence[Item]:
        """Items that nobody else gets for that long; waits for the first one up to `wait` seconds.

        Nothing is leased to a reader that is no longer `alive`.
        """
        end = self.clock.now() + int(wait * SECOND)
        while True:
            rung = self.bell.listen(f"inbox:{system}")
            now = self.clock.now()
            if not alive():
                return []
            lease = self._lease(system, now, seconds, limit)
            if await self.store.ready(system, now) and (items := await self.store.lease_items(system, now, lease)):
                return items
            left = (end - self.clock.now()) / SECOND
            if left <= 0:
                return []
            await heard(rung, min(left, POLL))

    def _lease(self, system: SystemId, now: Micros, seconds: int, limit: int) -> Lease:
        """A lease under a new name, with the look that it is."""
        look, nonce = Look(f"system:{system}", "POST /inbox/lease"), self.clock.nonce()
        until = Micros(now + seconds * SECOND)
        return Lease(self.clock.nonce().hex(), until, limit, lambda names: leaf(look, names, now, nonce))

    async def open(self, system: SystemId, number: int, lease: str) -> Item:
        """The item under a lease that is still held; that it is read is in the log."""
        item = await self._held(system, number, lease)
        await self.store.count_read(number, self._entry("inbox-read", item))
        return item

    async def read(self, system: SystemId, number: int, lease: str) -> tuple[Item, Sequence[Content]]:
        """The item's payloads, whole, under a lease that is still held; the read is in the log."""
        item = await self._held(system, number, lease)
        contents = [Content(part, b"".join([piece async for piece in self.pieces(item, part)])) for part in item.parts]
        await self.store.count_read(number, self._entry("inbox-read", item))
        return item, contents

    async def pieces(self, item: Item, part: StoredPart) -> AsyncIterator[bytes]:
        """The payload, piece by piece; where it is not what its digest says, that is logged before the last piece."""
        try:
            async for piece in Bodies(self.store, self.offload).content(part):
                yield piece
        except PurgedError:
            raise rejected(ErrorCode.PURGED, part.cid) from None
        except DamagedError:
            message_id = item.header.message_id
            leaf = entry("integrity", self.clock.now(), self.clock.nonce(), message_id=message_id, expected=part.digest)
            await self.store.append(leaf)
            raise rejected(ErrorCode.INTEGRITY_FAILURE, part.cid, say("digest_in_log")) from None

    async def renew(self, system: SystemId, number: int, lease: str, seconds: int) -> None:
        """The lease lasts that long from now; 0 gives the item back."""
        now = self.clock.now()
        if not await self.store.renew_item(system, number, lease, now, Micros(now + seconds * SECOND)):
            raise _lost()
        if seconds == 0:
            self.bell.ring(f"inbox:{system}")

    async def acknowledge(self, system: SystemId, number: int, lease: str) -> None:
        """The system has taken the item over; again with the same lease is the same."""
        item = await self.item(system, number)
        if item.acknowledged_at and item.lease == lease:
            return
        if not await self.store.acknowledge(system, number, lease, self.clock.now(), self._entry("acknowledged", item)):
            raise _lost()

    async def item(self, system: SystemId, number: int) -> Item:
        """One item of the system, whoever holds it."""
        item = await self.store.item(system, number)
        if item is None:
            raise rejected(ErrorCode.NOT_FOUND, "item", say("own_item"))
        return item

    async def _held(self, system: SystemId, number: int, lease: str) -> Item:
        item = await self.item(system, number)
        if item.facts["purged_at"]:
            raise rejected(ErrorCode.PURGED, "item")
        if item.acknowledged_at or item.lease != lease or item.lease_until <= self.clock.now():
            raise _lost()
        return item

    def _entry(self, kind: str, item: Item) -> Entry:
        header = item.header
        return entry(
            kind,
            self.clock.now(),
            self.clock.nonce(),
            message_id=header.message_id,
            sender=header.sender,
            type=header.action,
            system=str(item.facts["system"]),
            digest_out=bytes(item.facts["digest_out"]),
            purpose=header.purpose,
            controls=["EA-2.3", "EA-3.5"],
        )


def is_alone(parts: Sequence[StoredPart]) -> bool:
    """Whether the document has nothing beside it but the list of what was removed from it."""
    return all(part.media_type == MEDIA_TYPE for part in parts[1:])


def facts(header: Header, removed: str, parts: Sequence[StoredPart]) -> Mapping[str, object]:
    """The metadata of a message, by the names that `POST /messages` takes; what its reader is shown."""
    return {
        "message_id": header.message_id,
        "conversation_id": header.conversation_id,
        "ref_to_message_id": header.ref_to_message_id,
        "sender": header.sender,
        "recipient": header.recipient,
        "agreement": header.agreement,
        "type": header.action,
        "version": header.version,
        "purpose": header.purpose,
        "environment": header.environment.value,
        "timestamp": iso(header.timestamp),
        "deadline": iso(header.deadline),
        **properties.corners(header.properties, header.sender, header.recipient),
        "properties": properties.shown(header.properties),
        "removed": json.loads(removed),
        "payloads": [_payload(part) for part in parts],
    }


def _payload(part: StoredPart) -> Mapping[str, object]:
    return {
        "media_type": part.media_type,
        "name": part.name,
        "size": part.size,
        "sha256": part.digest.hex(),
        "content_id": part.cid,
        "properties": properties.shown(properties.read(part.properties)),
    }


def _lost() -> Exception:
    return rejected(ErrorCode.LEASE_LOST, "lease", say("lease_held"))
