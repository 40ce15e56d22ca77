"""What the audit reads: everything, a page at a time."""

from collections.abc import AsyncIterator
from typing import Protocol

from gateway.flow.ports import LogStore, Row
from gateway.flow.ports_tree import TreeStore


class AuditStore(LogStore, TreeStore, Protocol):
    """The delivery log, its tree, and what it says is stored."""

    def each_head(self) -> AsyncIterator[Row]:
        """Every tree head, smallest first, up to the last one of the beginning."""

    async def last_size(self) -> int:
        """The leaves that the largest tree head covers."""

    async def nodes(self) -> dict[tuple[int, int], bytes]:
        """Every node by level and number."""

    async def waiting(self) -> list[Row]:
        """Entries that wait for their place."""

    def cosigned(self) -> AsyncIterator[Row]:
        """Every cosignature (party, size, line), with the head's note; None where the head is gone."""

    async def stamps(self) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
        """Every time stamp that is kept, and every one that the log says is kept: size and digest in hex, of one moment."""

    async def lost_payloads(self) -> list[str]:
        """MessageIds whose payloads are not as many as the log says were accepted."""

    async def lost_deliveries(self) -> list[str]:
        """MessageIds that the log says were delivered, but whose delivery does not."""

    def delivered(self) -> AsyncIterator[Row]:
        """Confirmed deliveries to partners (message_id, target, pack, receipt, purged_at), and the log entries about them as JSON."""

    def envelopes(self) -> AsyncIterator[Row]:
        """Partners' messages (message_id, purged_at), with the envelope that is kept and their log entry."""
