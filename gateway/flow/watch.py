"""Callers nobody could authenticate: counted, and logged once a minute, or a stranger could fill the disk."""

from collections import Counter

from gateway.core.entry import entry
from gateway.core.names import Edge
from gateway.flow.ports import Clock, IntakeStore


class Watch:
    """Counts since the last flush."""

    def __init__(self, store: IntakeStore, clock: Clock) -> None:
        """Nothing has been counted."""
        self._store, self._clock = store, clock
        self._counts: Counter[Edge] = Counter()

    def unproven(self, edge: Edge) -> None:
        """One more caller without a known certificate or token."""
        self._counts[edge] += 1

    async def flush(self) -> None:
        """What was counted is in the delivery log: one entry for each edge (EA-3.6)."""
        counts, self._counts = self._counts, Counter()
        entries = [
            entry("security", self._clock.now(), self._clock.nonce(), edge=edge, unproven=count, controls=["EA-3.6"])
            for edge, count in counts.items()
        ]
        if entries:
            await self._store.append(*entries)
