"""Stored traffic under another version of the agreement: what of it would be refused. Nothing is written.

A message is tried as it was stored: what was left after redaction. Of refused messages nothing is stored.
"""

import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from gateway.core.errors import ErrorCode, Fault
from gateway.core.message import payload
from gateway.core.names import Edge, MessageId, Micros, PartyId
from gateway.core.texts import say
from gateway.core.trial import Trial
from gateway.flow.bodies import Bodies, DamagedError, PurgedError
from gateway.flow.ports import RehearsalStore, StoredMessage

T = TypeVar("T")
POSITION = re.compile(r"\[\d+\]")
Place = tuple[
    str, ErrorCode, str, str
]  # message type, code, path without positions, what was expected: all from schemas


@dataclass(frozen=True, slots=True)
class Period:
    """Which messages are tried: accepted from `since` on and before `until`, of one type or of all; and of which version."""

    since: Micros
    until: Micros
    type: str = ""
    version: str = ""  # types without this version are left out; empty: each type's newest counts


@dataclass(slots=True)
class Seen:
    """One kind of fault in one place: how many messages have it, and the first of them."""

    messages: int = 0
    examples: list[MessageId] = field(default_factory=list)


@dataclass(slots=True)
class Rehearsal:
    """What was tried so far and what came of it."""

    refused: int  # in the same time, of any type: nothing of them is stored
    examples: int  # how many MessageIds are kept for a kind of fault
    passing: Counter[str] = field(default_factory=Counter)  # by message type
    failing: Counter[str] = field(default_factory=Counter)
    faults: dict[Place, Seen] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)  # by reason

    def count(self, message: StoredMessage, faults: tuple[Fault, ...]) -> None:
        """One more message and what it would be refused for; each kind of fault once."""
        kind = message.header.action
        (self.failing if faults else self.passing)[kind] += 1
        places = ((kind, fault.code, POSITION.sub("", fault.path), fault.expected) for fault in faults)
        for place in dict.fromkeys(places):
            seen = self.faults.setdefault(place, Seen())
            seen.messages += 1
            if len(seen.examples) < self.examples:
                seen.examples.append(message.header.message_id)


async def rehearse(
    store: RehearsalStore, trials: Mapping[str, Trial], period: Period, examples: int = 3
) -> AsyncIterator[Rehearsal]:
    """Yields the growing rehearsal for progress; the last one is complete. One document is in memory at a time.

    `trials`: by the id of the agreement a message was exchanged under.
    """
    found = Rehearsal(await store.refusals(period.since, period.until), examples)
    async for message in store.exchanged(period.since, period.until, period.type):
        trial = trials.get(message.header.agreement.partition(":")[0])
        if trial is None:
            found.left_out[say("other_agreement", name=message.header.agreement)] += 1
        elif reason := _reason(message, trial, period.version):
            found.left_out[reason] += 1
        else:
            await _try(store, trial, message, found)
        yield found
    yield found


async def _try(store: RehearsalStore, trial: Trial, message: StoredMessage, found: Rehearsal) -> None:
    document, *attachments = message.parts
    try:
        content = b"".join([piece async for piece in Bodies(store, _inline).content(document)])
    except PurgedError:
        found.left_out[ErrorCode.PURGED.meaning] += 1
        return
    except DamagedError:
        found.left_out[say("body_damaged")] += 1
        return
    others = [payload(part.cid, part.media_type, b"", part.name) for part in attachments]
    found.count(message, trial.faults(message.edge, message.header, content, others))


def _reason(message: StoredMessage, trial: Trial, version: str) -> str:
    """Why the message cannot be tried; empty where it can."""
    header = message.header
    if version and header.action not in trial.into:
        return say("no_version", name=header.action, version=version)
    other = _other(message)
    return "" if other in trial.register.parties else say("party_gone", name=other)


def _other(message: StoredMessage) -> PartyId:
    """The party at the other end."""
    return message.header.sender if message.edge is Edge.PARTNER else message.header.recipient


async def _inline(size: int, work: Callable[[], T]) -> T:
    """Nobody waits for this process meanwhile, whatever the size."""
    del size
    return work()
