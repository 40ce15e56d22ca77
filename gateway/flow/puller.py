"""Comes to partners for messages: PullRequest ► message ► intake ► receipt or error to the same place (ebMS 3.4, AS4 3.4).

Between the commit of a message and its receipt a crash costs nothing: the partner gives the message again, and the
repeat gets the identical receipt.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Protocol

from gateway.core.agreement import Party, Register
from gateway.core.ebms import SOAP_TYPE, write_pull_request
from gateway.core.errors import ErrorCode, Rejected, rejected
from gateway.core.heading import heading
from gateway.core.message import Answer, MimePart, Peer, Received
from gateway.core.names import Edge, Micros, PartyId
from gateway.core.pmode import Pull
from gateway.core.schedule import Backoff, http_failure, signalled
from gateway.core.security import sign_signal
from gateway.core.soap import Keyring
from gateway.core.texts import say
from gateway.flow import aside
from gateway.flow.chance import chance
from gateway.flow.memory import Hold
from gateway.flow.outcome import read, words
from gateway.flow.ports import Clock, Gate, Offload
from gateway.flow.sending import Fetched, Fetcher, Reply, SendError
from gateway.flow.taking import take
from gateway.flow.upload import SOAP_LIMIT, Upload, Uploads

POLL = 0.5  # seconds between looks at whose time has come
OVERHEAD = 256 * 1024  # bytes of an answer beside its payloads
MULTIPART = "multipart/related"
CONTENT_TYPE = f"{SOAP_TYPE}; charset=UTF-8"
USER = b"UserMessage"
logger = logging.getLogger(__name__)


class Taker(Protocol):
    """What makes of a user message what its sender is told."""

    async def take(self, received: Received, hold: Hold) -> Answer:
        """The receipt for a message, which is durable; Rejected where it is not taken."""

    async def refusal(self, refusal: Rejected, party: Party | None) -> Answer:
        """The errors for one that is not, for the party."""


class PullerStore(Protocol):
    """Where it is kept that a partner cannot be pulled from."""

    async def gate(self, target: str) -> Gate | None:
        """See DeliveryStore."""

    async def close_gate(self, target: str, until: Micros, code: str, now: Micros) -> None:
        """The target waits until then, after one failure more."""

    async def open_gate(self, target: str) -> None:
        """The target answers."""


@dataclass(frozen=True, slots=True)
class Means:
    """What pulling needs."""

    register: Callable[[], Register]
    store: PullerStore
    fetcher: Fetcher
    clock: Clock
    offload: Offload
    uploads: Uploads
    taker: Taker


class Puller:
    """The pulling loop of one process: each partner is visited by itself, one message after the other."""

    def __init__(self, means: Means, backoff: Backoff) -> None:
        """Nothing is pulled before `run`."""
        self._by, self._backoff = means, backoff
        self._due: dict[PartyId, Micros] = {}
        self._visits: dict[PartyId, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Pulls until cancelled."""
        try:
            while True:
                self.begin()
                await asyncio.sleep(POLL)
        finally:
            visits = [*self._visits.values()]
            for visit in visits:
                visit.cancel()
            await asyncio.gather(*visits, return_exceptions=True)

    def begin(self) -> int:
        """Every party whose time has come is being visited; how many visits have begun."""
        now, begun = self._by.clock.now(), 0
        for party in self._by.register().parties.values():
            if party.pull is not None and party.id not in self._visits and self._due.get(party.id, 0) <= now:
                every = Micros(party.pull.every // timedelta(microseconds=1))
                visit = asyncio.create_task(self._visit(party.id, every), name=f"pull-{party.id}")
                self._visits[party.id] = visit
                visit.add_done_callback(partial(self._ended, party.id))
                begun += 1
        return begun

    def _ended(self, name: PartyId, _: asyncio.Task[None]) -> None:
        del self._visits[name]

    async def rest(self) -> None:
        """Every visit under way has ended."""
        while self._visits:
            await asyncio.wait(self._visits.values())
            await asyncio.sleep(0)

    async def _visit(self, name: PartyId, every: Micros) -> None:
        """As long as messages come; then the next visit has its time."""
        gate, wait = f"pull:{name}", every
        try:
            while await self._pull(name):
                pass
            if await self._by.store.gate(gate) is not None:
                await self._by.store.open_gate(gate)
        except SendError as error:
            wait = await self._failed(gate, error.code)
        except Exception:
            # A bug, or a store that cannot be written: what was not receipted comes again.
            logger.exception("pulling from %s ended", name)
            wait = self._backoff.longest
        self._due[name] = Micros(self._by.clock.now() + wait)

    async def _failed(self, gate: str, code: ErrorCode) -> Micros:
        """How long the partner is left alone; kept, so that operators see it."""
        logger.warning("%s: %s (%s)", gate, code.meaning, code.code)
        known, now = await self._by.store.gate(gate), self._by.clock.now()
        wait = self._backoff.delay((known.failures if known else 0) + 1, self._by.clock.jitter())
        await self._by.store.close_gate(gate, Micros(now + wait), code.code, now)
        return wait

    async def _pull(self, name: PartyId) -> bool:
        """Whether there was a message; it is durable or refused, and the partner has been told so."""
        register, target, failed = self._by.register(), f"party:{name}", False
        party = register.parties.get(name)
        if party is None or party.pull is None:
            return False  # no longer agreed
        async with self._by.uploads.begin(register.limits) as upload:
            try:
                received = await self._asked(party, party.pull, upload)
                if received is None:
                    return False
                answer = await self._by.taker.take(received, upload.hold)
            except Rejected as refusal:
                answer, failed = await self._by.taker.refusal(refusal, party), refusal.first is ErrorCode.UNAVAILABLE
        await self._tell(target, answer)
        if failed:
            raise SendError(ErrorCode.UNAVAILABLE)  # the next message would fare no better
        return True

    async def _asked(self, party: Party, pull: Pull, upload: Upload) -> Received | None:
        """The message that answers a PullRequest; None where the channel is empty."""
        clock = self._by.clock
        request = await self._signed(write_pull_request(clock.message_id(), clock.now(), pull.mpc), party)
        async with self._by.fetcher.fetch(f"party:{party.id}", CONTENT_TYPE, request) as fetched:
            received = await self._received(party, fetched, upload)
        soap = received.parts[0].content if received.parts else received.body
        if USER not in soap or heading(received, upload.limits) is not None:
            _require_empty(Reply(fetched.status, received.body, received.content_type))
            return None
        return received

    async def _signed(self, request: bytes, party: Party) -> bytes:
        """Signed where the P-Mode signs; SendError where that cannot be done now."""
        register, pmode = self._by.register().at(self._by.clock.now()), party.pmode()
        try:
            return await self._by.offload(aside.signing(pmode, register), lambda: sign_signal(request, pmode, register))
        except Rejected as refusal:
            raise SendError(refusal.first, refusal.faults[0].path) from None

    async def _received(self, party: Party, fetched: Fetched, upload: Upload) -> Received:
        """The answer as the partner edge would have it: what is too large to be held is split as it comes."""
        largest = upload.limits.message + OVERHEAD
        pieces, body, parts = _bounded(fetched, largest), b"", tuple[MimePart, ...]()
        media_type = fetched.content_type.partition(";")[0].strip().lower()
        if media_type == MULTIPART and (fetched.size is None or fetched.size > upload.limits.inline):
            keyring = Keyring(self._by.register().openers, chance(self._by.clock))
            parts = await take(upload, pieces, fetched.content_type, keyring)
        else:
            body = b"".join([piece async for piece in _bounded(fetched, SOAP_LIMIT)])
        # TLS believes only this party's certificates at its endpoint: whoever answered is the party.
        peer = Peer(certificate=next(iter(party.certificates), b""))
        return Received(Edge.PARTNER, peer, body, fetched.content_type, self._by.clock.message_id(), parts=parts)

    async def _tell(self, target: str, answer: Answer) -> None:
        """The receipt or the errors are with the partner, where it pulled from; what it makes of them is logged."""
        reply = await self._by.fetcher.send(target, CONTENT_TYPE, answer.body)
        said = read(reply)
        if said is not None or http_failure(reply.status) is not None:
            # Codes of the table alone: a partner's own words may quote what is in a message.
            codes = [code.code for code, _, _ in said.signal.errors if code is not None] if said else []
            told = " ".join(codes) or f"HTTP {reply.status}"
            logger.warning("%s did not take a signal about a pulled message: %s", target, told)


def _require_empty(reply: Reply) -> None:
    """EBMS:0006 is no failure: the channel is empty; SendError with what every other signal says, and where there is none."""
    said = read(reply)
    if said is None:
        raise SendError(http_failure(reply.status) or ErrorCode.NOT_AN_ANSWER, f"HTTP {reply.status}")
    signal = said.signal
    if not any(code is ErrorCode.EBMS_0006 for code, _, _ in (*signal.errors, *signal.warnings)):
        raise SendError(signalled(signal, signal.ref_to_message_id), words(signal))


async def _bounded(fetched: Fetched, largest: int) -> AsyncIterator[bytes]:
    size = 0
    async for piece in fetched.pieces:
        size += len(piece)
        if size > largest:
            raise rejected(ErrorCode.TOO_LARGE, expected=say("at_most_bytes", n=largest))
        yield piece
