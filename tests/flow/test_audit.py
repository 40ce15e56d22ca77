"""`log verify`: every change to entries, tree or bodies is found and named; an untouched copy passes."""

import pytest

from gateway.flow.audit import Verdict, verify
from tests.house import sample
from tests.town import Node, Town

# What somebody with SQL at hand does, and what the verdict must say. Triggers are dropped first.
ATTACKS = {
    "an entry's leaf is rewritten": (
        "UPDATE log_entries SET body = CAST(replace(CAST(body AS TEXT), 'BY.GTK', 'BY.GTX') AS BLOB) WHERE id = 2",
        "its entry was changed",
    ),
    "an entry's kind is rewritten": ("UPDATE log_entries SET kind = 'ping' WHERE id = 1", "columns differ"),
    "an entry is deleted": ("DELETE FROM log_entries WHERE id = 2", "its entry is gone"),
    "a leaf is deleted": ("DELETE FROM log_leaves WHERE position = 1", "leaf 1: missing"),
    "the newest leaf is deleted": (
        "DELETE FROM log_leaves WHERE position = (SELECT max(position) FROM log_leaves)",
        "covers leaves that are gone",
    ),
    "an entry and its leaf are rewritten": (
        "UPDATE log_leaves SET hash = zeroblob(32) WHERE position = 1",
        "its root is not the root of the leaves",
    ),
    "an entry is hidden from the tree": ("DELETE FROM log_pending", "neither in the tree nor waiting"),
    "a tree head is rewritten": ("UPDATE log_heads SET root = zeroblob(32)", "its root is not"),
    "a body is changed": ("UPDATE bodies SET data = zeroblob(10) WHERE id = 1", "is not what its digest says"),
    "two bodies are swapped": (
        "UPDATE payloads SET body = CASE body WHEN 1 THEN 2 ELSE 1 END WHERE body IN (1, 2)",
        "is not what its digest says",
    ),
    "body and digest are changed together": (
        "UPDATE payloads SET body = (SELECT body FROM payloads WHERE message = 2),"
        " digest = (SELECT digest FROM payloads WHERE message = 2) WHERE message = 1",
        "names another digest",
    ),
    "a message is deleted": ("DELETE FROM messages WHERE id = 1", "accepted in the log, but gone"),
    "a message's entry is deleted": ("DELETE FROM log_entries WHERE id = 1", "its log entry is gone"),
}


async def verdict_of(node: Node) -> Verdict:
    """The complete verdict."""
    return [found async for found in verify(node.real)][-1]


@pytest.fixture
async def kz(town: Town) -> Node:
    """A log with a few entries in the tree and one that waits."""
    node = town["KZ.KGD"]
    await node.post(sample("valid/ProcessingResult--rejected"), "first@town", to=("BY.GTK",))
    await node.post(sample("valid/DocumentVerificationRequest--certificate-of-origin"), "second@town", to=("BY.GTK",))
    await node.deliver()
    await node.sequence()
    await node.post(sample("valid/ProcessingResult--rejected"), "third@town", to=("BY.GTK",))
    return node


async def tamper(node: Node, statement: str) -> None:
    """SQL with every protection of the database taken away."""
    writer = node.real._engine._writer
    for (name,) in writer.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        writer.execute(f"DROP TRIGGER {name}")
    writer.execute("PRAGMA foreign_keys = OFF")
    writer.execute(statement)


@pytest.mark.parametrize("attack", ATTACKS)
async def test_every_attack_is_found_and_named(kz: Node, attack: str) -> None:
    """The fault says what was done, and where."""
    statement, expected = ATTACKS[attack]
    await tamper(kz, statement)
    verdict = await verdict_of(kz)
    assert not verdict.clean
    assert any(expected in fault for fault in verdict.faults), verdict.faults


async def test_an_untouched_log_passes(kz: Node) -> None:
    """The control: no fault, and the figures are those of the log."""
    await tamper(kz, "SELECT 1")
    verdict = await verdict_of(kz)
    assert verdict.clean
    assert (verdict.entries, verdict.bodies) == (4, 3)


async def test_all_faults_are_listed_not_just_the_first(kz: Node) -> None:
    """Two attacks, two faults."""
    await tamper(kz, ATTACKS["a body is changed"][0])
    await tamper(kz, ATTACKS["an entry's kind is rewritten"][0])
    assert len((await verdict_of(kz)).faults) >= 2


async def test_entries_get_their_places_in_batches_across_restarts(town: Town) -> None:
    """The tree goes on where its last head stood, whoever appends."""
    for number in range(5):
        await town["KZ.KGD"].post(sample("valid/ProcessingResult--rejected"), f"batch-{number}@town", to=("BY.GTK",))
        await town["KZ.KGD"].store.sequence(town.clock.now(), 2, town["KZ.KGD"].settings.register.notary.checkpoint)
        await town.reopen()
    verdict = await town["KZ.KGD"].check()
    assert (verdict.entries, verdict.heads) == (5, 5)
