"""Keeps transactions to what was agreed: tells what is late, ends what failed, sends the signals that are owed.

Everything it does follows from rows that are committed already, and each thing is done in one commit that first looks
whether it is still to be done: after a crash at any line it is simply done again.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import replace

from gateway.core.agreement import Register
from gateway.core.ebms import iso
from gateway.core.entry import entry
from gateway.core.errors import BY_CODE, ErrorCode, Rejected, rejected
from gateway.core.language import Language
from gateway.core.message import Entry, Sealed, Stated
from gateway.core.names import SECOND, MessageId, Micros, PartyId, SystemId
from gateway.core.patterns import ABOUT_ANSWER, RECEIPTS, SIGNALS, Event, State
from gateway.core.regulation import passed
from gateway.core.signal import Signals, document_id, fill
from gateway.core.texts import told
from gateway.flow.bell import Bell
from gateway.flow.ports import Clock, Notice, Row
from gateway.flow.rounds import rounds
from gateway.flow.signalling import own_message
from gateway.flow.transactions import Done, KeeperStore, Known, Timed

POLL = 0.5  # seconds between looks
NOTICE_LIFE = Micros(72 * 3600 * SECOND)
ENDED = {State.CANCELLED: "cancelled", State.REJECTED: "rejected", State.LAPSED: "lapsed"}
logger = logging.getLogger(__name__)


class Keeper:
    """The watch over the transactions of one process."""

    def __init__(self, register: Callable[[], Register], store: KeeperStore, clock: Clock, bell: Bell) -> None:
        """Nothing is done before `run`."""
        self._register, self._store, self._clock, self._bell = register, store, clock, bell

    async def run(self) -> None:
        """Keeps until cancelled; a fault of the store is waited out."""
        await rounds(self.round, POLL, logger, "transactions could not be looked after; tried again")

    async def round(self) -> int:
        """How many things there were to do: timers that passed, then what is owed and untold."""
        overdue = await self._store.overdue_transactions(self._clock.now())
        for known in overdue:
            await self._pass(known)
        owing = await self._store.owing()
        for known in owing:
            await self._fulfil(known)
        if owing:
            self._bell.ring("delivery")
        return len(overdue) + len(owing)

    async def _pass(self, known: Known) -> None:
        """The timer has passed: lateness is logged and told at once, an end is told with what is owed then."""
        event, now = passed(known.transaction), self._clock.now()
        leaf, notice = None, None
        if event is Event.LATE:
            logger.warning("%s: late: %s", known.row["conversation_id"], known.transaction.awaited)
            leaf, notice = self._entry("late", known, now), self._notice("late", known, now)
        await self._store.pass_timer(Timed(known.row["id"], known.transaction, event, now, leaf, notice))

    async def _fulfil(self, known: Known) -> None:
        """What happened is told to the national system, and the owed signal is on its way, in one commit."""
        now, kind = self._clock.now(), ENDED.get(known.transaction.state, "") if known.row["tell"] else ""
        entries = [self._entry(kind, known, now)] if kind else []
        notice = self._notice(kind, known, now) if kind else None
        sealed = None
        if known.transaction.owed:
            try:
                sealed = self._signal(known, now)
            except Rejected as refusal:
                faults = [fault.facts() for fault in refusal.faults]
                entries.append(self._entry("unsignalled", known, now, faults=faults))
                logger.error("%s: the signal cannot be made: %s", known.row["conversation_id"], refusal)  # noqa: TRY400
        await self._store.fulfil(
            Done(known.row["id"], known.transaction.owed, known.row["tell"], entries, notice, sealed)
        )

    def _signal(self, known: Known, now: Micros) -> Sealed:
        """The signal as a message of this gateway's own, through the same stages as every other."""
        register, row, fresh = self._register(), known.row, self._clock.message_id()
        event = Event(known.transaction.owed)
        signals = next((found.signals for found in register.agreements if found.ref == row["agreement"]), None)
        if signals is None:
            raise rejected(ErrorCode.NOT_IN_FORCE, "agreement", row["agreement"])
        answer = event in ABOUT_ANSWER
        stated = Stated(
            fresh,
            recipients=(PartyId(row["partner"]),),
            agreement=row["agreement"],
            purpose=row["purpose"],
            conversation_id=row["conversation_id"],
            ref_to_message_id=MessageId(row["answer"] if answer else row["message_id"]),
        )
        sealed = own_message(self._document(signals, event, row, stated, now), stated, register, self._clock)
        (message,) = sealed.messages
        turn = replace(message.turn, own=row["id"], event=event.value)
        return replace(sealed, messages=(replace(message, system=SystemId(row["system"]), turn=turn),))

    def _document(self, signals: Signals, event: Event, row: Row, stated: Stated, now: Micros) -> bytes:
        code = BY_CODE.get(row["code"])
        values = {
            "document": document_id(self._clock.nonce()),
            "reference": row["answer_document" if event in ABOUT_ANSWER else "document"],
            "message": stated.ref_to_message_id,
            "conversation": stated.conversation_id,
            "at": iso(now),
            "code": signals.published(row["code"]),
            # EEC Board Decision 5 of 2015, paras 66-76: the reason is told in Russian.
            "text": told(code.meaning, Language.RU) if code else "",
        }
        name = "received" if event in RECEIPTS else "accepted" if event in SIGNALS else "error"
        return fill(signals.templates[name], values)

    def _entry(self, kind: str, known: Known, now: Micros, **facts: object) -> Entry:
        row, found = known.row, known.transaction
        return entry(
            kind,
            now,
            self._clock.nonce(),
            message_id=row["message_id"],
            conversation_id=row["conversation_id"],
            type=row["type"],
            partner=row["partner"],
            role=found.role.value,
            state=found.state.value,
            awaits=found.awaited.value if found.awaited else "",
            code=found.code,
            controls=["EA-4.3"],
            **facts,
        )

    def _notice(self, kind: str, known: Known, now: Micros) -> Notice | None:
        """For the webhook of the national system whose transaction it is."""
        register, row, found = self._register(), known.row, known.transaction
        system = register.systems.get(SystemId(row["system"]))
        if system is None or not system.webhook:
            return None
        code = BY_CODE.get(found.code)
        facts = {
            "event": kind,
            "message_id": row["message_id"],
            "conversation_id": row["conversation_id"],
            "partner": row["partner"],
            "type": row["type"],
            "state": found.state.value,
            "awaits": found.awaited.value if found.awaited else "",
            "code": found.code,
            "meaning": told(code.meaning, register.language) if code else "",
            "at": iso(now),
        }
        return Notice(f"system:{system.id}", json.dumps(facts, ensure_ascii=False).encode(), Micros(now + NOTICE_LIFE))
