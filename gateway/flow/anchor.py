"""Before the start: the database must hold what was published, or it is an older copy, or another log."""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.core.entry import entry
from gateway.core.evidence.checkpoint import Checkpoint
from gateway.core.evidence.note import Kind, Malformed, Note, Verifier
from gateway.core.message import Entry
from gateway.flow.ports import Clock, Row
from gateway.flow.ports_tree import TreeStore

MEND = (
    "Put the newest copy of the database back, or the one that belongs to this file. If there is none, the log cannot go on"
    " under its name, because partners hold what it promised: give [log] another origin and a new key (docs/evidence.md)"
)
OTHER_KEY = "log.key is not the key that signed {}; a log whose key changes needs another log.origin, too"
SAME_KEY = "another log.origin, but the old key in log.key; a log under a new name needs a new key"


class Contradicted(Exception):  # noqa: N818 - what was published says otherwise; it is no error of the program
    """The database does not hold what was published; says what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class Former:
    """What the log last promised under another origin."""

    checkpoint: Checkpoint
    size: int  # leaves that the database holds now


@dataclass(frozen=True, slots=True)
class Compared:
    """The database holds what was published; what the log has to say about that."""

    former: Former | None = None  # another origin's last promise: this start begins a new one
    missing: bool = False  # the anchor is gone, though checkpoints were published


async def compared(store: TreeStore, key: Verifier) -> Compared:
    """The database holds what the anchor says was published; Contradicted where it does not.

    1. the anchor and the newest head's checkpoint are signed by our key, or of another origin and by another key
    2. the anchor's size has a head in the database, with the same root
    """
    anchor = store.anchor()  # read first: a gateway may be adding heads while a command looks
    newest = await store.newest_head()
    size = newest["size"] if newest else 0
    kept = _read(bytes(newest["note"]), "the database's newest checkpoint", key) if newest else None
    if not anchor:
        # After the very first checkpoint a crash may have come before its anchor: later ones replace one that is there.
        missing = newest is not None and await store.newest_head(size - 1) is not None
        return Compared(Former(kept, size) if kept and kept.origin != key.name else None, missing)
    published = _read(anchor, "the published checkpoint", key)
    if published.origin != key.name:
        return Compared(Former(published, size))
    head = await store.head(published.size)
    if size < published.size and not (head and head["note"]):  # where it is there, it is being told just now
        raise Contradicted(
            f"the database holds {size} leaves under a checkpoint, but one of {published.size} was published: it is an older copy. {MEND}"
        )
    _same(published, head)
    return Compared()


async def whole(store: TreeStore) -> None:
    """The newest head is over the last leaf, as their commit left them; Contradicted where somebody took one of them away."""
    behind = await store.uncovered()
    if behind:
        many = f"{behind} log entries more than" if behind > 0 else f"{-behind} log entries less than"
        raise Contradicted(f"the database holds {many} its newest tree head is over: rows were taken away. {MEND}")


def _read(content: bytes, what: str, key: Verifier) -> Checkpoint:
    """1. The checkpoint, which our key signed, or which is of another origin and was signed by another."""
    try:
        note = Note.parse(content)
        found = Checkpoint.of(note.text)
    except Malformed as error:
        raise Contradicted(f"{what} cannot be read: {error}. {MEND}") from None
    if found.origin == key.name and key.signature_of(note) is None:
        raise Contradicted(OTHER_KEY.format(what))
    if found.origin != key.name and Verifier(found.origin, Kind.NOTE, key.public).signature_of(note) is not None:
        raise Contradicted(SAME_KEY)
    return found


def _same(published: Checkpoint, head: Row | None) -> None:
    """2. What was published is what the database says of that size."""
    if head is None or bytes(head["root"]) != published.root:
        raise Contradicted(
            f"a checkpoint of {published.size} leaves was published whose root is not the database's: it is another log. {MEND}"
        )


def told(found: Compared, clock: Clock) -> Iterator[Entry]:
    """What the log says about it: that it goes on under another origin, or that nobody can say what was published."""
    if found.former:
        last = found.former.checkpoint
        facts = {"former": last.origin, "published": last.size, "root": last.root, "size": found.former.size}
        yield entry("new-origin", clock.now(), clock.nonce(), **facts, controls=["EA-3.5"])
    if found.missing:
        yield entry("unanchored", clock.now(), clock.nonce(), controls=["EA-3.5"])
