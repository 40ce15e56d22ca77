"""Real processes, real SIGKILLs, real power cuts: whatever was published is the beginning of the log that is there afterwards."""

import asyncio
import base64
import random
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gateway.core.evidence import proofs
from gateway.core.evidence.checkpoint import Checkpoint, opened
from gateway.flow.anchor import Contradicted
from gateway.flow.bell import Bell
from gateway.flow.sequencer import Sequencer
from gateway.machine import SystemClock
from gateway.store.sqlite import SqliteStore
from tests.e2e.power import NO_LOOP, Disk, NoDiskError
from tests.e2e.publishing import notary

ROOT = Path(__file__).parents[2]
KILLS, CUTS = 8, 4


@dataclass(slots=True)
class Reader:
    """Keeps every checkpoint that was ever published, as a partner would."""

    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    published: list[bytes] = field(default_factory=list)

    def start(self, database: Path, mode: str = "") -> "subprocess.Popen[bytes]":
        """A process that publishes; what came before its end is read by `collect`."""
        command = [sys.executable, "-m", "tests.e2e.publishing", str(database), self.secret.hex(), mode]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)

    def collect(self, process: "subprocess.Popen[bytes]", count: int) -> None:
        """So many checkpoints, read as they come."""
        assert process.stdout is not None
        for _ in range(count):
            line = process.stdout.readline()
            assert line.endswith(b"\n"), "the process ended by itself"
            self.published.append(base64.b64decode(line))

    def rest(self, process: "subprocess.Popen[bytes]") -> None:
        """What was published before the end and not read yet; a line without its end was not."""
        assert process.stdout is not None
        lines = process.stdout.read().split(b"\n")[:-1]
        self.published += [base64.b64decode(line) for line in lines]
        process.wait()
        process.stdout.close()

    async def broken(self, database: Path) -> list[Checkpoint]:
        """The published checkpoints that are not the beginning of the log that is there; Contradicted as at any start."""
        store, keys = SqliteStore(database), notary(self.secret)
        await store.start()
        try:
            made = Sequencer(store, keys, SystemClock("test"), Bell())
            await made.begin()
            await made.round()
            head = await store.newest_head()
            assert head is not None
            now = head["size"], head["root"]
            told = [opened(note, keys.signer.verifier)[0] for note in self.published]
            return [each for each in told if not await begins(store, each, now)]
        finally:
            await store.close()


async def begins(store: SqliteStore, told: Checkpoint, now: tuple[int, bytes]) -> bool:
    """Whether the log at that size and root has what was told as its beginning, by a proof from its tiles."""
    if told.size > now[0]:
        return False
    spans = proofs.consistency_spans(told.size, now[0])
    proof = proofs.made(spans, now[0], await store.tiles(sorted(proofs.needed(spans, now[0]))))
    return proofs.verify_consistency((told.size, told.root), now, proof)


def kill_after(reader: Reader, database: Path, count: int, mode: str = "") -> None:
    """SIGKILL when so many checkpoints are published: at once, while it is signed or written, or a moment later."""
    process = reader.start(database, mode)
    reader.collect(process, count)
    time.sleep(count % 4 / 500)
    process.kill()
    reader.rest(process)


async def test_kills_while_checkpoints_are_published_break_none(tmp_path: Path) -> None:
    """Each is consistent with the log of every later process; none promises a leaf that is gone."""
    reader, chance = Reader(), random.Random(5)  # noqa: S311 - the same kills every time
    for _ in range(KILLS):
        await asyncio.to_thread(kill_after, reader, tmp_path / "log", chance.randint(1, 25))
        assert await reader.broken(tmp_path / "log") == []
    sizes = [opened(note, notary(reader.secret).signer.verifier)[0].size for note in reader.published]
    assert sizes == sorted(set(sizes))
    assert len(sizes) >= KILLS


async def test_checkpoints_told_before_the_commit_are_broken_by_kills(tmp_path: Path) -> None:
    """The control: the same kills, with what is signed told before it is durable."""
    reader = Reader()
    await asyncio.to_thread(kill_after, reader, tmp_path / "log", 4, "early")
    assert len(await reader.broken(tmp_path / "log")) == 1


async def test_two_processes_on_one_database_publish_one_log(tmp_path: Path) -> None:
    """The lock lets only one gateway start; without it, what each of two publishes is the beginning of the same log."""
    readers = Reader(), Reader()
    readers[1].secret = readers[0].secret
    processes = [reader.start(tmp_path / "log") for reader in readers]
    for reader, process in zip(readers, processes, strict=True):
        await asyncio.to_thread(reader.collect, process, 10)
    for reader, process in zip(readers, processes, strict=True):
        process.kill()
        reader.rest(process)
        assert await reader.broken(tmp_path / "log") == []


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A file system of its own."""
    made = Disk(tmp_path / "disk.img", tmp_path / "disk")
    try:
        made.make()
    except NoDiskError:
        pytest.skip(NO_LOOP)
    yield made
    made.remove()


def cut_after(reader: Reader, disk: Disk, count: int, mode: str = "") -> None:
    """The power is cut when so many checkpoints are published, or a moment later."""
    process = reader.start(disk.at / "log", mode)
    reader.collect(process, count)
    time.sleep(count % 4 / 500)
    disk.cut(process)
    reader.rest(process)


async def test_power_cuts_while_checkpoints_are_published_break_none(disk: Disk) -> None:
    """What was told had reached the disk, and so had its anchor."""
    reader, chance = Reader(), random.Random(5)  # noqa: S311 - the same cuts every time
    for _ in range(CUTS):
        await asyncio.to_thread(cut_after, reader, disk, chance.randint(1, 25))
        assert await reader.broken(disk.at / "log") == []


async def test_what_is_not_flushed_is_lost_to_a_power_cut(disk: Disk) -> None:
    """The control: the same cut, and commits that do not wait for the disk; the start sees it by the anchor."""
    reader = Reader()
    await asyncio.to_thread(cut_after, reader, disk, 20, "careless")
    with pytest.raises(Contradicted, match="an older copy"):
        await reader.broken(disk.at / "log")
