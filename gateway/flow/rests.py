"""Partners that do not answer are left alone, each time for longer."""

from gateway.core.names import Micros
from gateway.core.schedule import Backoff
from gateway.flow.ports import Clock

NEVER = (0, Micros(0))


class Rests:
    """How often each partner has failed since it last answered, and how long it is left alone."""

    def __init__(self, clock: Clock, backoff: Backoff) -> None:
        """Nobody has failed."""
        self._clock, self._backoff = clock, backoff
        self._failed: dict[str, tuple[int, Micros]] = {}

    def out(self, name: str) -> bool:
        """Whether it failed when it was last tried."""
        return name in self._failed

    def until(self, name: str) -> Micros:
        """When it is tried again."""
        return self._failed.get(name, NEVER)[1]

    def failed(self, name: str) -> None:
        """It is left alone, for longer than the last time."""
        count = self._failed.get(name, NEVER)[0] + 1
        delay = self._backoff.delay(count, self._clock.jitter())
        self._failed[name] = count, Micros(self._clock.now() + delay)

    def ended(self, name: str) -> None:
        """It has answered: its next failure is the first one."""
        self._failed.pop(name, None)
