"""What operators and producers see and do: status, search, hold, release, retry, fail, drop."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from gateway.core import properties
from gateway.core.agreement import Register
from gateway.core.ebms import iso
from gateway.core.entry import entry
from gateway.core.errors import BY_CODE, ErrorCode, rejected
from gateway.core.names import SECOND, MessageId, Micros, PartyId, SystemId
from gateway.core.pulling import pulls
from gateway.core.states import Delivery, Event, after
from gateway.core.texts import say
from gateway.flow.ports import Clock, Move, OperateStore, Operator, Row

VERBS: dict[str, Event] = {
    "hold": Event.HOLD,
    "release": Event.RELEASE,
    "retry": Event.RETRY,
    "fail": Event.FAIL,
    "drop": Event.DROP,
}
WAITS = {Delivery.WAITING: say("behind_movement")}
RETRY_LIFE = 72 * 3600 * SECOND  # a retried delivery gets a new deadline


@dataclass(frozen=True, slots=True)
class Changed:
    """What a verb did to one delivery; `after` is None where the state did not allow it."""

    message_id: str
    target: str
    before: Delivery
    after: Delivery | None
    why: str = ""  # where the state alone would have allowed it


@dataclass(frozen=True, slots=True)
class Operate:
    """Questions and verbs, for the console, the command line and the national edge."""

    register: Callable[[], Register]
    store: OperateStore
    clock: Clock

    async def status(self, system: SystemId, identifier: str) -> Sequence[Mapping[str, object]]:
        """Life cycle of every message of a submission; not found for other systems than the one that posted it."""
        rows = [row for row in await self.store.submission(identifier) if row["system"] == system]
        if not rows:
            raise rejected(ErrorCode.NOT_FOUND, "message_id", say("own_message"))
        return [await self._life(row) for row in rows]

    async def messages(self, filters: Mapping[str, str], limit: int) -> Sequence[Row]:
        """Messages and deliveries, newest first."""
        return await self.store.messages(filters, limit)

    async def act(self, verb: str, filters: Mapping[str, str], operator: Operator, limit: int = 1000) -> list[Changed]:
        """The verb on every delivery that matches, each with its log entry."""
        rows = [row for row in await self.store.messages(filters, limit) if row["delivery"] is not None]
        return [await self._move(VERBS[verb], verb, row, operator) for row in rows]

    async def _move(self, event: Event, verb: str, row: Row, operator: Operator) -> Changed:
        before = Delivery(row["state"])
        to = after(before, event)
        if to is None:
            return Changed(row["message_id"], row["target"], before, None)
        if to is Delivery.QUEUED and row["purged_at"]:
            return Changed(row["message_id"], row["target"], before, None, ErrorCode.PURGED.meaning)
        now = self.clock.now()
        leaf = entry(
            verb,
            now,
            self.clock.nonce(),
            message_id=row["message_id"],
            target=row["target"],
            before=before,
            after=to,
            who=operator.who,
            why=operator.why,
        )
        deadline = max(row["delivery_deadline"], now + RETRY_LIFE) if event is Event.RETRY else row["delivery_deadline"]
        move = Move(row["delivery"], MessageId(row["message_id"]), before, to, now, Micros(deadline), leaf)
        moved = await self.store.move(move)
        return Changed(row["message_id"], row["target"], before, to if moved else None)

    async def _life(self, row: Row) -> Mapping[str, object]:
        deliveries = await self.store.deliveries(row["id"])
        entries = await self.store.entries_of(row["message_id"])
        return {
            "message_id": row["message_id"],
            "submission_id": row["submission_id"],
            "conversation_id": row["conversation_id"],
            "recipient": row["recipient"],
            "type": row["type"],
            "version": row["version"],
            "agreement": row["agreement"],
            "purpose": row["purpose"],
            "digest_out": bytes(row["digest_out"]).hex(),
            "properties": properties.shown(properties.read(row["properties"])),
            "removed": json.loads(row["removed"]),
            "deadline": iso(row["deadline"]),
            "purged_at": iso(row["purged_at"]) if row["purged_at"] else None,
            "transaction": row["transaction_state"],
            "late_since": iso(row["late_at"]) if row["late_at"] else None,
            "deliveries": [await self._delivery(delivery) for delivery in deliveries if delivery["kind"] == "partner"],
            "log": [
                {"kind": e["kind"], "at": iso(e["at"]), "entry": bytes(e["hash"]).hex(), "index": e["position"]}
                for e in entries
                if e["kind"] != "looked"  # who looks is told to auditors alone
            ],
        }

    async def _delivery(self, row: Row) -> Mapping[str, object]:
        queued = row["state"] == Delivery.QUEUED
        gate = await self.store.gate(row["target"]) if queued else None
        due = max(row["next_attempt_at"], gate.next_attempt_at if gate else 0)
        return {
            "target": row["target"],
            "state": row["state"],
            "attempts": row["attempts"],
            "next_attempt_at": iso(Micros(due)) if queued else None,
            "waits_because": self._reason(row, gate is not None) if queued else WAITS.get(row["state"]),
            "last_code": row["code"] or None,
            "last_ebms": BY_CODE[row["code"]].ebms
            if row["code"] in BY_CODE
            else None,  # AS4: EBMS:0301 at the deadline
            "last_detail": _detail(row) or None,
            "settled_at": iso(row["settled_at"]) if row["settled_at"] else None,
        }

    def _reason(self, row: Row, gated: bool) -> str:  # noqa: FBT001 - a fact, not a switch
        party = self.register().parties.get(PartyId(row["target"].removeprefix("party:")))
        if party is None:
            return ErrorCode.PARTY_UNKNOWN.meaning
        meaning = BY_CODE[row["code"]].meaning if row["code"] in BY_CODE else ""
        if gated:
            return say("gate_waits", why=meaning or say("others_failed"))
        if meaning:
            return say("last_failed", why=meaning)
        if not pulls(party):
            return say("its_turn")
        given = row["attempts"] and row["next_attempt_at"] > self.clock.now()
        return say("receipt_awaited") if given else say("to_be_pulled")


def _detail(row: Row) -> str:
    """What is kept about the last attempt; where that is the code's own meaning, it can be told in any language."""
    code, kept = BY_CODE.get(row["code"]), str(row["detail"])
    return code.meaning if code is not None and kept == code.meaning else kept
