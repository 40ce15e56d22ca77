"""What operators and national systems see of transactions: where each stands, what it awaits from whom, what is late."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.core.agreement import Register
from gateway.core.ebms import iso
from gateway.core.entry import entry
from gateway.core.errors import ErrorCode, rejected
from gateway.core.names import SystemId
from gateway.core.patterns import Event, Role, State
from gateway.core.texts import say
from gateway.flow.ports import Clock, Operator, Row
from gateway.flow.transactions import ConversationStore, Known, Timed

MOST = 100  # transactions of one conversation that are shown


def of_conversations(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The MessageIds that are shown with these transactions: what opened them, and their histories."""
    return [found["message_id"] for row in rows for found in (row, *row.get("messages", ()))]


@dataclass(frozen=True, slots=True)
class Conversations:
    """Questions about transactions, for the command line and the national edge."""

    register: Callable[[], Register]
    store: ConversationStore

    async def find(self, filters: Mapping[str, str], limit: int) -> Sequence[Mapping[str, object]]:
        """Transactions, newest first; with `late`, only those in which something is late."""
        return [self._shown(found) for found in await self.store.transactions(filters, limit)]

    async def page(self, filters: Mapping[str, str | int], limit: int) -> dict[str, Any]:
        """As `find`, with the number before which the next page begins; none where this may be the last one."""
        found = await self.store.transactions(filters, limit)
        more = found[-1].row["id"] if len(found) == limit else None
        return {"transactions": [self._shown(known) for known in found], "next": more}

    async def show(self, identifier: str, system: SystemId | None = None) -> Sequence[Mapping[str, object]]:
        """The transactions of a conversation, or of one message, each with its history; only those of the system."""
        own = {"system": system} if system is not None else {}
        found = await self.store.transactions({"identifier": identifier, **own}, MOST)
        if not found:
            raise rejected(ErrorCode.NOT_FOUND, "conversation_id", say("own_conversation"))
        return [{**self._shown(known), "messages": await self._history(known)} for known in found]

    async def cancel(self, identifier: str, operator: Operator, clock: Clock) -> Sequence[Mapping[str, object]]:
        """The open transactions of a conversation are cancelled; the keeper tells the partner and the system."""
        found = await self.store.transactions({"identifier": identifier}, MOST)
        rows = []
        for known in found:
            now, row = clock.now(), known.row
            who = {"who": operator.who, "why": operator.why}
            leaf = entry("cancel", now, clock.nonce(), message_id=row["message_id"], partner=row["partner"], **who)
            moved = await self.store.pass_timer(Timed(row["id"], known.transaction, Event.CANCEL, now, leaf, None))
            after = State.CANCELLED.value if moved else None
            rows.append({"message_id": row["message_id"], "before": known.transaction.state.value, "after": after})
        return rows

    def _shown(self, known: Known) -> dict[str, object]:
        row, found = known.row, known.transaction
        return {
            "conversation_id": row["conversation_id"],
            "message_id": row["message_id"],
            "type": row["type"],
            "agreement": row["agreement"],
            "partner": row["partner"],
            "role": found.role.value,
            "pattern": found.regulation.pattern.value,
            "state": found.state.value,
            "awaits": found.awaited.value if found.awaited else None,
            "awaited_from": self._whose(row, found.awaited_from, found.role),
            "since": iso(found.since),
            "due": iso(found.due) if found.due else None,
            "late_since": iso(found.late_at) if found.late_at else None,
            "code": found.code or None,
        }

    def _whose(self, row: Row, awaited: Role | None, ours: Role) -> str | None:
        if awaited is None:
            return None
        return str(self.register().own.id if awaited is ours else row["partner"])

    async def _history(self, known: Known) -> list[dict[str, object]]:
        return [
            {
                "message_id": row["message_id"],
                "as": row["step"] or "first message",
                "type": row["type"],
                "sender": row["sender"],
                "at": iso(row["timestamp"]),
                "delivery": row["state"],
            }
            for row in await self.store.transaction_messages(known.row["id"])
        ]
