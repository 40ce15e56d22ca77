"""What the flows need of the days that are reconciled with partners."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from gateway.core.message import Entry
from gateway.core.names import Micros

OPEN, RECONCILED, DIFFERS = "open", "reconciled", "differs"
STATES = {
    OPEN: "the partner has not answered, or not to the end",
    RECONCILED: "both came to the same text and have signed it",
    DIFFERS: "the differences are signed; tried again every day up to the deadline",
}


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that the partner has confirmed."""

    message_id: str
    type: str
    digests: tuple[bytes, ...]  # of its payloads


@dataclass(frozen=True, slots=True)
class Came:
    """A partner's message that we receipted."""

    message_id: str
    type: str
    digest: bytes  # empty: not kept as it came
    checked: bytes
    key: str  # id of the redaction key that `checked` was made under


@dataclass(frozen=True, slots=True)
class Day:
    """How far one day is reconciled with one partner."""

    party: str
    day: date
    state: str = OPEN
    note: bytes = b""  # the text that both came to, with both signatures
    marks: str = ""  # what is remembered of the partner's list
    differences: bytes = b""  # signed by us
    tried_at: Micros = Micros(0)

    @property
    def result(self) -> tuple[str, bytes, bytes]:
        """What is worth telling."""
        return self.state, self.note, self.differences


class DayStore(Protocol):
    """What was exchanged on a day, and what came of comparing it."""

    async def first_days(self) -> dict[str, Micros]:
        """For each partner, when numbered messages began to go either way."""

    async def sent_on(self, party: str, day: date) -> list[Sent]:
        """What the partner has confirmed of that day's numbered messages to it."""

    async def came_on(self, party: str, day: date) -> list[Came]:
        """What we have receipted of that day's numbered messages from it, and still have."""

    async def day_with(self, party: str, day: date) -> Day:
        """How far it is reconciled."""

    async def days_with(self, party: str, day: date | None, limit: int) -> list[Day]:
        """Those that were begun, the newest first; empty filters match all."""

    async def keep_marks(self, party: str, day: date, marks: str) -> None:
        """What is remembered of the partner's list of the day is durable."""

    async def keep_day(self, kept: Day, entry: Entry | None) -> None:
        """Its result is durable, with the entry where that is a new one; what is remembered of the partner's list stays."""
