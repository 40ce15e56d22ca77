"""What the flows need of the numbers of messages to and from partners, and of the days reconciled with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.core.evidence.voids import Void
from gateway.core.message import Entry
from gateway.core.names import Micros
from gateway.flow.ports import Row

__all__ = ["Gap", "NumberStore", "Reuse", "Void"]


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers of a partner's messages, from the first to the last of them, that did not come."""

    party: str
    first: int
    last: int
    since: Micros


@dataclass(frozen=True, slots=True)
class Reuse:
    """A number that a partner gave to two messages."""

    party: str
    sequence: int
    message_id: str
    first: str  # MessageId of the one that came first


class NumberStore(Protocol):
    """Numbers given, numbers seen."""

    async def untold_voids(self, party: str, limit: int) -> list[Void]:
        """Void numbers that the partner has not acknowledged, in order."""

    async def told_voids(self, party: str, voids: Sequence[Void], entry: Entry) -> None:
        """It is durable that the partner has acknowledged these."""

    async def hear_voids(self, party: str, voids: Sequence[Void], entry: Entry) -> None:
        """The partner's void numbers are durable, with the entry where one of them is new."""

    async def gaps_past(self, party: str, before: Micros) -> list[Gap]:
        """Gaps that have been open since then or longer, and that nobody was told of."""

    async def alarm_gap(self, gap: Gap, entry: Entry) -> bool:
        """Whether the gap was still the same; then the entry is durable."""

    async def closed_gaps(self) -> list[Gap]:
        """Alarmed gaps whose numbers have come, or are void."""

    async def forget_gap(self, gap: Gap, entry: Entry) -> None:
        """That it is closed is durable in the log."""

    async def reused_numbers(self) -> list[Reuse]:
        """Numbers under which two messages came, and that nobody was told of."""

    async def told_reuse(self, reuse: Reuse, entry: Entry) -> None:
        """It is durable in the log."""

    async def numbers(self) -> list[Row]:
        """For each partner: last number given, last seen, gaps, voids."""
