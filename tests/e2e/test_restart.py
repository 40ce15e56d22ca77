"""A gateway stops under a checkpoint, goes on after it, and does not start on an older copy of its database."""

import shutil
from pathlib import Path

import pytest

from gateway.boot import opened
from gateway.cli.keys import sealing
from gateway.config.faults import ConfigError
from gateway.config.load import load
from gateway.core.evidence.checkpoint import Checkpoint
from gateway.core.evidence.note import Note
from tests.house import House


def published(house: House) -> Checkpoint:
    """What its anchor says."""
    return Checkpoint.of(Note.parse((house.folder / "data" / "gateway.sqlite3.checkpoint").read_bytes()).text)


async def test_a_stop_in_order_leaves_nothing_without_a_checkpoint(pair: tuple[House, House]) -> None:
    """A start is under one before anything is served; a stop is the last entry of all."""
    kz, _ = pair
    for number in (1, 2):
        async with kz.running() as gateway:
            counts = await gateway.store.entry_counts()
            assert (counts["started"], counts.get("stopped", 0)) == (number, number - 1)
            assert published(kz).size >= 2 * number - 1
        async with opened(load(kz.folder)) as (store, _, _):
            assert await store.waiting() == []
            assert published(kz).size == sum((await store.entry_counts()).values())
            assert (await store.entries("", "", 1))[0]["kind"] == "stopped"


async def test_a_gateway_does_not_start_on_yesterdays_database(pair: tuple[House, House], tmp_path: Path) -> None:
    """It says what is wrong with which file and what to do; with the newest copy back, it starts."""
    kz, _ = pair
    async with kz.running() as gateway:
        database = gateway.settings.database
    shutil.copyfile(database, tmp_path / "yesterday")
    async with kz.running():
        pass
    shutil.copyfile(database, tmp_path / "newest")
    shutil.copyfile(tmp_path / "yesterday", database)
    with pytest.raises(ConfigError) as stopped:
        async with kz.running():
            pass
    (fault,) = stopped.value.faults
    assert fault.file == database
    assert "it is an older copy. Put the newest copy of the database back" in fault.problem
    shutil.copyfile(tmp_path / "newest", database)
    async with kz.running() as gateway:
        assert (await gateway.store.entry_counts())["started"] == 3


async def test_a_changed_key_of_the_log_waits_for_a_restart(pair: tuple[House, House]) -> None:
    """A log never changes its key while it is served: what is signed in one run is signed by one key."""
    kz, _ = pair
    async with kz.running() as gateway:
        before = gateway.register().notary
        own, file = kz.folder / "parties" / "KZ.KGD.toml", kz.folder / "gateway.toml"
        own.write_text(own.read_text().partition("[log]")[0])  # what partners are told would no longer fit
        file.write_text(f'{file.read_text()}\n[log]\norigin = "kz.kgd.gateway/log/2"\n')
        (kz.folder / "keys" / "log.key").write_bytes(sealing())
        await gateway.reload()
        assert gateway.settings.file.log.origin == "kz.kgd.gateway/log/2"
        assert gateway.register().notary == before
    async with kz.running() as gateway:
        assert gateway.register().notary.origin == "kz.kgd.gateway/log/2"
        assert published(kz).origin == "kz.kgd.gateway/log/2"
        assert (await gateway.store.entry_counts())["new-origin"] == 1
