"""What an attacker would try on the delivery log, what it takes, and who finds it: the table of docs/evidence.md."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from gateway.core.evidence.checkpoint import opened
from tests.attacks.log_attacker import STRANGER, Attacker
from tests.attacks.log_checks import Check
from tests.attacks.log_scene import Scene
from tests.house import House

Deed = Callable[[Attacker, Scene], None]
DAY = 86_400_000_000  # microseconds
DATABASE, FILES, KEY = "the database", "all files but keys", "all files and the log's key"


@dataclass(frozen=True, slots=True)
class Attack:
    """One row."""

    deed: str
    holds: str
    do: Deed
    found: Mapping[Check, str] = field(default_factory=dict)  # words of what is found; who is not here finds nothing


def _newest(attacker: Attacker, scene: Scene) -> None:
    del scene
    ((size,),) = attacker.rows("SELECT max(size) FROM log_heads WHERE size < (SELECT max(size) FROM cosignatures)")
    attacker.cut(size)


def _newest_unanchored(attacker: Attacker, scene: Scene) -> None:
    _newest(attacker, scene)
    attacker.set_back()


def _old(attacker: Attacker, scene: Scene) -> None:
    del scene
    attacker.sql("DELETE FROM log_leaves WHERE position BETWEEN 2 AND 4")
    attacker.sql("DELETE FROM log_entries WHERE id BETWEEN 3 AND 5")


def _forgotten(attacker: Attacker, scene: Scene) -> None:
    del scene
    ((message_id,),) = attacker.rows("SELECT message_id FROM log_entries WHERE id = ?", attacker.entry("accepted"))
    attacker.forget_message(message_id)
    attacker.rebuild(attacker.stolen())


def _inserted(attacker: Attacker, scene: Scene) -> None:
    del scene
    attacker.insert(5, "refused", message_id="never@sent", sender="BY.GTK")
    attacker.rebuild(attacker.stolen())


def _forked(attacker: Attacker, scene: Scene) -> None:
    """The gateway's next entry makes the other history as long as the one that BY saw."""
    forked(attacker, scene, opened(scene.earlier, scene.key)[0].size - 1)


def forked(attacker: Attacker, scene: Scene, size: int) -> None:
    """From yesterday's copy another history goes on, up to that size, signed with the log's key."""
    attacker.restore(scene.yesterday)
    ((begun,),) = attacker.rows("SELECT max(size) FROM log_heads")
    for position in range(begun, size):
        attacker.insert(position, "refused", message_id=f"{position}@other", sender="RU.FTS")
    attacker.rebuild(attacker.stolen())


def _renamed(attacker: Attacker, scene: Scene) -> None:
    """As an operator would whose newest copy is lost; the gateway has run since, and its log says so."""
    attacker.restore(scene.yesterday)
    attacker.renamed("another.example/log")
    asyncio.run(_run(replace(scene.kz, folder=attacker.folder)))


async def _run(house: House) -> None:
    async with house.running():
        pass


def _reordered(attacker: Attacker, scene: Scene) -> None:
    del scene
    attacker.sql("UPDATE log_leaves SET position = -1 WHERE position = 2")
    attacker.sql("UPDATE log_leaves SET position = 2 WHERE position = 3")
    attacker.sql("UPDATE log_leaves SET position = 3 WHERE position = -1")


def _reordered_signed(attacker: Attacker, scene: Scene) -> None:
    _reordered(attacker, scene)
    attacker.rebuild(attacker.stolen())


def _backdated(attacker: Attacker, scene: Scene) -> None:
    del scene
    number = attacker.entry("accepted")
    ((at,),) = attacker.rows("SELECT at FROM log_entries WHERE id = ?", number)
    attacker.rewrite(number, at=at - DAY)


def _backdated_rehashed(attacker: Attacker, scene: Scene) -> None:
    _backdated(attacker, scene)
    attacker.rehash()


def _backdated_signed(attacker: Attacker, scene: Scene) -> None:
    _backdated(attacker, scene)
    attacker.rebuild(attacker.stolen())


def _truncated(attacker: Attacker, scene: Scene) -> None:
    del scene
    for table in ("cosignatures", "stamps", "log_heads", "log_nodes", "log_leaves", "log_pending", "log_entries"):
        attacker.sql(f"DELETE FROM {table}")  # noqa: S608 - names of tables


def _rolled_back(attacker: Attacker, scene: Scene) -> None:
    attacker.restore(scene.yesterday)


def rolled_back(attacker: Attacker, scene: Scene) -> None:
    """Database and anchor are yesterday's."""
    attacker.restore(scene.yesterday)
    attacker.set_back()


def _swapped(attacker: Attacker, scene: Scene) -> None:
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


def _refusal(attacker: Attacker, scene: Scene) -> None:
    del scene
    attacker.rewrite(attacker.entry("refused"), kind="inbox-read")


def _refusal_rehashed(attacker: Attacker, scene: Scene) -> None:
    _refusal(attacker, scene)
    attacker.rehash()


def _refusal_stranger(attacker: Attacker, scene: Scene) -> None:
    _refusal(attacker, scene)
    attacker.rebuild(STRANGER)


def rewritten(attacker: Attacker, scene: Scene) -> None:
    """A refusal never happened, and the log's key says so."""
    _refusal(attacker, scene)
    attacker.rebuild(attacker.stolen())


OLDER = "is an older copy"
SEEN = "are in no tree that enough trusted cosigners have seen"
ROOT = "its root is not that of the first"
ATTACKS: tuple[Attack, ...] = (
    Attack(
        "delete the newest rows",
        DATABASE,
        _newest,
        {
            Check.OWN: OLDER,
            Check.START: OLDER,
            Check.WITNESS: "409",
            Check.OUTSIDER: "the log is smaller now",
        },
    ),
    Attack(
        "delete the newest rows, and set back the file of what was published",
        FILES,
        _newest_unanchored,
        {
            Check.OWN: "its log entry is gone",
            Check.WITNESS: "409",
            Check.OUTSIDER: "the log is smaller now",
        },
    ),
    Attack(
        "delete old rows",
        DATABASE,
        _old,
        {
            Check.OWN: "leaf 2: missing; the next one is 5",
            Check.OUTSIDER: "bad result slice",
            Check.VERIFIER: "entries, a line each; expected",
        },
    ),
    Attack(
        "delete a message with all of its rows; make the tree anew, sign it with the log's key",
        KEY,
        _forgotten,
        {
            Check.WITNESS: "409",
            Check.OUTSIDER: "the log is smaller now",
            Check.VERIFIER: SEEN,
            Check.DAY: "only by.gtk.gateway/log",
        },
    ),
    Attack(
        "insert a row that never was; make the tree anew, sign it with the log's key",
        KEY,
        _inserted,
        {
            Check.WITNESS: "equivocation",
            Check.OUTSIDER: "invalid transparency proof",
            Check.VERIFIER: SEEN,
        },
    ),
    Attack(
        "reorder rows",
        DATABASE,
        _reordered,
        {
            Check.OWN: "its root is not the root of the leaves",
            Check.WITNESS: "inconsistent",
            Check.OUTSIDER: "inconsistent tile",
            Check.VERIFIER: ROOT,
        },
    ),
    Attack(
        "reorder rows; make the tree anew, sign it with the log's key",
        KEY,
        _reordered_signed,
        {
            Check.WITNESS: "equivocation",
            Check.OUTSIDER: "invalid transparency proof",
            Check.VERIFIER: SEEN,
        },
    ),
    Attack(
        "back-date a row",
        DATABASE,
        _backdated,
        {
            Check.OWN: "its entry was changed",
            Check.OUTSIDER: ": invalid transparency proof",
            Check.VERIFIER: ROOT,
        },
    ),
    Attack(
        "back-date a row and its leaf's hash",
        DATABASE,
        _backdated_rehashed,
        {
            Check.OWN: "its root is not the root of the leaves",
            Check.WITNESS: "inconsistent",
            Check.OUTSIDER: "inconsistent tile",
            Check.VERIFIER: ROOT,
        },
    ),
    Attack(
        "back-date a row; make the tree anew, sign it with the log's key",
        KEY,
        _backdated_signed,
        {
            Check.WITNESS: "equivocation",
            Check.OUTSIDER: "invalid transparency proof",
            Check.VERIFIER: SEEN,
        },
    ),
    Attack(
        "truncate the whole log",
        DATABASE,
        _truncated,
        {
            Check.OWN: OLDER,
            Check.START: OLDER,
            Check.WITNESS: "409",
            Check.OUTSIDER: "no checkpoint",
            Check.VERIFIER: "no checkpoint",
        },
    ),
    Attack(
        "put back yesterday's copy of the database",
        DATABASE,
        _rolled_back,
        {
            Check.OWN: OLDER,
            Check.START: OLDER,
            Check.WITNESS: "409",
            Check.OUTSIDER: "the log is smaller now",
            Check.DAY: "only by.gtk.gateway/log",
        },
    ),
    Attack(
        "put back yesterday's copy of everything",
        FILES,
        rolled_back,
        {
            Check.WITNESS: "409",
            Check.OUTSIDER: "the log is smaller now",
            Check.DAY: "only by.gtk.gateway/log",
        },
    ),
    Attack(
        "put back yesterday's copy of everything, and go on under another name with a new key",
        FILES,
        _renamed,
        {
            Check.WITNESS: "404 unknown",
            Check.OUTSIDER: "note has no verifiable signatures",
            Check.VERIFIER: "a checkpoint of another log",
            Check.DAY: "not reconciled",
        },
    ),
    Attack(
        "swap two bodies",
        DATABASE,
        _swapped,
        {
            Check.OWN: "the stored body is not what its digest says",
            Check.VERIFIER: "the SHA-256 of its bytes is another",
        },
    ),
    Attack(
        "rewrite a refusal",
        DATABASE,
        _refusal,
        {
            Check.OWN: "its entry was changed",
            Check.OUTSIDER: ": invalid transparency proof",
            Check.VERIFIER: ROOT,
        },
    ),
    Attack(
        "rewrite a refusal and its leaf's hash",
        DATABASE,
        _refusal_rehashed,
        {
            Check.OWN: "its root is not the root of the leaves",
            Check.WITNESS: "inconsistent",
            Check.OUTSIDER: "inconsistent tile",
            Check.VERIFIER: ROOT,
        },
    ),
    Attack(
        "rewrite a refusal; make the tree anew, sign it with another key",
        FILES,
        _refusal_stranger,
        {
            Check.OWN: "its checkpoint is not signed by the log's key",
            Check.START: "log.key is not the key that signed",
            Check.WITNESS: "equivocation",
            Check.OUTSIDER: "note has no verifiable signatures",
            Check.VERIFIER: "not signed by",
        },
    ),
    Attack(
        "rewrite a refusal; make the tree anew, sign it with the log's key",
        KEY,
        rewritten,
        {
            Check.WITNESS: "equivocation",
            Check.OUTSIDER: "invalid transparency proof",
            Check.VERIFIER: SEEN,
        },
    ),
    Attack(
        "fork: go on from yesterday's copy with another history, for another partner",
        KEY,
        _forked,
        {
            Check.WITNESS: "equivocation",
            Check.OUTSIDER: "the log is smaller now",
            Check.VERIFIER: SEEN,
            Check.DAY: "only by.gtk.gateway/log",
        },
    ),
)


def table() -> str:
    """As docs/evidence.md shows it."""
    head = ["What an attacker does", "with", *Check]
    rows = [
        [each.deed, each.holds, *("**finds it**" if check in each.found else "" for check in Check)] for each in ATTACKS
    ]
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n".replace("|  |", "| |").replace("|  |", "| |") for line in lines)
