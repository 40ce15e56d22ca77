"""The ports about partners' logs on SQLite."""

from collections.abc import Callable
from functools import partial

from gateway.core.evidence.witness import Witnessed
from gateway.core.names import Micros, PartyId
from gateway.flow.ports import Row
from gateway.flow.ports_witness import Checked, Judged, Log, Seen, Settlement
from gateway.store import witness
from gateway.store.engine import Engine


class WitnessRows:
    """See WitnessStore, MonitorStore, CosignerStore."""

    _engine: Engine

    async def witness(self, log: Log, now: Micros, judge: Callable[[Witnessed], Judged]) -> Judged:
        """See WitnessStore."""
        return await self._engine.write(partial(witness.witness, log=log, now=now, judge=judge))

    async def unchecked(self, party: PartyId, limit: int) -> list[Seen]:
        """See MonitorStore."""
        return self._engine.read(partial(witness.unchecked, party=party, limit=limit))

    async def known(self, log: Log) -> list[Witnessed]:
        """See MonitorStore."""
        return self._engine.read(partial(witness.known, log=log))

    async def checked(self, found: Checked) -> None:
        """See MonitorStore."""
        await self._engine.write(partial(witness.checked, found=found))

    async def last_cosigned(self, party: PartyId) -> int:
        """See CosignerStore."""
        return self._engine.read(partial(witness.last_cosigned, party=party))

    async def keep_cosignature(self, party: PartyId, size: int, line: str, at: Micros) -> None:
        """See CosignerStore."""
        await self._engine.write(partial(witness.keep_cosignature, party=party, size=size, line=line, at=at))

    async def partner_logs(self) -> list[Row]:
        """See WitnessRows of the ports."""
        return await self._engine.read_aside(witness.partner_logs)

    async def settle_disputes(self, settlement: Settlement) -> bool:
        """See WitnessRows of the ports."""
        return await self._engine.write(partial(witness.settle, settlement=settlement))

    async def disputes(self, party: PartyId) -> list[Row]:
        """See WitnessRows of the ports."""
        return await self._engine.read_aside(partial(witness.disputes, party=party))
