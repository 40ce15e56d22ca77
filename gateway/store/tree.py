"""The tree's rows: places of entries, heads with their checkpoints, nodes, and what is read for proofs."""

import sqlite3
import sys
from collections.abc import Sequence

from gateway.core import tree
from gateway.core.evidence.tiles import LEVELS, WIDTH, Tile, folded
from gateway.core.names import Micros
from gateway.flow.ports import Row
from gateway.flow.ports_tree import Sign
from gateway.store import sql_tree as sql

Database = sqlite3.Connection


def pending(database: Database) -> bool:
    """Whether an entry waits for its place in the tree."""
    return database.execute(sql.ANY_PENDING).fetchone() is not None


def sequence(database: Database, now: Micros, limit: int, sign: Sign) -> int:
    """Pending entries get the next places; leaves, nodes, head with its checkpoint and the end of their waiting commit together.

    The tree's right edge is read from the last head, so a crash before the commit changes nothing. A checkpoint that
    was signed and not committed was seen by nobody.
    """
    found = database.execute(sql.PENDING, {"limit": limit}).fetchall()
    if not found:
        return 0
    last = database.execute(sql.LAST_HEAD).fetchone()
    frontier = tree.decode(last["frontier"]) if last else ()
    start = tree.size(frontier)
    leaves = [(start + number, row[0], row[1]) for number, row in enumerate(found)]
    database.executemany(sql.ADD_LEAF, leaves)
    database.executemany(sql.SEQUENCED, [(row[0],) for row in found])
    frontier = tree.extend(frontier, (row[1] for row in found))
    size, root = tree.size(frontier), tree.root(frontier)
    head = {"size": size, "root": root, "frontier": tree.encode(frontier), "at": now, "note": sign(size, root)}
    database.execute(sql.ADD_HEAD, head)
    grow(database)
    return len(found)


def uncovered(database: Database) -> int:
    """How many leaves there are behind the newest head; less than 0: it promises more than there are."""
    last = database.execute(sql.LAST_HEAD).fetchone()
    (leaves,) = database.execute(sql.LEAF_COUNT).fetchone()
    return int(leaves) - (int(last["size"]) if last else 0)


def grow(database: Database, limit: int = sys.maxsize) -> int:
    """How many complete subtrees of 256^level leaves now have their node that had none: those of this batch, or of an older log.

    At most so many, the lowest first: what is left is made by the next call.
    """
    made = 0
    (below,) = database.execute(sql.LEAF_COUNT).fetchone()
    for level in range(1, LEVELS):
        (there,) = database.execute(sql.NODE_COUNT, {"level": level}).fetchone()
        for number in range(there, min(below // WIDTH, there + limit - made)):
            row = _hashes(database, level - 1, number * WIDTH, (number + 1) * WIDTH)
            database.execute(sql.ADD_NODE, {"level": level, "number": number, "hash": folded(row)})
            made, there = made + 1, number + 1
        below = there
    return made


def _hashes(database: Database, level: int, start: int, end: int) -> list[bytes]:
    statement = sql.NODE_HASHES if level else sql.LEAF_HASHES
    values = {"level": level, "start": start, "end": end} if level else {"start": start, "end": end}
    cursor = database.cursor()
    cursor.row_factory = None  # plain tuples: a proof reads a thousand rows
    return [row[0] for row in cursor.execute(statement, values)]


def tiles(database: Database, wanted: Sequence[Tile]) -> dict[Tile, bytes]:
    """What stands in each tile; one that the tree does not have (so far) is shorter than its width."""
    return {each: b"".join(_hashes(database, each.level, each.start, each.start + each.width)) for each in wanted}


def head(database: Database, size: int) -> Row | None:
    """The head of that size."""
    row = database.execute(sql.HEAD, {"size": size}).fetchone()
    return dict(row) if row else None


def newest_head(database: Database, most: int) -> Row | None:
    """The newest head up to that size that has a checkpoint."""
    row = database.execute(sql.NEWEST_CHECKPOINT, {"most": most}).fetchone()
    return dict(row) if row else None


def leaf(database: Database, position: int) -> Row | None:
    """The leaf at that index, with its entry."""
    row = database.execute(sql.LEAF, {"position": position}).fetchone()
    return dict(row) if row else None


def cosignatures(database: Database, size: int) -> list[Row]:
    """Partners' signature lines under our checkpoint of that size."""
    return [dict(row) for row in database.execute(sql.COSIGNATURES, {"size": size})]


def stamps_of(database: Database, size: int) -> list[Row]:
    """The time stamps of our checkpoint of that size."""
    return [dict(row) for row in database.execute(sql.STAMPS_OF, {"size": size})]
