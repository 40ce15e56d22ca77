"""The checkpoints of a bundle: those that cover its entries, with everybody who vouches for them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from gateway.core.agreement import Register
from gateway.core.cover import Vouched
from gateway.core.errors import ErrorCode, rejected
from gateway.core.evidence import bundle
from gateway.core.evidence.checkpoint import Checkpoint, opened
from gateway.core.evidence.container import whole
from gateway.core.evidence.keys import Keys
from gateway.core.evidence.notary import Notary
from gateway.core.evidence.note import Malformed, Note, cosigned_at
from gateway.core.names import SECOND
from gateway.core.texts import say
from gateway.flow.dossier import Members
from gateway.flow.ports import Row
from gateway.flow.ports_exhibits import ExhibitStore, HeadStore


@dataclass(frozen=True, slots=True)
class Head:
    """A checkpoint that our key signed, its cosigners and its stamps."""

    checkpoint: Checkpoint
    note: Note  # with all cosignatures
    cosigned: tuple[tuple[str, str], ...]  # party and time
    stamps: tuple[tuple[str, bytes], ...]  # time and response


@dataclass(frozen=True, slots=True)
class Heads:
    """Checkpoints from the smallest to the largest."""

    rows: tuple[Head, ...]

    @classmethod
    async def covering(cls, size: int, store: ExhibitStore, notary: Notary) -> Self:
        """The smallest head of that size or above, the smallest cosigned, the smallest stamped, and the newest.

        Those of our present key alone: a log that got another name is another log.
        """
        newest = await store.newest_head()
        rows = [*await store.checkpoints_from(size), *([newest] if newest else [])]
        return await cls.of(size, rows, store, notary)

    @classmethod
    async def of(cls, size: int, rows: Iterable[Row], store: HeadStore, notary: Notary) -> Self:
        """Those of the heads that our present key signed; Rejected where none of them is of that size or above."""
        chosen = sorted({row["size"]: row for row in rows}.items())
        found = [head for _, row in chosen if (head := await _head(row, store, notary)) is not None]
        if not found or found[-1].checkpoint.size < size:
            raise rejected(ErrorCode.UNAVAILABLE, "log", say("evidence_checkpoint"))
        return cls(tuple(found))

    @property
    def sizes(self) -> tuple[int, ...]:
        """Of the trees."""
        return tuple(each.checkpoint.size for each in self.rows)

    def members(self) -> Members:
        """The notes with all their signature lines, and the stamps of the log's own signature alone."""
        notes = {f"checkpoints/{each.checkpoint.size}": whole(each.note.bytes()) for each in self.rows}
        stamps = {
            f"stamps/{each.checkpoint.size}-{number}.tsr": whole(response)
            for each in self.rows
            for number, (_, response) in enumerate(each.stamps, 1)
        }
        return {**notes, **stamps}

    def vouched(self) -> list[Vouched]:
        """As a cover sheet shows them."""
        return [
            Vouched(
                each.checkpoint.size, each.checkpoint.root.hex(), each.cosigned, tuple(time for time, _ in each.stamps)
            )
            for each in self.rows
        ]


async def _head(row: Row, store: HeadStore, notary: Notary) -> Head | None:
    try:
        checkpoint, note = opened(bytes(row["note"]), notary.signer.verifier)
    except Malformed:
        return None
    cosigned = []
    for each in await store.cosignatures(checkpoint.size):
        (signature,) = Note.parse(f"{note.text}\n{each['line']}".encode()).signatures
        note = note.signed(signature)
        cosigned.append((str(each["party"]), bundle.instant(cosigned_at(signature) * SECOND)))
    stamps = [(bundle.instant(each["at"]), bytes(each["response"])) for each in await store.stamps_of(checkpoint.size)]
    return Head(checkpoint, note, tuple(cosigned), tuple(stamps))


def keys(register: Register, authority: str) -> bytes:
    """The member `keys`: the log's own, its witnesses', and SHA-256 of the time-stamp authority's certificate, if any."""
    others = (party for party in register.parties.values() if party.id != register.own.id)
    witnesses = {party.log.witness: party.id for party in others if party.log is not None}
    return Keys(register.notary.signer.verifier, witnesses, (authority,) * bool(authority)).content()
