"""The whole log in a folder: what an auditor needs, the same however often it is exported, and never over another's."""

import json
from dataclasses import dataclass, field, replace

import pytest

from gateway.core import tree
from gateway.core.entry import entry
from gateway.core.errors import ErrorCode, Rejected
from gateway.core.evidence import bundle
from gateway.core.evidence.checks.run import check_log
from gateway.core.evidence.container import Measured, measured, whole
from gateway.core.evidence.finding import Report, State
from gateway.flow.log_folder import LogFolder, Shelved
from gateway.flow.ports import Operator
from gateway.store import log
from tests.flow.exporting import town
from tests.house import sample
from tests.town import Node, Town

__all__ = ["town"]
NOTICE = sample("valid/TransitReleaseNotice--road-through-three-states")
WHO = Operator("Alma", "yearly audit")
KZ, BY = "KZ.KGD", "BY.GTK"


@dataclass
class Memory:
    """A folder in memory, which counts what is written; also what the verifier reads."""

    files: dict[str, bytes] = field(default_factory=dict)
    writes: list[str] = field(default_factory=list)

    def names(self) -> list[str]:
        """See Shelf."""
        return sorted(self.files)

    def read(self, name: str) -> bytes:
        """See Shelf."""
        return self.files.get(name, b"")

    def measured(self, name: str) -> Measured | None:
        """See Shelf."""
        return measured(whole(self.files[name])) if name in self.files else None

    def put(self, name: str, content: bytes) -> None:
        """See Shelf."""
        self.files[name] = content
        self.writes.append(name)

    def drop(self, name: str) -> None:
        """See Shelf."""
        del self.files[name]

    def size(self, name: str) -> int:
        """See Members."""
        return len(self.files[name])

    def pieces(self, name: str) -> list[bytes]:
        """See Members."""
        return [self.files[name]]

    def crc(self, _: str) -> None:
        """See Members."""


def folder(node: Node) -> LogFolder:
    """What an operator of that gateway calls."""
    return LogFolder(lambda: node.settings.register, node.store, node.clock)


def faults(shelf: Memory) -> list[str]:
    """What a verifier finds wrong without being told whom to trust."""
    report = Report()
    check_log(shelf, None, report)  # type: ignore[arg-type]
    return [each.text for each in report.findings if each.state is State.FAULT]


async def grow(node: Node, entries: int) -> None:
    """So many more entries in the tree."""
    made = [entry("started", node.clock.now(), node.clock.nonce()) for _ in range(entries)]
    await node.real._engine.write(lambda database: [log.append(database, each) for each in made])
    await node.sequence()


async def export(node: Node, shelf: Memory, *, cosigned: bool = False) -> Shelved:
    """The folder, up to date."""
    shelf.writes.clear()
    return await folder(node).export(shelf, WHO, cosigned=cosigned)


async def test_the_folder_is_the_log(town: Town) -> None:
    """Every entry, every tile, the newest checkpoint; a verifier finds nothing wrong, and the log says who took it."""
    await town[KZ].post(NOTICE, "m-1@town", (BY,))
    await grow(town[KZ], 600)
    shelf = Memory()
    done = await export(town[KZ], shelf)

    assert faults(shelf) == []
    assert (done.size, done.written, done.kept) == (601, len(shelf.files) - 1, 0)
    leaves = [line for name in shelf.names() if name.endswith(".jsonl") for line in shelf.files[name].splitlines()]
    assert len(leaves) == 601
    assert {
        "leaves/000.jsonl",
        "leaves/002.jsonl",
        "tile/0/000",
        "tile/0/002.p/89",
        "tile/1/000.p/2",
    } < shelf.files.keys()
    assert shelf.files["tile/0/000"][:32] == tree.leaf_hash(leaves[0])
    (row,) = await town[KZ].store.entries("", "exported", 10)
    told = json.loads(row["body"])
    assert (told["subject"], told["who"], told["why"], told["entries"]) == ("log", "Alma", "yearly audit", 601)
    assert told["digest"] == measured(whole(shelf.files["index"])).digest.hex()


async def test_a_second_export_writes_what_is_new(town: Town) -> None:
    """Full files stay as they are, partial ones make way; what had been changed in the folder is mended."""
    kz, shelf = town[KZ], Memory()
    await grow(kz, 600)
    await export(kz, shelf)
    await grow(kz, 100)
    done = await export(kz, shelf)

    assert faults(shelf) == []
    assert "tile/0/002.p/88" not in shelf.files
    assert not {"leaves/000.jsonl", "leaves/001.jsonl", "tile/0/000", "tile/0/001"} & set(shelf.writes)
    assert done.size == 701
    assert {"leaves/002.jsonl", "tile/0/002.p/189", "checkpoint", "index"} <= set(shelf.writes)
    again = await export(kz, shelf)
    assert (again.size, again.written) == (701, 0), "nothing new is under a checkpoint"
    shelf.files["leaves/000.jsonl"] = b"damaged"
    del shelf.files["tile/0/001"]
    assert (await export(kz, shelf)).written == 2
    assert faults(shelf) == []


async def test_checkpoints_that_partners_cosigned_or_an_authority_stamped_are_kept(town: Town) -> None:
    """Each partner's newest, each stamped one; as far as a partner has cosigned, where that is asked for."""
    kz, witness, shelf = town[KZ], town[BY].settings.register.notary.witness, Memory()
    sizes = []
    for _ in range(4):
        await grow(kz, 3)
        newest = await kz.store.newest_head()
        assert newest is not None
        sizes.append(newest["size"])
    for size in sizes[:2]:
        head = await kz.store.head(size)
        assert head is not None
        line = witness.sign(bytes(head["note"]).decode().partition("\n\n")[0] + "\n", 1_800_000_000).line()
        await vouch(kz, "INSERT INTO cosignatures VALUES (?, ?, ?, ?)", (size, BY, line, 1))
    await vouch(kz, "INSERT INTO stamps VALUES (?, ?, ?, ?)", (sizes[2], 1, 1, b"response"))
    await export(kz, shelf)

    kept = sorted(int(name.partition("/")[2]) for name in shelf.files if name.startswith("checkpoints/"))
    assert kept == sizes[1:]
    assert shelf.files[f"stamps/{sizes[2]}-1.tsr"] == b"response"
    seen = Memory()
    assert (await export(kz, seen, cosigned=True)).size == sizes[1]
    assert seen.files["checkpoint"].count("\u2014".encode()) == 2


async def vouch(node: Node, statement: str, values: tuple[object, ...]) -> None:
    """Somebody else has vouched for the log."""
    await node.real._engine.write(lambda database: database.execute(statement, values))


async def test_an_empty_log_has_nothing_to_export(town: Town) -> None:
    """Nor has one that nobody cosigned, where that is asked for."""
    for cosigned in (False, True):
        with pytest.raises(Rejected) as refusal:
            await export(town[KZ], Memory(), cosigned=cosigned)
        assert refusal.value.first is ErrorCode.UNAVAILABLE


async def test_a_folder_of_anything_else_is_left_alone(town: Town) -> None:
    """Files of other kinds, another log, a bundle's index, and a history that this log does not have."""
    kz, by, theirs = town[KZ], town[BY], Memory()
    await grow(kz, 5)
    await grow(by, 5)
    await export(by, theirs)
    key, subject = kz.settings.register.notary.signer, bundle.Subject(bundle.Kind.MESSAGE, "m")
    ours = Memory({"index": bundle.indexed({}, subject, 1, key)})
    forked = Memory()
    await export(kz, forked)
    forked.files["checkpoint"] = kz.settings.register.notary.checkpoint(5, bytes(32))
    longer = Memory({**forked.files, "checkpoint": kz.settings.register.notary.checkpoint(500, bytes(32))})

    for shelf in (Memory({"notes.txt": b"mine"}), theirs, ours, forked, longer):
        before = dict(shelf.files)
        with pytest.raises(Rejected) as refusal:
            await export(kz, shelf)
        assert refusal.value.first is ErrorCode.DUPLICATE_CONFLICT
        assert shelf.files == before


async def test_the_authority_is_named(town: Town) -> None:
    """By the SHA-256 of its certificate."""
    await grow(town[KZ], 1)
    shelf = Memory()
    await replace(folder(town[KZ]), authority="ab" * 32).export(shelf, WHO)

    assert f"authority {'ab' * 32}\n" in shelf.files["keys"].decode()
