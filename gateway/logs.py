"""What gateways exchange about their delivery logs, wired: witness, cosigner, monitor, and the edge that partners ask."""

from collections.abc import Callable, Coroutine
from typing import Protocol

from gateway.config.load import Settings
from gateway.core.agreement import Register
from gateway.core.names import SECOND, Micros
from gateway.flow.cosigner import Cosigner
from gateway.flow.log_desk import LogDesk
from gateway.flow.monitor import Monitor
from gateway.flow.ports import Clock
from gateway.flow.ports_witness import Asking, CosignerStore, MonitorStore
from gateway.flow.sending import Asker
from gateway.flow.trail import Trail
from gateway.flow.watch import Watch
from gateway.flow.witness import Witness
from gateway.msh.log import LogEdge
from gateway.ways import pace


class LogsStore(CosignerStore, MonitorStore, Protocol):
    """Our log, and what is known of partners' logs."""


class Logs:
    """The delivery log among partners."""

    def __init__(  # noqa: PLR0913, PLR0917 - what is wired
        self, settings: Callable[[], Settings], store: LogsStore, asker: Asker, trail: Trail, watch: Watch, clock: Clock
    ) -> None:
        """Nothing runs yet."""

        def register() -> Register:
            return settings().register

        def every() -> Micros:
            return Micros(int(settings().file.log.cosign_every.total_seconds() * SECOND))

        asking, backoff = Asking(register, asker, clock), pace(settings().file.delivery).gate
        witness = Witness(register, store, clock)
        self.cosigner, self.monitor = Cosigner(asking, store, backoff, every), Monitor(asking, store, backoff)
        self.edge = LogEdge(register, LogDesk(store, trail, {"/add-checkpoint": witness.add}), watch)

    def work(self) -> tuple[Coroutine[None, None, None], ...]:
        """The loops."""
        return self.cosigner.run(), self.monitor.run()
