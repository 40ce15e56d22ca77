"""What is done to a gateway's files, one function for each attack on the delivery log."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from gateway.core.evidence.checkpoint import opened
from tests.attacks.log_attacker import STRANGER, Attacker
from tests.attacks.log_scene import Scene
from tests.house import House

Deed = Callable[[Attacker, Scene], None]
DAY = 86_400_000_000  # microseconds


def newest(attacker: Attacker, scene: Scene) -> None:
    """The newest leaves, their entries and heads are gone, those that BY cosigned among them."""
    del scene
    ((size,),) = attacker.rows("SELECT max(size) FROM log_heads WHERE size < (SELECT max(size) FROM cosignatures)")
    attacker.cut(size)


def newest_unanchored(attacker: Attacker, scene: Scene) -> None:
    """And the anchor says what the database says."""
    newest(attacker, scene)
    attacker.set_back()


def old(attacker: Attacker, scene: Scene) -> None:
    """Three leaves in the middle are gone with their entries."""
    del scene
    attacker.sql("DELETE FROM log_leaves WHERE position BETWEEN 2 AND 4")
    attacker.sql("DELETE FROM log_entries WHERE id BETWEEN 3 AND 5")


def forgotten(attacker: Attacker, scene: Scene) -> None:
    """Of a message that was sent no row is left; the log's key says so."""
    del scene
    ((message_id,),) = attacker.rows("SELECT message_id FROM log_entries WHERE id = ?", attacker.entry("accepted"))
    attacker.forget_message(message_id)
    attacker.rebuild(attacker.stolen())


def inserted(attacker: Attacker, scene: Scene) -> None:
    """A refusal stands there that never was; the log's key says so."""
    del scene
    attacker.insert(5, "refused", message_id="never@sent", sender="BY.GTK")
    attacker.rebuild(attacker.stolen())


def forked(attacker: Attacker, scene: Scene) -> None:
    """The gateway's next entry makes the other history as long as the one that BY saw."""
    forked_to(attacker, scene, opened(scene.earlier, scene.key)[0].size - 1)


def forked_to(attacker: Attacker, scene: Scene, size: int) -> None:
    """From yesterday's copy another history goes on, up to that size, signed with the log's key."""
    attacker.restore(scene.yesterday)
    ((begun,),) = attacker.rows("SELECT max(size) FROM log_heads")
    for position in range(begun, size):
        attacker.insert(position, "refused", message_id=f"{position}@other", sender="RU.FTS")
    attacker.rebuild(attacker.stolen())


def renamed(attacker: Attacker, scene: Scene) -> None:
    """As an operator would whose newest copy is lost; the gateway has run since, and its log says so."""
    attacker.restore(scene.yesterday)
    attacker.renamed("another.example/log")
    asyncio.run(_run(replace(scene.kz, folder=attacker.folder)))


async def _run(house: House) -> None:
    async with house.running():
        pass


def reordered(attacker: Attacker, scene: Scene) -> None:
    """Two leaves have changed places."""
    del scene
    attacker.sql("UPDATE log_leaves SET position = -1 WHERE position = 2")
    attacker.sql("UPDATE log_leaves SET position = 2 WHERE position = 3")
    attacker.sql("UPDATE log_leaves SET position = 3 WHERE position = -1")


def reordered_signed(attacker: Attacker, scene: Scene) -> None:
    """The log's key says so."""
    reordered(attacker, scene)
    attacker.rebuild(attacker.stolen())


def backdated(attacker: Attacker, scene: Scene) -> None:
    """An acceptance happened the day before."""
    del scene
    number = attacker.entry("accepted")
    ((at,),) = attacker.rows("SELECT at FROM log_entries WHERE id = ?", number)
    attacker.rewrite(number, at=at - DAY)


def backdated_rehashed(attacker: Attacker, scene: Scene) -> None:
    """Its leaf's hash says so, too."""
    backdated(attacker, scene)
    attacker.rehash()


def backdated_signed(attacker: Attacker, scene: Scene) -> None:
    """The log's key says so."""
    backdated(attacker, scene)
    attacker.rebuild(attacker.stolen())


def truncated(attacker: Attacker, scene: Scene) -> None:
    """No row of the log is left."""
    del scene
    for table in ("cosignatures", "stamps", "log_heads", "log_nodes", "log_leaves", "log_pending", "log_entries"):
        attacker.sql(f"DELETE FROM {table}")  # noqa: S608 - names of tables


def database_rolled_back(attacker: Attacker, scene: Scene) -> None:
    """The database is yesterday's, the anchor today's."""
    attacker.restore(scene.yesterday)


def unanchored(attacker: Attacker, scene: Scene) -> None:
    """The database is yesterday's, and there is no anchor."""
    attacker.restore(scene.yesterday)
    attacker.forget()


def rolled_back(attacker: Attacker, scene: Scene) -> None:
    """Database and anchor are yesterday's."""
    attacker.restore(scene.yesterday)
    attacker.set_back()


def swapped(attacker: Attacker, scene: Scene) -> None:
    """The first two messages have each other's bodies."""
    del scene
    (first, second) = [row for (row,) in attacker.rows("SELECT body FROM payloads ORDER BY message LIMIT 2")]
    attacker.sql(
        "UPDATE payloads SET body = CASE body WHEN ? THEN ? ELSE ? END WHERE body IN (?, ?)",
        first,
        second,
        first,
        first,
        second,
    )


def refusal(attacker: Attacker, scene: Scene) -> None:
    """A refusal was a look into the inbox."""
    del scene
    attacker.rewrite(attacker.entry("refused"), kind="inbox-read")


def refusal_rehashed(attacker: Attacker, scene: Scene) -> None:
    """Its leaf's hash says so, too."""
    refusal(attacker, scene)
    attacker.rehash()


def refusal_stranger(attacker: Attacker, scene: Scene) -> None:
    """Some other key says so."""
    refusal(attacker, scene)
    attacker.rebuild(STRANGER)


def rewritten(attacker: Attacker, scene: Scene) -> None:
    """A refusal never happened, and the log's key says so."""
    refusal(attacker, scene)
    attacker.rebuild(attacker.stolen())
