"""The start: a database that does not hold what was published is not gone on with; an untouched one is."""

import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.core.entry import entry
from gateway.core.evidence.notary import Notary
from gateway.core.evidence.note import NoteSigner
from gateway.flow.anchor import Contradicted
from gateway.flow.bell import Bell
from gateway.flow.checks_of_tree import Whose
from gateway.flow.sequencer import Sequencer
from tests.flow.test_audit import tamper, verdict_of
from tests.town import Node, Town


async def happen(node: Node, count: int = 1) -> None:
    """As many entries, under a checkpoint."""
    await node.real.append(*(entry("ping", node.clock.now(), node.clock.nonce()) for _ in range(count)))
    await node.sequence()


async def begin(node: Node, notary: Notary | None = None) -> None:
    """What a gateway does at its start."""
    made = Sequencer(node.real, notary or node.settings.register.notary, node.clock, Bell())
    await made.begin()
    await made.round()


def database(node: Node) -> Path:
    """Its file."""
    return node.settings.database


def anchor(node: Node) -> Path:
    """The file beside it."""
    return node.real._anchor.path


def copied(path: Path, to: Path) -> None:
    """The database, which no process has open."""
    assert not path.with_name(path.name + "-wal").exists()
    shutil.copyfile(path, to)


@pytest.fixture
async def older(town: Town, tmp_path: Path) -> Path:
    """A copy of the database from before its last two checkpoints."""
    await happen(town["KZ.KGD"], 2)
    path, copy = database(town["KZ.KGD"]), tmp_path / "older"
    await town.close()
    copied(path, copy)
    await town.open()
    await happen(town["KZ.KGD"])
    await happen(town["KZ.KGD"])
    return copy


async def test_an_untouched_database_is_gone_on_with(town: Town, older: Path) -> None:
    """The control: started again, nothing is said about it."""
    del older
    await town.reopen()
    await begin(town["KZ.KGD"])
    assert await town["KZ.KGD"].real.entry_counts() == {"ping": 4}


async def test_yesterdays_copy_of_the_database_stops_the_start(town: Town, older: Path) -> None:
    """It says how many leaves there are, how many were promised, and what to do; nothing is written."""
    path = database(town["KZ.KGD"])
    await town.close()
    copied(older, path)
    await town.open()
    with pytest.raises(Contradicted) as stopped:
        await begin(town["KZ.KGD"])
    assert "the database holds 2 leaves under a checkpoint, but one of 4 was published" in str(stopped.value)
    assert "Put the newest copy of the database back" in str(stopped.value)
    assert await town["KZ.KGD"].real.entry_counts() == {"ping": 2}


async def test_yesterdays_copy_that_went_on_is_another_log(town: Town, older: Path) -> None:
    """As many leaves as were published, but others: a root is not a size."""
    path, kept = database(town["KZ.KGD"]), anchor(town["KZ.KGD"]).read_bytes()
    await town.close()
    copied(older, path)
    await town.open()
    await happen(town["KZ.KGD"], 3)
    anchor(town["KZ.KGD"]).write_bytes(kept)
    with pytest.raises(Contradicted, match="it is another log"):
        await begin(town["KZ.KGD"])


@pytest.mark.parametrize(
    ("attack", "told"),
    [
        ("DELETE FROM log_heads WHERE size > 2", "2 log entries more than"),
        ("DELETE FROM log_leaves WHERE position > 2", "1 log entries less than"),
    ],
    ids=["heads", "leaves"],
)
async def test_a_tree_with_rows_taken_away_stops_the_start(town: Town, older: Path, attack: str, told: str) -> None:
    """Though the file of what was published was set back, too; what to do is said, and nothing is written."""
    del older
    node = town["KZ.KGD"]
    first = await node.real.head(2)
    assert first is not None
    await tamper(node, attack)
    anchor(node).write_bytes(first["note"])
    await town.reopen()
    with pytest.raises(Contradicted, match="Put the newest copy") as stopped:
        await begin(town["KZ.KGD"])
    assert told in str(stopped.value)


@pytest.mark.parametrize(
    "spoiled",
    [lambda note: note[:-20], lambda note: note.replace(b"\n4\n", b"\n3\n"), lambda _: b"\0"],
    ids=["cut", "changed", "none"],
)
async def test_a_spoiled_anchor_stops_the_start(town: Town, older: Path, spoiled: Callable[[bytes], bytes]) -> None:
    """Nobody can say any more what was published."""
    del older
    path = anchor(town["KZ.KGD"])
    path.write_bytes(spoiled(path.read_bytes()))
    with pytest.raises(Contradicted):
        await begin(town["KZ.KGD"])


async def test_an_anchor_of_another_log_is_a_fault_for_the_audit(town: Town, older: Path) -> None:
    """A start would take it for that of a former origin; nobody began one here."""
    del older
    kz = town["KZ.KGD"]
    other = renamed(kz.settings.register.notary, "kz.kgd.gateway/log/2", Ed25519PrivateKey.generate())
    anchor(kz).write_bytes(other.checkpoint(1000, bytes(32)))
    assert (await verdict_of(kz)).faults == ["published checkpoint: of kz.kgd.gateway/log/2, not of the log"]


async def test_an_anchor_that_is_gone_is_told_by_the_log(town: Town, older: Path) -> None:
    """Who restores a machine may have no other choice; partners hold what was promised to them."""
    del older
    anchor(town["KZ.KGD"]).unlink()
    await begin(town["KZ.KGD"])
    assert (await town["KZ.KGD"].real.entry_counts())["unanchored"] == 1
    await begin(town["KZ.KGD"])
    assert (await town["KZ.KGD"].real.entry_counts())["unanchored"] == 1
    await town["KZ.KGD"].check()


async def test_a_crash_before_the_first_anchor_is_no_loss(town: Town) -> None:
    """One checkpoint and no anchor: nobody was told yet."""
    await happen(town["KZ.KGD"])
    anchor(town["KZ.KGD"]).unlink()
    await begin(town["KZ.KGD"])
    assert await town["KZ.KGD"].real.entry_counts() == {"ping": 1}


async def test_a_log_from_before_checkpoints_goes_on_under_one(town: Town) -> None:
    """Its heads stay without; the first checkpoint covers all that there was, its nodes are made."""
    kz = town["KZ.KGD"]
    await happen(kz, 600)
    heads = len([found async for found in kz.real.each_head()])
    await tamper(kz, "UPDATE log_heads SET note = x''; DELETE FROM log_nodes")
    anchor(kz).unlink()
    await town.reopen()
    kz = town["KZ.KGD"]
    await begin(kz)
    await happen(kz)
    verdict = await kz.check()
    assert (verdict.heads, verdict.nodes) == ({Whose.NONE: heads, Whose.OWN: 1}, 2)
    assert await kz.real.entry_counts() == {"ping": 601}


def renamed(notary: Notary, origin: str, key: Ed25519PrivateKey | None = None) -> Notary:
    """Another name for the log, or another key, or both."""
    return dataclasses.replace(notary, signer=NoteSigner(origin, key or notary.signer.key))


async def test_a_changed_key_needs_a_changed_origin(town: Town, older: Path) -> None:
    """And the other way round: partners would take one of the two for fraud, or could not tell the logs apart."""
    del older
    kz = town["KZ.KGD"]
    notary = kz.settings.register.notary
    with pytest.raises(Contradicted, match=r"needs another log\.origin"):
        await begin(kz, renamed(notary, notary.origin, Ed25519PrivateKey.generate()))
    with pytest.raises(Contradicted, match="needs a new key"):
        await begin(kz, renamed(notary, "kz.kgd.gateway/log/2"))


@pytest.mark.parametrize("anchored", [True, False], ids=["with its anchor", "without"])
async def test_an_older_copy_goes_on_under_another_origin_and_key(town: Town, older: Path, *, anchored: bool) -> None:
    """The log says what the former origin promised last, so that what is gone is told and not hidden."""
    path, kept = database(town["KZ.KGD"]), anchor(town["KZ.KGD"])
    await town.close()
    copied(older, path)
    await town.open()
    kz = town["KZ.KGD"]
    if not anchored:
        kept.unlink()
    notary = renamed(kz.settings.register.notary, "kz.kgd.gateway/log/2", Ed25519PrivateKey.generate())
    await begin(kz, notary)
    (said,) = await kz.real.entries("", "new-origin", 10)
    leaf = json.loads(said["body"])
    assert (leaf["former"], leaf["published"], leaf["size"]) == ("kz.kgd.gateway/log", 4 if anchored else 2, 2)
    head = await kz.real.newest_head()
    assert head is not None
    assert (head["size"], head["note"]) == (3, kz.real.anchor())
    kz.settings = dataclasses.replace(kz.settings, register=dataclasses.replace(kz.settings.register, notary=notary))
    assert (await kz.check()).heads == {Whose.FORMER: 1, Whose.OWN: 1}
