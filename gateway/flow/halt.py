"""Whether anything is accepted at all: not once what is in the log has waited too long for a time stamp."""

from gateway.core.errors import ErrorCode, rejected
from gateway.core.names import Micros
from gateway.core.texts import say
from gateway.flow.ports import Clock


class Halt:
    """The moment from which nothing is accepted; both edges ask before they take anything over."""

    def __init__(self, clock: Clock) -> None:
        """Everything is accepted."""
        self._clock = clock
        self._moment: Micros | None = None

    def at(self, moment: Micros | None) -> None:
        """From that moment on nothing is accepted; None: no end is in sight."""
        self._moment = moment

    @property
    def since(self) -> Micros | None:
        """Since when nothing is accepted; None where everything is."""
        return self._moment if self._moment is not None and self._moment <= self._clock.now() else None

    def require(self) -> None:
        """Rejected where nothing is accepted now; what was accepted before keeps its answer, and is delivered."""
        if self.since is not None:
            raise rejected(ErrorCode.STAMP_OVERDUE, "stamps.stop_after", say("stamp_in_time"))
