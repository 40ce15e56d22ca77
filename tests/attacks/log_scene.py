"""A pair of gateways that exchanged messages for two days, stopped in order; copies of their files are what is attacked."""

import asyncio
import contextlib
import shutil
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from gateway.core.evidence.note import Verifier
from gateway.core.evidence.reconciliation import day_of
from tests.api.edge import TRN, Service, rows
from tests.attacks.log_attacker import DATABASE
from tests.house import House, build, eventually
from tests.loading import load

REFUSED = "invalid/TransitReleaseNotice--carrier-missing"
UNSETTLED = (
    "SELECT 1 FROM log_pending UNION SELECT 1 FROM deliveries WHERE state <> 'delivered'"
    " UNION SELECT 1 FROM log_heads WHERE size > (SELECT coalesce(max(size), 0) FROM cosignatures)"
)
SECONDS = 60  # a busy machine may take
OFTEN = '\n[log]\ncosign_every = "0 seconds"\n'


@dataclass(frozen=True, slots=True)
class Scene:
    """What is left of the two days."""

    kz: House
    by: House
    yesterday: Path  # KZ's database as it was backed up in the evening of the first day
    earlier: bytes  # KZ's newest checkpoint as an auditor took it with him at the end

    def copy(self, where: Path) -> Path:
        """KZ's files, to be attacked."""
        return Path(shutil.copytree(self.kz.folder, where))

    @property
    def first(self) -> str:
        """The MessageId of KZ's first message."""
        ((found,),) = rows(self.kz, "SELECT message_id FROM messages WHERE edge = 'national' ORDER BY id LIMIT 1")
        return str(found)

    @property
    def days(self) -> list[date]:
        """On which, by the clock, both days were: mostly one."""
        return sorted({day_of(at) for (at,) in rows(self.kz, "SELECT timestamp FROM messages")})

    @property
    def key(self) -> Verifier:
        """Of KZ's log, as everybody knows it."""
        return load(self.kz.folder).register.notary.signer.verifier

    def trust(self, *witnesses: Verifier) -> str:
        """The trust file of somebody who knows KZ's log and these witnesses, one of which has to have seen it."""
        return f'[[log]]\nparty = "KZ.KGD"\nkey = "{self.key}"\ncosigners = {[str(each) for each in witnesses]}\n'

    def witnesses(self) -> list[Verifier]:
        """Those of KZ's partners."""
        parties = load(self.kz.folder).register.parties.values()
        return [each.log.witness for each in parties if each.log and each.id != "KZ.KGD"]

    def forgetting(self, where: Path, *tables: str) -> "Scene":
        """With a copy of BY in its place that never heard of KZ's log, or that has forgotten these tables alone."""
        by = replace(self.by, folder=Path(shutil.copytree(self.by.folder, where)))
        with contextlib.closing(sqlite3.connect(where / DATABASE, isolation_level=None)) as database:
            for table in tables or ("peer_heads", "peer_seen"):
                database.execute(f"DELETE FROM {table}")  # noqa: S608 - names of tables
        return replace(self, by=by)


def lived(where: Path) -> Scene:
    """Two days, each with accepted, delivered, received and refused messages, under checkpoints that BY cosigned."""
    return asyncio.run(_live(where))


async def _live(where: Path) -> Scene:
    kz, by = build(where, "KZ.KGD", "BY.GTK")
    for house in (kz, by):
        path = house.folder / "gateway.toml"
        path.write_text(path.read_text() + OFTEN)
    yesterday = where / "yesterday.sqlite3"
    async with _serving(kz) as ours, _serving(by) as theirs:
        await _day(ours, theirs, 1)
        live, backup = sqlite3.connect(kz.folder / DATABASE), sqlite3.connect(yesterday)
        with contextlib.closing(live), contextlib.closing(backup):
            live.backup(backup)
        await _day(ours, theirs, 100)
        ((earlier,),) = rows(kz, "SELECT note FROM log_heads ORDER BY size DESC LIMIT 1")
    return Scene(kz, by, yesterday, earlier)


@contextlib.asynccontextmanager
async def _serving(house: House) -> AsyncIterator[Service]:
    async with house.running() as gateway, house.client() as client:
        yield Service(house, gateway, client)


async def _day(kz: Service, by: Service, first: int) -> None:
    """Messages to and from the partner, one that was refused; everything is delivered, in the tree and cosigned."""
    for number in range(first, first + 3):
        await kz.accepted(TRN, movement=number, to="BY.GTK")
    await by.accepted(TRN, movement=first + 50, to="KZ.KGD")
    assert (await kz.post(REFUSED)).status == 422
    for service in (kz, by):
        await eventually(lambda service=service: not service.rows(UNSETTLED), SECONDS)  # type: ignore[misc]
