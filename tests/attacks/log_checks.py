"""Who looks at an attacked log, and what they say: the gateway itself, its start, a partner's witness, an outsider."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from gateway.config.faults import ConfigError
from gateway.config.load import Settings
from gateway.core.agreement import Party
from gateway.core.entry import entry
from gateway.core.evidence.checkpoint import opened
from gateway.core.evidence.note import Malformed
from gateway.core.evidence.tiles import tiles
from gateway.core.message import Answer
from gateway.core.names import Micros
from gateway.core.schedule import Backoff
from gateway.core.tree import MOST
from gateway.flow.accounts import Partner, Terms
from gateway.flow.accounts import partner as account_with
from gateway.flow.cosigner import Cosigner
from gateway.flow.ports_days import DIFFERS
from gateway.flow.ports_witness import Asking
from gateway.flow.reconcile import Reconciler
from gateway.flow.sending import Asker, Reply, SendError
from gateway.flow.witness import Witness
from gateway.machine import SystemClock, Workers
from gateway.store.sqlite import SqliteStore
from tests.asking import Asked
from tests.attacks.log_scene import Scene
from tests.cli.command import gateway
from tests.house import House
from tests.loading import load

OK = 200


class Check(StrEnum):
    """Who looks."""

    OWN = "`gateway log verify`"
    START = "the gateway's start"
    WITNESS = "a partner's witness"
    OUTSIDER = "whoever kept a checkpoint"
    VERIFIER = "`gateway verify`, offline"
    DAY = "the day's reconciliation"


@dataclass(frozen=True, slots=True)
class Case:
    """The files of KZ as the attacker left them, and everybody else's as they were."""

    scene: Scene
    folder: Path
    outsider: Asked

    @property
    def by(self) -> Path:
        """BY's files, as they are after its witness was asked."""
        return self.folder.with_name(f"{self.folder.name}-by")

    def again(self, name: str) -> Path:
        """The attacked files, for a check that changes them."""
        return Path(shutil.copytree(self.folder, self.folder.with_name(f"{self.folder.name}-{name}")))


def own(case: Case) -> str:
    """The faults that the command finds on the machine itself."""
    ended = gateway("log", "verify", "--config", case.folder, "--json")
    faults = ended.json["faults"]
    assert bool(ended.code) == bool(faults), ended
    return "\n".join(faults)


def start(case: Case) -> str:
    """Why the gateway does not start."""
    return asyncio.run(_started(replace(case.scene.kz, folder=case.again("started"))))


async def _started(house: House) -> str:
    try:
        async with house.running():
            return ""
    except ConfigError as error:
        return "\n".join(map(str, error.faults))


def witness(case: Case) -> str:
    """What BY's witness answers when the attacked gateway goes on: it writes an entry and offers its newest checkpoint."""
    return asyncio.run(_witnessed(case))


async def _witnessed(case: Case) -> str:
    by = load(Path(shutil.copytree(case.scene.by.folder, case.by)))
    kz = load(case.again("offering"))
    clock = SystemClock("anywhere")
    async with _opened(by) as theirs, _opened(kz) as ours:
        await ours.append(entry("started", clock.now(), clock.nonce()))
        while await ours.sequence(clock.now(), 100, kz.register.notary.checkpoint):
            pass
        asker = _Partner(by, Witness(lambda: by.register, theirs, clock), kz)
        asking = Asking(lambda: kz.register, asker, clock)
        with contextlib.suppress(Malformed):  # the loop would try again for ever: the partner hears nothing more
            await Cosigner(asking, ours, Backoff(), lambda: Micros(0)).round()
        disputes = [row["kind"] for row in await theirs.disputes(kz.register.own.id)]
    refused = [each for each in asker.answers[-1:] if each.status != OK]
    return "\n".join([*(f"{each.status} {each.body.decode().strip()}" for each in refused), *disputes])


@dataclass(frozen=True, slots=True)
class _Partner:
    """BY's witness, asked without a net between."""

    by: Settings
    witness: Witness
    kz: Settings
    answers: list[Answer] = field(default_factory=list)

    async def ask(self, target: str, path: str, body: bytes | None = None) -> Reply:
        """The answer of its partner edge."""
        assert (target, path) == (f"log:{self.by.register.own.id}", "/add-checkpoint")
        answer = await self.witness.add(self.by.register.parties[self.kz.register.own.id], body or b"")
        self.answers.append(answer)
        return Reply(answer.status, answer.body, answer.content_type)


def outsider(case: Case) -> str:
    """What Go's packages say who know the log's key and a checkpoint from before, given all tiles and leaves."""
    return outsider_of(case, case.scene.earlier)


def outsider_of(case: Case, *notes: bytes) -> str:
    """The same, with these checkpoints from before."""
    where = case.folder / "published"
    if not asyncio.run(published(case.folder, where)):
        return "no checkpoint"
    rows = b"".join(path.read_bytes() for path in sorted((where / "leaves").iterdir())).splitlines()
    found = case.outsider.ask(
        "log",
        keys=[str(case.scene.key)],
        place={"Folder": str(where)},
        notes=notes,
        leaf={str(position): row for position, row in enumerate(rows)},
    )
    return str(found["fault"])


def verifier(case: Case) -> str:
    """The faults in the folder of the whole log, whose keeper says that this is all of it, and in a bundle of one message."""
    where, trust = case.folder / "handed over", case.folder / "trust.toml"
    if not asyncio.run(published(case.folder, where, opened(case.scene.earlier, case.scene.key)[0].size)):
        return "no checkpoint"
    trust.write_text(case.scene.trust(*case.scene.witnesses()))
    found = gateway("verify", where, "--trust", trust, "--json").json["faults"]
    bundle, source = case.folder / "evidence.zip", case.again("exporting")
    subject = ("--message", case.scene.first, "--why", "a court asks", "--who", "the keeper")
    if gateway("evidence", "export", "--out", bundle, *subject, "--config", source).code == 0:
        found += gateway("verify", bundle, "--trust", trust, "--json").json["faults"]
    return "\n".join(f"{each['where']}: {each['text']}" for each in found)


def reconciliation(case: Case) -> str:
    """What the attacked gateway and BY write down when they compare the day."""
    return asyncio.run(_reconciled(case))


async def _reconciled(case: Case) -> str:
    by = load(Path(shutil.copytree(case.scene.by.folder, case.folder.with_name(f"{case.folder.name}-comparing-by"))))
    kz = load(case.again("comparing"))
    async with _opened(by) as theirs, _opened(kz) as ours:
        there = _reconciler(by, theirs, _Nobody())
        asked = by.register.parties[kz.register.own.id]
        here = _reconciler(kz, ours, _Counterpart(asked, there))
        partner = known(kz.register.parties[by.register.own.id])
        try:
            found = [await here.reconcile(partner, day) for day in case.scene.days]
        except SendError as error:
            return f"not reconciled: {error.code.name}"
    return "\n".join(each.differences.decode() for each in found if each.state == DIFFERS)


def _reconciler(settings: Settings, store: SqliteStore, asker: Asker) -> Reconciler:
    return Reconciler(lambda: settings.register, store, asker, SystemClock("anywhere"), Workers(1 << 40), Terms)


def known(party: Party) -> Partner:
    """The party, which has a log."""
    found = account_with(party)
    assert found is not None
    return found


@dataclass(frozen=True, slots=True)
class _Counterpart:
    """The other side's partner edge, asked without a net between."""

    asked: Party
    reconciler: Reconciler

    async def ask(self, target: str, path: str, body: bytes | None = None, most: int = 0) -> Reply:
        """What it answers."""
        assert (target, path) == ("log:BY.GTK", "/reconcile")
        answer = await self.reconciler.answer(self.asked, body or b"")
        assert not most or len(answer.body) <= most
        return Reply(answer.status, answer.body, answer.content_type)


class _Nobody:
    """Whoever only answers."""

    async def ask(self, target: str, path: str, body: bytes | None = None, most: int = 0) -> Reply:
        """Nobody is asked."""
        raise AssertionError((target, path, body, most))


async def published(folder: Path, where: Path, most: int = MOST) -> bool:
    """The log up to a size as files: checkpoints with all signatures, tiles, leaves; whether there is any checkpoint."""
    settings, files, size = load(folder), {}, 0
    async with _opened(settings) as store:
        async for head in store.each_head():
            if head["size"] > most:
                break
            lines = [row["line"] for row in await store.cosignatures(head["size"])]
            files[f"checkpoints/{head['size']}"] = bytes(head["note"]) + "".join(lines).encode()
            files["checkpoint"] = files[f"checkpoints/{head['size']}"]
            size = head["size"]
        if not files:
            return False
        files |= {tile.path: content for tile, content in (await store.tiles(list(tiles(size)))).items()}
        files["leaves/000.jsonl"] = b"".join(
            [bytes(row["body"] or b"") + b"\n" async for row in store.leaves() if row["position"] < size]
        )
    files["keys"] = f"log {settings.register.notary.signer.verifier}\n".encode()
    for name, content in files.items():
        (where / name).parent.mkdir(parents=True, exist_ok=True)
        (where / name).write_bytes(content)
    return True


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(settings.database)
    await store.start()
    try:
        yield store
    finally:
        await store.close()


CHECKS: Mapping[Check, Callable[[Case], str]] = {
    Check.OWN: own,
    Check.START: start,
    Check.WITNESS: witness,
    Check.OUTSIDER: outsider,
    Check.VERIFIER: verifier,
    Check.DAY: reconciliation,
}
