"""Receipts and errors that come in a request of their own settle the delivery that they are about.

Those of pulled messages always come so (AS4 3.4, eDelivery pull); those of pushed ones where a peer answers late.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from gateway.core.agreement import Party, Register
from gateway.core.authenticate import party_of
from gateway.core.entry import entry
from gateway.core.errors import ErrorCode, Fault, Refused, Rejected
from gateway.core.heading import Heading, Kind
from gateway.core.message import Answer, Received
from gateway.core.names import Edge, Micros
from gateway.core.schedule import Backoff, disposition
from gateway.core.states import Event
from gateway.core.texts import say
from gateway.flow import aside, outcome
from gateway.flow.bell import Bell
from gateway.flow.ports import Clock, EntryStore, Job, Offload, Result
from gateway.flow.refusals import Refusals
from gateway.flow.sending import Reply

TAKEN = Answer(202, "", b"")  # there is nothing to say back
VIA = "signal"
logger = logging.getLogger(__name__)


class SignalStore(EntryStore, Protocol):
    """The deliveries that signals are about."""

    async def sent(self, message_id: str, target: str) -> Job | None:
        """The delivery of our message with that id, as of its last attempt: to that target, if there is one to it."""

    async def settle(self, result: Result) -> bool:
        """See DeliveryStore."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What the partner edge calls with a receipt or errors."""

    register: Callable[[], Register]
    store: SignalStore
    clock: Clock
    offload: Offload
    bell: Bell
    refusals: Refusals
    retry: Backoff

    async def take(self, received: Received, heading: Heading) -> Answer:
        """The signal counts from now on; Rejected (logged) where it is not about what we sent to its sender."""
        try:
            await self._take(received, heading)
        except Rejected as refusal:
            await self.refusals.log(received, refusal)
            raise
        self.bell.ring("delivery")  # the next of its movement may go
        return TAKEN

    async def _take(self, received: Received, heading: Heading) -> None:
        party = party_of(received.peer, self.register())
        if party is None:
            raise _refused(heading, ErrorCode.EBMS_0101, "", say("listed_party"))
        said = outcome.read(Reply(TAKEN.status, received.body, received.content_type))
        if said is None or (heading.kind is Kind.ERRORS and not (heading.ref_to_message_id and said.signal.errors)):
            # About no message of ours, or one that could not be read (ebMS 6.3), or nothing but warnings.
            await self._note(party, heading)
            return
        job = await self._job(party, heading)
        register, now = self.register(), self.clock.now()
        judged = await self.offload(aside.judging(register), lambda: outcome.judge_signal(job, said, register, now))
        if not await self.store.settle(self._result(job, judged, received)):
            await self._note(party, heading, "replayed-signal")
        if judged.code is not None and heading.kind is Kind.RECEIPT:
            raise _refused(heading, judged.code, "eb:Receipt", say("matching_receipt"))

    async def _job(self, party: Party, heading: Heading) -> Job:
        """The delivery that the signal is about: one to its sender."""
        target = f"party:{party.id}"
        if not heading.ref_to_message_id:
            raise _refused(heading, ErrorCode.EBMS_0009, "eb:RefToMessageId", say("one_not_empty"))
        job = await self.store.sent(heading.ref_to_message_id, target)
        if job is None:
            raise _refused(heading, ErrorCode.EBMS_0003, "eb:RefToMessageId", say("sent_message"))
        if job.target != target:
            raise _refused(heading, ErrorCode.EBMS_0101, "eb:RefToMessageId", say("message_to_sender"))
        return job

    def _result(self, job: Job, judged: outcome.Judged, received: Received) -> Result:
        now, nonce = self.clock.now(), self.clock.nonce()
        if judged.code is None:
            reply = Reply(TAKEN.status, received.body, received.content_type)
            return outcome.confirmed(job, reply, now, nonce, VIA)
        event, _ = disposition(judged.code)
        wait = self.retry.delay(job.attempt, self.clock.jitter()) if event is Event.POSTPONE else 0
        failure = outcome.Failure(event, judged.code, judged.detail, Micros(now + wait), None, VIA)
        return outcome.failed(job, failure, self.register(), now, nonce)

    async def _note(self, party: Party, heading: Heading, suspicion: str = "") -> None:
        """A signal that moves nothing is in the log all the same: about what is settled, it may be played again."""
        now, about = self.clock.now(), heading.ref_to_message_id
        facts = {"message_id": about, "sender": party.id, "type": heading.kind}
        events = [entry("signalled", now, self.clock.nonce(), **facts)]
        if suspicion:
            caller = f"party:{party.id}"
            facts = {"message_id": about, "reason": suspicion, "caller": caller, "edge": Edge.PARTNER}
            events.append(entry("security", now, self.clock.nonce(), controls=["EA-3.6"], **facts))
        await self.store.append(*events)


def _refused(heading: Heading, code: ErrorCode, where: str, expected: str) -> Rejected:
    """Errors about a signal name the signal."""
    return Rejected(Fault(code, where, expected=expected), about=Refused(heading.message_id, "", heading.kind))
