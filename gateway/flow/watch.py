"""What would fill the log one by one: counted, and written down once a minute, or a stranger could fill the disk."""

from collections import Counter

from gateway.core.entry import entry
from gateway.core.message import Entry, Peer
from gateway.core.names import Edge
from gateway.flow.ports import Clock, IntakeStore

BURST = 10  # malformed requests of one caller in a minute


class Watch:
    """Counts since the last flush."""

    def __init__(self, store: IntakeStore, clock: Clock) -> None:
        """Nothing has been counted."""
        self._store, self._clock = store, clock
        self._counts: Counter[tuple[str, Edge, str]] = Counter()  # kind, edge, reason
        self._malformed: Counter[tuple[Edge, str]] = Counter()  # edge, caller

    def unproven(self, edge: Edge, peer: Peer) -> None:
        """One more caller without a known certificate or token."""
        self.count("security", edge, _lacking(peer))

    def malformed(self, edge: Edge, caller: str) -> None:
        """One more request of a known caller that could not be read; each is in the log already."""
        self._malformed[edge, caller] += 1

    def count(self, kind: str, edge: Edge, reason: str) -> None:
        """One more of the kind, for that reason."""
        self._counts[kind, edge, reason] += 1

    async def flush(self) -> None:
        """What was counted is in the delivery log: one entry for each kind, edge and reason (EA-3.6)."""
        counts, self._counts = self._counts, Counter()
        malformed, self._malformed = self._malformed, Counter()
        entries = [self._entry(kind, edge, reason, count=count) for (kind, edge, reason), count in counts.items()]
        entries += [
            self._entry("security", edge, "malformed-burst", count=count, caller=caller)
            for (edge, caller), count in malformed.items()
            if count >= BURST
        ]
        if entries:
            await self._store.append(*entries)

    def _entry(self, kind: str, edge: Edge, reason: str, **facts: object) -> Entry:
        now, nonce = self._clock.now(), self._clock.nonce()
        return entry(kind, now, nonce, edge=edge, reason=reason, controls=["EA-3.6"], **facts)


def _lacking(peer: Peer) -> str:
    """What a stranger showed."""
    if peer.token:
        return "wrong-token"
    return "unknown-certificate" if peer.certificate else "no-credentials"
