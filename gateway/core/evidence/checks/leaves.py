"""Step 6: each leaf is canonical and stands in the largest tree, where its number says."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.core import tree
from gateway.core.evidence import bundle
from gateway.core.evidence.bundle import Members, instant
from gateway.core.evidence.checkpoint import Checkpoint
from gateway.core.evidence.checks.heads import LATER, Heads, Seen, proof_of
from gateway.core.evidence.checks.index import named
from gateway.core.evidence.finding import Report, Step
from gateway.core.evidence.leaf import LARGEST, Leaf
from gateway.core.evidence.note import Malformed
from gateway.core.evidence.proofs import verify_inclusion
from gateway.core.evidence.witness import MOST_HASHES

TOLERANCE = 3600 * 1_000_000  # microseconds: clocks differ
_LEAF = re.compile(r"leaves/(\d+)\.json", re.ASCII)
_INCLUSION = re.compile(r"inclusion/(\d+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Book:
    """The leaves that are in the tree; each is read again when it is asked for."""

    members: Members
    by_message: Mapping[str, list[int]]
    times: Mapping[int, int] = field(repr=False)  # what each tells, by its number

    def leaf(self, index: int) -> Leaf | None:
        """The leaf with that number; None where it is not there or not in the tree."""
        if index not in self.times:
            return None
        return Leaf.of(bundle.read(self.members, f"leaves/{index}.json", LARGEST))

    def about(self, message_id: str, *kinds: str) -> list[tuple[int, Leaf]]:
        """The leaves about that message, of these kinds."""
        found = [(index, self.leaf(index)) for index in self.by_message.get(message_id, ())]
        return [(index, leaf) for index, leaf in found if leaf is not None and leaf.kind in kinds]


def check_leaves(members: Members, heads: Heads, report: Report) -> Book:
    """6. Each leaf is canonical, of a known version, and included in the largest checkpoint; those that are."""
    largest = heads[max(heads)].checkpoint if heads else None
    times: dict[int, int] = {}
    about: dict[str, list[int]] = {}
    clock = Clock()
    before = report.faults()
    for (index,), name in named(members, _LEAF):
        with report.guarded(Step.LEAVES, name):
            leaf = _included(members, index, largest)
            times[index] = leaf.at
            about.setdefault(leaf.text("message_id"), []).append(index)
            clock.tick(index, leaf, report)
    for (index,), name in named(members, _INCLUSION):
        if f"leaves/{index}.json" not in members.names():
            report.fault(Step.LEAVES, name, "a proof of a leaf that is not there")
    if report.faults() == before and times and largest:
        told = f"{len(times)} entries are in the log of {largest.size} entries of {largest.origin}"
        report.ok(Step.LEAVES, "leaves", told)
    return Book(members, about, times)


def check_times(book: Book, seen: Sequence[Seen], stamped: Sequence[Seen], report: Report) -> None:
    """No entry tells a time after it was seen or stamped; every one has been seen by as many as the trust file asks."""
    unseen = [index for index in sorted(book.times) if all(index >= each.size for each in seen)]
    if seen and unseen:
        told = f"entry {unseen[0]} and {len(unseen) - 1} more are in no tree that enough trusted cosigners have seen: {LATER}"
        report.fault(Step.COSIGNATURES, "leaves", told)
    for index, at in sorted(book.times.items()):
        first = min((each.at for each in (*seen, *stamped) if index < each.size), default=at)
        if at > first + TOLERANCE:
            told = f"it tells the time {instant(at)}, but was seen on {instant(first)} already"
            report.fault(Step.LEAVES, f"leaves/{index}.json", told)


@dataclass(slots=True)
class Clock:
    """The latest time that an entry has told so far."""

    latest: int = 0
    index: int = 0

    def tick(self, index: int, leaf: Leaf, report: Report) -> None:
        """A later entry that tells a much earlier time proves nothing about when it happened."""
        if leaf.at + TOLERANCE < self.latest:
            told = (
                f"when entry {index} happened: it tells {instant(leaf.at)}, entry {self.index} before it a later time"
            )
            report.unproven(Step.LEAVES, f"entry {index}", told)
        elif leaf.at > self.latest:
            self.latest, self.index = leaf.at, index


def _included(members: Members, index: int, largest: Checkpoint | None) -> Leaf:
    content = bundle.read(members, f"leaves/{index}.json", LARGEST)
    leaf = Leaf.of(content)
    proof = proof_of(bundle.read(members, f"inclusion/{index}", MOST_HASHES * 45))
    if largest is None:
        raise Malformed("no checkpoint holds that it could be in")
    if not verify_inclusion(tree.leaf_hash(content), index, largest.size, proof, largest.root):
        raise Malformed(f"not entry {index} of the log of {largest.size} entries")
    return leaf
