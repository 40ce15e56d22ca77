"""What the delivery log's tree must be: leaves without gaps, heads and nodes that follow from them, checkpoints that are signed."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from gateway.core import tree
from gateway.core.agreement import Register
from gateway.core.entry import said
from gateway.core.evidence.checkpoint import Checkpoint
from gateway.core.evidence.note import Malformed, Note, Verifier
from gateway.core.evidence.tiles import LEVELS, WIDTH, folded
from gateway.flow.ports import Row


@dataclass(frozen=True, slots=True)
class Trusted:
    """Whose signatures count: our log's key, and partners' witnesses."""

    log: Verifier
    witnesses: Mapping[str, Verifier]

    @classmethod
    def of(cls, register: Register) -> "Trusted":
        """Those of the configuration."""
        witnesses = {str(party.id): party.log.witness for party in register.parties.values() if party.log}
        return cls(register.notary.signer.verifier, witnesses)


class Whose(IntEnum):
    """Whose a head's checkpoint is; along the log they only ever rise."""

    NONE = 0  # from before there were checkpoints
    FORMER = 1  # of another origin, whose key is gone
    OWN = 2


@dataclass(slots=True)
class Walk:
    """The tree from its first leaf on: each leaf, then the heads of that size."""

    key: Verifier
    nodes: dict[tuple[int, int], bytes]
    demanded: int  # leaves whose nodes must be there: an older log gets its own at the next start
    size: int = 0
    frontier: tree.Frontier = ()
    seen: Counter[Whose] = field(default_factory=Counter)
    _last: Whose = Whose.NONE
    _origins: set[str] = field(default_factory=set)  # of former heads, until a leaf says that the log had them
    _open: list[list[bytes]] = field(default_factory=lambda: [[] for _ in range(LEVELS)])
    _numbers: list[int] = field(default_factory=lambda: [0] * LEVELS)

    def leaf(self, row: Row) -> Iterator[str]:
        """What is wrong with the next leaf, and with the nodes that it completes."""
        if row["position"] != self.size:
            yield f"leaf {self.size}: missing; the next one is {row['position']}"
        self.size = row["position"] + 1
        yield from _leaf(row)
        if row["kind"] == "new-origin":
            self._origins.discard(str(said(bytes(row["body"])).get("former", "")))
        self.frontier = tree.append(self.frontier, bytes(row["hash"]))
        yield from self._complete(bytes(row["hash"]))

    def _complete(self, found: bytes) -> Iterator[str]:
        level = 0
        while True:
            level += 1
            self._open[level].append(found)
            if len(self._open[level]) < WIDTH:
                return
            found, self._open[level], number = folded(self._open[level]), [], self._numbers[level]
            self._numbers[level] += 1
            there = self.nodes.pop((level, number), None)
            if there is None and self.size <= self.demanded:
                yield f"node {level}/{number}: missing"
            if there not in (None, found):
                yield f"node {level}/{number}: is not the root of its leaves"

    def head(self, row: Row) -> Iterator[str]:
        """What is wrong with a head, whose leaves have all been looked at where they are there."""
        where, (whose, origin, wrong) = f"tree head {row['size']}", _checkpoint(row, self.key)
        if whose < self._last:
            wrong = "has no checkpoint of the log's origin, but an earlier one has"
        self._last = max(whose, self._last)
        self.seen[whose] += 1
        self._origins |= {origin} if whose is Whose.FORMER else set()
        if wrong:
            yield f"{where}: {wrong}"
        if row["size"] > self.size:
            yield f"{where}: covers leaves that are gone"
        elif bytes(row["root"]) != tree.root(self.frontier):
            yield f"{where}: its root is not the root of the leaves"

    def end(self, covered: int) -> Iterator[str]:
        """What is wrong with the whole, whose largest head covers so many leaves."""
        if covered < self.size:
            yield f"leaves from {covered} on: no tree head covers them"
        yield from (f"tree heads of {each}: no leaf says that the log was it" for each in sorted(self._origins))
        yield from (f"node {level}/{number}: covers leaves that are gone" for level, number in sorted(self.nodes))


def _leaf(row: Row) -> list[str]:
    """The entry is there, and leaf, stored hash and recomputed hash are one."""
    where = f"leaf {row['position']}"
    if row["body"] is None:
        return [f"{where}: its entry is gone"]
    return entry(where, row)


def entry(where: str, row: Row) -> list[str]:
    """The entry is what its hash and its columns say."""
    faults = []
    if tree.leaf_hash(bytes(row["body"])) != bytes(row["hash"]):
        faults.append(f"{where}: its entry was changed (entry {row['entry']})")
    leaf = said(bytes(row["body"]))
    if (leaf.get("kind"), leaf.get("at"), leaf.get("message_id", "")) != (row["kind"], row["at"], row["message_id"]):
        faults.append(f"{where}: the entry's columns differ from its leaf")
    return faults


def _checkpoint(row: Row, key: Verifier) -> tuple[Whose, str, str]:
    """Whose it is, its origin, what is wrong with it."""
    if not row["note"]:
        return Whose.NONE, "", ""
    try:
        note = Note.parse(bytes(row["note"]))
        found = Checkpoint.of(note.text)
    except Malformed as error:
        return Whose.OWN, "", f"its checkpoint cannot be read: {error}"
    if (found.size, found.root) != (row["size"], bytes(row["root"])):
        return Whose.OWN, found.origin, "its checkpoint says another size or root"
    if found.origin != key.name:
        return Whose.FORMER, found.origin, ""
    signed = key.signature_of(note) is not None
    return Whose.OWN, found.origin, "" if signed else "its checkpoint is not signed by the log's key"


def stamps(kept: Sequence[tuple[int, str]], told: Sequence[tuple[int, str]]) -> list[str]:
    """Each time stamp is the one whose digest its log entry says, and none is gone."""
    return [
        *(f"time stamp of tree head {size}: the log has another" for size, _ in sorted(set(kept) - set(told))),
        *(f"time stamp of tree head {size}: is gone" for size, _ in sorted(set(told) - set(kept))),
    ]


def cosignature(row: Row, trusted: Trusted) -> list[str]:
    """A partner's line under our checkpoint is one, and where it is by the key that we know, that key made it."""
    where = f"cosignature of {row['party']} under tree head {row['size']}"
    witness, line = trusted.witnesses.get(row["party"]), str(row["line"]).rstrip("\n")
    if row["note"] is None:
        return [f"{where}: the head is gone"]
    try:
        cosigned = Note.parse(f"{Note.parse(bytes(row['note'])).text}\n{line}\n".encode())
    except Malformed as error:
        return [f"{where}: {error}"]
    if witness and any(map(witness.knows, cosigned.signatures)) and witness.signature_of(cosigned) is None:
        return [f"{where}: was not made by the partner's key"]
    return []
