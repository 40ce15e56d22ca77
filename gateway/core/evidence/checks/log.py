"""A whole log in a folder: every leaf, every tile, the root of every checkpoint, computed from the leaves."""

import re
from collections.abc import Mapping, Sequence

from gateway.core import tree
from gateway.core.evidence import bundle
from gateway.core.evidence.bundle import LEAVES_IN_FILE, NEWEST, Members, instant
from gateway.core.evidence.checks.heads import LATER, Heads, Seen, head_of
from gateway.core.evidence.checks.leaves import TOLERANCE, Clock
from gateway.core.evidence.checks.whose import Whose
from gateway.core.evidence.finding import Report, Step
from gateway.core.evidence.leaf import Leaf
from gateway.core.evidence.note import LARGEST, Malformed
from gateway.core.evidence.tiles import DIGEST, HEIGHT, WIDTH, Tile, folded, hashes, tiles

LARGEST_FILE = 64 * 1024 * 1024
FULL = WIDTH * DIGEST  # bytes of a full tile
_LEAVES = re.compile(r"leaves/.+\.jsonl", re.ASCII)


def check_newest(members: Members, heads: Heads, whose: Whose, report: Report) -> int:
    """3. The newest checkpoint is one of those that are kept, the largest; its size, or 0."""
    with report.guarded(Step.CHECKPOINTS, NEWEST):
        newest = head_of(bundle.read(members, NEWEST, LARGEST), whose)
        if not heads or newest != heads[max(heads)]:
            raise Malformed("not the largest of the checkpoints that are kept, with the same signatures")
    return max(heads, default=0)


def check_seen(size: int, seen: Sequence[Seen], report: Report) -> None:
    """4. Every entry is in a tree that enough cosigners have seen: the rest could be made anew with the log's key."""
    most = max((each.size for each in seen), default=size)
    if most < size:
        told = f"entries {most} to {size - 1} are in no tree that enough trusted cosigners have seen: {LATER}"
        report.fault(Step.COSIGNATURES, NEWEST, told)


def check_leaves(members: Members, size: int, heads: Heads, seen: Sequence[Seen], report: Report) -> None:
    """5 and 6. All leaves are there and canonical; tiles and roots are those of these leaves."""
    before = report.faults()
    latest_first = sorted(seen, key=lambda each: each.at, reverse=True)
    grown = Grown(heads, {each.size: each.at for each in latest_first}, report)
    for number in range(-(-size // LEAVES_IN_FILE)):
        count = min(LEAVES_IN_FILE, size - number * LEAVES_IN_FILE)
        with report.guarded(Step.LEAVES, bundle.leaves_path(number)):
            grown.file(number, _rows(members, number, count))
    expected = {bundle.leaves_path(number) for number in range(-(-size // LEAVES_IN_FILE))}
    for name in members.names():
        if _LEAVES.fullmatch(name) and name not in expected:
            report.fault(Step.LEAVES, name, f"beyond the {size} entries of the newest checkpoint")
    _tiles(members, size, grown, report)
    if report.faults() == before and size:
        report.ok(Step.CONSISTENCY, "checkpoints", f"{len(heads)} checkpoints have the roots of these entries")
        report.ok(Step.LEAVES, "leaves", f"{size} entries make up the tree of the newest checkpoint")
        told = f"the log has these {size} entries and no others, from {instant(grown.first)} to {instant(grown.clock.latest)}"
        report.proven(Step.LEAVES, "leaves", told)


class Grown:
    """The tree that grows with the leaves, its hashes by level, and what its roots are compared with."""

    def __init__(self, heads: Heads, seen: Mapping[int, int], report: Report) -> None:
        """Without a leaf; `seen`: when enough others had seen the tree of a size."""
        self.heads, self.seen, self.report = heads, seen, report
        self.hashes = bytearray()  # of the leaves
        self.frontier: tree.Frontier = ()
        self.clock, self.first, self.whole = Clock(), 0, True

    def file(self, number: int, rows: list[bytes]) -> None:
        """The leaves of one file; roots behind a file that was missing are not compared."""
        start = number * LEAVES_IN_FILE
        self.whole = self.whole and len(self.hashes) == start * DIGEST
        for index, row in enumerate(rows, start):
            self._leaf(index, row)

    def _leaf(self, index: int, content: bytes) -> None:
        with self.report.guarded(Step.LEAVES, f"entry {index}"):
            leaf = Leaf.of(content)
            self.first = self.first or leaf.at
            self.clock.tick(index, leaf, self.report)
            self._seen(index)
        digest = tree.leaf_hash(content)
        self.hashes += digest
        self.frontier = tree.append(self.frontier, digest)
        head = self.heads.get(index + 1)
        if head is not None and self.whole and head.checkpoint.root != tree.root(self.frontier):
            told = f"its root is not that of the first {index + 1} entries"
            self.report.fault(Step.CONSISTENCY, f"checkpoints/{index + 1}", told)

    def _seen(self, index: int) -> None:
        """No entry tells a time after others had seen it."""
        at = self.seen.get(index + 1)
        if at is not None and self.clock.latest > at + TOLERANCE:
            told = f"it tells the time {instant(self.clock.latest)}, but was seen on {instant(at)} already"
            self.report.fault(Step.LEAVES, f"entry {self.clock.index}", told)

    def levels(self) -> list[bytes]:
        """The hashes of every level, the leaves' first."""
        found = [bytes(self.hashes)]
        while len(found[-1]) >= FULL:
            below = found[-1]
            whole = range(0, len(below) - FULL + 1, FULL)
            found.append(b"".join(folded(hashes(below[at : at + FULL])) for at in whole))
        return found


def _rows(members: Members, number: int, count: int) -> list[bytes]:
    content = bundle.read(members, bundle.leaves_path(number), LARGEST_FILE)
    rows = content.split(b"\n")
    if rows.pop() or len(rows) != count:
        raise Malformed(f"{len(rows)} entries, a line each; expected {count}")
    return rows


def _tiles(members: Members, size: int, grown: Grown, report: Report) -> None:
    """Every tile of the tree, and every narrower one that is kept from before."""
    wanted = {tile.path: tile for tile in tiles(size)}
    for name in members.names():
        if name.startswith("tile/") and name not in wanted:
            with report.guarded(Step.LEAVES, name):
                wanted[name] = Tile.of(name)
                if (wanted[name].start + wanted[name].width) << (HEIGHT * wanted[name].level) > size:
                    del wanted[name]
                    raise Malformed(f"beyond the {size} entries of the newest checkpoint")
    levels = grown.levels()
    for name, tile in wanted.items():
        with report.guarded(Step.LEAVES, name):
            content = bundle.read(members, name, FULL)
            if grown.whole:
                _compare(tile, content, levels[tile.level][tile.start * DIGEST : (tile.start + tile.width) * DIGEST])


def _compare(tile: Tile, content: bytes, expected: bytes) -> None:
    """A lowest tile that differs tells which entries do: there or in the tile somebody changed them."""
    if content == expected:
        return
    if tile.level or len(content) != len(expected):
        raise Malformed("its hashes are not those of the entries")
    pairs = enumerate(zip(hashes(content), hashes(expected), strict=True), tile.start)
    first, *more = [index for index, (there, computed) in pairs if there != computed]
    others = f" and {len(more)} more" if more else ""
    raise Malformed(f"its hashes are not those of the entries: entry {first}{others}")
