"""What gateways exchange about their delivery logs, wired: witness, cosigner, monitor, accounts, the edge that partners ask."""

from collections.abc import Callable, Coroutine
from typing import Protocol

from gateway.config.load import Settings
from gateway.core.agreement import Register
from gateway.core.names import SECOND, Micros
from gateway.flow import numbers, reconcile
from gateway.flow.accounts import Terms
from gateway.flow.cosigner import Cosigner
from gateway.flow.log_desk import LogDesk
from gateway.flow.monitor import Monitor
from gateway.flow.numbers import Numbers
from gateway.flow.ports import Clock, Offload
from gateway.flow.ports_days import DayStore
from gateway.flow.ports_numbers import NumberStore
from gateway.flow.ports_witness import Asking, CosignerStore, MonitorStore
from gateway.flow.reconcile import Reconciler
from gateway.flow.sending import Asker
from gateway.flow.trail import Trail
from gateway.flow.watch import Watch
from gateway.flow.witness import Witness
from gateway.msh.log import LogEdge
from gateway.ways import pace


class LogsStore(CosignerStore, MonitorStore, NumberStore, DayStore, Protocol):
    """Our log, what is known of partners' logs, and the accounts with them."""


class Logs:
    """The delivery log among partners."""

    def __init__(  # noqa: PLR0913, PLR0917 - what is wired
        self,
        settings: Callable[[], Settings],
        store: LogsStore,
        asker: Asker,
        trail: Trail,
        watch: Watch,
        clock: Clock,
        offload: Offload,
    ) -> None:
        """Nothing runs yet."""

        def register() -> Register:
            return settings().register

        def every() -> Micros:
            return Micros(int(settings().file.log.cosign_every.total_seconds() * SECOND))

        def terms() -> Terms:
            return settings().file.log.terms

        asking, backoff = Asking(register, asker, clock), pace(settings().file.delivery).gate
        witness = Witness(register, store, clock)
        self.cosigner, self.monitor = Cosigner(asking, store, backoff, every), Monitor(asking, store, backoff)
        self.numbers = Numbers(register, store, asker, clock, terms)
        self.reconciler = Reconciler(register, store, asker, clock, offload, terms)
        posts = {
            "/add-checkpoint": witness.add,
            numbers.PATH: self.numbers.hear,
            reconcile.PATH: self.reconciler.answer,
        }
        self.edge = LogEdge(register, LogDesk(store, trail, posts), watch, {reconcile.PATH: reconcile.LARGEST})

    def work(self) -> tuple[Coroutine[None, None, None], ...]:
        """The loops."""
        return self.cosigner.run(), self.monitor.run(), self.numbers.run(), self.reconciler.run()
