"""The one place that knows concrete classes: settings become stores, transports, clocks, flows, listeners."""

import asyncio
import contextlib
import json
import logging
import signal
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

from aiohttp import web

from gateway import __version__
from gateway.api.app import Api
from gateway.config import tls
from gateway.config.faults import ConfigError, ConfigFault
from gateway.config.fingerprints import build, changed, later, standing, whole
from gateway.config.load import Settings, load
from gateway.config.models import DeliverySection, EdgeSection
from gateway.core.agreement import Register
from gateway.core.entry import entry
from gateway.core.evidence.notary import Notary
from gateway.core.names import SECOND, Edge, Micros
from gateway.equip import equipped, informed
from gateway.flow.anchor import Contradicted
from gateway.flow.bell import Bell
from gateway.flow.conversations import Conversations
from gateway.flow.delivery import Dispatcher
from gateway.flow.halt import Halt
from gateway.flow.inbox import InboxDesk
from gateway.flow.intake import Intake
from gateway.flow.keeper import Keeper
from gateway.flow.memory import Memory
from gateway.flow.operate import Operate
from gateway.flow.packing import Packing
from gateway.flow.ping import Pinger
from gateway.flow.pull import Pulls
from gateway.flow.puller import Means, Puller
from gateway.flow.reconcile import Reconciler
from gateway.flow.refusals import Refusals
from gateway.flow.request import Requests
from gateway.flow.revocation import Revocations
from gateway.flow.sequencer import WRITTEN, Sequencer
from gateway.flow.signals import Signals
from gateway.flow.stamping import Stamper
from gateway.flow.trail import Trail
from gateway.flow.upload import Uploads
from gateway.flow.watch import Watch
from gateway.logs import Logs
from gateway.machine import SystemClock, Workers, calm_collector, every, lock
from gateway.msh.app import Msh
from gateway.msh.signals import Desk
from gateway.store.sqlite import SqliteStore
from gateway.transport.https import HttpsTransport
from gateway.transport.plain import ask, fetch
from gateway.ways import pace, routes
from gateway.web.handshakes import watched
from gateway.web.listener import Listener, routed, single

SWEEP_EVERY = FLUSH_EVERY = 60.0  # seconds
logger = logging.getLogger(__name__)


class Gateway:
    """One gateway process: everything wired, nothing running before `run`."""

    def __init__(self, settings: Settings) -> None:
        """Open the store and bind the ports; what is wrong stops the start."""
        self.settings, self._fingerprint = equipped(settings), whole(settings.folder)
        settings.database.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = lock(settings.database)
        self.clock = SystemClock(settings.register.domain)
        self.store = SqliteStore(settings.database)
        self.bell, self.workers = Bell(), Workers(settings.register.limits.inline)
        self.watch = Watch(self.store, self.clock)
        self.sequencer = Sequencer(self.store, settings.register.notary, self.clock, self.bell)
        self.store.on_commit(partial(self.bell.ring, WRITTEN))
        delivery = settings.file.delivery
        self.transport = HttpsTransport(_seconds(delivery.timeout), _seconds(delivery.connect_timeout))
        self.halt = Halt(self.clock)
        self.stamper = Stamper(lambda: self.settings.authority, self.store, ask, self.clock, self.halt)
        refusals = Refusals(self.register, self.store, self.clock, self.watch)
        self.intake = Intake(self.register, self.store, self.clock, self.workers, self.bell, refusals, self.halt)
        self.desk = InboxDesk(self.store, self.clock, self.bell, self.workers)
        self.operate = Operate(self.register, self.store, self.clock)
        self.conversations = Conversations(self.register, self.store)
        self.dispatcher = Dispatcher(
            self.register, self.store, self.transport, self.clock, self.workers, self.bell, pace(delivery)
        )
        self.revocations = Revocations(self.register, fetch, self.clock)
        self.keeper = Keeper(self.register, self.store, self.clock, self.bell)
        limits = settings.register.limits
        self.uploads = Uploads(
            self.store, self.clock, self.workers, Memory(limits.memory, limits.body), self.workers.trim
        )
        self.trail = Trail(self.store, self.clock)
        self.logs = Logs(
            lambda: self.settings, self.store, self.transport, self.trail, self.watch, self.clock, self.workers
        )
        self.api = self._listen("api", routed(self._api().application()), settings.file.api)
        desk = self._desk(delivery, refusals)
        msh = Msh(self.intake, self.register, self.clock, self.uploads, desk, self.logs.edge)
        self.msh = self._listen("msh", single(msh.receive), settings.file.msh)
        means = Means(self.register, self.store, self.transport, self.clock, self.workers, self.uploads, msh)
        self.puller = Puller(means, pace(delivery).gate)

    def _api(self) -> Api:
        """What national systems call."""
        rest = (self.register, self.clock, self.uploads, self.trail)
        return Api(self.intake, self.desk, self.operate, self.conversations, *rest)

    def _desk(self, delivery: DeliverySection, refusals: Refusals) -> Desk:
        """What partners send besides user messages: signals, and pulls."""
        register, store, clock, workers = self.register, self.store, self.clock, self.workers
        lease = Micros(int(_seconds(delivery.pull_retry) * SECOND))
        packing, requests = Packing(register, store, clock, workers), Requests(store, workers)
        return Desk(
            Signals(register, store, clock, workers, self.bell, refusals, pace(delivery).retry),
            Pulls(register, store, clock, workers, packing, requests, refusals, lease),
        )

    def register(self) -> Register:
        """The configuration of this moment."""
        return self.settings.register

    def _listen(self, name: str, runner: web.BaseRunner, edge: EdgeSection) -> Listener:
        try:
            return Listener(runner, edge.host, edge.port)
        except OSError as error:
            problem = f"{edge.host}:{edge.port} cannot be listened on: {error.strerror}"
            raise ConfigError(ConfigFault(self.settings.folder / "gateway.toml", f"{name}.port", problem)) from None

    async def run(self, started: Callable[["Gateway"], None], stop: asyncio.Event) -> None:
        """Serves until the event is set, then stops in order; nothing accepted is lost either way."""
        writer = await self.store.start()
        try:
            await self._take_keys(self.settings)
            await self._go_on()
        except ConfigError:
            await self._close()
            raise
        await self.store.sweep_all(self.clock.now())  # staged by a process that is gone
        await self.transport.start()
        self.transport.replace(routes(self.settings))
        await self._log_standing("started", version=__version__, build=build())
        await self.sequencer.round()  # before anything is served: whatever waited, and that we started
        await self.stamper.look()
        msh, api = self._contexts(self.settings)
        await self.msh.start(msh)
        await self.api.start(api)
        tasks = [asyncio.create_task(each) for each in self._work()]
        calm_collector()
        started(self)
        stopped = asyncio.create_task(stop.wait())
        try:
            done, _ = await asyncio.wait({stopped, writer, *tasks}, return_when=asyncio.FIRST_COMPLETED)
            for task in done - {stopped}:
                task.result()  # none of these ends by itself: end the process loudly, with its fault
        finally:
            stopped.cancel()
            await self._stop(tasks)

    def _work(self) -> Sequence[Coroutine[None, None, None]]:
        """What goes on as long as the gateway serves."""
        return (
            self.dispatcher.run(),
            self.keeper.run(),
            self.puller.run(),
            self.stamper.run(),
            *self.logs.work(),
            self.sequencer.run(),
            every(FLUSH_EVERY, self.watch.flush),
            every(_seconds(self.settings.file.gateway.reload_every), self._reload_if_changed),
            every(SWEEP_EVERY, self._sweep),
            self.revocations.run(_seconds(self.settings.file.as4.revocation_every), self._inform),
        )

    async def _stop(self, tasks: list[asyncio.Task[None]]) -> None:
        await self.api.stop()
        await self.msh.stop()
        await self.dispatcher.stop()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.watch.flush()
        await self._log("stopped", version=__version__)
        await self.sequencer.round()
        await self.transport.close()
        await self._close()

    async def _close(self) -> None:
        await self.api.stop()
        await self.msh.stop()
        await self.store.close()
        self.workers.close()
        self._lock.close()

    async def _take_keys(self, settings: Settings) -> None:
        """The newest redaction key is known to the id memory; ConfigError where one that it needs is not configured."""
        keys = [key.id for key in settings.register.keys]
        if missed := await self.store.keys_missed(keys):
            where, key = settings.folder / "gateway.toml", "gateway.older_redaction_keys"
            problem = "the id memory names messages taken under the key {}; expected the file that holds it"
            raise ConfigError(*(ConfigFault(where, key, problem.format(each)) for each in missed))
        await self.store.keep_key(keys[0], self.clock.now())

    async def _go_on(self) -> None:
        """The delivery log goes on where it was; ConfigError where the database is not the one that it was published from."""
        await begun(self.sequencer, self.settings)

    async def reload(self) -> None:
        """A changed configuration is taken over whole, or refused whole and logged."""
        try:
            settings = under(self.settings.register.notary, equipped(load(self.settings.folder)))
            contexts = self._contexts(settings)
            paths = routes(settings)
            await self._take_keys(settings)
        except ConfigError as error:
            for fault in error.faults:
                logger.warning("configuration not taken over: %s", fault)
            await self._log("reload-refused", faults=[str(fault) for fault in error.faults])
            return
        late = later(self.settings.file, settings.file)
        self.settings = settings
        self._inform()
        self.revocations.wake()
        self.transport.replace(paths)
        await self.msh.replace(contexts[0])
        await self.api.replace(contexts[1])
        await self._log_standing("reloaded", after_restart=late)
        logger.info("changed configuration taken over; after a restart only: %s", ", ".join(late) or "nothing")
        self.bell.ring("delivery")

    async def _reload_if_changed(self) -> None:
        found = whole(self.settings.folder)
        if found != self._fingerprint:
            await self.reload()
            self._fingerprint = found

    def _contexts(self, settings: Settings) -> tuple[ssl.SSLContext, ssl.SSLContext]:
        """TLS of the two edges; whoever does not get through it is counted."""
        count = self.watch.count
        return (
            watched(tls.msh_context(settings), partial(count, "security", Edge.PARTNER)),
            watched(tls.api_context(settings), partial(count, "security", Edge.NATIONAL)),
        )

    def _inform(self) -> None:
        """Verdicts know what was last said about revocation."""
        self.settings = informed(self.settings, self.revocations)

    async def _sweep(self) -> None:
        await self.store.sweep(self.clock.now())

    async def _log_standing(self, kind: str, **facts: object) -> None:
        """The configuration is in the log in digests, with the names of what changed since the log last said it."""
        before = json.loads(await self.store.last_standing() or b"{}")
        now = standing(self.settings)
        await self._log(kind, **now, changed=changed(before, now), **facts)

    async def _log(self, kind: str, **facts: object) -> None:
        await self.store.append(entry(kind, self.clock.now(), self.clock.nonce(), **facts))


async def serve(settings: Settings, started: Callable[[Gateway], None]) -> None:
    """A gateway runs until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await Gateway(settings).run(started, stop)


@contextlib.asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[tuple[SqliteStore, Operate, SystemClock]]:
    """The store for a command, beside a gateway that may be running on the same file."""
    settings.database.parent.mkdir(parents=True, exist_ok=True)
    store, clock = SqliteStore(settings.database), SystemClock(settings.register.domain)
    await store.start()
    try:
        yield store, Operate(lambda: settings.register, store, clock), clock
    finally:
        await store.close()


async def begun(sequencer: Sequencer, settings: Settings) -> None:
    """The log goes on where it was; ConfigError where the database is not the one that it was published from."""
    try:
        await sequencer.begin()
    except Contradicted as error:
        raise ConfigError(ConfigFault(settings.database, "", str(error))) from None


async def numbered(settings: Settings, store: SqliteStore, clock: SystemClock) -> None:
    """Every entry so far has its place, unless a gateway serves the database, which gives it by itself."""
    try:
        held = lock(settings.database)
    except ConfigError:
        return
    with held:
        sequencer = Sequencer(store, settings.register.notary, clock, Bell())
        await begun(sequencer, settings)
        await sequencer.round()


@contextlib.asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[HttpsTransport]:
    """The way to partners, for a command."""
    delivery = settings.file.delivery
    transport = HttpsTransport(_seconds(delivery.timeout), _seconds(delivery.connect_timeout))
    await transport.start()
    transport.replace(routes(settings))
    try:
        yield transport
    finally:
        await transport.close()


@contextlib.asynccontextmanager
async def pinging(settings: Settings) -> AsyncIterator[Pinger]:
    """What a command needs to ask partners' test services."""
    async with opened(settings) as (store, _, clock), connected(settings) as transport:
        yield Pinger(equipped(settings).register, transport, clock, store)


@contextlib.asynccontextmanager
async def reconciling(settings: Settings) -> AsyncIterator[Reconciler]:
    """What a command needs to compare a day with a partner."""
    async with opened(settings) as (store, _, clock), connected(settings) as transport:
        register, terms = settings.register, settings.file.log.terms
        with contextlib.closing(Workers(register.limits.inline)) as workers:
            yield Reconciler(lambda: register, store, transport, clock, workers, lambda: terms)


def under(notary: Notary, settings: Settings) -> Settings:
    """The settings with the log's keys of the start: a log never changes its key while it is served."""
    return replace(settings, register=replace(settings.register, notary=notary))


def _seconds(duration: timedelta) -> float:
    return duration.total_seconds()
