"""What every attempt of a delivery sends: packed once, durable before the first attempt, the same bytes ever after (AS4 3.2).

Where a certificate or the P-Mode ends before the delivery does, security alone is applied again, and the log says so.
"""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

from gateway.core.agreement import Party, Register
from gateway.core.entry import entry
from gateway.core.errors import ErrorCode, Rejected
from gateway.core.message import Entry
from gateway.core.own_properties import Linked, written
from gateway.core.pack import Pack, pack, resecured
from gateway.core.pmode import PMode
from gateway.core.security import Secured, holds
from gateway.flow import aside
from gateway.flow.chance import chance
from gateway.flow.ports import Clock, Job, Offload, PackStore
from gateway.flow.sending import SendError


class Packing:
    """Packs leased deliveries to partners."""

    def __init__(self, register: Callable[[], Register], store: PackStore, clock: Clock, offload: Offload) -> None:
        """Nothing is packed yet."""
        self._register, self._store, self._clock, self._offload = register, store, clock, offload

    async def packed(self, job: Job) -> Job:
        """The job with what it sends, which is durable; SendError where it cannot be made, or another has the lease."""
        if job.kind != "partner":
            return job
        now = self._clock.now()
        register = self._register().at(now)
        party = register.parties.get(job.header.recipient)
        if party is None:
            raise SendError(ErrorCode.PARTY_UNKNOWN)
        if not party.agrees(job.header.agreement):  # what is agreed about others may protect it less
            raise SendError(ErrorCode.NOT_SECURED, job.header.agreement)
        to = party.at(now), party.pmode(job.header.agreement)
        if job.pack.soap and holds(Secured.of(job.pack.secured), to, register, now):
            return job
        linked = await self._linked(job, party)
        try:
            made = await self._offload(aside.signing(to[1], register), lambda: self._made(job, to, register, linked))
        except Rejected as refusal:
            raise SendError(ErrorCode.NOT_SECURED, refusal.faults[0].path) from None
        if not await self._store.keep_pack(job, made, *self._told(job, made)):
            raise SendError(ErrorCode.TIMED_OUT, "the lease was lost")
        return replace(job, pack=made)

    def _made(self, job: Job, to: tuple[Party, PMode], register: Register, linked: Linked) -> Pack:
        random = chance(self._clock)
        if job.pack.soap:
            return resecured(job.pack, job.parts, to, register, random)
        told = (*job.header.properties, *written(linked))
        return pack(replace(job.header, properties=told), job.parts, to, register, random)

    async def _linked(self, job: Job, party: Party) -> Linked:
        """What binds the message to our log: told to partners with a log, other products know none of it."""
        if job.pack.soap or party.log is None:
            return Linked()
        head = await self._store.newest_head()
        return Linked(job.sequence, bytes(head["note"]) if head else b"")

    def _told(self, job: Job, made: Pack) -> tuple[Entry, ...]:
        """That a message was secured again: its first security is told by what it is delivered with."""
        if not job.pack.soap:
            return ()
        facts = {
            "message_id": job.header.message_id,
            "recipient": job.header.recipient,
            "attempt": job.attempt,
            "before": job.pack.secured,
            "after": made.secured,
            "sent": sha256(made.soap).digest(),
            "controls": ["EA-4.2"],
        }
        return (entry("resecured", self._clock.now(), self._clock.nonce(), **facts),)
