"""Wakes whoever waits for work in this process; polling covers what other processes write."""

import asyncio


class Bell:
    """Rings by name; a waiter hears rings from the moment it asked for."""

    def __init__(self) -> None:
        """No one waits yet."""
        self._events: dict[str, asyncio.Event] = {}

    def ring(self, name: str) -> None:
        """Everybody who waits under the name goes on."""
        event = self._events.pop(name, None)
        if event is not None:
            event.set()

    def listen(self, name: str) -> asyncio.Event:
        """An event that the next ring sets: take it first, look for work, then wait for it."""
        return self._events.setdefault(name, asyncio.Event())


async def heard(event: asyncio.Event, seconds: float) -> bool:
    """Whether it rang within the time."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
