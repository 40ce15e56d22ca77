"""What is told once in a while: a partner can bring about any number of the same warnings and events."""

from collections.abc import Hashable

from gateway.core.names import SECOND, Micros

QUIET = Micros(600 * SECOND)


class Telling:
    """When each thing was told last."""

    def __init__(self) -> None:
        """Nothing has been told."""
        self._last: dict[Hashable, Micros] = {}

    def due(self, what: Hashable, now: Micros) -> bool:
        """Whether it is to be told now; from then on it is not for ten minutes."""
        last = self._last.get(what)
        if last is not None and now - last < QUIET:
            return False
        self._last[what] = now
        return True
