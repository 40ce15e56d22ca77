"""The whole log in a folder, for auditors: leaves, tiles, checkpoints, stamps, under a signed index (C2SP tlog-tiles).

A second run writes what is new. The index comes last: a run that was cut off is done by the next one.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

from gateway.core.agreement import Register
from gateway.core.entry import entry
from gateway.core.errors import ErrorCode, rejected
from gateway.core.evidence import bundle
from gateway.core.evidence.bundle import INDEX, KEYS, LEAVES_IN_FILE, NEWEST, Kind, Listed, Subject
from gateway.core.evidence.checkpoint import opened
from gateway.core.evidence.container import Measured, measured, whole
from gateway.core.evidence.note import Malformed
from gateway.core.evidence.tiles import WIDTH, tiles
from gateway.core.texts import say
from gateway.flow.heads import Heads, keys
from gateway.flow.ports import Clock, Operator, Row
from gateway.flow.ports_exhibits import LogFolderStore, Shelf


@dataclass(frozen=True, slots=True)
class Shelved:
    """What an export came to."""

    size: int  # entries
    written: int  # files that are new or changed
    kept: int  # files that were there
    cosigned: int  # so many of the entries, from the first, are under a checkpoint that a partner cosigned


@dataclass(frozen=True, slots=True)
class LogFolder:
    """Brings folders up to date with the log."""

    register: Callable[[], Register]
    store: LogFolderStore
    clock: Clock
    authority: str = ""  # SHA-256 of the time-stamp authority's certificate

    async def export(self, shelf: Shelf, operator: Operator, *, cosigned: bool = False) -> Shelved:
        """The folder holds the log up to its newest checkpoint; `cosigned`: up to the newest that a partner has cosigned.

        1. what is there is ours, and the beginning of this log  2. checkpoints and stamps  3. leaves and tiles that are
        new  4. the log says who took it  5. the index, and what it does not list any more goes
        """
        register = self.register()
        # 1. What is there.
        before = await self._before(shelf)
        # 2. Checkpoints.
        seen = await self.store.newest_cosigned()
        newest = seen if cosigned else await self.store.newest_head()
        size = newest["size"] if newest else 1
        heads = await Heads.of(size, await self.store.landmarks(size), self.store, register.notary)
        small = {path: b"".join(source()) for path, source in heads.members().items()}
        small[NEWEST] = small[f"checkpoints/{size}"]
        small[KEYS] = keys(register, self.authority)
        # 3. Leaves and tiles.
        filing = _Filing(shelf, before, {})
        for path, content in small.items():
            filing.put(path, content)
        async for path, content in self._new(size, filing):
            filing.put(path, content)
        # 4. Who took it.
        index = bundle.indexed(filing.known, Subject(Kind.LOG, str(size)), self.clock.now(), register.notary.signer)
        await self._tell(operator, size, measured(whole(index)).digest)
        # 5. The index.
        shelf.put(INDEX, index)
        for path in before.keys() - filing.known.keys():
            shelf.drop(path)
        covered = min(size, seen["size"]) if seen else 0
        return Shelved(size, filing.written, len(filing.known) - filing.written, covered)

    async def _before(self, shelf: Shelf) -> Mapping[str, Listed]:
        """What the index of an earlier export lists; Rejected where the folder is anybody else's, or holds another history."""
        if not shelf.names():
            return {}
        verifier = self.register().notary.signer.verifier
        try:
            index, note = bundle.parsed(shelf.read(INDEX))
            ours = index.subject.kind is Kind.LOG and verifier.signature_of(note) is not None
            last = opened(shelf.read(NEWEST), verifier)[0] if ours else None
        except Malformed:
            last = None
        if last is None:
            raise rejected(ErrorCode.DUPLICATE_CONFLICT, "out", say("evidence_folder"))
        head = await self.store.head(last.size)
        if head is None or bytes(head["root"]) != last.root:
            raise rejected(ErrorCode.DUPLICATE_CONFLICT, "out", say("evidence_beginning"))
        return index.members

    async def _new(self, size: int, filing: "_Filing") -> AsyncIterator[tuple[str, bytes]]:
        """The files of leaves and tiles that are not there as they must be."""
        for number in range(-(-size // LEAVES_IN_FILE)):
            start, path = number * LEAVES_IN_FILE, bundle.leaves_path(number)
            count = min(LEAVES_IN_FILE, size - start)
            if count < LEAVES_IN_FILE or not filing.has(path):
                yield path, _lines(await self.store.leaves_from(start, count))
        for tile in tiles(size):
            if tile.width < WIDTH or not filing.has(tile.path):
                yield tile.path, (await self.store.tiles([tile]))[tile]

    async def _tell(self, operator: Operator, size: int, digest: bytes) -> None:
        leaf = entry(
            "exported",
            self.clock.now(),
            self.clock.nonce(),
            subject=Kind.LOG.value,
            entries=size,
            digest=digest,
            who=operator.who,
            why=operator.why,
            controls=["EA-3.5"],
        )
        await self.store.append(leaf)


@dataclass(slots=True)
class _Filing:
    """What is in the folder now, and what had to be written."""

    shelf: Shelf
    before: Mapping[str, Listed]
    known: dict[str, Measured]
    written: int = 0

    def has(self, path: str) -> bool:
        """Whether the file is there as the earlier index lists it; full files never change."""
        listed, found = self.before.get(path), self.shelf.measured(path) if path in self.before else None
        if listed is None or found is None or (found.digest, found.size) != (listed.digest, listed.size):
            return False
        self.known[path] = found
        return True

    def put(self, path: str, content: bytes) -> None:
        """The file is there; one that was there already is left alone."""
        self.known[path] = measured(whole(content))
        if self.shelf.measured(path) != self.known[path]:
            self.shelf.put(path, content)
            self.written += 1


def _lines(rows: list[Row]) -> bytes:
    """One leaf a line: no leaf has a line feed (its JSON has no white space)."""
    return b"".join(bytes(row["body"]) + b"\n" for row in rows)
