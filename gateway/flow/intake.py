"""Takes one message from either edge and answers it. The answer leaves only after the commit."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from gateway.core.agreement import Register
from gateway.core.authenticate import require_agreed, under
from gateway.core.ebms import TEST_ACTION, TEST_SERVICE
from gateway.core.entry import entry
from gateway.core.errors import ErrorCode, Fault, Refused, Rejected
from gateway.core.identify import identify
from gateway.core.message import Answer, Authenticated, Received, Redacted, Sealed, SealedMessage
from gateway.core.names import Edge, MessageId
from gateway.core.redact import redact
from gateway.core.screen import screen
from gateway.core.seal import seal
from gateway.core.soap import Keyring
from gateway.core.texts import say
from gateway.core.unpack import Outgrown
from gateway.core.validate import validate
from gateway.core.weight import heaviest, weight
from gateway.core.xml import count
from gateway.flow import aside
from gateway.flow.bell import Bell
from gateway.flow.chance import chance
from gateway.flow.halt import Halt
from gateway.flow.memory import Hold
from gateway.flow.ports import Clock, IntakeStore, Offload, Remembered, TurnedDown
from gateway.flow.refusals import Refusals
from gateway.flow.signalling import told_by_signal, turned_down

Acknowledge = Callable[[Authenticated, tuple[SealedMessage, ...]], Answer]
ENVELOPE = 10 * 1024  # of a signed AS4 request, which is not packed
INFLATES = 16  # a packed body is taken to be this much larger: where it is more, few of them fit inline


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that is durable, and the answer that was committed with it."""

    known: Authenticated
    answer: Answer


@dataclass(frozen=True, slots=True)
class Intake:
    """What both edges call. `register` gives the configuration of this moment."""

    register: Callable[[], Register]
    store: IntakeStore
    clock: Clock
    offload: Offload
    bell: Bell
    refusals: Refusals
    halt: Halt

    async def accept(self, received: Received, acknowledge: Acknowledge, hold: Hold | None = None) -> Accepted:
        """The message, durable now or before, with its one answer; Rejected (logged) for any other.

        The memory that a large document takes is asked of `hold` before it is taken.
        """
        try:
            return await self._accept(received, acknowledge, hold)
        except Rejected as refusal:
            await self.refusals.log(received, refusal)
            raise

    async def _accept(self, received: Received, acknowledge: Acknowledge, hold: Hold | None) -> Accepted:
        register = self.register()
        known = await self.know(received, register, hold)
        try:
            return await self._taken(known, register, acknowledge)
        except Rejected as refusal:
            sequence = known.unpacked.stated.linked.sequence
            refusal.about = replace(refusal.about, pmode=known.pmode, sequence=sequence)
            raise

    async def _taken(self, known: Authenticated, register: Register, acknowledge: Acknowledge) -> Accepted:
        if earlier := await self._earlier(known):
            return await self._repeat(known, earlier, register)
        require_agreed(known)
        if is_ping(known):
            return await self._pong(known, acknowledge)
        self.halt.require()
        try:
            sealed = await self._sealed(await self.prepare(known, register), register)
        except Rejected as refusal:
            return await self._turned_down(known, refusal, register, acknowledge)
        await self.store.admit(sealed)  # the commit decides; this spares the others in its batch a second one
        answer = acknowledge(known, sealed.messages)  # made before, sent after
        kept = await self.store.add(sealed, answer)  # returns after the commit
        if kept.answer is not answer:  # another request with this identity came first
            return await self._repeat(known, kept, register)
        self._ring(sealed)
        return Accepted(known, answer)

    async def rehearse(self, received: Received, hold: Hold | None = None) -> Redacted:
        """What accepting would do, without doing it (a dry run): nothing is stored or logged."""
        register = self.register()
        known = await self.know(received, register, hold)
        if earlier := await self._earlier(known):
            require_same(known, earlier, register)
        self.halt.require()
        redacted = await self.prepare(known, register)
        await self.store.admit(await self._sealed(redacted, register))
        return redacted

    async def know(self, received: Received, register: Register, hold: Hold | None = None) -> Authenticated:
        """The message, parsed, and who really sent it."""
        if hold is not None and len(received.body) > register.limits.inline:
            copies = max(1, len(set(received.stated.recipients)))  # each may need a tree of its own
            await hold.work(copies * await self._weight(received.body))
        try:
            return await self._known(received, register)
        except Outgrown as larger:
            if hold is not None:
                await hold.work(heaviest(larger.size, register.limits.elements))
            return await self._known(replace(received, room=larger.size), register)

    async def _known(self, received: Received, register: Register) -> Authenticated:
        size = len(received.body) + sum(len(part.content) for part in received.parts)
        size += INFLATES * max(0, size - ENVELOPE) if received.edge is Edge.PARTNER else 0
        size += aside.taking(received, register)
        keyring, now = Keyring(register.openers, chance(self.clock)), self.clock.now()
        return await self.offload(size, lambda: identify(received, register, keyring, now))

    async def _weight(self, document: bytes) -> int:
        return await self.offload(len(document), lambda: weight(len(document), count(document, b"<")))

    async def prepare(self, known: Authenticated, register: Register) -> Redacted:
        """Screened, validated and redacted, in one hop."""
        known, now = await self._in_conversation(known), self.clock.now()
        return await self.offload(
            len(known.unpacked.payloads[0].content) if known.unpacked.payloads else 0,
            lambda: redact(validate(screen(known, register), register, now)),
        )

    async def _in_conversation(self, known: Authenticated) -> Authenticated:
        """A reply that names no conversation is in that of the message it refers to (eDelivery AS4 CP_TA19).

        Where the system that posts it has that message: of others' messages it learns nothing.
        """
        stated = known.unpacked.stated
        if known.system is None or not stated.ref_to_message_id or stated.conversation_id:
            return known
        found = await self.store.conversation(MessageId(stated.ref_to_message_id), known.system.id)
        return replace(known, unpacked=replace(known.unpacked, stated=replace(stated, conversation_id=found)))

    async def _sealed(self, redacted: Redacted, register: Register) -> Sealed:
        now, nonces = self.clock.now(), tuple(self.clock.nonce() for _ in redacted.copies)
        size = sum(len(payload.content) for copy in redacted.copies for payload in copy.payloads)
        return await self.offload(size, lambda: seal(redacted, register, now, nonces))

    async def _earlier(self, known: Authenticated) -> Remembered | None:
        """The earlier acceptance of the same identity; a fresh MessageId cannot have one."""
        if not known.unpacked.stated.message_id:
            return None
        return await self.store.find(known.identity.key)

    async def _repeat(self, known: Authenticated, earlier: Remembered, register: Register) -> Accepted:
        """The identical answer for the same content; a MessageId that was used for other content is refused."""
        known = require_same(known, earlier, register)
        identity = known.identity
        await self._log("duplicate", message_id=identity.message_id, edge=identity.edge, sender=identity.sender)
        return Accepted(known, earlier.answer)

    async def _turned_down(
        self, known: Authenticated, refusal: Rejected, register: Register, acknowledge: Acknowledge
    ) -> Accepted:
        """A receipt, and in its commit the signal with the faults, where the P-Mode has it so; else the refusal.

        The content is not kept: nobody here gets it.
        """
        signal = None
        if told_by_signal(known, refusal):
            with contextlib.suppress(Rejected):  # where no signal can be made, the error says it
                signal = turned_down(known, refusal.faults, register, self.clock)
        if signal is None:
            raise refusal
        answer = acknowledge(known, ())
        leaf = self.refusals.leaf(Edge.PARTNER, refusal, known.sender, signal=signal.messages[0].header.message_id)
        kept = await self.store.turn_down(TurnedDown(known, answer, leaf, signal))  # returns after the commit
        if kept.answer is not answer:
            return await self._repeat(known, kept, register)
        self.bell.ring("delivery")
        return Accepted(known, answer)

    async def _pong(self, known: Authenticated, acknowledge: Acknowledge) -> Accepted:
        """The test service: a receipt, nothing delivered (ebMS 5.2.2)."""
        await self._log("ping", message_id=known.identity.message_id, sender=known.identity.sender)
        return Accepted(known, acknowledge(known, ()))

    async def _log(self, kind: str, **facts: object) -> None:
        await self.store.append(entry(kind, self.clock.now(), self.clock.nonce(), **facts))

    def _ring(self, sealed: Sealed) -> None:
        if sealed.known.identity.edge is Edge.NATIONAL or sealed.push_until is not None:
            self.bell.ring("delivery")
        for message in sealed.messages:
            self.bell.ring(f"inbox:{message.system}")


def require_same(known: Authenticated, earlier: Remembered, register: Register) -> Authenticated:
    """The message as it was known then, under that redaction key; a MessageId used for other content is refused."""
    known = under(known, register, earlier.key)
    if earlier.content != known.content:
        about = Refused(known.identity.message_id, known.identity.sender)
        expected = say("same_content")
        raise Rejected(Fault(ErrorCode.DUPLICATE_CONFLICT, "message_id", expected=expected), about=about)
    return known


def is_ping(known: Authenticated) -> bool:
    """Whether it is a message to the test service."""
    stated = known.unpacked.stated
    return known.identity.edge is Edge.PARTNER and (stated.service, stated.action) == (TEST_SERVICE, TEST_ACTION)
