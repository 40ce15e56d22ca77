"""An attacker with a copy of a gateway's files: takes every protection of the database away, and may have a key."""

import json
import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from gateway.core import tree
from gateway.core.entry import entry
from gateway.core.evidence.notary import Notary
from gateway.core.evidence.note import CosignSigner, Note, NoteSigner

DATABASE = Path("data") / "gateway.sqlite3"
ANCHOR = Path("data") / "gateway.sqlite3.checkpoint"
DOMAIN = "kz.kgd.gateway"
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes([9]) * 32)


class Attacker:
    """Works on the files of a gateway that does not run."""

    def __init__(self, folder: Path) -> None:
        """No trigger and no foreign key is in the way."""
        self.folder = folder
        self._database = sqlite3.connect(folder / DATABASE, isolation_level=None)
        for (name,) in self.rows("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            self.sql(f"DROP TRIGGER {name}")
        self.sql("PRAGMA foreign_keys = OFF")

    def sql(self, script: str, *values: object) -> None:
        """A statement has run."""
        self._database.execute(script, values)

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What a query finds."""
        return self._database.execute(statement, values).fetchall()

    def close(self) -> None:
        """Everything is in the database file."""
        self.sql("PRAGMA wal_checkpoint(TRUNCATE)")
        self._database.close()

    def restore(self, database: Path) -> None:
        """The whole database is an older copy; the anchor stays where it is."""
        self.close()
        shutil.copyfile(database, self.folder / DATABASE)
        self.__init__(self.folder)  # type: ignore[misc]  # opened again, protections away

    def forget(self) -> None:
        """The file that tells what was published is gone."""
        (self.folder / ANCHOR).unlink(missing_ok=True)

    def set_back(self) -> None:
        """The file that tells what was published says what the database says."""
        ((note,),) = self.rows("SELECT note FROM log_heads ORDER BY size DESC LIMIT 1")
        (self.folder / ANCHOR).write_bytes(note)

    def cut(self, size: int) -> None:
        """Everything of the log after the first leaves is gone, and the tree is as it was then."""
        self.sql("DELETE FROM log_pending")
        self.sql("DELETE FROM log_entries WHERE id NOT IN (SELECT entry FROM log_leaves WHERE position < ?)", size)
        self.sql("DELETE FROM log_leaves WHERE position >= ?", size)
        for table in ("cosignatures", "stamps", "log_heads"):
            self.sql(f"DELETE FROM {table} WHERE size > ?", size)  # noqa: S608 - names of tables

    def entry(self, kind: str) -> int:
        """The first entry of the kind."""
        ((number,),) = self.rows("SELECT id FROM log_entries WHERE kind = ? ORDER BY id LIMIT 1", kind)
        return int(number)

    def rewrite(self, number: int, **facts: object) -> None:
        """An entry's leaf says something else, and so do its columns; its hash is the old one."""
        ((body,),) = self.rows("SELECT body FROM log_entries WHERE id = ?", number)
        leaf = json.loads(body) | facts
        text = json.dumps(leaf, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        self.sql(
            "UPDATE log_entries SET body = ?, kind = ?, at = ? WHERE id = ?", text, leaf["kind"], leaf["at"], number
        )

    def rehash(self) -> None:
        """Every leaf's hash is that of its entry, and every node that of its leaves; tree heads and checkpoints are as before."""
        for number, body in self.rows("SELECT id, body FROM log_entries"):
            self.sql("UPDATE log_entries SET hash = ? WHERE id = ?", tree.leaf_hash(body), number)
        self.sql("UPDATE log_leaves SET hash = (SELECT hash FROM log_entries WHERE id = log_leaves.entry)")

    def forget_message(self, message_id: str) -> None:
        """No row of the database knows the message."""
        entries = "SELECT id FROM log_entries WHERE message_id = ?"
        self.sql(f"DELETE FROM log_leaves WHERE entry IN ({entries})", message_id)  # noqa: S608 - the line above
        self.sql("DELETE FROM log_entries WHERE message_id = ?", message_id)
        for table in ("payloads", "business_ids", "deliveries"):
            where = "message IN (SELECT id FROM messages WHERE message_id = ?)"
            self.sql(f"DELETE FROM {table} WHERE {where}", message_id)  # noqa: S608 - names of tables
        self.sql("DELETE FROM messages WHERE message_id = ?", message_id)

    def insert(self, position: int, kind: str, **facts: object) -> None:
        """An entry stands in the log that nobody wrote; later leaves move by one."""
        ((at,),) = self.rows(
            "SELECT at FROM log_entries JOIN log_leaves ON entry = id WHERE position = ?", position - 1
        )
        made = entry(kind, at, bytes(16), **facts)
        values = (made.kind, made.at, made.message_id, made.body, made.hash)
        self.sql("INSERT INTO log_entries (kind, at, message_id, body, hash) VALUES (?, ?, ?, ?, ?)", *values)
        self.sql("UPDATE log_leaves SET position = -position WHERE position >= ?", position)
        self.sql("UPDATE log_leaves SET position = 1 - position WHERE position < 0")
        self.sql(
            "INSERT INTO log_leaves (position, entry, hash) VALUES (?, last_insert_rowid(), ?)", position, made.hash
        )

    def number(self) -> None:
        """The leaves are numbered without gaps."""
        for position, (old,) in enumerate(self.rows("SELECT position FROM log_leaves ORDER BY position")):
            self.sql("UPDATE log_leaves SET position = ? WHERE position = ?", position, old)

    def rebuild(self, key: Ed25519PrivateKey) -> None:
        """The whole tree is made anew over the entries as they are now, and signed by the key.

        No line of a partner is left that would not verify, and what was published is what the database says.
        """
        self.rehash()
        self.number()
        leaves = [row for (row,) in self.rows("SELECT hash FROM log_leaves ORDER BY position")]
        self.sql("DELETE FROM log_nodes")
        for level, row in enumerate(levels(leaves), 1):
            for number, node in enumerate(row):
                self.sql("INSERT INTO log_nodes (level, number, hash) VALUES (?, ?, ?)", level, number, node)
        self.sign(leaves, key)
        self.set_back()

    def sign(self, leaves: Sequence[bytes], key: Ed25519PrivateKey) -> None:
        """Every head says the root of the leaves before it, the last one that of all; what is not as before is signed anew."""
        self.sql("UPDATE log_heads SET size = ? WHERE size = (SELECT max(size) FROM log_heads)", len(leaves))
        self.sql("DELETE FROM log_heads WHERE size > ?", len(leaves))
        sizes = self.rows("SELECT size, root, note FROM log_heads ORDER BY size")
        frontier: tree.Frontier = ()
        for size, root, note in sizes:
            frontier = tree.extend(frontier, leaves[tree.size(frontier) : size])
            if tree.root(frontier) == root and key is not STRANGER:
                continue
            origin = Note.parse(note).text.partition("\n")[0]
            made = Notary(NoteSigner(origin, key), CosignSigner("nobody", key)).checkpoint(size, tree.root(frontier))
            values = (tree.root(frontier), tree.encode(frontier), made, size)
            self.sql("UPDATE log_heads SET root = ?, frontier = ?, note = ? WHERE size = ?", *values)
            self.sql("DELETE FROM cosignatures WHERE size = ?", size)
            self.sql("DELETE FROM stamps WHERE size = ?", size)
        for table in ("cosignatures", "stamps"):
            self.sql(f"DELETE FROM {table} WHERE size NOT IN (SELECT size FROM log_heads)")  # noqa: S608 - names of tables

    def renamed(self, origin: str) -> None:
        """The configuration has another name and another key for the log, and tells so wherever it has to."""
        old = NoteSigner(f"{DOMAIN}/log", self.stolen()).verifier
        pem = STRANGER.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (self.folder / "keys" / "log.key").write_bytes(pem)
        for name, text, other in (
            ("gateway.toml", "[log]\n", f'[log]\norigin = "{origin}"\n'),
            ("parties/KZ.KGD.toml", str(old), str(NoteSigner(origin, STRANGER).verifier)),
        ):
            path = self.folder / name
            assert text in path.read_text()
            path.write_text(path.read_text().replace(text, other))

    def stolen(self) -> Ed25519PrivateKey:
        """The log's own key."""
        key = load_pem_private_key((self.folder / "keys" / "log.key").read_bytes(), None)
        assert isinstance(key, Ed25519PrivateKey)
        return key


def levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """The roots of the complete subtrees of 256, 65,536 … leaves."""
    found, below = [], list(leaves)
    while len(below) >= 256:
        rows = (below[at : at + 256] for at in range(0, len(below) - 255, 256))
        below = [tree.root(tree.extend((), row)) for row in rows]
        found.append(below)
    return found
