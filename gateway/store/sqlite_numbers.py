"""The ports of numbers and days on SQLite."""

from collections.abc import Sequence
from datetime import date
from functools import partial

from gateway.core.arrival import Arrival
from gateway.core.message import Entry
from gateway.core.names import Micros
from gateway.flow.ports import Row
from gateway.flow.ports_days import Came, Day, Sent
from gateway.flow.ports_numbers import Gap, Reuse, Void
from gateway.store import days, numbers
from gateway.store.engine import Engine


class NumberRows:
    """See NumberStore and DayStore."""

    _engine: Engine

    async def refuse(self, arrival: Arrival, *entries: Entry) -> None:
        """See RefusalStore."""
        await self._engine.write(partial(numbers.refuse, arrival=arrival, entries=entries))

    async def untold_voids(self, party: str, limit: int) -> list[Void]:
        """See NumberStore."""
        return self._engine.read(partial(numbers.untold, party=party, limit=limit))

    async def told_voids(self, party: str, voids: Sequence[Void], entry: Entry) -> None:
        """See NumberStore."""
        await self._engine.write(partial(numbers.told, party=party, voids=voids, entry=entry))

    async def hear_voids(self, party: str, voids: Sequence[Void], entry: Entry) -> None:
        """See NumberStore."""
        await self._engine.write(partial(numbers.hear, party=party, voids=voids, entry=entry))

    async def gaps_past(self, party: str, before: Micros) -> list[Gap]:
        """See NumberStore."""
        return self._engine.read(partial(numbers.gaps_past, party=party, before=before))

    async def alarm_gap(self, gap: Gap, entry: Entry) -> bool:
        """See NumberStore."""
        return await self._engine.write(partial(numbers.alarm, gap=gap, entry=entry))

    async def closed_gaps(self) -> list[Gap]:
        """See NumberStore."""
        return self._engine.read(numbers.closed)

    async def forget_gap(self, gap: Gap, entry: Entry) -> None:
        """See NumberStore."""
        await self._engine.write(partial(numbers.forget, gap=gap, entry=entry))

    async def reused_numbers(self) -> list[Reuse]:
        """See NumberStore."""
        return self._engine.read(numbers.reuses)

    async def told_reuse(self, reuse: Reuse, entry: Entry) -> None:
        """See NumberStore."""
        await self._engine.write(partial(numbers.told_reuse, reuse=reuse, entry=entry))

    async def numbers(self) -> list[Row]:
        """See NumberStore."""
        return await self._engine.read_aside(numbers.summary)

    async def first_days(self) -> dict[str, Micros]:
        """See DayStore."""
        return self._engine.read(days.first_days)

    async def sent_on(self, party: str, day: date) -> list[Sent]:
        """See DayStore."""
        return await self._engine.read_aside(partial(days.delivered, party=party, day=day))

    async def came_on(self, party: str, day: date) -> list[Came]:
        """See DayStore."""
        return await self._engine.read_aside(partial(days.came, party=party, day=day))

    async def day_with(self, party: str, day: date) -> Day:
        """See DayStore."""
        return await self._engine.read_aside(partial(days.day, party=party, wanted=day))

    async def days_with(self, party: str, day: date | None, limit: int) -> list[Day]:
        """See DayStore."""
        return await self._engine.read_aside(partial(days.days, party=party, wanted=day, limit=limit))

    async def keep_marks(self, party: str, day: date, marks: str) -> None:
        """See DayStore."""
        await self._engine.write(partial(days.keep_marks, party=party, wanted=day, marks=marks))

    async def keep_day(self, kept: Day, entry: Entry | None) -> None:
        """See DayStore."""
        await self._engine.write(partial(days.keep, kept=kept, entry=entry))
