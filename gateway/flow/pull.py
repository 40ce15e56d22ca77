"""Partners that come for their messages: each pull leases one, and gets it as the answer (ebMS 3.4, AS4 5.2.3).

The attempt is written down before the message leaves. What is not receipted by the end of the lease is due again.
"""

import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import Protocol

from gateway.core import soap
from gateway.core.agreement import Register
from gateway.core.authenticate import party_of
from gateway.core.errors import ErrorCode, Fault, Refused, Rejected, rejected
from gateway.core.heading import Heading
from gateway.core.message import Received
from gateway.core.names import Micros
from gateway.core.pulling import channel
from gateway.core.schedule import disposition
from gateway.core.security import prove
from gateway.core.texts import say
from gateway.flow import aside, outcome
from gateway.flow.accounts import numbered
from gateway.flow.packing import Packing
from gateway.flow.ports import Clock, Job, Offload, Result
from gateway.flow.refusals import Refusals
from gateway.flow.request import Request, Requests
from gateway.flow.sending import SendError, Streamed

RENEWALS = 3  # in the time of a lease, while a large message is on its way
logger = logging.getLogger(__name__)


class PullStore(Protocol):
    """The queue, as partners that pull see it."""

    async def pull(
        self, now: Micros, until: Micros, target: str, others: frozenset[str], *, numbered: bool
    ) -> Job | None:
        """The most urgent, oldest due delivery to the target of no message under the other agreements, leased until then.

        A message to a partner whose messages are numbered has its number.
        """

    async def renew(self, job: Job, until: Micros) -> bool:
        """See DeliveryStore."""

    async def settle(self, result: Result) -> bool:
        """See DeliveryStore."""


@dataclass(frozen=True, slots=True)
class Pulls:
    """What the partner edge calls with a PullRequest."""

    register: Callable[[], Register]
    store: PullStore
    clock: Clock
    offload: Offload
    packing: Packing
    requests: Requests
    refusals: Refusals
    lease: Micros  # how long a receipt is waited for

    async def answer(self, received: Received, heading: Heading) -> Request:
        """The next message of the channel; Rejected with EBMS:0006 where there is none, logged where it is refused."""
        try:
            target, others = await self._allowed(received, heading)
        except Rejected as refusal:
            await self.refusals.log(received, refusal)
            raise
        while job := await self._leased(target, others):
            try:
                return self._watched(job, await self.requests.make(await self.packing.packed(job)))
            except SendError as error:
                await self._failed(job, error)
        raise Rejected(Fault(ErrorCode.EBMS_0006), about=_about(heading))

    async def _allowed(self, received: Received, heading: Heading) -> tuple[str, frozenset[str]]:
        """The party's target and what its channel leaves out, where TLS and signature prove that it is the party."""
        register = self.register()
        party = party_of(received.peer, register)
        if party is None:
            raise rejected(ErrorCode.EBMS_0101, "", say("listed_party"))
        found = channel(party, heading, register)
        wrapped, now = soap.read(received, register.limits), self.clock.now()
        try:
            await self.offload(aside.judging(register), lambda: prove(wrapped, (party, found.pmode), register, now))
        except Rejected as refusal:
            raise Rejected(*refusal.faults, about=_about(heading)) from None
        return f"party:{party.id}", found.others

    async def _leased(self, target: str, others: frozenset[str]) -> Job | None:
        now = self.clock.now()
        known = target in numbered(self.register())
        return await self.store.pull(now, Micros(now + self.lease), target, others, numbered=known)

    def _watched(self, job: Job, request: Request) -> Request:
        """A large message keeps its lease while it is read; what is found damaged on the way is never sent whole."""
        body = request.body
        if not isinstance(body, Streamed):
            return request

        async def pieces() -> AsyncIterator[bytes]:
            renewed = self.clock.now()
            try:
                async for piece in body.pieces():
                    yield piece
                    if self.clock.now() - renewed > self.lease / RENEWALS:
                        renewed = self.clock.now()
                        await self.store.renew(job, Micros(renewed + self.lease))
            except SendError as error:
                await self._failed(job, error)
                raise rejected(error.code) from None

        return replace(request, body=Streamed(body.size, pieces))

    async def _failed(self, job: Job, error: SendError) -> None:
        """The attempt has failed here, by the table; what passes is due again when its lease would have ended."""
        now, (event, _) = self.clock.now(), disposition(error.code)
        logger.error("%s: %s", job.target, error.code.meaning)
        failure = outcome.Failure(event, error.code, error.detail, Micros(now + self.lease), None)
        await self.store.settle(outcome.failed(job, failure, self.register(), now, self.clock.nonce()))


def _about(heading: Heading) -> Refused:
    return Refused(heading.message_id, "", heading.kind)
